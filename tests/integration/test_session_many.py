"""One lookup of more than a message of the protocol holds."""

from __future__ import annotations

import llvmlite.binding as llvm
from exclave.controller import connect

COUNT = 24_000  # of three segments each: a plan in several parts, and more than ORC's page-rounded managers can map

UNIT = """
@constant_00000 = constant i8 7
@variable_00000 = global i64 00000
define i64 @f_00000() {
  %p = load volatile i8, ptr @constant_00000
  %v = load volatile i64, ptr @variable_00000
  %c = zext i8 %p to i64
  %s = add i64 %v, %c
  ret i64 %s
}
"""


def objects() -> list[bytes]:
    """They differ in their symbols' names only."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(reloc="pic")
    template = machine.emit_object(llvm.parse_assembly(UNIT))
    return [template.replace(b"_00000", f"_{number:05}".encode()) for number in range(COUNT)]


def test_one_lookup_of_very_many_objects():
    names = [f"f_{number:05}" for number in range(COUNT)]
    with connect() as executor, executor.session() as session:
        for data in objects():
            session.add_object(data)
        shipped = session.stats().worker.initializes
        addresses = session.lookup(names)
        assert session.stats().worker.initializes == shipped + 1
        assert len(set(addresses.values())) == COUNT
        functions = [session.function(name, "i64", []) for name in (names[0], names[COUNT // 2], names[-1])]
        assert [call() for call in functions] == [7, 7, 7]
