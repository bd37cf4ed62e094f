"""The daemon as a process: starting, serving, stopping, and nothing left."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
from pathlib import Path

import grpc
import pytest
from exclave.v1 import capabilities_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from support_executor import (
    Daemon,
    children,
    daemon_command,
    error_detail,
    finish,
    process_gone,
    running,
    running_daemon,
    start_process,
    wait_until,
    zygote_of,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path):
    tmp_path.chmod(0o700)
    return tmp_path


def started(folder: Path, *arguments: str, **options) -> tuple[subprocess.Popen[bytes], str]:
    return start_process(["--listen", f"unix:{folder}/x.sock", *arguments], stderr=subprocess.PIPE, **options)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_it_in_order(folder, number):
    process, address = started(folder)
    assert (folder / "x.sock").stat().st_mode & 0o777 == 0o600
    zygote = zygote_of(process.pid)
    daemon = Daemon(process, address)
    with daemon.session() as session:
        session.start()
        process.send_signal(number)
        assert process.wait(20) == 0
        assert session.wait_exit() is None
    daemon.channel.close()
    assert list(folder.iterdir()) == []
    assert process_gone(zygote)
    assert process_gone(session.pid)
    lines = finish(process).splitlines()
    assert f"stopping reason={signal.Signals(number).name}" in lines[-3] + lines[-2] + lines[-4]
    assert lines[-1].endswith("INFO stopped")


def test_second_daemon_is_refused(folder):
    process, _ = started(folder)
    second, line = started(folder)
    assert line == ""
    assert second.wait(20) == 1
    assert finish(second) == (
        f"exclave executor: another executor (process {process.pid}) serves unix:{folder}/x.sock: "
        "stop it or use another --listen\n"
    )
    process.terminate()
    assert process.wait(20) == 0
    finish(process)


def test_stale_socket_is_taken_over_after_a_kill(folder):
    process, address = started(folder)
    zygote = zygote_of(process.pid)
    daemon = Daemon(process, address)
    with daemon.session() as session:
        process.kill()
        process.wait()
        assert process_gone(zygote)
        assert process_gone(session.pid)
        daemon.channel.close()
    finish(process)
    assert (folder / "x.sock").is_socket()
    process, _ = started(folder)
    with running(process, address) as daemon:
        assert daemon.capabilities.GetCapabilities(capabilities_pb2.GetCapabilitiesRequest()).daemon_pid == process.pid
    assert list(folder.iterdir()) == []


def test_a_worker_is_known_by_the_process_id_that_it_has_here(folder):
    """Not by that of the zygote's namespace; and it has nothing of the daemon's environment."""
    os.environ["EXCLAVE_TEST_SECRET"] = "canary"
    try:
        process, address = started(folder)
    finally:
        del os.environ["EXCLAVE_TEST_SECRET"]
    with running(process, address) as daemon, daemon.session() as session:
        zygote = zygote_of(process.pid)
        assert children(zygote) == [session.pid]
        if os.geteuid() == 0:
            assert b"canary" not in Path(f"/proc/{session.pid}/environ").read_bytes()
        assert b"canary" in Path(f"/proc/{process.pid}/environ").read_bytes()


def test_end_of_the_parent_stops_it(folder):
    read, write = os.pipe()
    process, _ = started(folder, "--parent-fd", str(read), pass_fds=[read])
    os.close(read)
    zygote = zygote_of(process.pid)
    os.close(write)
    assert process.wait(20) == 0
    assert 'reason="the parent is gone"' in finish(process)
    assert process_gone(zygote)
    assert not folder.exists()  # the socket, the lock, and the folder that its controller made for them


def test_descriptor_that_is_not_open(folder):
    result = subprocess.run(daemon_command("--parent-fd", "777"), capture_output=True, timeout=20)
    assert result.returncode == 1
    assert b"descriptor 777 is not open" in result.stderr


def test_tcp_on_loopback(folder):
    process, address = start_process(["--listen", "127.0.0.1:0"], stderr=subprocess.PIPE)
    assert address.startswith("127.0.0.1:")
    assert not address.endswith(":0")
    with running(process, address) as daemon, daemon.session() as session:
        session.start()
        assert session.call("add", 2, 3) == 5


def test_tcp_port_in_use(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run(daemon_command("--listen", f"127.0.0.1:{port}"), capture_output=True, timeout=20)
    assert result.returncode == 1
    assert f"exclave executor: cannot listen on 127.0.0.1:{port}".encode() in result.stderr
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize("address", ["0.0.0.0:7777", "nonsense", "unix:/tmp/x.sock"])
def test_address_that_is_refused(address):
    result = subprocess.run(daemon_command("--listen", address), capture_output=True, timeout=20)
    assert result.returncode == 1
    assert result.stderr.decode().startswith("exclave executor: ")
    assert result.stderr.count(b"\n") == 1


def test_json_log(folder):
    process, address = started(folder, "--log-format", "json")
    with running(process, address) as daemon, daemon.session():
        daemon.process.terminate()
        log = finish(daemon.process)
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events == ["serving", "session opened", "stopping", "session closed", "stopped"]


def test_log_has_no_token(folder):
    process, address = started(folder, "--log-level", "debug")
    daemon = Daemon(process, address)
    with daemon.session() as session:
        session.start()
        token = session.token
    daemon.stop()
    log = finish(process)
    assert "session opened" in log
    assert token.hex()[:8] not in log


def test_health(folder):
    with running_daemon(folder) as daemon:
        stub = health_pb2_grpc.HealthStub(daemon.channel)
        for service in ("", "exclave.v1.SessionService", "exclave.v1.ExecutionService"):
            status = stub.Check(health_pb2.HealthCheckRequest(service=service)).status
            assert status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.RpcError) as caught:
            stub.Check(health_pb2.HealthCheckRequest(service="nobody"))
        assert caught.value.code() == grpc.StatusCode.NOT_FOUND
        watch = stub.Watch(health_pb2.HealthCheckRequest())
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        daemon.process.terminate()
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        watch.cancel()


def test_reflection(folder):
    with running_daemon(folder) as daemon:
        stub = reflection_pb2_grpc.ServerReflectionStub(daemon.channel)
        ask = [reflection_pb2.ServerReflectionRequest(list_services="")]
        (answer,) = stub.ServerReflectionInfo(iter(ask))
        names = {service.name for service in answer.list_services_response.service}
        ours = {f"exclave.v1.{word}Service" for word in ("Capabilities", "Session", "Memory", "Execution")}
        assert names == ours | {"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
        ask = [reflection_pb2.ServerReflectionRequest(file_containing_symbol="exclave.v1.MemoryService")]
        (answer,) = stub.ServerReflectionInfo(iter(ask))
        assert answer.file_descriptor_response.file_descriptor_proto


def test_capabilities(folder):
    with running_daemon(folder, "--lanes", "3", "--max-sessions", "7", "--reservation", "64M") as daemon:
        answer = daemon.capabilities.GetCapabilities(capabilities_pb2.GetCapabilitiesRequest(protocol_version=1))
    assert answer.daemon_pid == daemon.process.pid
    assert answer.target.page_size == os.sysconf("SC_PAGESIZE")
    assert (answer.limits.max_sessions, answer.limits.default_reservation) == (7, 64 << 20)
    layers = {layer.name: layer for layer in answer.sandbox}
    assert layers["seccomp"].active
    assert layers["no_new_privs"].active
    assert all(layer.detail for layer in layers.values())


def test_unknown_method(folder):
    with running_daemon(folder) as daemon:
        call = daemon.channel.unary_unary("/exclave.v1.MemoryService/Nothing")
        with pytest.raises(grpc.RpcError) as caught:
            call(b"")
        assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_killed_zygote_is_replaced(folder):
    with running_daemon(folder) as daemon:
        with daemon.session() as session:
            session.start()
            zygote = zygote_of(daemon.process.pid)
            os.kill(zygote, signal.SIGKILL)
            gone = session.wait_exit()
            assert "zygote" in gone.message
            assert process_gone(session.pid)
            with pytest.raises(grpc.RpcError) as caught:
                session.call("add", 1, 2)
            assert caught.value.code() == grpc.StatusCode.FAILED_PRECONDITION
        with daemon.session() as session:
            session.start()
            assert session.call("add", 1, 2) == 3
        replaced = zygote_of(daemon.process.pid)
        assert replaced != zygote


def test_too_many_sessions(folder):
    with running_daemon(folder, "--max-sessions", "2") as daemon, daemon.session() as one:
        with daemon.session():
            with pytest.raises(grpc.RpcError) as caught:
                daemon.session().__enter__()
            assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
            assert error_detail(caught.value).reason == "TOO_MANY_SESSIONS"
            one.start()
            assert one.call("add", 1, 1) == 2

        def opens_again() -> bool:
            try:
                with daemon.session():
                    return True
            except grpc.RpcError:
                return False

        assert wait_until(opens_again)


def test_an_idle_session_is_kept_alive_by_pings(folder):
    """Controllers ping when nothing runs; gRPC's servers take that for an attack unless they are told not to."""
    with running_daemon(folder) as daemon:
        options = (("grpc.keepalive_time_ms", 1_100), ("grpc.http2.max_pings_without_data", 0))
        daemon.channel.close()
        patient = Daemon(daemon.process, daemon.address, options=options)
        with patient.session() as session:
            session.start()
            with pytest.raises(queue.Empty):
                session.events.get(timeout=4.5)  # four pings; the third too many would have ended the connection
            assert session.call("add", 1, 2) == 3
        patient.channel.close()
