"""Everything that the executor says no with.

    ExecutorError                   INTERNAL             a bug of ours, or the host failed
    |-- InvalidArgumentError        INVALID_ARGUMENT     the request can never work
    |-- OutOfRangeError             OUT_OF_RANGE         an address range that is not within its zone
    |-- UnauthenticatedError        UNAUTHENTICATED      the client has not shown what it must
    |-- NotFoundError               NOT_FOUND            no such session or allocation (or not yours)
    |-- FailedPreconditionError     FAILED_PRECONDITION  not now: runtime not started, worker no more
    |-- ResourceExhaustedError      RESOURCE_EXHAUSTED   too many of something, or no memory left
    |-- UnavailableError            UNAVAILABLE          no worker could be started, daemon stopping
    |-- DeadlineExceededError       DEADLINE_EXCEEDED    a call ran past its time
    `-- AbortedError                ABORTED              the worker died meanwhile
    StartupError                    exit status 1        the daemon cannot start; for people at a terminal

Each carries a stable word (`reason`), a sentence with the numbers (`message`), the numbers again (`facts`)
and, where the worker is no more, how it ended. All are picklable.

Must not know: gRPC; services/status.py makes status codes of the names.
"""

from __future__ import annotations

from typing import Any, ClassVar

from exclave.executor.exits import WorkerExit


def _rebuild(
    cls: type[ExecutorError], args: tuple[str, str, WorkerExit | None], facts: dict[str, Any]
) -> ExecutorError:
    return cls(*args, **facts)


class ExecutorError(Exception):
    """Base of all.

    Attributes:
        status: the name of the gRPC status code.
        reason: a stable word for programs to branch on.
        message: what was wrong, with the numbers, and what to do about it.
        worker_exit: how the session's worker ended, or None.
        facts: the numbers again, by name, as text.
    """

    status: ClassVar[str] = "INTERNAL"

    def __init__(self, reason: str, message: str, worker_exit: WorkerExit | None = None, **facts: Any) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.worker_exit = worker_exit
        self.facts = {name: str(value) for name, value in facts.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), (self.reason, self.message, self.worker_exit), dict(self.facts))


class InvalidArgumentError(ExecutorError):
    """The request can never work."""

    status = "INVALID_ARGUMENT"


class OutOfRangeError(ExecutorError):
    """An address range that is not within its zone."""

    status = "OUT_OF_RANGE"


class UnauthenticatedError(ExecutorError):
    """The client has not shown what it must; what was wrong is not said."""

    status = "UNAUTHENTICATED"


class NotFoundError(ExecutorError):
    """No such session or allocation; the same for those that are somebody else's."""

    status = "NOT_FOUND"


class FailedPreconditionError(ExecutorError):
    """Not in this state."""

    status = "FAILED_PRECONDITION"


class ResourceExhaustedError(ExecutorError):
    """Too many of something, or no memory left."""

    status = "RESOURCE_EXHAUSTED"


class UnavailableError(ExecutorError):
    """No worker could be started, or the daemon is stopping."""

    status = "UNAVAILABLE"


class DeadlineExceededError(ExecutorError):
    """A call ran past its time."""

    status = "DEADLINE_EXCEEDED"


class AbortedError(ExecutorError):
    """The worker died while it worked on the request."""

    status = "ABORTED"


class StartupError(Exception):
    """The daemon cannot start; the text is for people at a terminal."""
