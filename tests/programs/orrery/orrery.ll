; ModuleID = 'orrery.c'
source_filename = "orrery.c"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

%struct.Integrator = type { ptr, ptr, ptr, i32 }
%struct.System = type { [6 x %struct.Body], double }
%struct.Body = type { ptr, i8, double, %struct.Vector, %struct.Vector }
%struct.Vector = type { double, double, double }
%struct.Frame = type { double, double, double, double }

@.str = private unnamed_addr constant [82 x i8] c"  The outer solar system, %g years from September 1994 in steps of %g days (%s).\0A\00", align 1
@integrators = external constant [0 x %struct.Integrator], align 8
@.str.1 = private unnamed_addr constant [15 x i8] c"no such method\00", align 1
@.str.2 = private unnamed_addr constant [22 x i8] c"one argument too many\00", align 1
@.str.3 = private unnamed_addr constant [22 x i8] c"not a number in range\00", align 1
@stderr = external local_unnamed_addr global ptr, align 8
@.str.4 = private unnamed_addr constant [77 x i8] c"orrery: %s: %s\0Ausage: orrery [YEARS [STEP_DAYS [METHOD]]]   METHOD is one of\00", align 1
@integrator_count = external local_unnamed_addr constant i64, align 8
@.str.5 = private unnamed_addr constant [4 x i8] c" %s\00", align 1
@.str.6 = private unnamed_addr constant [68 x i8] c"\0A  %lu steps, %lu force evaluations. The planets go on without us.\0A\00", align 1
@steps_taken = internal unnamed_addr global i64 0, align 8
@force_evaluations = external local_unnamed_addr global i64, align 8
@.str.7 = private unnamed_addr constant [25 x i8] c"from above, 92 AU across\00", align 1
@.str.8 = private unnamed_addr constant [38 x i8] c"from the side: Pluto does as it likes\00", align 1
@.str.9 = private unnamed_addr constant [2 x i8] c"*\00", align 1
@.str.10 = private unnamed_addr constant [39 x i8] c"\0A  energy over time, a line per method\00", align 1
@.str.11 = private unnamed_addr constant [67 x i8] c"             %-26s energy off by %.0e at worst, spin kept to %.0e\0A\00", align 1

; Function Attrs: nounwind uwtable
define range(i32 0, 2) i32 @main(i32 noundef %0, ptr nocapture noundef readonly %1) local_unnamed_addr #0 {
  %3 = alloca %struct.System, align 8
  %4 = alloca %struct.Vector, align 8
  %5 = alloca [60 x double], align 16
  %6 = alloca %struct.Vector, align 8
  %7 = alloca %struct.Vector, align 8
  %8 = alloca [2 x i8], align 1
  %9 = alloca %struct.Vector, align 8
  %10 = alloca %struct.Frame, align 8
  %11 = alloca %struct.Frame, align 8
  %12 = alloca %struct.System, align 8
  %13 = alloca ptr, align 8
  %14 = alloca ptr, align 8
  %15 = icmp sgt i32 %0, 1
  br i1 %15, label %16, label %31

16:                                               ; preds = %2
  %17 = getelementptr inbounds i8, ptr %1, i64 8
  %18 = load ptr, ptr %17, align 8, !tbaa !3, !noalias !7
  call void @llvm.lifetime.start.p0(i64 8, ptr nonnull %14) #10, !noalias !7
  %19 = call double @strtod(ptr noundef %18, ptr noundef nonnull %14) #10, !noalias !7
  %20 = load ptr, ptr %14, align 8, !tbaa !3, !noalias !7
  %21 = icmp eq ptr %20, %18
  br i1 %21, label %29, label %22

22:                                               ; preds = %16
  %23 = load i8, ptr %20, align 1, !tbaa !10, !noalias !7
  %24 = icmp ne i8 %23, 0
  %25 = fcmp ule double %19, 0.000000e+00
  %26 = fcmp ugt double %19, 1.000000e+04
  %27 = or i1 %25, %26
  %28 = select i1 %24, i1 true, i1 %27
  br i1 %28, label %29, label %30

