; ModuleID = 'constructors.c'
source_filename = "constructors.c"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@.str = private unnamed_addr constant [11 x i8] c"destructor\00", align 1
@stdout = external local_unnamed_addr global ptr, align 8
@trace = internal global [8 x i8] c"abc\00\00\00\00\00", align 1
@traced = internal unnamed_addr global i32 3, align 4
@.str.2 = private unnamed_addr constant [4 x i8] c"bye\00", align 1
@.str.3 = private unnamed_addr constant [5 x i8] c"good\00", align 1
@llvm.global_ctors = appending global [0 x { i32, ptr, ptr }] zeroinitializer
@llvm.global_dtors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @last, ptr null }]

; Function Attrs: nofree nounwind uwtable
define internal void @last() #0 {
  %1 = tail call i32 @puts(ptr noundef nonnull dereferenceable(1) @.str)
  %2 = load ptr, ptr @stdout, align 8, !tbaa !3
  %3 = tail call i32 @fflush(ptr noundef %2)
  ret void
}

; Function Attrs: nofree nounwind
declare noundef i32 @puts(ptr nocapture noundef readonly) local_unnamed_addr #1

; Function Attrs: nofree nounwind
declare noundef i32 @fflush(ptr nocapture noundef) local_unnamed_addr #1

; Function Attrs: nofree nounwind uwtable
define noundef i32 @main() local_unnamed_addr #0 {
  %1 = tail call i32 @atexit(ptr noundef nonnull @bye) #2
  %2 = tail call i32 @atexit(ptr noundef nonnull @good) #2
  %3 = load i32, ptr @traced, align 4, !tbaa !7
  %4 = add nsw i32 %3, 1
  store i32 %4, ptr @traced, align 4, !tbaa !7
  %5 = sext i32 %3 to i64
  %6 = getelementptr inbounds [8 x i8], ptr @trace, i64 0, i64 %5
  store i8 109, ptr %6, align 1, !tbaa !9
  %7 = tail call i32 @puts(ptr nonnull dereferenceable(1) @trace)
  ret i32 0
}

; Function Attrs: nofree nounwind
declare i32 @atexit(ptr noundef) local_unnamed_addr #1

; Function Attrs: nofree nounwind uwtable
define internal void @bye() #0 {
  %1 = tail call i32 @puts(ptr noundef nonnull dereferenceable(1) @.str.2)
  ret void
}

; Function Attrs: nofree nounwind uwtable
define internal void @good() #0 {
  %1 = tail call i32 @puts(ptr noundef nonnull dereferenceable(1) @.str.3)
  ret void
}

attributes #0 = { nofree nounwind uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #1 = { nofree nounwind "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #2 = { nounwind }

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
!9 = !{!5, !5, i64 0}
