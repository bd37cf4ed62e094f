"""One line per event: a sentence of few words, then facts by name.

Owns: the two formats. Must not know: what is logged. Invariant: an event is one line, whatever its facts
hold; no token is ever a fact (sessions have a name that is made for logs).
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any, Literal

LogFormat = Literal["human", "json"]


def log_event(log: logging.Logger, event: str, level: int = logging.INFO, **facts: Any) -> None:
    """Logs an event with its facts."""
    log.log(level, event, extra={"facts": facts})


def set_up_logging(level: str, form: LogFormat) -> None:
    """Sends what the executor logs to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else HumanFormatter())
    root = logging.getLogger("exclave.executor")
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    root.propagate = False


class HumanFormatter(logging.Formatter):
    """`2026-01-31T12:00:00.123Z INFO session opened session=ab12cd34 ms=4.2`."""

    def format(self, record: logging.LogRecord) -> str:
        """Makes the line."""
        facts = "".join(f" {name}={_plain(value)}" for name, value in _facts(record).items())
        return f"{_when(record)} {record.levelname} {_one_line(record.getMessage())}{facts}"


class JsonFormatter(logging.Formatter):
    """The same as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Makes the line."""
        head = {"time": _when(record), "level": record.levelname, "event": record.getMessage()}
        return json.dumps(head | _facts(record), default=str)


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    facts = dict(getattr(record, "facts", {}))
    if record.exc_info:
        facts["traceback"] = logging.Formatter().formatException(record.exc_info)
    return facts


def _when(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"


def _plain(value: object) -> str:
    text = _one_line(str(value))
    return json.dumps(text) if not text or any(c in text for c in ' ="\\') else text


def _one_line(text: str) -> str:
    return text if text.isprintable() else json.dumps(text)[1:-1]