29:                                               ; preds = %22, %16
  tail call fastcc void @refuse(ptr noundef nonnull @.str.3, ptr noundef %18) #11, !noalias !7
  unreachable

30:                                               ; preds = %22
  call void @llvm.lifetime.end.p0(i64 8, ptr nonnull %14) #10, !noalias !7
  br label %31

31:                                               ; preds = %30, %2
  %32 = phi double [ %19, %30 ], [ 4.980000e+02, %2 ]
  %33 = icmp sgt i32 %0, 2
  br i1 %33, label %34, label %49

34:                                               ; preds = %31
  %35 = getelementptr inbounds i8, ptr %1, i64 16
  %36 = load ptr, ptr %35, align 8, !tbaa !3, !noalias !7
  call void @llvm.lifetime.start.p0(i64 8, ptr nonnull %13) #10, !noalias !7
  %37 = call double @strtod(ptr noundef %36, ptr noundef nonnull %13) #10, !noalias !7
  %38 = load ptr, ptr %13, align 8, !tbaa !3, !noalias !7
  %39 = icmp eq ptr %38, %36
  br i1 %39, label %47, label %40

40:                                               ; preds = %34
  %41 = load i8, ptr %38, align 1, !tbaa !10, !noalias !7
  %42 = icmp ne i8 %41, 0
  %43 = fcmp ule double %37, 0.000000e+00
  %44 = fcmp ugt double %37, 4.000000e+02
  %45 = or i1 %43, %44
  %46 = select i1 %42, i1 true, i1 %45
  br i1 %46, label %47, label %48

47:                                               ; preds = %40, %34
  tail call fastcc void @refuse(ptr noundef nonnull @.str.3, ptr noundef %36) #11, !noalias !7
  unreachable

48:                                               ; preds = %40
  call void @llvm.lifetime.end.p0(i64 8, ptr nonnull %13) #10, !noalias !7
  br label %49

49:                                               ; preds = %48, %31
  %50 = phi double [ %37, %48 ], [ 2.000000e+01, %31 ]
  %51 = icmp sgt i32 %0, 3
  br i1 %51, label %52, label %56

52:                                               ; preds = %49
  %53 = getelementptr inbounds i8, ptr %1, i64 24
  %54 = load ptr, ptr %53, align 8, !tbaa !3, !noalias !7
  %55 = tail call ptr @find_integrator(ptr noundef %54) #10, !noalias !7
  br label %56

56:                                               ; preds = %52, %49
  %57 = phi ptr [ %55, %52 ], [ getelementptr (i8, ptr @integrators, i64 64), %49 ]
  %58 = icmp eq ptr %57, null
  br i1 %58, label %59, label %62

59:                                               ; preds = %56
  %60 = getelementptr inbounds i8, ptr %1, i64 24
  %61 = load ptr, ptr %60, align 8, !tbaa !3, !noalias !7
  tail call fastcc void @refuse(ptr noundef nonnull @.str.1, ptr noundef %61) #11, !noalias !7
  unreachable

62:                                               ; preds = %56
  %63 = icmp sgt i32 %0, 4
  br i1 %63, label %64, label %67

64:                                               ; preds = %62
  %65 = getelementptr inbounds i8, ptr %1, i64 32
  %66 = load ptr, ptr %65, align 8, !tbaa !3, !noalias !7
  tail call fastcc void @refuse(ptr noundef nonnull @.str.2, ptr noundef %66) #11, !noalias !7
  unreachable

