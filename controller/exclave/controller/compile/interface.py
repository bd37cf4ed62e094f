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
MAX_TYPE_TEXT = 16 << 10
MAX_DEPTH = 64
_WEAK = ("weak_any", "weak_odr", "linkonce_any", "linkonce_odr", "external_weak")
# Attributes of an argument that is not passed as a plain value of its type (LLVM Language Reference, "Parameter
# Attributes").
_SPECIAL = re.compile(
    r"\b(byval|byref|sret|inalloca|preallocated|inreg|nest|swiftself|swiftasync|swifterror|elementtype)\b"
)

_READ_ONLY = {"readonly", "readnone"}
# As LLVM prints it: @name = [linkage] ... [thread_local] [unnamed_addr] [addrspace(N)] global|constant <type> ...
_VARIABLE = re.compile(r'@("[^"]*"|[-\w$.]+) = (?P<words>(?:[a-z_]+(?:\([a-z0-9]+\))? )*?)(?P<kind>global|constant) ')


def interface_of(module: Any, may_alias: bool = True) -> dict[str, Any]:
    """`{definitions: [[name, linkage, kind, hidden, type, text]], references, weak_references}`.

    The text is a function's type as the module writes it. The type is None, or for a function `{result, arguments,
    variadic, readonly: [number...]}`, which are the numbers of arguments that nothing is written through, or for a
    variable `{type, constant}`.
    """
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
    described = signature_of(value) if kind == "function" else variable_of(value)
    written = str(value.global_value_type) if kind == "function" else ""
    hidden = value.visibility.name == "hidden"
    interface["definitions"].append([name, _binding(linkage), kind, hidden, described, written])


def symbol_name(name: str) -> str:
    """A value's name in the object; a leading byte 1 keeps LLVM from prefixing it, which ELF never does."""
    return name.removeprefix("\1")


def _binding(linkage: str) -> str:
    if linkage == "common":
        return "common"
    return "weak" if linkage in _WEAK else "strong"


def signature_of(function: Any) -> dict[str, Any] | None:
    """Type names of result and arguments, and which pointers nothing is written through.

    None for a function whose arguments are passed in a way that only its compiler knows.
    """
    attributes = [b" ".join(argument.attributes).decode() for argument in function.arguments]
    if any(_SPECIAL.search(words) for words in attributes):
        return None
    whole = function.global_value_type
    known: dict[str, str | None] = {}
    types = [spelled(one, known) for one in (whole.get_function_return(), *whole.get_function_parameters())]
    if None in types:
        return None
    return {
        "result": _extended(str(types[0]), _result_attributes(function, attributes)),
        "arguments": [_extended(str(t), words) for t, words in zip(types[1:], attributes, strict=True)],
        "variadic": bool(whole.is_function_vararg),
        "readonly": [index for index, words in enumerate(attributes) if _READ_ONLY & set(words.split())],
    }


def variable_of(variable: Any) -> dict[str, Any] | None:
    """The type of a variable's value; None for one that does not lie at its symbol's address, the same for all."""
    words = _VARIABLE.match(str(variable))  # llvmlite does not say whether it is constant
    if words is None or "thread_local" in words["words"] or "addrspace" in words["words"]:
        return None
    found = spelled(variable.global_value_type, {})
    return None if found is None else {"type": found, "constant": words["kind"] == "constant"}


def spelled(given: Any, known: dict[str, str | None], depth: int = 0) -> str | None:
    """A type as IR writes it, with named structs written out; None for one that is too long for that.

    `known`: what was found so far, as structs may use others many times.
    """
    text = str(given)
    if "%" not in text:
        return text if len(text) <= MAX_TYPE_TEXT else None
    if text not in known:
        known[text] = _written_out(given, known, depth) if depth < MAX_DEPTH else None
    return known[text]


def _written_out(given: Any, known: dict[str, str | None], depth: int) -> str | None:
    """Of a struct or an array; others have no names in them."""
    if given.is_struct and given.is_opaque_struct:
        return None
    inner = [spelled(one, known, depth + 1) for one in given.elements]
    parts = [part for part in inner if part is not None]
    if len(parts) < len(inner) or sum(map(len, parts)) > MAX_TYPE_TEXT:
        return None
    if given.is_array:
        return f"[{given.element_count} x {parts[0]}]"
    fields = f"{{ {', '.join(parts)} }}"
    return f"<{fields}>" if given.is_packed_struct else fields


def _result_attributes(function: Any, attributes: list[str]) -> str:
    """llvmlite lists the function's own, the result's and the arguments' attributes in a row, without empty ones."""
    every = [words.decode() for words in function.attributes]
    return " ".join(every[: len(every) - sum(map(bool, attributes))])


def _extended(type_name: str, attributes: str) -> str:
    """`u8` for an `i8` that is passed zero-extended: its callee relies on that. C's `bool` is one, too."""
    unsigned = re.match(r"i\d+\Z", type_name) and "zeroext" in attributes.split()
    return f"u{type_name[1:]}" if unsigned and type_name != "i1" else type_name


def _aliases(text: str, definitions: list[list[Any]]) -> list[list[Any]]:
    rows = {row[0]: row for row in definitions}
    found = [_alias(match, rows) for match in _ALIAS.finditer(text)]
    return [row for row in found if row is not None]


def _alias(match: re.Match[str], rows: dict[str, list[Any]]) -> list[Any] | None:
    """An alias has its aliasee's kind and type; else its kind shows in its type: functions have arguments."""
    words = match["words"].split()
    if any(word in _LOCAL for word in words):
        return None
    weak = any(word.startswith(("weak", "linkonce")) for word in words)
    aliasee = _ALIASEE.search(match["rest"])
    same = rows.get(_unquoted(aliasee[1])) if aliasee else None
    kind = same[2] if same else "function" if re.match(r"[^,]+ \(", match["rest"]) else "variable"
    described = same[4:] if same else [None, ""]
    return [_unquoted(match[1]), "weak" if weak else "strong", kind, "hidden" in words, *described]


def _unquoted(name: str) -> str:
    return symbol_name(_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), name.strip('"')))
