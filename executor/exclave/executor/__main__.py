"""`python -m exclave.executor`: the executor daemon.

Owns: the order of starting. The zygote is exec'd before gRPC is imported, so that it warms up meanwhile and
inherits nothing of it. Must not know: anything else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from exclave.executor.options import parse_options


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the daemon until it is told to stop; returns the exit status."""
    options = parse_options(arguments)
    for fd in (options.ready_fd, options.parent_fd):
        _keep_to_ourselves(fd)

    from exclave.executor.address import SocketClaim, default_address, parse_address
    from exclave.executor.credentials import check_exposure, read_credentials
    from exclave.executor.errors import StartupError

    claim = None
    try:
        address = parse_address(options.listen or default_address())
        credentials = read_credentials(options)
        check_exposure(address, credentials)
        if address.path is not None:
            claim = SocketClaim(address.path, with_parents=options.listen is None)

        from exclave.executor.spawner import Spawner

        spawner = Spawner()

        from exclave.executor.server import serve

        serve(options, address, spawner, credentials)
    except StartupError as error:
        print(f"exclave executor: {error}", file=sys.stderr)
        return 1
    finally:
        if claim is not None:
            claim.release(with_folder=options.parent_fd is not None)
    return 0


def _keep_to_ourselves(fd: int | None) -> None:
    """A descriptor that we were given is not for the zygote."""
    if fd is not None:
        try:
            os.set_inheritable(fd, False)
        except OSError as error:
            sys.exit(f"exclave executor: descriptor {fd} is not open: {error.strerror}")


if __name__ == "__main__":
    sys.exit(main())
