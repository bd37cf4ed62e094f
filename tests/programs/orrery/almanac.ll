; ModuleID = 'almanac.c'
source_filename = "almanac.c"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

%struct.Vector = type { double, double, double }
%struct.Entry = type { ptr, double, double, double, double, double }
%struct.Body = type { ptr, i8, double, %struct.Vector, %struct.Vector }
%struct.Encounter = type { ptr, ptr, double, double }

@.str = private unnamed_addr constant [34 x i8] c"orrery: no paper for the almanac\0A\00", align 1
@stderr = external local_unnamed_addr global ptr, align 8
@.str.1 = private unnamed_addr constant [159 x i8] c"\0A  Neptune goes round %.2f times while Pluto does twice: their paths cross on the map, and they\0A  never meet. Pluto is the nearer one for %.1f%% of the time.\0A\00", align 1
@.str.2 = private unnamed_addr constant [87 x i8] c"\0A  planet   nearest farthest  highest  orbits    years    a^3/T^2   (AU, from the Sun)\00", align 1
@.str.3 = private unnamed_addr constant [44 x i8] c"  %-8s %7.3f %7.3f %8.2f %9.2f %8.2f %8.3f\0A\00", align 1
@.str.4 = private unnamed_addr constant [22 x i8] c"\0A  closest encounters\00", align 1
@.str.5 = private unnamed_addr constant [32 x i8] c"  %-8s %-8s %6.2f AU  in %4.0f\0A\00", align 1

; Function Attrs: nounwind uwtable
define noalias noundef ptr @almanac_new() local_unnamed_addr #0 {
  %1 = tail call noalias dereferenceable_or_null(584) ptr @calloc(i64 noundef 1, i64 noundef 584) #17
  %2 = icmp eq ptr %1, null
  br i1 %2, label %3, label %6

3:                                                ; preds = %0
  %4 = load ptr, ptr @stderr, align 8, !tbaa !3
  %5 = tail call i64 @fwrite(ptr nonnull @.str, i64 33, i64 1, ptr %4) #18
  tail call void @exit(i32 noundef 3) #19
  unreachable

6:                                                ; preds = %0
  ret ptr %1
}

; Function Attrs: mustprogress nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.start.p0(i64 immarg, ptr nocapture) #1

; Function Attrs: mustprogress nofree nounwind willreturn allockind("alloc,zeroed") allocsize(0,1) memory(inaccessiblemem: readwrite)
declare noalias noundef ptr @calloc(i64 noundef, i64 noundef) local_unnamed_addr #2

; Function Attrs: noreturn nounwind
declare void @exit(i32 noundef) local_unnamed_addr #3

; Function Attrs: mustprogress nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.end.p0(i64 immarg, ptr nocapture) #1

; Function Attrs: nounwind uwtable
define void @almanac_observe(ptr nocapture noundef %0, ptr noundef %1) local_unnamed_addr #0 {
  %3 = alloca %struct.Vector, align 8
  %4 = alloca %struct.Vector, align 8
  %5 = alloca %struct.Vector, align 8
  %6 = alloca %struct.Vector, align 8
  %7 = alloca %struct.Vector, align 8
  %8 = getelementptr inbounds i8, ptr %0, i64 580
  %9 = load i32, ptr %8, align 4, !tbaa !7
  %10 = add nsw i32 %9, 1
  store i32 %10, ptr %8, align 4, !tbaa !7
  %11 = icmp eq i32 %9, 0
  br i1 %11, label %12, label %68

12:                                               ; preds = %2
  %13 = getelementptr inbounds i8, ptr %4, i64 16
  %14 = getelementptr inbounds i8, ptr %4, i64 8
  br label %17

15:                                               ; preds = %17
  %16 = getelementptr inbounds i8, ptr %0, i64 240
  br label %42

