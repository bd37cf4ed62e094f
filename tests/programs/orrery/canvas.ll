; ModuleID = 'canvas.c'
source_filename = "canvas.c"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

%struct.Frame = type { double, double, double, double }

@mix_the_ink.inks = internal unnamed_addr constant [11 x i8] c" .:-=+*%@#\00", align 1
@shade = internal unnamed_addr global [10 x i8] zeroinitializer, align 1
@.str = private unnamed_addr constant [7 x i8] c"\0A  %s\0A\00", align 1
@.str.1 = private unnamed_addr constant [8 x i8] c"  %.*s\0A\00", align 1
@.str.2 = private unnamed_addr constant [10 x i8] c"  %-10s [\00", align 1
@.str.3 = private unnamed_addr constant [2 x i8] c"]\00", align 1
@.str.4 = private unnamed_addr constant [23 x i8] c"orrery: out of memory\0A\00", align 1
@stderr = external local_unnamed_addr global ptr, align 8
@stdout = external local_unnamed_addr global ptr, align 8
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @mix_the_ink, ptr null }]

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(readwrite, argmem: none, inaccessiblemem: none) uwtable
define internal void @mix_the_ink() #0 {
  tail call void @llvm.memcpy.p0.p0.i64(ptr noundef nonnull align 1 dereferenceable(10) @shade, ptr noundef nonnull align 1 dereferenceable(10) @mix_the_ink.inks, i64 10, i1 false)
  ret void
}

; Function Attrs: mustprogress nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #1

; Function Attrs: nounwind uwtable
define noalias noundef ptr @canvas_new(i32 noundef %0, i32 noundef %1, ptr nocapture noundef readonly byval(%struct.Frame) align 8 %2) local_unnamed_addr #2 {
  %4 = tail call noalias dereferenceable_or_null(48) ptr @calloc(i64 noundef 1, i64 noundef 48) #17
  %5 = icmp eq ptr %4, null
  br i1 %5, label %6, label %9

6:                                                ; preds = %3
  %7 = load ptr, ptr @stderr, align 8, !tbaa !3
  %8 = tail call i64 @fwrite(ptr nonnull @.str.4, i64 22, i64 1, ptr %7) #18
  tail call void @exit(i32 noundef 3) #19
  unreachable

9:                                                ; preds = %3
  %10 = sext i32 %0 to i64
  %11 = sext i32 %1 to i64
  %12 = mul nsw i64 %11, %10
  %13 = tail call noalias ptr @calloc(i64 noundef %12, i64 noundef 1) #17
  %14 = icmp eq ptr %13, null
  br i1 %14, label %15, label %18

15:                                               ; preds = %9
  %16 = load ptr, ptr @stderr, align 8, !tbaa !3
  %17 = tail call i64 @fwrite(ptr nonnull @.str.4, i64 22, i64 1, ptr %16) #18
  tail call void @exit(i32 noundef 3) #19
  unreachable

18:                                               ; preds = %9
  store i32 %0, ptr %4, align 8, !tbaa !7
  %19 = getelementptr inbounds i8, ptr %4, i64 4
  store i32 %1, ptr %19, align 4, !tbaa !7
  %20 = getelementptr inbounds i8, ptr %4, i64 8
  call void @llvm.memcpy.p0.p0.i64(ptr noundef nonnull align 8 dereferenceable(32) %20, ptr noundef nonnull align 8 dereferenceable(32) %2, i64 32, i1 false)
  %21 = getelementptr inbounds i8, ptr %4, i64 40
  store ptr %13, ptr %21, align 8, !tbaa !3
  tail call void @llvm.memset.p0.i64(ptr nonnull align 1 %13, i8 32, i64 %12, i1 false)
  ret ptr %4
}

