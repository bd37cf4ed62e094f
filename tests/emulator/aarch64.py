"""AArch64. (Procedure Call Standard for the Arm 64-bit Architecture; Linux's struct sigcontext)"""

from __future__ import annotations

from unicorn import UC_ARCH_ARM64, UC_MODE_ARM, Uc
from unicorn import arm64_const as uc_arm64

from .architecture import SIGILL, SIGTRAP, SYSTEM_CALL, Architecture, Registers, traps

_register = Registers(uc_arm64, "UC_ARM64_REG_")
_FPEN = 3 << 20  # CPACR_EL1: floating point and SIMD do not trap


def _prepare(uc: Uc) -> None:
    uc.reg_write(_register("CPACR_EL1"), uc.reg_read(_register("CPACR_EL1")) | _FPEN)


AARCH64 = Architecture(
    name="aarch64",
    unicorn=(UC_ARCH_ARM64, UC_MODE_ARM),
    target=("aarch64-unknown-linux-gnu", "generic", "+neon"),
    pc=_register("PC"),
    sp=_register("SP"),
    integers=_register.range("X", 0, 7),
    floats=_register.range("D", 0, 7),
    result=_register("X0"),
    float_result=_register("D0"),
    link=_register("LR"),
    variadic_floats=True,
    floats_in_integers=False,
    kept=[*_register.range("X", 19, 28), _register("FP"), _register("LR")],
    kept_floats=_register.range("D", 8, 15),
    lost=[*_register.range("X", 0, 17), *_register.range("Q", 0, 7), *_register.range("Q", 16, 31)],
    thread_pointer=_register("TPIDR_EL0"),
    system_number=_register("X8"),
    system_arguments=_register.range("X", 0, 5),
    system_result=_register("X0"),
    mcontext_offset=176,
    mcontext=[
        lambda trap: trap.address,
        *_register.range("X", 0, 28),
        *map(_register, ("FP", "LR", "SP", "PC", "PSTATE")),
    ],
    prepare=_prepare,
    trap_of=traps({1: SIGILL, 2: SYSTEM_CALL, 7: SIGTRAP}),  # EXCP_UDEF, EXCP_SWI, EXCP_BKPT
)
