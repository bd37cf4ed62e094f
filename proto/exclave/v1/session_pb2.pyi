import datetime

from exclave.v1 import capabilities_pb2 as _capabilities_pb2
from exclave.v1 import common_pb2 as _common_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OpenSessionRequest(_message.Message):
    __slots__ = ("reservation_size", "lanes", "bootstrap_symbols", "threads", "policy", "limits")
    RESERVATION_SIZE_FIELD_NUMBER: _ClassVar[int]
    LANES_FIELD_NUMBER: _ClassVar[int]
    BOOTSTRAP_SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    THREADS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    reservation_size: int
    lanes: int
    bootstrap_symbols: _containers.RepeatedScalarFieldContainer[str]
    threads: int
    policy: Policy
    limits: ResourceLimits
    def __init__(self, reservation_size: _Optional[int] = ..., lanes: _Optional[int] = ..., bootstrap_symbols: _Optional[_Iterable[str]] = ..., threads: _Optional[int] = ..., policy: _Optional[_Union[Policy, _Mapping]] = ..., limits: _Optional[_Union[ResourceLimits, _Mapping]] = ...) -> None: ...

class Policy(_message.Message):
    __slots__ = ("read", "libraries", "no_clocks", "require")
    READ_FIELD_NUMBER: _ClassVar[int]
    LIBRARIES_FIELD_NUMBER: _ClassVar[int]
    NO_CLOCKS_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_FIELD_NUMBER: _ClassVar[int]
    read: _containers.RepeatedScalarFieldContainer[str]
    libraries: _containers.RepeatedScalarFieldContainer[str]
    no_clocks: bool
    require: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, read: _Optional[_Iterable[str]] = ..., libraries: _Optional[_Iterable[str]] = ..., no_clocks: bool = ..., require: _Optional[_Iterable[str]] = ...) -> None: ...

