; ModuleID = 'physics.c'
source_filename = "physics.c"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

%struct.Body = type { ptr, i8, double, %struct.Vector, %struct.Vector }
%struct.Vector = type { double, double, double }
%struct.Integrator = type { ptr, ptr, ptr, i32 }
%struct.System = type { [6 x %struct.Body], double }

@epoch = internal unnamed_addr constant [6 x %struct.Body] [%struct.Body { ptr @.str.6, i8 42, double 0x3FF000064463F165, %struct.Vector zeroinitializer, %struct.Vector zeroinitializer }, %struct.Body { ptr @.str.7, i8 74, double 0x3F4F49538BB794A9, %struct.Vector { double 0xC00C04D81931296E, double 0xC00E892F463EA8B2, double 0xBFF8D00FC7F41FF8 }, %struct.Vector { double 5.654290e-03, double -4.124900e-03, double -1.905890e-03 } }, %struct.Body { ptr @.str.8, i8 83, double 0x3F32B74CCB4D9EB3, %struct.Vector { double 0x402226AC0D39A466, double 0xC0085DDEE5D404CF, double 0xBFFA5FBA0F5AE6D6 }, %struct.Vector { double 1.683180e-03, double 4.835250e-03, double 1.924620e-03 } }, %struct.Body { ptr @.str.9, i8 85, double 0x3F06ECFB27256C96, %struct.Vector { double 0x40209ECAEEA63B69, double 0xC0304A448EA549D1, double 0xC01D022DCA3DA654 }, %struct.Vector { double 3.541780e-03, double 1.371020e-03, double 5.502900e-04 } }, %struct.Body { ptr @.str.10, i8 78, double 0x3F0B253EDA7D544B, %struct.Vector { double 0x4026F10851DE1925, double 0xC039BABF642E7DC2, double 0xC025A246B19538E2 }, %struct.Vector { double 2.889300e-03, double 1.145270e-03, double 3.967700e-04 } }, %struct.Body { ptr @.str.11, i8 80, double 0x3E4084E410741D19, %struct.Vector { double 0xC02F13D52A696016, double 0xC03938F9A7206ADA, double 0xC009859B9AFB9969 }, %struct.Vector { double 2.767250e-03, double -1.707020e-03, double -1.365040e-03 } }], align 16
@.str = private unnamed_addr constant [6 x i8] c"euler\00", align 1
@.str.1 = private unnamed_addr constant [26 x i8] c"first order, gains energy\00", align 1
@.str.2 = private unnamed_addr constant [9 x i8] c"leapfrog\00", align 1
@.str.3 = private unnamed_addr constant [25 x i8] c"second order, symplectic\00", align 1
@.str.4 = private unnamed_addr constant [8 x i8] c"yoshida\00", align 1
@.str.5 = private unnamed_addr constant [25 x i8] c"fourth order, symplectic\00", align 1
@integrators = constant [3 x %struct.Integrator] [%struct.Integrator { ptr @.str, ptr @.str.1, ptr @euler, i32 1 }, %struct.Integrator { ptr @.str.2, ptr @.str.3, ptr @leapfrog, i32 1 }, %struct.Integrator { ptr @.str.4, ptr @.str.5, ptr @yoshida, i32 3 }], align 16
@integrator_count = local_unnamed_addr constant i64 3, align 8
@force_evaluations = local_unnamed_addr global i64 0, align 8
@.str.6 = private unnamed_addr constant [4 x i8] c"Sun\00", align 1
@.str.7 = private unnamed_addr constant [8 x i8] c"Jupiter\00", align 1
@.str.8 = private unnamed_addr constant [7 x i8] c"Saturn\00", align 1
@.str.9 = private unnamed_addr constant [7 x i8] c"Uranus\00", align 1
@.str.10 = private unnamed_addr constant [8 x i8] c"Neptune\00", align 1
@.str.11 = private unnamed_addr constant [6 x i8] c"Pluto\00", align 1

; Function Attrs: mustprogress nofree nounwind willreturn memory(write, argmem: readwrite) uwtable
define double @length(ptr nocapture noundef readonly byval(%struct.Vector) align 8 %0) local_unnamed_addr #0 {
  %2 = load double, ptr %0, align 8, !tbaa !3
  %3 = fmul double %2, %2
  %4 = getelementptr inbounds i8, ptr %0, i64 8
  %5 = load double, ptr %4, align 8, !tbaa !8
  %6 = fmul double %5, %5
  %7 = fadd double %3, %6
  %8 = getelementptr inbounds i8, ptr %0, i64 16
  %9 = load double, ptr %8, align 8, !tbaa !9
  %10 = fmul double %9, %9
  %11 = fadd double %7, %10
  %12 = tail call double @sqrt(double noundef %11) #12
  ret double %12
}

; Function Attrs: mustprogress nofree nounwind willreturn memory(write)
declare double @sqrt(double noundef) local_unnamed_addr #1

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(argmem: readwrite) uwtable
define void @heliocentric(ptr dead_on_unwind noalias nocapture writable writeonly sret(%struct.Vector) align 8 %0, ptr nocapture noundef readonly %1, i32 noundef %2) local_unnamed_addr #2 {
  %4 = sext i32 %2 to i64
  %5 = getelementptr inbounds [6 x %struct.Body], ptr %1, i64 0, i64 %4, i32 3
  %6 = getelementptr inbounds i8, ptr %1, i64 24
  %7 = load double, ptr %6, align 1
  %8 = getelementptr inbounds i8, ptr %1, i64 32
  %9 = load double, ptr %8, align 1
  %10 = getelementptr inbounds i8, ptr %1, i64 40
  %11 = load double, ptr %10, align 1
  %12 = load double, ptr %5, align 1
  %13 = getelementptr inbounds i8, ptr %5, i64 8
  %14 = load double, ptr %13, align 1
  %15 = getelementptr inbounds i8, ptr %5, i64 16
  %16 = load double, ptr %15, align 1
  %17 = fsub double %12, %7
  store double %17, ptr %0, align 8, !tbaa !3, !alias.scope !10
  %18 = getelementptr inbounds i8, ptr %0, i64 8
  %19 = fsub double %14, %9
  store double %19, ptr %18, align 8, !tbaa !8, !alias.scope !10
  %20 = getelementptr inbounds i8, ptr %0, i64 16
  %21 = fsub double %16, %11
  store double %21, ptr %20, align 8, !tbaa !9, !alias.scope !10
  ret void
}

