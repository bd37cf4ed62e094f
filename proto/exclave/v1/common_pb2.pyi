from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Zone(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ZONE_UNSPECIFIED: _ClassVar[Zone]
    ZONE_CODE: _ClassVar[Zone]
    ZONE_READONLY: _ClassVar[Zone]
    ZONE_DATA: _ClassVar[Zone]
    ZONE_LANES: _ClassVar[Zone]

class ExitCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXIT_CAUSE_UNSPECIFIED: _ClassVar[ExitCause]
    EXIT_CAUSE_SIGNAL: _ClassVar[ExitCause]
    EXIT_CAUSE_SANDBOX: _ClassVar[ExitCause]
    EXIT_CAUSE_EXIT: _ClassVar[ExitCause]
    EXIT_CAUSE_DEADLINE: _ClassVar[ExitCause]
    EXIT_CAUSE_CLOSED: _ClassVar[ExitCause]
    EXIT_CAUSE_PROTOCOL: _ClassVar[ExitCause]
ZONE_UNSPECIFIED: Zone
ZONE_CODE: Zone
ZONE_READONLY: Zone
ZONE_DATA: Zone
ZONE_LANES: Zone
EXIT_CAUSE_UNSPECIFIED: ExitCause
EXIT_CAUSE_SIGNAL: ExitCause
EXIT_CAUSE_SANDBOX: ExitCause
EXIT_CAUSE_EXIT: ExitCause
EXIT_CAUSE_DEADLINE: ExitCause
EXIT_CAUSE_CLOSED: ExitCause
EXIT_CAUSE_PROTOCOL: ExitCause

class WorkerExit(_message.Message):
    __slots__ = ("cause", "signal", "exit_code", "message")
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    EXIT_CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    cause: ExitCause
    signal: int
    exit_code: int
    message: str
    def __init__(self, cause: _Optional[_Union[ExitCause, str]] = ..., signal: _Optional[int] = ..., exit_code: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...

class ErrorDetail(_message.Message):
    __slots__ = ("reason", "message", "facts", "worker_exit")
    class FactsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    WORKER_EXIT_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    facts: _containers.ScalarMap[str, str]
    worker_exit: WorkerExit
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ..., facts: _Optional[_Mapping[str, str]] = ..., worker_exit: _Optional[_Union[WorkerExit, _Mapping]] = ...) -> None: ...
