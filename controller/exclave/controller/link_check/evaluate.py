"""The value of each part of a check, in a linked image.

Owns: arithmetic: unsigned, modulo 2**64, as in jitlink-check. Must not know: how checks are written or found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..link import LinkedImage
from .image_memory import ImageMemory
from .image_names import ImageNames
from .mistakes import Mistake, Unanswerable
from .tree import Call, Chain, Load, Name, Node, Number, Slice

WORD = 1 << 64
_OPERATIONS: Mapping[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
}


class Evaluator:
    """Evaluates trees over one image."""

    def __init__(self, image: LinkedImage) -> None:
        self._names, self._memory = ImageNames(image), ImageMemory(image)

    def value(self, node: Node, parts: dict[Node, int]) -> int:
        """The value; `parts` gets those of all that the image was asked for.

        Raises:
            Mistake: the image has no answer.
        """
        try:
            value = self._value(node, parts) % WORD
        except Unanswerable as wrong:
            raise Mistake(str(wrong), node.start) from None
        if isinstance(node, Name | Load | Call):
            parts[node] = value
        return value

    def _value(self, node: Node, parts: dict[Node, int]) -> int:
        match node:
            case Number():
                return node.value
            case Name():
                return self._names.address(node.name)
            case Load():
                content = self._memory.load(self.value(node.address, parts), node.size)
                return int.from_bytes(content, "little", signed=node.signed)
            case Slice():
                return self.value(node.value, parts) >> node.low & (1 << node.high - node.low + 1) - 1
            case Chain():
                return self._chain(node, parts)
            case Call():
                return self._call(node, parts)
        raise AssertionError(node)

    def _chain(self, chain: Chain, parts: dict[Node, int]) -> int:
        value = self.value(chain.first, parts)
        for operator, node in chain.rest:
            operand = self.value(node, parts)
            if operator in ("<<", ">>") and operand >= 64:
                raise Mistake(f"a shift by {operand} bits; values have 64", node.start)
            value = _OPERATIONS[operator](value, operand) % WORD
        return value

    def _call(self, call: Call, parts: dict[Node, int]) -> int:
        names = [argument.name for argument in call.arguments if isinstance(argument, Name)]
        match call.function:
            case "next_pc":
                address = self.value(call.arguments[0], parts)
                return address + self._memory.instruction_size(address)
            case "decode_operand":
                return self._memory.operand(*(self.value(argument, parts) for argument in call.arguments))
            case "got_addr":
                return self._names.got_entry(*reversed(names))
            case "stub_addr":
                return self._names.stub(*reversed(names))
            case "section_addr":
                return self._names.section(*reversed(names))[0]
            case "section_size":
                return self._names.section(*reversed(names))[1]
            case "sizeof":
                return self._names.size(*names)
            case "defined":
                return int(self._names.is_defined(*names))
        raise AssertionError(call.function)
