"""How a controller proves who it is to an executor elsewhere, and how it knows the executor: TLS, bearer tokens.

Owns: what users give for it, checked. Must not know: gRPC. Invariant: no token is ever in a repr or an error's text; a
token is never sent in plain text beyond this host.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from .addresses import ExecutorAddress
from .checks import shown
from .errors import AuthenticationError, SignatureError

TOKEN_FILE_VARIABLE = "EXCLAVE_TOKEN_FILE"  # noqa: S105  (the name of a variable)
Pem = str | bytes | os.PathLike[str] | None


@dataclass(frozen=True)
class TLS:
    """What a controller needs for TLS: PEM files, by path or by content.

    Attributes:
        ca: the authority of the executor's certificate; None: those that this system trusts.
        cert, key: this controller's own certificate, for executors that ask for one.
        server_name: the name in the executor's certificate, if it is not the address's.
    """

    ca: Pem = None
    cert: Pem = None
    key: Pem = field(default=None, repr=False)
    server_name: str = ""

    def read(self) -> tuple[bytes | None, bytes | None, bytes | None]:
        """Contents of `ca`, `key` and `cert`.

        Raises:
            AuthenticationError: a file cannot be read, or is none of these.
            SignatureError: a certificate without its key, or what is no path.
        """
        if (self.cert is None) != (self.key is None):
            raise SignatureError("tls=: a certificate of one's own needs both cert= and key=")
        return _content(self.ca, "ca"), _content(self.key, "key"), _content(self.cert, "cert")


def _content(given: Pem, name: str) -> bytes | None:
    if given is None:
        return None
    if isinstance(given, bytes):
        content = given
    elif isinstance(given, str | os.PathLike):
        try:
            content = Path(given).read_bytes()
        except OSError as error:
            raise AuthenticationError(f"tls=: {name}={os.fspath(given)}: {error.strerror}") from None
    else:
        raise SignatureError(f"tls=: {name}= is a path or the content of a PEM file, not {shown(given)}")
    if b"-----BEGIN " not in content:
        raise AuthenticationError(f"tls=: {name}= is no PEM file")
    return content


@dataclass(frozen=True)
class Identification:
    """What `connect()` was given, checked. `token` is empty if there is none."""

    tls: TLS | None = None
    token: str = field(default="", repr=False)


NOBODY = Identification()
"""For executors that ask for nothing."""


def checked_identification(
    address: ExecutorAddress | None, tls: TLS | None, token: str | None, token_file: str | os.PathLike[str] | None
) -> Identification:
    """Put it together; a file that EXCLAVE_TOKEN_FILE names counts when nothing else is given.

    Raises:
        SignatureError: what makes no sense together, or of its kind.
        AuthenticationError: the token's file cannot be read, or the token would be sent in plain text.
    """
    if tls is not None and not isinstance(tls, TLS):
        raise SignatureError(f"tls= takes a TLS, not {shown(tls)}")
    if token is not None and token_file is not None:
        raise SignatureError("token= and token_file=: give one of them")
    if tls is not None and (address is None or address.path is not None):
        raise SignatureError("tls= is for host:port; a UNIX socket is its owner's by its permissions")
    found = _checked_token(token) if token is not None else _token_from(token_file, address)
    if found and address is not None and address.path is None and tls is None and not is_loopback(address):
        raise AuthenticationError(
            f"a token is not sent in plain text to {address}, where others could read it: connect with tls=TLS(...)"
        )
    return Identification(tls, found)


def _checked_token(token: object) -> str:
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token.strip():
        raise SignatureError("token= takes a text of printable ASCII characters")  # never shown
    return token.strip()


def _token_from(path: str | os.PathLike[str] | None, address: ExecutorAddress | None) -> str:
    named = path if path is not None else os.environ.get(TOKEN_FILE_VARIABLE) if address is not None else None
    if not named:
        return ""
    try:
        lines = Path(named).read_text(encoding="ascii").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise AuthenticationError(f"the token's file {os.fspath(named)}: {why}") from None
    found = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not found:
        raise AuthenticationError(f"the token's file {os.fspath(named)}: there is no token in it")
    return _checked_token(found[0])


def is_loopback(address: ExecutorAddress) -> bool:
    """Whether what is sent there stays on this host."""
    host = address.target.rpartition(":")[0].removeprefix("[").removesuffix("]")
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
