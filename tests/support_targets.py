"""A target of each architecture that has a session runtime."""

from exclave.controller.compile import Target

TARGETS = {
    "x86_64": Target("x86_64-unknown-linux-gnu", "x86-64-v2", ""),
    "aarch64": Target("aarch64-unknown-linux-gnu", "generic", "+neon"),
    "riscv64": Target("riscv64-unknown-linux-gnu", "generic-rv64", "+a,+c,+d,+f,+m"),
}