class ResourceLimits(_message.Message):
    __slots__ = ("memory", "cpu_seconds", "output_bytes", "call_timeout")
    MEMORY_FIELD_NUMBER: _ClassVar[int]
    CPU_SECONDS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_BYTES_FIELD_NUMBER: _ClassVar[int]
    CALL_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    memory: int
    cpu_seconds: int
    output_bytes: int
    call_timeout: _duration_pb2.Duration
    def __init__(self, memory: _Optional[int] = ..., cpu_seconds: _Optional[int] = ..., output_bytes: _Optional[int] = ..., call_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class OpenSessionResponse(_message.Message):
    __slots__ = ("opened", "output", "exited")
    OPENED_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    EXITED_FIELD_NUMBER: _ClassVar[int]
    opened: Opened
    output: Output
    exited: Exited
    def __init__(self, opened: _Optional[_Union[Opened, _Mapping]] = ..., output: _Optional[_Union[Output, _Mapping]] = ..., exited: _Optional[_Union[Exited, _Mapping]] = ...) -> None: ...

class Opened(_message.Message):
    __slots__ = ("session_token", "zones", "bootstrap_addresses", "worker_pid", "sandbox", "lane_socket")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ZONES_FIELD_NUMBER: _ClassVar[int]
    BOOTSTRAP_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    WORKER_PID_FIELD_NUMBER: _ClassVar[int]
    SANDBOX_FIELD_NUMBER: _ClassVar[int]
    LANE_SOCKET_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    zones: _containers.RepeatedCompositeFieldContainer[ZoneRange]
    bootstrap_addresses: _containers.RepeatedScalarFieldContainer[int]
    worker_pid: int
    sandbox: _containers.RepeatedCompositeFieldContainer[_capabilities_pb2.SandboxLayer]
    lane_socket: str
    def __init__(self, session_token: _Optional[bytes] = ..., zones: _Optional[_Iterable[_Union[ZoneRange, _Mapping]]] = ..., bootstrap_addresses: _Optional[_Iterable[int]] = ..., worker_pid: _Optional[int] = ..., sandbox: _Optional[_Iterable[_Union[_capabilities_pb2.SandboxLayer, _Mapping]]] = ..., lane_socket: _Optional[str] = ...) -> None: ...

class ZoneRange(_message.Message):
    __slots__ = ("zone", "address", "size")
    ZONE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    zone: _common_pb2.Zone
    address: int
    size: int
    def __init__(self, zone: _Optional[_Union[_common_pb2.Zone, str]] = ..., address: _Optional[int] = ..., size: _Optional[int] = ...) -> None: ...

class Output(_message.Message):
    __slots__ = ("stream", "data", "position")
    class Stream(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STREAM_UNSPECIFIED: _ClassVar[Output.Stream]
        STREAM_STDOUT: _ClassVar[Output.Stream]
        STREAM_STDERR: _ClassVar[Output.Stream]
    STREAM_UNSPECIFIED: Output.Stream
    STREAM_STDOUT: Output.Stream
    STREAM_STDERR: Output.Stream
    STREAM_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    stream: Output.Stream
    data: bytes
    position: int
    def __init__(self, stream: _Optional[_Union[Output.Stream, str]] = ..., data: _Optional[bytes] = ..., position: _Optional[int] = ...) -> None: ...

class Exited(_message.Message):
    __slots__ = ("worker_exit",)
    WORKER_EXIT_FIELD_NUMBER: _ClassVar[int]
    worker_exit: _common_pb2.WorkerExit
    def __init__(self, worker_exit: _Optional[_Union[_common_pb2.WorkerExit, _Mapping]] = ...) -> None: ...

class CloseSessionRequest(_message.Message):
    __slots__ = ("session_token",)
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    def __init__(self, session_token: _Optional[bytes] = ...) -> None: ...

class CloseSessionResponse(_message.Message):
    __slots__ = ("failures",)
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    failures: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, failures: _Optional[_Iterable[str]] = ...) -> None: ...

class GetSessionStatsRequest(_message.Message):
    __slots__ = ("session_token",)
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    def __init__(self, session_token: _Optional[bytes] = ...) -> None: ...

class GetSessionStatsResponse(_message.Message):
    __slots__ = ("stats",)
    STATS_FIELD_NUMBER: _ClassVar[int]
    stats: SessionStats
    def __init__(self, stats: _Optional[_Union[SessionStats, _Mapping]] = ...) -> None: ...

class ListSessionStatsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListSessionStatsResponse(_message.Message):
    __slots__ = ("sessions", "opened", "crashed")
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    OPENED_FIELD_NUMBER: _ClassVar[int]
    CRASHED_FIELD_NUMBER: _ClassVar[int]
    sessions: _containers.RepeatedCompositeFieldContainer[SessionStats]
    opened: int
    crashed: int
    def __init__(self, sessions: _Optional[_Iterable[_Union[SessionStats, _Mapping]]] = ..., opened: _Optional[int] = ..., crashed: _Optional[int] = ...) -> None: ...

class SessionStats(_message.Message):
    __slots__ = ("name", "worker_pid", "zones", "write_windows", "write_window_ns", "messages", "busy_lanes", "initializes", "deinitializes", "cpu_ns", "page_faults", "uptime_ns")
    NAME_FIELD_NUMBER: _ClassVar[int]
    WORKER_PID_FIELD_NUMBER: _ClassVar[int]
    ZONES_FIELD_NUMBER: _ClassVar[int]
    WRITE_WINDOWS_FIELD_NUMBER: _ClassVar[int]
    WRITE_WINDOW_NS_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    BUSY_LANES_FIELD_NUMBER: _ClassVar[int]
    INITIALIZES_FIELD_NUMBER: _ClassVar[int]
    DEINITIALIZES_FIELD_NUMBER: _ClassVar[int]
    CPU_NS_FIELD_NUMBER: _ClassVar[int]
    PAGE_FAULTS_FIELD_NUMBER: _ClassVar[int]
    UPTIME_NS_FIELD_NUMBER: _ClassVar[int]
    name: str
    worker_pid: int
    zones: _containers.RepeatedCompositeFieldContainer[ZoneStats]
    write_windows: int
    write_window_ns: int
    messages: int
    busy_lanes: int
    initializes: int
    deinitializes: int
    cpu_ns: int
    page_faults: int
    uptime_ns: int
    def __init__(self, name: _Optional[str] = ..., worker_pid: _Optional[int] = ..., zones: _Optional[_Iterable[_Union[ZoneStats, _Mapping]]] = ..., write_windows: _Optional[int] = ..., write_window_ns: _Optional[int] = ..., messages: _Optional[int] = ..., busy_lanes: _Optional[int] = ..., initializes: _Optional[int] = ..., deinitializes: _Optional[int] = ..., cpu_ns: _Optional[int] = ..., page_faults: _Optional[int] = ..., uptime_ns: _Optional[int] = ...) -> None: ...

class ZoneStats(_message.Message):
    __slots__ = ("zone", "reserved", "committed", "live_segments", "live_bytes")
    ZONE_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_FIELD_NUMBER: _ClassVar[int]
    LIVE_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    LIVE_BYTES_FIELD_NUMBER: _ClassVar[int]
    zone: _common_pb2.Zone
    reserved: int
    committed: int
    live_segments: int
    live_bytes: int
    def __init__(self, zone: _Optional[_Union[_common_pb2.Zone, str]] = ..., reserved: _Optional[int] = ..., committed: _Optional[int] = ..., live_segments: _Optional[int] = ..., live_bytes: _Optional[int] = ...) -> None: ...