; Function Attrs: mustprogress nocallback nofree nounwind willreturn memory(argmem: write)
declare void @llvm.memset.p0.i64(ptr nocapture writeonly, i8, i64, i1 immarg) #3

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(readwrite, inaccessiblemem: none) uwtable
define void @canvas_plot(ptr nocapture noundef readonly %0, double noundef %1, double noundef %2, i8 noundef signext %3) local_unnamed_addr #4 {
  %5 = getelementptr inbounds i8, ptr %0, i64 8
  %6 = load double, ptr %5, align 8, !tbaa !9
  %7 = fsub double %1, %6
  %8 = getelementptr inbounds i8, ptr %0, i64 16
  %9 = load double, ptr %8, align 8, !tbaa !12
  %10 = fsub double %9, %6
  %11 = fdiv double %7, %10
  %12 = load i32, ptr %0, align 8, !tbaa !13
  %13 = sitofp i32 %12 to double
  %14 = fmul double %11, %13
  %15 = tail call double @llvm.floor.f64(double %14)
  %16 = fptosi double %15 to i32
  %17 = getelementptr inbounds i8, ptr %0, i64 32
  %18 = load double, ptr %17, align 8, !tbaa !15
  %19 = fsub double %18, %2
  %20 = getelementptr inbounds i8, ptr %0, i64 24
  %21 = load double, ptr %20, align 8, !tbaa !16
  %22 = fsub double %18, %21
  %23 = fdiv double %19, %22
  %24 = getelementptr inbounds i8, ptr %0, i64 4
  %25 = load i32, ptr %24, align 4, !tbaa !17
  %26 = sitofp i32 %25 to double
  %27 = fmul double %23, %26
  %28 = tail call double @llvm.floor.f64(double %27)
  %29 = fptosi double %28 to i32
  %30 = icmp slt i32 %16, 0
  br i1 %30, label %44, label %31

31:                                               ; preds = %4
  %32 = icmp sgt i32 %12, %16
  %33 = icmp sgt i32 %29, -1
  %34 = select i1 %32, i1 %33, i1 false
  %35 = icmp sgt i32 %25, %29
  %36 = select i1 %34, i1 %35, i1 false
  br i1 %36, label %37, label %44

37:                                               ; preds = %31
  %38 = getelementptr inbounds i8, ptr %0, i64 40
  %39 = load ptr, ptr %38, align 8, !tbaa !18
  %40 = mul nsw i32 %12, %29
  %41 = add nuw nsw i32 %40, %16
  %42 = zext nneg i32 %41 to i64
  %43 = getelementptr inbounds i8, ptr %39, i64 %42
  br label %44

44:                                               ; preds = %4, %31, %37
  %45 = phi ptr [ %43, %37 ], [ null, %31 ], [ null, %4 ]
  %46 = icmp eq ptr %45, null
  br i1 %46, label %50, label %47

47:                                               ; preds = %44
  %48 = load i8, ptr %45, align 1, !tbaa !19
  switch i8 %48, label %50 [
    i8 32, label %49
    i8 46, label %49
  ]

49:                                               ; preds = %47, %47
  store i8 %3, ptr %45, align 1, !tbaa !19
  br label %50

50:                                               ; preds = %47, %49, %44
  ret void
}

; Function Attrs: mustprogress nofree nounwind willreturn memory(readwrite, inaccessiblemem: none) uwtable
define void @canvas_label(ptr nocapture noundef readonly %0, double noundef %1, double noundef %2, ptr nocapture noundef readonly %3) local_unnamed_addr #5 {
  %5 = getelementptr inbounds i8, ptr %0, i64 8
  %6 = load double, ptr %5, align 8, !tbaa !9
  %7 = fsub double %1, %6
  %8 = getelementptr inbounds i8, ptr %0, i64 16
  %9 = load double, ptr %8, align 8, !tbaa !12
  %10 = fsub double %9, %6
  %11 = fdiv double %7, %10
  %12 = load i32, ptr %0, align 8, !tbaa !13
  %13 = sitofp i32 %12 to double
  %14 = fmul double %11, %13
  %15 = tail call double @llvm.floor.f64(double %14)
  %16 = fptosi double %15 to i32
  %17 = getelementptr inbounds i8, ptr %0, i64 32
  %18 = load double, ptr %17, align 8, !tbaa !15
  %19 = fsub double %18, %2
  %20 = getelementptr inbounds i8, ptr %0, i64 24
  %21 = load double, ptr %20, align 8, !tbaa !16
  %22 = fsub double %18, %21
  %23 = fdiv double %19, %22
  %24 = getelementptr inbounds i8, ptr %0, i64 4
  %25 = load i32, ptr %24, align 4, !tbaa !17
  %26 = sitofp i32 %25 to double
  %27 = fmul double %23, %26
  %28 = tail call double @llvm.floor.f64(double %27)
  %29 = fptosi double %28 to i32
  %30 = icmp slt i32 %16, 0
  br i1 %30, label %44, label %31

