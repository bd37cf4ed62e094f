"""Who may reach the daemon, and what that takes.

Owns: the rule. Must not know: gRPC, what is in the files.
Invariant: whoever reaches an executor can run code, so beyond the loopback interface it listens only with TLS and a way
to know its clients; a flag that would protect nothing is refused, for somebody relies on it.
"""

from __future__ import annotations

from exclave.executor.address import Address
from exclave.executor.errors import StartupError
from exclave.executor.protection import Protection


def check_exposure(address: Address, protection: Protection) -> None:
    """Raises StartupError, which says what is missing, unless the daemon may listen there."""
    _check_flags(address, protection)
    missing = [] if protection.tls_cert else ["--tls-cert and --tls-key"]
    missing += [] if protection.tls_client_ca or protection.token_file else ["--tls-client-ca or --token-file"]
    if not address.is_local and missing:
        raise StartupError(
            f"--listen {address}: whoever reaches an executor can run code; beyond the loopback interface it needs "
            f"TLS, and a client certificate or a token; missing: {', and '.join(missing)}"
        )


def _check_flags(address: Address, protection: Protection) -> None:
    if (protection.tls_cert is None) != (protection.tls_key is None):
        given, other = ("--tls-key", "--tls-cert") if protection.tls_cert is None else ("--tls-cert", "--tls-key")
        raise StartupError(f"{given} without {other}: TLS needs both")
    if protection.tls_client_ca is not None and protection.tls_cert is None:
        raise StartupError("--tls-client-ca without --tls-cert and --tls-key: there is no TLS without them")
    if protection.tls_cert is not None and address.path is not None:
        raise StartupError("--tls-cert is for TCP: say --listen HOST:PORT (a UNIX socket is protected by its mode)")