; Function Attrs: nofree norecurse nosync nounwind memory(argmem: readwrite) uwtable
define void @solar_system(ptr dead_on_unwind noalias nocapture writable sret(%struct.System) align 8 %0) local_unnamed_addr #3 {
  %2 = getelementptr inbounds i8, ptr %0, i64 432
  store i64 0, ptr %2, align 8
  tail call void @llvm.memcpy.p0.p0.i64(ptr noundef nonnull align 8 dereferenceable(432) %0, ptr noundef nonnull align 16 dereferenceable(432) @epoch, i64 432, i1 false)
  br label %74

3:                                                ; preds = %11
  %4 = fdiv double 1.000000e+00, %47
  %5 = fmul double %4, %32
  %6 = fmul double %4, %33
  %7 = fmul double %4, %34
  %8 = fmul double %4, %44
  %9 = fmul double %4, %45
  %10 = fmul double %4, %46
  br label %50

11:                                               ; preds = %74, %11
  %12 = phi i64 [ %48, %11 ], [ 0, %74 ]
  %13 = phi double [ %47, %11 ], [ 0.000000e+00, %74 ]
  %14 = phi double [ %32, %11 ], [ 0.000000e+00, %74 ]
  %15 = phi double [ %33, %11 ], [ 0.000000e+00, %74 ]
  %16 = phi double [ %34, %11 ], [ 0.000000e+00, %74 ]
  %17 = phi double [ %44, %11 ], [ 0.000000e+00, %74 ]
  %18 = phi double [ %45, %11 ], [ 0.000000e+00, %74 ]
  %19 = phi double [ %46, %11 ], [ 0.000000e+00, %74 ]
  %20 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %12
  %21 = getelementptr inbounds i8, ptr %20, i64 24
  %22 = getelementptr inbounds i8, ptr %20, i64 16
  %23 = load double, ptr %22, align 8, !tbaa !13
  %24 = load double, ptr %21, align 8
  %25 = getelementptr inbounds i8, ptr %20, i64 32
  %26 = load double, ptr %25, align 8
  %27 = getelementptr inbounds i8, ptr %20, i64 40
  %28 = load double, ptr %27, align 8
  %29 = fmul double %23, %24
  %30 = fmul double %23, %26
  %31 = fmul double %23, %28
  %32 = fadd double %14, %29
  %33 = fadd double %15, %30
  %34 = fadd double %16, %31
  %35 = getelementptr inbounds i8, ptr %20, i64 48
  %36 = load double, ptr %35, align 8
  %37 = getelementptr inbounds i8, ptr %20, i64 56
  %38 = load double, ptr %37, align 8
  %39 = getelementptr inbounds i8, ptr %20, i64 64
  %40 = load double, ptr %39, align 8
  %41 = fmul double %23, %36
  %42 = fmul double %23, %38
  %43 = fmul double %23, %40
  %44 = fadd double %17, %41
  %45 = fadd double %18, %42
  %46 = fadd double %19, %43
  %47 = fadd double %13, %23
  %48 = add nuw nsw i64 %12, 1
  %49 = icmp eq i64 %48, 6
  br i1 %49, label %3, label %11, !llvm.loop !16

50:                                               ; preds = %50, %3
  %51 = phi i64 [ 0, %3 ], [ %71, %50 ]
  %52 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %51
  %53 = getelementptr inbounds i8, ptr %52, i64 24
  %54 = load double, ptr %53, align 8
  %55 = getelementptr inbounds i8, ptr %52, i64 32
  %56 = load double, ptr %55, align 8
  %57 = getelementptr inbounds i8, ptr %52, i64 40
  %58 = load double, ptr %57, align 8
  %59 = fsub double %54, %5
  %60 = fsub double %56, %6
  %61 = fsub double %58, %7
  store double %59, ptr %53, align 8, !tbaa !19
  store double %60, ptr %55, align 8, !tbaa !19
  store double %61, ptr %57, align 8, !tbaa !19
  %62 = getelementptr inbounds i8, ptr %52, i64 48
  %63 = load double, ptr %62, align 8
  %64 = getelementptr inbounds i8, ptr %52, i64 56
  %65 = load double, ptr %64, align 8
  %66 = getelementptr inbounds i8, ptr %52, i64 64
  %67 = load double, ptr %66, align 8
  %68 = fsub double %63, %8
  %69 = fsub double %65, %9
  %70 = fsub double %67, %10
  store double %68, ptr %62, align 8, !tbaa !19
  store double %69, ptr %64, align 8, !tbaa !19
  store double %70, ptr %66, align 8, !tbaa !19
  %71 = add nuw nsw i64 %51, 1
  %72 = icmp eq i64 %71, 6
  br i1 %72, label %73, label %50, !llvm.loop !20

73:                                               ; preds = %50
  ret void

