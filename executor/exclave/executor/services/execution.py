"""ExecutionService."""

from __future__ import annotations

import grpc
from exclave.executor.runtime import EntryPoints
from exclave.executor.services.status import translated_errors
from exclave.executor.sessions import Sessions
from exclave.v1 import execution_pb2 as pb
from exclave.v1 import execution_pb2_grpc


class ExecutionServicer(execution_pb2_grpc.ExecutionServiceServicer):
    """Starts the session runtime, finds symbols, calls functions."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def StartRuntime(  # noqa: N802, D102
        self, request: pb.StartRuntimeRequest, context: grpc.ServicerContext
    ) -> pb.StartRuntimeResponse:
        with translated_errors(context):
            session = self._sessions.find(request.session_token)
            session.start_runtime(EntryPoints(request.serve, request.lookup, request.run_actions))
        return pb.StartRuntimeResponse()

    def LookupSymbols(  # noqa: N802, D102
        self, request: pb.LookupSymbolsRequest, context: grpc.ServicerContext
    ) -> pb.LookupSymbolsResponse:
        with translated_errors(context):
            session = self._sessions.find(request.session_token)
            return pb.LookupSymbolsResponse(addresses=session.lookup_symbols(list(request.names)))
        raise AssertionError

    def Call(self, request: pb.CallRequest, context: grpc.ServicerContext) -> pb.CallResponse:  # noqa: N802, D102
        with translated_errors(context):
            session = self._sessions.find(request.session_token)
            call = session.pending_call()
            context.add_callback(call.leave)
            timeout = request.timeout.ToTimedelta().total_seconds() if request.HasField("timeout") else None
            outcome, position = session.call(
                request.entry, request.function, request.slots, request.result_size, timeout, call
            )
        response = pb.CallResponse(output_position=position, elapsed_ns=outcome.elapsed_ns)
        if outcome.exited is None:
            response.result = outcome.result
        else:
            response.exited = outcome.exited
        return response