31:                                               ; preds = %4
  %32 = icmp sgt i32 %12, %16
  %33 = icmp sgt i32 %29, -1
  %34 = select i1 %32, i1 %33, i1 false
  %35 = icmp sgt i32 %25, %29
  %36 = select i1 %34, i1 %35, i1 false
  br i1 %36, label %37, label %44

37:                                               ; preds = %31
  %38 = getelementptr inbounds i8, ptr %0, i64 40
  %39 = load ptr, ptr %38, align 8, !tbaa !18
  %40 = mul nsw i32 %12, %29
  %41 = add nuw nsw i32 %40, %16
  %42 = zext nneg i32 %41 to i64
  %43 = getelementptr inbounds i8, ptr %39, i64 %42
  br label %44

44:                                               ; preds = %4, %31, %37
  %45 = phi ptr [ %43, %37 ], [ null, %31 ], [ null, %4 ]
  %46 = icmp eq ptr %45, null
  br i1 %46, label %58, label %47

47:                                               ; preds = %44
  %48 = sext i32 %12 to i64
  %49 = getelementptr inbounds i8, ptr %0, i64 40
  %50 = load ptr, ptr %49, align 8, !tbaa !18
  %51 = ptrtoint ptr %45 to i64
  %52 = ptrtoint ptr %50 to i64
  %53 = sub i64 %51, %52
  %54 = srem i64 %53, %48
  %55 = sub nsw i64 %48, %54
  %56 = tail call i64 @strlen(ptr noundef nonnull dereferenceable(1) %3) #20
  %57 = tail call i64 @llvm.umin.i64(i64 %56, i64 %55)
  tail call void @llvm.memcpy.p0.p0.i64(ptr nonnull align 1 %45, ptr align 1 %3, i64 %57, i1 false)
  br label %58

58:                                               ; preds = %44, %47
  ret void
}

; Function Attrs: mustprogress nofree nounwind willreturn memory(argmem: read)
declare i64 @strlen(ptr nocapture noundef) local_unnamed_addr #6

; Function Attrs: nofree nounwind uwtable
define void @canvas_print(ptr nocapture noundef readonly %0, ptr noundef %1) local_unnamed_addr #7 {
  %3 = tail call i32 (ptr, ...) @printf(ptr noundef nonnull dereferenceable(1) @.str, ptr noundef %1)
  %4 = getelementptr inbounds i8, ptr %0, i64 4
  %5 = load i32, ptr %4, align 4, !tbaa !17
  %6 = icmp sgt i32 %5, 0
  br i1 %6, label %7, label %9

7:                                                ; preds = %2
  %8 = getelementptr inbounds i8, ptr %0, i64 40
  br label %10

9:                                                ; preds = %28, %2
  ret void

10:                                               ; preds = %7, %28
  %11 = phi i32 [ 0, %7 ], [ %31, %28 ]
  %12 = load ptr, ptr %8, align 8, !tbaa !18
  %13 = load i32, ptr %0, align 8, !tbaa !13
  %14 = mul nsw i32 %13, %11
  %15 = sext i32 %14 to i64
  %16 = getelementptr inbounds i8, ptr %12, i64 %15
  %17 = getelementptr i8, ptr %16, i64 -1
  %18 = icmp sgt i32 %13, 0
  br i1 %18, label %19, label %28

19:                                               ; preds = %10, %25
  %20 = phi i32 [ %26, %25 ], [ %13, %10 ]
  %21 = zext nneg i32 %20 to i64
  %22 = getelementptr i8, ptr %17, i64 %21
  %23 = load i8, ptr %22, align 1, !tbaa !19
  %24 = icmp eq i8 %23, 32
  br i1 %24, label %25, label %28

25:                                               ; preds = %19
  %26 = add nsw i32 %20, -1
  %27 = icmp sgt i32 %20, 1
  br i1 %27, label %19, label %28, !llvm.loop !20

