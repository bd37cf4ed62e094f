"""Why an executor hung up, asked with Python's own TLS: gRPC says no more than `Socket closed`.

Owns: that one connection. Must not know: gRPC. Invariant: it says only what the other side has said; nothing of it is
used for anything but a message.
"""

from __future__ import annotations

import socket
import ssl
import tempfile
from pathlib import Path

from ..addresses import ExecutorAddress
from ..identification import TLS

SECONDS = 2.0
_NO_CERTIFICATE = "the executor wants a client certificate: give TLS(cert=..., key=...)"
_OTHER_CERTIFICATE = "the executor does not accept this controller's certificate: look at its dates and its authority"
_ALERTS = (
    ("CERTIFICATE_REQUIRED", _NO_CERTIFICATE),
    ("CERTIFICATE", _OTHER_CERTIFICATE),
    ("UNKNOWN_CA", _OTHER_CERTIFICATE),
)


def why_hung_up(address: ExecutorAddress, tls: TLS | None) -> str:
    """What to do about it; empty if that is not known."""
    host, _, port = address.target.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), SECONDS) as connection:
            return _speak(connection, tls)
    except (OSError, ValueError):
        return ""


def _speak(connection: socket.socket, tls: TLS | None) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # only a question: nothing is sent or believed
    context.set_alpn_protocols(["h2"])
    if tls is not None:
        _load_own(context, tls)
    try:
        with context.wrap_socket(connection) as secure:
            if tls is None:
                return "the executor speaks TLS: connect with tls=TLS(ca=...)"
            # What it thinks of our certificate comes behind the handshake: gRPC hangs up, else it begins with HTTP/2.
            if not secure.recv(1):
                return _NO_CERTIFICATE if tls.cert is None else _OTHER_CERTIFICATE
    except ssl.SSLError as error:
        reason = error.reason or ""
        return next((advice for words, advice in _ALERTS if words in reason), "") if tls is not None else ""
    return ""


def _load_own(context: ssl.SSLContext, tls: TLS) -> None:
    """Python reads certificates from files only."""
    _, key, certificate = tls.read()
    if key is None or certificate is None:
        return
    with tempfile.TemporaryDirectory(prefix="exclave-") as folder:
        paths = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
        for path, content in zip(paths, (certificate, key), strict=True):
            path.touch(0o600)
            path.write_bytes(content)
        context.load_cert_chain(*paths)
