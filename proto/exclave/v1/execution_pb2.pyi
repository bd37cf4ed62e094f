import datetime

from exclave.v1 import common_pb2 as _common_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StartRuntimeRequest(_message.Message):
    __slots__ = ("session_token", "serve", "lookup", "run_actions", "flush_code")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SERVE_FIELD_NUMBER: _ClassVar[int]
    LOOKUP_FIELD_NUMBER: _ClassVar[int]
    RUN_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    FLUSH_CODE_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    serve: int
    lookup: int
    run_actions: int
    flush_code: int
    def __init__(self, session_token: _Optional[bytes] = ..., serve: _Optional[int] = ..., lookup: _Optional[int] = ..., run_actions: _Optional[int] = ..., flush_code: _Optional[int] = ...) -> None: ...

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

class ConverseRequest(_message.Message):
    __slots__ = ("begin", "call", "resume", "unwind")
    class Begin(_message.Message):
        __slots__ = ("session_token", "dispatch", "timeout")
        SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
        DISPATCH_FIELD_NUMBER: _ClassVar[int]
        TIMEOUT_FIELD_NUMBER: _ClassVar[int]
        session_token: bytes
        dispatch: bool
        timeout: _duration_pb2.Duration
        def __init__(self, session_token: _Optional[bytes] = ..., dispatch: bool = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
    class Call(_message.Message):
        __slots__ = ("entry", "function", "slots", "result_size", "timeout")
        ENTRY_FIELD_NUMBER: _ClassVar[int]
        FUNCTION_FIELD_NUMBER: _ClassVar[int]
        SLOTS_FIELD_NUMBER: _ClassVar[int]
        RESULT_SIZE_FIELD_NUMBER: _ClassVar[int]
        TIMEOUT_FIELD_NUMBER: _ClassVar[int]
        entry: int
        function: int
        slots: bytes
        result_size: int
        timeout: _duration_pb2.Duration
        def __init__(self, entry: _Optional[int] = ..., function: _Optional[int] = ..., slots: _Optional[bytes] = ..., result_size: _Optional[int] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
    class Resume(_message.Message):
        __slots__ = ("slots",)
        SLOTS_FIELD_NUMBER: _ClassVar[int]
        slots: bytes
        def __init__(self, slots: _Optional[bytes] = ...) -> None: ...
    class Unwind(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    BEGIN_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    UNWIND_FIELD_NUMBER: _ClassVar[int]
    begin: ConverseRequest.Begin
    call: ConverseRequest.Call
    resume: ConverseRequest.Resume
    unwind: ConverseRequest.Unwind
    def __init__(self, begin: _Optional[_Union[ConverseRequest.Begin, _Mapping]] = ..., call: _Optional[_Union[ConverseRequest.Call, _Mapping]] = ..., resume: _Optional[_Union[ConverseRequest.Resume, _Mapping]] = ..., unwind: _Optional[_Union[ConverseRequest.Unwind, _Mapping]] = ...) -> None: ...

class ConverseResponse(_message.Message):
    __slots__ = ("began", "returned", "exited", "callback", "unwound", "no_room")
    class Began(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class Returned(_message.Message):
        __slots__ = ("result", "output_position", "elapsed_ns")
        RESULT_FIELD_NUMBER: _ClassVar[int]
        OUTPUT_POSITION_FIELD_NUMBER: _ClassVar[int]
        ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
        result: bytes
        output_position: int
        elapsed_ns: int
        def __init__(self, result: _Optional[bytes] = ..., output_position: _Optional[int] = ..., elapsed_ns: _Optional[int] = ...) -> None: ...
    class Exited(_message.Message):
        __slots__ = ("exit_code", "output_position", "elapsed_ns", "slots")
        EXIT_CODE_FIELD_NUMBER: _ClassVar[int]
        OUTPUT_POSITION_FIELD_NUMBER: _ClassVar[int]
        ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
        SLOTS_FIELD_NUMBER: _ClassVar[int]
        exit_code: int
        output_position: int
        elapsed_ns: int
        slots: bytes
        def __init__(self, exit_code: _Optional[int] = ..., output_position: _Optional[int] = ..., elapsed_ns: _Optional[int] = ..., slots: _Optional[bytes] = ...) -> None: ...
    class Callback(_message.Message):
        __slots__ = ("callback", "slots")
        CALLBACK_FIELD_NUMBER: _ClassVar[int]
        SLOTS_FIELD_NUMBER: _ClassVar[int]
        callback: int
        slots: bytes
        def __init__(self, callback: _Optional[int] = ..., slots: _Optional[bytes] = ...) -> None: ...
    class Unwound(_message.Message):
        __slots__ = ("output_position", "slots")
        OUTPUT_POSITION_FIELD_NUMBER: _ClassVar[int]
        SLOTS_FIELD_NUMBER: _ClassVar[int]
        output_position: int
        slots: bytes
        def __init__(self, output_position: _Optional[int] = ..., slots: _Optional[bytes] = ...) -> None: ...
    class NoRoom(_message.Message):
        __slots__ = ("output_position", "slots")
        OUTPUT_POSITION_FIELD_NUMBER: _ClassVar[int]
        SLOTS_FIELD_NUMBER: _ClassVar[int]
        output_position: int
        slots: bytes
        def __init__(self, output_position: _Optional[int] = ..., slots: _Optional[bytes] = ...) -> None: ...
    BEGAN_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FIELD_NUMBER: _ClassVar[int]
    EXITED_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_FIELD_NUMBER: _ClassVar[int]
    UNWOUND_FIELD_NUMBER: _ClassVar[int]
    NO_ROOM_FIELD_NUMBER: _ClassVar[int]
    began: ConverseResponse.Began
    returned: ConverseResponse.Returned
    exited: ConverseResponse.Exited
    callback: ConverseResponse.Callback
    unwound: ConverseResponse.Unwound
    no_room: ConverseResponse.NoRoom
    def __init__(self, began: _Optional[_Union[ConverseResponse.Began, _Mapping]] = ..., returned: _Optional[_Union[ConverseResponse.Returned, _Mapping]] = ..., exited: _Optional[_Union[ConverseResponse.Exited, _Mapping]] = ..., callback: _Optional[_Union[ConverseResponse.Callback, _Mapping]] = ..., unwound: _Optional[_Union[ConverseResponse.Unwound, _Mapping]] = ..., no_room: _Optional[_Union[ConverseResponse.NoRoom, _Mapping]] = ...) -> None: ...

class EndWorkerRequest(_message.Message):
    __slots__ = ("session_token", "cause", "message")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    cause: _common_pb2.ExitCause
    message: str
    def __init__(self, session_token: _Optional[bytes] = ..., cause: _Optional[_Union[_common_pb2.ExitCause, str]] = ..., message: _Optional[str] = ...) -> None: ...

class EndWorkerResponse(_message.Message):
    __slots__ = ("worker_exit",)
    WORKER_EXIT_FIELD_NUMBER: _ClassVar[int]
    worker_exit: _common_pb2.WorkerExit
    def __init__(self, worker_exit: _Optional[_Union[_common_pb2.WorkerExit, _Mapping]] = ...) -> None: ...

class DrainOutputRequest(_message.Message):
    __slots__ = ("session_token",)
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    def __init__(self, session_token: _Optional[bytes] = ...) -> None: ...

class DrainOutputResponse(_message.Message):
    __slots__ = ("output_position",)
    OUTPUT_POSITION_FIELD_NUMBER: _ClassVar[int]
    output_position: int
    def __init__(self, output_position: _Optional[int] = ...) -> None: ...

class FeedInputRequest(_message.Message):
    __slots__ = ("session_token", "chunk")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    session_token: bytes
    chunk: bytes
    def __init__(self, session_token: _Optional[bytes] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class FeedInputResponse(_message.Message):
    __slots__ = ("opened", "finished")
    class Opened(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class Finished(_message.Message):
        __slots__ = ("taken",)
        TAKEN_FIELD_NUMBER: _ClassVar[int]
        taken: int
        def __init__(self, taken: _Optional[int] = ...) -> None: ...
    OPENED_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    opened: FeedInputResponse.Opened
    finished: FeedInputResponse.Finished
    def __init__(self, opened: _Optional[_Union[FeedInputResponse.Opened, _Mapping]] = ..., finished: _Optional[_Union[FeedInputResponse.Finished, _Mapping]] = ...) -> None: ...
