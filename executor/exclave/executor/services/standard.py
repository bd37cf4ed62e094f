"""The standard services that tools expect: grpc.health.v1 and server reflection.

Owns: their making, on first use: importing both takes longer than all the rest of the daemon's start.
Must not know: our services but by name.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import grpc

_HEALTH = "/grpc.health.v1.Health/"
_REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/"


class StandardServices(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Finds the handlers of health and reflection, which are imported when the first request comes."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._lock = threading.Lock()
        self._handlers: dict[str, grpc.GenericRpcHandler] = {}
        self._health: Any = None
        self._serving = True

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """The handler of a method, None if it is not one of these services'."""
        method: str = handler_call_details.method
        for prefix, make in ((_HEALTH, self._make_health), (_REFLECTION, self._make_reflection)):
            if method.startswith(prefix):
                with self._lock:
                    handler = self._handlers.get(prefix) or self._handlers.setdefault(prefix, make())
                return handler.service(handler_call_details)
        return None

    def stop_serving(self) -> None:
        """Health says NOT_SERVING from now on."""
        with self._lock:
            self._serving = False
            if self._health is not None:
                self._health.enter_graceful_shutdown()

    def _make_health(self) -> grpc.GenericRpcHandler:
        from grpc_health.v1 import health, health_pb2, health_pb2_grpc

        self._health = health.HealthServicer()
        for name in ("", *self._names):
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        if not self._serving:
            self._health.enter_graceful_shutdown()
        catcher = _Catcher()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, catcher)
        return catcher.handler

    def _make_reflection(self) -> grpc.GenericRpcHandler:
        from grpc_reflection.v1alpha import reflection

        catcher = _Catcher()
        names = (*self._names, "grpc.health.v1.Health", reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, catcher)
        return catcher.handler


class _Catcher:
    """Stands where generated code expects a server, and keeps the handler that it adds."""

    handler: grpc.GenericRpcHandler

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Called by generated code."""
        (self.handler,) = handlers

    def add_registered_method_handlers(self, service: str, handlers: object) -> None:
        """Called by generated code; the same handlers again, by full name."""
