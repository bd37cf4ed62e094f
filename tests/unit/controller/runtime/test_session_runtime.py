"""The session runtime runs: real objects of it, in a process of their own, against a caller that knows the lane only."""

import ctypes
import dataclasses
import inspect
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from exclave.controller.compile import CompilePool, CompileRequest, adapter_ir, module_source
from exclave.controller.errors import LinkError
from exclave.controller.runtime import ARCHITECTURES, runtime_sources
from exclave.controller.types import Signature
from support_targets import TARGETS

TESTS = Path(__file__).parents[3]
HOST = TESTS / "support_runtime_host.py"
PROGRAMS = (TESTS / "support_runtime_programs.ll").read_text()
MACHINE = os.uname().machine
ADD, ADD_TEXT = adapter_ir(Signature.parse("i32", ["i32", "i32"]))
VOID_I32, VOID_I32_TEXT = adapter_ir(Signature.parse("void", ["i32"]))


@pytest.fixture(scope="module")
def pool():
    pool = CompilePool()
    yield pool
    pool.close()


def loadable_by_lljit(source):
    """LLJIT has definitions of its own of these three, and no second one can be given: ours get other names."""
    data = source.data
    for name in (b"@atexit", b"@__cxa_atexit", b"@__dso_handle"):
        data = data.replace(name, name.replace(b"@", b"@our_"))
    return dataclasses.replace(source, data=data)


@pytest.fixture(scope="module", params=[0, 2], ids=["O0", "O2"])
def objects(pool, tmp_path_factory, request):
    """Files of the runtime's, the programs' and two adapters' objects."""
    sources = [loadable_by_lljit(source) for source in runtime_sources(MACHINE)]
    sources += [module_source(text, "test") for text in (ADD_TEXT, VOID_I32_TEXT)]
    sources.append(loadable_by_lljit(module_source(PROGRAMS, "programs")))
    folder = tmp_path_factory.mktemp("objects")
    files = [folder / f"{number}.o" for number in range(len(sources))]
    compiled = pool.compile([CompileRequest(source, TARGETS[MACHINE], request.param) for source in sources])
    for file, data in zip(files, compiled, strict=True):
        file.write_bytes(data)
    return files


@pytest.fixture
def run(objects):
    """Runs the body of a function in a host, with its arguments as globals. Returns the finished process."""
    names = re.findall(r"^define (?!internal).*?@(\w+)\(", PROGRAMS, re.MULTILINE)
    names += re.findall(r"^@(\w+) = global", PROGRAMS, re.MULTILINE)
    names += ["exclave_serve", "exclave_lookup", "exclave_run_actions", "exclave_run_main", ADD, VOID_I32]
    names += ["exclave_peek", "exclave_poke", "exclave_flush_code"]
    names += ["exclave_run_exit_handlers", "exclave_run_initializers", "exclave_run_finalizers", "exit"]

    def run_body(function, expected_exit=0, **constants):
        body = textwrap.dedent(inspect.getsource(function).partition("\n")[2])
        constants |= {"ADD": ADD, "VOID_I32": VOID_I32}
        text = "".join(f"{name} = {value!r}\n" for name, value in constants.items()) + body
        done = subprocess.run(
            [sys.executable, HOST, *objects],
            input=text,
            text=True,
            capture_output=True,
            timeout=60,
            env=os.environ | {"EXPORTS": " ".join(names)},
        )
        assert done.returncode == expected_exit, done.stderr
        return done

    return run_body


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("opt", [0, 2])
def test_it_compiles_for_every_architecture(pool, architecture, opt):
    machines = {"x86_64": 62, "aarch64": 183, "riscv64": 243}
    sources = runtime_sources(architecture)
    assert len(sources) == 18
    for data in pool.compile([CompileRequest(source, TARGETS[architecture], opt) for source in sources]):
        assert int.from_bytes(data[18:20], "little") == machines[architecture]


