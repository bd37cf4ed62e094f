"""The map of a session's memory: as a picture and as a table.

Owns: how it looks. Must not know: sessions, executors, how memory is managed. Invariant: the same map gives the same
bytes, on every machine.
"""

from .model import ADAPTERS, ARRAYS, IN_FLIGHT, KEPT, RUNTIME, Allocation, MemoryMap, ZoneMap

__all__ = ["ADAPTERS", "ARRAYS", "IN_FLIGHT", "KEPT", "RUNTIME", "Allocation", "MemoryMap", "ZoneMap"]
