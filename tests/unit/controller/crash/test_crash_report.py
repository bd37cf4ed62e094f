"""Whatever a record says there is a report, of bounded size; what addresses are called."""

import pickle
from pathlib import Path
from types import SimpleNamespace

import pytest
from exclave.controller.crash.addresses import AddressBook
from exclave.controller.crash.code_map import CodeMap
from exclave.controller.crash.explainer import CrashExplainer
from exclave.controller.crash.report import MAX_SHOWN_FRAMES, CrashReport, Frame, report_crash
from exclave.controller.errors import ExecutorCrash
from exclave.controller.link import LinkInput, LinkOptions, link, parse_object
from exclave.controller.model import Fault, WorkerExit, ZoneRange
from hypothesis import given, settings
from hypothesis import strategies as st
from support_elf import allocate

OBJECT = (Path(__file__).parents[3] / "golden" / "crash" / "crashes.o").read_bytes()
WORD = st.integers(0, (1 << 64) - 1)
END = WorkerExit("signal", 11, 0, "the worker died of SIGSEGV (segmentation fault)")
ZONES = {"data": ZoneRange("data", 0x7000_0000, 0x1000_0000)}


def fault(**changes):
    facts = {"signal": 11, "code": 1, "address": 8, "system_call": 0, "registers": (0,) * 23, "lane": 1, "entry": 0}
    facts |= {"function": 0, "slots": b"", "stack_address": 0, "stack": b""}
    return Fault(**facts | changes)


@pytest.fixture(scope="module")
def linked():
    graph = parse_object(OBJECT, "crashes.o")
    return link([LinkInput(graph, 0)], LinkOptions(), lambda names: dict.fromkeys(names, 0x7F0000001000), allocate)


@pytest.fixture
def unit():
    return SimpleNamespace(name="crashes.o", state="live")


@pytest.fixture
def book(linked, unit):
    code = CodeMap()
    code.add(linked, [unit])
    return AddressBook(code, ZONES)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_record_has_a_report(linked, data):
    code = CodeMap()
    code.add(linked, [SimpleNamespace(name="crashes.o", state=data.draw(st.sampled_from(["live", "removed"])))])
    near = st.sampled_from([*linked.symbols.values()]).map(lambda address: address + 4)
    word = WORD | near | st.just(0x7F0000000000)
    stack = b"".join(w.to_bytes(8, "little") for w in data.draw(st.lists(word, max_size=30)))
    record = fault(
        signal=data.draw(st.integers(-(2**31), 2**31 - 1) | st.sampled_from([4, 5, 6, 7, 8, 11, 31])),
        code=data.draw(st.integers(-(2**31), 2**31 - 1) | st.sampled_from([1, 2, 128])),
        address=data.draw(word),
        registers=tuple(data.draw(st.lists(word, max_size=40))),
        stack_address=data.draw(word),
        stack=stack,
    )
    report = report_crash(
        END, record, AddressBook(code, ZONES), data.draw(st.sampled_from(["x86_64", "aarch64", "riscv64"]))
    )
    assert len(report.text.splitlines()) < MAX_SHOWN_FRAMES + 10
    assert len(report.registers_text) < 4096


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (0, "null"),
        (0x18, "null+0x18"),
        (1 << 63, "no address that a process can have"),
        (0x7000_0010, "the data zone, which cannot be executed, where nothing lies"),
        (0x1234_5678_9ABC, "outside of the session's zones"),
    ],
)
def test_addresses_of_nothing(book, address, text):
    assert text in book.explain(address)


def test_addresses_of_something(book, linked, unit):
    symbols = linked.symbols
    assert book.explain(symbols["tab"] + 8) == "read-only data `tab`+0x8"
    assert book.explain(symbols["words"]) == "data `words`"
    assert book.explain(symbols["middle"] + 1) == "code `middle`+0x1"
    unit.state = "removed"
    assert book.explain(symbols["middle"]) == "freed code `middle`: crashes.o was removed"


def test_what_lives_is_found_before_what_was_removed(linked):
    code = CodeMap()
    code.add(linked, [SimpleNamespace(name="new", state="live")])
    code.add(linked, [SimpleNamespace(name="old", state="removed")])
    assert code.find(linked.symbols["tab"]).unit == "new"


def test_recursion_is_told_by_its_number_and_deep_stacks_are_cut():
    same, others = Frame(1, "f", 2, "u"), [Frame(i, f"g{i}", 0, "u") for i in range(100)]
    text = CrashReport("SIGSEGV", "", "", {}, (same,) * 500).text
    assert text.splitlines()[-2:] == ["  f+0x2", "  ... and 499 more of this frame"]
    assert CrashReport("SIGSEGV", "", "", {}, tuple(others)).text.splitlines()[-1] == "  ... and 68 more"


def crash(text="call f: the worker died of SIGSEGV (segmentation fault); it was at element 3"):
    return ExecutorCrash(text, kind="signal", signal=11, ending=END.message)


def test_an_exception_is_explained_once_and_pickles(book):
    explainer = CrashExplainer(book, "x86_64", lambda: "one\ntwo\n")
    end = WorkerExit(END.kind, 11, 0, END.message, fault())
    error, again = crash(), crash("later: the worker died of SIGSEGV (segmentation fault)")
    for one in (error, error, again):
        explainer.explain(one, end)
    assert str(error).startswith("call f: SIGSEGV (segmentation fault): read of 0x8: null+0x8; it was at element 3\n")
    assert str(again).startswith("later: SIGSEGV (segmentation fault): read of 0x8: null+0x8\n")
    assert error.__notes__[-1] == "printed last to stderr:\n  one\n  two"
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), copied.backtrace, copied.registers) == (str(error), error.backtrace, error.registers)


def test_an_end_without_a_record_has_its_output(book):
    error = ExecutorCrash("call f: the worker was ended", kind="deadline", ending="the worker was ended")
    CrashExplainer(book, "x86_64", lambda: "last words").explain(error, None)
    assert str(error) == "call f: the worker was ended"
    assert error.stderr_tail == "last words"
