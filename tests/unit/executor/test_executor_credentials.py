"""What must be there before the daemon serves the world; what a file may be."""

from pathlib import Path

import pytest
from exclave.executor.address import parse_address
from exclave.executor.credentials import check_exposure, read_credentials
from exclave.executor.errors import StartupError
from exclave.executor.settings import Settings
from support_certificates import Authority

TOKENS = "# for the laboratory\n0123456789abcdef\n\n  fedcba9876543210  \n"


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "tokens"
    path.write_text(TOKENS)
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def tls(authority):
    certificate, key = authority.issue("server", "127.0.0.1")
    return {"tls_cert": str(certificate), "tls_key": str(key)}


@pytest.mark.parametrize("host", ["0.0.0.0", "example.org", "[::]", "10.0.0.1"])
def test_the_world_needs_tls_and_clients_that_are_known(host, tls, token_file, authority):
    address, ca = parse_address(f"{host}:80"), {"tls_client_ca": str(authority.ca)}
    for settings, missing in (
        ({}, r"needs TLS \(--tls-cert and --tls-key\) and clients' certificates"),
        ({"token_file": str(token_file)}, r"needs TLS \(--tls-cert and --tls-key\)$"),
        (tls, r"needs clients' certificates \(--tls-client-ca\) or tokens \(--token-file\)$"),
    ):
        with pytest.raises(StartupError, match=missing):
            check_exposure(address, read_credentials(Settings(**settings)))
    for settings in (tls | ca, tls | {"token_file": str(token_file)}):
        check_exposure(address, read_credentials(Settings(**settings)))


@pytest.mark.parametrize("address", ["unix:/run/x/x.sock", "127.0.0.1:1", "[::1]:1", "localhost:1"])
def test_this_host_needs_nothing(address):
    check_exposure(parse_address(address), read_credentials(Settings()))


def test_tokens_are_told_apart(token_file):
    credentials = read_credentials(Settings(token_file=str(token_file)))
    numbers = [
        credentials.token_number(t) for t in (b"0123456789abcdef", b"fedcba9876543210", b"0123456789abcdeX", b"")
    ]
    assert numbers == [0, 1, None, None]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_files_that_others_may_read(token_file, tls, mode):
    token_file.chmod(mode)
    with pytest.raises(StartupError, match="chmod 600"):
        read_credentials(Settings(token_file=str(token_file)))
    Path(tls["tls_key"]).chmod(mode)
    with pytest.raises(StartupError, match="chmod 600"):
        read_credentials(Settings(**tls))


@pytest.mark.parametrize(
    ("content", "words"), [("", "no token"), ("# only\n", "no token"), ("tiny-secret\n", "shorter than 16")]
)
def test_tokens_that_are_none(token_file, content, words):
    token_file.write_text(content)
    with pytest.raises(StartupError, match=words) as caught:
        read_credentials(Settings(token_file=str(token_file)))
    assert "tiny-secret" not in str(caught.value)


def test_files_that_are_not_there_or_no_pem(tmp_path, tls, token_file):
    for settings in ({"token_file": "/nowhere"}, tls | {"tls_key": "/nowhere"}, tls | {"tls_client_ca": "/nowhere"}):
        with pytest.raises(StartupError, match="nowhere"):
            read_credentials(Settings(**settings))
    with pytest.raises(StartupError, match="no PEM"):
        read_credentials(Settings(**tls | {"tls_client_ca": str(token_file)}))
    with pytest.raises(StartupError, match="both --tls-cert and --tls-key"):
        read_credentials(Settings(tls_cert=tls["tls_cert"]))