17:                                               ; preds = %17, %12
  %18 = phi i64 [ 1, %12 ], [ %34, %17 ]
  call void @llvm.lifetime.start.p0(i64 24, ptr nonnull %4) #20
  %19 = trunc nuw nsw i64 %18 to i32
  call void @heliocentric(ptr dead_on_unwind nonnull writable sret(%struct.Vector) align 8 %4, ptr noundef %1, i32 noundef %19) #20
  %20 = call double @length(ptr noundef nonnull byval(%struct.Vector) align 8 %4) #20
  %21 = add nsw i64 %18, -1
  %22 = getelementptr inbounds [5 x %struct.Entry], ptr %0, i64 0, i64 %21
  %23 = getelementptr inbounds [6 x %struct.Body], ptr %1, i64 0, i64 %18
  %24 = load ptr, ptr %23, align 8, !tbaa !11
  %25 = load double, ptr %13, align 8, !tbaa !14
  %26 = load double, ptr %14, align 8, !tbaa !15
  %27 = load double, ptr %4, align 8, !tbaa !16
  %28 = call double @atan2(double noundef %26, double noundef %27) #20
  store ptr %24, ptr %22, align 8, !tbaa !3
  %29 = getelementptr inbounds i8, ptr %22, i64 8
  store double %20, ptr %29, align 8, !tbaa !17
  %30 = getelementptr inbounds i8, ptr %22, i64 16
  store double %20, ptr %30, align 8, !tbaa !17
  %31 = getelementptr inbounds i8, ptr %22, i64 24
  store double %25, ptr %31, align 8, !tbaa !17
  %32 = getelementptr inbounds i8, ptr %22, i64 32
  store double %28, ptr %32, align 8, !tbaa !17
  %33 = getelementptr inbounds i8, ptr %22, i64 40
  store double 0.000000e+00, ptr %33, align 8, !tbaa !17
  call void @llvm.lifetime.end.p0(i64 24, ptr nonnull %4) #20
  %34 = add nuw nsw i64 %18, 1
  %35 = icmp eq i64 %34, 6
  br i1 %35, label %15, label %17, !llvm.loop !18

36:                                               ; preds = %51
  %37 = trunc nsw i64 %54 to i32
  br label %38

38:                                               ; preds = %42, %36
  %39 = phi i32 [ %45, %42 ], [ %37, %36 ]
  %40 = add nuw nsw i64 %44, 1
  %41 = icmp eq i64 %46, 6
  br i1 %41, label %64, label %42, !llvm.loop !21

42:                                               ; preds = %38, %15
  %43 = phi i64 [ 1, %15 ], [ %46, %38 ]
  %44 = phi i64 [ 2, %15 ], [ %40, %38 ]
  %45 = phi i32 [ 0, %15 ], [ %39, %38 ]
  %46 = add nuw nsw i64 %43, 1
  %47 = icmp ult i64 %43, 5
  br i1 %47, label %48, label %38

48:                                               ; preds = %42
  %49 = getelementptr inbounds [6 x %struct.Body], ptr %1, i64 0, i64 %43
  %50 = sext i32 %45 to i64
  br label %51

51:                                               ; preds = %51, %48
  %52 = phi i64 [ %44, %48 ], [ %62, %51 ]
  %53 = phi i64 [ %50, %48 ], [ %54, %51 ]
  %54 = add nsw i64 %53, 1
  %55 = getelementptr inbounds [10 x %struct.Encounter], ptr %16, i64 0, i64 %53
  %56 = load ptr, ptr %49, align 8, !tbaa !11
  %57 = getelementptr inbounds [6 x %struct.Body], ptr %1, i64 0, i64 %52
  %58 = load ptr, ptr %57, align 8, !tbaa !11
  store ptr %56, ptr %55, align 8, !tbaa !3
  %59 = getelementptr inbounds i8, ptr %55, i64 8
  store ptr %58, ptr %59, align 8, !tbaa !3
  %60 = getelementptr inbounds i8, ptr %55, i64 16
  store double 0x7FF0000000000000, ptr %60, align 8, !tbaa !17
  %61 = getelementptr inbounds i8, ptr %55, i64 24
  store double 0.000000e+00, ptr %61, align 8, !tbaa !17
  %62 = add nuw nsw i64 %52, 1
  %63 = icmp eq i64 %62, 6
  br i1 %63, label %36, label %51, !llvm.loop !22

64:                                               ; preds = %38
  %65 = getelementptr inbounds i8, ptr %1, i64 432
  %66 = load double, ptr %65, align 8, !tbaa !23
  %67 = getelementptr inbounds i8, ptr %0, i64 560
  store double %66, ptr %67, align 8, !tbaa !25
  br label %68

