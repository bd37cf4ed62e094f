"""Every rpc, as the descriptors list them, with tokens of every wrong kind: sessions' tokens and bearer tokens."""

from __future__ import annotations

import hashlib
import subprocess
import threading

import grpc
import pytest
from exclave.controller import connect
from exclave.v1 import common_pb2
from google.protobuf.empty_pb2 import Empty
from support_executor import running, start_process
from support_rpcs import all_rpcs

RPCS = {rpc.name: rpc for rpc in all_rpcs()}
WITHOUT_SESSION = {
    "exclave.v1.CapabilitiesService/GetCapabilities",
    "exclave.v1.SessionService/OpenSession",
    "exclave.v1.SessionService/ListSessionStats",
}
OF_A_SESSION = sorted(set(RPCS) - WITHOUT_SESSION)
ALICE, BOB = "alice-alice-alice-alice", "bob-bob-bob-bob-bob-bob"
NO_SUCH_SESSION = "no session has this token: it was closed, or it is somebody else's"


def bearer(token: str):
    return (("authorization", f"Bearer {token}"),)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("tokens") / "tokens"
    path.write_text(f"{ALICE}\n{BOB}\n")
    path.chmod(0o600)
    process, address = start_process(["--listen", "127.0.0.1:0", "--token-file", str(path)], stderr=subprocess.PIPE)
    with running(process, address):
        yield address


@pytest.fixture(scope="module")
def channel(address):
    with grpc.insecure_channel(address) as channel:
        yield channel


@pytest.fixture(scope="module")
def tokens(address):
    """Alice's session, which works in the end, and one that she has closed."""
    with connect(address, token=ALICE) as executor, executor.session(recover=False) as session:
        with executor.session() as other:
            closed = other.opened.token
        yield session.opened.token, closed
        session.add_ir("define i64 @fine() { ret i64 7 }")
        assert session.function("fine")() == 7


def refusal(rpc, channel, request, **options) -> tuple[grpc.StatusCode, str, str]:
    with pytest.raises(grpc.RpcError) as caught:
        rpc.call(channel, request, **options)
    detail = dict(caught.value.trailing_metadata() or ()).get("exclave-error-bin", b"")
    return caught.value.code(), caught.value.details(), common_pb2.ErrorDetail.FromString(detail).reason


def test_which_rpcs_have_a_session():
    assert {name for name, rpc in RPCS.items() if not rpc.token_path} == WITHOUT_SESSION
    assert len(OF_A_SESSION) >= 10


@pytest.mark.parametrize("name", OF_A_SESSION)
def test_wrong_session_tokens(channel, tokens, name):
    """The answer is the same, so nobody learns which sessions there are, or were."""
    alices, closed = tokens
    garbage = [bytes(size) for size in (1, 8, 15, 16, 17, 32, 4096)]
    for token in (b"", closed, alices, alices[:8], alices + b"x", *garbage):
        found = refusal(RPCS[name], channel, RPCS[name].request(token), metadata=bearer(BOB))
        assert found == (grpc.StatusCode.NOT_FOUND, NO_SUCH_SESSION, "NO_SUCH_SESSION"), len(token)


@pytest.mark.parametrize("name", OF_A_SESSION)
def test_empty_requests(channel, name):
    empty = iter(()) if RPCS[name].method.client_streaming else Empty()
    code, _, _ = refusal(RPCS[name], channel, empty, metadata=bearer(BOB))
    assert code in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT)


def test_a_list_has_ones_own_sessions_only(channel, tokens):
    """And nothing in it from which a token could be told."""
    rpc = RPCS["exclave.v1.SessionService/ListSessionStats"]
    (alices,) = rpc.call(channel, Empty(), metadata=bearer(ALICE))
    (bobs,) = rpc.call(channel, Empty(), metadata=bearer(BOB))
    assert [session.name for session in alices.sessions] == [hashlib.sha256(tokens[0]).hexdigest()[:8]]
    assert tokens[0] not in alices.SerializeToString()
    assert (alices.opened, len(bobs.sessions), bobs.opened) == (2, 0, 0)


WRONG_BEARERS = {
    "none": (),
    "empty": (("authorization", ""),),
    "no scheme": (("authorization", ALICE),),
    "another scheme": (("authorization", f"Basic {ALICE}"),),
    "nothing after the scheme": (("authorization", "Bearer "),),
    "a prefix": bearer(ALICE[:-1]),
    "more": bearer(ALICE + "x"),
    "two": bearer(ALICE) + bearer(ALICE),
    "both": bearer(f"{ALICE} {BOB}"),
    "long": bearer("x" * 8000),
    "another key": (("x-authorization", f"Bearer {ALICE}"),),
}


@pytest.mark.parametrize("name", sorted(RPCS))
def test_wrong_bearer_tokens(channel, tokens, name):
    """On every rpc, before its request is looked at; and all answers are the same."""
    request = RPCS[name].request(tokens[0]) if RPCS[name].token_path else Empty()
    found = {refusal(RPCS[name], channel, request, metadata=wrong) for wrong in WRONG_BEARERS.values()}
    assert len(found) == 1
    assert found.pop()[::2] == (grpc.StatusCode.UNAUTHENTICATED, "NO_TOKEN")


@pytest.mark.parametrize("name", sorted(name for name, rpc in RPCS.items() if rpc.method.client_streaming))
def test_a_refused_stream_is_not_read(channel, name):
    """Whoever sends nothing holds no thread of the daemon."""
    over = threading.Event()

    def silent():
        over.wait(30)
        yield from ()

    try:
        for _ in range(50):
            code, _, _ = refusal(RPCS[name], channel, silent(), metadata=bearer("no such token at all"))
            assert code is grpc.StatusCode.UNAUTHENTICATED
    finally:
        over.set()