def test_what_it_exports_and_needs(pool):
    interfaces = [pool.scan(source) for source in runtime_sources("x86_64")]
    defined = {symbol.name for interface in interfaces for symbol in interface.definitions if not symbol.hidden}
    assert defined == {
        "exclave_serve", "exclave_lookup", "exclave_run_actions", "exclave_flush_code", "exclave_run_main", "exclave_run_exit_handlers",
        "exclave_callback", "exclave_jit_dispatch", "exclave_peek", "exclave_poke", "exclave_run_initializers", "exclave_run_finalizers", "exclave_resolve_ifuncs", "exit", "atexit", "__cxa_atexit", "__dso_handle",
        "exclave_near_stdin", "exclave_near_stdout", "exclave_near_stderr", "exclave_lazy_entry",
    }  # fmt: skip
    hidden = {symbol.name for interface in interfaces for symbol in interface.definitions if symbol.hidden}
    needed = {name for interface in interfaces for name in interface.references}
    assert needed - defined - hidden == {
        "__errno_location", "__fpurge", "_exit", "_setjmp", "clearerr_unlocked", "dlsym", "exclave_dispatch_lane", "exclave_fault_record", "fflush",
        "free", "ftrylockfile", "getauxval", "longjmp", "malloc", "memcpy", "memmove", "memset", "pthread_getspecific",
        "pthread_key_create", "pthread_mutex_lock", "pthread_mutex_unlock", "pthread_once", "pthread_setspecific",
        "raise", "sigaction", "sigaltstack", "stderr", "stdin", "stdout", "strlen", "syscall",
    }  # fmt: skip


def test_an_architecture_without_a_runtime():
    with pytest.raises(LinkError, match=r"no session runtime for sparc.*x86_64, aarch64, riscv64"):
        runtime_sources("sparc")


def test_calls(run):
    def scenario(host, ADD):
        lane = host.lane()
        for i in range(1000):
            status, _, result = lane.call(host.address(ADD), host.address("add"), i, 2)
            assert (status, result) == (0, i + 2)

    run(scenario)


def test_a_lane_that_spins_looks_a_bounded_number_of_times_and_sleeps_then(run):
    def scenario(host, ADD):
        lane = host.lane(spin=0xFFFFFFFF)
        assert lane.call(host.address(ADD), host.address("add"), 1, 2)[2] == 3
        while not lane.worker_sleeping.value:
            os.sched_yield()
        assert lane.call(host.address(ADD), host.address("add"), 3, 4)[2] == 7

    run(scenario)


def test_sequence_numbers_wrap(run):
    def scenario(host, ADD):
        lane = host.lane(sequence=0xFFFFFFFC)
        lane.reply.value = 0xFFFFFFFC
        for i in range(8):
            assert lane.call(host.address(ADD), host.address("add"), i, 1)[2] == i + 1
        assert lane.sequence == 4

    run(scenario)


def test_lanes_do_not_wait_for_each_other(run):
    def scenario(host, ADD):
        slow, fast = host.lane(), host.lane()
        slow.post(host.address(ADD), host.address("waits_at_the_gate"))
        assert fast.call(host.address(ADD), host.address("add"), 20, 1)[2] == 21
        ctypes.c_uint32.from_address(host.address("gate")).value = 5
        assert slow.wait()[2] == 5

    run(scenario)


def test_exit_ends_the_call_and_the_lane_goes_on(run):
    def scenario(host, ADD, VOID_I32):
        lane = host.lane()
        for code in (0, 7, -1, 0x7FFFFFFF):
            assert lane.call(host.address(VOID_I32), host.address("exits"), code)[:2] == (1, code)
            assert lane.call(host.address(ADD), host.address("add"), 1, 2) == (0, 0, 3)

    assert run(scenario).stdout == "unflushed " * 4


@pytest.mark.parametrize("function", ["prints", "exits"])
def test_what_was_printed_is_out_before_the_reply(run, function):
    def scenario(host, VOID_I32, FUNCTION):
        lane = host.lane()
        reader, writer = os.pipe()
        os.dup2(writer, 1)
        lane.call(host.address(VOID_I32), host.address(FUNCTION), 0)
        os.set_blocking(reader, False)
        assert os.read(reader, 100) == b"unflushed "

    run(scenario, FUNCTION=function)


def test_main_gets_its_arguments_and_its_exit_handlers_run_last_to_first(run):
    def scenario(host):
        lane = host.lane()
        status, _, result = host.run_main(lane, "main", "prog", "arg")
        assert (status, result) == (0, 3)
        assert host.trace() == [77, 2, 1]
        assert host.run_main(lane, "main", "prog", "again")[2] == 3
        assert host.trace() == [77, 2, 1]

    handlers = "handler 77\nhandler 2\nhandler 1\n"
    assert run(scenario).stdout == f"main 2 prog arg env\n{handlers}main 2 prog again env\n{handlers}"


