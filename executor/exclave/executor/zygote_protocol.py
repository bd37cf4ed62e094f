"""What daemon and zygote say to each other: numbers only.

Records of `RECORD` (kind, number, value) over SOCK_SEQPACKET: the daemon sends FORK (a number of its choice)
with `DESCRIPTORS` descriptors; the zygote answers FORKED (that number, process id) with a pidfd, or FAILED
(that number, errno); later it sends EXITED (process id, wait status).
"""

import struct

RECORD = struct.Struct("<Iqq")
FORK, FORKED, FAILED, EXITED = 1, 2, 3, 4
SOCKET = 3  # the zygote's descriptor of its end
DESCRIPTORS = 8  # control, stdin, stdout, stderr, then the zones' in order
