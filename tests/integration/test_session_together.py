"""What several threads look up at once is one link and one rpc, and yet each lookup succeeds or fails by itself."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from exclave.controller import DuplicateSymbolsError, LinkError, UndefinedSymbolsError, connect
from exclave.controller.linking import link

LATER = 20.0


@pytest.fixture(scope="module")
def executor():
    with connect() as handle:
        yield handle


@pytest.fixture
def session(executor):
    with executor.session() as opened:
        opened.add_ir(module("first"))
        opened.add_ir(module("warm"))
        opened.function("warm")()
        yield opened


@pytest.fixture
def links(monkeypatch):
    """How many units each link has."""
    seen = []

    def counted(inputs, *rest):
        seen.append(len(inputs))
        return link(inputs, *rest)

    monkeypatch.setattr("exclave.controller.linking.link", counted)
    return seen


def module(name, value=1):
    return f"define i64 @{name}() {{ ret i64 {value} }}"


def caller(name, callee):
    return f"declare i64 @{callee}()  define i64 @{name}() {{ %x = call i64 @{callee}()  ret i64 %x }}"


@contextmanager
def all_queued(session, count):
    """In the body `count` lookups are started; at its end they are all queued behind one that has its turn already."""
    lock, combiner = session._code.lock, session._worker.materializer._linker._combiner
    with ThreadPoolExecutor(1) as first, lock:
        decoy = first.submit(session.lookup, "first")
        until(lambda: combiner._serving)
        yield
        until(lambda: len(combiner._queue) == count)
        lock.release()
        decoy.result(LATER)
        lock.acquire()


def until(condition):
    deadline = time.monotonic() + LATER
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def together(session, *lookups):
    """Look all up at once, each in a thread of its own; addresses, or the error, of each."""
    prepared(session, "first", *[name for names in lookups for name in names])
    with ThreadPoolExecutor(len(lookups)) as threads:
        with all_queued(session, len(lookups)):
            jobs = [threads.submit(session.lookup, list(names)) for names in lookups]
        return [job.exception(LATER) or job.result(LATER) for job in jobs]


def prepared(session, *names):
    """What is compiled already is not compiled in the middle of it."""
    materializer = session._worker.materializer
    for name in names:
        try:
            materializer._compile_reached([name])
        except UndefinedSymbolsError:
            pass


def test_eight_lookups_are_one_link_and_one_rpc(session, links):
    for i in range(8):
        session.add_ir(module(f"f{i}", i))
    before = session.account.finalize_rpcs
    results = together(session, *[[f"f{i}"] for i in range(8)])
    assert links == [1, 8]
    assert session.account.finalize_rpcs - before == 2  # the first one's, and theirs
    assert [session.function(f"f{i}")() for i in range(8)] == list(range(8))
    assert [list(result) for result in results] == [[f"f{i}"] for i in range(8)]


def test_who_cannot_be_linked_takes_no_other_with_it(session):
    session.add_ir(module("good", 1))
    bad = session.add_ir(caller("bad", "nowhere"))
    session.add_ir(module("fine", 3))
    good, error, fine = together(session, ["good"], ["bad"], ["fine"])
    assert isinstance(error, UndefinedSymbolsError)
    assert "nowhere" in str(error)
    assert "good" not in str(error)
    assert (list(good), list(fine), bad.live) == (["good"], ["fine"], False)
    session.add_ir(module("nowhere", 2))
    assert [session.function(name)() for name in ("good", "bad", "fine")] == [1, 2, 3]


def test_who_asks_for_what_nobody_has_takes_no_other_with_it(session):
    session.add_ir(module("good", 1))
    error, _ = together(session, ["absent"], ["good"])
    assert isinstance(error, UndefinedSymbolsError)
    assert session.function("good")() == 1


def test_what_two_lookups_reach_is_linked_once(session, links):
    session.add_ir(module("shared", 5))
    session.add_ir(caller("one", "shared"))
    session.add_ir(caller("two", "shared"))
    results = together(session, ["one"], ["two"], ["shared"], ["one", "two"])
    assert links == [1, 3]
    assert [sorted(result) for result in results] == [["one"], ["two"], ["shared"], ["one", "two"]]
    assert [session.function(name)() for name in ("one", "two")] == [5, 5]


def failing(name):
    """Its constructor fails."""
    return f"""
    declare i64 @host(i64)
    define i64 @{name}() {{ ret i64 1 }}
    define internal void @{name}_begin() {{ %r = call i64 @host(i64 0)  ret void }}
    @llvm.global_ctors = appending global [1 x {{ i32, ptr, ptr }}] [{{ i32, ptr, ptr }} {{ i32 65535, ptr @{name}_begin, ptr null }}]
    """


def test_whose_constructor_fails_falls_with_those_that_refer_to_it_and_nobody_else(session):
    def host(_):
        raise ZeroDivisionError("not now")

    session.define("host", session.callback(host, "int64_t f(int64_t)"))
    session.lookup("host")
    session.add_ir(failing("top"))
    session.add_ir(caller("user", "top"))
    session.add_ir(module("apart", 4))
    top, user, apart = together(session, ["top"], ["user"], ["apart"])
    assert isinstance(top, ZeroDivisionError)
    assert isinstance(user, LinkError)
    assert "user: it refers to what was to go live with top" in str(user)
    assert list(apart) == ["apart"]
    assert session.function("apart")() == 4


def common(size, user):
    return f"@shared = common global [{size} x i8] zeroinitializer  define ptr @{user}() {{ ret ptr @shared }}"


def test_a_common_symbol_is_not_that_of_a_lookup_that_comes_later(session):
    """It would be the larger one's, as in one lookup of both; so each is linked alone, as one after the other."""
    session.add_ir(common(8, "one"))
    session.add_ir(common(64, "two"))
    one, two = together(session, ["one"], ["two"])
    assert list(one) == ["one"]
    assert "shared has 64 bytes here, but it is live with 8" in str(two)
    assert session.function("one")() == session.lookup("shared")


