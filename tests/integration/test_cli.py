"""The `exclave` command as a person types it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support_tools import require_tool

PROGRAMS = Path(__file__).parent.parent / "programs"
SMALL = PROGRAMS / "small"


def exclave(*arguments, **options):
    command = [sys.executable, "-m", "exclave.controller.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, **options)


def test_run_prints_what_the_program_prints_and_exits_as_it_does():
    done = exclave("run", SMALL / "hello.ll")
    assert (done.returncode, done.stderr) == (42, "")
    assert "hello" in done.stdout.lower()
    assert exclave("run", SMALL / "exit_status.ll").returncode == 7


def test_run_passes_on_what_follows_the_dashes():
    done = exclave("run", SMALL / "arguments.ll", "--", "--timeout", "two words", "-O3")
    assert "two words" in done.stdout
    assert "--timeout" in done.stdout


READS = """
@stdin = external global ptr
declare i32 @fgetc(ptr)
declare i32 @putchar(i32)
define i32 @main(i32 %argc, ptr %argv) {
entry:
  %in = load ptr, ptr @stdin
  br label %again
again:
  %c = call i32 @fgetc(ptr %in)
  %end = icmp slt i32 %c, 0
  br i1 %end, label %done, label %put
put:
  %p = call i32 @putchar(i32 %c)
  br label %again
done:
  ret i32 0
}
"""


def test_the_program_reads_our_standard_input(tmp_path):
    (tmp_path / "cat.ll").write_text(READS)
    command = [sys.executable, "-m", "exclave.controller.cli", "run", str(tmp_path / "cat.ll")]
    done = subprocess.run(command, input=b"one\ntwo\n", capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"one\ntwo\n", b"")
    closed = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *command], capture_output=True, timeout=60)
    assert (closed.returncode, closed.stdout) == (0, b"")


def test_a_crash_exits_like_a_shell_says_it():
    done = exclave("run", SMALL / "crash.ll")
    assert done.returncode == 128 + 11
    assert "SIGSEGV" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_deadline_exits_like_timeout():
    done = exclave("run", "--timeout", "0.3", SMALL / "spin.ll")
    assert done.returncode == 124
    assert "Traceback" not in done.stderr


def test_the_real_program_prints_what_it_should_and_gives_an_account():
    done = exclave("run", "--account", *sorted((PROGRAMS / "orrery").glob("*.ll")))
    assert done.returncode == 0
    assert done.stdout == (PROGRAMS / "orrery" / "expected.txt").read_text()
    for word in ("objects", "symbols", "edges", "bytes", "compile", "link", "finalize", "call"):
        assert word in done.stderr


def test_an_account_for_programs():
    done = exclave("run", "--json", SMALL / "hello.ll")
    account = json.loads(done.stderr)
    assert account["modules"] == 1
    assert set(account["seconds"]) == {"compile", "link", "finalize", "call"}


@pytest.mark.parametrize("compiler", ["cc"])
def test_c_goes_through_the_systems_compiler(compiler, tmp_path):
    require_tool(compiler, "gcc")
    source = tmp_path / "p.c"
    source.write_text('#include <stdio.h>\nint main(int c, char **v) { printf("%s %d\\n", v[1], c); return 3; }\n')
    done = exclave("run", source, "--", "x")
    assert (done.returncode, done.stdout) == (3, "x 2\n")
    source.write_text("int main(void) { return undeclared; }\n")
    done = exclave("run", source)
    assert done.returncode == 1
    assert "undeclared" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.ll", None, "cannot read"),
        ("what.xyz", b"", "what is it?"),
        ("garbage.ll", b"garbage", "expected top-level entity"),
        ("garbage.o", b"garbage", "garbage.o"),
        ("garbage.bc", b"garbage", "not LLVM bitcode"),
        ("garbage.a", b"garbage", "garbage.a"),
        ("nomain.ll", b"define void @f() {\n  ret void\n}\n", "main"),
        ("nomain.ll", b"define void @f() {\n  ret void\n}\n", "add the file that defines them"),
    ],
)
def test_mistakes_are_one_line_that_says_what(tmp_path, name, content, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    done = exclave("run", path)
    assert done.returncode == 1
    assert done.stderr.startswith("exclave: ")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_nobody_there():
    done = exclave("run", "--address", "unix:/nonexistent/socket", SMALL / "hello.ll", "--connect-timeout", "0.5")
    assert done.returncode == 1
    assert "no executor answers at unix:/nonexistent/socket" in done.stderr


def test_nobody_there_is_known_within_a_second_also_by_the_doctor(tmp_path):
    address = f"unix:{tmp_path}/x.sock"
    for command in (("run", SMALL / "hello.ll"), ("doctor",)):
        for options in ((), ("--connect-timeout", "0")):
            begin = time.monotonic()
            done = exclave(*command, "--address", address, *options)
            assert done.returncode == 1
            assert f"start one with `exclave executor --listen {address}`" in done.stderr
            assert time.monotonic() - begin < 9, "that is what an executor may take to answer whose socket is there"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["run", SMALL / "hello.ll"], 128 + signal.SIGPIPE),
        (["run", SMALL / "forever.ll"], 128 + signal.SIGPIPE),
        (["run", "--account", SMALL / "quiet.ll"], 0),
        (["link", "--no-exec", "--define", "puts=0x10001000", "--define", "printf=0x10001000", SMALL / "hello.ll"], 1),
        (
            [
                "link",
                "--no-exec",
                "--json",
                "--define",
                "puts=0x10001000",
                "--define",
                "printf=0x1000",
                SMALL / "hello.ll",
            ],
            1,
        ),
        (["doctor"], 1),
        (["--help"], 1),
    ],
)
def test_a_reader_that_is_gone_ends_it_quietly(arguments, status, tmp_path):
    (tmp_path / "forever.ll").write_text(
        '@t = constant [2 x i8] c"y\\00"\ndeclare i32 @puts(ptr)\ndefine i32 @main() {\nentry:\n  br label %l\nl:\n'
        "  %r = call i32 @puts(ptr @t)\n  br label %l\n}\n"
    )
    (tmp_path / "quiet.ll").write_text("define i32 @main() {\n  ret i32 0\n}\n")
    mine = [tmp_path / a.name if getattr(a, "name", "") in ("forever.ll", "quiet.ll") else a for a in arguments]
    read, write = os.pipe()
    os.close(read)
    try:
        command = [sys.executable, "-m", "exclave.controller.cli", *map(str, mine)]
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60)
    finally:
        os.close(write)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert done.returncode == status


def test_doctor_says_that_it_works():
    done = exclave("doctor", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["trial"]["works"] is True
    assert report["executor"]["target"]["triple"]
    assert {layer["name"] for layer in report["session"]} >= {"seccomp", "landlock", "rlimits"}
    assert "trial: works" in exclave("doctor").stdout


def test_the_executor_command_is_the_daemon():
    done = exclave("executor", "--help")
    assert done.returncode == 0
    assert "--listen" in done.stdout


def test_an_executor_makes_no_path_that_somebody_mistyped(tmp_path):
    done = exclave("executor", "--listen", f"unix:{tmp_path}/no/such/x.sock")
    assert done.returncode == 1
    assert f"{tmp_path}/no does not exist: make it first" in done.stderr
    assert list(tmp_path.iterdir()) == []