67:                                               ; preds = %62
  %68 = tail call i32 @atexit(ptr noundef nonnull @say_goodbye) #10
  %69 = load ptr, ptr %57, align 8, !tbaa !11
  %70 = tail call i32 (ptr, ...) @printf(ptr noundef nonnull dereferenceable(1) @.str, double noundef %32, double noundef %50, ptr noundef %69)
  call void @llvm.lifetime.start.p0(i64 32, ptr nonnull %10)
  call void @llvm.lifetime.start.p0(i64 32, ptr nonnull %11)
  store double -4.000000e+01, ptr %10, align 8, !tbaa !14
  %71 = getelementptr inbounds i8, ptr %10, i64 8
  store double 5.200000e+01, ptr %71, align 8, !tbaa !17
  %72 = getelementptr inbounds i8, ptr %10, i64 16
  store double -3.400000e+01, ptr %72, align 8, !tbaa !18
  %73 = getelementptr inbounds i8, ptr %10, i64 24
  store double 5.100000e+01, ptr %73, align 8, !tbaa !19
  %74 = tail call ptr @canvas_new(i32 noundef 96, i32 noundef 40, ptr noundef nonnull byval(%struct.Frame) align 8 %10) #10
  store double -4.000000e+01, ptr %11, align 8, !tbaa !14
  %75 = getelementptr inbounds i8, ptr %11, i64 8
  store double 5.200000e+01, ptr %75, align 8, !tbaa !17
  %76 = getelementptr inbounds i8, ptr %11, i64 16
  store double -1.600000e+01, ptr %76, align 8, !tbaa !18
  %77 = getelementptr inbounds i8, ptr %11, i64 24
  store double 1.100000e+01, ptr %77, align 8, !tbaa !19
  %78 = tail call ptr @canvas_new(i32 noundef 96, i32 noundef 13, ptr noundef nonnull byval(%struct.Frame) align 8 %11) #10
  %79 = tail call ptr @almanac_new() #10
  call void @llvm.lifetime.start.p0(i64 440, ptr nonnull %12) #10
  call void @solar_system(ptr dead_on_unwind nonnull writable sret(%struct.System) align 8 %12) #10
  %80 = fmul double %32, 3.652500e+02
  %81 = fdiv double %80, %50
  %82 = call i64 @lround(double noundef %81) #10
  %83 = icmp sgt i64 %82, 0
  br i1 %83, label %84, label %104

84:                                               ; preds = %67
  %85 = getelementptr inbounds i8, ptr %9, i64 8
  %86 = getelementptr inbounds i8, ptr %9, i64 16
  %87 = getelementptr inbounds i8, ptr %57, i64 16
  br label %88

88:                                               ; preds = %98, %84
  %89 = phi i64 [ 0, %84 ], [ %100, %98 ]
  call void @almanac_observe(ptr noundef %79, ptr noundef nonnull %12) #10
  br label %90

90:                                               ; preds = %90, %88
  %91 = phi i32 [ 1, %88 ], [ %96, %90 ]
  call void @llvm.lifetime.start.p0(i64 24, ptr nonnull %9) #10, !noalias !20
  call void @heliocentric(ptr dead_on_unwind nonnull writable sret(%struct.Vector) align 8 %9, ptr noundef nonnull %12, i32 noundef %91) #10
  %92 = load double, ptr %9, align 8, !tbaa !23, !noalias !20
  %93 = load double, ptr %85, align 8, !tbaa !25, !noalias !20
  call void @canvas_plot(ptr noundef %74, double noundef %92, double noundef %93, i8 noundef signext 46) #10
  %94 = load double, ptr %9, align 8, !tbaa !23, !noalias !20
  %95 = load double, ptr %86, align 8, !tbaa !26, !noalias !20
  call void @canvas_plot(ptr noundef %78, double noundef %94, double noundef %95, i8 noundef signext 46) #10
  call void @llvm.lifetime.end.p0(i64 24, ptr nonnull %9) #10, !noalias !20
  %96 = add nuw nsw i32 %91, 1
  %97 = icmp eq i32 %96, 6
  br i1 %97, label %98, label %90, !llvm.loop !27

98:                                               ; preds = %90
  %99 = load ptr, ptr %87, align 8, !tbaa !30
  call void %99(ptr noundef nonnull %12, double noundef %50) #10
  %100 = add nuw nsw i64 %89, 1
  %101 = load i64, ptr @steps_taken, align 8, !tbaa !31, !noalias !20
  %102 = add i64 %101, 1
  store i64 %102, ptr @steps_taken, align 8, !tbaa !31, !noalias !20
  %103 = icmp eq i64 %100, %82
  br i1 %103, label %104, label %88, !llvm.loop !33