74:                                               ; preds = %1, %74
  %75 = phi i64 [ 0, %1 ], [ %97, %74 ]
  %76 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %75
  %77 = getelementptr inbounds i8, ptr %76, i64 32
  %78 = load double, ptr %77, align 8
  %79 = getelementptr inbounds i8, ptr %76, i64 40
  %80 = load double, ptr %79, align 8
  %81 = fmul double %78, 0x3FED5C0357681EF3
  %82 = fmul double %80, 0x3FD9752E50F4B399
  %83 = fadd double %81, %82
  %84 = fmul double %80, 0x3FED5C0357681EF3
  %85 = fmul double %78, 0x3FD9752E50F4B399
  %86 = fsub double %84, %85
  store double %83, ptr %77, align 8, !tbaa !19
  store double %86, ptr %79, align 8, !tbaa !19
  %87 = getelementptr inbounds i8, ptr %76, i64 56
  %88 = load double, ptr %87, align 8
  %89 = getelementptr inbounds i8, ptr %76, i64 64
  %90 = load double, ptr %89, align 8
  %91 = fmul double %88, 0x3FED5C0357681EF3
  %92 = fmul double %90, 0x3FD9752E50F4B399
  %93 = fadd double %91, %92
  %94 = fmul double %90, 0x3FED5C0357681EF3
  %95 = fmul double %88, 0x3FD9752E50F4B399
  %96 = fsub double %94, %95
  store double %93, ptr %87, align 8, !tbaa !19
  store double %96, ptr %89, align 8, !tbaa !19
  %97 = add nuw nsw i64 %75, 1
  %98 = icmp eq i64 %97, 6
  br i1 %98, label %11, label %74, !llvm.loop !21
}

; Function Attrs: mustprogress nocallback nofree nounwind willreturn memory(argmem: write)
declare void @llvm.memset.p0.i64(ptr nocapture writeonly, i8, i64, i1 immarg) #4

; Function Attrs: mustprogress nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #5

; Function Attrs: mustprogress nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.start.p0(i64 immarg, ptr nocapture) #6

; Function Attrs: mustprogress nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.end.p0(i64 immarg, ptr nocapture) #6

; Function Attrs: nofree nounwind memory(write, argmem: readwrite) uwtable
define double @total_energy(ptr nocapture noundef readonly %0) local_unnamed_addr #7 {
  br label %3

2:                                                ; preds = %28
  ret double %29

3:                                                ; preds = %1, %28
  %4 = phi i64 [ 0, %1 ], [ %30, %28 ]
  %5 = phi double [ 0.000000e+00, %1 ], [ %29, %28 ]
  %6 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %4
  %7 = getelementptr inbounds i8, ptr %6, i64 16
  %8 = load double, ptr %7, align 8, !tbaa !13
  %9 = fmul double %8, 5.000000e-01
  %10 = getelementptr inbounds i8, ptr %6, i64 48
  %11 = load double, ptr %10, align 1
  %12 = getelementptr inbounds i8, ptr %6, i64 56
  %13 = load double, ptr %12, align 1
  %14 = getelementptr inbounds i8, ptr %6, i64 64
  %15 = load double, ptr %14, align 1
  %16 = fmul double %11, %11
  %17 = fmul double %13, %13
  %18 = fadd double %16, %17
  %19 = fmul double %15, %15
  %20 = fadd double %18, %19
  %21 = fmul double %9, %20
  %22 = fadd double %5, %21
  %23 = icmp eq i64 %4, 0
  br i1 %23, label %28, label %24

24:                                               ; preds = %3
  %25 = getelementptr inbounds i8, ptr %6, i64 24
  %26 = getelementptr inbounds i8, ptr %6, i64 32
  %27 = getelementptr inbounds i8, ptr %6, i64 40
  br label %32

28:                                               ; preds = %32, %3
  %29 = phi double [ %22, %3 ], [ %60, %32 ]
  %30 = add nuw nsw i64 %4, 1
  %31 = icmp eq i64 %30, 6
  br i1 %31, label %2, label %3, !llvm.loop !22

32:                                               ; preds = %24, %32
  %33 = phi i64 [ 0, %24 ], [ %61, %32 ]
  %34 = phi double [ %22, %24 ], [ %60, %32 ]
  %35 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %33
  %36 = load double, ptr %7, align 8, !tbaa !13
  %37 = fmul double %36, 0x3F33649541CFB35D
  %38 = getelementptr inbounds i8, ptr %35, i64 16
  %39 = load double, ptr %38, align 8, !tbaa !13
  %40 = fmul double %37, %39
  %41 = getelementptr inbounds i8, ptr %35, i64 24
  %42 = load double, ptr %41, align 1
  %43 = getelementptr inbounds i8, ptr %35, i64 32
  %44 = load double, ptr %43, align 1
  %45 = getelementptr inbounds i8, ptr %35, i64 40
  %46 = load double, ptr %45, align 1
  %47 = load double, ptr %25, align 1
  %48 = load double, ptr %26, align 1
  %49 = load double, ptr %27, align 1
  %50 = fsub double %47, %42
  %51 = fsub double %48, %44
  %52 = fsub double %49, %46
  %53 = fmul double %50, %50
  %54 = fmul double %51, %51
  %55 = fadd double %53, %54
  %56 = fmul double %52, %52
  %57 = fadd double %55, %56
  %58 = tail call double @sqrt(double noundef %57) #12
  %59 = fdiv double %40, %58
  %60 = fsub double %34, %59
  %61 = add nuw nsw i64 %33, 1
  %62 = icmp eq i64 %61, %4
  br i1 %62, label %28, label %32, !llvm.loop !23
}

