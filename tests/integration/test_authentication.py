"""Who gets in, near and far: certificates, tokens, and what is said to those who do not."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import grpc
import pytest
from exclave.controller import TLS, AuthenticationError, SignatureError, connect
from exclave.controller.errors import ExecutorError
from exclave.v1 import (
    capabilities_pb2,
    capabilities_pb2_grpc,
    common_pb2,
    memory_pb2,
    memory_pb2_grpc,
    session_pb2,
    session_pb2_grpc,
)
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from support_certificates import DAY, Authority
from support_executor import running, start_process, wait_until

TOKENS = ("0123456789abcdef0123", "ffffffffffffffffffff")
IR = "define i64 @f(i64 %x) { %y = add i64 %x, 1  ret i64 %y }"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder):
    return Authority(folder / "one")


@pytest.fixture(scope="module")
def stranger(folder):
    return Authority(folder / "two", "somebody else")


@pytest.fixture(scope="module")
def token_file(folder):
    path = folder / "tokens"
    path.write_text("# two\n" + "\n".join(TOKENS) + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def server(authority):
    certificate, key = authority.issue("server", "localhost", "127.0.0.1")
    return ["--tls-cert", str(certificate), "--tls-key", str(key)]


class Daemon:
    """A daemon on the loopback interface."""

    def __init__(self, *arguments):
        self.process, self.address = start_process(["--listen", "127.0.0.1:0", *arguments], stderr=subprocess.PIPE)

    def __enter__(self):
        self._running = running(self.process, self.address)
        self._running.__enter__()
        return self

    def __exit__(self, *error):
        return self._running.__exit__(*error)

    def call(self, **options):
        with connect(self.address, timeout=5, **options) as executor, executor.session() as session:
            session.add_ir(IR)
            return session.function("f")(41)

    def refusal(self, **options) -> str:
        start = time.monotonic()
        with pytest.raises(AuthenticationError) as caught:
            self.call(**options)
        assert time.monotonic() - start < 4  # no retry mends it
        return str(caught.value)


def test_tls(server, authority, stranger):
    with Daemon(*server) as daemon:
        assert daemon.call(tls=TLS(ca=authority.ca)) == 42
        assert daemon.call(tls=TLS(ca=authority.ca.read_bytes(), server_name="localhost")) == 42
        assert "nobody here knows the authority" in daemon.refusal(tls=TLS(ca=stranger.ca))
        assert "another name" in daemon.refusal(tls=TLS(ca=authority.ca, server_name="example.org"))
        assert "connect with tls=TLS" in daemon.refusal()


def test_certificates_of_clients(server, authority, stranger):
    certificate, key = authority.issue("client")
    theirs = stranger.issue("foreign")
    old = authority.issue("old", begin=-3 * DAY, end=-DAY)
    with Daemon(*server, "--tls-client-ca", str(authority.ca)) as daemon:
        assert daemon.call(tls=TLS(ca=authority.ca, cert=certificate, key=key)) == 42
        assert "wants a client certificate" in daemon.refusal(tls=TLS(ca=authority.ca))
        for cert, key in (theirs, old):
            text = daemon.refusal(tls=TLS(ca=authority.ca, cert=cert, key=key))
            assert "does not accept this controller's certificate" in text


def test_certificates_that_are_wrong(authority):
    for names, options, words in (
        (("example.org",), {}, "another name"),
        (("127.0.0.1",), {"begin": -3 * DAY, "end": -DAY}, "has expired"),
    ):
        certificate, key = authority.issue("wrong", *names, **options)
        with Daemon("--tls-cert", str(certificate), "--tls-key", str(key)) as daemon:
            assert words in daemon.refusal(tls=TLS(ca=authority.ca))


def test_tls_to_somebody_who_does_not_speak_it(authority):
    with Daemon() as daemon:
        assert "does not speak TLS" in daemon.refusal(tls=TLS(ca=authority.ca))
        assert daemon.call() == 42


def test_a_renewed_certificate_is_read_again(folder, authority):
    certificate, key = authority.issue("renewed", "127.0.0.1", begin=-3 * DAY, end=-DAY)
    with Daemon("--tls-cert", str(certificate), "--tls-key", str(key)) as daemon:
        assert "has expired" in daemon.refusal(tls=TLS(ca=authority.ca))
        authority.issue("renewed", "127.0.0.1")
        assert daemon.call(tls=TLS(ca=authority.ca)) == 42
        certificate.write_text("nonsense")  # cannot be used: the last good one stays
        assert daemon.call(tls=TLS(ca=authority.ca)) == 42


def test_tokens(token_file, monkeypatch):
    with Daemon("--token-file", str(token_file)) as daemon:
        for token in TOKENS:
            assert daemon.call(token=token) == 42
        assert daemon.call(token_file=token_file) == 42
        for options in ({}, {"token": "g" * 20}, {"token": TOKENS[0][:-1]}, {"token": TOKENS[0] + "x"}):
            text = daemon.refusal(**options)
            assert "bearer token" in text
            assert options.get("token", "?") not in text
        monkeypatch.setenv("EXCLAVE_TOKEN_FILE", str(token_file))
        assert daemon.call() == 42


def test_tokens_over_tls(server, authority, token_file):
    with Daemon(*server, "--token-file", str(token_file)) as daemon:
        assert daemon.call(tls=TLS(ca=authority.ca), token=TOKENS[1]) == 42
        assert "bearer token" in daemon.refusal(tls=TLS(ca=authority.ca))


def test_a_session_is_its_owners(token_file):
    with (
        Daemon("--token-file", str(token_file)) as daemon,
        connect(daemon.address, token=TOKENS[0]) as executor,
        executor.session() as session,
    ):
        token = session.opened.token
        assert closing(daemon, token, TOKENS[1]) == closing(daemon, bytes(16), TOKENS[1])
        assert closing(daemon, token, TOKENS[1])[0] is grpc.StatusCode.NOT_FOUND
        session.add_ir(IR)
        assert session.function("f")(1) == 2


def closing(daemon, session_token, bearer):
    """How CloseSession with somebody's token ends: the status and the text."""
    with grpc.insecure_channel(daemon.address) as channel, pytest.raises(grpc.RpcError) as caught:
        session_pb2_grpc.SessionServiceStub(channel).CloseSession(
            session_pb2.CloseSessionRequest(session_token=session_token),
            metadata=[("authorization", f"Bearer {bearer}")],
        )
    return caught.value.code(), caught.value.details()


