"""What goes wrong around a session: interrupts, forks, consumers that misbehave, units that come and go."""

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from exclave.controller import (
    CallTimeout,
    CompileError,
    DuplicateSymbolsError,
    ExclaveError,
    ExecutorCrash,
    ExitCalled,
    SessionClosedError,
    SignatureError,
    connect,
)

ADD = "define i32 @add(i32 %a, i32 %b) {\n  %c = add i32 %a, %b\n  ret i32 %c\n}\n"
SPIN = "@c = global i8 0\ndefine void @spin() {\nentry:\n  br label %l\nl:\n  store volatile i8 1, ptr @c\n  br label %l\n}\n"
SPINNING_CONSTRUCTOR = (
    SPIN
    + "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 1, ptr @spin, ptr null }]\n"
)
PRINT = (
    '@t = constant [3 x i8] c"x\\0A\\00"\ndeclare i32 @printf(ptr, ...)\ndefine i32 @say() {\n'
    "  %r = call i32 (ptr, ...) @printf(ptr @t)\n  ret i32 %r\n}\n"
)


def interrupt_when(condition):
    """SIGINT to this process once `condition` holds."""

    def wait():
        while not condition():
            os.sched_yield()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def worker_spins(session):
    """A condition: the worker has used a twentieth of a second of CPU time since now."""

    def ticks():
        fields = Path(f"/proc/{session.opened.worker_pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11])

    start = ticks()
    return lambda: ticks() > start + os.sysconf("SC_CLK_TCK") // 20


def test_ctrl_c_ends_the_call_and_the_next_session_works(executor):
    with executor.session() as session:
        session.add_ir(SPIN)
        spin = session.function("spin")
        thread = interrupt_when(worker_spins(session))
        with pytest.raises(KeyboardInterrupt):
            spin()
        thread.join()
    with executor.session() as session:
        session.add_ir(ADD)
        assert session.function("add")(1, 2) == 3


def test_ctrl_c_in_an_initializer_ends_the_session_and_says_so(executor):
    with executor.session(recover=False) as session:
        session.add_ir(SPINNING_CONSTRUCTOR)
        thread = interrupt_when(worker_spins(session))
        with pytest.raises(KeyboardInterrupt):
            session.lookup("spin")
        thread.join()
        with pytest.raises(ExecutorCrash, match="it was interrupted"):
            session.lookup("spin")
    with executor.session() as session:
        session.add_ir(ADD)
        assert session.function("add")(1, 2) == 3


def test_a_forked_child_is_told_and_does_not_hang(executor, session):
    session.add_ir(ADD)
    add = session.function("add")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            add(1, 2)
        except SessionClosedError:
            session.close()
            executor.close()
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert add(1, 2) == 3


def test_a_consumer_may_use_its_session(executor):
    results = []
    with executor.session(stdout=lambda _text: results.append(add(20, 22))) as session:
        session.add_ir(PRINT + ADD)
        add = session.function("add")
        session.function("say")()
    assert results == [42]


def test_a_consumer_that_blocks_does_not_keep_the_session_open(executor, monkeypatch):
    monkeypatch.setattr("exclave.controller.remote.lease.STANDSTILL_SECONDS", 0.5)
    blocked, release = threading.Event(), threading.Event()
    session = executor.session(stdout=lambda _text: blocked.set() or release.wait(30))
    try:
        session.add_ir(PRINT)
        thread = threading.Thread(target=session.function("say"))
        thread.start()
        assert blocked.wait(25)  # else the session may be closed before it is called
        closer = threading.Thread(target=session.close)
        closer.start()
        closer.join(25)
        assert not closer.is_alive()
    finally:
        release.set()
        thread.join()


def test_binary_files_that_are_no_io_objects(executor):
    with tempfile.NamedTemporaryFile() as file, executor.session(stdout=file) as session:
        session.add_ir(PRINT)
        session.function("say")()
        assert Path(file.name).read_bytes() == b"x\n"


def test_weak_references_bind_to_what_the_session_defines(session):
    session.add_ir(
        "declare extern_weak i32 @maybe()\ndefine i32 @ask() {\n  %there = icmp ne ptr @maybe, null\n"
        "  br i1 %there, label %yes, label %no\nyes:\n  %r = call i32 @maybe()\n  ret i32 %r\nno:\n  ret i32 -1\n}\n"
    )
    session.add_ir("define i32 @maybe() {\n  ret i32 5\n}\n")
    assert session.function("ask")() == 5


def test_removal_in_any_order_of_weak_and_strong(session):
    weak = session.add_ir("define weak i32 @f() {\n  ret i32 1\n}\ndefine i32 @a() {\n  ret i32 7\n}\n", name="weak")
    strong = session.add_ir("define i32 @f() {\n  ret i32 2\n}\n", name="strong")
    assert session.function("a")() == 7
    strong.remove()
    weak.remove()
    session.add_ir("define i32 @f() {\n  ret i32 3\n}\ndefine i32 @a() {\n  ret i32 8\n}\n")
    assert (session.function("f")(), session.function("a")()) == (3, 8)


def test_files_beside_the_user_do_not_shadow_the_daemons_modules(tmp_path):
    (tmp_path / "queue.py").write_text("raise RuntimeError('shadowed')")
    script = tmp_path / "elsewhere" / "script.py"
    script.parent.mkdir()
    script.write_text(
        "from exclave.controller import connect\nwith connect() as e, e.session() as s: print(s.lookup('malloc') > 0)\n"
    )
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout == "True\n", done.stderr


def test_a_killed_controller_leaves_no_folder_and_no_process(tmp_path):
    script = "import os\nfrom exclave.controller import connect\ne = connect()\ns = e.session()\nprint(e.capabilities.daemon_pid, flush=True)\nos.kill(os.getpid(), 9)\n"
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    daemon = os.pidfd_open(int(done.stdout)) if Path(f"/proc/{done.stdout.strip()}").exists() else None
    if daemon is not None:
        import select

        select.select([daemon], [], [], 20)
        os.close(daemon)
    assert [path.name for path in tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "use",
    [
        lambda s: s.write_memory(s.opened.zones["data"].address, 5),
        lambda s: s.define("x", -1),
        lambda s: s.define("x", 1 << 70),
        lambda s: s.define("x", "y"),
        lambda s: s.on_finalized(5),
        lambda s: s.function("add")(1, 2, timeout="soon"),
        lambda s: s.function("add")(1, 2, timeout=float("nan")),
    ],
)
def test_arguments_that_make_no_sense_are_type_errors(session, use):
    session.add_ir(ADD)
    with pytest.raises((TypeError, SignatureError)):
        use(session)
    assert session.function("add")(1, 2, timeout=float("inf")) == 3


def test_calls_do_not_wait_for_another_threads_lookup(session):
    session.add_ir(ADD)
    add = session.function("add")
    with session._code.lock:
        caller = threading.Thread(target=add, args=(1, 2))
        caller.start()
        caller.join(20)
        assert not caller.is_alive()


def test_every_error_of_the_session_is_of_the_hierarchy(session):
    for use in (lambda: session.add_ir(5), lambda: session.add_bitcode(b"x"), lambda: session.add_object(b"")):
        with pytest.raises(ExclaveError):
            use()
    session.add_ir(ADD)
    with pytest.raises((DuplicateSymbolsError, CompileError)):
        session.add_ir(ADD)


CONSTRUCTOR = """
@llvm.global_ctors = appending global [1 x {{ i32, ptr, ptr }}] [{{ i32, ptr, ptr }} {{ i32 65535, ptr @begin, ptr null }}]
declare void @exit(i32)
define internal void @begin() {{
  {0}
}}
define i32 @main(i32 %argc, ptr %argv) {{ ret i32 5 }}
"""
LOOP = "br label %again\nagain:\n  br label %again"


def test_a_constructor_that_exits_ends_its_program(session):
    session.add_ir(CONSTRUCTOR.format("call void @exit(i32 3)\n  ret void"))
    with pytest.raises(ExitCalled, match=r"an initializer \(constructor\) called exit\(3\)") as caught:
        session.lookup("main")
    assert caught.value.exit_code == 3
    assert session.run_main(["p"]) == 3
    session.add_ir("define i32 @fine() { ret i32 1 }")
    assert session.function("fine")() == 1


def test_a_constructor_that_does_not_end_is_ended_in_time(session):
    session.add_ir(CONSTRUCTOR.format(LOOP))
    with pytest.raises(CallTimeout, match="constructors") as caught:
        session.run_main(["p"], timeout=0.2)
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), CallTimeout)


