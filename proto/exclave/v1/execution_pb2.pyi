import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StartRuntimeRequest(_message.Message):
    __slots__ = ("session_token", "serve", "lookup", "run_actions")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SERVE_FIELD_NUMBER: _ClassVar[int]
    LOOKUP_FIELD_NUMBER: _ClassVar[int]
    RUN_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    serve: int
    lookup: int
    run_actions: int
    def __init__(self, session_token: _Optional[bytes] = ..., serve: _Optional[int] = ..., lookup: _Optional[int] = ..., run_actions: _Optional[int] = ...) -> None: ...

class StartRuntimeResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class LookupSymbolsRequest(_message.Message):
    __slots__ = ("session_token", "names")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, session_token: _Optional[bytes] = ..., names: _Optional[_Iterable[str]] = ...) -> None: ...

class LookupSymbolsResponse(_message.Message):
    __slots__ = ("addresses",)
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    addresses: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, addresses: _Optional[_Iterable[int]] = ...) -> None: ...

class CallRequest(_message.Message):
    __slots__ = ("session_token", "entry", "function", "slots", "result_size", "timeout")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    RESULT_SIZE_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    entry: int
    function: int
    slots: bytes
    result_size: int
    timeout: _duration_pb2.Duration
    def __init__(self, session_token: _Optional[bytes] = ..., entry: _Optional[int] = ..., function: _Optional[int] = ..., slots: _Optional[bytes] = ..., result_size: _Optional[int] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CallResponse(_message.Message):
    __slots__ = ("result", "exited", "output_position", "elapsed_ns")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    EXITED_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_POSITION_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
    result: bytes
    exited: int
    output_position: int
    elapsed_ns: int
    def __init__(self, result: _Optional[bytes] = ..., exited: _Optional[int] = ..., output_position: _Optional[int] = ..., elapsed_ns: _Optional[int] = ...) -> None: ...
