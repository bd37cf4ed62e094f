"""gRPC channels: plain or with TLS, and the token that goes with every request.

Owns: their options. Must not know: what is asked. Invariant: a token is attached to requests, never to an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import grpc
import grpc.experimental

from ..addresses import ExecutorAddress
from ..identification import Identification

_OPTIONS: tuple[tuple[str, Any], ...] = (
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.enable_http_proxy", 0),  # an executor's address is never behind the web's proxy
    ("grpc.use_local_subchannel_pool", 1),  # no state shared with an earlier executor at the same path
    # A lease's thread, which waits for as long as the session lives, wakes up a third as often; and what is read from
    # afar takes one thread's way less.
    (grpc.experimental.ChannelOptions.SingleThreadedUnaryStream, 1),
)


def open_channel(address: ExecutorAddress, identification: Identification) -> grpc.Channel:
    """A channel to an executor.

    Raises:
        AuthenticationError: a file of the TLS cannot be read.
    """
    tls, options = identification.tls, list(_OPTIONS)
    if tls is None:
        channel = grpc.insecure_channel(address.target, options=options)
    else:
        if tls.server_name:
            options.append(("grpc.ssl_target_name_override", tls.server_name))
        channel = grpc.secure_channel(address.target, grpc.ssl_channel_credentials(*tls.read()), options=options)
    if not identification.token:
        return channel
    return grpc.intercept_channel(channel, _Bearer(identification.token))


class _Details(NamedTuple):
    """A request's, as gRPC wants them."""

    method: str
    timeout: float | None
    metadata: Any
    credentials: Any
    wait_for_ready: bool | None
    compression: Any


class _Bearer(
    grpc.UnaryUnaryClientInterceptor,  # type: ignore[type-arg]
    grpc.UnaryStreamClientInterceptor,  # type: ignore[type-arg]
    grpc.StreamUnaryClientInterceptor,  # type: ignore[type-arg]
    grpc.StreamStreamClientInterceptor,  # type: ignore[type-arg]
):
    """Adds the token to all four kinds of request."""

    def __init__(self, token: str) -> None:
        self._metadata = (("authorization", f"Bearer {token}"),)

    def _intercept(self, continuation: Callable[[Any, Any], Any], details: Any, request: Any) -> Any:
        metadata = (*(details.metadata or ()), *self._metadata)
        known = (getattr(details, name, None) for name in ("credentials", "wait_for_ready", "compression"))
        return continuation(_Details(details.method, details.timeout, metadata, *known), request)

    intercept_unary_unary: Any = _intercept
    intercept_unary_stream: Any = _intercept
    intercept_stream_unary: Any = _intercept
    intercept_stream_stream: Any = _intercept
