"""What pycparser's nodes mean: types, and the function that a text declares.

Owns: C's rules for declarations. Must not know: text, layout, how values are passed. Invariant: what is not understood
is refused, with its place, when it is passed by value; behind a pointer it may be anything.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from pycparser import c_ast

from ..errors import SignatureError
from .signature import Signature
from .type import PTR, VOID, Type

_INT, _UNSIGNED = Type("int", 32, signed=True), Type("int", 32, signed=False)
_LONG, _UNSIGNED_LONG = Type("int", 64, signed=True), Type("int", 64, signed=False)
_SHORT, _UNSIGNED_SHORT = Type("int", 16, signed=True), Type("int", 16, signed=False)
# A plain `char` is signed or not as the architecture has it, so both readings are taken.
_BASIC = {
    "void": VOID, "_Bool": Type("int", 1), "float": Type("float", 32), "double": Type("float", 64),
    "char": Type("int", 8), "char signed": Type("int", 8, signed=True), "char unsigned": Type("int", 8, signed=False),
    "short": _SHORT, "int": _INT, "long": _LONG, "long long": _LONG,
}  # fmt: skip
_INTEGERS = {"short": _UNSIGNED_SHORT, "int": _UNSIGNED, "long": _UNSIGNED_LONG, "long long": _UNSIGNED_LONG}
_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "<<": operator.lshift, ">>": operator.rshift,
    "/": operator.floordiv, "%": operator.mod, "|": operator.or_, "&": operator.and_, "^": operator.xor,
}  # fmt: skip
_MAX_CONSTANT = 1 << 64


def function_of(unit: Any) -> tuple[str, Signature]:
    """Name and signature of the one function that a translation unit declares.

    Raises:
        SignatureError: it declares none, or several, or one with types that no call can pass.
    """
    scope, found = _Scope(), {}
    for node in unit.ext:
        declared = node.decl if isinstance(node, c_ast.FuncDef) else node
        function = scope.note(declared)
        if function is not None:
            found[declared.name] = function
    if len(found) != 1:
        said = f"declares {', '.join(found)}: one function at a time" if found else "declares no function"
        raise SignatureError(f"the C declaration {said}")
    name, function = found.popitem()
    return name, scope.signature(function)


class _Scope:
    """Names that the text gives to types and constants."""

    def __init__(self) -> None:
        self._typedefs: dict[str, Any] = {}
        self._structs: dict[str, Type | SignatureError] = {}
        self._defined: dict[int, Type | SignatureError] = {}
        self._constants: dict[str, int] = {}

    def note(self, node: Any) -> Any:
        """Remember what a declaration defines; the node of the function that it declares, or None."""
        if isinstance(node, c_ast.Typedef):
            self._typedefs[node.name] = node.type
        if not isinstance(node, c_ast.Decl | c_ast.Typedef):
            return None
        function = self._function_within(node.type)
        if function is None:
            self._define_within(node.type)
        return function if isinstance(node, c_ast.Decl) else None

    def _function_within(self, node: Any) -> Any:
        """The function type that a declaration has, be it by a typedef."""
        while isinstance(node, c_ast.TypeDecl) and isinstance(node.type, c_ast.IdentifierType):
            node = self._typedefs.get(node.type.names[-1])
        return node if isinstance(node, c_ast.FuncDecl) else None

    def _define_within(self, node: Any) -> None:
        """Structs and constants that are defined in the midst of a type."""
        while isinstance(node, c_ast.PtrDecl | c_ast.ArrayDecl | c_ast.TypeDecl):
            node = node.type
        if isinstance(node, c_ast.Struct | c_ast.Enum):
            self._quietly(lambda: self._tagged(node))

    # -- functions ----------------------------------------------------------------------------------------------

    def signature(self, node: Any) -> Signature:
        """Of a function's node."""
        parameters = list(node.args.params) if node.args is not None else []
        variadic = bool(parameters) and isinstance(parameters[-1], c_ast.EllipsisParam)
        named = parameters[:-1] if variadic else parameters
        result = self.type(node.type)
        if result.kind == "array":
            raise _refused(node, "a function does not return an array")
        arguments = [] if self._are_none(named) else [self._parameter(one) for one in named]
        return Signature(result, tuple(arguments), variadic, c_abi=True)

    def _are_none(self, parameters: list[Any]) -> bool:
        """`(void)`"""
        only = parameters[0] if len(parameters) == 1 else None
        return isinstance(only, c_ast.Typename) and not isinstance(only.type, c_ast.PtrDecl) and self.type(only) == VOID

    def _parameter(self, node: Any) -> Type:
        """Arrays and functions are pointers as parameters."""
        if isinstance(node, c_ast.ID):
            raise _refused(node, f"the parameter {node.name} has no type")
        inner = node.type
        if isinstance(inner, c_ast.ArrayDecl):
            return self._pointer_to(inner.type)
        if isinstance(inner, c_ast.FuncDecl):
            return self._pointer_to(inner)
        found = self.type(node)
        if found == VOID:
            raise _refused(node, "an argument cannot be void")
        return Type("ptr", 64, pointee=found.element) if found.kind == "array" else found

    # -- types --------------------------------------------------------------------------------------------------

    def type(self, node: Any) -> Type:
        """The type that a node stands for, as a value of it is passed.

        Raises:
            SignatureError: there is no such value.
        """
        if isinstance(node, c_ast.Typename | c_ast.Decl | c_ast.TypeDecl):
            return self._aligned(node)
        if isinstance(node, c_ast.PtrDecl):
            return self._pointer_to(node.type)
        if isinstance(node, c_ast.ArrayDecl):
            return Type("array", element=self.type(node.type), count=self._length(node))
        if isinstance(node, c_ast.IdentifierType):
            return self._named(node)
        if isinstance(node, c_ast.Struct | c_ast.Enum):
            return self._tagged(node)
        raise _refused(node, f"a {type(node).__name__.removesuffix('Decl').lower()} is not passed by value")

    def _aligned(self, node: Any) -> Type:
        if getattr(node, "align", None):
            raise _refused(node, "_Alignas is not supported: pass a pointer")
        return self.type(node.type)

    def _pointer_to(self, node: Any) -> Type:
        if self._function_within(node) is not None:
            return Type("ptr", 64, function=self._quietly(lambda: self.signature(self._function_within(node))))
        pointee = self._quietly(lambda: self.type(node))
        return Type("ptr", 64, pointee=None if pointee == VOID else pointee, const=self._is_const(node))

    @staticmethod
    def _quietly(read: Callable[[], Any]) -> Any:
        """What a pointer points to is for the marshaller, who takes everything."""
        try:
            return read()
        except SignatureError:
            return None

    def _is_const(self, node: Any) -> bool:
        while isinstance(node, c_ast.TypeDecl) and isinstance(node.type, c_ast.IdentifierType):
            if "const" in node.quals:
                return True
            node = self._typedefs.get(node.type.names[-1])
        return "const" in (getattr(node, "quals", None) or [])

    def _named(self, node: Any) -> Type:
        if node.names[-1] in self._typedefs:
            return self.type(self._typedefs[node.names[-1]])
        found = basic_type(node.names)
        if found is None:
            raise _refused(node, f"{' '.join(node.names)} is no type that a call can pass")
        return found

    def _tagged(self, node: Any) -> Type:
        if isinstance(node, c_ast.Enum):
            return self._enum(node)
        if node.decls is None:
            found = self._structs.get(node.name, _refused(node, f"struct {node.name} is not defined"))
        else:
            found = self._define(node)
        if isinstance(found, SignatureError):
            raise found
        return found

    def _define(self, node: Any) -> Type | SignatureError:
        """Once: a typedef leads here whenever it is used."""
        if id(node) not in self._defined:
            try:
                self._defined[id(node)] = self._struct(node)
            except SignatureError as error:
                self._defined[id(node)] = error
        found = self._defined[id(node)]
        if node.name:
            self._structs[node.name] = found
        return found

    def _struct(self, node: Any) -> Type:
        fields = [self._field(one) for one in node.decls]
        if not fields:
            raise _refused(node, "a struct without fields")
        names = tuple(one.name or f"_{index}" for index, one in enumerate(node.decls))
        return Type("struct", fields=tuple(fields), names=names)

    def _field(self, node: Any) -> Type:
        """Pointers do not say what they point to, since that may be the struct itself."""
        if getattr(node, "bitsize", None) is not None:
            raise _refused(node, "bit fields are not supported: pass a pointer")
        found = self.type(node)
        if found == VOID or found.size == 0:
            raise _refused(node, "a field of a struct that is passed has a size")
        return PTR if found.kind == "ptr" else found

    def _enum(self, node: Any) -> Type:
        value = -1
        for one in node.values.enumerators if node.values is not None else ():
            value = value + 1 if one.value is None else self._constant(one.value)
            self._constants[one.name] = value
        return Type("int", 32)

    # -- constants ----------------------------------------------------------------------------------------------

    def _length(self, node: Any) -> int:
        if node.dim is None:
            raise _refused(node, "an array without a length is not passed by value")
        return self._constant(node.dim)

    def _constant(self, node: Any) -> int:
        value = self._evaluate(node)
        if value is None or not -_MAX_CONSTANT < value < _MAX_CONSTANT:
            raise _refused(node, "an integer constant is wanted here")
        return value

    def _evaluate(self, node: Any) -> int | None:
        if isinstance(node, c_ast.Constant) and "int" in node.type:
            return _integer(node.value)
        if isinstance(node, c_ast.ID):
            return self._constants.get(node.name)
        if isinstance(node, c_ast.UnaryOp) and node.op in ("-", "+"):
            return self._constant(node.expr) * (-1 if node.op == "-" else 1)
        if isinstance(node, c_ast.UnaryOp) and node.op == "sizeof" and isinstance(node.expr, c_ast.Typename):
            return self.type(node.expr).size
        if isinstance(node, c_ast.BinaryOp) and node.op in _OPERATORS:
            return _computed(node.op, self._constant(node.left), self._constant(node.right))
        return None


