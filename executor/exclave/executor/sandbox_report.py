"""The layers of a worker's sandbox, as the worker reports them before foreign code is in it.

Owns: the record and the check of its form. Must not know: how layers are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LayerReport:
    """One layer.

    Attributes:
        name: such as `seccomp`.
        active: whether it is in force.
        detail: what it does, or why it is not in force.
    """

    name: str
    active: bool
    detail: str


def layer_reports(raw: Any) -> tuple[LayerReport, ...]:
    """Makes reports of what JSON brought: a list of [name, active, detail]."""
    return tuple(LayerReport(str(name), bool(active), str(detail)) for name, active, detail in raw)