def test_exit_in_main_runs_its_handlers_and_a_handler_that_exits_has_the_last_word(run):
    def scenario(host):
        lane = host.lane()
        assert host.run_main(lane, "main_that_exits", "prog")[:2] == (1, 9)
        assert host.trace() == [2, 99, 1]
        assert host.run_main(lane, "main", "prog", "arg")[2] == 3

    run(scenario)


def test_handlers_that_register_handlers(run):
    def scenario(host):
        lane = host.lane()
        status, _, result = host.run_main(lane, "main_that_registers_late", "prog")
        assert (status, ctypes.c_int64(result).value) == (0, -1)
        assert host.trace() == [50, 51, 1]

    run(scenario)


def test_mains_nest(run):
    def scenario(host):
        lane = host.lane()
        assert host.run_main(lane, "outer", "prog")[::2] == (0, 10)
        assert host.trace() == [2, 20, 3, 1]
        assert host.run_main(lane, "outer_of_one_that_exits", "prog")[:2] == (1, 21)
        assert host.trace() == [2, 1]

    run(scenario)


def test_handlers_registered_outside_of_main_run_when_the_session_closes(run):
    def scenario(host, VOID_I32):
        lane, other = host.lane(), host.lane()
        lane.call(host.address(VOID_I32), host.address("register"), 31)
        other.call(host.address(VOID_I32), host.address("register"), 32)
        host.run_main(lane, "main", "prog", "arg")
        lane.call(host.address(VOID_I32), host.address("exits"), 1)
        assert host.trace() == [77, 2, 1]
        lane.call(host.address("exclave_run_actions"), 0, 1, 0, 0, host.address("exclave_run_exit_handlers"), 0)
        assert host.trace() == [32, 31]

    run(scenario)


def test_exit_in_a_thread_that_is_no_lanes_ends_the_process(run):
    def scenario(host, VOID_I32):
        host.lane().call(host.address(VOID_I32), host.address("exits_in_a_thread"), 0)

    assert run(scenario, expected_exit=5).stdout == "unflushed "