104:                                              ; preds = %98, %67
  call void @llvm.lifetime.start.p0(i64 2, ptr nonnull %8)
  %105 = getelementptr inbounds i8, ptr %7, i64 8
  %106 = getelementptr inbounds i8, ptr %7, i64 16
  %107 = getelementptr inbounds i8, ptr %8, i64 1
  br label %108

108:                                              ; preds = %108, %104
  %109 = phi i64 [ 1, %104 ], [ %119, %108 ]
  call void @llvm.lifetime.start.p0(i64 24, ptr nonnull %7) #10
  %110 = trunc nuw nsw i64 %109 to i32
  call void @heliocentric(ptr dead_on_unwind nonnull writable sret(%struct.Vector) align 8 %7, ptr noundef nonnull %12, i32 noundef %110) #10
  %111 = load double, ptr %7, align 8, !tbaa !23
  %112 = load double, ptr %105, align 8, !tbaa !25
  %113 = getelementptr inbounds [6 x %struct.Body], ptr %12, i64 0, i64 %109
  %114 = load ptr, ptr %113, align 8, !tbaa !34
  call void @canvas_label(ptr noundef %74, double noundef %111, double noundef %112, ptr noundef %114) #10
  %115 = load double, ptr %7, align 8, !tbaa !23
  %116 = load double, ptr %106, align 8, !tbaa !26
  %117 = getelementptr inbounds i8, ptr %113, i64 8
  %118 = load i8, ptr %117, align 8, !tbaa !36
  store i8 %118, ptr %8, align 1, !tbaa !10
  store i8 0, ptr %107, align 1, !tbaa !10
  call void @canvas_label(ptr noundef %78, double noundef %115, double noundef %116, ptr noundef nonnull %8) #10
  call void @llvm.lifetime.end.p0(i64 24, ptr nonnull %7) #10
  %119 = add nuw nsw i64 %109, 1
  %120 = icmp eq i64 %119, 6
  br i1 %120, label %121, label %108, !llvm.loop !37

121:                                              ; preds = %108
  call void @canvas_label(ptr noundef %74, double noundef 0.000000e+00, double noundef 0.000000e+00, ptr noundef nonnull @.str.9) #10
  call void @canvas_label(ptr noundef %78, double noundef 0.000000e+00, double noundef 0.000000e+00, ptr noundef nonnull @.str.9) #10
  call void @llvm.lifetime.end.p0(i64 2, ptr nonnull %8)
  call void @canvas_print(ptr noundef %74, ptr noundef nonnull @.str.7) #10
  call void @canvas_print(ptr noundef %78, ptr noundef nonnull @.str.8) #10
  call void @almanac_print(ptr noundef %79) #10
  call void @canvas_free(ptr noundef %74) #10
  call void @canvas_free(ptr noundef %78) #10
  call void @almanac_free(ptr noundef %79) #10
  call void @llvm.lifetime.end.p0(i64 440, ptr nonnull %12) #10
  call void @llvm.lifetime.end.p0(i64 32, ptr nonnull %10)
  call void @llvm.lifetime.end.p0(i64 32, ptr nonnull %11)
  %122 = call i32 @puts(ptr noundef nonnull dereferenceable(1) @.str.10)
  %123 = load i64, ptr @integrator_count, align 8, !tbaa !31
  %124 = icmp eq i64 %123, 0
  br i1 %124, label %177, label %125

125:                                              ; preds = %121, %159
  %126 = phi double [ %171, %159 ], [ 0.000000e+00, %121 ]
  %127 = phi i64 [ %172, %159 ], [ 0, %121 ]
  %128 = getelementptr inbounds [0 x %struct.Integrator], ptr @integrators, i64 0, i64 %127
  call void @llvm.lifetime.start.p0(i64 24, ptr nonnull %4)
  call void @llvm.lifetime.start.p0(i64 24, ptr nonnull %6)
  call void @llvm.lifetime.start.p0(i64 440, ptr nonnull %3) #10
  call void @solar_system(ptr dead_on_unwind nonnull writable sret(%struct.System) align 8 %3) #10
  %129 = call double @total_energy(ptr noundef nonnull %3) #10
  call void @angular_momentum(ptr dead_on_unwind nonnull writable sret(%struct.Vector) align 8 %4, ptr noundef nonnull %3) #10
  %130 = call double @length(ptr noundef nonnull byval(%struct.Vector) align 8 %4) #10
  call void @llvm.lifetime.start.p0(i64 480, ptr nonnull %5) #10
  %131 = call i64 @lround(double noundef %81) #10
  %132 = getelementptr inbounds i8, ptr %128, i64 16
  %133 = call double @llvm.fabs.f64(double %129)
  br label %134

