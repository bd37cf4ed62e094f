"""Which way a session takes to its worker: shared memory where it can, the daemon everywhere else.

Owns: the choice. Must not know: what is called. Invariant: a session that cannot attach works all the same.
"""

from __future__ import annotations

from .calls.native import NativeCaller
from .calls.way import Way, shared_way
from .data import LocalZone, RemoteZone
from .memory import MemoryManager
from .remote.attach import attach
from .remote.session_client import SessionClient
from .remote.stream_lane import StreamDispatchLane, StreamLane


def choose_way(client: SessionClient, memory: MemoryManager, native: NativeCaller | None, lanes: int) -> Way:
    """The best one that there is; `lanes` is how many call lanes the session has."""
    path = client.opened.lane_socket
    attachment = attach(path, client.opened.token) if path and native is not None else None
    if attachment is None or attachment.data_memory is None or native is None:
        return _far_way(client, memory, lanes)
    base = client.opened.zones["data"].address
    zone = LocalZone(attachment.data_memory, base, memory, attachment.data_descriptor)
    return shared_way(attachment, native, client, zone)


def _far_way(client: SessionClient, memory: MemoryManager, lanes: int) -> Way:
    maker = client.stream_maker()
    streams = [StreamLane(maker) for _ in range(lanes)]

    def close() -> None:
        for stream in streams:
            stream.close()

    zone = RemoteZone(client, memory, client.opened.zones["data"].size)
    return Way(streams, StreamDispatchLane(maker), zone, lambda: None, close, shared=False)
