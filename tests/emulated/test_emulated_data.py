"""Data with addresses in them, initializers, weak names, alike everywhere."""

from __future__ import annotations

import pytest

LIST = """
%Node = type { i64, ptr }
@third = external global %Node
@second = global %Node { i64 20, ptr @third }
@first = constant %Node { i64 10, ptr @second }
define i64 @sum() {
entry:
  br label %next
next:
  %node = phi ptr [ @first, %entry ], [ %following, %next ]
  %sum = phi i64 [ 0, %entry ], [ %more, %next ]
  %value = load i64, ptr %node
  %more = add i64 %sum, %value
  %link = getelementptr %Node, ptr %node, i32 0, i32 1
  %following = load ptr, ptr %link
  %done = icmp eq ptr %following, null
  br i1 %done, label %end, label %next
end:
  ret i64 %more
}
"""
LAST = (
    "@third = global { i64, ptr } { i64 300, ptr null }  @other = global [5 x i32] [i32 1, i32 2, i32 3, i32 4, i32 5]"
)


def test_a_list_across_graphs(session):
    session.add_ir(LIST)
    session.add_ir(LAST)
    assert session.function("sum")() == 330
    session.globals["third"] = (7, 0)
    assert session.function("sum")() == 37


def test_addresses_with_addends(session):
    session.add_ir(LAST)
    session.add_ir("""
        @other = external global [5 x i32]
        @at_three = global ptr getelementptr ([5 x i32], ptr @other, i64 0, i64 3)
        @behind = global ptr getelementptr ([5 x i32], ptr @other, i64 1, i64 0)
        define i32 @three() { %p = load ptr, ptr @at_three  %r = load i32, ptr %p  ret i32 %r }
        define i32 @last() { %p = load ptr, ptr @behind  %q = getelementptr i32, ptr %p, i64 -1  %r = load i32, ptr %q  ret i32 %r }
        define i32 @direct() { %r = load i32, ptr getelementptr ([5 x i32], ptr @other, i64 0, i64 4)  ret i32 %r }
    """)
    assert [session.function(name)() for name in ("three", "last", "direct")] == [4, 5, 5]


def test_functions_in_tables(session):
    session.add_ir("define i64 @far_square(i64 %x) { %r = mul i64 %x, %x  ret i64 %r }")
    session.add_ir("""
        declare i64 @far_square(i64)
        define internal i64 @negate(i64 %x) { %r = sub i64 0, %x  ret i64 %r }
        @table = constant [2 x ptr] [ptr @far_square, ptr @negate]
        define i64 @through(i64 %which, i64 %x) {
          %p = getelementptr [2 x ptr], ptr @table, i64 0, i64 %which
          %f = load ptr, ptr %p
          %r = call i64 %f(i64 %x)
          ret i64 %r
        }
    """)
    assert [session.function("through")(which, 9) for which in (0, 1)] == [81, -9]


@pytest.mark.parametrize("optimize", [0, 2])
def test_tables_of_distances(session, optimize):
    """As relative vtables and Swift's metadata have them: differences of symbols, of 32 and of 64 bits."""
    session.add_ir(
        """
        @value = internal constant i32 77
        @table = constant [2 x i32] [
          i32 trunc (i64 sub (i64 ptrtoint (ptr @value to i64), i64 ptrtoint (ptr @table to i64)) to i32),
          i32 trunc (i64 sub (i64 ptrtoint (ptr dso_local_equivalent @five to i64), i64 ptrtoint (ptr @table to i64)) to i32)]
        @wide = constant i64 sub (i64 ptrtoint (ptr @value to i64), i64 ptrtoint (ptr @wide to i64))
        define hidden i64 @five() { ret i64 5 }
        define i32 @near() {
          %d = load i32, ptr @table  %wide = sext i32 %d to i64
          %p = getelementptr i8, ptr @table, i64 %wide  %r = load i32, ptr %p  ret i32 %r }
        define i32 @far() { %d = load i64, ptr @wide  %p = getelementptr i8, ptr @wide, i64 %d  %r = load i32, ptr %p  ret i32 %r }
        define i64 @call() {
          %d = load i32, ptr getelementptr ([2 x i32], ptr @table, i64 0, i64 1)  %wide = sext i32 %d to i64
          %f = getelementptr i8, ptr @table, i64 %wide  %r = call i64 %f()  ret i64 %r }
        """,
        optimize=optimize,
    )
    assert [session.function(name)() for name in ("near", "far", "call")] == [77, 77, 5]


def test_weak_names_that_nobody_defines(session):
    session.add_ir("""
        @nowhere = extern_weak global i64
        declare extern_weak i64 @nobody(i64)
        define i64 @address() { %r = ptrtoint ptr @nowhere to i64  ret i64 %r }
        define i64 @call_if_there(i64 %x) {
          %there = icmp ne ptr @nobody, null
          br i1 %there, label %yes, label %no
        yes:
          %r = call i64 @nobody(i64 %x)
          ret i64 %r
        no:
          ret i64 -1
        }
    """)
    assert (session.function("address")(), session.function("call_if_there")(3)) == (0, -1)