134:                                              ; preds = %150, %125
  %135 = phi double [ 0.000000e+00, %125 ], [ %157, %150 ]
  %136 = phi i64 [ 0, %125 ], [ %138, %150 ]
  %137 = phi i64 [ 0, %125 ], [ %151, %150 ]
  %138 = add nuw nsw i64 %136, 1
  %139 = mul nsw i64 %138, %131
  %140 = sdiv i64 %139, 60
  %141 = icmp slt i64 %137, %140
  br i1 %141, label %142, label %150

142:                                              ; preds = %134
  %143 = load ptr, ptr %132, align 8, !tbaa !30
  br label %144

144:                                              ; preds = %144, %142
  %145 = phi i64 [ %146, %144 ], [ %137, %142 ]
  call void %143(ptr noundef nonnull %3, double noundef %50) #10
  %146 = add i64 %145, 1
  %147 = load i64, ptr @steps_taken, align 8, !tbaa !31
  %148 = add i64 %147, 1
  store i64 %148, ptr @steps_taken, align 8, !tbaa !31
  %149 = icmp eq i64 %146, %140
  br i1 %149, label %150, label %144, !llvm.loop !38

150:                                              ; preds = %144, %134
  %151 = phi i64 [ %137, %134 ], [ %140, %144 ]
  %152 = call double @total_energy(ptr noundef nonnull %3) #10
  %153 = fsub double %152, %129
  %154 = fdiv double %153, %133
  %155 = getelementptr inbounds [60 x double], ptr %5, i64 0, i64 %136
  store double %154, ptr %155, align 8, !tbaa !39
  %156 = call double @llvm.fabs.f64(double %154)
  %157 = call double @llvm.maxnum.f64(double %135, double %156)
  %158 = icmp eq i64 %138, 60
  br i1 %158, label %159, label %134, !llvm.loop !40

159:                                              ; preds = %150
  %160 = load ptr, ptr %128, align 8, !tbaa !11
  call void @sparkline(ptr noundef %160, ptr noundef nonnull %5, i64 noundef 60) #10
  call void @angular_momentum(ptr dead_on_unwind nonnull writable sret(%struct.Vector) align 8 %6, ptr noundef nonnull %3) #10
  %161 = call double @length(ptr noundef nonnull byval(%struct.Vector) align 8 %6) #10
  %162 = fsub double %161, %130
  %163 = call double @llvm.fabs.f64(double %130)
  %164 = fdiv double %162, %163
  %165 = call double @llvm.fabs.f64(double %164)
  %166 = call double @llvm.maxnum.f64(double %165, double 1.000000e-09)
  %167 = getelementptr inbounds i8, ptr %128, i64 8
  %168 = load ptr, ptr %167, align 8, !tbaa !41
  %169 = call i32 (ptr, ...) @printf(ptr noundef nonnull dereferenceable(1) @.str.11, ptr noundef %168, double noundef %157, double noundef %166)
  call void @llvm.lifetime.end.p0(i64 480, ptr nonnull %5) #10
  call void @llvm.lifetime.end.p0(i64 440, ptr nonnull %3) #10
  call void @llvm.lifetime.end.p0(i64 24, ptr nonnull %4)
  call void @llvm.lifetime.end.p0(i64 24, ptr nonnull %6)
  %170 = icmp eq ptr %128, %57
  %171 = select i1 %170, double %157, double %126
  %172 = add nuw i64 %127, 1
  %173 = icmp eq i64 %172, %123
  br i1 %173, label %174, label %125, !llvm.loop !42

174:                                              ; preds = %159
  %175 = fcmp ogt double %171, 1.000000e-03
  %176 = zext i1 %175 to i32
  br label %177

