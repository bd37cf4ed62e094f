"""What a timeout may be.

Owns: the rule. Must not know: what is timed.
"""

from __future__ import annotations

import math

from .errors import SignatureError

MAX_TIMEOUT_SECONDS = 30 * 86400.0


def checked_timeout(timeout: float | None) -> float | None:
    """Seconds that a deadline can be; infinity and anything beyond a month is no deadline.

    Raises:
        SignatureError: not a number.
    """
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or math.isnan(timeout):
        raise SignatureError(f"timeout= takes seconds or None, not {timeout!r}")
    return None if timeout > MAX_TIMEOUT_SECONDS else float(timeout)
