"""The services: each translates between proto and dataclasses, and does nothing else."""

from __future__ import annotations

import grpc
from exclave.executor.services.capabilities import CapabilitiesServicer
from exclave.executor.services.execution import ExecutionServicer
from exclave.executor.services.memory import MemoryServicer
from exclave.executor.services.session import SessionServicer
from exclave.executor.services.silence import SilenceWatch
from exclave.executor.services.streams import StreamBudget
from exclave.executor.sessions import Sessions
from exclave.v1 import capabilities_pb2_grpc, execution_pb2_grpc, memory_pb2_grpc, session_pb2_grpc


def add_services(
    server: grpc.Server, sessions: Sessions, streams: StreamBudget, silence: SilenceWatch, lane_socket: str
) -> tuple[str, ...]:
    """Adds all services to a server; returns their full names."""
    capabilities_pb2_grpc.add_CapabilitiesServiceServicer_to_server(CapabilitiesServicer(sessions), server)
    session_pb2_grpc.add_SessionServiceServicer_to_server(SessionServicer(sessions, lane_socket), server)
    memory_pb2_grpc.add_MemoryServiceServicer_to_server(MemoryServicer(sessions, silence), server)
    execution_pb2_grpc.add_ExecutionServiceServicer_to_server(ExecutionServicer(sessions, streams), server)
    words = ("Capabilities", "Session", "Memory", "Execution")
    return tuple(f"exclave.v1.{word}Service" for word in words)
