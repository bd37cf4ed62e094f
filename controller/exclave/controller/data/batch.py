"""`f.map(a, b, ...)`: arguments for many calls at once, and their results.

Owns: what the slots of a map adapter hold, shapes and strides. Must not know: how the adapter is called. Invariant: for
every index below `count`, each address that the adapter computes lies in memory that this batch has allocated or that
a `RemoteArray` holds until the scope ends.

    with call_scope(zone) as pointers:
        batch = prepare_map(signature, args, pointers, out)
        if batch.count:
            ...  # call the map adapter with batch.slots
        return batch.result()

Slots, each a u64: count, index (the adapter stores it before each element), address and stride of the results, then
address and stride of each argument. A stride of 0 gives all elements the same; a negative one is one modulo 2**64.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ArgumentRangeError, SignatureError
from .arrays import RemoteArray
from .indexing import flat_bytes
from .layout import CallSignature, ValueType
from .marshal import CallScope, window
from .values import numbers_as

INDEX_OFFSET = 8
"""Where in the slots the adapter says which element it is at. Foreign code may say anything there."""

Array = np.ndarray[Any, Any]
_PLAIN = ("int", "float", "struct")


@dataclass(frozen=True)
class Strided:
    """Where the values of one argument, or of the results, lie in the worker."""

    address: int = 0
    stride: int = 0


@dataclass(frozen=True)
class MapBatch:
    """One call of a map adapter."""

    scope: CallScope
    shape: tuple[int, ...]
    slots: bytes
    dtype: np.dtype[Any] | None
    results: Strided
    out: Array | RemoteArray | None

    @property
    def count(self) -> int:
        """How many elements; with none there is nothing to call."""
        return math.prod(self.shape)

    def result(self) -> Any:
        """What the calls returned, once the adapter has: `out`, or a new array, or one value if all arguments were."""
        if self.dtype is None or isinstance(self.out, RemoteArray):
            return self.out
        found = self._results()
        if self.out is None:
            return found if self.shape else found[()]
        self.out[...] = found
        return self.out

    def _results(self) -> Array:
        assert self.dtype is not None, "void has no results"
        found = np.empty(self.shape, self.dtype)
        if self.count:
            flat_bytes(found)[:] = self.scope.zone.read(self.results.address, found.nbytes)
        # A truth value is one bit of its byte, and the rest may be anything.
        return (found.view(np.uint8) & 1).view(np.bool_) if self.dtype == np.bool_ else found

    def element(self, index: int) -> str:
        """The name of an element for messages, by the number in the slots; "" if it is no such number."""
        if not 0 <= index < self.count:
            return ""
        place = [int(part) for part in np.unravel_index(index, self.shape)]
        return f"element {place[0] if len(place) == 1 else tuple(place)}"


def prepare_map(
    signature: CallSignature, args: Sequence[Any], scope: CallScope, out: Array | RemoteArray | None = None
) -> MapBatch:
    """Put the arguments where the adapter finds them.

    Arguments broadcast as in NumPy. Numbers are converted within their kind (never floats to integers) and checked; a
    `RemoteArray` of the right dtype, or a view of one, is used in place. For a pointer a list or tuple has one address
    for each call; anything else is one pointer, the same for all.

    Raises:
        SignatureError: the wrong number of arguments, a kind of number or a shape that does not fit; names the argument.
        ArgumentRangeError: a number does not fit; names argument and element.
    """
    if len(args) != len(signature.argtypes):
        raise SignatureError(f"takes {len(signature.argtypes)} arguments {signature}, got {len(args)}")
    arguments = [
        _Argument(t, value, i + 1, scope) for i, (t, value) in enumerate(zip(signature.argtypes, args, strict=True))
    ]
    shape = _common_shape(arguments, out)
    count = math.prod(shape)
    dtype, results = _place_results(signature.restype, shape, scope, out)
    words = [count, 0, results.address, results.stride]
    for argument in arguments:
        place = argument.place(shape)
        words += [place.address, place.stride % (1 << 64)]
    return MapBatch(scope, shape, struct.pack(f"<{len(words)}Q", *words), dtype, results, out)


class _Argument:
    """One argument: an array of its values, of which some may lie in the zone already."""

    def __init__(self, argtype: ValueType, value: Any, position: int, scope: CallScope) -> None:
        self.argtype = argtype
        self.position = position
        self.scope = scope
        self.dtype = _dtype_of(argtype, f"argument {position}")
        self.remote = value if isinstance(value, RemoteArray) and argtype.kind != "ptr" else None
        self.values = self._values(value) if self.remote is None else None

    @property
    def shape(self) -> tuple[int, ...]:
        """Before broadcasting."""
        return self.remote.shape if self.remote is not None else self._array.shape

    @property
    def _array(self) -> Array:
        assert self.values is not None, "the values lie in the zone"
        return self.values

    def _values(self, value: Any) -> Array:
        where = f"argument {self.position}"
        if self.argtype.kind == "ptr" and not isinstance(value, list | tuple):
            value = self._one_address(value)
        elif self.argtype.kind == "ptr":
            value = [self._one_address(one) for one in value]
        return self._converted(_as_array(value, where), where)

    def _one_address(self, value: Any) -> Any:
        if value is None:
            return 0
        plain = isinstance(value, int | np.integer)
        return value if plain else self.scope.address_of(value, self.argtype, self.position)

    def _converted(self, array: Array, where: str) -> Array:
        if array.dtype == self.dtype:
            return array
        if self.argtype.kind == "struct":
            raise SignatureError(
                f"{where}: records of {self.dtype} wanted, an array of {array.dtype} given", position=self.position
            )
        try:
            return numbers_as(array, self.argtype, self.dtype, where)
        except (SignatureError, ArgumentRangeError) as error:
            error.position = self.position
            raise

    def place(self, shape: tuple[int, ...]) -> Strided:
        """Where the adapter finds the values, for elements of `shape` in C order."""
        if self.remote is not None:
            in_place = self._place_remote(self.remote, shape)
            if in_place is not None:
                return in_place
            self.values = self._converted(np.asarray(self.remote), f"argument {self.position}")
        return self._place_view(self._array, shape) or self._copy_in(self._array, shape)

    def _place_remote(self, remote: RemoteArray, shape: tuple[int, ...]) -> Strided | None:
        address = self.scope.address_of(remote, self.argtype, self.position)
        if remote.dtype != self.dtype:
            return None
        if remote.size == 1:
            return Strided(address, 0)
        return Strided(address, self.dtype.itemsize) if remote.shape == shape else None

    def _place_view(self, array: Array, shape: tuple[int, ...]) -> Strided | None:
        """A NumPy view of the zone is used in place if one stride leads through it."""
        if array.base is None or array.shape != shape or not array.size or not array.flags.aligned:
            return None
        address = self.scope.address_of_view(array)
        stride = _single_stride(array)
        return Strided(address, stride) if address and stride is not None else None

    def _copy_in(self, array: Array, shape: tuple[int, ...]) -> Strided:
        one = array.size == 1
        place = Strided(0, 0 if one else self.dtype.itemsize)
        source = array.reshape(()) if one else np.broadcast_to(array, shape)
        place = Strided(self.scope.temporary(source.nbytes), place.stride)
        there = window(self.scope.zone, place.address, source.shape, self.dtype)
        if there is not None:
            there[...] = source
        else:
            self.scope.zone.write(place.address, flat_bytes(np.ascontiguousarray(source)))
        return place


def _as_array(value: Any, where: str) -> Array:
    try:
        return np.asarray(value)
    except ValueError as error:
        raise SignatureError(f"{where}: NumPy makes no array of it: {error}") from error


def _single_stride(array: Array) -> int | None:
    """The distance of each element from the one before it, in C order, if it is always the same."""
    array = array.squeeze()
    if array.ndim == 0:
        return 0
    for i in range(array.ndim - 1):
        if array.strides[i] != array.strides[i + 1] * array.shape[i + 1]:
            return None
    return array.strides[-1]


def _dtype_of(given: ValueType, where: str) -> np.dtype[Any]:
    if given.kind not in (*_PLAIN, "ptr"):
        raise SignatureError(f"{where}: map() passes numbers, pointers and structs, not {given}")
    try:
        return given.dtype
    except SignatureError as error:
        raise SignatureError(f"{where}: {error}") from error


def _common_shape(arguments: Sequence[_Argument], out: Array | RemoteArray | None) -> tuple[int, ...]:
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
    restype: ValueType, shape: tuple[int, ...], scope: CallScope, out: Array | RemoteArray | None
) -> tuple[np.dtype[Any] | None, Strided]:
    if restype.kind == "void":
        if out is not None:
            raise SignatureError("out= was given, but the function returns nothing")
        return None, Strided()
    dtype = _dtype_of(restype, "the result")
    if isinstance(out, RemoteArray):
        if out.dtype != dtype:
            raise SignatureError(f"out= has {out.dtype} elements, the results are {dtype}")
        return dtype, Strided(scope.address_of(out, restype, 0), dtype.itemsize)
    if out is not None and not np.can_cast(dtype, out.dtype, "same_kind"):
        raise SignatureError(f"out= has {out.dtype} elements, which {dtype} results do not become")
    size = dtype.itemsize * math.prod(shape)
    return dtype, Strided(scope.temporary(size), dtype.itemsize)
