"""A crash as an exception that is worth reading.

Owns: what is found out, in which order, and the text. Must not know: how a record reaches us. Invariant: a record is
foreign code's word: whatever it says, there is a report, bounded in size.

    call total: SIGSEGV (segmentation fault): read of 0x8: null+0x8
      in sum_up+0x1c (kernel.c:12), of module-1
      mov rax, qword ptr [rdi + rcx*8]
    most recent call first:
      sum_up+0x1c (kernel.c:12)
      total+0x9 (kernel.c:30)
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..model import Fault, WorkerExit
from .addresses import AddressBook, describe_access
from .code_map import GLUE, Place
from .instruction import disassemble
from .lines import LineTable, SourceLine
from .registers import REGISTER_FILES, RegisterFile
from .unwinder import Step, Unwinder

MAX_SHOWN_FRAMES = 32
_LONGEST_INSTRUCTION = 16
_SIGFPE = {1: "integer division by zero", 2: "integer overflow", 3: "floating point division by zero"}


@dataclass(frozen=True)
class Frame:
    """A frame of a backtrace.

    Attributes:
        address: in the worker.
        function, offset: where in which function; the name is empty for code that is not the session's.
        unit: what was added that it comes from.
        file, line: of the source, where there is debug information.
        guessed: found by looking at the stack, not by the function's frame description.
    """

    address: int
    function: str
    offset: int
    unit: str
    file: str = ""
    line: int = 0
    guessed: bool = False

    @property
    def text(self) -> str:
        """Such as `f+0x12 (kernel.c:4)`."""
        where = f" ({self.file}:{self.line})" if self.file else ""
        if not self.function:
            return f"{self.address:#x}, which is no code of the session's"
        return f"{self.function}{f'+{self.offset:#x}' if self.offset else ''}{where}{' ?' if self.guessed else ''}"


@dataclass(frozen=True)
class CrashReport:
    """What is known of a crash. `registers` by name; `access` says what a memory fault did, `instruction` with what."""

    headline: str
    access: str
    instruction: str
    registers: Mapping[str, int]
    backtrace: tuple[Frame, ...]

    @property
    def text(self) -> str:
        """All of it but the registers, in lines."""
        lines = [self.headline + (f": {self.access}" if self.access else "")]
        if self.backtrace:
            first = self.backtrace[0]
            lines.append(f"  in {first.text}{f', of {first.unit}' if first.unit else ''}")
        if self.instruction:
            lines.append(f"  {self.instruction}")
        if len(self.backtrace) > 1:
            lines += ["most recent call first:", *(f"  {line}" for line in _frame_lines(self.backtrace))]
        return "\n".join(lines)

    @property
    def registers_text(self) -> str:
        """The registers, four to a line."""
        cells = [f"{name:>6} {value:016x}" for name, value in self.registers.items()]
        return "\n".join("  ".join(cells[i : i + 4]) for i in range(0, len(cells), 4))


def _frame_lines(frames: Sequence[Frame]) -> list[str]:
    """A line each, but those that repeat: recursion is told by its number."""
    lines: list[str] = []
    for text, group in groupby(frame.text for frame in frames):
        count = len(list(group))
        lines.append(text)
        if count == 2:
            lines.append(text)
        elif count > 2:
            lines.append(f"... and {count - 1} more of this frame")
    more = len(lines) - MAX_SHOWN_FRAMES
    return lines if more <= 0 else [*lines[:MAX_SHOWN_FRAMES], f"... and {more} more"]


def report_crash(end: WorkerExit, fault: Fault, book: AddressBook, architecture: str) -> CrashReport:
    """Find out what there is to find out."""
    registers = REGISTER_FILES[architecture]
    steps = list(Unwinder(fault, book.code, registers).steps())
    return CrashReport(
        headline=_headline(end, fault),
        access=describe_access(fault, registers, book),
        instruction=_instruction(steps[0], architecture),
        registers=_shown_registers(fault, registers),
        backtrace=tuple(_frames(steps)),
    )


def _headline(end: WorkerExit, fault: Fault) -> str:
    """For a signal its name and what its code says; for other ends the executor's sentence."""
    if end.kind != "signal":
        return end.message
    try:
        number = signal.Signals(fault.signal)
    except ValueError:  # the record says what it likes
        return f"signal {fault.signal}"
    words = _SIGFPE.get(fault.code) if number == signal.SIGFPE else None
    return f"{number.name} ({words or (signal.strsignal(number) or 'unknown').lower()})"


def _shown_registers(fault: Fault, registers: RegisterFile) -> dict[str, int]:
    values = registers.by_name(fault.registers)
    return {name: values[name] for name in registers.shown if name in values}


def _instruction(step: Step, architecture: str) -> str:
    if step.place is None or step.place.zone != "code" or step.place.freed:
        return ""
    code = step.place.image.read(step.address, _LONGEST_INSTRUCTION)
    return disassemble(code, step.address, architecture)


def _frames(steps: Sequence[Step]) -> Iterator[Frame]:
    """Of the user's code: it was called by glue of ours, or through our runtime."""
    lines = _Lines()
    for index, step in enumerate(steps):
        if step.place is not None and step.place.name.startswith(GLUE):
            return
        if index == 0 and step.place is None and len(steps) > 1:
            yield _library_frame(step, steps[1])
        else:
            yield _frame(step, lines.of)


def _frame(step: Step, line_of: Callable[[Place], SourceLine | None]) -> Frame:
    place = step.place
    if place is None:
        return Frame(step.address, "", 0, "", guessed=step.guessed)
    line = line_of(place)
    file, number = (line.file, line.line) if line is not None else ("", 0)
    return Frame(step.address, place.name, place.offset, place.unit, file, number, step.guessed)


def _library_frame(step: Step, caller: Step) -> Frame:
    """Code that is not ours: it is what its caller called, or something that this called."""
    name = caller.place.image.target_of(caller.address + 1) if caller.place is not None else ""
    return Frame(step.address, name, 0, "the C library" if name else "")


class _Lines:
    """Line tables of the objects that frames are in, each read once."""

    def __init__(self) -> None:
        self._tables: dict[int, LineTable] = {}

    def of(self, place: Place) -> SourceLine | None:
        """The source line of a place in code."""
        found = place.image.file_place(place)
        if found is None or place.zone != "code":
            return None
        content, offset = found
        key = id(content)  # of a buffer that its image holds
        if key not in self._tables:
            self._tables[key] = LineTable(bytes(content))
        return self._tables[key].at(offset)