68:                                               ; preds = %64, %2
  %69 = getelementptr inbounds i8, ptr %5, i64 8
  %70 = getelementptr inbounds i8, ptr %5, i64 16
  br label %76

71:                                               ; preds = %76
  %72 = getelementptr inbounds i8, ptr %0, i64 240
  %73 = getelementptr inbounds i8, ptr %3, i64 8
  %74 = getelementptr inbounds i8, ptr %3, i64 16
  %75 = getelementptr inbounds i8, ptr %1, i64 432
  br label %116

76:                                               ; preds = %68, %76
  %77 = phi i64 [ 1, %68 ], [ %104, %76 ]
  %78 = add nsw i64 %77, -1
  %79 = getelementptr inbounds [5 x %struct.Entry], ptr %0, i64 0, i64 %78
  %80 = trunc nuw nsw i64 %77 to i32
  call void @heliocentric(ptr dead_on_unwind nonnull writable sret(%struct.Vector) align 8 %5, ptr noundef %1, i32 noundef %80) #20
  %81 = load double, ptr %5, align 8
  %82 = load double, ptr %69, align 8
  %83 = load double, ptr %70, align 8
  %84 = call double @length(ptr noundef nonnull byval(%struct.Vector) align 8 %5) #20
  %85 = call double @atan2(double noundef %82, double noundef %81) #20
  %86 = getelementptr inbounds i8, ptr %79, i64 32
  %87 = load double, ptr %86, align 8, !tbaa !26
  %88 = fsub double %85, %87
  %89 = fcmp olt double %88, 0xC00921FB54442D18
  %90 = fadd double %88, 0x401921FB54442D18
  %91 = select i1 %89, double %90, double %88
  %92 = getelementptr inbounds i8, ptr %79, i64 40
  %93 = load double, ptr %92, align 8, !tbaa !28
  %94 = fadd double %93, %91
  store double %94, ptr %92, align 8, !tbaa !28
  store double %85, ptr %86, align 8, !tbaa !26
  %95 = getelementptr inbounds i8, ptr %79, i64 8
  %96 = load double, ptr %95, align 8, !tbaa !29
  %97 = call double @llvm.minnum.f64(double %96, double %84)
  store double %97, ptr %95, align 8, !tbaa !29
  %98 = getelementptr inbounds i8, ptr %79, i64 16
  %99 = load double, ptr %98, align 8, !tbaa !30
  %100 = call double @llvm.maxnum.f64(double %99, double %84)
  store double %100, ptr %98, align 8, !tbaa !30
  %101 = getelementptr inbounds i8, ptr %79, i64 24
  %102 = load double, ptr %101, align 8, !tbaa !31
  %103 = call double @llvm.maxnum.f64(double %102, double %83)
  store double %103, ptr %101, align 8, !tbaa !31
  %104 = add nuw nsw i64 %77, 1
  %105 = icmp eq i64 %104, 6
  br i1 %105, label %71, label %76, !llvm.loop !32

106:                                              ; preds = %151
  %107 = trunc nsw i64 %130 to i32
  br label %108

108:                                              ; preds = %106, %116
  %109 = phi i32 [ %119, %116 ], [ %107, %106 ]
  %110 = add nuw nsw i64 %118, 1
  %111 = icmp eq i64 %120, 6
  br i1 %111, label %112, label %116, !llvm.loop !33

112:                                              ; preds = %108
  call void @heliocentric(ptr dead_on_unwind nonnull writable sret(%struct.Vector) align 8 %6, ptr noundef %1, i32 noundef 5) #20
  %113 = call double @length(ptr noundef nonnull byval(%struct.Vector) align 8 %6) #20
  call void @heliocentric(ptr dead_on_unwind nonnull writable sret(%struct.Vector) align 8 %7, ptr noundef %1, i32 noundef 4) #20
  %114 = call double @length(ptr noundef nonnull byval(%struct.Vector) align 8 %7) #20
  %115 = fcmp olt double %113, %114
  br i1 %115, label %154, label %158

