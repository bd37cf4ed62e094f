"""What a setting's value can be, as people write it on a command line or in a file.

Owns: one reader for each kind of value, and how a setting is declared. Must not know: which settings there are.
Invariant: a reader gives a value within its bounds or raises ValueError, whose text says what it wants instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field
from typing import Any

Reader = Callable[[object], Any]
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


@dataclass(frozen=True, slots=True)
class Setting:
    """How a setting is written and explained; its name and default are its field's.

    Attributes:
        read: makes the value of text or of what TOML has; raises ValueError.
        metavar: stands for the value in help.
        help: one sentence without its default.
        shown: the default for people, if it is not as they would write it.
        in_file: whether the file may say it too.
        choices: all values, if they are few.
    """

    read: Reader
    metavar: str
    help: str
    shown: str = ""
    in_file: bool = True
    choices: tuple[str, ...] = ()

    @property
    def is_list(self) -> bool:
        """Whether it has several values: its flag may come again, and the file has an array."""
        return self.read in (texts, absolute_paths)


def setting(default: Any, read: Reader, metavar: str, text: str, **more: Any) -> Any:
    """Declares a setting: a field of a dataclass."""
    return field(default=default, metadata={"setting": Setting(read, metavar, text, **more)})


def setting_of(declared: Field[Any]) -> Setting:
    """What `setting` has declared."""
    metadata: Mapping[str, Any] = declared.metadata
    found = metadata["setting"]
    assert isinstance(found, Setting)
    return found


def number(low: int, high: int) -> Reader:
    """A reader of whole numbers from `low` to `high`."""

    def read(value: object) -> int:
        found = _whole(value)
        if found is None or not low <= found <= high:
            raise ValueError(f"{value!r} is not a number from {low} to {high}")
        return found

    return read


def size(low: int, high: int, *, zero: bool = False) -> Reader:
    """A reader of bytes: 1048576, "512M"; with `zero`, 0 is one too."""

    def read(value: object) -> int:
        text = value.strip().upper() if isinstance(value, str) else ""
        unit = text[-1:] if text[-1:] in tuple("KMGT") and text[-1:] else ""
        found = _whole(text.removesuffix(unit) if text else value)
        if found is None:
            raise ValueError(f"{value!r} is not a size, such as 512M")
        found <<= _UNITS[unit]
        if not (low <= found <= high or (zero and found == 0)):
            raise ValueError(f"{value!r} is not a size from {_size_text(low)} to {_size_text(high)}{_or_zero(zero)}")
        return found

    return read


def seconds(value: object) -> float:
    """Reads a time in seconds, more than 0."""
    try:
        found = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else -1.0
    except ValueError:
        found = -1.0
    if not 0 < found <= 1e8:
        raise ValueError(f"{value!r} is not a time in seconds, more than 0")
    return found


def text(value: object) -> str:
    """Reads text as it is."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")  # noqa: TRY004 - whoever reads catches one kind of error
    return value


def texts(value: object) -> tuple[str, ...]:
    """Reads a list of texts."""
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(text(item) for item in items)


def absolute_paths(value: object) -> tuple[str, ...]:
    """Reads a list of absolute paths."""
    paths = texts(value)
    for path in paths:
        if not path.startswith("/"):
            raise ValueError(f"{path!r} is not an absolute path")
    return paths


def one_of(*choices: str) -> Reader:
    """A reader of one of a few words."""

    def read(value: object) -> str:
        if value not in choices:
            raise ValueError(f"{value!r} is none of {', '.join(choices)}")
        return str(value)

    return read


def _whole(value: object) -> int | None:
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _size_text(value: int) -> str:
    unit = max((unit for unit, bits in _UNITS.items() if value and value % (1 << bits) == 0), key=_UNITS.__getitem__)
    return f"{value >> _UNITS[unit]}{unit}"


def _or_zero(zero: bool) -> str:
    return ", nor 0" if zero else ""
