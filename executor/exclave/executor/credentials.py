"""How the daemon proves what it is, and knows its clients: certificates, and bearer tokens from a file.

Owns: reading them, and what must be there before anybody from outside may connect. Must not know: gRPC, sessions.
Invariant: an address beyond the loopback interface is served with TLS, and only to clients with a certificate or a
token (fail closed); no token is ever in a text; tokens are compared in constant time, all of them each time.
"""

from __future__ import annotations

import hmac
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from exclave.executor.address import Address, is_loopback
from exclave.executor.errors import StartupError
from exclave.executor.settings import Settings

_SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the daemon's certificate, its key and the authority of its clients' certificates are; PEM."""

    certificate: Path
    key: Path
    client_authority: Path | None

    def read(self) -> tuple[bytes, bytes, bytes | None]:
        """Their contents.

        Raises: OSError; ValueError for a file that is no PEM.
        """
        authority = None if self.client_authority is None else _read_pem(self.client_authority)
        return _read_pem(self.key), _read_pem(self.certificate), authority

    def stamp(self) -> tuple[tuple[int, int], ...]:
        """Changes when one of the files does."""
        paths = [path for path in (self.certificate, self.key, self.client_authority) if path is not None]
        return tuple((status.st_mtime_ns, status.st_ino) for status in map(os.stat, paths))


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the daemon has; `tokens` is empty if it asks for none."""

    tls: TlsFiles | None
    tokens: tuple[bytes, ...]

    @property
    def knows_clients(self) -> bool:
        """Whether a client must show something."""
        return bool(self.tokens) or (self.tls is not None and self.tls.client_authority is not None)

    def token_number(self, token: bytes) -> int | None:
        """Which token it is, None for none of them."""
        matches = [hmac.compare_digest(known, token) for known in self.tokens]
        return matches.index(True) if True in matches else None


def read_credentials(settings: Settings) -> Credentials:
    """What the settings name, read once to see that it can be.

    Raises: StartupError, which says what is wrong with which file.
    """
    tokens = () if settings.token_file is None else _read_tokens(Path(settings.token_file))
    return Credentials(_tls_files(settings), tokens)


def check_exposure(address: Address, credentials: Credentials) -> None:
    """Refuses to serve the world without protection.

    Raises: StartupError, which says what is missing.
    """
    if address.path is not None or is_loopback(address.host):
        return
    missing = []
    if credentials.tls is None:
        missing.append("TLS (--tls-cert and --tls-key)")
    if not credentials.knows_clients:
        missing.append("clients' certificates (--tls-client-ca) or tokens (--token-file)")
    if missing:
        raise StartupError(
            f"--listen {address}: whoever reaches the executor can run code, so beyond the loopback interface it "
            f"needs {' and '.join(missing)}"
        )


def _tls_files(settings: Settings) -> TlsFiles | None:
    named = (settings.tls_cert, settings.tls_key, settings.tls_client_ca)
    if not any(named):
        return None
    if settings.tls_cert is None or settings.tls_key is None:
        raise StartupError("TLS needs both --tls-cert and --tls-key")
    authority = None if settings.tls_client_ca is None else Path(settings.tls_client_ca)
    files = TlsFiles(Path(settings.tls_cert), Path(settings.tls_key), authority)
    _check_private(files.key, "--tls-key")
    try:
        files.read()
    except (OSError, ValueError) as error:
        raise StartupError(f"TLS: {error}") from error
    return files


def _read_pem(path: Path) -> bytes:
    content = path.read_bytes()
    if b"-----BEGIN " not in content:
        raise ValueError(f"{path} is no PEM file")
    return content


def _read_tokens(path: Path) -> tuple[bytes, ...]:
    _check_private(path, "--token-file")
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise StartupError(f"--token-file {path}: {error.strerror}") from error
    tokens = tuple(line.strip() for line in lines if line.strip() and not line.lstrip().startswith(b"#"))
    if not tokens:
        raise StartupError(f"--token-file {path}: there is no token in it, one a line")
    if min(map(len, tokens)) < _SHORTEST_TOKEN:
        raise StartupError(
            f"--token-file {path}: a token is shorter than {_SHORTEST_TOKEN} characters; make one with "
            "`openssl rand -hex 16`"
        )
    return tokens


def _check_private(path: Path, flag: str) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise StartupError(f"{flag} {path}: {error.strerror}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise StartupError(f"{flag} {path}: others may read it (mode {stat.S_IMODE(mode):o}): chmod 600 {path}")
