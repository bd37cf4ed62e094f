"""What a session is given by its policy, and no more: paths, libraries, clocks, demanded layers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from exclave.controller import ExecutorCrash, ExecutorRefusedError, Limits, Policy, connect
from support_executor import running, start_process

IR = r"""
@path = global [256 x i8] zeroinitializer
@text = global [64 x i8] zeroinitializer
declare i32 @open(ptr, i32, ...)
declare i64 @read(i32, ptr, i64)
declare i32 @close(i32)
declare i32 @access(ptr, i32)
declare i32 @clock_gettime(i32, ptr)
declare i32 @usleep(i32)
declare i64 @zlibCompileFlags()
define i64 @reads() {
  %fd = call i32 (ptr, i32, ...) @open(ptr @path, i32 0)
  %bad = icmp slt i32 %fd, 0
  br i1 %bad, label %none, label %some
none:
  ret i64 -1
some:
  %n = call i64 @read(i32 %fd, ptr @text, i64 63)
  %c = call i32 @close(i32 %fd)
  ret i64 %n
}
define i32 @opens(i32 %flags) { %fd = call i32 (ptr, i32, ...) @open(ptr @path, i32 %flags, i32 438)  ret i32 %fd }
define i32 @is_there() { %r = call i32 @access(ptr @path, i32 0)  ret i32 %r }
define i64 @now(i32 %clock) {
  %t = alloca [2 x i64]
  %r = call i32 @clock_gettime(i32 %clock, ptr %t)
  %s = load i64, ptr %t
  ret i64 %s
}
define i32 @sleeps() { %r = call i32 @usleep(i32 1000)  ret i32 %r }
"""


@pytest.fixture(scope="module")
def executor():
    with connect() as handle:
        yield handle


@pytest.fixture
def folder(tmp_path):
    """What a worker's user can reach: pytest's folders are private."""
    import shutil
    import tempfile

    place = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="xp-"))
    place.chmod(0o755)
    (place / "given").mkdir()
    (place / "given" / "file").write_text("text")
    (place / "secret").write_text("no")
    yield place
    shutil.rmtree(place)


def opened(executor, **policy):
    session = executor.session(policy=Policy(**policy))
    session.add_ir(IR, optimize=0)
    return session


def point(session, path) -> None:
    session.globals["path"] = str(path).encode().ljust(256, b"\0")


def skip_without(executor, layer: str) -> None:
    if not next(found.active for found in executor.capabilities.sandbox if found.name == layer):
        pytest.skip(f"this host has no {layer}")


def test_reading_what_is_named(executor, folder):
    skip_without(executor, "landlock")
    with opened(executor, read=[folder / "given"]) as session:
        point(session, folder / "given" / "file")
        assert session.function("reads")() == 4
        assert bytes(session.globals["text"][:4]) == b"text"
        point(session, folder / "secret")
        assert session.function("reads")() == -1
        point(session, "/etc/passwd")
        assert session.function("reads")() == -1


def test_nothing_else_is_even_there(executor, folder):
    skip_without(executor, "landlock")
    with opened(executor, read=[folder / "given"]) as session:
        if not next(layer.active for layer in session.sandbox if layer.name == "root"):
            pytest.skip("this host does not let us make a root of our own")
        is_there = session.function("is_there")
        for path, there in (
            (folder / "given" / "file", 0),
            (folder / "secret", -1),
            ("/etc/passwd", -1),
            ("/proc", -1),
        ):
            point(session, path)
            assert is_there() == there


@pytest.mark.parametrize("flags", [os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_APPEND, os.O_PATH])
def test_opening_for_anything_but_reading_ends_it(executor, folder, flags):
    skip_without(executor, "landlock")
    with opened(executor, read=[folder]) as session:
        point(session, folder / "given" / "file")
        with pytest.raises(ExecutorCrash, match="for openat") as caught:
            session.function("opens")(flags)
    assert caught.value.kind == "sandbox"
    assert (folder / "given" / "file").read_text() == "text"


def test_without_a_policy_there_are_no_files(executor):
    with opened(executor) as session:
        point(session, "/etc/passwd")
        with pytest.raises(ExecutorCrash, match="for openat") as caught:
            session.function("reads")()
    assert caught.value.kind == "sandbox"


def test_a_path_that_is_a_link(executor, folder):
    """It is the link's end that counts, and it is there under the name that was given."""
    skip_without(executor, "landlock")
    (folder / "link").symlink_to(folder / "given")
    with opened(executor, read=[folder / "link"]) as session:
        point(session, folder / "link" / "file")
        assert session.function("reads")() == 4


def test_a_link_that_leads_out_of_what_is_given(executor, folder):
    skip_without(executor, "landlock")
    (folder / "given" / "out").symlink_to(folder / "secret")
    with opened(executor, read=[folder / "given"]) as session:
        point(session, folder / "given" / "out")
        assert session.function("reads")() == -1


def test_a_path_that_is_not_there(executor):
    with pytest.raises(ExecutorRefusedError, match="path 0 to read, '/no/such': No such file") as caught:
        executor.session(policy=Policy(read=["/no/such"]))
    assert caught.value.reason == "NO_SUCH_PATH"


