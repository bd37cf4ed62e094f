"""Control flow within a graph and across graphs: branches of every kind, tables, chains, stubs."""

from __future__ import annotations

import pytest
from support_calls import FIBONACCI

COUNTING = """
define i64 @collatz(i64 %start) {
entry:
  br label %next
next:
  %n = phi i64 [ %start, %entry ], [ %m, %step ]
  %steps = phi i64 [ 0, %entry ], [ %more, %step ]
  %done = icmp ule i64 %n, 1
  br i1 %done, label %end, label %step
step:
  %odd = and i64 %n, 1
  %is_odd = icmp ne i64 %odd, 0
  %half = lshr i64 %n, 1
  %triple = mul i64 %n, 3
  %triple.1 = add i64 %triple, 1
  %m = select i1 %is_odd, i64 %triple.1, i64 %half
  %more = add i64 %steps, 1
  br label %next
end:
  ret i64 %steps
}
"""


@pytest.mark.parametrize("optimize", [0, 2])
def test_loops_and_recursion(session, optimize):
    session.add_ir(COUNTING + FIBONACCI, optimize=optimize)
    assert [session.function("collatz")(n) for n in (1, 27, 97)] == [0, 111, 118]
    assert session.function("fibonacci")(16) == 987


def switch(name, cases):
    arms = "\n".join(f"    i32 {case}, label %c{case}" for case in range(cases))
    blocks = "\n".join(
        f"c{case}:\n  call void @note(i64 {case * case + 1})\n  ret i64 {case * 7919 % 251}" for case in range(cases)
    )
    return f"""
declare void @note(i64)
define i64 @{name}(i32 %which) {{
  switch i32 %which, label %other [
{arms}
  ]
{blocks}
other:
  ret i64 -1
}}
"""


@pytest.mark.parametrize("optimize", [0, 2])
def test_a_switch_by_a_table_of_jumps(session, optimize):
    noted = []
    session.define("note", session.callback(noted.append, "void", ["i64"]))
    session.add_ir(switch("choose", 40), optimize=optimize)
    choose = session.function("choose")
    assert [choose(case) for case in (0, 1, 17, 39, 40, -1)] == [
        0,
        7919 % 251,
        17 * 7919 % 251,
        39 * 7919 % 251,
        -1,
        -1,
    ]
    assert noted == [1, 2, 290, 1522]


@pytest.mark.parametrize("optimize", [0, 2])
def test_jumps_to_addresses_of_blocks(session, optimize):
    session.add_ir(
        """
        @steps = internal constant [3 x ptr] [ptr blockaddress(@run, %double), ptr blockaddress(@run, %increment), ptr blockaddress(@run, %end)]
        define i64 @run(ptr %program, i64 %x) {
        entry:
          br label %dispatch
        dispatch:
          %at = phi i64 [ 0, %entry ], [ %at.next, %double ], [ %at.next, %increment ]
          %value = phi i64 [ %x, %entry ], [ %doubled, %double ], [ %incremented, %increment ]
          %code.p = getelementptr i8, ptr %program, i64 %at
          %code = load i8, ptr %code.p
          %index = zext i8 %code to i64
          %step.p = getelementptr [3 x ptr], ptr @steps, i64 0, i64 %index
          %step = load ptr, ptr %step.p
          %at.next = add i64 %at, 1
          indirectbr ptr %step, [label %double, label %increment, label %end]
        double:
          %doubled = shl i64 %value, 1
          br label %dispatch
        increment:
          %incremented = add i64 %value, 1
          br label %dispatch
        end:
          ret i64 %value
        }
        """,
        optimize=optimize,
    )
    assert session.function("run")(b"\0\1\0\0\1\2", 5) == 45


def test_a_chain_of_fifty_graphs(session):
    session.add_ir("define i64 @link_0(i64 %x) { %r = mul i64 %x, 3  ret i64 %r }")
    for i in range(1, 50):
        session.add_ir(
            f"declare i64 @link_{i - 1}(i64)  define i64 @link_{i}(i64 %x) {{ %a = add i64 %x, {i}  %r = call i64 @link_{i - 1}(i64 %a)  %s = xor i64 %r, {i}  ret i64 %s }}"
        )
    expected = 5 + sum(range(1, 50))
    expected *= 3
    for i in range(1, 50):
        expected ^= i
    assert session.function("link_49")(5) == expected


