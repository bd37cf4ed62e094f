"""A fresh process that goes from nothing to a result, and says when it got where.

    python -m bench.cold_start STARTED     STARTED: time.monotonic() of whoever started this process

Prints JSON, in milliseconds until the result: `total` from just before the first import of ours, `process`
from STARTED. With --imports-only the result is that the imports are done: within a real start they overlap
with the daemon's, on purpose, so they are timed in a process of their own.
"""

import json
import sys
import time

IR = "define i64 @twice(i64 %x) { %y = shl i64 %x, 1  ret i64 %y }"


def _result() -> None:
    from exclave.controller import connect

    with connect() as executor, executor.session() as session:
        session.add_ir(IR)
        result = session.function("twice")(21)
        _done.append(time.monotonic())
    if result != 42:
        raise SystemExit(f"twice(21) gave {result}")


def _imports_only() -> None:
    import exclave.controller.session  # noqa: F401  # all that a session needs, gRPC and NumPy with it

    _done.append(time.monotonic())


_done: list[float] = []

if __name__ == "__main__":
    begun = time.monotonic()
    started = float(sys.argv[1])
    (_imports_only if "--imports-only" in sys.argv else _result)()
    print(json.dumps({"process": (_done[0] - started) * 1000, "total": (_done[0] - begun) * 1000}))