def test_a_compile_stops_nobody_else(executor):
    slow = (
        "define i64 @slow(i64 %x) {\n"
        + "\n".join(f"  %v{i} = mul i64 {'%x' if i == 0 else f'%v{i - 1}'}, %x" for i in range(120_000))
        + "\n  ret i64 %v119999\n}"
    )
    with executor.session(compile_timeout=2.5) as session, ThreadPoolExecutor(1) as threads:
        session.add_ir("define i32 @before() { ret i32 1 }")
        session.add_ir(slow)
        compiling = threads.submit(lambda: session.lookup("slow"))
        session.add_ir("define i32 @after() { ret i32 2 }")
        assert session.function("before")() == 1
        assert session.function("after")() == 2
        assert session.lookup("strtol")
        with executor.session() as other:
            other.add_ir("define i32 @other() { ret i32 3 }")
            assert other.function("other")() == 3
        assert not compiling.done()
        with pytest.raises(CompileError, match=r"still running after 2.5 s"):
            compiling.result(30)


def test_a_channel_that_was_closed_meanwhile_says_so():
    """As when another thread closes the executor's handle between the check and the call."""
    with connect() as executor, executor.session() as session:
        executor._connection.channel.close()
        with pytest.raises(SessionClosedError, match="the executor's handle was closed"):
            session.lookup("strtol")


def test_a_signals_handler_that_raises_ends_the_call_as_ctrl_c_does(executor):
    """Else the next call on the lane would find it as the one that was given up left it."""

    def give_up(*_):
        raise TimeoutError("enough")

    before = signal.signal(signal.SIGUSR1, give_up)
    try:
        with executor.session(recover=False) as session:
            session.add_ir(SPIN)
            spin = session.function("spin")
            threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGUSR1]).start()
            with pytest.raises(TimeoutError, match="enough"):
                spin(timeout=20)
            with pytest.raises(ExecutorCrash, match="interrupted"):
                spin()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_an_argument_that_raises_keeps_no_lane(session):
    class Bad:
        def __index__(self):
            raise ZeroDivisionError

    session.add_ir(ADD)
    add = session.function("add")
    assert add(1, 2) == 3
    for _ in range(10):
        with pytest.raises(ZeroDivisionError):
            add(1, Bad())
    assert add(1, 2, timeout=5) == 3
