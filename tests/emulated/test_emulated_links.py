"""Stubs, the GOT and slots: what the linker makes for each architecture, near the C library and far from it."""

from __future__ import annotations

import capstone
import pytest
from emulator.architectures import ARCHITECTURES
from emulator.worker import NEAR_LIBRARY
from exclave.controller import Policy

DECODERS = {
    "x86_64": capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64),
    "aarch64": capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM),
}
USERS = """
declare i64 @strlen(ptr)
declare i64 @near_one(i64)
@stdout = external global ptr
@words = global [6 x i8] c"words\\00"
define i64 @of_library() { %r = call i64 @strlen(ptr @words)  %s = add i64 %r, 1  ret i64 %s }
define i64 @of_graph(i64 %x) { %r = call i64 @near_one(i64 %x)  %s = add i64 %r, 1  ret i64 %s }
define ptr @variable() { %r = load ptr, ptr @stdout  ret ptr %r }
define ptr @address() { ret ptr @strlen }
"""
NEAR_ONE = "define i64 @near_one(i64 %x) { %r = mul i64 %x, 2  ret i64 %r }"


@pytest.fixture(params=ARCHITECTURES)
def architecture(request):
    return request.param


@pytest.fixture(params=["far", "near"])
def distance(request):
    return request.param


@pytest.fixture
def session(executor_on, architecture, distance):
    policy = Policy(libraries=[NEAR_LIBRARY] if distance == "near" else [])
    with executor_on(architecture).session(policy=policy) as opened:
        opened.add_ir(USERS)
        opened.add_ir(NEAR_ONE)
        yield opened


def signed(value, bits):
    return (value & (1 << bits) - 1 ^ 1 << bits - 1) - (1 << bits - 1)


def by_text(architecture, mnemonic):
    """Where an instruction that names its target goes."""

    def target(code, start):
        lines = DECODERS[architecture].disasm_lite(code, start)
        return next(int(operand.lstrip("#"), 0) for _, _, found, operand in lines if found == mnemonic)

    return target


def by_pair(code, start):
    """Where `auipc ra` and the `jalr ra` behind it go."""
    at = 0
    while (word := int.from_bytes(code[at : at + 4], "little")) & 0xFFF != 0x097:
        at += 4 if word & 3 == 3 else 2
    following = int.from_bytes(code[at + 4 : at + 8], "little")
    assert following & 0xFFFFF == 0x080E7
    return start + at + signed(word & 0xFFFFF000, 32) + signed(following >> 20, 12)


FIRST_CALL = {"x86_64": by_text("x86_64", "call"), "aarch64": by_text("aarch64", "bl"), "riscv64": by_pair}


def call_target(session, architecture, name):
    """Where the first call in a function goes."""
    start = session.lookup(name)
    return FIRST_CALL[architecture](session.read_memory(start, 64), start)


def zone_of(session, address):
    zones = session.opened.zones.values()
    return next((zone.zone for zone in zones if zone.address <= address < zone.address + zone.size), None)


def test_the_library_is_called_through_a_stub_unless_it_is_in_reach(session, architecture, distance):
    assert session.function("of_library")() == 6
    library, target = session.lookup("strlen"), call_target(session, architecture, "of_library")
    assert zone_of(session, library) is None
    assert (target == library) == (distance == "near")
    assert zone_of(session, target) == ("code" if distance == "far" else None)


def test_what_is_in_the_session_is_called_without_a_stub(session, architecture):
    assert session.function("of_graph")(4) == 9
    assert call_target(session, architecture, "of_graph") == session.lookup("near_one")


def test_addresses_and_variables_of_the_library_come_from_the_got(session):
    assert session.function("address")() == session.lookup("strlen")
    (stream,) = {session.function("variable")() for _ in range(2)}
    assert stream != 0
