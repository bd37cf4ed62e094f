"""ExecutionService."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
from exclave.executor.errors import AbortedError, InvalidArgumentError
from exclave.executor.exits import ExitCause
from exclave.executor.memory.session_memory import MAX_CHUNK
from exclave.executor.runtime import EntryPoints
from exclave.executor.services.converse import Requests, answer_calls, take_begin, tell_callbacks
from exclave.executor.services.status import exit_message, translated_errors
from exclave.executor.services.streams import RequestReader, StreamBudget
from exclave.executor.services.timeouts import timeout_of
from exclave.executor.session import Session
from exclave.executor.sessions import Sessions
from exclave.executor.stdin_pipe import Feeder
from exclave.v1 import execution_pb2 as pb
from exclave.v1 import execution_pb2_grpc

_LONGEST_MESSAGE = 1000
_CAUSES = (ExitCause.DEADLINE, ExitCause.CLOSED, ExitCause.PROTOCOL)


class ExecutionServicer(execution_pb2_grpc.ExecutionServiceServicer):
    """Starts the session runtime, finds symbols, calls functions, feeds them input."""

    def __init__(self, sessions: Sessions, streams: StreamBudget) -> None:
        self._sessions = sessions
        self._streams = streams

    def StartRuntime(  # noqa: N802, D102
        self, request: pb.StartRuntimeRequest, context: grpc.ServicerContext
    ) -> pb.StartRuntimeResponse:
        with translated_errors(context):
            session = self._sessions.find(request.session_token)
            points = EntryPoints(request.serve, request.lookup, request.run_actions, request.flush_code)
            session.start_runtime(points)
        return pb.StartRuntimeResponse()

    def LookupSymbols(  # noqa: N802, D102
        self, request: pb.LookupSymbolsRequest, context: grpc.ServicerContext
    ) -> pb.LookupSymbolsResponse:
        with translated_errors(context):
            session = self._sessions.find(request.session_token)
            return pb.LookupSymbolsResponse(addresses=session.lookup_symbols(list(request.names)))
        raise AssertionError

    def Converse(  # noqa: N802, D102
        self, request_iterator: Iterator[pb.ConverseRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.ConverseResponse]:
        with translated_errors(context), self._streams.place(), RequestReader(request_iterator) as requests:
            yield from self._converse(requests, context)

    def _converse(self, requests: Requests, context: grpc.ServicerContext) -> Iterator[pb.ConverseResponse]:
        begin = take_begin(requests)
        session = self._sessions.find(begin.session_token)
        conversation = session.conversation(begin.dispatch, requests.stop, timeout_of(begin))
        if not context.add_callback(conversation.leave):
            return
        with conversation:
            yield pb.ConverseResponse(began=pb.ConverseResponse.Began())
            if begin.dispatch:
                requests.on_end(conversation.client_ended)
                yield from tell_callbacks(conversation, requests)
            else:
                yield from answer_calls(session, conversation, requests)

    def EndWorker(  # noqa: N802, D102
        self, request: pb.EndWorkerRequest, context: grpc.ServicerContext
    ) -> pb.EndWorkerResponse:
        with translated_errors(context):
            session = self._sessions.find(request.session_token)
            if request.cause not in _CAUSES:
                allowed = ", ".join(f"{cause.name} ({cause.value})" for cause in _CAUSES)
                text = f"EndWorker with cause {request.cause}; it may be one of {allowed}"
                raise InvalidArgumentError("BAD_CAUSE", text, cause=request.cause)
            message = request.message[:_LONGEST_MESSAGE] or "its caller ended it"
            return pb.EndWorkerResponse(worker_exit=exit_message(session.end(ExitCause(request.cause), message)))
        raise AssertionError

    def DrainOutput(  # noqa: N802, D102
        self, request: pb.DrainOutputRequest, context: grpc.ServicerContext
    ) -> pb.DrainOutputResponse:
        with translated_errors(context):
            session = self._sessions.find(request.session_token)
            return pb.DrainOutputResponse(output_position=session.drain_output())
        raise AssertionError

    def FeedInput(  # noqa: N802, D102
        self, request_iterator: Iterator[pb.FeedInputRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.FeedInputResponse]:
        with translated_errors(context), self._streams.place(), RequestReader(request_iterator) as requests:
            yield from self._feed(requests, context)

    def _feed(
        self, requests: RequestReader[pb.FeedInputRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.FeedInputResponse]:
        first = requests.take()
        if first is None or first.chunk:
            raise InvalidArgumentError(
                "NO_REQUEST", "the first request of a FeedInput names the session, without a chunk"
            )
        session = self._sessions.find(first.session_token)
        with session.feed(requests.stop) as feeder:
            if not context.add_callback(feeder.stop):
                return
            yield pb.FeedInputResponse(opened=pb.FeedInputResponse.Opened())
            _pass_on(requests, feeder, session)
        yield pb.FeedInputResponse(finished=pb.FeedInputResponse.Finished(taken=feeder.taken))


def _pass_on(requests: RequestReader[pb.FeedInputRequest], feeder: Feeder, session: Session) -> None:
    """Writes all chunks; raises AbortedError if the worker ends before."""
    while (request := requests.take()) is not None:
        if request.session_token or len(request.chunk) > MAX_CHUNK:
            text = f"a chunk of {len(request.chunk)} bytes, at most {MAX_CHUNK}, and the session is named first only"
            raise InvalidArgumentError("BAD_CHUNK", text, size=len(request.chunk), most=MAX_CHUNK)
        if not feeder.write(request.chunk):
            break
    if session.exit is not None:
        raise AbortedError("WORKER_DIED", session.exit.message, session.exit)
