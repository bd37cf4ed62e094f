"""The `exclave` command. One file per subcommand; this one only lists them.

Owns: the command line's grammar, exit statuses. Must not know: how anything is done.
Invariant: an `ExclaveError` is printed as its message, never as a traceback, and the exit status says which kind.
"""

from __future__ import annotations

import sys

import typer

from ..errors import ExclaveError
from .console import print_error
from .doctor import doctor
from .executor import executor
from .inspect import inspect
from .link import link
from .pipes import quiet_pipes
from .run import run
from .top import top

FAILED = 1

app = typer.Typer(
    name="exclave",
    help="Run native code that was compiled here over there.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("run")(run)
app.command("link")(link)
app.command("inspect")(inspect)
app.command("top")(top)
app.command("doctor")(doctor)
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
app.command("executor", context_settings=PASS_ON)(executor)


def main(argv: list[str] | None = None) -> None:
    """The console script. What follows `--` goes to the program that is run, untouched."""
    arguments = sys.argv[1:] if argv is None else argv
    own, program = split_at_dashes(arguments)
    try:
        with quiet_pipes():
            app(args=own, obj=program, prog_name="exclave")
    except ExclaveError as error:
        print_error(error)
        sys.exit(FAILED)


def split_at_dashes(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What is before the first `--`, and what is after it."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]
