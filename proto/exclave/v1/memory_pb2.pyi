import datetime

from exclave.v1 import common_pb2 as _common_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InitializeRequest(_message.Message):
    __slots__ = ("plan", "chunk")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    plan: InitializePlan
    chunk: bytes
    def __init__(self, plan: _Optional[_Union[InitializePlan, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class InitializeAtOnceRequest(_message.Message):
    __slots__ = ("plan", "content")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    plan: InitializePlan
    content: bytes
    def __init__(self, plan: _Optional[_Union[InitializePlan, _Mapping]] = ..., content: _Optional[bytes] = ...) -> None: ...

class InitializeAtOnceResponse(_message.Message):
    __slots__ = ("outcome",)
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: InitializeOutcome
    def __init__(self, outcome: _Optional[_Union[InitializeOutcome, _Mapping]] = ...) -> None: ...

class InitializePlan(_message.Message):
    __slots__ = ("session_token", "idempotency_key", "timeout", "segment_counts", "pair_counts", "segments", "finalize", "dealloc", "deferred")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_COUNTS_FIELD_NUMBER: _ClassVar[int]
    PAIR_COUNTS_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    FINALIZE_FIELD_NUMBER: _ClassVar[int]
    DEALLOC_FIELD_NUMBER: _ClassVar[int]
    DEFERRED_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    idempotency_key: bytes
    timeout: _duration_pb2.Duration
    segment_counts: _containers.RepeatedScalarFieldContainer[int]
    pair_counts: _containers.RepeatedScalarFieldContainer[int]
    segments: Segments
    finalize: Actions
    dealloc: Actions
    deferred: _containers.RepeatedScalarFieldContainer[bool]
    def __init__(self, session_token: _Optional[bytes] = ..., idempotency_key: _Optional[bytes] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., segment_counts: _Optional[_Iterable[int]] = ..., pair_counts: _Optional[_Iterable[int]] = ..., segments: _Optional[_Union[Segments, _Mapping]] = ..., finalize: _Optional[_Union[Actions, _Mapping]] = ..., dealloc: _Optional[_Union[Actions, _Mapping]] = ..., deferred: _Optional[_Iterable[bool]] = ...) -> None: ...

class Segments(_message.Message):
    __slots__ = ("addresses", "sizes", "content_sizes", "zones")
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    SIZES_FIELD_NUMBER: _ClassVar[int]
    CONTENT_SIZES_FIELD_NUMBER: _ClassVar[int]
    ZONES_FIELD_NUMBER: _ClassVar[int]
    addresses: _containers.RepeatedScalarFieldContainer[int]
    sizes: _containers.RepeatedScalarFieldContainer[int]
    content_sizes: _containers.RepeatedScalarFieldContainer[int]
    zones: _containers.RepeatedScalarFieldContainer[_common_pb2.Zone]
    def __init__(self, addresses: _Optional[_Iterable[int]] = ..., sizes: _Optional[_Iterable[int]] = ..., content_sizes: _Optional[_Iterable[int]] = ..., zones: _Optional[_Iterable[_Union[_common_pb2.Zone, str]]] = ...) -> None: ...

class Actions(_message.Message):
    __slots__ = ("functions", "argument_counts", "arguments", "checked")
    FUNCTIONS_FIELD_NUMBER: _ClassVar[int]
    ARGUMENT_COUNTS_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    CHECKED_FIELD_NUMBER: _ClassVar[int]
    functions: _containers.RepeatedScalarFieldContainer[int]
    argument_counts: _containers.RepeatedScalarFieldContainer[int]
    arguments: _containers.RepeatedScalarFieldContainer[int]
    checked: _containers.RepeatedScalarFieldContainer[bool]
    def __init__(self, functions: _Optional[_Iterable[int]] = ..., argument_counts: _Optional[_Iterable[int]] = ..., arguments: _Optional[_Iterable[int]] = ..., checked: _Optional[_Iterable[bool]] = ...) -> None: ...

class InitializeResponse(_message.Message):
    __slots__ = ("outcome",)
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: InitializeOutcome
    def __init__(self, outcome: _Optional[_Union[InitializeOutcome, _Mapping]] = ...) -> None: ...

class InitializeOutcome(_message.Message):
    __slots__ = ("allocation_ids", "failures")
    ALLOCATION_IDS_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    allocation_ids: _containers.RepeatedScalarFieldContainer[int]
    failures: _containers.RepeatedCompositeFieldContainer[AllocationFailure]
    def __init__(self, allocation_ids: _Optional[_Iterable[int]] = ..., failures: _Optional[_Iterable[_Union[AllocationFailure, _Mapping]]] = ...) -> None: ...

class AllocationFailure(_message.Message):
    __slots__ = ("index", "message", "exited")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    EXITED_FIELD_NUMBER: _ClassVar[int]
    index: int
    message: str
    exited: int
    def __init__(self, index: _Optional[int] = ..., message: _Optional[str] = ..., exited: _Optional[int] = ...) -> None: ...

class DeinitializeRequest(_message.Message):
    __slots__ = ("session_token", "allocation_ids", "partly")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_IDS_FIELD_NUMBER: _ClassVar[int]
    PARTLY_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    allocation_ids: _containers.RepeatedScalarFieldContainer[int]
    partly: _containers.RepeatedCompositeFieldContainer[PartlyFinalized]
    def __init__(self, session_token: _Optional[bytes] = ..., allocation_ids: _Optional[_Iterable[int]] = ..., partly: _Optional[_Iterable[_Union[PartlyFinalized, _Mapping]]] = ...) -> None: ...

class PartlyFinalized(_message.Message):
    __slots__ = ("allocation_id", "deferred_done")
    ALLOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    DEFERRED_DONE_FIELD_NUMBER: _ClassVar[int]
    allocation_id: int
    deferred_done: int
    def __init__(self, allocation_id: _Optional[int] = ..., deferred_done: _Optional[int] = ...) -> None: ...

class DeinitializeResponse(_message.Message):
    __slots__ = ("failures",)
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    failures: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, failures: _Optional[_Iterable[str]] = ...) -> None: ...

class MemoryRange(_message.Message):
    __slots__ = ("address", "size")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    address: int
    size: int
    def __init__(self, address: _Optional[int] = ..., size: _Optional[int] = ...) -> None: ...

class ReadMemoryRequest(_message.Message):
    __slots__ = ("session_token", "ranges")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RANGES_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    ranges: _containers.RepeatedCompositeFieldContainer[MemoryRange]
    def __init__(self, session_token: _Optional[bytes] = ..., ranges: _Optional[_Iterable[_Union[MemoryRange, _Mapping]]] = ...) -> None: ...

class ReadMemoryResponse(_message.Message):
    __slots__ = ("chunk",)
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    chunk: bytes
    def __init__(self, chunk: _Optional[bytes] = ...) -> None: ...

class WriteMemoryRequest(_message.Message):
    __slots__ = ("session_token", "chunk", "zero", "ranges")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    ZERO_FIELD_NUMBER: _ClassVar[int]
    RANGES_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    chunk: bytes
    zero: bool
    ranges: _containers.RepeatedCompositeFieldContainer[MemoryRange]
    def __init__(self, session_token: _Optional[bytes] = ..., chunk: _Optional[bytes] = ..., zero: bool = ..., ranges: _Optional[_Iterable[_Union[MemoryRange, _Mapping]]] = ...) -> None: ...

class WriteMemoryResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Slot(_message.Message):
    __slots__ = ("address", "value")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    address: int
    value: int
    def __init__(self, address: _Optional[int] = ..., value: _Optional[int] = ...) -> None: ...

class WriteSlotsRequest(_message.Message):
    __slots__ = ("session_token", "slots")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    slots: _containers.RepeatedCompositeFieldContainer[Slot]
    def __init__(self, session_token: _Optional[bytes] = ..., slots: _Optional[_Iterable[_Union[Slot, _Mapping]]] = ...) -> None: ...

class WriteSlotsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
