"""All rpcs of the protocol, from its descriptors, so that no test can forget a new one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import exclave.v1
import grpc
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message_factory import GetMessageClass


@dataclass(frozen=True)
class Rpc:
    """One rpc, callable on any channel."""

    method: MethodDescriptor

    @property
    def name(self) -> str:
        return f"{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def token_path(self) -> tuple[str, ...]:
        """Where in its (first) request the session's token is; empty if it has none."""
        return _token_path(self.method.input_type)

    def request(self, token: bytes) -> Any:
        message = part = GetMessageClass(self.method.input_type)()
        *parents, last = self.token_path
        for field in parents:
            part = getattr(part, field)
            part.SetInParent()
        setattr(part, last, token)
        return message

    def call(self, channel: grpc.Channel, request: Any, **options) -> list[Any]:
        """All responses; `request` may be an iterator, for a streaming rpc."""
        kind = f"{_way(self.method.client_streaming)}_{_way(self.method.server_streaming)}"
        stub = getattr(channel, kind)(
            f"/{self.name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(self.method.output_type).FromString,
        )
        if self.method.client_streaming and not isinstance(request, Iterator):
            request = iter([request])
        answer = stub(request, timeout=20, **options)
        return list(answer) if self.method.server_streaming else [answer]


def _way(streaming: bool) -> str:
    return "stream" if streaming else "unary"


def _token_path(message: Descriptor) -> tuple[str, ...]:
    if "session_token" in message.fields_by_name:
        return ("session_token",)
    for field in message.fields:
        if field.type == FieldDescriptor.TYPE_MESSAGE and field.message_type.file.package == "exclave.v1":
            inner = _token_path(field.message_type)
            if inner:
                return (field.name, *inner)
    return ()


def all_rpcs() -> list[Rpc]:
    names = [module.name for module in pkgutil.iter_modules(exclave.v1.__path__) if module.name.endswith("_pb2")]
    files = [importlib.import_module(f"exclave.v1.{name}").DESCRIPTOR for name in names]
    return [Rpc(m) for file in files for service in file.services_by_name.values() for m in service.methods]