116:                                              ; preds = %71, %108
  %117 = phi i64 [ 1, %71 ], [ %120, %108 ]
  %118 = phi i64 [ 2, %71 ], [ %110, %108 ]
  %119 = phi i32 [ 0, %71 ], [ %109, %108 ]
  %120 = add nuw nsw i64 %117, 1
  %121 = icmp ult i64 %117, 5
  br i1 %121, label %122, label %108

122:                                              ; preds = %116
  %123 = getelementptr inbounds [6 x %struct.Body], ptr %1, i64 0, i64 %117, i32 3
  %124 = getelementptr inbounds i8, ptr %123, i64 8
  %125 = getelementptr inbounds i8, ptr %123, i64 16
  %126 = sext i32 %119 to i64
  br label %127

127:                                              ; preds = %122, %151
  %128 = phi i64 [ %126, %122 ], [ %130, %151 ]
  %129 = phi i64 [ %118, %122 ], [ %152, %151 ]
  %130 = add nsw i64 %128, 1
  %131 = getelementptr inbounds [10 x %struct.Encounter], ptr %72, i64 0, i64 %128
  call void @llvm.lifetime.start.p0(i64 24, ptr nonnull %3)
  %132 = load double, ptr %123, align 8, !tbaa !17
  %133 = load double, ptr %124, align 8, !tbaa !17
  %134 = load double, ptr %125, align 8, !tbaa !17
  %135 = getelementptr inbounds [6 x %struct.Body], ptr %1, i64 0, i64 %129, i32 3
  %136 = load double, ptr %135, align 8, !tbaa !17
  %137 = getelementptr inbounds i8, ptr %135, i64 8
  %138 = load double, ptr %137, align 8, !tbaa !17
  %139 = getelementptr inbounds i8, ptr %135, i64 16
  %140 = load double, ptr %139, align 8, !tbaa !17
  %141 = fsub double %132, %136
  store double %141, ptr %3, align 8, !tbaa !16
  %142 = fsub double %133, %138
  store double %142, ptr %73, align 8, !tbaa !15
  %143 = fsub double %134, %140
  store double %143, ptr %74, align 8, !tbaa !14
  %144 = call double @length(ptr noundef nonnull byval(%struct.Vector) align 8 %3) #20
  %145 = getelementptr inbounds i8, ptr %131, i64 16
  %146 = load double, ptr %145, align 8, !tbaa !34
  %147 = fcmp olt double %144, %146
  br i1 %147, label %148, label %151

148:                                              ; preds = %127
  store double %144, ptr %145, align 8, !tbaa !34
  %149 = load double, ptr %75, align 8, !tbaa !23
  %150 = getelementptr inbounds i8, ptr %131, i64 24
  store double %149, ptr %150, align 8, !tbaa !36
  br label %151

151:                                              ; preds = %127, %148
  call void @llvm.lifetime.end.p0(i64 24, ptr nonnull %3)
  %152 = add nuw nsw i64 %129, 1
  %153 = icmp eq i64 %152, 6
  br i1 %153, label %106, label %127, !llvm.loop !37

154:                                              ; preds = %112
  %155 = getelementptr inbounds i8, ptr %0, i64 576
  %156 = load i32, ptr %155, align 8, !tbaa !38
  %157 = add nsw i32 %156, 1
  store i32 %157, ptr %155, align 8, !tbaa !38
  br label %158

158:                                              ; preds = %154, %112
  %159 = getelementptr inbounds i8, ptr %1, i64 432
  %160 = load double, ptr %159, align 8, !tbaa !23
  %161 = getelementptr inbounds i8, ptr %0, i64 568
  store double %160, ptr %161, align 8, !tbaa !39
  ret void
}

declare void @heliocentric(ptr dead_on_unwind writable sret(%struct.Vector) align 8, ptr noundef, i32 noundef) local_unnamed_addr #4

declare double @length(ptr noundef byval(%struct.Vector) align 8) local_unnamed_addr #4