; Function Attrs: nofree norecurse nosync nounwind memory(argmem: readwrite) uwtable
define void @angular_momentum(ptr dead_on_unwind noalias nocapture writable sret(%struct.Vector) align 8 %0, ptr nocapture noundef readonly %1) local_unnamed_addr #3 {
  tail call void @llvm.memset.p0.i64(ptr noundef nonnull align 8 dereferenceable(24) %0, i8 0, i64 24, i1 false)
  %3 = getelementptr inbounds i8, ptr %0, i64 8
  %4 = getelementptr inbounds i8, ptr %0, i64 16
  %5 = load double, ptr %3, align 8
  %6 = load double, ptr %4, align 8
  br label %8

7:                                                ; preds = %8
  store double %40, ptr %0, align 8
  store double %41, ptr %3, align 8
  store double %42, ptr %4, align 8
  ret void

8:                                                ; preds = %2, %8
  %9 = phi i64 [ 0, %2 ], [ %43, %8 ]
  %10 = phi double [ 0.000000e+00, %2 ], [ %40, %8 ]
  %11 = phi double [ %5, %2 ], [ %41, %8 ]
  %12 = phi double [ %6, %2 ], [ %42, %8 ]
  %13 = getelementptr inbounds [6 x %struct.Body], ptr %1, i64 0, i64 %9
  %14 = getelementptr inbounds i8, ptr %13, i64 24
  %15 = getelementptr inbounds i8, ptr %13, i64 48
  %16 = load double, ptr %15, align 1
  %17 = getelementptr inbounds i8, ptr %13, i64 56
  %18 = load double, ptr %17, align 1
  %19 = getelementptr inbounds i8, ptr %13, i64 64
  %20 = load double, ptr %19, align 1
  %21 = load double, ptr %14, align 1
  %22 = getelementptr inbounds i8, ptr %13, i64 32
  %23 = load double, ptr %22, align 1
  %24 = getelementptr inbounds i8, ptr %13, i64 40
  %25 = load double, ptr %24, align 1
  %26 = fmul double %20, %23
  %27 = fmul double %18, %25
  %28 = fsub double %26, %27
  %29 = fmul double %16, %25
  %30 = fmul double %20, %21
  %31 = fsub double %29, %30
  %32 = fmul double %18, %21
  %33 = fmul double %16, %23
  %34 = fsub double %32, %33
  %35 = getelementptr inbounds i8, ptr %13, i64 16
  %36 = load double, ptr %35, align 8, !tbaa !13
  %37 = fmul double %36, %28
  %38 = fmul double %36, %31
  %39 = fmul double %34, %36
  %40 = fadd double %10, %37
  %41 = fadd double %11, %38
  %42 = fadd double %39, %12
  %43 = add nuw nsw i64 %9, 1
  %44 = icmp eq i64 %43, 6
  br i1 %44, label %7, label %8, !llvm.loop !24
}

; Function Attrs: nofree nounwind memory(readwrite, inaccessiblemem: write) uwtable
define internal void @euler(ptr nocapture noundef %0, double noundef %1) #8 {
  %3 = alloca %struct.System, align 8
  call void @llvm.lifetime.start.p0(i64 440, ptr nonnull %3) #12
  call void @llvm.memcpy.p0.p0.i64(ptr noundef nonnull align 8 dereferenceable(440) %3, ptr noundef nonnull align 8 dereferenceable(440) %0, i64 440, i1 false), !tbaa.struct !25
  tail call fastcc void @kick(ptr noundef %0, double noundef %1)
  br label %8

4:                                                ; preds = %8
  %5 = getelementptr inbounds i8, ptr %0, i64 432
  %6 = load double, ptr %5, align 8, !tbaa !27
  %7 = fadd double %6, %1
  store double %7, ptr %5, align 8, !tbaa !27
  call void @llvm.lifetime.end.p0(i64 440, ptr nonnull %3) #12
  ret void

8:                                                ; preds = %2, %8
  %9 = phi i64 [ 0, %2 ], [ %32, %8 ]
  %10 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %9, i32 3
  %11 = getelementptr inbounds [6 x %struct.Body], ptr %3, i64 0, i64 %9
  %12 = getelementptr inbounds i8, ptr %11, i64 24
  %13 = getelementptr inbounds i8, ptr %11, i64 48
  %14 = load double, ptr %13, align 8
  %15 = getelementptr inbounds i8, ptr %11, i64 56
  %16 = load double, ptr %15, align 8
  %17 = getelementptr inbounds i8, ptr %11, i64 64
  %18 = load double, ptr %17, align 8
  %19 = fmul double %14, %1
  %20 = fmul double %16, %1
  %21 = fmul double %18, %1
  %22 = load double, ptr %12, align 8
  %23 = getelementptr inbounds i8, ptr %11, i64 32
  %24 = load double, ptr %23, align 8
  %25 = getelementptr inbounds i8, ptr %11, i64 40
  %26 = load double, ptr %25, align 8
  %27 = fadd double %19, %22
  %28 = fadd double %20, %24
  %29 = fadd double %21, %26
  store double %27, ptr %10, align 8, !tbaa !19
  %30 = getelementptr inbounds i8, ptr %10, i64 8
  store double %28, ptr %30, align 8, !tbaa !19
  %31 = getelementptr inbounds i8, ptr %10, i64 16
  store double %29, ptr %31, align 8, !tbaa !19
  %32 = add nuw nsw i64 %9, 1
  %33 = icmp eq i64 %32, 6
  br i1 %33, label %4, label %8, !llvm.loop !29
}

