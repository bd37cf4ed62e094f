"""Calls whose code answers in their stead: how each lie ends, here and from afar, and what becomes of the session.

A table, as of a sandbox's policies: an attack, the answers that it gives, one for each message, whether its code stays
in the call for ever, how the call ends, and how the next one does.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from exclave.controller.calls.jit_dispatch import PIECE
from exclave.controller.calls.lane import FIRST_CALLBACK, JIT_DISPATCH, LAZY
from support_hostile import CALLBACK, EXITED, LANE_SIZE, NO_ROOM, RETURNED, UNWOUND, Lie, ending, soon

MESSAGE = 40 + PIECE
"""Bytes that jit_dispatch takes."""
KNOWN, UNKNOWN = FIRST_CALLBACK, 2**64 - 1
BACK = Lie(CALLBACK, callback=KNOWN)
NOBODY = Lie(CALLBACK, callback=UNKNOWN)
END = Lie(RETURNED)


@dataclass(frozen=True)
class Attack:
    """`ends`: how the call does; `then`: how the next one does. `afar`: where it is otherwise there, its `ends`."""

    name: str
    script: tuple[Lie, ...]
    ends: str
    then: str
    stays: bool = True
    afar: str = ""


def dead(name: str, *script: Lie, ends: str = "protocol", afar: str = "") -> Attack:
    """The worker is ended for it, and stays so."""
    return Attack(name, script, ends, ends, afar=afar)


ATTACKS = [
    # The end of a call that is not over. Its thread is lost if it stays, and then the next call's deadline holds.
    Attack("returned early", (END,), "returned", "returned", stays=False),
    Attack("returned, and stays", (END,), "returned", "deadline"),
    Attack("returned, the next call too", (END, END), "returned", "returned"),
    Attack("exited with -1", (Lie(EXITED, code=-1),), "exited", "deadline"),
    Attack("exited with the least", (Lie(EXITED, code=-(2**31)),), "exited", "deadline"),
    Attack("no room, without a callback", (Lie(NO_ROOM),), "no room", "deadline"),
    dead("unwound, and nobody asked", Lie(UNWOUND)),
    *(dead(f"status {n:#x}", Lie(n)) for n in (5, 2**31, 2**32 - 2, 2**32 - 1)),
    # The number of an answer.
    dead("the number before, for ever", Lie(RETURNED, ahead=-1), ends="deadline"),
    *(dead(f"number {n:+}", Lie(RETURNED, ahead=n)) for n in (1, -2, 2**31)),
    # Where a callback's slots lie.
    *(dead(f"slots at {n:+}", Lie(CALLBACK, slots=n)) for n in (-16, 8, LANE_SIZE, -(2**31))),
    dead("slots a little behind", Lie(CALLBACK, callback=KNOWN, slots=16), afar="deadline"),
    *(dead(f"{n:#x} bytes of slots", Lie(CALLBACK, size=n)) for n in (LANE_SIZE, 2**32 - 16, 2**32 - 1)),
    # What a callback says.
    Attack("a callback that nobody has", (NOBODY, Lie(UNWOUND)), "refused", "deadline"),
    Attack("no slots", (BACK._replace(size=0), Lie(UNWOUND)), "refused", "deadline"),
    Attack("too many slots", (BACK._replace(size=9), Lie(UNWOUND)), "refused", "deadline"),
    Attack("no dispatch", (Lie(CALLBACK, callback=JIT_DISPATCH, size=8), Lie(UNWOUND)), "refused", "deadline"),
    *(
        Attack(f"dispatch of {n:#x}", (Lie(CALLBACK, callback=JIT_DISPATCH, size=MESSAGE, fill=n), Lie(UNWOUND)), "refused", "deadline")
        for n in (0, 1, 2**64 - 1)
    ),
    *(
        Attack(f"lazy, {size} bytes of {n:#x}", (Lie(CALLBACK, callback=LAZY, size=size, fill=n), Lie(UNWOUND)), "refused", "deadline")
        for size, n in ((0, 0), (8, 0), (8, 2**64 - 1), (16, 2**63), (4096, 1))
    ),
    Attack("callbacks one after the other", (BACK, BACK, BACK, END), "returned", "deadline"),
    # Answers to what was not said.
    dead("a result is never taken", BACK, ends="deadline"),
    dead("a result is answered by unwound", BACK, Lie(UNWOUND)),
    dead("an unwind is never answered", NOBODY, ends="deadline"),
    *(dead(f"an unwind is answered by {s}", NOBODY, Lie(s)) for s in (RETURNED, EXITED, NO_ROOM)),
    dead("an unwind is answered by a callback", NOBODY, BACK),
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name.replace(" ", "-"))
def test_attack(prey, way, attack):
    prey.session.callback(lambda x: x, "i64", ["i64"])
    add = prey.function("add")
    otherwise = attack.afar if way == "afar" else ""
    with soon():
        assert ending(lambda: prey.lies(attack.script, attack.stays, 0.3)) == (otherwise or attack.ends)
        assert ending(lambda: add(1, 2, timeout=0.3)) == (otherwise or attack.then)
