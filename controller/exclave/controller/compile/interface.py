"""What a parsed module defines and needs, as plain JSON values. Runs in the compile worker.

Owns: reading linkage, visibility and types off LLVM's values. Must not know: who asks.
Invariant: a type is named only if a call that passes plain values of it is right: what an attribute says about the
way a value is passed is either part of the type's name (`u8`: zero-extended) or the signature is not known.
"""

from __future__ import annotations

import re
from typing import Any

# As LLVM prints it: @name = [linkage] [preemption] [visibility] [tls] [unnamed_addr] alias <type>, ptr @aliasee
_ALIAS = re.compile(
    r'^@("[^"]*"|[-\w$.]+) = (?P<words>(?:[a-z_]+(?:\([a-z]+\))? )*)(?:alias|ifunc) (?P<rest>.*)$', re.MULTILINE
)
_ALIASEE = re.compile(r', ptr @("[^"]*"|[-\w$.]+)(?:,.*)?$')
_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{2})")
_LOCAL = ("internal", "private")
_WEAK = ("weak_any", "weak_odr", "linkonce_any", "linkonce_odr", "external_weak")
# Attributes of an argument that is not passed as a plain value of its type (LLVM Language Reference, "Parameter
# Attributes").
_SPECIAL = re.compile(
    r"\b(byval|byref|sret|inalloca|preallocated|inreg|nest|swiftself|swiftasync|swifterror|elementtype)\b"
)


def interface_of(module: Any, may_alias: bool = True) -> dict[str, Any]:
    """`{definitions: [[name, linkage, kind, hidden, restype, argtypes, type]], references, weak_references}`."""
    interface: dict[str, Any] = {"definitions": [], "references": [], "weak_references": []}
    for kind, values in (("function", module.functions), ("variable", module.global_variables)):
        for value in values:
            _note(interface, kind, value)
    if may_alias:  # llvmlite does not list them, and printing a module is not free
        interface["definitions"] += _aliases(str(module), interface["definitions"])
    return interface


def _note(interface: dict[str, Any], kind: str, value: Any) -> None:
    linkage, name = value.linkage.name, symbol_name(value.name)
    if name.startswith("llvm.") or linkage in _LOCAL or linkage == "appending":
        return
    if value.is_declaration or linkage == "available_externally":
        interface["weak_references" if linkage == "external_weak" else "references"].append(name)
        return
    restype, argtypes = signature_of(value) if kind == "function" else (None, None)
    written = str(value.global_value_type) if kind == "function" else ""
    hidden = value.visibility.name == "hidden"
    interface["definitions"].append([name, _binding(linkage), kind, hidden, restype, argtypes, written])


def symbol_name(name: str) -> str:
    """A value's name in the object; a leading byte 1 keeps LLVM from prefixing it, which ELF never does."""
    return name.removeprefix("\1")


def _binding(linkage: str) -> str:
    if linkage == "common":
        return "common"
    return "weak" if linkage in _WEAK else "strong"


def signature_of(function: Any) -> tuple[str | None, list[str] | None]:
    """Type names of result and arguments.

    None for a variadic function, whose calls have types of their own, and for one whose arguments are passed in a way
    that only its compiler knows.
    """
    restype, _, rest = str(function.global_value_type).partition(" (")
    attributes = [b" ".join(argument.attributes).decode() for argument in function.arguments]
    if "..." in rest or any(_SPECIAL.search(words) for words in attributes):
        return None, None
    types = [argument.strip() for argument in rest.removesuffix(")").split(",")] if attributes else []
    if len(types) != len(attributes):  # a comma within a struct: no plain value
        return None, None
    arguments = [_extended(t, words) for t, words in zip(types, attributes, strict=True)]
    return _extended(restype, _result_attributes(function, attributes)), arguments


def _result_attributes(function: Any, attributes: list[str]) -> str:
    """llvmlite lists the function's own, the result's and the arguments' attributes in a row, without empty ones."""
    every = [words.decode() for words in function.attributes]
    return " ".join(every[: len(every) - sum(map(bool, attributes))])


def _extended(type_name: str, attributes: str) -> str:
    """`u8` for an `i8` that is passed zero-extended: its callee relies on that. C's `bool` is one, too."""
    unsigned = re.match(r"i\d+\Z", type_name) and "zeroext" in attributes.split()
    return f"u{type_name[1:]}" if unsigned and type_name != "i1" else type_name


def _aliases(text: str, definitions: list[list[Any]]) -> list[list[Any]]:
    functions = {row[0]: row for row in definitions if row[2] == "function"}
    found = [_alias(match, functions) for match in _ALIAS.finditer(text)]
    return [row for row in found if row is not None]


def _alias(match: re.Match[str], functions: dict[str, list[Any]]) -> list[Any] | None:
    """An alias has its aliasee's signature; its kind shows in its type: functions have arguments."""
    words = match["words"].split()
    if any(word in _LOCAL for word in words):
        return None
    weak = any(word.startswith(("weak", "linkonce")) for word in words)
    aliasee = _ALIASEE.search(match["rest"])
    same = functions.get(_unquoted(aliasee[1])) if aliasee else None
    kind = "function" if same or re.match(r"[^,]+ \(", match["rest"]) else "variable"
    signature = same[4:] if same else [None, None, ""]
    return [_unquoted(match[1]), "weak" if weak else "strong", kind, "hidden" in words, *signature]


def _unquoted(name: str) -> str:
    return symbol_name(_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), name.strip('"')))
