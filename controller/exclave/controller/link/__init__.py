"""The linker: ELF objects in, relocated segments out.

Owns: LinkGraph, the ELF reader, the passes, one file per architecture. Must not know: sessions, the wire, LLVM.
Everything in here points to graph.py; `linker.link` reads like a table of contents.
"""

from .archive import is_archive
from .archive_index import read_archive_index
from .archive_members import read_archive
from .defined_names import defined_names
from .elf import parse_object
from .graph import Definition, LinkGraph, Reference, SymbolView
from .image import LinkAccount, LinkedImage, Segment
from .indirect import ENTRY as IFUNC_ENTRY
from .layout import SegmentRequest, SpecialRange
from .linker import LinkOptions, link
from .merge import LinkInput
from .objects import read_object
from .packed import ObjectGraph
from .passes import PassConfiguration
from .slots import slot_names, stub_graph, with_bodies

__all__ = [
    "IFUNC_ENTRY",
    "Definition",
    "LinkAccount",
    "LinkGraph",
    "LinkInput",
    "LinkOptions",
    "LinkedImage",
    "ObjectGraph",
    "PassConfiguration",
    "Reference",
    "Segment",
    "SegmentRequest",
    "SpecialRange",
    "SymbolView",
    "defined_names",
    "is_archive",
    "link",
    "parse_object",
    "read_archive",
    "read_archive_index",
    "read_object",
    "slot_names",
    "stub_graph",
    "with_bodies",
]
