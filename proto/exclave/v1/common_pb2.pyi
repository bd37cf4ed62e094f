from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
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
    EXIT_CAUSE_CPU: _ClassVar[ExitCause]
    EXIT_CAUSE_MEMORY: _ClassVar[ExitCause]
    EXIT_CAUSE_OUTPUT: _ClassVar[ExitCause]
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
EXIT_CAUSE_CPU: ExitCause
EXIT_CAUSE_MEMORY: ExitCause
EXIT_CAUSE_OUTPUT: ExitCause

class WorkerExit(_message.Message):
    __slots__ = ("cause", "signal", "exit_code", "message", "fault")
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    EXIT_CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    cause: ExitCause
    signal: int
    exit_code: int
    message: str
    fault: Fault
    def __init__(self, cause: _Optional[_Union[ExitCause, str]] = ..., signal: _Optional[int] = ..., exit_code: _Optional[int] = ..., message: _Optional[str] = ..., fault: _Optional[_Union[Fault, _Mapping]] = ...) -> None: ...

class Fault(_message.Message):
    __slots__ = ("signal", "code", "address", "system_call", "registers", "lane", "entry", "function", "slots", "stack_address", "stack")
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_CALL_FIELD_NUMBER: _ClassVar[int]
    REGISTERS_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    STACK_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    STACK_FIELD_NUMBER: _ClassVar[int]
    signal: int
    code: int
    address: int
    system_call: int
    registers: _containers.RepeatedScalarFieldContainer[int]
    lane: int
    entry: int
    function: int
    slots: bytes
    stack_address: int
    stack: bytes
    def __init__(self, signal: _Optional[int] = ..., code: _Optional[int] = ..., address: _Optional[int] = ..., system_call: _Optional[int] = ..., registers: _Optional[_Iterable[int]] = ..., lane: _Optional[int] = ..., entry: _Optional[int] = ..., function: _Optional[int] = ..., slots: _Optional[bytes] = ..., stack_address: _Optional[int] = ..., stack: _Optional[bytes] = ...) -> None: ...

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
