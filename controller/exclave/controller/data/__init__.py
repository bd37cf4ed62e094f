"""Data of a session's code: arrays in its memory, arguments that are memory, global variables.

Importing this imports NumPy, so nothing imports it before it is needed.
"""

from .arrays import RemoteArray, array_of, make_array
from .batch import HEAD_BYTES, MapBatch, prepare_map
from .globals import GlobalVariables, UnknownGlobalError
from .local_zone import LocalZone
from .marshal import CallScope, call_scope
from .remote_zone import RemoteZone
from .zone import DataZone

__all__ = [
    "HEAD_BYTES",
    "CallScope",
    "DataZone",
    "GlobalVariables",
    "LocalZone",
    "MapBatch",
    "RemoteArray",
    "RemoteZone",
    "UnknownGlobalError",
    "array_of",
    "call_scope",
    "make_array",
    "prepare_map",
]