; Function Attrs: nofree nounwind uwtable
define void @almanac_print(ptr nocapture noundef readonly %0) local_unnamed_addr #5 {
  %2 = alloca [10 x %struct.Encounter], align 16
  %3 = alloca [5 x %struct.Entry], align 16
  call void @llvm.lifetime.start.p0(i64 240, ptr nonnull %3) #20
  call void @llvm.memcpy.p0.p0.i64(ptr noundef nonnull align 16 dereferenceable(240) %3, ptr noundef nonnull readonly align 8 dereferenceable(240) %0, i64 240, i1 false)
  call void @qsort(ptr noundef nonnull %3, i64 noundef 5, i64 noundef 48, ptr noundef nonnull @by_name) #20
  %4 = call i32 @puts(ptr noundef nonnull dereferenceable(1) @.str.2)
  %5 = getelementptr inbounds i8, ptr %0, i64 568
  %6 = getelementptr inbounds i8, ptr %0, i64 560
  br label %7

7:                                                ; preds = %7, %1
  %8 = phi i64 [ 0, %1 ], [ %31, %7 ]
  %9 = getelementptr inbounds [5 x %struct.Entry], ptr %3, i64 0, i64 %8
  %10 = getelementptr inbounds i8, ptr %9, i64 40
  %11 = load double, ptr %10, align 8, !tbaa !28
  %12 = fdiv double %11, 0x401921FB54442D18
  %13 = load double, ptr %5, align 8, !tbaa !39
  %14 = load double, ptr %6, align 8, !tbaa !25
  %15 = fsub double %13, %14
  %16 = fdiv double %15, 3.652500e+02
  %17 = fdiv double %16, %12
  %18 = getelementptr inbounds i8, ptr %9, i64 8
  %19 = load double, ptr %18, align 8, !tbaa !29
  %20 = getelementptr inbounds i8, ptr %9, i64 16
  %21 = load double, ptr %20, align 16, !tbaa !30
  %22 = fadd double %19, %21
  %23 = fmul double %22, 5.000000e-01
  %24 = load ptr, ptr %9, align 16, !tbaa !40
  %25 = getelementptr inbounds i8, ptr %9, i64 24
  %26 = load double, ptr %25, align 8, !tbaa !31
  %27 = call double @pow(double noundef %23, double noundef 3.000000e+00) #20
  %28 = fmul double %17, %17
  %29 = fdiv double %27, %28
  %30 = call i32 (ptr, ...) @printf(ptr noundef nonnull dereferenceable(1) @.str.3, ptr noundef %24, double noundef %19, double noundef %21, double noundef %26, double noundef %12, double noundef %17, double noundef %29)
  %31 = add nuw nsw i64 %8, 1
  %32 = icmp eq i64 %31, 5
  br i1 %32, label %33, label %7, !llvm.loop !41

33:                                               ; preds = %7
  call void @llvm.lifetime.end.p0(i64 240, ptr nonnull %3) #20
  call void @llvm.lifetime.start.p0(i64 320, ptr nonnull %2) #20
  %34 = getelementptr inbounds i8, ptr %0, i64 240
  call void @llvm.memcpy.p0.p0.i64(ptr noundef nonnull align 16 dereferenceable(320) %2, ptr noundef nonnull readonly align 8 dereferenceable(320) %34, i64 320, i1 false)
  call void @qsort(ptr noundef nonnull %2, i64 noundef 10, i64 noundef 32, ptr noundef nonnull @by_distance) #20
  %35 = call i32 @puts(ptr noundef nonnull dereferenceable(1) @.str.4)
  br label %36

36:                                               ; preds = %36, %33
  %37 = phi i64 [ 0, %33 ], [ %50, %36 ]
  %38 = getelementptr inbounds [10 x %struct.Encounter], ptr %2, i64 0, i64 %37
  %39 = load ptr, ptr %38, align 16, !tbaa !42
  %40 = getelementptr inbounds i8, ptr %38, i64 8
  %41 = load ptr, ptr %40, align 8, !tbaa !43
  %42 = getelementptr inbounds i8, ptr %38, i64 16
  %43 = load double, ptr %42, align 16, !tbaa !34
  %44 = getelementptr inbounds i8, ptr %38, i64 24
  %45 = load double, ptr %44, align 8, !tbaa !36
  %46 = fdiv double %45, 3.652500e+02
  %47 = fadd double %46, 1.994680e+03
  %48 = call double @llvm.floor.f64(double %47)
  %49 = call i32 (ptr, ...) @printf(ptr noundef nonnull dereferenceable(1) @.str.5, ptr noundef %39, ptr noundef %41, double noundef %43, double noundef %48)
  %50 = add nuw nsw i64 %37, 1
  %51 = icmp eq i64 %50, 5
  br i1 %51, label %52, label %36, !llvm.loop !44

