"""What somebody may have meant by a name that nobody defines.

Owns: the search, and its bounds: an error must not take longer than what it is about. Must not know: whose names they
are. Invariant: the same names give the same answer.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

MOST_NAMES, MOST_KNOWN = 8, 20_000
_MOST_ANSWERS = 3
_OWN = ("exclave_", "$")


def close_names(missing: Sequence[str], known: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each missing name the known ones that come close, if any; of a few names only, among not too many."""
    candidates = [name for name in known if not name.startswith(_OWN)][:MOST_KNOWN]
    found = {name: _close(name, candidates) for name in missing[:MOST_NAMES]}
    return {name: close for name, close in found.items() if close}


def _close(name: str, candidates: Sequence[str]) -> tuple[str, ...]:
    mangled = [candidate for candidate in candidates if _is_mangled(name, candidate) or _is_mangled(candidate, name)]
    return tuple((mangled or difflib.get_close_matches(name, candidates, n=_MOST_ANSWERS, cutoff=0.75))[:_MOST_ANSWERS])


def _is_mangled(name: str, mangled: str) -> bool:
    """Whether `mangled` is what C++ makes of a function called `name`: `f` and `_Z1fi`."""
    return mangled.startswith(f"_Z{len(name)}{name}")
