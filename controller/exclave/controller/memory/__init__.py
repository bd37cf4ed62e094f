"""The controller's side of the memory manager: who may use which range of a session's reservation."""

from .allocator import ZoneAllocator
from .census import ZoneCensus
from .manager import InFlightAllocation, LiveAllocation, MemoryManager, RangeRequest

__all__ = ["InFlightAllocation", "LiveAllocation", "MemoryManager", "RangeRequest", "ZoneAllocator", "ZoneCensus"]
