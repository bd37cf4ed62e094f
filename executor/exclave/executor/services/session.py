"""SessionService."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
from exclave.executor.open_request import OpenRequest, Policy, ResourceLimits
from exclave.executor.output import STDOUT, Event, Output
from exclave.executor.services.capabilities import layer_messages
from exclave.executor.services.statistics import stats_message
from exclave.executor.services.status import exit_message, translated_errors
from exclave.executor.services.timeouts import timeout_of
from exclave.executor.session import Session
from exclave.executor.sessions import Sessions
from exclave.v1 import session_pb2 as pb
from exclave.v1 import session_pb2_grpc


class SessionServicer(session_pb2_grpc.SessionServiceServicer):
    """Opens and closes sessions, and says what they have."""

    def __init__(self, sessions: Sessions, lane_socket: str) -> None:
        self._sessions = sessions
        self._lane_socket = lane_socket

    def OpenSession(  # noqa: N802, D102
        self, request: pb.OpenSessionRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.OpenSessionResponse]:
        with translated_errors(context):
            session = self._sessions.open(_open_request(request))
        try:
            if context.add_callback(session.lease_ended):
                yield pb.OpenSessionResponse(opened=_opened(session, self._lane_socket))
                for event in session.output.events():
                    yield _event(event)
        finally:
            self._sessions.close(session, run_dealloc=False, reason="its lease ended")

    def CloseSession(  # noqa: N802, D102
        self, request: pb.CloseSessionRequest, context: grpc.ServicerContext
    ) -> pb.CloseSessionResponse:
        with translated_errors(context):
            session = self._sessions.find(request.session_token)
            return pb.CloseSessionResponse(failures=self._sessions.close(session, run_dealloc=True))
        raise AssertionError

    def GetSessionStats(  # noqa: N802, D102
        self, request: pb.GetSessionStatsRequest, context: grpc.ServicerContext
    ) -> pb.GetSessionStatsResponse:
        with translated_errors(context):
            session = self._sessions.find(request.session_token)
            return pb.GetSessionStatsResponse(stats=stats_message(session.stats()))
        raise AssertionError

    def ListSessionStats(  # noqa: N802, D102
        self,
        request: pb.ListSessionStatsRequest,  # noqa: ARG002 - the name is gRPC's
        context: grpc.ServicerContext,
    ) -> pb.ListSessionStatsResponse:
        with translated_errors(context):
            found = self._sessions.stats()
            sessions = [stats_message(stats) for stats in found.sessions]
            return pb.ListSessionStatsResponse(sessions=sessions, opened=found.opened, crashed=found.crashed)
        raise AssertionError


def _open_request(message: pb.OpenSessionRequest) -> OpenRequest:
    policy, limits = message.policy, message.limits
    return OpenRequest(
        message.reservation_size,
        message.lanes,
        tuple(message.bootstrap_symbols),
        message.threads,
        Policy(tuple(policy.read), tuple(policy.libraries), not policy.no_clocks, tuple(policy.require)),
        ResourceLimits(
            limits.memory, limits.cpu_seconds, limits.output_bytes, max(timeout_of(limits, "call_timeout") or 0.0, 0.0)
        ),
    )


def _opened(session: Session, lane_socket: str) -> pb.Opened:
    parts = session.parts
    return pb.Opened(
        session_token=session.token,
        zones=[pb.ZoneRange(zone=zone.zone, address=zone.address, size=zone.size) for zone in session.zones],
        bootstrap_addresses=[address for _, address in parts.bootstrap],
        worker_pid=parts.worker.pid,
        sandbox=layer_messages(parts.layers),
        lane_socket=lane_socket,
    )


def _event(event: Event) -> pb.OpenSessionResponse:
    if isinstance(event, Output):
        stream = pb.Output.STREAM_STDOUT if event.stream == STDOUT else pb.Output.STREAM_STDERR
        return pb.OpenSessionResponse(output=pb.Output(stream=stream, data=event.data, position=event.position))
    return pb.OpenSessionResponse(exited=pb.Exited(worker_exit=exit_message(event)))
