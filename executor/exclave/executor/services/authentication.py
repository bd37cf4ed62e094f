"""Who may make requests: an interceptor before every method.

Owns: what a client must show, the identity that it has then. Must not know: sessions, what is asked.
Invariant: no method but health is reached without what `Credentials` ask for, nothing is read of a request that is
refused, and a refusal does not say which part was wrong. (Certificates are checked by TLS itself; here they only give a
name.)
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from exclave.executor.credentials import Credentials
from exclave.executor.errors import UnauthenticatedError
from exclave.executor.identity import LOCAL, acting_as
from exclave.executor.logs import log_event
from exclave.executor.services.status import translated_errors

_log = logging.getLogger(__name__)
_OPEN = "/grpc.health.v1.Health/"  # says only that the daemon serves; probes have no secrets
_KEY, _SCHEME = "authorization", "bearer "
_LOG_EVERY = 10.0  # seconds


class Authenticator(grpc.ServerInterceptor):  # type: ignore[misc]
    """Lets requests through to their methods, each with its client's identity."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._refusals = _Refusals()
        # As a stream of requests: of any other kind gRPC would read the request first, and wait for it.
        self._refusal = grpc.stream_stream_rpc_method_handler(self._refuse)

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler | None:
        """Called by gRPC for each request, before anything of it is read."""
        if handler_call_details.method.startswith(_OPEN):
            return continuation(handler_call_details)
        token = ""
        if self._credentials.tokens:
            number = self._credentials.token_number(_bearer_token(handler_call_details.invocation_metadata))
            if number is None:
                return self._refusal
            token = f"token {number}"
        handler = continuation(handler_call_details)
        return None if handler is None else _named(handler, token)

    def _refuse(self, _requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        self._refusals.note(context.peer())
        with translated_errors(context):
            raise UnauthenticatedError(
                "NO_TOKEN",
                "this executor wants a bearer token that it knows: ask whoever runs it, and give it to connect()",
            )
        yield  # what makes it a stream of responses


def _named(handler: Any, token: str) -> grpc.RpcMethodHandler:
    """The same method, with an identity. gRPC has four kinds, and no common form of them."""
    words = [
        "stream" if streaming else "unary" for streaming in (handler.request_streaming, handler.response_streaming)
    ]
    behavior = getattr(handler, "_".join(words))
    make: Any = getattr(grpc, f"{'_'.join(words)}_rpc_method_handler")

    def one(request: Any, context: grpc.ServicerContext) -> Any:
        with acting_as(_identity(context, token)):
            return behavior(request, context)

    def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        with acting_as(_identity(context, token)):  # one thread has the stream from its begin to its end
            yield from behavior(request, context)

    chosen = stream if handler.response_streaming else one
    return make(chosen, handler.request_deserializer, handler.response_serializer)  # type: ignore[no-any-return]


def _identity(context: grpc.ServicerContext, token: str) -> str:
    certificate = next(iter(context.auth_context().get("x509_pem_cert", ())), None)
    name = LOCAL if certificate is None else f"certificate {hashlib.sha256(certificate).hexdigest()}"
    return f"{name}, {token}" if token else name


def _bearer_token(metadata: Any) -> bytes:
    """Of exactly one: with two it would matter who reads which."""
    given = [value for key, value in metadata or () if key == _KEY]
    if len(given) != 1 or not isinstance(given[0], str) or given[0][: len(_SCHEME)].lower() != _SCHEME:
        return b""
    return given[0][len(_SCHEME) :].strip().encode()


class _Refusals:
    """Logs the first at once, then a sum now and then: whoever knocks for ever must not fill the disk."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0
        self._count = 0

    def note(self, peer: str) -> None:
        """One more."""
        with self._lock:
            self._count += 1
            now = time.monotonic()
            if now < self._next:
                return
            count, self._count, self._next = self._count, 0, now + _LOG_EVERY
        log_event(_log, "client refused", logging.WARNING, peer=peer, refused=count)
