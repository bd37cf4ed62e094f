"""Answers by idempotency key: a request that comes again gets the first answer again.

Owns: the keys of one session. Must not know: what is asked or answered.
Invariant: for each key the work is done at most once at a time, and an answer, once given, is the answer
(as long as it is among the last KEPT); a failure is not kept: who waited for it does the work himself.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

KEPT = 256
MAX_KEY = 64
_Answer = TypeVar("_Answer")


class Answers(Generic[_Answer]):
    """The answers given so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._futures: OrderedDict[bytes, Future[_Answer]] = OrderedDict()

    def once(self, key: bytes, work: Callable[[], _Answer]) -> _Answer:
        """Does the work, or waits for who does it, or gives its answer again; never for an empty key."""
        if not key:
            return work()
        while True:
            future, mine = self._enter(key)
            if mine:
                return self._do(key, future, work)
            if future.exception() is None:
                return future.result()

    def _do(self, key: bytes, future: Future[_Answer], work: Callable[[], _Answer]) -> _Answer:
        try:
            answer = work()
        except BaseException as error:
            self._forget(key)
            future.set_exception(error)
            raise
        future.set_result(answer)
        return answer

    def _enter(self, key: bytes) -> tuple[Future[_Answer], bool]:
        with self._lock:
            if key in self._futures:
                return self._futures[key], False
            future = self._futures[key] = Future()
            if len(self._futures) > KEPT:
                self._drop_oldest_answer()
            return future, True

    def _drop_oldest_answer(self) -> None:
        for key, future in self._futures.items():
            if future.done():
                del self._futures[key]
                return

    def _forget(self, key: bytes) -> None:
        with self._lock:
            self._futures.pop(key, None)
