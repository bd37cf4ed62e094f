"""From IR to objects, in processes that may die: LLVM aborts on some bad modules, and never finishes on others.

The names below are imported when they are first used: the compile worker imports this package too, and its start
is a part of every cold start.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapters import adapter_ir, callback_stub_ir, map_adapter_ir
    from .pool import CompilePool
    from .requests import CompileRequest, ModuleInterface, ModuleSource, SymbolInfo, Target, module_source
    from .trampoline import trampoline_ir

__all__ = [
    "CompilePool",
    "CompileRequest",
    "ModuleInterface",
    "ModuleSource",
    "SymbolInfo",
    "Target",
    "adapter_ir",
    "callback_stub_ir",
    "map_adapter_ir",
    "module_source",
    "trampoline_ir",
]

_HOMES = {
    "adapter_ir": ".adapters",
    "callback_stub_ir": ".adapters",
    "map_adapter_ir": ".adapters",
    "CompilePool": ".pool",
    "trampoline_ir": ".trampoline",
}


def __getattr__(name: str) -> Any:
    """Import one of `__all__` now. (PEP 562)"""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES.get(name, ".requests"), __name__), name)
    globals()[name] = value
    return value