; Function Attrs: nofree nounwind memory(readwrite, inaccessiblemem: write) uwtable
define internal void @leapfrog(ptr nocapture noundef %0, double noundef %1) #8 {
  %3 = fmul double %1, 5.000000e-01
  br label %4

4:                                                ; preds = %4, %2
  %5 = phi i64 [ 0, %2 ], [ %25, %4 ]
  %6 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %5
  %7 = getelementptr inbounds i8, ptr %6, i64 24
  %8 = getelementptr inbounds i8, ptr %6, i64 48
  %9 = load double, ptr %8, align 1
  %10 = getelementptr inbounds i8, ptr %6, i64 56
  %11 = load double, ptr %10, align 1
  %12 = getelementptr inbounds i8, ptr %6, i64 64
  %13 = load double, ptr %12, align 1
  %14 = fmul double %3, %9
  %15 = fmul double %3, %11
  %16 = fmul double %3, %13
  %17 = load double, ptr %7, align 1
  %18 = getelementptr inbounds i8, ptr %6, i64 32
  %19 = load double, ptr %18, align 1
  %20 = getelementptr inbounds i8, ptr %6, i64 40
  %21 = load double, ptr %20, align 1
  %22 = fadd double %14, %17
  %23 = fadd double %15, %19
  %24 = fadd double %16, %21
  store double %22, ptr %7, align 8, !tbaa !19
  store double %23, ptr %18, align 8, !tbaa !19
  store double %24, ptr %20, align 8, !tbaa !19
  %25 = add nuw nsw i64 %5, 1
  %26 = icmp eq i64 %25, 6
  br i1 %26, label %27, label %4, !llvm.loop !30

27:                                               ; preds = %4
  tail call fastcc void @kick(ptr noundef %0, double noundef %1)
  br label %28

28:                                               ; preds = %28, %27
  %29 = phi i64 [ 0, %27 ], [ %49, %28 ]
  %30 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %29
  %31 = getelementptr inbounds i8, ptr %30, i64 24
  %32 = getelementptr inbounds i8, ptr %30, i64 48
  %33 = load double, ptr %32, align 1
  %34 = getelementptr inbounds i8, ptr %30, i64 56
  %35 = load double, ptr %34, align 1
  %36 = getelementptr inbounds i8, ptr %30, i64 64
  %37 = load double, ptr %36, align 1
  %38 = fmul double %3, %33
  %39 = fmul double %3, %35
  %40 = fmul double %3, %37
  %41 = load double, ptr %31, align 1
  %42 = getelementptr inbounds i8, ptr %30, i64 32
  %43 = load double, ptr %42, align 1
  %44 = getelementptr inbounds i8, ptr %30, i64 40
  %45 = load double, ptr %44, align 1
  %46 = fadd double %38, %41
  %47 = fadd double %39, %43
  %48 = fadd double %40, %45
  store double %46, ptr %31, align 8, !tbaa !19
  store double %47, ptr %42, align 8, !tbaa !19
  store double %48, ptr %44, align 8, !tbaa !19
  %49 = add nuw nsw i64 %29, 1
  %50 = icmp eq i64 %49, 6
  br i1 %50, label %51, label %28, !llvm.loop !30

51:                                               ; preds = %28
  %52 = getelementptr inbounds i8, ptr %0, i64 432
  %53 = load double, ptr %52, align 8, !tbaa !27
  %54 = fadd double %53, %1
  store double %54, ptr %52, align 8, !tbaa !27
  ret void
}

; Function Attrs: nofree nounwind memory(readwrite, inaccessiblemem: write) uwtable
define internal void @yoshida(ptr noundef %0, double noundef %1) #8 {
  %3 = tail call double @cbrt(double noundef 2.000000e+00) #13
  %4 = fsub double 2.000000e+00, %3
  %5 = fdiv double 1.000000e+00, %4
  %6 = fneg double %3
  %7 = getelementptr inbounds i8, ptr %0, i64 432
  %8 = load double, ptr %7, align 8, !tbaa !27
  %9 = fmul double %5, %1
  %10 = fmul double %9, 5.000000e-01
  br label %11

11:                                               ; preds = %11, %2
  %12 = phi i64 [ 0, %2 ], [ %32, %11 ]
  %13 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %12
  %14 = getelementptr inbounds i8, ptr %13, i64 24
  %15 = getelementptr inbounds i8, ptr %13, i64 48
  %16 = load double, ptr %15, align 1
  %17 = getelementptr inbounds i8, ptr %13, i64 56
  %18 = load double, ptr %17, align 1
  %19 = getelementptr inbounds i8, ptr %13, i64 64
  %20 = load double, ptr %19, align 1
  %21 = fmul double %10, %16
  %22 = fmul double %10, %18
  %23 = fmul double %10, %20
  %24 = load double, ptr %14, align 1
  %25 = getelementptr inbounds i8, ptr %13, i64 32
  %26 = load double, ptr %25, align 1
  %27 = getelementptr inbounds i8, ptr %13, i64 40
  %28 = load double, ptr %27, align 1
  %29 = fadd double %21, %24
  %30 = fadd double %22, %26
  %31 = fadd double %23, %28
  store double %29, ptr %14, align 8, !tbaa !19
  store double %30, ptr %25, align 8, !tbaa !19
  store double %31, ptr %27, align 8, !tbaa !19
  %32 = add nuw nsw i64 %12, 1
  %33 = icmp eq i64 %32, 6
  br i1 %33, label %34, label %11, !llvm.loop !30

34:                                               ; preds = %11
  tail call fastcc void @kick(ptr noundef %0, double noundef %9)
  br label %35