def test_every_method_but_health_is_behind_the_door(token_file):
    with Daemon("--token-file", str(token_file)) as daemon, grpc.insecure_channel(daemon.address) as channel:
        assert health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest()).status == 1
        reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
        calls = {
            "unary": lambda: capabilities_pb2_grpc.CapabilitiesServiceStub(channel).GetCapabilities(
                capabilities_pb2.GetCapabilitiesRequest()
            ),
            "a stream of answers": lambda: next(
                session_pb2_grpc.SessionServiceStub(channel).OpenSession(session_pb2.OpenSessionRequest())
            ),
            "reflection": lambda: next(
                reflection.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
            ),
        }
        for name, call in calls.items():
            with pytest.raises(grpc.RpcError) as caught:
                call()
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED, name
            detail = dict(caught.value.trailing_metadata())["exclave-error-bin"]
            assert common_pb2.ErrorDetail.FromString(detail).reason == "NO_TOKEN"


def test_no_token_is_told(token_file, capfd):
    with Daemon("--token-file", str(token_file), "--log-level", "debug") as daemon:
        daemon.refusal(token="secret-secret-secret")
        with connect(daemon.address, token=TOKENS[0]) as executor:
            assert TOKENS[0] not in repr(executor) + repr(vars(executor))
        daemon.process.terminate()
        log = daemon.process.stderr.read().decode()
    assert "secret" not in log
    assert TOKENS[0] not in log


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"tls": "yes"}, SignatureError, "takes a TLS"),
        ({"tls": TLS(cert="/x")}, SignatureError, "both cert= and key="),
        ({"tls": TLS(ca="/nowhere/ca.pem")}, AuthenticationError, "/nowhere/ca.pem"),
        ({"tls": TLS(ca=b"nonsense")}, AuthenticationError, "no PEM"),
        ({"tls": TLS(ca=7)}, SignatureError, "path or the content"),
        ({"token": ""}, SignatureError, "printable"),
        ({"token": "a\nb"}, SignatureError, "printable"),
        ({"token": 7}, SignatureError, "printable"),
        ({"token": "x" * 20, "token_file": "/x"}, SignatureError, "one of them"),
        ({"token_file": "/nowhere/token"}, AuthenticationError, "/nowhere/token"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told_before_anything_is_sent(options, error, words):
    with pytest.raises(error, match=words):
        connect("127.0.0.1:1", timeout=0, **options)


def test_a_token_is_not_sent_in_plain_text_to_another_host():
    with pytest.raises(AuthenticationError, match="not sent in plain text") as caught:
        connect("192.0.2.1:7000", token="secret-secret-secret", timeout=0)
    assert "secret" not in str(caught.value)


def test_tls_is_not_for_unix_sockets(tmp_path):
    with pytest.raises(SignatureError, match="UNIX socket"):
        connect(f"unix:{tmp_path}/x.sock", tls=TLS())


@pytest.mark.parametrize("arguments", [["0.0.0.0:0"], ["192.0.2.1:0"]])
def test_a_daemon_for_the_world_without_protection_does_not_start(arguments):
    command = [sys.executable, "-m", "exclave.executor", "--listen", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "needs TLS" in done.stderr


def test_an_idle_session_is_closed_and_comes_back():
    with (
        Daemon("--idle-timeout", "0.4") as daemon,
        connect(daemon.address) as executor,
        executor.session() as session,
        executor.session(recover=False) as given_up,
    ):
        for one in (session, given_up):
            one.add_ir(IR)
        function, other = session.function("f"), given_up.function("f")
        assert (function(1), other(1)) == (2, 2)
        wait_until(lambda: given_up._worker.client.is_over() and session._worker.client.is_over())
        assert (function(1), session.generation) == (2, 2)
        with pytest.raises(ExecutorError, match=r"not used for 0\.4 s"):
            other(1)


def test_a_client_that_falls_silent_in_a_request_is_cut_off():
    with (
        Daemon("--stream-timeout", "0.3") as daemon,
        connect(daemon.address) as executor,
        executor.session() as session,
        grpc.insecure_channel(daemon.address) as channel,
    ):
        ranges = [memory_pb2.MemoryRange(address=session.opened.zones["data"].address, size=100)]
        over = threading.Event()

        def half():
            yield memory_pb2.WriteMemoryRequest(session_token=session.opened.token, ranges=ranges, chunk=b"x" * 10)
            over.wait(30)

        call = memory_pb2_grpc.MemoryServiceStub(channel).WriteMemory.future(half())
        start = time.monotonic()
        with pytest.raises(grpc.RpcError):
            call.result(timeout=20)
        over.set()
        assert time.monotonic() - start < 10
        session.add_ir(IR)
        assert session.function("f")(1) == 2