def test_lookup(run):
    def scenario(host):
        lane = host.lane()
        names = b"getpid\0nosuchsymbol\0strlen\0"
        padded = names.ljust(-(-len(names) // 8) * 8, b"\0")
        words = [int.from_bytes(padded[i : i + 8], "little") for i in range(0, len(padded), 8)]
        lane.call(host.address("exclave_lookup"), 0, 3, 0xBAD, 0xBAD, 0xBAD, *words)
        process = ctypes.CDLL(None)
        expected = [ctypes.cast(f, ctypes.c_void_p).value for f in (process.getpid, process.strlen)]
        assert [lane.slots[1], lane.slots[3]] == expected
        assert lane.slots[2] == 0

    run(scenario)


def test_actions_run_in_order_and_stop_at_the_first_checked_failure(run):
    def scenario(host):
        lane = host.lane()
        f, run_actions = host.address("action"), host.address("exclave_run_actions")
        records = [(f, 0, 1, 2, 3, 4), (0, 1, 9, 9, 9, 9), (f, 1, 5, 0, 0, 0), (f, 1, 6, 0, 0, 8), (f, 0, 7, 0, 0, 0)]
        lane.call(run_actions, 0, len(records), 99, 99, *(word for record in records for word in record))
        assert list(lane.slots[1:3]) == [3, 8]
        assert host.trace() == [1009, 5000, 6008]
        lane.call(run_actions, 0, 0, 99, 99)
        assert list(lane.slots[1:3]) == [0, 0]

    run(scenario)


@pytest.mark.parametrize("ranges", [0, 1, 3])
def test_code_is_flushed_and_the_barrier_says_whether_it_was_there(run, ranges):
    def scenario(host, RANGES):
        import ctypes

        lane = host.lane()
        flush_code = host.address("exclave_flush_code")
        places = [flush_code, flush_code + 100] * RANGES
        lane.call(flush_code, 0, RANGES, 99, *places)
        assert lane.slots[1] == 1, "EPERM: nobody has registered"
        libc = ctypes.CDLL(None, use_errno=True)
        number = 324 if os.uname().machine == "x86_64" else 283
        assert libc.syscall(number, 1 << 6, 0, 0) == 0
        lane.call(flush_code, 0, RANGES, 99, *places)
        assert lane.slots[1] == 0

    run(scenario, RANGES=ranges)


def test_initializers_run_both_ways_with_empty_strings_and_skip_padding(run):
    def scenario(host):
        lane = host.lane()
        first = host.address("initializers")
        for name in ("exclave_run_initializers", "exclave_run_finalizers"):
            for backward, order in ((0, [1, 2]), (1, [2, 1])):
                record = (host.address(name), 1, first, first + 32, backward, 0)
                lane.call(host.address("exclave_run_actions"), 0, 1, 99, 99, *record)
                assert list(lane.slots[1:3]) == [1, 0]
                assert host.trace() == order
        lane.call(host.address("exclave_run_actions"), 0, 1, 9, 9, host.address(name), 1, first, first, 1, 0)
        assert host.trace() == []

    run(scenario)


def test_a_callback_is_resumed_with_its_result(run):
    def scenario(host, ADD):
        lane = host.lane()
        status, _, _ = lane.call(host.address(ADD), host.address("calls_back"), 7, 41)
        assert (status, lane.callback.value, lane.slots_size.value) == (2, 7, 16)
        offset = lane.slots_offset.value
        assert offset == lane.frame_end.value
        assert lane.words(offset)[0] == 41
        assert lane.resume(99) == (0, 0, 100)
        assert lane.call(host.address(ADD), host.address("add"), 1, 2) == (0, 0, 3)

    run(scenario)


def test_calls_nest_in_both_directions(run):
    def scenario(host, ADD):
        lane = host.lane()
        depth, offsets = 12, []

        def call_back(argument):
            end = lane.slots_offset.value + lane.slots_size.value if offsets else 0xF0
            return lane.call(host.address(ADD), host.address("calls_back"), 1, argument, frame=end)

        for argument in range(depth):
            assert call_back(argument)[0] == 2
            offsets.append(lane.slots_offset.value)
        assert offsets == sorted(set(offsets))
        for argument in reversed(range(depth)):
            lane.slots_offset.value = offsets[argument]
            assert lane.resume(argument)[0] == 0
            frame = 0xF0 if not argument else offsets[argument - 1] + 16
            assert lane.words(frame + 16)[0] == argument + 1
        assert lane.call(host.address(ADD), host.address("add"), 1, 2) == (0, 0, 3)

    run(scenario)


def test_an_exception_over_there_abandons_the_innermost_call_only(run):
    def scenario(host, ADD):
        lane = host.lane()
        assert lane.call(host.address(ADD), host.address("calls_back"), 1, 0)[0] == 2
        outer = lane.slots_offset.value
        assert lane.call(host.address(ADD), host.address("calls_back"), 2, 0, frame=outer + 16)[0] == 2
        assert lane.unwind()[0] == 3
        lane.slots_offset.value = outer
        assert lane.resume(5) == (0, 0, 6)
        assert lane.call(host.address(ADD), host.address("calls_back"), 1, 0)[0] == 2
        assert lane.slots_offset.value == outer
        assert lane.unwind()[0] == 3
        assert lane.call(host.address(ADD), host.address("add"), 1, 2) == (0, 0, 3)

    run(scenario)


def test_exit_in_a_nested_call_ends_that_call_only(run):
    def scenario(host, ADD, VOID_I32):
        lane = host.lane()
        assert lane.call(host.address(ADD), host.address("calls_back"), 1, 0)[0] == 2
        outer = lane.slots_offset.value
        assert lane.call(host.address(VOID_I32), host.address("exits"), 4, frame=outer + 16)[:2] == (1, 4)
        assert lane.resume(5) == (0, 0, 6)

    run(scenario)


def test_a_main_that_is_abandoned_runs_no_handlers_and_leaves_none(run):
    def scenario(host):
        lane = host.lane()
        assert host.run_main(lane, "main_that_calls_back", "prog")[0] == 2
        assert lane.unwind()[0] == 3
        assert host.trace() == []
        assert host.run_main(lane, "main_that_calls_back", "prog")[0] == 2
        assert lane.resume(2) == (0, 0, 3)
        assert host.trace() == [60]

    run(scenario)


@pytest.mark.parametrize("size", [65536, 65265, 0x7FFFFFFF, -1, -16])
def test_a_callback_for_which_there_is_no_room(run, size):
    def scenario(host, ADD, SIZE):
        lane = host.lane()
        assert lane.call(host.address(ADD), host.address("calls_back_with_too_much"), 1, SIZE)[0] == 4
        assert lane.call(host.address(ADD), host.address("add"), 1, 2) == (0, 0, 3)

    run(scenario, SIZE=size)


def test_slots_that_just_fit(run):
    def scenario(host, ADD):
        lane = host.lane()
        call = (host.address(ADD), host.address("calls_back_with_too_much"))
        assert lane.call(*call, 1, 65536 - 0x110)[0] == 2
        assert lane.slots_offset.value + lane.slots_size.value == 65536
        assert lane.resume()[0] == 0
        assert lane.call(*call, 1, 65536 - 0x10F)[0] == 4

    run(scenario)


def test_callbacks_from_threads_that_serve_no_lane_come_through_the_dispatch_lane(run):
    def scenario(host):
        dispatch = host.dispatch_lane()
        for number in range(5):
            host.thread("calls_back_elsewhere", 30 + number)
            assert dispatch.wait()[0] == 2
            assert dispatch.callback.value == 8
            assert dispatch.words(dispatch.slots_offset.value)[0] == 30 + number
            noted = ctypes.c_uint64.from_address(host.address("noted"))
            dispatch.words(dispatch.slots_offset.value)[0] = 100 + number
            dispatch.post_message(1 if number != 3 else 2)
            expected = 101 + number if number != 3 else 1
            while noted.value != expected:
                os.sched_yield()

    run(scenario)


def test_callbacks_from_a_control_lane_come_through_the_dispatch_lane(run):
    def scenario(host, ADD):
        control, dispatch = host.lane(), host.dispatch_lane()
        control.post(host.address(ADD), host.address("calls_back"), 3, 8, kind=3)
        assert dispatch.wait()[0] == 2
        dispatch.words(dispatch.slots_offset.value)[0] = 70
        dispatch.post_message(1)
        assert control.wait() == (0, 0, 71)

    run(scenario)


@pytest.mark.parametrize("size", [0, 1, 8191, 8192, 8193, 20000])
@pytest.mark.parametrize("answer", [0, 1, 8192, 20000])
def test_jit_dispatch_sends_and_takes_pieces(run, size, answer):
    def scenario(host, ADD, SIZE, ANSWER):
        lane = host.lane()
        text = bytes(i % 251 for i in range(SIZE))
        ctypes.memmove(host.address("message"), text, SIZE)
        result = bytes(i % 7 for i in range(ANSWER))
        got, sent = b"", 0
        status = lane.call(host.address(ADD), host.address("dispatches"), 77, SIZE)[0]
        while status == 2:
            place = lane.slots_offset.value
            operation, tag, total, offset, count = lane.words(place, 5)
            assert (lane.callback.value, tag) == (0, 77)
            if operation == 0:
                assert (total, offset) == (SIZE, len(got))
                got += lane.bytes(place + 40, count)
            else:
                assert offset == sent
            piece = result[sent : sent + 8192] if len(got) == SIZE else b""
            sent += len(piece)
            ctypes.memmove(lane.address + place + 40, piece, len(piece))
            status = lane.resume(0, 0, ANSWER, 0, len(piece))[0]
        assert got == text
        assert (status, lane.slots[0]) == (0, sum(result))

    run(scenario, SIZE=size, ANSWER=answer)


def test_memory_that_no_zone_has_is_read_and_written(run):
    def scenario(host):
        lane = host.lane()
        memory = ctypes.create_string_buffer(b"some text")
        place = ctypes.addressof(memory)
        assert lane.call(host.address("exclave_peek"), 0, place, 9)[0] == 0
        assert lane.bytes(0x100, 9) == b"some text"
        lane.call(host.address("exclave_poke"), 0, place + 5, 4, int.from_bytes(b"more", "little"))
        assert memory.value == b"some more"

    run(scenario)


def test_a_message_that_resumes_nothing_ends_the_worker(run):
    def scenario(host):
        lane = host.lane()
        lane.post_message(2)
        lane.wait()

    run(scenario, expected_exit=72)
