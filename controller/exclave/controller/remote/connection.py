"""The channel to an executor, and what the executor is.

Owns: the gRPC channel's options, waiting for the executor, the capabilities. Must not know: sessions.
Invariant: a `Connection` exists only after the executor has answered with a protocol version that we speak.
"""

from __future__ import annotations

from pathlib import Path

import tenacity
from exclave.v1 import capabilities_pb2, capabilities_pb2_grpc

from ..addresses import ExecutorAddress
from ..errors import AuthenticationError, ExecutorError, ExecutorUnreachableError
from ..identification import NOBODY, Identification
from ..model import Capabilities, ExecutorTarget, SandboxLayer
from .channel import open_channel
from .dialing import wait_for_listener
from .failures import translated
from .tls_probe import why_hung_up

PROTOCOL_VERSION = 4
CONNECT_SECONDS = 10.0
"""How long an executor may take to answer."""
START_SECONDS = 1.0
"""How long an executor's socket may not be there yet, or be a dead one's."""
ANSWER_SECONDS = 1.0
"""What the one try may take that 0 seconds are for."""


class Connection:
    """A channel to an executor that has answered."""

    def __init__(
        self, address: ExecutorAddress, timeout: float | None, identification: Identification = NOBODY
    ) -> None:
        """Dial `address`, retrying for `timeout` seconds (0: once; None: as long as an executor takes to start).

        Raises:
            ExecutorUnreachableError: nobody answered in time.
            AuthenticationError: one side does not accept what the other is or has shown.
            ExecutorError: somebody did, but speaks another version of the protocol.
        """
        self.address = address
        self._tls = identification.tls
        if address.path is not None:
            self._check_listening(address.path, START_SECONDS if timeout is None else timeout)
        self.channel = open_channel(address, identification)
        try:
            self.capabilities = self._ask_capabilities(CONNECT_SECONDS if timeout is None else timeout)
        except BaseException:
            self.channel.close()
            raise

    def _check_listening(self, path: Path, seconds: float) -> None:
        wrong = wait_for_listener(path, seconds)
        if wrong is not None:
            raise ExecutorUnreachableError(
                f"connect: no executor answers at {self.address}: {wrong}", address=self.address.target
            )

    def _ask_capabilities(self, timeout: float) -> Capabilities:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(ExecutorUnreachableError),
            stop=tenacity.stop_after_delay(timeout),
            wait=tenacity.wait_random_exponential(multiplier=0.02, max=1.0),
            reraise=True,
        )
        answer: capabilities_pb2.GetCapabilitiesResponse = retrying(self._get_capabilities, timeout or ANSWER_SECONDS)
        if answer.protocol_version != PROTOCOL_VERSION:
            raise ExecutorError(
                f"the executor at {self.address} (exclave {answer.executor_version}) speaks protocol "
                f"{answer.protocol_version}, this controller {PROTOCOL_VERSION}: install the same version on both sides"
            )
        return _capabilities_from(answer)

    def _get_capabilities(self, timeout: float) -> capabilities_pb2.GetCapabilitiesResponse:
        stub = capabilities_pb2_grpc.CapabilitiesServiceStub(self.channel)
        request = capabilities_pb2.GetCapabilitiesRequest(protocol_version=PROTOCOL_VERSION)
        try:
            with translated("connect", self.address.target):
                return stub.GetCapabilities(request, timeout=timeout)
        except ExecutorUnreachableError as error:
            self._explain_hang_up(error)
            raise

    def _explain_hang_up(self, error: ExecutorUnreachableError) -> None:
        """Somebody is there and does not want to talk: no retry mends that."""
        if self.address.path is None and "Socket closed" in error.message:
            why = why_hung_up(self.address, self._tls)
            if why:
                text = f"connect: {self.address}: {why}"
                raise AuthenticationError(text, reason="TLS", status="UNAVAILABLE", facts={}) from None

    def close(self) -> None:
        """Close the channel; its sessions' leases end with it."""
        self.channel.close()


def _capabilities_from(answer: capabilities_pb2.GetCapabilitiesResponse) -> Capabilities:
    target = answer.target
    return Capabilities(
        protocol_version=answer.protocol_version,
        executor_version=answer.executor_version,
        target=ExecutorTarget(target.triple, target.cpu, target.features, target.page_size),
        limits={field.name: getattr(answer.limits, field.name) for field in answer.limits.DESCRIPTOR.fields},
        sandbox=layers_from(answer.sandbox),
        kernel=answer.kernel,
        python_version=answer.python_version,
        daemon_pid=answer.daemon_pid,
        readable_paths=tuple(answer.readable_paths),
        libraries=tuple(answer.libraries),
    )


def layers_from(layers: object) -> tuple[SandboxLayer, ...]:
    """The sandbox's layers, as values."""
    return tuple(SandboxLayer(layer.name, layer.active, layer.detail) for layer in layers)  # type: ignore[attr-defined]