52:                                               ; preds = %36
  call void @llvm.lifetime.end.p0(i64 320, ptr nonnull %2) #20
  %53 = getelementptr inbounds i8, ptr %0, i64 184
  %54 = load double, ptr %53, align 8, !tbaa !28
  %55 = getelementptr inbounds i8, ptr %0, i64 232
  %56 = load double, ptr %55, align 8, !tbaa !28
  %57 = fmul double %54, 2.000000e+00
  %58 = fdiv double %57, %56
  %59 = getelementptr inbounds i8, ptr %0, i64 576
  %60 = load i32, ptr %59, align 8, !tbaa !38
  %61 = sitofp i32 %60 to double
  %62 = fmul double %61, 1.000000e+02
  %63 = getelementptr inbounds i8, ptr %0, i64 580
  %64 = load i32, ptr %63, align 4, !tbaa !7
  %65 = sitofp i32 %64 to double
  %66 = fdiv double %62, %65
  %67 = call i32 (ptr, ...) @printf(ptr noundef nonnull dereferenceable(1) @.str.1, double noundef %58, double noundef %66)
  ret void
}

; Function Attrs: nofree nounwind
declare noundef i32 @printf(ptr nocapture noundef readonly, ...) local_unnamed_addr #6

; Function Attrs: mustprogress nounwind willreturn memory(argmem: readwrite, inaccessiblemem: readwrite) uwtable
define void @almanac_free(ptr nocapture noundef %0) local_unnamed_addr #7 {
  tail call void @free(ptr noundef %0) #20
  ret void
}

; Function Attrs: mustprogress nounwind willreturn allockind("free") memory(argmem: readwrite, inaccessiblemem: readwrite)
declare void @free(ptr allocptr nocapture noundef) local_unnamed_addr #8

; Function Attrs: mustprogress nofree nounwind willreturn memory(write)
declare double @atan2(double noundef, double noundef) local_unnamed_addr #9

; Function Attrs: mustprogress nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #10

; Function Attrs: mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.minnum.f64(double, double) #11

; Function Attrs: mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.maxnum.f64(double, double) #11

; Function Attrs: nofree
declare void @qsort(ptr noundef, i64 noundef, i64 noundef, ptr nocapture noundef) local_unnamed_addr #12

; Function Attrs: mustprogress nofree nounwind willreturn memory(read, inaccessiblemem: none) uwtable
define internal i32 @by_name(ptr nocapture noundef readonly %0, ptr nocapture noundef readonly %1) #13 {
  %3 = load ptr, ptr %0, align 8, !tbaa !40
  %4 = load ptr, ptr %1, align 8, !tbaa !40
  %5 = tail call i32 @strcmp(ptr noundef nonnull dereferenceable(1) %3, ptr noundef nonnull dereferenceable(1) %4) #21
  ret i32 %5
}

; Function Attrs: nofree nounwind
declare noundef i32 @puts(ptr nocapture noundef readonly) local_unnamed_addr #6

; Function Attrs: mustprogress nofree nounwind willreturn memory(argmem: read)
declare i32 @strcmp(ptr nocapture noundef, ptr nocapture noundef) local_unnamed_addr #14

; Function Attrs: mustprogress nofree nounwind willreturn memory(write)
declare double @pow(double noundef, double noundef) local_unnamed_addr #9

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(argmem: read) uwtable
define internal range(i32 -1, 2) i32 @by_distance(ptr nocapture noundef readonly %0, ptr nocapture noundef readonly %1) #15 {
  %3 = getelementptr inbounds i8, ptr %0, i64 16
  %4 = load double, ptr %3, align 8, !tbaa !34
  %5 = getelementptr inbounds i8, ptr %1, i64 16
  %6 = load double, ptr %5, align 8, !tbaa !34
  %7 = fcmp ogt double %4, %6
  %8 = zext i1 %7 to i32
  %9 = fcmp olt double %4, %6
  %10 = sext i1 %9 to i32
  %11 = add nsw i32 %10, %8
  ret i32 %11
}

; Function Attrs: mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.floor.f64(double) #11