35:                                               ; preds = %35, %34
  %36 = phi i64 [ 0, %34 ], [ %56, %35 ]
  %37 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %36
  %38 = getelementptr inbounds i8, ptr %37, i64 24
  %39 = getelementptr inbounds i8, ptr %37, i64 48
  %40 = load double, ptr %39, align 1
  %41 = getelementptr inbounds i8, ptr %37, i64 56
  %42 = load double, ptr %41, align 1
  %43 = getelementptr inbounds i8, ptr %37, i64 64
  %44 = load double, ptr %43, align 1
  %45 = fmul double %10, %40
  %46 = fmul double %10, %42
  %47 = fmul double %10, %44
  %48 = load double, ptr %38, align 1
  %49 = getelementptr inbounds i8, ptr %37, i64 32
  %50 = load double, ptr %49, align 1
  %51 = getelementptr inbounds i8, ptr %37, i64 40
  %52 = load double, ptr %51, align 1
  %53 = fadd double %45, %48
  %54 = fadd double %46, %50
  %55 = fadd double %47, %52
  store double %53, ptr %38, align 8, !tbaa !19
  store double %54, ptr %49, align 8, !tbaa !19
  store double %55, ptr %51, align 8, !tbaa !19
  %56 = add nuw nsw i64 %36, 1
  %57 = icmp eq i64 %56, 6
  br i1 %57, label %58, label %35, !llvm.loop !30

58:                                               ; preds = %35
  %59 = fdiv double %6, %4
  %60 = load double, ptr %7, align 8, !tbaa !27
  %61 = fadd double %9, %60
  store double %61, ptr %7, align 8, !tbaa !27
  %62 = fmul double %59, %1
  %63 = fmul double %62, 5.000000e-01
  br label %64

64:                                               ; preds = %64, %58
  %65 = phi i64 [ 0, %58 ], [ %85, %64 ]
  %66 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %65
  %67 = getelementptr inbounds i8, ptr %66, i64 24
  %68 = getelementptr inbounds i8, ptr %66, i64 48
  %69 = load double, ptr %68, align 1
  %70 = getelementptr inbounds i8, ptr %66, i64 56
  %71 = load double, ptr %70, align 1
  %72 = getelementptr inbounds i8, ptr %66, i64 64
  %73 = load double, ptr %72, align 1
  %74 = fmul double %63, %69
  %75 = fmul double %63, %71
  %76 = fmul double %63, %73
  %77 = load double, ptr %67, align 1
  %78 = getelementptr inbounds i8, ptr %66, i64 32
  %79 = load double, ptr %78, align 1
  %80 = getelementptr inbounds i8, ptr %66, i64 40
  %81 = load double, ptr %80, align 1
  %82 = fadd double %74, %77
  %83 = fadd double %75, %79
  %84 = fadd double %76, %81
  store double %82, ptr %67, align 8, !tbaa !19
  store double %83, ptr %78, align 8, !tbaa !19
  store double %84, ptr %80, align 8, !tbaa !19
  %85 = add nuw nsw i64 %65, 1
  %86 = icmp eq i64 %85, 6
  br i1 %86, label %87, label %64, !llvm.loop !30

87:                                               ; preds = %64
  tail call fastcc void @kick(ptr noundef %0, double noundef %62)
  br label %88

88:                                               ; preds = %88, %87
  %89 = phi i64 [ 0, %87 ], [ %109, %88 ]
  %90 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %89
  %91 = getelementptr inbounds i8, ptr %90, i64 24
  %92 = getelementptr inbounds i8, ptr %90, i64 48
  %93 = load double, ptr %92, align 1
  %94 = getelementptr inbounds i8, ptr %90, i64 56
  %95 = load double, ptr %94, align 1
  %96 = getelementptr inbounds i8, ptr %90, i64 64
  %97 = load double, ptr %96, align 1
  %98 = fmul double %63, %93
  %99 = fmul double %63, %95
  %100 = fmul double %63, %97
  %101 = load double, ptr %91, align 1
  %102 = getelementptr inbounds i8, ptr %90, i64 32
  %103 = load double, ptr %102, align 1
  %104 = getelementptr inbounds i8, ptr %90, i64 40
  %105 = load double, ptr %104, align 1
  %106 = fadd double %98, %101
  %107 = fadd double %99, %103
  %108 = fadd double %100, %105
  store double %106, ptr %91, align 8, !tbaa !19
  store double %107, ptr %102, align 8, !tbaa !19
  store double %108, ptr %104, align 8, !tbaa !19
  %109 = add nuw nsw i64 %89, 1
  %110 = icmp eq i64 %109, 6
  br i1 %110, label %111, label %88, !llvm.loop !30

111:                                              ; preds = %88
  %112 = load double, ptr %7, align 8, !tbaa !27
  %113 = fadd double %62, %112
  store double %113, ptr %7, align 8, !tbaa !27
  br label %114

114:                                              ; preds = %114, %111
  %115 = phi i64 [ 0, %111 ], [ %135, %114 ]
  %116 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %115
  %117 = getelementptr inbounds i8, ptr %116, i64 24
  %118 = getelementptr inbounds i8, ptr %116, i64 48
  %119 = load double, ptr %118, align 1
  %120 = getelementptr inbounds i8, ptr %116, i64 56
  %121 = load double, ptr %120, align 1
  %122 = getelementptr inbounds i8, ptr %116, i64 64
  %123 = load double, ptr %122, align 1
  %124 = fmul double %10, %119
  %125 = fmul double %10, %121
  %126 = fmul double %10, %123
  %127 = load double, ptr %117, align 1
  %128 = getelementptr inbounds i8, ptr %116, i64 32
  %129 = load double, ptr %128, align 1
  %130 = getelementptr inbounds i8, ptr %116, i64 40
  %131 = load double, ptr %130, align 1
  %132 = fadd double %124, %127
  %133 = fadd double %125, %129
  %134 = fadd double %126, %131
  store double %132, ptr %117, align 8, !tbaa !19
  store double %133, ptr %128, align 8, !tbaa !19
  store double %134, ptr %130, align 8, !tbaa !19
  %135 = add nuw nsw i64 %115, 1
  %136 = icmp eq i64 %135, 6
  br i1 %136, label %137, label %114, !llvm.loop !30

