"""The controller's side of the memory manager: who may use which range of a session's reservation."""

from .allocations import InFlightAllocation, LiveAllocation, RangeRequest
from .allocator import ZoneAllocator
from .census import ZoneCensus
from .group_commit import Shipment, dependency_error
from .manager import MemoryManager

__all__ = [
    "InFlightAllocation",
    "LiveAllocation",
    "MemoryManager",
    "RangeRequest",
    "Shipment",
    "ZoneAllocator",
    "ZoneCensus",
    "dependency_error",
]
