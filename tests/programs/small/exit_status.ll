; ModuleID = 'exit_status.c'
source_filename = "exit_status.c"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@.str.1 = private unnamed_addr constant [13 x i8] c"exit handler\00", align 1
@str = private unnamed_addr constant [8 x i8] c"digging\00", align 1

; Function Attrs: nounwind uwtable
define i32 @main() local_unnamed_addr #0 {
  %1 = tail call i32 @atexit(ptr noundef nonnull @leave) #4
  %2 = tail call i32 @puts(ptr nonnull dereferenceable(1) @str)
  %3 = tail call fastcc i32 @dig(i32 noundef 1000)
  ret i32 %3
}

; Function Attrs: nofree nounwind
declare i32 @atexit(ptr noundef) local_unnamed_addr #1

; Function Attrs: nofree nounwind uwtable
define internal void @leave() #2 {
  %1 = tail call i32 @puts(ptr noundef nonnull dereferenceable(1) @.str.1)
  ret void
}

; Function Attrs: nounwind uwtable
define internal fastcc i32 @dig(i32 noundef %0) unnamed_addr #0 {
  %2 = alloca i32, align 4
  store volatile i32 %0, ptr %2, align 4, !tbaa !3
  %3 = load volatile i32, ptr %2, align 4, !tbaa !3
  %4 = icmp eq i32 %3, 0
  br i1 %4, label %5, label %6

5:                                                ; preds = %1
  tail call void @exit(i32 noundef 7) #5
  unreachable

6:                                                ; preds = %1
  %7 = load volatile i32, ptr %2, align 4, !tbaa !3
  %8 = add nsw i32 %7, -1
  %9 = tail call fastcc i32 @dig(i32 noundef %8)
  %10 = load volatile i32, ptr %2, align 4, !tbaa !3
  %11 = add nsw i32 %10, %9
  ret i32 %11
}

; Function Attrs: nofree nounwind
declare noundef i32 @puts(ptr nocapture noundef readonly) local_unnamed_addr #1

; Function Attrs: noreturn nounwind
declare void @exit(i32 noundef) local_unnamed_addr #3

attributes #0 = { nounwind uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #1 = { nofree nounwind "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #2 = { nofree nounwind uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #3 = { noreturn nounwind "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #4 = { nounwind }
attributes #5 = { noreturn nounwind }

!llvm.module.flags = !{!0, !1, !2}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = !{i32 8, !"PIC Level", i32 2}
!2 = !{i32 7, !"uwtable", i32 2}
!3 = !{!4, !4, i64 0}
!4 = !{!"int", !5, i64 0}
!5 = !{!"omnipotent char", !6, i64 0}
!6 = !{!"Simple C/C++ TBAA"}