def test_graphs_that_are_linked_later_call_those_that_are_there(session):
    """Each link of the chain is its own lookup, and far from the next: calls leave their allocation."""
    session.add_ir("define i64 @link_0(i64 %x) { ret i64 %x }")
    for i in range(1, 12):
        session.add_ir(
            f"@pad_{i} = global [3000 x i8] zeroinitializer\ndeclare i64 @link_{i - 1}(i64)  define i64 @link_{i}(i64 %x) {{ %r = call i64 @link_{i - 1}(i64 %x)  %s = add i64 %r, {i}  ret i64 %s }}"
        )
        assert session.function(f"link_{i}")(1) == 1 + i * (i + 1) // 2


def test_graphs_call_each_other(session):
    session.add_ir(
        "declare i1 @odd(i64)  define i1 @even(i64 %n) { %z = icmp eq i64 %n, 0  br i1 %z, label %yes, label %no yes: ret i1 1 no: %m = sub i64 %n, 1 %r = call i1 @odd(i64 %m) ret i1 %r }"
    )
    session.add_ir(
        "declare i1 @even(i64)  define i1 @odd(i64 %n) { %z = icmp eq i64 %n, 0  br i1 %z, label %no, label %yes no: ret i1 0 yes: %m = sub i64 %n, 1 %r = call i1 @even(i64 %m) ret i1 %r }"
    )
    assert [session.function("even")(n) for n in (0, 1, 100, 101)] == [True, False, True, False]


def test_large_frames_and_far_branches_within_a_function(session):
    """Conditional branches over more than they reach (aarch64: 1 MiB, riscv64: 4 KiB) are the compiler's to extend."""
    body = "\n".join(
        f"  %v{i} = load volatile i64, ptr %p  %w{i} = add i64 %v{i}, {i * 4097}  store volatile i64 %w{i}, ptr %p"
        for i in range(2000)
    )
    session.add_ir(
        f"""
define i64 @far(i1 %skip, i64 %x) {{
  %frame = alloca [20000 x i64]
  %p = getelementptr [20000 x i64], ptr %frame, i64 0, i64 19999
  store volatile i64 %x, ptr %p
  br i1 %skip, label %end, label %work
work:
{body}
  br label %end
end:
  %r = load volatile i64, ptr %p
  ret i64 %r
}}""",
        optimize=0,
    )
    far = session.function("far")
    assert (far(True, 5), far(False, 5)) == (5, 5 + 4097 * 1999 * 1000)


def test_calls_that_replace_their_caller(session):
    session.add_ir(
        "declare i64 @down(i64, i64)  define i64 @count(i64 %n) { %r = tail call i64 @down(i64 %n, i64 0)  ret i64 %r }"
    )
    session.add_ir(
        "define i64 @down(i64 %n, i64 %sum) { %z = icmp eq i64 %n, 0  br i1 %z, label %end, label %go end: ret i64 %sum go: %m = sub i64 %n, 1 %s = add i64 %sum, %n %r = musttail call i64 @down(i64 %m, i64 %s) ret i64 %r }"
    )
    assert session.function("count")(100_000) == 5_000_050_000


def test_a_system_call_of_its_own(session, architecture):
    """Not by the library: the instruction itself, as words before a function, since no assembler is there for it."""
    words = {
        "x86_64": "[8 x i8] [i8 184, i8 39, i8 0, i8 0, i8 0, i8 15, i8 5, i8 195]",  # mov eax, 39; syscall; ret
        "aarch64": f"[3 x i32] [i32 {0xD2800008 | 172 << 5}, i32 {0xD4000001}, i32 {0xD65F03C0}]",  # mov x8, #172; svc #0; ret
        "riscv64": f"[3 x i32] [i32 {0x00000893 | 172 << 20}, i32 {0x00000073}, i32 {0x00008067}]",  # li a7, 172; ecall; ret
    }
    session.add_ir(f"define i64 @process() prologue {words[architecture]} {{ ret i64 -1 }}")
    assert session.function("process")() > 0