def basic_type(words: list[str]) -> Type | None:
    """C's own types: their words may come in any order, and `int` may be missing."""
    rest = sorted(word for word in words if word not in ("signed", "unsigned", "int"))
    sign = next((word for word in words if word in ("signed", "unsigned")), "")
    if rest == ["char"] and sign:
        return _BASIC[f"char {sign}"]
    name = " ".join(rest)
    if not rest and words:
        name = "int"
    if sign or "int" in words:
        return _INTEGERS.get(name) if sign == "unsigned" else _BASIC[name] if name in _INTEGERS else None
    return _BASIC.get(name)


def _integer(text: str) -> int | None:
    digits = text.rstrip("uUlL")
    if digits.startswith("0") and digits.isdigit():
        return int(digits, 8)
    try:
        return int(digits, 0)
    except ValueError:
        return None


def _computed(operation: str, left: int, right: int) -> int | None:
    """Bounded: a text must not make this process compute for long."""
    if (operation in ("<<", ">>") and not 0 <= right < 64) or (operation in ("/", "%") and right == 0):
        return None
    return _OPERATORS[operation](left, right)


def _refused(node: Any, why: str) -> SignatureError:
    place = getattr(node, "coord", None)
    where = f"line {place.line} of the C declaration: " if place is not None else "the C declaration: "
    return SignatureError(f"{where}{why}")
