"""main(argc, argv) in the worker: status, exit(), output, crashes, deadlines."""

import io
import pickle
import time

import pytest
from exclave.controller import CallTimeout, ExecutorCrash, ExitCalled

PRINTING = """
@format = constant [14 x i8] c"%d: argv=%s.\\0A\\00"
declare i32 @printf(ptr, ...)
define i32 @main(i32 %argc, ptr %argv) {
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %slot = getelementptr ptr, ptr %argv, i32 %i
  %argument = load ptr, ptr %slot
  %printed = call i32 (ptr, ...) @printf(ptr @format, i32 %i, ptr %argument)
  %next = add i32 %i, 1
  %more = icmp slt i32 %next, %argc
  br i1 %more, label %loop, label %end
end:
  ret i32 %argc
}
"""
EXITING = """
@text = constant [8 x i8] c"partial\\00"
declare void @exit(i32)
declare i32 @atexit(ptr)
declare i32 @printf(ptr, ...)
declare i32 @puts(ptr)
@bye = constant [4 x i8] c"bye\\00"
define internal void @handler() {
  %r = call i32 @puts(ptr @bye)
  ret void
}
define internal void @deep() {
  %r = call i32 (ptr, ...) @printf(ptr @text)
  call void @exit(i32 7)
  unreachable
}
define i32 @main() {
  %r = call i32 @atexit(ptr @handler)
  call void @deep()
  ret i32 0
}
"""
SPIN = "define void @spin() {\nentry:\n  br label %l\nl:\n  store volatile i8 0, ptr @c\n  br label %l\n}\n@c = global i8 0\n"
CRASH = "define void @crash() {\n  store volatile i32 1, ptr null\n  ret void\n}\n"
ADD = "define i32 @add(i32 %a, i32 %b) {\n  %c = add i32 %a, %b\n  ret i32 %c\n}\n"


def test_main_gets_its_arguments_and_its_output_is_complete_when_it_returns(session):
    session.add_ir(PRINTING)
    assert session.run_main(["prog", "two words", "é"], timeout=10.0) == 3
    assert session.stdout == "0: argv=prog.\n1: argv=two words.\n2: argv=é.\n"


def test_exit_runs_handlers_flushes_and_gives_the_status_again_and_again(session):
    session.add_ir(EXITING)
    assert session.run_main(["prog"]) == 7
    assert session.stdout == "partialbye\n"
    assert session.run_main(["prog"]) == 7
    assert session.stdout == "partialbye\npartialbye\n"


def test_exit_in_a_function_is_an_exception_and_the_session_goes_on(session):
    session.add_ir("declare void @exit(i32)\ndefine void @leave() {\n  call void @exit(i32 3)\n  ret void\n}\n" + ADD)
    with pytest.raises(ExitCalled) as caught:
        session.function("leave")()
    assert caught.value.exit_code == 3
    assert session.function("add")(1, 2) == 3


def test_exit_past_the_runtime_is_a_status_too(session):
    session.add_ir("declare void @_exit(i32)\ndefine i32 @main() {\n  call void @_exit(i32 9)\n  ret i32 0\n}\n")
    assert session.run_main(["prog"]) == 9


@pytest.mark.parametrize("kind", ["callable", "text file", "binary file"])
def test_output_is_streamed_to_whom_it_may_concern(executor, kind):
    consumer = {"callable": [], "text file": io.StringIO(), "binary file": io.BytesIO()}[kind]
    with executor.session(stdout=consumer.append if kind == "callable" else consumer) as session:
        session.add_ir(PRINTING)
        session.run_main(["x"])
        got = "".join(consumer) if kind == "callable" else consumer.getvalue()
        assert got in ("0: argv=x.\n", b"0: argv=x.\n")


def test_much_output_arrives_whole_and_in_order(session):
    session.add_ir(PRINTING.replace("%next, %argc", "%next, 20000").replace("ptr %argument)", "ptr @format)"))
    assert session.run_main(["x"]) == 1
    lines = [line for line in session.stdout.splitlines() if ": argv=" in line]
    assert [int(line.split(":")[0]) for line in lines] == list(range(20000))


def test_stderr_is_kept_apart(session):
    session.add_ir(
        '@t = constant [5 x i8] c"oops\\0A"\ndeclare i64 @write(i32, ptr, i64)\ndefine i64 @complain() {\n  %n = call i64 @write(i32 2, ptr @t, i64 5)\n  ret i64 %n\n}\n'
    )
    assert session.function("complain")() == 5
    assert (session.stdout, session.stderr) == ("", "oops\n")


def test_a_crash_is_an_exception_with_the_signal_and_others_do_not_notice(executor):
    with executor.session(recover=False) as session, executor.session() as other:
        session.add_ir(CRASH + ADD)
        crash = session.function("crash")
        other.add_ir(ADD)
        with pytest.raises(ExecutorCrash) as caught:
            crash()
        assert (caught.value.kind, caught.value.signal) == ("signal", 11)
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
        with pytest.raises(ExecutorCrash, match="no more"):
            session.function("add")
        assert other.function("add")(1, 2) == 3


def test_a_deadline_ends_an_endless_loop(session):
    session.add_ir(SPIN)
    spin = session.function("spin")
    start = time.monotonic()
    with pytest.raises(CallTimeout) as caught:
        spin(timeout=0.2)
    assert isinstance(caught.value, TimeoutError)
    assert time.monotonic() - start < 5


def test_a_system_call_that_the_sandbox_forbids_ends_the_worker(session):
    session.add_ir(
        "declare i32 @socket(i32, i32, i32)\ndefine i32 @dial() {\n  %r = call i32 @socket(i32 2, i32 1, i32 0)\n  ret i32 %r\n}\n"
    )
    with pytest.raises(ExecutorCrash) as caught:
        session.function("dial")()
    assert caught.value.kind == "sandbox"