177:                                              ; preds = %174, %121
  %178 = phi i32 [ 0, %121 ], [ %176, %174 ]
  ret i32 %178
}

; Function Attrs: mustprogress nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.start.p0(i64 immarg, ptr nocapture) #1

; Function Attrs: nofree nounwind
declare i32 @atexit(ptr noundef) local_unnamed_addr #2

; Function Attrs: nofree nounwind uwtable
define internal void @say_goodbye() #3 {
  %1 = load i64, ptr @steps_taken, align 8, !tbaa !31
  %2 = load i64, ptr @force_evaluations, align 8, !tbaa !31
  %3 = tail call i32 (ptr, ...) @printf(ptr noundef nonnull dereferenceable(1) @.str.6, i64 noundef %1, i64 noundef %2)
  ret void
}

; Function Attrs: nofree nounwind
declare noundef i32 @printf(ptr nocapture noundef readonly, ...) local_unnamed_addr #2

; Function Attrs: mustprogress nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.end.p0(i64 immarg, ptr nocapture) #1

declare ptr @find_integrator(ptr noundef) local_unnamed_addr #4

; Function Attrs: noreturn nounwind uwtable
define internal fastcc void @refuse(ptr noundef %0, ptr noundef %1) unnamed_addr #5 {
  %3 = load ptr, ptr @stderr, align 8, !tbaa !3
  %4 = tail call i32 (ptr, ptr, ...) @fprintf(ptr noundef %3, ptr noundef nonnull @.str.4, ptr noundef %0, ptr noundef %1) #12
  %5 = load i64, ptr @integrator_count, align 8, !tbaa !31
  %6 = icmp eq i64 %5, 0
  br i1 %6, label %7, label %10

7:                                                ; preds = %10, %2
  %8 = load ptr, ptr @stderr, align 8, !tbaa !3
  %9 = tail call i32 @fputc(i32 noundef 10, ptr noundef %8)
  tail call void @exit(i32 noundef 2) #13
  unreachable

10:                                               ; preds = %2, %10
  %11 = phi i64 [ %16, %10 ], [ 0, %2 ]
  %12 = load ptr, ptr @stderr, align 8, !tbaa !3
  %13 = getelementptr inbounds [0 x %struct.Integrator], ptr @integrators, i64 0, i64 %11
  %14 = load ptr, ptr %13, align 8, !tbaa !11
  %15 = tail call i32 (ptr, ptr, ...) @fprintf(ptr noundef %12, ptr noundef nonnull @.str.5, ptr noundef %14) #12
  %16 = add nuw i64 %11, 1
  %17 = icmp eq i64 %16, %5
  br i1 %17, label %7, label %10, !llvm.loop !43
}

; Function Attrs: mustprogress nofree nounwind willreturn
declare double @strtod(ptr noundef readonly, ptr nocapture noundef) local_unnamed_addr #6

; Function Attrs: nofree nounwind
declare noundef i32 @fprintf(ptr nocapture noundef, ptr nocapture noundef readonly, ...) local_unnamed_addr #2

; Function Attrs: nofree nounwind
declare noundef i32 @fputc(i32 noundef, ptr nocapture noundef) local_unnamed_addr #2

; Function Attrs: noreturn nounwind
declare void @exit(i32 noundef) local_unnamed_addr #7

declare ptr @canvas_new(i32 noundef, i32 noundef, ptr noundef byval(%struct.Frame) align 8) local_unnamed_addr #4

declare ptr @almanac_new() local_unnamed_addr #4

declare void @canvas_print(ptr noundef, ptr noundef) local_unnamed_addr #4

declare void @almanac_print(ptr noundef) local_unnamed_addr #4

declare void @canvas_free(ptr noundef) local_unnamed_addr #4

declare void @almanac_free(ptr noundef) local_unnamed_addr #4

declare void @solar_system(ptr dead_on_unwind writable sret(%struct.System) align 8) local_unnamed_addr #4

declare void @almanac_observe(ptr noundef, ptr noundef) local_unnamed_addr #4

