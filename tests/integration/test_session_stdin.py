"""What a program reads from descriptor 0, on the same host and from afar."""

from __future__ import annotations

import io
import os
import threading

import pytest
from exclave.controller import CallTimeout, ExecutorCrash, SignatureError
from exclave.controller.errors import ExecutorRefusedError

ECHO = r"""
@stdin = external global ptr
@stdout = external global ptr
declare i64 @read(i32, ptr, i64)
declare i64 @fread(ptr, i64, i64, ptr)
declare i64 @fwrite(ptr, i64, i64, ptr)
declare i32 @atoi(ptr)
; echoes all of it, through the C library, and returns 3
define i32 @main(i32 %argc, ptr %argv) {
entry:
  %buffer = alloca [4096 x i8]
  %in = load ptr, ptr @stdin
  %out = load ptr, ptr @stdout
  br label %again
again:
  %n = call i64 @fread(ptr %buffer, i64 1, i64 4096, ptr %in)
  %some = icmp sgt i64 %n, 0
  br i1 %some, label %put, label %done
put:
  %w = call i64 @fwrite(ptr %buffer, i64 1, i64 %n, ptr %out)
  br label %again
done:
  ret i32 3
}
"""
HEAD = r"""
declare i64 @read(i32, ptr, i64)
declare i64 @write(i32, ptr, i64)
; echoes what one read() gives
define i32 @main(i32 %argc, ptr %argv) {
  %buffer = alloca [64 x i8]
  %n = call i64 @read(i32 0, ptr %buffer, i64 64)
  %w = call i64 @write(i32 1, ptr %buffer, i64 %n)
  %status = trunc i64 %n to i32
  ret i32 %status
}
"""
BLIND = "define i32 @main(i32 %argc, ptr %argv) { ret i32 5 }"
CRASH = """
declare i64 @read(i32, ptr, i64)
define i32 @main(i32 %argc, ptr %argv) {
  %buffer = alloca [64 x i8]
  %n = call i64 @read(i32 0, ptr %buffer, i64 64)
  store volatile i32 1, ptr null
  ret i32 0
}
"""
MANY = bytes(range(256)) * (8 << 12)  # 8 MiB


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def program(executor):
    """Run a program in a session: its status, and what it printed."""

    def run(code, *inputs, **options):
        printed = io.BytesIO()
        with executor.session(stdout=printed) as session:
            session.add_ir(code)
            results = []
            for stdin in inputs:
                printed.seek(0)
                printed.truncate()
                results.append((session.run_main(stdin=stdin, **options), printed.getvalue()))
            return results

    return run


@pytest.fixture
def silent_pipe():
    """A pipe to which nobody writes, and whose writing end stays open."""
    read, write = os.pipe()
    with os.fdopen(read, "rb", buffering=0) as file:
        yield file, write
    os.close(write)


def test_text_bytes_and_files_one_after_the_other(program, tmp_path):
    path = tmp_path / "input"
    path.write_bytes(b"from a path")
    inputs = ["grüße", b"bytes", path, io.BytesIO(b"a file"), io.StringIO("text"), None, "again"]
    expected = ["grüße".encode(), b"bytes", b"from a path", b"a file", b"text", b"", b"again"]
    assert program(ECHO, *inputs) == [(3, text) for text in expected]


def test_megabytes(program):
    assert program(ECHO, MANY) == [(3, MANY)]


def test_without_input_there_is_end_of_file_at_once(program):
    assert program(HEAD, None) == [(0, b"")]


def test_the_first_read_waits_for_what_is_given(program):
    read, write = os.pipe()
    with os.fdopen(read, "rb") as file:
        timer = threading.Timer(0.2, lambda: os.write(write, b"late") and os.close(write))
        timer.start()
        assert program(HEAD, file) == [(4, b"late")]
        timer.join()


def test_a_program_that_reads_nothing_does_not_wait(program, silent_pipe):
    file, _ = silent_pipe
    assert program(BLIND, b"x" * (50 << 20), file, io.BytesIO(MANY)) == [(5, b"")] * 3


def test_what_one_program_left_the_next_does_not_find(program):
    assert program(HEAD, b"a" * 200_000, b"second", None) == [(64, b"a" * 64), (6, b"second"), (0, b"")]


def test_a_deadline_while_the_program_waits_for_input(program, silent_pipe):
    with pytest.raises(CallTimeout):
        program(HEAD, silent_pipe[0], timeout=0.3)


def test_a_crash_while_it_is_fed(program):
    with pytest.raises(ExecutorCrash, match="SIGSEGV"):
        program(CRASH, MANY)


def test_what_the_files_read_raises_is_raised_after_main(program):
    class Failing:
        def __init__(self):
            self.pieces = [b"some "]

        def read(self, size):
            if self.pieces:
                return self.pieces.pop()
            raise RuntimeError("the disk is on fire")

    with pytest.raises(RuntimeError, match="on fire"):
        program(ECHO, Failing())


@pytest.mark.parametrize("wrong", [3, ["x"], object()])
def test_what_is_no_input_is_refused_before_anything_is_sent(program, wrong):
    with pytest.raises(SignatureError, match="stdin="):
        program(BLIND, wrong)


def test_one_program_is_fed_at_a_time(executor, silent_pipe):
    file, write = silent_pipe
    with executor.session() as session:
        session.add_ir(HEAD)
        started = threading.Event()

        class Telling:
            def read(self, size):
                started.set()
                return file.read(size)

        results = []
        thread = threading.Thread(target=lambda: results.append(session.run_main(stdin=Telling())))
        thread.start()
        assert started.wait(10)
        with pytest.raises(ExecutorRefusedError, match=r"another run_main\(stdin"):
            session.run_main(stdin="x")
        os.write(write, b"end")
        thread.join(10)
        assert results == [3]
