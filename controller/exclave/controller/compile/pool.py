"""The pool of compile workers: LLVM in processes that may die.

Owns: how many workers there are, who has which, deadlines, and what a death means. Must not know: LLVM.
Invariant: a worker is lent to one request at a time; one that died is replaced when the next request comes; after
`close()` none is left.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import threading
from collections.abc import Iterator, Sequence
from typing import Any, cast

from ..errors import CompileError, SignatureError
from ..types import Signature, Type, parse_type
from .frames import MAX_BODY
from .process import CompileProcess, DiedError
from .requests import CompileRequest, ModuleInterface, ModuleSource, SymbolInfo

DEFAULT_DEADLINE = 60.0
MAX_WORKERS = 4
BYTES_PER_WORKER = 256 << 10
"""How much source makes a further worker worth its start (about 100 ms)."""
MAX_MEMORY = 8 << 30
"""Address space of a worker, in bytes; less where the machine has less."""

_LLVMS_PLACE = re.compile(r"\A(?:LLVM IR parsing error\n)?(?:<string>:\d+:\d+: )?")


class CompilePool:
    """Scans and compiles modules. Thread-safe."""

    def __init__(
        self, workers: int | None = None, deadline: float = DEFAULT_DEADLINE, memory: int | None = None
    ) -> None:
        """At most `workers` processes (default: the cores, at most 4).

        Each request may take `deadline` seconds, each worker `memory` bytes of address space (default: 8 GiB, at
        most three quarters of the machine's memory).
        """
        self._size = workers or min(os.cpu_count() or 1, MAX_WORKERS)
        self._deadline = deadline
        self._memory = memory or default_memory()
        self._free_places = threading.BoundedSemaphore(self._size)
        self._scan_place = threading.BoundedSemaphore(1)  # one more: reading must not wait for long compiles
        self._lock = threading.Lock()
        self._idle: list[CompileProcess] = []
        self._busy: set[CompileProcess] = set()
        self._closed = False

    @property
    def running(self) -> bool:
        """Whether it can be used."""
        return not self._closed

    def prestart(self) -> None:
        """Start a worker now, so that it is warm when the first request comes. Does not wait, does not fail."""
        with self._lock, contextlib.suppress(OSError):  # the first request will say what is wrong
            if not self._idle and not self._busy and not self._closed:
                self._idle.append(CompileProcess(self._memory))

    def scan(self, source: ModuleSource, timeout: float | None = None) -> ModuleInterface:
        """What a module defines and needs; `timeout` in seconds (default: the pool's).

        Raises:
            CompileError: LLVM refuses it, died of it, or took too long.
        """
        header, _ = self._ask(source, {"op": "scan"}, "reading", timeout)
        return _interface_from(header.get("interface"), source.name)

    def compile(self, requests: Sequence[CompileRequest]) -> list[bytes]:
        """ELF objects, in the requests' order, on as many workers as is worth it.

        Raises:
            CompileError: for the first module that LLVM refuses, dies of, or takes too long for.
        """
        lanes = min(len(requests), self._worth_starting(requests))
        if lanes <= 1:
            return [self._compile_one(request) for request in requests]
        from concurrent.futures import ThreadPoolExecutor  # 30 ms to import, and rarely needed

        with ThreadPoolExecutor(lanes) as threads:
            try:
                return list(threads.map(self._compile_one, requests))
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)  # nobody wants the rest any more
                raise

    def _worth_starting(self, requests: Sequence[CompileRequest]) -> int:
        size = sum(len(request.source.data) for request in requests)
        return min(self._size, max(1 + size // BYTES_PER_WORKER, len(self._idle)))

    def _compile_one(self, request: CompileRequest) -> bytes:
        target = request.target
        header: dict[str, Any] = {
            "op": "compile",
            "triple": target.triple,
            "cpu": target.cpu,
            "features": target.features,
        }
        header |= {"opt": request.opt, "by_symbol": request.by_symbol}
        _, data = self._ask(request.source, header, "compiling", request.timeout)
        if not data.startswith(b"\x7fELF"):
            raise CompileError(
                f"{request.source.name}: LLVM emitted no ELF object for {target.triple}", module=request.source.name
            )
        return data

    def _ask(
        self, source: ModuleSource, header: dict[str, Any], doing: str, timeout: float | None
    ) -> tuple[dict[str, Any], bytes]:
        if len(source.data) > MAX_BODY:
            raise CompileError(f"{source.name}: {len(source.data)} bytes, at most {MAX_BODY}", module=source.name)
        seconds = self._deadline if timeout is None else timeout
        with self._place(header["op"]), self._borrowed(source.name) as worker:
            try:
                answer = worker.ask(header | {"kind": source.kind}, source.data, seconds)
            except DiedError as death:
                raise self._death_error(death, source.name, doing) from None
        if "error" in answer[0]:
            raise _refusal_error(answer[0], source)
        return answer

    @contextlib.contextmanager
    def _place(self, operation: str) -> Iterator[None]:
        """The right to one of the workers."""
        place = self._free_places
        if not place.acquire(blocking=operation != "scan"):
            place = self._scan_place
            place.acquire()
        try:
            yield
        finally:
            place.release()

    @contextlib.contextmanager
    def _borrowed(self, name: str) -> Iterator[CompileProcess]:
        """A worker for one request about module `name`; it comes back only if it lived through it."""
        worker = self._take(name)
        try:
            yield worker
        except BaseException:  # its process is gone already
            with self._lock:
                self._busy.discard(worker)
            raise
        self._give_back(worker)

    def _take(self, name: str) -> CompileProcess:
        with self._lock:
            if self._closed:
                raise CompileError(f"{name}: the compile workers are closed", module=name)
            worker = self._take_idle() or self._start(name)
            self._busy.add(worker)
            return worker

    def _take_idle(self) -> CompileProcess | None:
        """The warmest worker that lives; one that died with nothing to do is nobody's error."""
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            worker.close()
        return None

    def _start(self, name: str) -> CompileProcess:
        try:
            return CompileProcess(self._memory)
        except OSError as error:
            raise CompileError(f"{name}: cannot start a compile worker: {error}", module=name) from error

    def _give_back(self, worker: CompileProcess) -> None:
        with self._lock:
            self._busy.discard(worker)
            if not self._closed:
                self._idle.append(worker)
                return
        worker.close()

    def _death_error(self, death: DiedError, name: str, doing: str) -> CompileError:
        how = "the compile workers were closed" if self._closed else death.how
        said = f": {death.said}" if death.said else ""
        return CompileError(f"{name}: {doing} it, {how}{said}", module=name, llvm_message=death.said)

    def close(self) -> None:
        """End all workers at once. Requests that are being answered fail with `CompileError`."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = list(self._busy)
        for worker in busy:
            worker.kill()  # whoever asked it closes it
        for worker in idle:
            worker.close()


def default_memory() -> int:
    """Bytes of address space for a worker: one runaway compile must not take the machine with it."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(MAX_MEMORY, physical * 3 // 4)


def _refusal_error(header: dict[str, Any], source: ModuleSource) -> CompileError:
    """LLVM's message says `<string>:line:column: ` where the user knows the module's name."""
    text, line = str(header["error"]), header.get("line")
    line = line if isinstance(line, int) else None
    where = f"{source.name}:{line}" if line is not None else source.name
    shown = _LLVMS_PLACE.sub("", text)
    return CompileError(f"{where}: {shown}", module=source.name, line=line, llvm_message=text)


def _interface_from(raw: Any, name: str) -> ModuleInterface:
    """Check what the worker said: LLVM ran in it."""
    try:
        definitions = tuple(_symbol_from(row) for row in raw["definitions"])
        references, weak = tuple(map(str, raw["references"])), tuple(map(str, raw["weak_references"]))
    except (TypeError, KeyError, ValueError) as error:
        raise CompileError(f"{name}: the compile worker's answer makes no sense: {error!r}", module=name) from None
    return ModuleInterface(name, definitions, references, weak)


def _symbol_from(row: Any) -> SymbolInfo:
    name, linkage, kind, hidden, described, ir_type = row
    if linkage not in ("strong", "weak", "common") or kind not in ("function", "variable"):
        raise ValueError(row)
    signature = _signature_from(described) if kind == "function" and described is not None else None
    found = _type_from(described["type"]) if kind == "variable" and described is not None else None
    constant = found is not None and described["constant"] is True
    facts = str(name), cast(Any, linkage), cast(Any, kind), bool(hidden), signature
    return SymbolInfo(*facts, found, constant, str(ir_type))


def _signature_from(described: Any) -> Signature | None:
    """None for types that no call can pass."""
    arguments = [_type_from(text) for text in described["arguments"]]
    restype, readonly = _type_from(described["result"]), described["readonly"]
    if restype is None or None in arguments:
        return None
    for index in readonly:
        if type(index) is not int or not 0 <= index < len(arguments):
            raise ValueError(readonly)
        arguments[index] = dataclasses.replace(cast(Type, arguments[index]), const=True)
    try:
        return Signature(restype, tuple(cast(list[Type], arguments)), variadic=described["variadic"] is True)
    except SignatureError:
        return None


def _type_from(text: Any) -> Type | None:
    """None for a type that we do not have; what is no text at all makes no sense."""
    if not isinstance(text, str):
        raise TypeError(text)
    try:
        return parse_type(text)
    except SignatureError:
        return None
