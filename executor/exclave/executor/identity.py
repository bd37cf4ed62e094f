"""Whose request it is that a thread works on.

Owns: the word for it, by thread. Must not know: gRPC, certificates, tokens, sessions. Invariant: outside of
`acting_as` a thread acts for nobody from outside: LOCAL.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

LOCAL = "local"
"""Whoever may connect, where nothing else is asked of him: the UNIX socket's owner, users of this host."""


class _Current(threading.local):
    identity = LOCAL


_current = _Current()


def current_identity() -> str:
    """The identity for which this thread acts."""
    return _current.identity


@contextmanager
def acting_as(identity: str) -> Iterator[None]:
    """Has this thread act for somebody."""
    before, _current.identity = _current.identity, identity
    try:
        yield
    finally:
        _current.identity = before
