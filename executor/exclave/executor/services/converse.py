"""The messages of a conversation: what each request does, and what is answered.

Owns: the translation, and the alternation of the two sides. Must not know: lanes, how a call is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from exclave.executor.conversation import CalledBack, Conversation, Ended
from exclave.executor.errors import InvalidArgumentError
from exclave.executor.lane import LaneInterruptedError, Status
from exclave.executor.services.streams import RequestReader
from exclave.executor.services.timeouts import timeout_of
from exclave.executor.session import Session
from exclave.v1 import execution_pb2 as pb

Requests = RequestReader[pb.ConverseRequest]


def take_begin(requests: Requests) -> pb.ConverseRequest.Begin:
    """The first request.

    Raises: InvalidArgumentError.
    """
    request = requests.take()
    if request is None or request.WhichOneof("request") != "begin":
        raise InvalidArgumentError("NO_BEGIN", "the first request of a Converse must be Begin")
    return request.begin


def answer_calls(session: Session, conversation: Conversation, requests: Requests) -> Iterator[pb.ConverseResponse]:
    """Makes the calls that are asked for, until the client ends its side."""
    while (request := _take(conversation, requests)) is not None:
        yield _response(_act(session, conversation, request))


def tell_callbacks(conversation: Conversation, requests: Requests) -> Iterator[pb.ConverseResponse]:
    """On the dispatch lane: tells each callback, and gives its result back, until the client ends its side."""
    with suppress(LaneInterruptedError):
        callback = conversation.next_callback()
        while True:
            yield _response(callback)
            request = _take(conversation, requests)
            if request is None:
                return
            callback = _act_in_callback(conversation, request)


def _take(conversation: Conversation, requests: Requests) -> pb.ConverseRequest | None:
    """The next request; the calls' deadline holds for the client too."""
    try:
        request = requests.take(conversation.deadline)
    except TimeoutError:
        raise conversation.run_out() from None
    if request is None:
        conversation.check_alive()
    return request


def _act(session: Session, conversation: Conversation, request: pb.ConverseRequest) -> Ended | CalledBack:
    if request.WhichOneof("request") != "call":
        return _act_in_callback(conversation, request)
    call = request.call
    session.check_call(call.entry, call.function)
    deadline = session.deadline(timeout_of(call))
    return conversation.call(call.entry, call.function, call.slots, call.result_size, deadline)


def _act_in_callback(conversation: Conversation, request: pb.ConverseRequest) -> Ended | CalledBack:
    kind = request.WhichOneof("request")
    if kind == "resume":
        return conversation.resume(request.resume.slots)
    if kind == "unwind":
        return conversation.unwind()
    raise InvalidArgumentError("NOT_DUE", f"{kind or 'an empty request'} where it is not due")


def _response(outcome: Ended | CalledBack) -> pb.ConverseResponse:
    if isinstance(outcome, CalledBack):
        callback = pb.ConverseResponse.Callback(callback=outcome.callback, slots=outcome.slots)
        return pb.ConverseResponse(callback=callback)
    if outcome.status == Status.UNWOUND:
        unwound = pb.ConverseResponse.Unwound(output_position=outcome.position, slots=outcome.result)
        return pb.ConverseResponse(unwound=unwound)
    if outcome.status == Status.NO_ROOM:
        no_room = pb.ConverseResponse.NoRoom(output_position=outcome.position, slots=outcome.result)
        return pb.ConverseResponse(no_room=no_room)
    times = {"output_position": outcome.position, "elapsed_ns": outcome.elapsed_ns}
    if outcome.status == Status.EXITED:
        exited = pb.ConverseResponse.Exited(exit_code=outcome.exit_code, slots=outcome.result, **times)
        return pb.ConverseResponse(exited=exited)
    return pb.ConverseResponse(returned=pb.ConverseResponse.Returned(result=outcome.result, **times))
