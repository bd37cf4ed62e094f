"""Whether anybody listens at a UNIX socket, asked before gRPC is: that would not say why not, and asks once a second.

Owns: waiting for a daemon that is about to start. Must not know: gRPC, what is said over the socket.
Invariant: it returns within the time given, and at once when somebody listens.
"""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import tenacity

_NOBODY = {
    errno.ENOENT: "there is no such socket",
    errno.ENOTDIR: "there is no such socket",
    errno.ECONNREFUSED: "nobody listens on the socket that is there",
}


def wait_for_listener(path: Path, seconds: float) -> str | None:
    """None as soon as somebody listens; what is wrong, if that is nobody for so long or does not change by waiting."""
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda code: code in _NOBODY),
        stop=tenacity.stop_after_delay(seconds),
        wait=tenacity.wait_random_exponential(multiplier=0.005, max=0.1),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else errno.ENOENT,
    )
    code: int = retrying(_try, path)
    if code in (0, errno.EAGAIN):  # EAGAIN: it has more callers than it can take right now
        return None
    if code in _NOBODY:
        return f"{_NOBODY[code]}: start one with `exclave executor --listen unix:{path}`"
    return f"{os.strerror(code)}: an executor's socket is for the user who started it"


def _try(path: Path) -> int:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        return probe.connect_ex(os.fsencode(path))
