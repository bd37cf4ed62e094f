"""x86-64. (System V ABI, AMD64 supplement; Linux's struct sigcontext)"""

from __future__ import annotations

from collections.abc import Callable

from unicorn import UC_ARCH_X86, UC_HOOK_INSN, UC_MODE_64, Uc
from unicorn import x86_const as uc_x86

from .architecture import SIGFPE, SIGILL, SIGTRAP, Architecture, Registers, nothing, traps

_register = Registers(uc_x86, "UC_X86_REG_")
_EXCEPTIONS = {SIGFPE: 0, SIGTRAP: 3, SIGILL: 6}  # #DE, #BP, #UD
_PAGE_FAULT = 14
_ERROR = {"read": 4, "write": 6, "fetch": 0x14}  # a page fault's error code, in user mode


def _hook_system_calls(uc: Uc, tell: Callable[[int], None]) -> None:
    """`syscall` is no interrupt; it is two bytes long."""

    def hook(uc: Uc, _: object) -> None:
        tell(uc.reg_read(_register("RIP")) + 2)

    uc.hook_add(UC_HOOK_INSN, hook, None, 1, 0, uc_x86.UC_X86_INS_SYSCALL)


X86_64 = Architecture(
    name="x86_64",
    unicorn=(UC_ARCH_X86, UC_MODE_64),
    target=("x86_64-unknown-linux-gnu", "x86-64-v2", ""),
    pc=_register("RIP"),
    sp=_register("RSP"),
    integers=_register.named("RDI RSI RDX RCX R8 R9"),
    floats=_register.range("XMM", 0, 7),
    result=_register("RAX"),
    float_result=_register("XMM0"),
    link=None,
    variadic_floats=True,
    floats_in_integers=False,
    kept=_register.named("RBX RBP R12 R13 R14 R15"),
    kept_floats=[],
    lost=[*_register.named("RAX RCX RDX RSI RDI R8 R9 R10 R11"), *_register.range("XMM", 0, 15)],
    thread_pointer=_register("FS_BASE"),
    system_number=_register("RAX"),
    system_arguments=_register.named("RDI RSI RDX R10 R8 R9"),
    system_result=_register("RAX"),
    mcontext_offset=40,
    mcontext=[
        *_register.named("R8 R9 R10 R11 R12 R13 R14 R15 RDI RSI RBP RBX RDX RAX RCX RSP RIP EFLAGS"),
        nothing,  # segments
        lambda trap: _ERROR.get(trap.access, 0),
        lambda trap: _EXCEPTIONS.get(trap.signal, _PAGE_FAULT),
        nothing,  # oldmask
        lambda trap: trap.address,  # cr2
    ],
    prepare=lambda _uc: None,
    trap_of=traps({number: signal for signal, number in _EXCEPTIONS.items()}),
    hook_system_calls=_hook_system_calls,
)
