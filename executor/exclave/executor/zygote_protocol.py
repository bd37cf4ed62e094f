"""What daemon and zygote say to each other: numbers only; and how the zygote is started.

Records of `RECORD` (kind, number, value, value) over SOCK_SEQPACKET: first comes STARTED (0, the zygote's process id);
the daemon sends FORK (a number of its choice) with `DESCRIPTORS` descriptors; the zygote answers FORKED (that number,
process id) with a pidfd, or FAILED (that number, errno); later it sends EXITED (process id, wait status, microseconds
of CPU time). Workers' process ids are the zygote's: in a namespace of its own they are not the daemon's.
"""

import struct
import sys

RECORD = struct.Struct("<Iqqq")
FORK, FORKED, FAILED, EXITED, STARTED = 1, 2, 3, 4, 5
SOCKET = 3  # the zygote's descriptor of its end
DESCRIPTORS = 8  # control, stdin, stdout, stderr, then the zones' in order


def launcher_command(root: str) -> list[str]:
    """The command that makes namespaces and starts the zygote; the package is in `root`."""
    return _command("namespaces", root)


def zygote_command(root: str, layers: str) -> list[str]:
    """The command that is the zygote; `layers`: what its namespaces say of themselves, as JSON."""
    return _command("zygote", root, layers)


def _command(module: str, root: str, *arguments: str) -> list[str]:
    """No site packages, no user's settings."""
    code = f"import sys; sys.path.append(sys.argv[1]); from exclave.executor.{module} import main; main()"
    return [sys.executable, "-I", "-S", "-c", code, root, *arguments]