28:                                               ; preds = %19, %25, %10
  %29 = phi i32 [ %13, %10 ], [ %20, %19 ], [ 0, %25 ]
  %30 = tail call i32 (ptr, ...) @printf(ptr noundef nonnull dereferenceable(1) @.str.1, i32 noundef %29, ptr noundef %16)
  %31 = add nuw nsw i32 %11, 1
  %32 = load i32, ptr %4, align 4, !tbaa !17
  %33 = icmp slt i32 %31, %32
  br i1 %33, label %10, label %9, !llvm.loop !23
}

; Function Attrs: nofree nounwind
declare noundef i32 @printf(ptr nocapture noundef readonly, ...) local_unnamed_addr #8

; Function Attrs: mustprogress nounwind willreturn uwtable
define void @canvas_free(ptr nocapture noundef %0) local_unnamed_addr #9 {
  %2 = getelementptr inbounds i8, ptr %0, i64 40
  %3 = load ptr, ptr %2, align 8, !tbaa !18
  tail call void @free(ptr noundef %3) #21
  tail call void @free(ptr noundef %0) #21
  ret void
}

; Function Attrs: mustprogress nounwind willreturn allockind("free") memory(argmem: readwrite, inaccessiblemem: readwrite)
declare void @free(ptr allocptr nocapture noundef) local_unnamed_addr #10

; Function Attrs: nounwind uwtable
define void @sparkline(ptr noundef %0, ptr nocapture noundef readonly %1, i64 noundef %2) local_unnamed_addr #2 {
  %4 = load double, ptr %1, align 8, !tbaa !24
  %5 = icmp ugt i64 %2, 1
  br i1 %5, label %14, label %6

6:                                                ; preds = %14, %3
  %7 = phi double [ %4, %3 ], [ %21, %14 ]
  %8 = phi double [ %4, %3 ], [ %20, %14 ]
  %9 = fcmp ogt double %7, %8
  %10 = fsub double %7, %8
  %11 = select i1 %9, double %10, double 1.000000e+00
  %12 = tail call i32 (ptr, ...) @printf(ptr noundef nonnull dereferenceable(1) @.str.2, ptr noundef %0)
  %13 = icmp eq i64 %2, 0
  br i1 %13, label %24, label %26

14:                                               ; preds = %3, %14
  %15 = phi double [ %20, %14 ], [ %4, %3 ]
  %16 = phi i64 [ %22, %14 ], [ 1, %3 ]
  %17 = phi double [ %21, %14 ], [ %4, %3 ]
  %18 = getelementptr inbounds double, ptr %1, i64 %16
  %19 = load double, ptr %18, align 8, !tbaa !24
  %20 = tail call double @llvm.minnum.f64(double %15, double %19)
  %21 = tail call double @llvm.maxnum.f64(double %17, double %19)
  %22 = add nuw i64 %16, 1
  %23 = icmp eq i64 %22, %2
  br i1 %23, label %6, label %14, !llvm.loop !25

24:                                               ; preds = %26, %6
  %25 = tail call i32 @puts(ptr noundef nonnull dereferenceable(1) @.str.3)
  ret void

26:                                               ; preds = %6, %26
  %27 = phi i64 [ %41, %26 ], [ 0, %6 ]
  %28 = getelementptr inbounds double, ptr %1, i64 %27
  %29 = load double, ptr %28, align 8, !tbaa !24
  %30 = fsub double %29, %8
  %31 = fdiv double %30, %11
  %32 = fmul double %31, 9.000000e+00
  %33 = tail call i64 @lround(double noundef %32) #21
  %34 = shl i64 %33, 32
  %35 = ashr exact i64 %34, 32
  %36 = getelementptr inbounds [10 x i8], ptr @shade, i64 0, i64 %35
  %37 = load i8, ptr %36, align 1, !tbaa !19
  %38 = sext i8 %37 to i32
  %39 = load ptr, ptr @stdout, align 8, !tbaa !3
  %40 = tail call i32 @putc(i32 noundef %38, ptr noundef %39)
  %41 = add nuw i64 %27, 1
  %42 = icmp eq i64 %41, %2
  br i1 %42, label %24, label %26, !llvm.loop !26
}

