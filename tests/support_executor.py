"""For tests of the executor without the controller: a daemon process, a thin caller, a tiny session runtime.

The runtime is IR, compiled with llvmlite to position-independent code without relocations; the addresses of
the functions that it needs of libc are written into it as constants: the executor says them when a session is
opened.
"""

from __future__ import annotations

import os
import queue
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import grpc
import llvmlite.binding as llvm
from elftools.elf.elffile import ELFFile
from exclave.v1 import (
    capabilities_pb2_grpc,
    common_pb2,
    execution_pb2,
    execution_pb2_grpc,
    memory_pb2,
    memory_pb2_grpc,
    session_pb2,
    session_pb2_grpc,
)
from support_plans import plan_message, results_of

CODE, READONLY, DATA, LANES = 1, 2, 3, 4
LANE_SIZE = 65536
BOOTSTRAP = (
    "syscall", "dlsym", "fflush", "stdout", "printf", "puts", "memcpy", "memset", "_setjmp", "longjmp",
    "pthread_create", "pthread_join", "no_such_symbol_anywhere",
)  # fmt: skip
STATE_SIZE = 1 << 20  # at the end of the data zone: what the runtime remembers of its lanes

RUNTIME = Path(__file__).with_name("support_executor_runtime.ll")


def compile_runtime(bootstrap: Mapping[str, int], state: int) -> tuple[bytes, dict[str, int]]:
    """The runtime's bytes and the offsets of its functions; `state` is where it keeps its variables."""
    text = RUNTIME.read_text().replace("@STATE@", str(state))
    for name in BOOTSTRAP:
        text = text.replace(f"@{name.upper()}@", str(bootstrap[name]))
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_triple("x86_64-unknown-linux-gnu").create_target_machine(
        opt=1, reloc="pic", codemodel="small"
    )
    module = llvm.parse_assembly(text)
    module.verify()
    elf = ELFFile(BytesIO(machine.emit_object(module)))
    assert elf.get_section_by_name(".rela.text") is None
    code = elf.get_section_by_name(".text")
    index = elf.get_section_index(".text")
    symbols = elf.get_section_by_name(".symtab").iter_symbols()
    return code.data(), {s.name: s["st_value"] for s in symbols if s.name and s["st_shndx"] == index}


class Daemon:
    """A daemon process."""

    def __init__(self, process: subprocess.Popen[bytes], address: str, options=()) -> None:
        self.process = process
        self.address = address
        self.channel = grpc.insecure_channel(address, options=options)
        self.capabilities = capabilities_pb2_grpc.CapabilitiesServiceStub(self.channel)
        self.sessions = session_pb2_grpc.SessionServiceStub(self.channel)
        self.memory = memory_pb2_grpc.MemoryServiceStub(self.channel)
        self.execution = execution_pb2_grpc.ExecutionServiceStub(self.channel)

    @contextmanager
    def session(self, **fields) -> Iterator[Session]:
        session = Session(self, **fields)
        try:
            yield session
        finally:
            session.leave()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.channel.close()
        self.process.send_signal(number)
        return self.process.wait(20)


def daemon_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "exclave.executor", *arguments]


def start_process(
    arguments: Sequence[str], command: Sequence[str] = (), pass_fds: Sequence[int] = (), **options
) -> tuple[subprocess.Popen[bytes], str]:
    """Starts a daemon and waits for its READY line; an empty one says that it ended."""
    read, write = os.pipe()
    flags = ["--ready-fd", str(write)]
    process = subprocess.Popen(
        [*(command or daemon_command()), *arguments, *flags], pass_fds=[write, *pass_fds], **options
    )
    os.close(write)
    with os.fdopen(read) as ready:
        line = ready.readline()
    return process, line.strip().removeprefix("READY ")


@contextmanager
def running_daemon(directory: Path, *arguments: str, **options) -> Iterator[Daemon]:
    socket = directory / "executor.sock"
    process, address = start_process(["--listen", f"unix:{socket}", *arguments], **options)
    assert address == f"unix:{socket}"
    daemon = Daemon(process, address)
    try:
        yield daemon
    finally:
        if process.poll() is None:
            daemon.stop()
        process.wait(20)


@contextmanager
def running(process: subprocess.Popen[bytes], address: str) -> Iterator[Daemon]:
    """A daemon that was started with its stderr in a pipe; it ends well at the end."""
    daemon = Daemon(process, address)
    try:
        yield daemon
    finally:
        status = daemon.stop()
        finish(process)
    assert status == 0


def finish(process: subprocess.Popen[bytes]) -> str:
    """What a process printed to its stderr, until its end."""
    _, err = process.communicate(timeout=20)
    return err.decode()


