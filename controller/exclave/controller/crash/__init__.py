"""From a fatal signal's record to a text that is worth reading.

`code_map.py` knows what lies at an address, `registers.py` how an architecture numbers them, `cfi.py` and
`unwinder.py` find the callers, `lines.py` the source, `instruction.py` the text of an instruction, `addresses.py` says
what an address is, `report.py` puts it together. All of it runs in the controller; nothing runs in a crashed process.
"""
