"""From the command line and the configuration file to Settings.

Owns: where each value comes from: a flag, else the file, else the table's default. Must not know: which settings there
are (settings.py), what they do. Imports little: it runs before everything else.
Invariant: whatever is not understood ends with a message that names the flag, or the file and its key.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import Field
from pathlib import Path
from typing import Any

from exclave.executor.setting_kinds import Reader, setting_of
from exclave.executor.settings import Settings, all_settings


def parse_options(arguments: Sequence[str] | None = None) -> Settings:
    """Understands the command line; prints usage and exits with status 2 where it cannot."""
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    path = given.pop("config", None)
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = read_file(Path(path))
        except ValueError as error:
            parser.error(f"argument --config: {error}")
    return Settings(**(values | {name: _joined(value) for name, value in given.items()}))


def read_file(path: Path) -> dict[str, Any]:
    """The values that a configuration file (TOML) gives, by the settings' fields.

    Raises: ValueError, which names the file, and the key if it is one.
    """
    import tomllib

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise ValueError(f"{path}: {error}") from error
    return dict(_file_value(path, key, value) for key, value in document.items())


def _file_value(path: Path, key: str, value: object) -> tuple[str, Any]:
    field = all_settings().get(key)
    if field is None or not setting_of(field).in_file:
        known = ", ".join(name for name, field in all_settings().items() if setting_of(field).in_file)
        raise ValueError(f"{path}: there is no setting {key!r}; there are: {known}")
    try:
        return field.name, setting_of(field).read(value)
    except ValueError as error:
        raise ValueError(f"{path}: {key}: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="exclave executor",
        description="Runs code of controllers in sandboxed workers.",
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--config", metavar="FILE", help="a TOML file with settings, named as the flags; flags win")
    for name, field in all_settings().items():
        _add_flag(parser, name, field)
    return parser


def _add_flag(parser: argparse.ArgumentParser, name: str, field: Field[Any]) -> None:
    setting = setting_of(field)
    parser.add_argument(
        f"--{name}",
        dest=field.name,
        type=_argument(setting.read),
        action="append" if setting.is_list else "store",
        metavar="|".join(setting.choices) or setting.metavar,
        help=_help(field).replace("%", "%%"),
    )


def _help(field: Field[Any]) -> str:
    setting = setting_of(field)
    if field.default is None and not setting.shown:
        return setting.help
    default = setting.shown or (", ".join(field.default) if setting.is_list else field.default)
    return f"{setting.help} (default: {default})"


def _argument(read: Reader) -> Callable[[str], Any]:
    def argument(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return argument


def _joined(value: Any) -> Any:
    """Of a flag that may come again, each came as a tuple."""
    return tuple(item for part in value for item in part) if isinstance(value, list) else value