class Session:
    """A session as a controller has it: lease, events, memory by hand."""

    def __init__(
        self, daemon: Daemon, reservation: int = 64 << 20, lanes: int = 2, symbols=BOOTSTRAP, threads: int = 0
    ):
        self.daemon = daemon
        self.lanes = lanes
        request = session_pb2.OpenSessionRequest(
            reservation_size=reservation, lanes=lanes, bootstrap_symbols=symbols, threads=threads
        )
        self.lease = daemon.sessions.OpenSession(request)
        self.opened = next(self.lease).opened
        self.token = self.opened.session_token
        self.pid = self.opened.worker_pid
        self.zones = {zone.zone: zone for zone in self.opened.zones}
        self.bootstrap = dict(zip(symbols, self.opened.bootstrap_addresses, strict=True))
        self.events: queue.Queue = queue.Queue()
        self.output = b""
        self.exited = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            for event in self.lease:
                self.events.put(event)
        except grpc.RpcError as error:
            self.events.put(error)
        self.events.put(None)

    def leave(self) -> None:
        self.lease.cancel()
        self._reader.join(10)

    def wait_output(self, position: int) -> bytes:
        """What was printed up to a position."""
        while len(self.output) < position:
            self.output += self.events.get(timeout=20).output.data
        return self.output

    def wait_exit(self):
        """Takes events to the end of the lease."""
        while (event := self.events.get(timeout=20)) is not None:
            if isinstance(event, Exception):
                raise event
            if event.WhichOneof("event") == "output":
                self.output += event.output.data
            else:
                self.exited = event.exited.worker_exit
        return self.exited

    # memory

    def initialize(self, allocations, contents: bytes | Sequence[bytes] = b"", key: bytes = b"", token=None):
        """allocations: [(segments, actions)]; segment: (zone, offset, size, content_size)."""
        plan = plan_message(token or self.token, [(self._placed(one), pairs) for one, pairs in allocations], key)
        chunks = [contents] if isinstance(contents, bytes) else contents
        requests = [memory_pb2.InitializeRequest(plan=plan)]
        requests += [memory_pb2.InitializeRequest(chunk=chunk) for chunk in chunks if chunk]
        return results_of(self.daemon.memory.Initialize(iter(requests)))

    def _placed(self, segments) -> list[tuple[int, int, int, int]]:
        bases = {zone: place.address for zone, place in self.zones.items()}
        return [(bases.get(zone, 0) + offset, size, content, zone) for zone, offset, size, content in segments]

    def load(self, zone: int, offset: int, content: bytes, size: int = 0) -> int:
        (result,) = self.initialize([([(zone, offset, size or len(content), len(content))], [])], content)
        return result.allocation_id

    def deinitialize(self, *ids: int):
        request = memory_pb2.DeinitializeRequest(session_token=self.token, allocation_ids=ids)
        return list(self.daemon.memory.Deinitialize(request).failures)

    def write_slots(self, *slots: tuple[int, int], token=None) -> None:
        pairs = [memory_pb2.Slot(address=address, value=value) for address, value in slots]
        request = memory_pb2.WriteSlotsRequest(session_token=token or self.token, slots=pairs)
        self.daemon.memory.WriteSlots(request, timeout=20)

    def read(self, address: int, size: int) -> bytes:
        return b"".join(self.read_chunks((address, size)))

    def read_chunks(self, *ranges: tuple[int, int]) -> list[bytes]:
        request = memory_pb2.ReadMemoryRequest(session_token=self.token, ranges=ranges_of(*ranges))
        return [response.chunk for response in self.daemon.memory.ReadMemory(request)]

    def write(self, address: int, *chunks: bytes, size: int | None = None) -> None:
        self.write_ranges([(address, sum(map(len, chunks)) if size is None else size)], *chunks)

    def write_ranges(self, ranges: Sequence[tuple[int, int]], *chunks: bytes) -> None:
        first = memory_pb2.WriteMemoryRequest(
            session_token=self.token, ranges=ranges_of(*ranges), chunk=chunks[0] if chunks else b""
        )
        rest = [memory_pb2.WriteMemoryRequest(chunk=chunk) for chunk in chunks[1:]]
        self.daemon.memory.WriteMemory(iter([first, *rest]))

    # execution

    def start(self) -> Session:
        data = self.zones[DATA]
        code, offsets = compile_runtime(self.bootstrap, data.address + data.size - STATE_SIZE)
        base = self.zones[CODE].address
        self.runtime_id = self.load(CODE, 0, code)
        self.at = {name: base + offset for name, offset in offsets.items()}
        self.enter()
        return self

    def enter(self, **changes) -> None:
        points = {
            "serve": self.at["exclave_serve"],
            "lookup": self.at["exclave_lookup"],
            "run_actions": self.at["exclave_run_actions"],
            "flush_code": self.at["exclave_flush_code"],
        }
        request = execution_pb2.StartRuntimeRequest(session_token=self.token, **(points | changes))
        self.daemon.execution.StartRuntime(request)

    def lookup(self, *names: str) -> list[int]:
        request = execution_pb2.LookupSymbolsRequest(session_token=self.token, names=names)
        return list(self.daemon.execution.LookupSymbols(request).addresses)

    def request(self, function: int | str, *arguments: int, entry: str = "adapter", timeout=None, slots=None):
        address = self.at[function] if isinstance(function, str) else function
        packed = struct.pack(f"<{len(arguments)}Q", *(a % 2**64 for a in arguments)) if slots is None else slots
        request = execution_pb2.ConverseRequest.Call(
            entry=self.at[entry], function=address, slots=packed, result_size=8
        )
        if timeout is not None:
            request.timeout.FromNanoseconds(int(timeout * 1e9))
        return request

    def talk(self, dispatch: bool = False, **options) -> Talk:
        """A conversation, of which the first response has come."""
        return Talk(self, dispatch, **options).begin()

    def send(self, request, **options):
        """One call in a conversation of its own: how it returned."""
        talk = Talk(self, last=request, **options).begin()
        response = talk.take()
        assert talk.take() is None
        return getattr(response, response.WhichOneof("response"))

    def call_raw(self, function, *arguments: int, **options):
        return self.send(self.request(function, *arguments, **options))

    def call(self, function, *arguments: int, **options) -> int:
        (result,) = struct.unpack("<q", self.call_raw(function, *arguments, **options).result)
        return result

    @property
    def dispatch_lane(self) -> int:
        return self.zones[LANES].address + (self.lanes + 1) * LANE_SIZE

    def end_worker(self, cause=common_pb2.EXIT_CAUSE_DEADLINE, message: str = ""):
        request = execution_pb2.EndWorkerRequest(session_token=self.token, cause=cause, message=message)
        return self.daemon.execution.EndWorker(request).worker_exit

    def drain(self) -> int:
        request = execution_pb2.DrainOutputRequest(session_token=self.token)
        return self.daemon.execution.DrainOutput(request).output_position


