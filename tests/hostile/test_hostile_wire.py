"""Hostile clients: bytes that are no message or no protocol, streams that do not end, storms, clients that vanish."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from exclave.v1 import execution_pb2, memory_pb2
from grpc import StatusCode
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from support_executor import DATA, Daemon, running, start_process, wait_until
from support_wire import MIB, at, plan

GARBAGE = random.Random(7)


def test_a_message_that_is_too_large(session):
    request = memory_pb2.WriteMemoryRequest(session_token=session.token, chunk=bytes(5 * MIB))
    with pytest.raises(grpc.RpcError) as caught:
        session.daemon.memory.WriteMemory(iter([request]))
    assert caught.value.code() is StatusCode.RESOURCE_EXHAUSTED


def test_metadata_that_is_too_large(session):
    with pytest.raises(grpc.RpcError) as caught:
        session.daemon.execution.DrainOutput(
            execution_pb2.DrainOutputRequest(session_token=session.token), metadata=(("x", "x" * 20_000),)
        )
    assert caught.value.code() is StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize(
    "method", ["MemoryService/Initialize", "SessionService/CloseSession", "ExecutionService/Converse"]
)
def test_bytes_that_are_no_message(session, method):
    call = session.daemon.channel.stream_stream(f"/exclave.v1.{method}")
    with pytest.raises(grpc.RpcError) as caught:
        list(call(iter([GARBAGE.randbytes(200)]), timeout=20))
    assert caught.value.code() in (
        StatusCode.INTERNAL,
        StatusCode.UNKNOWN,
        StatusCode.INVALID_ARGUMENT,
        StatusCode.NOT_FOUND,
    )


@pytest.mark.parametrize("method", ["/exclave.v1.MemoryService/Nothing", "/nothing.at/All", "/", "/x"])
def test_methods_that_there_are_not(session, method):
    with pytest.raises(grpc.RpcError) as caught:
        session.daemon.channel.unary_unary(method)(b"", timeout=20)
    assert caught.value.code() is StatusCode.UNIMPLEMENTED


def test_reflection_is_no_way_to_exhaust_it(session):
    stub = reflection_pb2_grpc.ServerReflectionStub(session.daemon.channel)
    requests = [reflection_pb2.ServerReflectionRequest(file_containing_symbol="x" * 1000)] * 2000
    assert len(list(stub.ServerReflectionInfo(iter(requests), timeout=20))) == 2000


def silent(first, over):
    yield from first
    over.wait(30)


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("rpc", ["Initialize", "WriteMemory"])
def test_half_a_stream_and_then_silence(session, rpc, count):
    """Ended after the executor's --stream-timeout; what was begun is undone."""
    over = threading.Event()
    if rpc == "Initialize":
        first = plan(session, (at(session, DATA), 4096, 4096, DATA), content=bytes(8))
    else:
        ranges = [memory_pb2.MemoryRange(address=at(session, DATA), size=100)]
        first = [memory_pb2.WriteMemoryRequest(session_token=session.token, ranges=ranges, chunk=b"x")]
    try:
        with pytest.raises(grpc.RpcError) as caught:
            getattr(session.daemon.memory, rpc)(silent(first[:count], over), timeout=20)
        assert caught.value.code() is not StatusCode.DEADLINE_EXCEEDED
    finally:
        over.set()
    wait_until(lambda: session.load(DATA, 0, b"free again"))


def test_a_storm_of_deadlines(session):
    """Requests whose time is over before they come."""

    def ask(number):
        try:
            session.daemon.execution.DrainOutput(
                execution_pb2.DrainOutputRequest(session_token=session.token), timeout=0.0005 * (number % 4)
            )
        except grpc.RpcError as error:
            return error.code()
        return StatusCode.OK

    with ThreadPoolExecutor(16) as threads:
        codes = set(threads.map(ask, range(600)))
    assert codes <= {StatusCode.OK, StatusCode.DEADLINE_EXCEEDED}


def test_a_storm_of_cancelled_calls(session):
    """Streams that are opened and thrown away at once give their lanes back."""
    for _ in range(100):
        begin = execution_pb2.ConverseRequest(begin=execution_pb2.ConverseRequest.Begin(session_token=session.token))
        call = session.daemon.execution.Converse(silent([begin], threading.Event()))
        call.cancel()


def address_of(daemon):
    host, _, port = daemon.address.rpartition(":")
    return host, int(port)


BYTES = {
    "HTTP/1": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "half a TLS hello": bytes.fromhex("16030100a5010000a10303"),
    "the preface and garbage": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + GARBAGE.randbytes(4000),
    "a frame without end": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
    "settings without end": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0" * 2000,
    "noise": GARBAGE.randbytes(20_000),
    "zeros": bytes(20_000),
    "nothing": b"",
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_protocol(session, name):
    with socket.create_connection(address_of(session.daemon), 5) as connection:
        try:
            connection.sendall(BYTES[name])
            connection.settimeout(0.2)
            while connection.recv(65536):
                pass
        except OSError:
            pass  # it hung up, or waits for more: both are fine
    assert session.call("add", 5, 6) == 11


def test_two_hundred_silent_connections(session):
    connections = [socket.create_connection(address_of(session.daemon), 5) for _ in range(200)]
    try:
        fresh = Daemon(session.daemon.process, session.daemon.address)
        with fresh.channel, fresh.session() as opened:
            opened.start()
            assert opened.call("add", 1, 1) == 2
    finally:
        for connection in connections:
            connection.close()


CLIENT = """
import sys
from exclave.controller import connect
session = connect(sys.argv[1]).session()
print(session.opened.worker_pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_client_that_vanishes_loses_its_session(how):
    """Killed: at once. Stopped, as if its packets were lost: within --client-timeout."""
    process, address = start_process(["--listen", "127.0.0.1:0", "--client-timeout", "1.5"], stderr=subprocess.PIPE)
    with running(process, address):
        command = [sys.executable, "-c", CLIENT, address]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
            worker = int(client.stdout.readline())
            os.kill(client.pid, how)
            try:
                wait_until(lambda: not os.path.exists(f"/proc/{worker}"), 15)  # noqa: PTH110
            finally:
                client.kill()
