"""Landlock: no file but those that the policy names, no TCP port, no signal to others.

Owns: rulesets, and what each version of the interface knows. Must not know: which paths are allowed, or why.
Invariant: a right that the kernel knows is denied unless a rule gives it; a rule gives reading only. Source:
linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Sequence

from exclave.executor import kernel
from exclave.executor.layers import Layer, optional_layer

_ABI_QUESTION = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_RESOLVE_NO_SYMLINKS, _RESOLVE_NO_MAGICLINKS = 4, 2
_NAME = "landlock"


def open_paths(real_paths: Sequence[str]) -> list[int]:
    """Descriptors that stand for paths without symbolic links, and cannot be read from.

    Raises: OSError, also if a path has got a link meanwhile.
    """
    return [_open_path(path) for path in real_paths]


def _open_path(path: str) -> int:
    name = ctypes.create_string_buffer(os.fsencode(path))
    how = struct.pack("<QQQ", os.O_PATH | os.O_CLOEXEC, 0, _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS)
    buffer = ctypes.create_string_buffer(how, len(how))
    at_cwd = -100
    return kernel.syscall(kernel.SYS_OPENAT2, at_cwd, ctypes.addressof(name), ctypes.addressof(buffer), len(how))


def deny_files_and_network(readable: Sequence[int] = ()) -> Layer:
    """Denies all of it for good, but for reading beneath `readable`, descriptors of `open_paths`.

    Raises: OSError; PermissionError if something is to be readable and the kernel has no Landlock.
    """
    abi = 0

    def act() -> None:
        nonlocal abi
        abi = kernel.syscall(kernel.SYS_LANDLOCK_CREATE_RULESET, 0, 0, _ABI_QUESTION)
        _restrict(_ruleset(abi), readable)

    layer = optional_layer(_NAME, "", act)
    if not layer.active:
        if readable:
            raise PermissionError(f"paths can be read only where the kernel has Landlock: {layer.detail}")
        return layer
    return layer._replace(detail=f"ABI {abi}: {_detail(abi, len(readable))}")


def _detail(abi: int, readable: int) -> str:
    files = f"no file may be opened but {readable} paths that the policy names" if readable else "no file may be opened"
    network = ", no TCP port" if abi >= 4 else ""
    scope = ", no signal sent to others" if abi >= 6 else ""
    return files + network + scope


def _restrict(attributes: bytes, readable: Sequence[int]) -> None:
    ruleset = ctypes.create_string_buffer(attributes, len(attributes))
    fd = kernel.syscall(kernel.SYS_LANDLOCK_CREATE_RULESET, ctypes.addressof(ruleset), len(attributes), 0)
    for path in readable:
        rights = _READ_FILE | (_READ_DIR if stat.S_ISDIR(os.fstat(path).st_mode) else 0)
        rule = struct.pack("<Qi", rights, path)
        buffer = ctypes.create_string_buffer(rule, len(rule))
        kernel.syscall(kernel.SYS_LANDLOCK_ADD_RULE, fd, _PATH_BENEATH, ctypes.addressof(buffer), 0)
    kernel.syscall(kernel.SYS_LANDLOCK_RESTRICT_SELF, fd, 0)
    os.close(fd)


def _ruleset(abi: int) -> bytes:
    """struct landlock_ruleset_attr: all rights that this version of the interface knows."""
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)) - 1
    network = 3 if abi >= 4 else 0
    scope = 3 if abi >= 6 else 0
    fields = 1 + (abi >= 4) + (abi >= 6)
    return struct.pack("<QQQ", files, network, scope)[: 8 * fields]