; Function Attrs: nofree nounwind
declare noundef i64 @fwrite(ptr nocapture noundef, i64 noundef, i64 noundef, ptr nocapture noundef) local_unnamed_addr #16

attributes #0 = { nounwind uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #1 = { mustprogress nocallback nofree nosync nounwind willreturn memory(argmem: readwrite) }
attributes #2 = { mustprogress nofree nounwind willreturn allockind("alloc,zeroed") allocsize(0,1) memory(inaccessiblemem: readwrite) "alloc-family"="malloc" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #3 = { noreturn nounwind "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #4 = { "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #5 = { nofree nounwind uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #6 = { nofree nounwind "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #7 = { mustprogress nounwind willreturn memory(argmem: readwrite, inaccessiblemem: readwrite) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #8 = { mustprogress nounwind willreturn allockind("free") memory(argmem: readwrite, inaccessiblemem: readwrite) "alloc-family"="malloc" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #9 = { mustprogress nofree nounwind willreturn memory(write) "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #10 = { mustprogress nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #11 = { mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none) }
attributes #12 = { nofree "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #13 = { mustprogress nofree nounwind willreturn memory(read, inaccessiblemem: none) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #14 = { mustprogress nofree nounwind willreturn memory(argmem: read) "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #15 = { mustprogress nofree norecurse nosync nounwind willreturn memory(argmem: read) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #16 = { nofree nounwind }
attributes #17 = { nounwind allocsize(0,1) }
attributes #18 = { cold }
attributes #19 = { noreturn nounwind }
attributes #20 = { nounwind }
attributes #21 = { nounwind willreturn memory(read) }

!llvm.module.flags = !{!0, !1, !2}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = !{i32 8, !"PIC Level", i32 2}
!2 = !{i32 7, !"uwtable", i32 2}
!3 = !{!4, !4, i64 0}
!4 = !{!"any pointer", !5, i64 0}
!5 = !{!"omnipotent char", !6, i64 0}
!6 = !{!"Simple C/C++ TBAA"}
!7 = !{!8, !10, i64 580}
!8 = !{!"Almanac", !5, i64 0, !5, i64 240, !9, i64 560, !9, i64 568, !10, i64 576, !10, i64 580}
!9 = !{!"double", !5, i64 0}
!10 = !{!"int", !5, i64 0}
!11 = !{!12, !4, i64 0}
!12 = !{!"", !4, i64 0, !5, i64 8, !9, i64 16, !13, i64 24, !13, i64 48}
!13 = !{!"", !9, i64 0, !9, i64 8, !9, i64 16}
!14 = !{!13, !9, i64 16}
!15 = !{!13, !9, i64 8}
!16 = !{!13, !9, i64 0}
!17 = !{!9, !9, i64 0}
!18 = distinct !{!18, !19, !20}
!19 = !{!"llvm.loop.mustprogress"}
!20 = !{!"llvm.loop.unroll.disable"}
!21 = distinct !{!21, !19, !20}
!22 = distinct !{!22, !19, !20}
!23 = !{!24, !9, i64 432}
!24 = !{!"", !5, i64 0, !9, i64 432}
!25 = !{!8, !9, i64 560}
!26 = !{!27, !9, i64 32}
!27 = !{!"", !4, i64 0, !9, i64 8, !9, i64 16, !9, i64 24, !9, i64 32, !9, i64 40}
!28 = !{!27, !9, i64 40}
!29 = !{!27, !9, i64 8}
!30 = !{!27, !9, i64 16}
!31 = !{!27, !9, i64 24}
!32 = distinct !{!32, !19, !20}
!33 = distinct !{!33, !19, !20}
!34 = !{!35, !9, i64 16}
!35 = !{!"", !4, i64 0, !4, i64 8, !9, i64 16, !9, i64 24}
!36 = !{!35, !9, i64 24}
!37 = distinct !{!37, !19, !20}
!38 = !{!8, !10, i64 576}
!39 = !{!8, !9, i64 568}
!40 = !{!27, !4, i64 0}
!41 = distinct !{!41, !19, !20}
!42 = !{!35, !4, i64 0}
!43 = !{!35, !4, i64 8}
!44 = distinct !{!44, !19, !20}