def test_a_common_symbol_that_is_large_enough_is_shared(session):
    session.add_ir(common(64, "one"))
    session.add_ir(common(8, "two"))
    one, two = together(session, ["one"], ["two"])
    assert (list(one), list(two)) == (["one"], ["two"])
    assert session.function("one")() == session.function("two")() == session.lookup("shared")


def test_first_calls_at_once_share_their_adapter_and_call(session):
    """Glue is linked with what it calls, and goes live apart from it."""
    for i in range(6):
        session.add_ir(f"define i64 @g{i}(i32 %x) {{ %y = zext i32 %x to i64  ret i64 %y }}")
    barrier = threading.Barrier(6)

    def call(i):
        barrier.wait(LATER)
        return session.function(f"g{i}")(i)

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(call, range(6))) == list(range(6))


def test_lookups_go_on_while_others_add_what_is_refused(session):
    """Adding and looking up, from eight threads: nobody waits for ever, all that is there is found."""

    def work(thread):
        for i in range(20):
            session.add_ir(module(f"t{thread}_{i}", i))
            with pytest.raises(DuplicateSymbolsError):
                session.add_ir(module(f"t{thread}_{i}", i))
            with pytest.raises(UndefinedSymbolsError):
                session.lookup(f"nothing{i}")
            assert session.lookup(f"t{thread}_{i}")

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(8))) == [None] * 8


def test_a_thread_may_be_done_before_the_one_that_ships_for_it(session, monkeypatch):
    """It lets go of what was shipped, which the other one does not need any more."""
    materializer = session._worker.materializer
    session.add_ir(module("a"))
    session.add_ir(module("b"))
    prepared(session, "a", "b")
    a_queued, b_queued, linked, b_done = (threading.Event() for _ in range(4))
    memory_wait, submit = materializer._memory.wait, materializer._linker._combiner.submit

    def submitted(lookup):
        """First a, then b, whose thread then sleeps until both are linked."""
        if list(lookup.names) == ["b"]:
            assert a_queued.wait(LATER)
            submit(lookup)
            b_queued.set()
            assert linked.wait(LATER)
        else:
            submit(lookup)
            a_queued.set()
            assert b_queued.wait(LATER)

    def wait(shipment):
        live = memory_wait(shipment)
        if threading.current_thread() is threading.main_thread() and not linked.is_set():
            linked.set()
            assert b_done.wait(LATER)
        return live

    def look_up_b():
        assert session.lookup("b")
        b_done.set()

    monkeypatch.setattr(materializer._memory, "wait", wait)
    monkeypatch.setattr(materializer._linker._combiner, "submit", submitted)
    with ThreadPoolExecutor(1) as threads:
        b = threads.submit(look_up_b)
        assert session.lookup("a")
        b.result(LATER)


class CtrlC:
    """Presses it every few milliseconds, while the main thread is in `pressed_while`."""

    def __init__(self):
        self.times, self._armed, self._over, self._gate = 0, False, False, threading.Lock()
        self._thread = threading.Thread(target=self._press)

    def __enter__(self):
        self._before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over = True
        self._thread.join(LATER)
        signal.signal(signal.SIGINT, self._before)

    def _press(self):
        while not self._over:
            time.sleep(0.003)
            with self._gate:
                if self._armed:
                    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    def pressed_while(self, work):
        """`work()`, until it is not interrupted."""
        while True:
            try:
                self._armed = True
                work()
                with self._gate:  # what was pressed before is noticed here, and no more is pressed
                    self._armed = False
            except KeyboardInterrupt:
                self.times += 1
            else:
                return


def test_ctrl_c_while_others_look_up_leaves_nobody_waiting(session):
    """At whatever moment it comes: each lookup of the main thread is made or interrupted, and can be made again."""
    count = 60
    for owner in ("mine", "others0", "others1", "others2"):
        for i in range(count):
            session.add_ir(module(f"{owner}_{i}", i))

    def others(thread):
        return all(session.lookup(f"others{thread}_{i}") for i in range(count))

    prepared(session, *[f"mine_{i}" for i in range(count)])  # who interrupts a compile begins it again
    with ThreadPoolExecutor(3) as threads, CtrlC() as ctrl_c:
        jobs = [threads.submit(others, thread) for thread in range(3)]
        for i in range(count):
            ctrl_c.pressed_while(lambda name=f"mine_{i}": session.lookup(name))
        assert [job.result(LATER) for job in jobs] == [True] * 3
    assert ctrl_c.times
    assert session.generation == 1
    assert [session.function(f"mine_{i}")() for i in range(count)] == list(range(count))
