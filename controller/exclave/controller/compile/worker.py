"""The compile worker: the one process in which LLVM runs.

Owns: llvmlite, and answering requests. Must not know: sessions, the executor. Invariant: a request leaves no trace
but its answer and, bounded, the module that it parsed; whatever LLVM does to this process (abort, exit, endless
loops) is the pool's business. When the controller is gone, so is this process, whatever LLVM is doing.

Run as `python -m exclave.controller.compile.worker BYTES_OF_MEMORY PID_OF_CONTROLLER`: frames on stdin and stdout,
LLVM's own words on stderr.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import select
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from llvmlite import binding as llvm

from .frames import MAX_BODY, BrokenFrameError, encode_frame, read_frame
from .interface import interface_of
from .targets import RefusedError, TargetMachines, check_target

MAX_KEPT_MODULES = 256
MAX_KEPT_BYTES = 32 << 20
_ERROR_LINE = re.compile(r":(\d+):\d+: error: ")

Answer = tuple[dict[str, Any], bytes]


class Worker:
    """Answers one request at a time."""

    def __init__(self) -> None:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        llvm.initialize_native_asmparser()  # LLVM's C API has no call for the others: inline asm is host only
        self._machines = TargetMachines()
        self._modules: OrderedDict[tuple[str, bytes], Any] = OrderedDict()
        self._kept_bytes = 0

    def answer(self, header: dict[str, Any], body: bytes) -> Answer:
        """The answer to one request; what LLVM refuses is an answer too."""
        operations: dict[str, Callable[[dict[str, Any], bytes], Answer]] = {"scan": self.scan, "compile": self.compile}
        try:
            return operations[header["op"]](header, body)
        except (RefusedError, RuntimeError) as error:  # llvmlite's errors are RuntimeErrors
            text = str(error).strip()
            match = _ERROR_LINE.search(text)
            return {"error": text, "line": int(match[1]) if match else None}, b""
        except Exception as error:
            return {"error": f"the compile worker failed: {type(error).__name__}: {error or 'without a word'}"}, b""

    def scan(self, header: dict[str, Any], body: bytes) -> Answer:
        """What a module defines and needs. The parsed module is kept: it is likely to be compiled next."""
        module = self._parse(header["kind"], body)
        interface = interface_of(module, may_alias=header["kind"] == "bitcode" or may_alias(body))
        self._keep((header["kind"], body), module)
        return {"interface": interface}, b""

    def _keep(self, key: tuple[str, bytes], module: Any) -> None:
        if key not in self._modules:
            self._kept_bytes += len(key[1])
        self._modules[key] = module
        while len(self._modules) > MAX_KEPT_MODULES or self._kept_bytes > MAX_KEPT_BYTES:
            self._take(next(iter(self._modules)))

    def _take(self, key: tuple[str, bytes]) -> Any:
        module = self._modules.pop(key, None)
        if module is not None:
            self._kept_bytes -= len(key[1])
        return module

    def compile(self, header: dict[str, Any], body: bytes) -> Answer:
        """An ELF object. Emitting changes the module, so a kept one is used up."""
        triple, opt = header["triple"], header["opt"]
        machine = self._machines.get(triple, header["cpu"], header["features"], opt)
        module = self._take((header["kind"], body)) or self._parse(header["kind"], body)
        check_target(module, triple, str(machine.target_data))
        module.triple, module.data_layout = triple, str(machine.target_data)
        keep_discardable_definitions(module)
        optimize(module, machine, opt)
        if header.get("by_symbol"):
            refer_by_symbol(module)
        data = emit_object(machine, module)
        if len(data) > MAX_BODY:
            raise RefusedError(f"its object has {len(data)} bytes, at most {MAX_BODY} are taken")
        return {}, data

    def _parse(self, kind: str, body: bytes) -> Any:
        """In a context of its own: types are named per context, and what it holds goes with the module."""
        context = llvm.create_context()
        is_bitcode = kind == "bitcode"
        module = llvm.parse_bitcode(body, context) if is_bitcode else llvm.parse_assembly(ir_text(body), context)
        module.verify()
        self._strip_unused_declarations(module)
        return module

    def _strip_unused_declarations(self, module: Any) -> None:
        """Such as a header has many of; they are no references, and do not reach the object."""
        passes = llvm.create_new_module_pass_manager()
        passes.add_strip_dead_prototype_pass()
        passes.run(module, self._machines.any_pass_builder)


def ir_text(body: bytes) -> str:
    """The text of a module of IR.

    Raises:
        RefusedError: LLVM would read something else, since its text is UTF-8 and ends at the first NUL.
    """
    place = body.find(b"\0")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        place = error.start
    if place >= 0:
        line = body.count(b"\n", 0, place) + 1
        raise RefusedError(f"<string>:{line}:0: error: no UTF-8 text: byte {body[place]:#04x} at offset {place}")
    return text


def may_alias(body: bytes) -> bool:
    """Whether the text of a module can define aliases."""
    return b"alias" in body or b"ifunc" in body


def keep_discardable_definitions(module: Any) -> None:
    """Make `linkonce` definitions `weak`: LLVM drops those that the module does not use, but we promised them."""
    for value in [*module.functions, *module.global_variables]:
        if not value.is_declaration and value.linkage.name.startswith("linkonce"):
            value.linkage = value.linkage.name.replace("linkonce", "weak")


def refer_by_symbol(module: Any) -> None:
    """Have code refer to the module's own functions by their symbols: to those that are `dso_local` of default
    visibility LLVM refers by local labels, and an address that was taken so cannot be told from another one."""
    for function in module.functions:
        if not function.is_declaration and function.linkage.name == "external":
            function.visibility = "hidden"


def optimize(module: Any, machine: Any, opt: int) -> None:
    """LLVM's own pipeline for `-O{opt}`, with the vectorizers where clang has them."""
    options = llvm.create_pipeline_tuning_options(speed_level=opt)
    options.loop_vectorization = options.slp_vectorization = opt >= 2
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)


def emit_object(machine: Any, module: Any) -> bytes:
    """The module's object.

    Raises:
        RefusedError: llvmlite cannot hand it over, of which it only has assertions.
    """
    try:
        return bytes(machine.emit_object(module))
    except (AssertionError, SystemError, MemoryError) as error:
        raise RefusedError(
            "LLVM made no object that could be taken: it would have 2 GiB or more, or there is not the memory for it: "
            "make the module's global variables smaller, and their `align` (2097152, a huge page, is the largest)"
        ) from error


def end_with_the_controller(pid: int) -> None:
    """Wait until the controller is gone, then end this process, also in the middle of a compile.

    Its end closes our stdin, unless a process that it forked holds the pipe; so its process is watched, too.
    """
    watched = select.poll()
    watched.register(0, 0)  # POLLHUP is reported always
    with contextlib.suppress(OSError):  # it is gone already, or the kernel is older than 5.3
        watched.register(os.pidfd_open(pid), select.POLLIN)
    if os.getppid() == pid:  # else the descriptor may be another process's
        watched.poll()
    os._exit(0)


def main() -> None:
    """Answer requests until stdin ends: the controller is gone then, or wants no more."""
    memory, controller = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=end_with_the_controller, args=(controller,), daemon=True).start()
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints to stdout must not break the frames
    worker = Worker()
    while True:
        try:
            header, body = read_frame(requests)
        except BrokenFrameError:
            return
        answers.write(encode_frame(*worker.answer(header, body)))
        answers.flush()


if __name__ == "__main__":
    main()