; Function Attrs: nounwind
declare i64 @lround(double noundef) local_unnamed_addr #8

declare void @heliocentric(ptr dead_on_unwind writable sret(%struct.Vector) align 8, ptr noundef, i32 noundef) local_unnamed_addr #4

declare void @canvas_plot(ptr noundef, double noundef, double noundef, i8 noundef signext) local_unnamed_addr #4

declare void @canvas_label(ptr noundef, double noundef, double noundef, ptr noundef) local_unnamed_addr #4

; Function Attrs: nofree nounwind
declare noundef i32 @puts(ptr nocapture noundef readonly) local_unnamed_addr #2

declare double @total_energy(ptr noundef) local_unnamed_addr #4

declare double @length(ptr noundef byval(%struct.Vector) align 8) local_unnamed_addr #4

declare void @angular_momentum(ptr dead_on_unwind writable sret(%struct.Vector) align 8, ptr noundef) local_unnamed_addr #4

; Function Attrs: mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.fabs.f64(double) #9

; Function Attrs: mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.maxnum.f64(double, double) #9

declare void @sparkline(ptr noundef, ptr noundef, i64 noundef) local_unnamed_addr #4

attributes #0 = { nounwind uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #1 = { mustprogress nocallback nofree nosync nounwind willreturn memory(argmem: readwrite) }
attributes #2 = { nofree nounwind "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #3 = { nofree nounwind uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #4 = { "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #5 = { noreturn nounwind uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #6 = { mustprogress nofree nounwind willreturn "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #7 = { noreturn nounwind "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #8 = { nounwind "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #9 = { mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none) }
attributes #10 = { nounwind }
attributes #11 = { noreturn }
attributes #12 = { cold nounwind }
attributes #13 = { noreturn nounwind }

!llvm.module.flags = !{!0, !1, !2}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = !{i32 8, !"PIC Level", i32 2}
!2 = !{i32 7, !"uwtable", i32 2}
!3 = !{!4, !4, i64 0}
!4 = !{!"any pointer", !5, i64 0}
!5 = !{!"omnipotent char", !6, i64 0}
!6 = !{!"Simple C/C++ TBAA"}
!7 = !{!8}
!8 = distinct !{!8, !9, !"parse_options: argument 0"}
!9 = distinct !{!9, !"parse_options"}
!10 = !{!5, !5, i64 0}
!11 = !{!12, !4, i64 0}
!12 = !{!"", !4, i64 0, !4, i64 8, !4, i64 16, !13, i64 24}
!13 = !{!"int", !5, i64 0}
!14 = !{!15, !16, i64 0}
!15 = !{!"", !16, i64 0, !16, i64 8, !16, i64 16, !16, i64 24}
!16 = !{!"double", !5, i64 0}
!17 = !{!15, !16, i64 8}
!18 = !{!15, !16, i64 16}
!19 = !{!15, !16, i64 24}
!20 = !{!21}
!21 = distinct !{!21, !22, !"travel: argument 0"}
!22 = distinct !{!22, !"travel"}
!23 = !{!24, !16, i64 0}
!24 = !{!"", !16, i64 0, !16, i64 8, !16, i64 16}
!25 = !{!24, !16, i64 8}
!26 = !{!24, !16, i64 16}
!27 = distinct !{!27, !28, !29}
!28 = !{!"llvm.loop.mustprogress"}
!29 = !{!"llvm.loop.unroll.disable"}
!30 = !{!12, !4, i64 16}
!31 = !{!32, !32, i64 0}
!32 = !{!"long", !5, i64 0}
!33 = distinct !{!33, !28, !29}
!34 = !{!35, !4, i64 0}
!35 = !{!"", !4, i64 0, !5, i64 8, !16, i64 16, !24, i64 24, !24, i64 48}
!36 = !{!35, !5, i64 8}
!37 = distinct !{!37, !28, !29}
!38 = distinct !{!38, !28, !29}
!39 = !{!16, !16, i64 0}
!40 = distinct !{!40, !28, !29}
!41 = !{!12, !4, i64 8}
!42 = distinct !{!42, !28, !29}
!43 = distinct !{!43, !28, !29}
