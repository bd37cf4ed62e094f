"""Waiting for a worker's answer with all that can go wrong: its deadline, its death, its lies.

Owns: what each of these does to the worker and which error it becomes. Must not know: what was asked.
Invariant: `take_answer` ends with an answer, with the deadline (the worker is killed then) or with the
worker's death; a worker that breaks the lanes' protocol is killed.
"""

from __future__ import annotations

from exclave.executor.errors import AbortedError, DeadlineExceededError
from exclave.executor.exits import ExitCause, WorkerExit
from exclave.executor.frames import LaneBrokenError
from exclave.executor.lane import Answer, Lane, LaneAbandonedError, LaneTimeoutError
from exclave.executor.spawner import WorkerProcess

_DEATH_TIMEOUT = 5.0


def take_answer(worker: WorkerProcess, lane: Lane, deadline: float | None) -> Answer:
    """Waits for the answer to the lane's last message.

    Raises: DeadlineExceededError, AbortedError; LaneInterruptedError, if somebody interrupts the lane.
    """
    try:
        return lane.wait(deadline)
    except LaneTimeoutError:
        raise expire(worker, lane) from None
    except LaneBrokenError as error:
        raise break_off(worker, str(error)) from None
    except LaneAbandonedError:
        raise died(worker, lane) from None


def expire(worker: WorkerProcess, lane: Lane) -> DeadlineExceededError:
    """Ends a worker whose call ran past its deadline, and returns the error to raise."""
    worker.kill(ExitCause.DEADLINE, "a call ran past its deadline")
    text = "the call did not return in time; its worker was ended"
    return DeadlineExceededError("CALL_DEADLINE", text, death(worker), slots=lane.innermost_slots().hex())


def break_off(worker: WorkerProcess, text: str) -> AbortedError:
    """Ends a worker that broke the protocol, and returns the error to raise."""
    worker.kill(ExitCause.PROTOCOL, f"it broke the lanes' protocol: {text}")
    return AbortedError("WORKER_DIED", f"the worker was ended: {text}", death(worker))


def died(worker: WorkerProcess, lane: Lane | None = None) -> AbortedError:
    """The error to raise for a request whose worker died, in a call on `lane` if that is given."""
    gone = death(worker)
    facts = {} if lane is None else {"slots": lane.innermost_slots().hex()}
    return AbortedError("WORKER_DIED", gone.message if gone else "the worker died", gone, **facts)


def death(worker: WorkerProcess) -> WorkerExit | None:
    """How the worker ended; waits until that is known."""
    worker.wait(_DEATH_TIMEOUT)
    return worker.exit
