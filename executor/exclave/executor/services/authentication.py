"""Who may make requests: an interceptor before every method.

Owns: what a client must show, the identity that it has then. Must not know: sessions, what is asked.
Invariant: no method but health is reached without what `Credentials` ask for; a refusal does not say which part of it
was wrong. (Certificates are checked by TLS itself; here they only give a name.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import grpc
from exclave.executor.credentials import Credentials
from exclave.executor.errors import UnauthenticatedError
from exclave.executor.identity import LOCAL, acting_as
from exclave.executor.services.status import translated_errors

_OPEN = "/grpc.health.v1.Health/"  # says only that the daemon serves; probes have no secrets
_KEY, _SCHEME = "authorization", "Bearer "


class Authenticator(grpc.ServerInterceptor):  # type: ignore[misc]
    """Lets requests through to their methods, each with its client's identity."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler | None:
        """Called by gRPC for each request."""
        handler = continuation(handler_call_details)
        if handler is None or handler_call_details.method.startswith(_OPEN):
            return handler
        return self._guarded(handler)

    def _guarded(self, handler: Any) -> grpc.RpcMethodHandler:
        """The same method behind the door. gRPC has four kinds, and no common form of them."""
        streams_requests, streams_responses = handler.request_streaming, handler.response_streaming
        kind = ("stream" if streams_requests else "unary", "stream" if streams_responses else "unary")
        behavior = getattr(handler, "_".join(kind))
        make: Any = getattr(grpc, f"{'_'.join(kind)}_rpc_method_handler")
        door = self._stream_door(behavior) if streams_responses else self._unary_door(behavior)
        return make(door, handler.request_deserializer, handler.response_serializer)  # type: ignore[no-any-return]

    def _unary_door(self, behavior: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def door(request: Any, context: grpc.ServicerContext) -> Any:
            with acting_as(self._identity(context)):
                return behavior(request, context)

        return door

    def _stream_door(self, behavior: Callable[[Any, Any], Iterator[Any]]) -> Callable[[Any, Any], Iterator[Any]]:
        def door(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            with acting_as(self._identity(context)):  # one thread has the stream from its begin to its end
                yield from behavior(request, context)

        return door

    def _identity(self, context: grpc.ServicerContext) -> str:
        certificate = next(iter(context.auth_context().get("x509_pem_cert", ())), None)
        name = LOCAL if certificate is None else f"certificate {hashlib.sha256(certificate).hexdigest()}"
        if not self._credentials.tokens:
            return name
        number = self._credentials.token_number(_bearer_token(context))
        return f"{name}, token {number}" if number is not None else _refuse(context)


def _bearer_token(context: grpc.ServicerContext) -> bytes:
    metadata: Any = context.invocation_metadata() or ()
    for key, value in metadata:
        if key == _KEY and isinstance(value, str) and value.startswith(_SCHEME):
            return value.removeprefix(_SCHEME).strip().encode()
    return b""


def _refuse(context: grpc.ServicerContext) -> NoReturn:
    with translated_errors(context):
        raise UnauthenticatedError(
            "NO_TOKEN",
            "this executor wants a bearer token that it knows: ask whoever runs it, and give it to connect()",
        )
    raise AssertionError
