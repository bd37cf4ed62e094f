"""Removing for real: who is in the way, what is freed, what is told."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from exclave.controller import ExecutorCrash, InUseError, LinkError, UndefinedSymbolsError, connect

LATER = 20.0
F = "define i64 @f() { ret i64 1 }"
G = "declare i64 @f()  define i64 @g() { %x = call i64 @f()  %y = add i64 %x, 10  ret i64 %y }"
H = "declare i64 @g()  define i64 @h() { %x = call i64 @g()  %y = add i64 %x, 100  ret i64 %y }"
WAITS = """
declare i64 @host(i64)
define i64 @waits(i64 %x) { %y = call i64 @host(i64 %x)  %z = add i64 %y, 1  ret i64 %z }
"""


@pytest.fixture(scope="module")
def executor():
    with connect() as handle:
        yield handle


@pytest.fixture
def session(executor):
    with executor.session() as opened:
        yield opened


@pytest.fixture
def chain(session):
    trackers = [session.add_ir(code, name=name) for name, code in (("f", F), ("g", G), ("h", H))]
    assert session.function("h")() == 111
    return trackers


def test_what_others_refer_to_stays_and_they_are_told(session, chain):
    f, g, h = chain
    assert (f.dependents, g.dependents, h.dependents) == (("g",), ("h",), ())
    with pytest.raises(InUseError, match="removing f: h, g refer to it: remove that first") as caught:
        f.remove()
    assert caught.value.dependents == ("h", "g")
    assert pickle.loads(pickle.dumps(caught.value)).dependents == ("h", "g")
    assert session.function("h")() == 111
    for tracker in (h, g, f):
        tracker.remove()
    assert not any(tracker.live for tracker in chain)


def test_all_together(session, chain):
    used = session.stats().zones["code"].payload
    chain[0].remove(cascade=True)
    assert not any(tracker.live for tracker in chain)
    assert session.stats().zones["code"].payload < used
    with pytest.raises(UndefinedSymbolsError):
        session.lookup("g")
    session.add_ir("define i64 @f() { ret i64 5 }")
    assert session.function("f")() == 5


def test_only_what_is_linked_counts(session):
    f = session.add_ir(F)
    session.add_ir(G)
    assert session.function("f")() == 1
    f.remove()  # g was never looked up
    session.add_ir("define i64 @f() { ret i64 2 }")
    assert session.function("g")() == 12


def host_that_waits(session):
    inside, go_on = threading.Event(), threading.Event()

    def host(x):
        inside.set()
        assert go_on.wait(LATER)
        return x

    session.define("host", session.callback(host, "int64_t f(int64_t)"))
    return inside, go_on


@pytest.mark.parametrize("how", ["call", "map", "quick"])
def test_while_a_call_may_be_inside(session, how):
    inside, go_on = host_that_waits(session)
    tracker = session.add_ir(WAITS, name="waits.ll")
    apart = session.add_ir(F)
    session.lookup("f")
    waits = session.function("waits")
    waits.prepare()
    if how == "call":
        waits.forget()
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(lambda: list(waits.map([1, 2])) if how == "map" else waits(7))
        assert inside.wait(LATER)
        with pytest.raises(
            InUseError, match=r"removing waits.ll: a call of waits is running, which may be in it"
        ) as caught:
            tracker.remove()
        assert caught.value.calls == ("waits",)
        assert tracker.live
        with pytest.raises(InUseError):
            tracker.remove(wait=0.05)
        apart.remove()  # the call does not reach it
        removal = threading.Thread(target=tracker.remove, kwargs={"wait": LATER})
        removal.start()
        go_on.set()
        assert call.result(LATER) == ([2, 3] if how == "map" else 8)
        removal.join(LATER)
    assert not tracker.live
    with pytest.raises(UndefinedSymbolsError):
        waits(1)


def test_new_calls_are_refused_while_it_waits_for_old_ones(session):
    inside, go_on = host_that_waits(session)
    tracker = session.add_ir(WAITS)
    waits = session.function("waits")
    with ThreadPoolExecutor(2) as threads:
        call = threads.submit(waits, 7)
        assert inside.wait(LATER)
        removal = threads.submit(tracker.remove, wait=LATER)
        while tracker.live:
            pass
        with pytest.raises(LinkError, match="which defines it, is being removed"):
            waits(1)
        go_on.set()
        assert call.result(LATER) == 8
        removal.result(LATER)


def test_by_force_the_call_traps_and_the_session_comes_back(session):
    inside, go_on = host_that_waits(session)
    tracker = session.add_ir(WAITS, name="waits.ll")
    session.add_ir(F)
    assert session.function("f")() == 1
    waits = session.function("waits")
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(waits, 7)
        assert inside.wait(LATER)
        tracker.remove(force=True)
        go_on.set()
        with pytest.raises(ExecutorCrash, match="freed") as caught:
            call.result(LATER)
        assert caught.value.kind == "signal"
    assert session.function("f")() == 1


def test_from_a_callback_of_a_call_that_is_inside(session):
    tracker = session.add_ir(WAITS)
    session.define("host", session.callback(lambda x: tracker.remove(), "int64_t f(int64_t)"))
    with pytest.raises(InUseError):
        session.function("waits")(1)
    assert tracker.live


def test_callbacks_of_trackers_come_first_and_in_order(session):
    told = []
    session.on_finalized(lambda batch: told.append("session"))
    g, f = session.add_ir(G, name="g"), session.add_ir(F, name="f")
    for tracker in (f, g):
        tracker.on_finalized(lambda batch, name=tracker.name: told.append((name, sorted(batch.units))))
    g.on_finalized(lambda: session.add_ir(H, name="h") and told.append(session.function("h")()))
    assert session.function("g")() == 11
    assert told == [("g", ["f", "g"]), "session", 111, ("f", ["f", "g"]), "session"]


def test_a_callback_that_removes_its_own_unit(session, capsys):
    f = session.add_ir(F)
    f.on_finalized(lambda: f.remove())
    with pytest.raises(UndefinedSymbolsError):
        session.lookup("f")
    assert not f.live
    g = session.add_ir("define i64 @k() { ret i64 1 }")
    g.on_finalized(lambda: 1 // 0)
    assert session.function("k")() == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_removing_and_calling_at_once(session):
    """Each call is made, or refused: none lands in freed code."""
    trackers = {}

    def replace(value):
        if "f" in trackers:
            trackers["f"].remove(wait=LATER)
        trackers["f"] = session.add_ir(f"define i64 @f() {{ ret i64 {value} }}")

    replace(0)
    f = session.function("f")
    over = threading.Event()

    def call():
        results = set()
        while not over.is_set():
            try:
                results.add(f())
            except (LinkError, UndefinedSymbolsError):
                results.add(None)
        return results

    with ThreadPoolExecutor(3) as threads:
        calls = [threads.submit(call) for _ in range(3)]
        try:
            for value in range(1, 60):
                replace(value)
        finally:
            over.set()
        seen = set().union(*(one.result(LATER) for one in calls))
    assert session.generation == 1
    assert len(seen) > 1


def test_a_weak_definition_that_gave_way_is_linked_to_the_strong_one_if_its_unit_uses_it(session):
    session.add_ir(
        "define weak i64 @w() { ret i64 1 }  define i64 @a() { %x = call i64 @w()  ret i64 %x }", name="weak"
    )
    strong = session.add_ir("define i64 @w() { ret i64 2 }", name="strong")
    assert session.function("a")() == 2
    with pytest.raises(InUseError, match="removing strong: weak refers to it"):
        strong.remove()
