"""Reads a check into a tree.

    check = side ("=" | "!=" | "<" | "<=") (side | "?")
    side  = term { operator term }      operator: + - & | << >>, from left to right; only + and - mix
    term  = atom [ "[" high ":" low "]" ]
    atom  = number | "-" number | symbol | function "(" arguments ")" | "(" side ")" | load
    load  = "*{" size ["s"] "}" (number | symbol | function "(" arguments ")" | "(" side ")")

Where jitlink-check's reading would surprise, a check is refused instead of read otherwise: it has no precedence, and
takes all that follows a load for the load's address.

Owns: the grammar, and the table of functions. Must not know: any image. Invariant: no text makes it recurse deeper
than MOST_NESTED. (llvm/lib/ExecutionEngine/RuntimeDyld/RuntimeDyldChecker.cpp)
"""

from __future__ import annotations

from .mistakes import Mistake
from .tokens import Token, split, value_of
from .tree import Call, Chain, Comparison, Load, Name, Node, Number, Slice, Unstated

# Functions and what their arguments are: an address is any expression, the rest are names. "object?" may be left out.
FUNCTIONS = {
    "next_pc": ("address",),
    "decode_operand": ("address", "number"),
    "got_addr": ("object?", "symbol"),
    "stub_addr": ("object?", "symbol"),
    "section_addr": ("object?", "section"),
    "section_size": ("object?", "section"),
    "sizeof": ("symbol",),
    "defined": ("symbol",),
}
COMPARISONS = ("=", "!=", "<", "<=")
_OPERATORS = ("+", "-", "&", "|", "<<", ">>")
_LOADS = (1, 2, 4, 8)
MOST_NESTED = 50


def parse_check(text: str) -> Comparison:
    """The tree of a check.

    Raises:
        Mistake: it is none.
    """
    parser = _Parser(split(text))
    left = parser.side()
    operator = parser.take(*COMPARISONS).text
    mark = parser.accept("?")
    right = Unstated(mark.start, mark.end) if mark else parser.side()
    if mark and operator != "=":
        raise Mistake(f"? can be what something is equal to (=), not what it is {operator} to", mark.start)
    parser.take_end()
    return Comparison(left, operator, right)


class _Parser:
    """By recursive descent; `_at` is the next token."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    @property
    def _last_end(self) -> int:
        return self._tokens[self._at - 1].end

    def accept(self, *signs: str) -> Token | None:
        """The next token, if it is one of these signs."""
        token = self._next
        if token.kind != "sign" or token.text not in signs:
            return None
        self._at += 1
        return token

    def take(self, *signs: str) -> Token:
        """The next token, which must be one of these signs."""
        return self.accept(*signs) or self._expected(*signs)

    def take_end(self) -> None:
        if self._next.kind != "end":
            self._expected("an operator (+ - & | << >>)", "the end")

    def _expected(self, *what: str) -> Token:
        text = what[0] if len(what) == 1 else f"{', '.join(what[:-1])} or {what[-1]}"
        raise Mistake(f"expected {text}, found {self._next.shown}", self._next.start)

    def side(self) -> Node:
        """Terms with operators between them."""
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise Mistake(f"parentheses in parentheses, more than {MOST_NESTED} deep", self._next.start)
        first = self._term()
        rest: list[tuple[str, Node]] = []
        while operator := self.accept(*_OPERATORS):
            _refuse_mixing(operator, rest[-1][0] if rest else operator.text)
            rest.append((operator.text, self._term()))
        self._depth -= 1
        return Chain(first.start, self._last_end, first, tuple(rest)) if rest else first

    def _term(self) -> Node:
        """An atom, or bits of it."""
        node = self._atom()
        if isinstance(node, Load):
            self._refuse_more()
        if self.accept("["):
            high = self._count()
            self.take(":")
            low = self._count()
            if not low <= high < 64:
                raise Mistake(f"bits are [high:low], of 63..0: [{high}:{low}] are none", node.end)
            self.take("]")
            node = Slice(node.start, self._last_end, node, high, low)
        return node

    def _refuse_more(self) -> None:
        """Behind a load."""
        if self._next.kind == "sign" and self._next.text in (*_OPERATORS, "["):
            raise Mistake(
                f"{self._next.text} behind a load may mean its value or its address: put the load or the whole address "
                "into parentheses, (*{4}f) + 1 or *{4}(f + 1)",
                self._next.start,
            )

    def _atom(self) -> Node:
        if load := self.accept("*{"):
            return self._load(load)
        if minus := self.accept("-"):
            return Number(minus.start, self._next.end, -self._count())
        return self._plain()

    def _plain(self) -> Node:
        """An atom that is no load and no negative number."""
        token = self._next
        if self.accept("("):
            node = self.side()
            self.take(")")
            return _widened(node, token.start, self._last_end)
        if token.kind == "number":
            return Number(token.start, token.end, self._count())
        if token.kind != "name":
            self._expected("a number", "a name", "'('", "'*{'")
        self._at += 1
        return self._call(token) if self.accept("(") else Name(token.start, token.end, token.text)

    def _count(self) -> int:
        token = self._next
        if token.kind != "number":
            self._expected("a number")
        self._at += 1
        return value_of(token)

    def _load(self, start: Token) -> Load:
        place, size = self._next.start, self._count()
        if size not in _LOADS:
            raise Mistake(f"*{{{size}}}: a load is of 1, 2, 4 or 8 bytes", place)
        signed = self._next.kind == "name" and self._next.text == "s"
        self._at += signed
        self.take("}")
        address = self._plain()
        return Load(start.start, self._last_end, size, signed, address)

    def _call(self, function: Token) -> Call:
        if function.text not in FUNCTIONS:
            raise Mistake(f"no function {function.text}; there are {', '.join(FUNCTIONS)}", function.start)
        arguments = () if self.accept(")") else tuple(self._arguments())
        call = Call(function.start, self._last_end, function.text, arguments)
        _check_arguments(call)
        return call

    def _arguments(self) -> list[Node]:
        found = [self.side()]
        while self.take(",", ")").text == ",":
            found.append(self.side())
        return found


def _refuse_mixing(operator: Token, before: str) -> None:
    sums = ("+", "-")
    if operator.text != before and not (operator.text in sums and before in sums):
        raise Mistake(f"{before} and then {operator.text}: say with parentheses which comes first", operator.start)


def _widened(node: Node, start: int, end: int) -> Node:
    """What was in parentheses, with these as a part of its text. What it is no longer matters to its neighbours."""
    return Chain(start, end, node, ())


def _check_arguments(call: Call) -> None:
    """Their number, and that names are names."""
    wanted = FUNCTIONS[call.function]
    fewest = sum(not what.endswith("?") for what in wanted)
    if not fewest <= len(call.arguments) <= len(wanted):
        takes = ", ".join(wanted).replace("object?, ", "[object,] ")
        raise Mistake(f"{call.function}({takes}) with {len(call.arguments)} arguments", call.start)
    for argument, what in zip(call.arguments, wanted[-len(call.arguments) :], strict=True):
        if what == "number" and not isinstance(argument, Number):
            raise Mistake(f"{call.function}: expected a number", argument.start)
        if what not in ("address", "number") and not isinstance(argument, Name):
            raise Mistake(f"{call.function}: expected the name of {_article(what)}", argument.start)


def _article(what: str) -> str:
    return "an object" if what == "object?" else f"a {what}"