; Function Attrs: mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.minnum.f64(double, double) #11

; Function Attrs: mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.maxnum.f64(double, double) #11

; Function Attrs: nounwind
declare i64 @lround(double noundef) local_unnamed_addr #12

; Function Attrs: nofree nounwind
declare noundef i32 @puts(ptr nocapture noundef readonly) local_unnamed_addr #8

; Function Attrs: mustprogress nofree nounwind willreturn allockind("alloc,zeroed") allocsize(0,1) memory(inaccessiblemem: readwrite)
declare noalias noundef ptr @calloc(i64 noundef, i64 noundef) local_unnamed_addr #13

; Function Attrs: noreturn nounwind
declare void @exit(i32 noundef) local_unnamed_addr #14

; Function Attrs: mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.floor.f64(double) #11

; Function Attrs: nofree nounwind
declare noundef i32 @putc(i32 noundef, ptr nocapture noundef) local_unnamed_addr #8

; Function Attrs: nofree nounwind
declare noundef i64 @fwrite(ptr nocapture noundef, i64 noundef, i64 noundef, ptr nocapture noundef) local_unnamed_addr #15

; Function Attrs: nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.umin.i64(i64, i64) #16

attributes #0 = { mustprogress nofree norecurse nosync nounwind willreturn memory(readwrite, argmem: none, inaccessiblemem: none) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #1 = { mustprogress nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #2 = { nounwind uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #3 = { mustprogress nocallback nofree nounwind willreturn memory(argmem: write) }
attributes #4 = { mustprogress nofree norecurse nosync nounwind willreturn memory(readwrite, inaccessiblemem: none) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #5 = { mustprogress nofree nounwind willreturn memory(readwrite, inaccessiblemem: none) uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #6 = { mustprogress nofree nounwind willreturn memory(argmem: read) "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #7 = { nofree nounwind uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #8 = { nofree nounwind "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #9 = { mustprogress nounwind willreturn uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #10 = { mustprogress nounwind willreturn allockind("free") memory(argmem: readwrite, inaccessiblemem: readwrite) "alloc-family"="malloc" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #11 = { mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none) }
attributes #12 = { nounwind "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #13 = { mustprogress nofree nounwind willreturn allockind("alloc,zeroed") allocsize(0,1) memory(inaccessiblemem: readwrite) "alloc-family"="malloc" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #14 = { noreturn nounwind "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #15 = { nofree nounwind }
attributes #16 = { nocallback nofree nosync nounwind speculatable willreturn memory(none) }
attributes #17 = { nounwind allocsize(0,1) }
attributes #18 = { cold }
attributes #19 = { noreturn nounwind }
attributes #20 = { nounwind willreturn memory(read) }
attributes #21 = { nounwind }

!llvm.module.flags = !{!0, !1, !2}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = !{i32 8, !"PIC Level", i32 2}
!2 = !{i32 7, !"uwtable", i32 2}
!3 = !{!4, !4, i64 0}
!4 = !{!"any pointer", !5, i64 0}
!5 = !{!"omnipotent char", !6, i64 0}
!6 = !{!"Simple C/C++ TBAA"}
!7 = !{!8, !8, i64 0}
!8 = !{!"int", !5, i64 0}
!9 = !{!10, !11, i64 0}
!10 = !{!"", !11, i64 0, !11, i64 8, !11, i64 16, !11, i64 24}
!11 = !{!"double", !5, i64 0}
!12 = !{!10, !11, i64 8}
!13 = !{!14, !8, i64 0}
!14 = !{!"Canvas", !8, i64 0, !8, i64 4, !10, i64 8, !4, i64 40}
!15 = !{!10, !11, i64 24}
!16 = !{!10, !11, i64 16}
!17 = !{!14, !8, i64 4}
!18 = !{!14, !4, i64 40}
!19 = !{!5, !5, i64 0}
!20 = distinct !{!20, !21, !22}
!21 = !{!"llvm.loop.mustprogress"}
!22 = !{!"llvm.loop.unroll.disable"}
!23 = distinct !{!23, !21, !22}
!24 = !{!11, !11, i64 0}
!25 = distinct !{!25, !21, !22}
!26 = distinct !{!26, !21, !22}
