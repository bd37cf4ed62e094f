"""The user ids that workers have where the executor is root's.

Owns: the range, and which one is next. Must not know: who changes to it.
"""

from __future__ import annotations

import secrets
from itertools import count

UIDS = 60000
FIRST_UID = 0x7A000000  # far from the ranges of people, services and containers
NOBODY = 65534
_numbers = count(secrets.randbelow(UIDS))  # not those of another daemon on this host


def next_uid() -> int:
    """An id that no living worker has, as long as there are fewer than UIDS."""
    return FIRST_UID + next(_numbers) % UIDS