def test_weak_common_and_zeroed_variables(session):
    session.add_ir(
        "@weak = weak global i64 1  @common = common global i64 0  @zeros = global [100000 x i64] zeroinitializer  define i64 @read() { %a = load i64, ptr @weak  %b = load i64, ptr @common  %c = load i64, ptr getelementptr ([100000 x i64], ptr @zeros, i64 0, i64 99999)  %d = add i64 %a, %b  %e = add i64 %d, %c  ret i64 %e }"
    )
    session.add_ir("@weak = global i64 50  @common = global i64 6")
    session.lookup("weak")
    assert session.function("read")() == 56


def test_aliases_and_sections_by_name(session):
    session.add_ir("""
        @a = global i32 4, section "mine"
        @b = global i32 6, section "mine"
        @__start_mine = external hidden global i32
        @__stop_mine = external hidden global i32
        @same = alias i32, ptr @a
        define i64 @bytes() { %s = ptrtoint ptr @__start_mine to i64  %e = ptrtoint ptr @__stop_mine to i64  %r = sub i64 %e, %s  ret i64 %r }
        define i32 @alias() { %a = load i32, ptr @same  %b = load i32, ptr @b  %r = add i32 %a, %b  ret i32 %r }
    """)
    assert (session.function("bytes")(), session.function("alias")()) == (8, 10)


INDIRECT = """
@first = global i64 0
@second = global i64 0
@f = ifunc i64 (i64), ptr @pick
@pointer = global ptr @f
define internal i64 @chosen(i64 %x) { %r = mul i64 %x, 5  ret i64 %r }
define internal ptr @pick(i64 %hwcap, ptr %more) {
  store i64 %hwcap, ptr @first
  %there = icmp ne ptr %more, null
  br i1 %there, label %look, label %end
look:
  %size = load i64, ptr %more
  store i64 %size, ptr @second
  br label %end
end:
  ret ptr @chosen
}
define i64 @direct(i64 %x) { %r = call i64 @f(i64 %x)  ret i64 %r }
define i64 @through(i64 %x) { %f = load ptr, ptr @pointer  %r = call i64 %f(i64 %x)  ret i64 %r }
"""


def test_functions_that_a_resolver_chooses(session, architecture):
    session.add_ir(INDIRECT)
    assert (session.function("direct")(3), session.function("through")(4)) == (15, 20)
    bit = session.globals["first"] >> 62 & 1
    assert (bit, session.globals["second"]) == ((1, 24) if architecture == "aarch64" else (0, 0))


CONSTRUCTORS = """
@llvm.global_ctors = appending global [3 x { i32, ptr, ptr }] [
  { i32, ptr, ptr } { i32 200, ptr @second, ptr null }, { i32, ptr, ptr } { i32 65535, ptr @third, ptr null },
  { i32, ptr, ptr } { i32 101, ptr @first, ptr null }]
@llvm.global_dtors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @bye, ptr null }]
@order = global i64 0
@text = private constant [5 x i8] c"bye\\0A\\00"
declare i32 @printf(ptr, ...)
define internal void @note(i64 %n) { %o = load i64, ptr @order  %t = mul i64 %o, 10  %s = add i64 %t, %n  store i64 %s, ptr @order  ret void }
define internal void @first() { call void @note(i64 1) ret void }
define internal void @second() { call void @note(i64 2) ret void }
define internal void @third() { call void @note(i64 3) ret void }
define internal void @bye() { %r = call i32 (ptr, ...) @printf(ptr @text)  ret void }
define i64 @noted() { %r = load i64, ptr @order  ret i64 %r }
"""


def test_constructors_by_priority_and_destructors_at_the_end(executor):
    printed = []
    with executor.session(stdout=printed.append) as session:
        session.add_ir(CONSTRUCTORS)
        assert session.function("noted")() == 123
        assert printed == []
    assert printed == ["bye\n"]


def test_a_constructor_calls_back(session):
    noted = []
    session.define("note", session.callback(noted.append, "void", ["i64"]))
    session.add_ir(
        "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @early, ptr null }]  declare void @note(i64)  define internal void @early() { call void @note(i64 5) ret void }  define void @f() { ret void }"
    )
    session.function("f")()
    assert noted == [5]


def test_arrays_are_shared(session):
    session.add_ir(
        "define void @scale(ptr %p, i64 %n, double %by) { entry: br label %next next: %i = phi i64 [ 0, %entry ], [ %j, %next ] %q = getelementptr double, ptr %p, i64 %i %x = load double, ptr %q %y = fmul double %x, %by store double %y, ptr %q %j = add i64 %i, 1 %more = icmp ult i64 %j, %n br i1 %more, label %next, label %end end: ret void }"
    )
    values = session.asarray([1.0, 2.0, 3.0, 4.5, -0.5])
    session.function("scale")(values, 5, 4.0)
    assert list(values) == [4.0, 8.0, 12.0, 18.0, -2.0]
