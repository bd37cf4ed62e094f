"""The bytes of a linked image by address, and the instructions that they are.

Owns: reading; zero fill reads as zeros. Must not know: symbols, checks.
"""

from __future__ import annotations

from typing import Any

from ..crash.instruction import decoder
from ..link import LinkedImage
from .mistakes import Unanswerable

_LONGEST_INSTRUCTION = 15  # of all architectures: x86-64's


class ImageMemory:
    """What the executor's memory will hold when the image is there."""

    def __init__(self, image: LinkedImage) -> None:
        self._segments, self._architecture = image.segments, image.graph.architecture

    def load(self, address: int, size: int) -> bytes:
        """`size` bytes.

        Raises:
            Unanswerable: they do not all lie in one segment.
        """
        found = self._up_to(address, size)
        if len(found) < size:
            places = [f"{s.zone} {s.address:#x}..{s.address + s.size:#x}" for s in self._segments]
            segments = ", ".join(places) or "none at all"
            raise Unanswerable(f"{size} bytes at {address:#x} are not all in one segment of the image: {segments}")
        return found

    def _up_to(self, address: int, size: int) -> bytes:
        for segment in self._segments:
            start = address - segment.address
            if 0 <= start < segment.size:
                content = bytes(segment.content[start : start + size])
                return content + bytes(min(size, segment.size - start) - len(content))
        return b""

    def instruction_size(self, address: int) -> int:
        """The length of the instruction at `address`, in bytes.

        Raises:
            Unanswerable: there is none.
        """
        return int(self._instruction(address).size)

    def operand(self, address: int, number: int) -> int:
        """An operand of the instruction at `address`: an immediate's value, or a memory operand's displacement.

        Operands count from 0, as the disassembler writes them: what a branch goes to is an address on x86-64 and
        AArch64, and a distance on RISC-V.

        Raises:
            Unanswerable: there is none, or it is a register.
        """
        import capstone

        instruction = self._instruction(address)
        what = f"{instruction.mnemonic} {instruction.op_str}".strip()
        if number >= len(instruction.operands):
            raise Unanswerable(f"operand {number} of {what!r}, which has {len(instruction.operands)}")
        operand = instruction.operands[number]
        if operand.type == capstone.CS_OP_IMM:
            return int(operand.imm)
        if operand.type == capstone.CS_OP_MEM:
            return int(operand.mem.disp)
        raise Unanswerable(f"operand {number} of {what!r} is neither a number nor in memory")

    def _instruction(self, address: int) -> Any:
        try:
            disassembler = decoder(self._architecture)
        except ImportError:
            raise Unanswerable("only capstone can tell instructions: pip install 'exclave[disassembly]'") from None
        disassembler.detail = True
        code = self._up_to(address, _LONGEST_INSTRUCTION)
        found = next(disassembler.disasm(code, address, 1), None)
        if found is None:
            raise Unanswerable(f"no instruction at {address:#x}: {code.hex(' ') or 'no segment of the image'}")
        return found