def test_a_library(executor):
    with opened(executor, libraries=["libz.so.1"]) as session:
        assert session.lookup("zlibCompileFlags") > 0
        assert session.function("zlibCompileFlags", "i64", [])() > 0


def test_a_library_that_is_not_there(executor):
    with pytest.raises(
        ExecutorRefusedError, match=r"libnone\.so\.9 cannot be loaded: libnone\.so\.9: cannot open"
    ) as caught:
        executor.session(policy=Policy(libraries=["libz.so.1", "libnone.so.9"]))
    assert caught.value.reason == "NO_SUCH_LIBRARY"
    with executor.session():
        pass  # nothing is left of it


def test_the_executor_has_the_last_word(tmp_path):
    """Asking for more than the bound says both numbers and the setting's name; not asking gives the bound."""
    config = tmp_path / "exclave.toml"
    config.write_text('max-memory = "64M"\nmax-output = 1000\ncall-timeout = 5\nmax-threads = 2\nmax-cpu-seconds = 9\n')
    config.write_text(config.read_text() + 'allow-read = ["/usr/share"]\nallow-library = ["libm.so.6"]\n')
    process, address = start_process(["--listen", "127.0.0.1:0", "--config", str(config)], stderr=-1)
    with running(process, address), connect(address) as executor:
        capabilities = executor.capabilities
        assert (capabilities.readable_paths, capabilities.libraries) == (("/usr/share",), ("libm.so.6",))
        assert (capabilities.limits["max_memory"], capabilities.limits["max_output_bytes"]) == (64 << 20, 1000)
        for limits, words in TOO_MUCH.items():
            with pytest.raises(ExecutorRefusedError, match=words) as caught:
                executor.session(limits=limits)
            assert caught.value.reason == "MORE_THAN_ALLOWED"
        for policy, words in NOT_ALLOWED.items():
            with pytest.raises(ExecutorRefusedError, match=words):
                executor.session(policy=policy)
        with executor.session() as session:
            assert session.opened.zones["data"].size == 64 << 20


TOO_MUCH = {
    Limits(memory=65 << 20): r"68157440 bytes of memory; this executor allows 67108864 \(its --max-memory\)",
    Limits(output_bytes=1001): r"1001 bytes of output; this executor allows 1000 \(its --max-output\)",
    Limits(call_timeout=6.5): r"6.5 seconds for a call; this executor allows 5 \(its --call-timeout\)",
    Limits(threads=3): r"3 threads; this executor allows 2 \(its --max-threads\)",
    Limits(cpu_seconds=10): r"10 seconds of CPU time; this executor allows 9 \(its --max-cpu-seconds\)",
}
NOT_ALLOWED = {
    Policy(read=["/etc"]): r"no session /etc to read \(its --allow-read\); it allows /usr/share",
    Policy(read=["/usr/share", "/usr"]): r"no session /usr to read",
    Policy(libraries=["libz.so.1"]): r"load libz.so.1 \(its --allow-library\); it allows libm.so.6",
}


def test_demanded_layers(executor):
    missing = [layer.name for layer in executor.capabilities.sandbox if not layer.active]
    there = [layer.name for layer in executor.capabilities.sandbox if layer.active]
    with executor.session(policy=Policy(require=there)) as session:
        assert {layer.name for layer in session.sandbox if layer.active} >= set(there)
    if not missing:
        with executor.session(policy=Policy(require="all")):
            return
    with pytest.raises(ExecutorRefusedError, match=rf"lacks layers here: {missing[0]} \(") as caught:
        executor.session(policy=Policy(require="all"))
    assert caught.value.facts["layers"].split(",") == missing


def test_a_layer_that_there_is_not(executor):
    with pytest.raises(ExecutorRefusedError, match="no layer 'secomp'; there are views, ") as caught:
        executor.session(policy=Policy(require=["secomp"]))
    assert caught.value.reason == "NO_SUCH_LAYER"


def test_every_layer_is_reported_once(executor):
    with executor.session() as session:
        names = [layer.name for layer in session.sandbox]
    assert len(names) == len(set(names))
    with pytest.raises(ExecutorRefusedError) as caught:
        executor.session(policy=Policy(require=["none"]))
    for name in names:
        assert name in str(caught.value)


def test_clocks(executor):
    with opened(executor) as session:
        assert session.function("now")(1) > 0
        assert session.function("sleeps")() == 0
    with opened(executor, clocks=False) as session, pytest.raises(ExecutorCrash, match="nanosleep") as caught:
        session.function("sleeps")()
    assert caught.value.kind == "sandbox"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="what the vdso reads cannot be taken away elsewhere")
def test_the_clock_that_needs_no_system_call(executor):
    with opened(executor, clocks=False) as session, pytest.raises(ExecutorCrash) as caught:
        session.function("now")(1)
    assert caught.value.kind in ("signal", "sandbox")  # the latter: a host whose vdso has no clock
