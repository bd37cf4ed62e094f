"""The daemon's life: start, serve, stop. Nothing else.

Owns: the gRPC server, signals, the order of stopping. Must not know: what the services do.
Invariant: after `serve` returns there is no session, no worker, no zygote, and nobody listens.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import logging
import os
import resource
import select
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import monotonic

import grpc
from exclave.executor.address import Address
from exclave.executor.credentials import Credentials
from exclave.executor.errors import StartupError
from exclave.executor.idle import IdleWatch
from exclave.executor.logs import log_event, set_up_logging
from exclave.executor.output import OutputPump
from exclave.executor.services import add_services
from exclave.executor.services.authentication import Authenticator
from exclave.executor.services.silence import SilenceWatch
from exclave.executor.services.standard import StandardServices
from exclave.executor.services.streams import StreamBudget
from exclave.executor.sessions import Sessions
from exclave.executor.settings import Settings
from exclave.executor.side_channel import SideChannel, lane_socket_path
from exclave.executor.spawner import Spawner
from exclave.executor.tls import server_credentials

_log = logging.getLogger(__name__)
_COLLECT_AFTER = 50_000  # records more than before
_GRACE = 2.0
_SPARE_THREADS = 64  # for rpcs that are no streams
_SPARE_STREAMS = 256  # for sessions with many lanes, and callers who wait for one

# Controllers ping every 20 to 30 seconds, also when nothing runs; gRPC takes that for an attack otherwise.
_OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.server_handshake_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 1_000),
    ("grpc.max_receive_message_length", 4 << 20),  # a chunk has 1 MiB, a plan of many allocations somewhat more
    ("grpc.max_metadata_size", 16 << 10),
    ("grpc.max_concurrent_streams", 1024),  # of one connection
)


def serve(settings: Settings, address: Address, spawner: Spawner, credentials: Credentials) -> None:
    """Serves at `address` until a signal, or until the parent is gone.

    Raises: StartupError.
    """
    begin = monotonic()
    set_up_logging(settings.log_level, settings.log_format)
    faulthandler.enable(all_threads=False)  # what cannot be caught (SIGBUS in lanes) is said at least
    _raise_descriptor_limit()
    pump = OutputPump()
    sessions = Sessions(spawner, pump, settings)
    stop = _StopRequest(settings.parent_fd)
    idle = IdleWatch(settings.idle_timeout, sessions.all, sessions.close_idle)
    side_channel = None
    try:
        lane_socket = lane_socket_path(address.path) if address.path is not None else None
        server, standard = _make_server(sessions, str(lane_socket or ""), settings, credentials)
        address = _listen(server, address, credentials)
        side_channel = SideChannel(lane_socket, sessions.attach) if lane_socket is not None else None
        server.start()
        _spare_collector()
        _tell_ready(settings.ready_fd, address)
        log_event(_log, "serving", address=address, pid=os.getpid(), ms=round((monotonic() - begin) * 1e3))
        reason = stop.wait()
        log_event(_log, "stopping", reason=reason)
        standard.stop_serving()
        sessions.close_all("the executor is stopping")
        server.stop(_GRACE).wait()
    finally:
        idle.stop()
        if side_channel is not None:
            side_channel.stop()
        sessions.close_all("the executor is stopping")
        spawner.stop()
        pump.stop()
    log_event(_log, "stopped")


def _make_server(
    sessions: Sessions, lane_socket: str, settings: Settings, credentials: Credentials
) -> tuple[grpc.Server, StandardServices]:
    """A lease keeps a thread for its session's life, a conversation and an input for their own.

    Streams are counted, so that threads stay for the rpcs that end one; threads are made when needed.
    """
    limits = sessions.limits
    streams = limits.max_sessions * (limits.lanes + 2) + _SPARE_STREAMS  # lanes, dispatch lane, input
    threads = limits.max_sessions + streams + _SPARE_THREADS
    pool = ThreadPoolExecutor(threads, thread_name_prefix="rpc")
    options = (*_OPTIONS, *_keepalive(settings.client_timeout))
    server = grpc.server(pool, options=options, interceptors=(Authenticator(credentials),))
    names = add_services(server, sessions, StreamBudget(streams), SilenceWatch(settings.stream_timeout), lane_socket)
    standard = StandardServices(names)
    server.add_generic_rpc_handlers((standard,))
    return server, standard


def _keepalive(seconds: float) -> tuple[tuple[str, int], ...]:
    """A client that said nothing for two thirds of the time is asked whether it lives, and has the rest to answer."""
    third = round(seconds * 1000 / 3)
    return (
        ("grpc.keepalive_time_ms", 2 * third),
        ("grpc.keepalive_timeout_ms", third),
        ("grpc.http2.ping_timeout_ms", third),  # a minute otherwise, whatever the line above says
    )


def _listen(server: grpc.Server, address: Address, credentials: Credentials) -> Address:
    """Binds; only the owner may connect to a UNIX socket."""
    previous = os.umask(0o177)
    try:
        if credentials.tls is None or address.path is not None:
            port = server.add_insecure_port(str(address))
        else:
            port = server.add_secure_port(str(address), server_credentials(credentials.tls))
    except RuntimeError as error:
        raise StartupError(f"cannot listen on {address}: {error}") from error
    finally:
        os.umask(previous)
    if address.path is not None:
        address.path.chmod(0o600)
        return address
    return replace(address, port=port)


def _tell_ready(fd: int | None, address: Address) -> None:
    if fd is not None:
        with contextlib.suppress(BrokenPipeError), open(fd, "w") as ready:  # noqa: PTH123 - a descriptor
            ready.write(f"READY {address}\n")


def _spare_collector() -> None:
    """What is loaded now stays, and requests make many records but few cycles: they need not be looked for so often."""
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 10, 10)


def _raise_descriptor_limit() -> None:
    """A session takes about twenty descriptors; the usual soft limit of 1024 is for select()."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class _StopRequest:
    """SIGTERM, SIGINT, or the end of the parent."""

    def __init__(self, parent_fd: int | None) -> None:
        self._parent = parent_fd
        self._read, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)

    def wait(self) -> str:
        """Waits for it; returns why."""
        watched = [self._read] if self._parent is None else [self._read, self._parent]
        while True:
            ready, _, _ = select.select(watched, [], [])
            if self._read in ready:
                return signal.Signals(os.read(self._read, 1)[0]).name
            if not os.read(ready[0], 4096):
                return "the parent is gone"