137:                                              ; preds = %114
  tail call fastcc void @kick(ptr noundef %0, double noundef %9)
  br label %138

138:                                              ; preds = %138, %137
  %139 = phi i64 [ 0, %137 ], [ %159, %138 ]
  %140 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %139
  %141 = getelementptr inbounds i8, ptr %140, i64 24
  %142 = getelementptr inbounds i8, ptr %140, i64 48
  %143 = load double, ptr %142, align 1
  %144 = getelementptr inbounds i8, ptr %140, i64 56
  %145 = load double, ptr %144, align 1
  %146 = getelementptr inbounds i8, ptr %140, i64 64
  %147 = load double, ptr %146, align 1
  %148 = fmul double %10, %143
  %149 = fmul double %10, %145
  %150 = fmul double %10, %147
  %151 = load double, ptr %141, align 1
  %152 = getelementptr inbounds i8, ptr %140, i64 32
  %153 = load double, ptr %152, align 1
  %154 = getelementptr inbounds i8, ptr %140, i64 40
  %155 = load double, ptr %154, align 1
  %156 = fadd double %148, %151
  %157 = fadd double %149, %153
  %158 = fadd double %150, %155
  store double %156, ptr %141, align 8, !tbaa !19
  store double %157, ptr %152, align 8, !tbaa !19
  store double %158, ptr %154, align 8, !tbaa !19
  %159 = add nuw nsw i64 %139, 1
  %160 = icmp eq i64 %159, 6
  br i1 %160, label %161, label %138, !llvm.loop !30

161:                                              ; preds = %138
  %162 = fadd double %8, %1
  store double %162, ptr %7, align 8, !tbaa !27
  ret void
}

; Function Attrs: nofree nounwind memory(read, inaccessiblemem: none) uwtable
define noundef ptr @find_integrator(ptr nocapture noundef readonly %0) local_unnamed_addr #9 {
  br label %5

2:                                                ; preds = %5
  %3 = add nuw nsw i64 %6, 1
  %4 = icmp eq i64 %3, 3
  br i1 %4, label %11, label %5, !llvm.loop !31

5:                                                ; preds = %1, %2
  %6 = phi i64 [ 0, %1 ], [ %3, %2 ]
  %7 = getelementptr inbounds [3 x %struct.Integrator], ptr @integrators, i64 0, i64 %6
  %8 = load ptr, ptr %7, align 16, !tbaa !32
  %9 = tail call i32 @strcmp(ptr noundef nonnull dereferenceable(1) %8, ptr noundef nonnull dereferenceable(1) %0) #14
  %10 = icmp eq i32 %9, 0
  br i1 %10, label %11, label %2

11:                                               ; preds = %5, %2
  %12 = phi ptr [ null, %2 ], [ %7, %5 ]
  ret ptr %12
}

; Function Attrs: mustprogress nofree nounwind willreturn memory(argmem: read)
declare i32 @strcmp(ptr nocapture noundef, ptr nocapture noundef) local_unnamed_addr #10

; Function Attrs: nofree nounwind memory(readwrite, inaccessiblemem: write) uwtable
define internal fastcc void @kick(ptr nocapture noundef %0, double noundef %1) unnamed_addr #8 {
  %3 = load i64, ptr @force_evaluations, align 8, !tbaa !35
  %4 = add i64 %3, 1
  store i64 %4, ptr @force_evaluations, align 8, !tbaa !35
  %5 = fmul double %1, 0x3F33649541CFB35D
  br label %7

6:                                                ; preds = %17
  ret void

7:                                                ; preds = %2, %17
  %8 = phi i64 [ 1, %2 ], [ %18, %17 ]
  %9 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %8
  %10 = getelementptr inbounds i8, ptr %9, i64 24
  %11 = getelementptr inbounds i8, ptr %9, i64 32
  %12 = getelementptr inbounds i8, ptr %9, i64 40
  %13 = getelementptr inbounds i8, ptr %9, i64 48
  %14 = getelementptr inbounds i8, ptr %9, i64 56
  %15 = getelementptr inbounds i8, ptr %9, i64 64
  %16 = getelementptr inbounds i8, ptr %9, i64 16
  br label %20

17:                                               ; preds = %20
  %18 = add nuw nsw i64 %8, 1
  %19 = icmp eq i64 %18, 6
  br i1 %19, label %6, label %7, !llvm.loop !37

