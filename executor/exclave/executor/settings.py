"""Everything that a daemon can be told.

Owns: the table: one field a setting, with its default, its reader and its help. Flags, keys of the configuration file
and the help are made of it (options.py). Must not know: where values come from, what becomes of them.
Invariant: a setting's flag, and its key in a file, is its field's name with `-` for `_`; each default is stated once.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, fields
from typing import Any, Literal

from exclave.executor.limits import Limits
from exclave.executor.setting_kinds import number, one_of, setting, text

_LEVELS = ("debug", "info", "warning", "error")
_FORMATS = ("human", "json")


@dataclass(frozen=True)
class Settings(Limits):
    """One daemon's settings: the bounds of its sessions, and these."""

    listen: str | None = setting(
        None, text, "ADDRESS", "unix:PATH or HOST:PORT of the loopback interface", shown="a private UNIX socket"
    )
    log_level: str = setting("info", one_of(*_LEVELS), "LEVEL", "what is logged", choices=_LEVELS)
    log_format: Literal["human", "json"] = setting("human", one_of(*_FORMATS), "FORMAT", "how", choices=_FORMATS)
    ready_fd: int | None = setting(
        None,
        number(0, 1 << 20),
        "FD",
        "write a line `READY ADDRESS` to it when serving, then close it",
        in_file=False,
    )
    parent_fd: int | None = setting(None, number(0, 1 << 20), "FD", "stop when it reaches end of file", in_file=False)


def all_settings() -> dict[str, Field[Any]]:
    """The settings by the name that people write."""
    return {field.name.replace("_", "-"): field for field in fields(Settings)}
