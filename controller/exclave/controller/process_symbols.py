"""Symbols of the worker's process: libc, libm, libgcc_s.

Owns: asking the worker, once per name. Must not know: who refers to them. Invariant: an answer never changes
within a session, so it is asked for once; what does not exist is remembered too. `may_print` is true once somebody was
given something that is not known to print nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

# What prints nothing (libc, libm): a call of code that needs no more of the process is not asked whether it did.
QUIET = frozenset((
    "memcpy", "memmove", "memset", "memcmp", "memchr", "strlen", "strnlen", "strcmp", "strncmp", "strcpy", "strncpy",
    "strcat", "strchr", "strrchr", "strstr", "malloc", "calloc", "realloc", "free", "qsort", "bsearch", "abs", "labs",
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh", "erf",
    "erfc", "exp", "exp2", "expm1", "fabs", "fdim", "floor", "fma", "fmax", "fmin", "fmod", "frexp", "hypot", "ilogb",
    "ldexp", "lgamma", "llrint", "llround", "log", "log10", "log1p", "log2", "logb", "lrint", "lround", "modf",
    "nearbyint", "nextafter", "pow", "remainder", "remquo", "rint", "round", "scalbn", "sin", "sincos", "sinh",
    "sqrt", "tan", "tanh", "tgamma", "trunc", "acosf", "asinf", "atanf", "atan2f", "cosf", "coshf", "expf", "exp2f",
    "fabsf", "floorf", "ceilf", "fmaf", "fmodf", "hypotf", "logf", "log2f", "log10f", "powf", "roundf", "sinf",
    "sinhf", "sqrtf", "tanf", "tanhf", "truncf", "__register_frame", "__deregister_frame",
))  # fmt: skip


class ProcessSymbols:
    """A cache over one batched lookup rpc. Its user holds the lock."""

    def __init__(self, ask: Callable[[Sequence[str]], Mapping[str, int]], known: Mapping[str, int]) -> None:
        self._ask = ask
        self._known: dict[str, int] = dict(known)  # 0: does not exist
        self.may_print = False

    def find(self, names: Sequence[str]) -> dict[str, int]:
        """The addresses of those of `names` that exist; at most one rpc."""
        unknown = sorted({name for name in names if name not in self._known and _askable(name)})
        if unknown:
            found = self._ask(unknown)
            self._known.update({name: found.get(name, 0) for name in unknown})
        found = {name: self._known[name] for name in names if self._known.get(name)}
        self.may_print = self.may_print or not QUIET.issuperset(found)
        return found


def _askable(name: str) -> bool:
    """Whether dlsym could know it; anything else in an object's symbol table does not go over the wire."""
    return 0 < len(name) < 4096 and "\0" not in name and name.isprintable()