20:                                               ; preds = %7, %20
  %21 = phi i64 [ 0, %7 ], [ %69, %20 ]
  %22 = getelementptr inbounds [6 x %struct.Body], ptr %0, i64 0, i64 %21
  %23 = getelementptr inbounds i8, ptr %22, i64 24
  %24 = load double, ptr %10, align 1
  %25 = load double, ptr %11, align 1
  %26 = load double, ptr %12, align 1
  %27 = load double, ptr %23, align 1
  %28 = getelementptr inbounds i8, ptr %22, i64 32
  %29 = load double, ptr %28, align 1
  %30 = getelementptr inbounds i8, ptr %22, i64 40
  %31 = load double, ptr %30, align 1
  %32 = fsub double %27, %24
  %33 = fsub double %29, %25
  %34 = fsub double %31, %26
  %35 = fmul double %32, %32
  %36 = fmul double %33, %33
  %37 = fadd double %35, %36
  %38 = fmul double %34, %34
  %39 = fadd double %37, %38
  %40 = tail call double @sqrt(double noundef %39) #12
  %41 = fmul double %40, %39
  %42 = fdiv double %5, %41
  %43 = getelementptr inbounds i8, ptr %22, i64 16
  %44 = load double, ptr %43, align 8, !tbaa !13
  %45 = fmul double %44, %42
  %46 = fmul double %32, %45
  %47 = fmul double %33, %45
  %48 = fmul double %34, %45
  %49 = load double, ptr %13, align 1
  %50 = load double, ptr %14, align 1
  %51 = load double, ptr %15, align 1
  %52 = fadd double %49, %46
  %53 = fadd double %50, %47
  %54 = fadd double %51, %48
  store double %52, ptr %13, align 8, !tbaa !19
  store double %53, ptr %14, align 8, !tbaa !19
  store double %54, ptr %15, align 8, !tbaa !19
  %55 = getelementptr inbounds i8, ptr %22, i64 48
  %56 = load double, ptr %16, align 8, !tbaa !13
  %57 = fmul double %42, %56
  %58 = fmul double %32, %57
  %59 = fmul double %33, %57
  %60 = fmul double %34, %57
  %61 = load double, ptr %55, align 1
  %62 = getelementptr inbounds i8, ptr %22, i64 56
  %63 = load double, ptr %62, align 1
  %64 = getelementptr inbounds i8, ptr %22, i64 64
  %65 = load double, ptr %64, align 1
  %66 = fsub double %61, %58
  %67 = fsub double %63, %59
  %68 = fsub double %65, %60
  store double %66, ptr %55, align 8, !tbaa !19
  store double %67, ptr %62, align 8, !tbaa !19
  store double %68, ptr %64, align 8, !tbaa !19
  %69 = add nuw nsw i64 %21, 1
  %70 = icmp eq i64 %69, %8
  br i1 %70, label %17, label %20, !llvm.loop !38
}

; Function Attrs: mustprogress nofree nosync nounwind willreturn memory(none)
declare double @cbrt(double noundef) local_unnamed_addr #11

attributes #0 = { mustprogress nofree nounwind willreturn memory(write, argmem: readwrite) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #1 = { mustprogress nofree nounwind willreturn memory(write) "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #2 = { mustprogress nofree norecurse nosync nounwind willreturn memory(argmem: readwrite) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #3 = { nofree norecurse nosync nounwind memory(argmem: readwrite) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #4 = { mustprogress nocallback nofree nounwind willreturn memory(argmem: write) }
attributes #5 = { mustprogress nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #6 = { mustprogress nocallback nofree nosync nounwind willreturn memory(argmem: readwrite) }
attributes #7 = { nofree nounwind memory(write, argmem: readwrite) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #8 = { nofree nounwind memory(readwrite, inaccessiblemem: write) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #9 = { nofree nounwind memory(read, inaccessiblemem: none) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #10 = { mustprogress nofree nounwind willreturn memory(argmem: read) "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #11 = { mustprogress nofree nosync nounwind willreturn memory(none) "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #12 = { nounwind }
attributes #13 = { nounwind willreturn memory(none) }
attributes #14 = { nounwind willreturn memory(read) }

!llvm.module.flags = !{!0, !1, !2}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = !{i32 8, !"PIC Level", i32 2}
!2 = !{i32 7, !"uwtable", i32 2}
!3 = !{!4, !5, i64 0}
!4 = !{!"", !5, i64 0, !5, i64 8, !5, i64 16}
!5 = !{!"double", !6, i64 0}
!6 = !{!"omnipotent char", !7, i64 0}
!7 = !{!"Simple C/C++ TBAA"}
!8 = !{!4, !5, i64 8}
!9 = !{!4, !5, i64 16}
!10 = !{!11}
!11 = distinct !{!11, !12, !"subtract: argument 0"}
!12 = distinct !{!12, !"subtract"}
!13 = !{!14, !5, i64 16}
!14 = !{!"", !15, i64 0, !6, i64 8, !5, i64 16, !4, i64 24, !4, i64 48}
!15 = !{!"any pointer", !6, i64 0}
!16 = distinct !{!16, !17, !18}
!17 = !{!"llvm.loop.mustprogress"}
!18 = !{!"llvm.loop.unroll.disable"}
!19 = !{!5, !5, i64 0}
!20 = distinct !{!20, !17, !18}
!21 = distinct !{!21, !17, !18}
!22 = distinct !{!22, !17, !18}
!23 = distinct !{!23, !17, !18}
!24 = distinct !{!24, !17, !18}
!25 = !{i64 0, i64 432, !26, i64 432, i64 8, !19}
!26 = !{!6, !6, i64 0}
!27 = !{!28, !5, i64 432}
!28 = !{!"", !6, i64 0, !5, i64 432}
!29 = distinct !{!29, !17, !18}
!30 = distinct !{!30, !17, !18}
!31 = distinct !{!31, !17, !18}
!32 = !{!33, !15, i64 0}
!33 = !{!"", !15, i64 0, !15, i64 8, !15, i64 16, !34, i64 24}
!34 = !{!"int", !6, i64 0}
!35 = !{!36, !36, i64 0}
!36 = !{!"long", !6, i64 0}
!37 = distinct !{!37, !17, !18}
!38 = distinct !{!38, !17, !18}
