"""Sections that no object has: the linker makes them, with JITLink's names for them.

Owns: their names. Must not know: what is put into them.
"""

from __future__ import annotations

from .graph import ZONES, SectionKind, Sections, Zone
from .strings import StringTable

COMMON_SECTION = "$__COMMON"
GOT_SECTION = "$__GOT"
STUBS_SECTION = "$__STUBS"
FRAME_END_SECTION = "$__EH_FRAME_END"
SLOTS_SECTION = "$__SLOTS"
IFUNCS_SECTION = "$__IFUNCS"
_NAMES = "\0".join(
    ("", COMMON_SECTION, GOT_SECTION, STUBS_SECTION, FRAME_END_SECTION, SLOTS_SECTION, IFUNCS_SECTION, "")
)
LINKER_STRINGS = StringTable(_NAMES.encode(), "the linker")


def linker_section(name: str, zone: Zone, *, strings: int, kind: int = SectionKind.NORMAL) -> Sections:
    """A table of one section; `strings`: which of the graph's string tables is LINKER_STRINGS."""
    offset = _NAMES.index("\0" + name + "\0") + 1
    return Sections.of(1, strings=strings, name=offset, zone=ZONES.index(zone), kind=kind)


# The last rows of a batch's sections, whether they get blocks or not. An object's third table is LINKER_STRINGS.
GOT, STUBS, FRAME_END = -3, -2, -1
BATCH_SECTIONS = Sections.concatenate(
    [
        linker_section(GOT_SECTION, "readonly", strings=2),
        linker_section(STUBS_SECTION, "code", strings=2),
        linker_section(FRAME_END_SECTION, "readonly", strings=2, kind=SectionKind.EH_FRAME),
    ]
)