def ranges_of(*ranges: tuple[int, int]) -> list[memory_pb2.MemoryRange]:
    return [memory_pb2.MemoryRange(address=address, size=size) for address, size in ranges]


class Stream:
    """A stream of requests one by one, and of responses."""

    def __init__(self, method, *requests, **options) -> None:
        self._requests: queue.Queue = queue.Queue()
        for request in requests:
            self._requests.put(request)
        self.responses = method(iter(self._requests.get, None), **options)

    def send(self, request) -> None:
        self._requests.put(request)

    def close(self) -> None:
        """Half-closes."""
        self._requests.put(None)

    def take(self):
        """The next response, None at a good end."""
        return next(self.responses, None)

    def cancel(self) -> None:
        self.responses.cancel()
        self.close()

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()


class Talk(Stream):
    """A conversation."""

    def __init__(self, session: Session, dispatch: bool = False, last=None, wait=None, **options) -> None:
        begin = execution_pb2.ConverseRequest.Begin(session_token=session.token, dispatch=dispatch)
        if wait is not None:
            begin.timeout.FromNanoseconds(int(wait * 1e9))
        super().__init__(session.daemon.execution.Converse, execution_pb2.ConverseRequest(begin=begin), **options)
        self._session = session
        if last is not None:
            self.send(execution_pb2.ConverseRequest(call=last))
            self.close()

    def begin(self) -> Talk:
        assert self.take().WhichOneof("response") == "began"
        return self

    def answer(self):
        response = self.take()
        return getattr(response, response.WhichOneof("response"))

    def post(self, function, *arguments: int, **options) -> None:
        self.send(execution_pb2.ConverseRequest(call=self._session.request(function, *arguments, **options)))

    def call(self, function, *arguments: int, **options):
        self.post(function, *arguments, **options)
        return self.answer()

    def resume(self, *slots: int):
        self.send(execution_pb2.ConverseRequest(resume={"slots": struct.pack(f"<{len(slots)}q", *slots)}))
        return self.answer()

    def unwind(self):
        self.send(execution_pb2.ConverseRequest(unwind={}))
        return self.answer()


def error_detail(error: grpc.RpcError) -> common_pb2.ErrorDetail:
    metadata = dict(error.trailing_metadata() or ())
    return common_pb2.ErrorDetail.FromString(metadata["exclave-error-bin"])


def process_gone(pid: int, timeout: float = 10.0) -> bool:
    """Waits for the end of any process."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], timeout)[0])
    finally:
        os.close(fd)


def wait_until(condition, timeout: float = 10.0) -> bool:
    """For states that nothing announces: looks again until it is so."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def zygote_of(daemon: int) -> int:
    """The daemon's zygote, once it runs: what starts it in its namespaces is there before, and gone then."""

    def found() -> list[int]:
        names = {child: Path(f"/proc/{child}/comm").read_text().strip() for child in children(daemon)}
        return [child for child, name in names.items() if name == "exclave-zygote"] if len(names) == 1 else []

    wait_until(found)
    return found()[0]


def children(pid: int) -> list[int]:
    """The child processes of all of a process's threads."""
    lists = [(task / "children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    return [int(word) for text in lists for word in text.split()]
