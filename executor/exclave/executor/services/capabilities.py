"""CapabilitiesService."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

import grpc
from exclave.executor.host import describe_host
from exclave.executor.memory.session_memory import MAX_CHUNK
from exclave.executor.sandbox_report import LayerReport
from exclave.executor.services.plans import MAX_SEGMENTS
from exclave.executor.services.status import translated_errors
from exclave.executor.sessions import Sessions
from exclave.executor.zones import MAX_LANES, MAX_RESERVATION, MAX_SLOTS
from exclave.v1 import capabilities_pb2 as pb
from exclave.v1 import capabilities_pb2_grpc

PROTOCOL_VERSION = 4


class CapabilitiesServicer(capabilities_pb2_grpc.CapabilitiesServiceServicer):
    """Describes the executor."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._host = describe_host()

    def GetCapabilities(  # noqa: N802, D102
        self,
        request: pb.GetCapabilitiesRequest,  # noqa: ARG002 - the name is gRPC's
        context: grpc.ServicerContext,
    ) -> pb.GetCapabilitiesResponse:
        with translated_errors(context):
            layers = self._sessions.layers()
        host = self._host
        return pb.GetCapabilitiesResponse(
            protocol_version=PROTOCOL_VERSION,
            executor_version=_version(),
            target=pb.Target(triple=host.triple, cpu=host.cpu, features=host.features, page_size=host.page_size),
            limits=self._limits(),
            sandbox=layer_messages(layers),
            kernel=os.uname().release,
            python_version=platform.python_version(),
            daemon_pid=os.getpid(),
            readable_paths=self._sessions.limits.allow_read,
            libraries=self._sessions.limits.allow_library,
        )

    def _limits(self) -> pb.Limits:
        limits = self._sessions.limits
        return pb.Limits(
            max_reservation=MAX_RESERVATION,
            default_reservation=limits.reservation,
            max_chunk=MAX_CHUNK,
            max_lanes=MAX_LANES,
            max_slots=MAX_SLOTS,
            max_sessions=limits.max_sessions,
            max_segments=MAX_SEGMENTS,
            max_threads=limits.max_threads,
            call_timeout_ms=round(limits.call_timeout * 1000),
            max_memory=limits.max_memory,
            max_cpu_seconds=limits.max_cpu_seconds,
            max_output_bytes=limits.max_output,
        )


def layer_messages(layers: Iterable[LayerReport]) -> list[pb.SandboxLayer]:
    """The sandbox's layers, as messages."""
    return [pb.SandboxLayer(name=layer.name, active=layer.active, detail=layer.detail) for layer in layers]


def _version() -> str:
    try:
        return version("exclave")
    except PackageNotFoundError:  # run from a copy of the sources
        return "unknown"
