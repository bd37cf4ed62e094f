"""Functions of the process: strings, memory, printing, sorting, jumps, doubles, variadic calls."""

from __future__ import annotations

import math

SORT = """
@values = global [7 x i32] [i32 5, i32 -3, i32 900, i32 0, i32 5, i32 -77, i32 12]
declare void @qsort(ptr, i64, i64, ptr)
define internal i32 @compare(ptr %a, ptr %b) {
  %x = load i32, ptr %a
  %y = load i32, ptr %b
  %less = icmp slt i32 %x, %y
  %more = icmp sgt i32 %x, %y
  %less.i = sext i1 %less to i32
  %more.i = zext i1 %more to i32
  %r = or i32 %less.i, %more.i
  ret i32 %r
}
define void @sort() { call void @qsort(ptr @values, i64 7, i64 4, ptr @compare)  ret void }
"""


def test_sorting_with_a_comparator_of_its_own(session):
    session.add_ir(SORT)
    session.function("sort")()
    assert list(session.globals["values"]) == [-77, -3, 0, 5, 5, 12, 900]


def test_strings_and_memory(session):
    session.add_ir("""
        @hello = private constant [8 x i8] c"hello, \\00"
        @world = private constant [6 x i8] c"world\\00"
        @buffer = global [64 x i8] zeroinitializer
        declare ptr @strcpy(ptr, ptr)
        declare ptr @strcat(ptr, ptr)
        declare i64 @strlen(ptr)
        declare i32 @strcmp(ptr, ptr)
        declare ptr @malloc(i64)
        declare void @free(ptr)
        declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
        declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
        define i64 @join() {
          %1 = call ptr @strcpy(ptr @buffer, ptr @hello)
          %2 = call ptr @strcat(ptr @buffer, ptr @world)
          %n = call i64 @strlen(ptr @buffer)
          ret i64 %n
        }
        define i32 @compare() { %r = call i32 @strcmp(ptr @hello, ptr @world)  %s = ashr i32 %r, 31  ret i32 %s }
        define i64 @copy(i64 %n) {
          %a = call ptr @malloc(i64 %n)
          %b = call ptr @malloc(i64 %n)
          call void @llvm.memset.p0.i64(ptr %a, i8 3, i64 %n, i1 false)
          call void @llvm.memcpy.p0.p0.i64(ptr %b, ptr %a, i64 %n, i1 false)
          %last = sub i64 %n, 8
          %p = getelementptr i8, ptr %b, i64 %last
          %r = load i64, ptr %p
          call void @free(ptr %a)
          call void @free(ptr %b)
          ret i64 %r
        }
    """)
    assert session.function("join")() == 12
    assert bytes(session.globals["buffer"])[:13] == b"hello, world\0"
    assert session.function("compare")() == -1
    assert session.function("copy")(1000) == 0x0303030303030303


PRINT = """
@format = private constant [40 x i8] c"%d %s %.3f %5ld|%-4d|%c %x %g %d %.1f\\0A\\00\\00"
@word = private constant [5 x i8] c"word\\00"
@small = private constant [9 x i8] c"%s %.2f\\0A\\00"
@stderr = external global ptr
@buffer = global [32 x i8] zeroinitializer
declare i32 @printf(ptr, ...)
declare i32 @fprintf(ptr, ptr, ...)
declare i32 @snprintf(ptr, i64, ptr, ...)
define i32 @print(i32 %n, double %x) {
  %r = call i32 (ptr, ...) @printf(ptr @format, i32 %n, ptr @word, double %x, i64 -7, i32 3, i32 65, i32 48879, double 0.5, i32 -1, double 2.25)
  ret i32 %r
}
define i32 @complain(double %x) {
  %e = load ptr, ptr @stderr
  %r = call i32 (ptr, ptr, ...) @fprintf(ptr %e, ptr @small, ptr @word, double %x)
  ret i32 %r
}
define i32 @format_into(double %x) {
  %r = call i32 (ptr, i64, ptr, ...) @snprintf(ptr @buffer, i64 8, ptr @small, ptr @word, double %x)
  ret i32 %r
}
"""


def test_printing_with_more_arguments_than_registers(session):
    session.add_ir(PRINT)
    text = "42 word -1.500    -7|3   |A beef 0.5 -1 2.2\n"
    assert session.function("print")(42, -1.5) == len(text)
    assert session.function("complain")(7.125) == len("word 7.12\n")
    assert session.function("format_into")(100.0) == 12
    assert (session.stdout, session.stderr) == (text, "word 7.12\n")
    assert bytes(session.globals["buffer"])[:8] == b"word 10\0"


def test_jumps_out_of_nested_calls_keep_what_must_be_kept(session):
    session.add_ir("""
        @place = global [512 x i8] zeroinitializer, align 16
        declare i32 @_setjmp(ptr) returns_twice
        declare void @longjmp(ptr, i32) noreturn
        define internal void @deeper(i64 %n) noinline {
          %out = icmp eq i64 %n, 0
          br i1 %out, label %jump, label %go
        jump:
          call void @longjmp(ptr @place, i32 7)
          unreachable
        go:
          %m = sub i64 %n, 1
          call void @deeper(i64 %m)
          ret void
        }
        define double @try(i64 %n, double %x) {
          %y = fmul double %x, 2.0
          %r = call i32 @_setjmp(ptr @place) returns_twice
          %first = icmp eq i32 %r, 0
          br i1 %first, label %run, label %landed
        run:
          call void @deeper(i64 %n)
          ret double -1.0
        landed:
          %r.d = sitofp i32 %r to double
          %n.d = sitofp i64 %n to double
          %1 = fadd double %r.d, %n.d
          %2 = fadd double %1, %y
          ret double %2
        }
    """)
    assert session.function("try")(20, 0.25) == 27.5


def test_doubles(session):
    session.add_ir("""
        declare double @sqrt(double)
        declare double @fmod(double, double)
        declare double @pow(double, double)
        declare double @ldexp(double, i32)
        declare double @cos(double)
        define double @f(double %x, double %y) {
          %1 = call double @pow(double %x, double %y)
          %2 = call double @fmod(double %1, double 7.0)
          %3 = call double @sqrt(double %2)
          %4 = call double @ldexp(double %3, i32 3)
          %5 = call double @cos(double %x)
          %6 = fadd double %4, %5
          ret double %6
        }
    """)
    assert session.function("f")(2.5, 3.0) == math.sqrt(math.fmod(2.5**3, 7.0)) * 8 + math.cos(2.5)


def test_the_librarys_functions_are_called_by_handle(session):
    assert session.function("int abs(int)")(-5) == 5
    assert session.function("double fmod(double, double)")(10.5, 4.0) == 2.5
    assert session.function("int printf(const char *, ...)")("%d %.2f %s\n", 5, 2.5, "text") == 12
    assert session.stdout == "5 2.50 text\n"
