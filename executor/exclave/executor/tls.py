"""TLS for gRPC's server: its certificate, read again when the files change.

Owns: that. Must not know: what the files are for, who the clients are. Invariant: files that cannot be used do not take
the place of those that could.
"""

from __future__ import annotations

import logging

import grpc
from exclave.executor.credentials import TlsFiles
from exclave.executor.logs import log_event

_log = logging.getLogger(__name__)


def server_credentials(files: TlsFiles) -> grpc.ServerCredentials:
    """Credentials that follow the files: each handshake has those that are there."""
    fetcher = _Fetcher(files)
    return grpc.dynamic_ssl_server_credentials(  # type: ignore[no-any-return]
        _configuration(files), fetcher.fetch, require_client_authentication=files.client_authority is not None
    )


def _configuration(files: TlsFiles) -> grpc.ServerCertificateConfiguration:
    key, certificate, authority = files.read()
    return grpc.ssl_server_certificate_configuration([(key, certificate)], root_certificates=authority)


class _Fetcher:
    """What gRPC asks before each handshake."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._stamp = files.stamp()

    def fetch(self) -> grpc.ServerCertificateConfiguration | None:
        """The new configuration, None if nothing changed, or if what is there now cannot be used."""
        try:
            stamp = self._files.stamp()
            if stamp == self._stamp:
                return None
            self._stamp = stamp
            configuration = _configuration(self._files)
        except (OSError, ValueError) as error:
            log_event(_log, "certificate not read", logging.ERROR, error=str(error))
            return None
        log_event(_log, "certificate read again", file=str(self._files.certificate))
        return configuration
