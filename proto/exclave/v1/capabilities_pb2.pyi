from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetCapabilitiesRequest(_message.Message):
    __slots__ = ("protocol_version",)
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    protocol_version: int
    def __init__(self, protocol_version: _Optional[int] = ...) -> None: ...

class GetCapabilitiesResponse(_message.Message):
    __slots__ = ("protocol_version", "executor_version", "target", "limits", "sandbox", "kernel", "python_version", "daemon_pid", "readable_paths", "libraries")
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    EXECUTOR_VERSION_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    SANDBOX_FIELD_NUMBER: _ClassVar[int]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    PYTHON_VERSION_FIELD_NUMBER: _ClassVar[int]
    DAEMON_PID_FIELD_NUMBER: _ClassVar[int]
    READABLE_PATHS_FIELD_NUMBER: _ClassVar[int]
    LIBRARIES_FIELD_NUMBER: _ClassVar[int]
    protocol_version: int
    executor_version: str
    target: Target
    limits: Limits
    sandbox: _containers.RepeatedCompositeFieldContainer[SandboxLayer]
    kernel: str
    python_version: str
    daemon_pid: int
    readable_paths: _containers.RepeatedScalarFieldContainer[str]
    libraries: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, protocol_version: _Optional[int] = ..., executor_version: _Optional[str] = ..., target: _Optional[_Union[Target, _Mapping]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., sandbox: _Optional[_Iterable[_Union[SandboxLayer, _Mapping]]] = ..., kernel: _Optional[str] = ..., python_version: _Optional[str] = ..., daemon_pid: _Optional[int] = ..., readable_paths: _Optional[_Iterable[str]] = ..., libraries: _Optional[_Iterable[str]] = ...) -> None: ...

class Target(_message.Message):
    __slots__ = ("triple", "cpu", "features", "page_size")
    TRIPLE_FIELD_NUMBER: _ClassVar[int]
    CPU_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    triple: str
    cpu: str
    features: str
    page_size: int
    def __init__(self, triple: _Optional[str] = ..., cpu: _Optional[str] = ..., features: _Optional[str] = ..., page_size: _Optional[int] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("max_reservation", "default_reservation", "max_chunk", "max_lanes", "max_slots", "max_sessions", "max_segments", "max_threads", "call_timeout_ms", "max_memory", "max_cpu_seconds", "max_output_bytes")
    MAX_RESERVATION_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_RESERVATION_FIELD_NUMBER: _ClassVar[int]
    MAX_CHUNK_FIELD_NUMBER: _ClassVar[int]
    MAX_LANES_FIELD_NUMBER: _ClassVar[int]
    MAX_SLOTS_FIELD_NUMBER: _ClassVar[int]
    MAX_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    MAX_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    MAX_THREADS_FIELD_NUMBER: _ClassVar[int]
    CALL_TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_MEMORY_FIELD_NUMBER: _ClassVar[int]
    MAX_CPU_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MAX_OUTPUT_BYTES_FIELD_NUMBER: _ClassVar[int]
    max_reservation: int
    default_reservation: int
    max_chunk: int
    max_lanes: int
    max_slots: int
    max_sessions: int
    max_segments: int
    max_threads: int
    call_timeout_ms: int
    max_memory: int
    max_cpu_seconds: int
    max_output_bytes: int
    def __init__(self, max_reservation: _Optional[int] = ..., default_reservation: _Optional[int] = ..., max_chunk: _Optional[int] = ..., max_lanes: _Optional[int] = ..., max_slots: _Optional[int] = ..., max_sessions: _Optional[int] = ..., max_segments: _Optional[int] = ..., max_threads: _Optional[int] = ..., call_timeout_ms: _Optional[int] = ..., max_memory: _Optional[int] = ..., max_cpu_seconds: _Optional[int] = ..., max_output_bytes: _Optional[int] = ...) -> None: ...

class SandboxLayer(_message.Message):
    __slots__ = ("name", "active", "detail")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    name: str
    active: bool
    detail: str
    def __init__(self, name: _Optional[str] = ..., active: bool = ..., detail: _Optional[str] = ...) -> None: ...
