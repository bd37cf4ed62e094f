"""`f.map(a, b, ...)`: arguments for many calls at once, and their results.

Owns: what the slots of a map adapter hold, shapes and strides. Must not know: how the adapter is called. Invariant: for
every index below `count`, each address that the adapter computes lies in memory that this batch has allocated or that
a `RemoteArray` holds until the scope ends.

    with call_scope(zone) as pointers:
        batch = prepare_map(signature, args, pointers, out)
        if batch.count:
            pointers.ship()
            ...  # call the map adapter with batch.slots
    return batch.result()

Slots, each a u64: count, index (the adapter stores it before each element), address and stride of the results, then
address and stride of each argument. A stride of 0 gives all elements the same; a negative one is one modulo 2**64.
"""

from __future__ import annotations

import contextlib
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ExclaveError, SignatureError
from ..types import Signature, Type
from .arrays import RemoteArray
from .map_arguments import MapArgument, Strided, dtype_of
from .marshal import CallScope
from .values import truth_values

HEAD_BYTES = 16
"""Of the slots: count, and the index at which the adapter is. Foreign code may say anything there."""
_INDEX, _INDEX_OFFSET = struct.Struct("<Q"), 8

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class MapBatch:
    """One call of a map adapter."""

    shape: tuple[int, ...]
    slots: bytes
    found: Array | None
    out: Array | RemoteArray | None

    @property
    def count(self) -> int:
        """How many elements; with none there is nothing to call."""
        return math.prod(self.shape)

    def result(self) -> Any:
        """What the calls returned, once the scope has ended: `out`, or a new array; one value if all arguments were."""
        if self.found is None:
            return self.out
        found = truth_values(self.found)
        if self.out is None:
            return found if self.shape else found[()]
        self.out[...] = found
        return self.out

    def name_element(self, error: BaseException, slots: bytes) -> None:
        """Have the error of a call that failed say at which element it was."""
        element = self.element(slots)
        if element is None:
            return
        place = f"it was at element {element}"
        if isinstance(error, ExclaveError):
            error.args = (f"{error.message}; {place}",)
        else:
            error.add_note(f"in a map: {place}")
        with contextlib.suppress(AttributeError):  # whatever Python raised: not all take attributes
            error.element = element  # type: ignore[attr-defined]

    def element(self, slots: bytes) -> int | tuple[int, ...] | None:
        """At which element the adapter was, by what it left in its slots; None if that is no element."""
        if len(slots) < HEAD_BYTES:
            return None
        index = _INDEX.unpack_from(slots, _INDEX_OFFSET)[0]
        if not 0 <= index < self.count:
            return None
        place = tuple(int(part) for part in np.unravel_index(index, self.shape))
        return place[0] if len(place) == 1 else place


def prepare_map(
    signature: Signature, args: Sequence[Any], scope: CallScope, out: Array | RemoteArray | None = None
) -> MapBatch:
    """Put the arguments where the adapter finds them.

    Arguments broadcast as in NumPy. Numbers are converted within their kind (never floats to integers) and checked; a
    `RemoteArray` of the right dtype, or a view of one, is used in place. For a pointer a list or tuple has one address
    for each call; anything else is one pointer, the same for all.

    Raises:
        SignatureError: the wrong number of arguments, or one whose kind of number or shape does not fit; names it.
        ArgumentRangeError: a number does not fit; names argument and element.
    """
    if len(args) != len(signature.argtypes):
        raise SignatureError(f"takes {len(signature.argtypes)} arguments {signature}, got {len(args)}")
    arguments = [
        MapArgument(t, value, i + 1, scope) for i, (t, value) in enumerate(zip(signature.argtypes, args, strict=True))
    ]
    shape = _common_shape(arguments, out)
    count = math.prod(shape)
    results, found = _place_results(signature.restype, shape, scope, out)
    words = [count, 0, results.address, results.stride]
    for argument in arguments:
        place = argument.place(shape)
        words += [place.address, place.stride % (1 << 64)]
    return MapBatch(shape, struct.pack(f"<{len(words)}Q", *words), found, out)


def _common_shape(arguments: Sequence[MapArgument], out: Array | RemoteArray | None) -> tuple[int, ...]:
    shapes = [argument.shape for argument in arguments]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        listed = ", ".join(f"argument {i + 1}: {one}" for i, one in enumerate(shapes))
        raise SignatureError(f"the arguments' shapes do not go together: {listed}") from None
    if out is not None and tuple(out.shape) != shape:
        raise SignatureError(f"out= has the shape {tuple(out.shape)}, the results have {shape}")
    return shape


def _place_results(
    restype: Type, shape: tuple[int, ...], scope: CallScope, out: Array | RemoteArray | None
) -> tuple[Strided, Array | None]:
    """Where the adapter puts the results, and the array here that gets them, if they come here."""
    if restype.kind == "void":
        if out is not None:
            raise SignatureError("out= was given, but the function returns nothing")
        return Strided(), None
    dtype = dtype_of(restype, "the result")
    if isinstance(out, RemoteArray):
        if out.dtype != dtype:
            raise SignatureError(f"out= has {out.dtype} elements, the results are {dtype}")
        return Strided(scope.address_of(out, restype, 0), dtype.itemsize), None
    if out is not None and not np.can_cast(dtype, out.dtype, "same_kind"):
        raise SignatureError(f"out= has {out.dtype} elements, which {dtype} results do not become")
    results = Strided(scope.temporary(dtype.itemsize * math.prod(shape)), dtype.itemsize)
    found = np.empty(shape, dtype)
    scope.bring_back(results.address, found)
    return results, found
