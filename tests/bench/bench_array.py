"""Large arrays: there and back, from afar and on the same host; and that nothing is copied where nothing need be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from exclave.controller import connect
from exclave.controller.session import Session

from .far_executor import far_executor
from .measure import Effort, Measurement, Target, median_ms

NUMBERS = 8 << 20
"""64 MB of doubles."""
FAR_TARGET = Target("value", "at least", 400)
IR = "define ptr @where(ptr %p) { ret ptr %p }"


def measure(effort: Effort) -> Iterator[Measurement]:
    """From afar (TCP, on this host), then here."""
    with far_executor() as executor, executor.session() as session:
        for name, speed in speeds(session, effort):
            yield Measurement("array", f"{name}, 64 MB from afar", "MB/s", speed, target=FAR_TARGET)
    with connect() as executor, executor.session() as session:
        for name, speed in speeds(session, effort):
            yield Measurement("array", f"{name}, 64 MB here", "GB/s", speed / 1000)
        yield Measurement(
            "array",
            "arrays of the session as arguments: copied",
            "of 3",
            copied_arguments(session),
            target=Target("value", "exactly", 0),
        )


def speeds(session: Session, effort: Effort) -> Iterator[tuple[str, float]]:
    """Megabytes a second of each way to move an array."""
    values = np.random.default_rng(1).random(NUMBERS)
    array = session.asarray(values)

    def make() -> None:
        session.asarray(values).free()

    works: dict[str, Callable[[], object]] = {"put": lambda: array.put(values), "get": array.get, "asarray": make}
    for name, work in works.items():
        yield name, values.nbytes / 1000 / median_ms(work, effort.times(15))
    if not np.array_equal(array.get(), values):
        raise AssertionError("what came back is not what was sent")


def copied_arguments(session: Session) -> int:
    """Of an array, its view and a part of its view: how many the callee found elsewhere than they are."""
    session.add_ir(IR)
    where = session.function("where")
    array = session.array(NUMBERS)
    arguments = [(array, 0), (array.view, 0), (array.view[5:], 5 * 8)]
    return sum(where(value) != array.address + offset for value, offset in arguments)
