"""Arguments that are memory here, for parameters that are pointers there.

Owns: the copies that one call needs, and their end. Must not know: how the call is made. Invariant: when the scope ends
all copies are freed, whatever happened; what could be written to is copied back exactly if the scope ended well.

    with call_scope(zone) as pointers:
        slots = signature.pack(args, pointers)
        pointers.ship()
        ...  # the call
"""

from __future__ import annotations

import math
import operator
from types import TracebackType
from typing import Any, Self

import numpy as np

from ..errors import SignatureError
from ..types import Type
from .arrays import RemoteArray
from .buffers import array_from, referred_to
from .held import held_range_of
from .indexing import flat_bytes
from .zone import DataZone

Array = np.ndarray[Any, Any]
ALIGNMENT = 64
"""Of every copy: enough for vectors of any width."""


class ArgumentCopy:
    """One value's copy in the data zone. `value` is kept alive, so that its id stays its own.

    `there` is the copy as an array of its own, None from afar; `written`: what lies there in the end is wanted here.
    """

    __slots__ = ("address", "array", "there", "value", "written")

    def __init__(self, value: Any, array: Array, address: int, there: Array | None) -> None:
        self.value = value
        self.array = array
        self.address = address
        self.there = there
        self.written = False


def call_scope(zone: DataZone) -> CallScope:
    """The scope of one call."""
    return CallScope(zone)


class CallScope:
    """Makes pointers for one call (a `PointerMaker`).

    A value that is given twice is copied once, so that both pointers are equal there too. Two values that overlap here
    do not overlap there.
    """

    __slots__ = ("_alive", "_copies", "_pending", "_results", "_temporaries", "zone")

    def __init__(self, zone: DataZone) -> None:
        self.zone = zone
        self._copies: dict[int, ArgumentCopy] = {}
        self._pending: list[tuple[int, memoryview]] = []
        self._results: list[ArgumentCopy] = []
        self._temporaries: list[int] = []
        self._alive: list[Any] = []

    def address_of(self, value: Any, argtype: Type, position: int) -> int:
        """The address in the worker of what `value` is; a copy of it lives until the scope ends.

        An array in C order there, whatever its layout is here. Copied back unless it is read-only or the parameter
        says `const`; bytes and text never are.

        Raises:
            SignatureError: there is no such pointer.
            ExclaveError: an array in the session's memory that was freed.
            OutOfMemoryError: the session's data zone has no room for the copy.
        """
        if isinstance(value, RemoteArray):
            return self._address_of_remote(value, position)
        copy = self._copies.get(id(value))
        if copy is None:
            found = self._array_of(value, argtype, position)
            if isinstance(found, int):
                return found
            copy = self._copy_in(value, found)
        if not argtype.const and copy.array.flags.writeable:
            copy.written = True
        return copy.address

    def temporary(self, size: int) -> int:
        """The address of bytes that live until the scope ends; what lies there is what was there before."""
        address = self.zone.allocate(size, ALIGNMENT)
        self._temporaries.append(address)
        return address

    def put(self, address: int, array: Array) -> Array | None:
        """Have an array's elements, in C order, at the address of a temporary, from `ship` on.

        Returns that place as an array, or None from afar.
        """
        there = window(self.zone, address, array.shape, array.dtype)
        if there is not None:
            there[...] = array
        else:
            self._pending.append((address, flat_bytes(np.ascontiguousarray(array, _native(array.dtype)))))
        return there

    def ship(self) -> None:
        """Have everything in place over there: to be called between the last argument and the call."""
        if self._pending:
            pending, self._pending = self._pending, []
            self.zone.write_all(pending)

    def bring_back(self, address: int, array: Array) -> None:
        """Fill an array, in C order, with what lies at the address of a temporary when the scope ends well."""
        there = window(self.zone, address, array.shape, array.dtype)
        self._results.append(ArgumentCopy(array, array, address, there))

    def hold(self, value: Any) -> None:
        """Keep something alive until the scope ends."""
        self._alive.append(value)

    # -- what has an address over there -------------------------------------------------------------------------

    def _array_of(self, value: Any, argtype: Type, position: int) -> Array | int:
        """The memory to copy, or the address of what needs no copy."""
        array = array_from(value, argtype, position)
        if array is None:
            return self._other_address(value, argtype, position)
        if array.base is not None and array.flags.c_contiguous:
            return self.address_of_view(array) or array
        return array

    def _address_of_remote(self, value: RemoteArray, position: int) -> int:
        held = value.held
        if value.zone is not self.zone:
            raise SignatureError(f"argument {position}: {value!r} belongs to another session", position=position)
        self.hold(held)
        return held.address

    def address_of_view(self, array: Array) -> int:
        """Where a NumPy view of the data zone begins, which is held until the scope ends; 0 if it is none."""
        held = held_range_of(array)
        if held is None or held.zone is not self.zone:
            return 0
        self.hold(held)
        return held.address_within(array)

    def _other_address(self, value: Any, argtype: Type, position: int) -> int:
        reference = referred_to(value)
        if reference is not None:
            target, offset = reference
            return self.address_of(target, argtype, position) + offset
        try:
            address = operator.index(value.address)
        except (AttributeError, TypeError):
            text = f"argument {position}: a {type(value).__name__} has no address in the worker"
            raise SignatureError(f"{text}: give an array, bytes, text or a buffer", position=position) from None
        self.hold(value)
        return address

    # -- copies -------------------------------------------------------------------------------------------------

    def _copy_in(self, value: Any, array: Array) -> ArgumentCopy:
        address = self.temporary(array.nbytes)
        there = self.put(address, array)
        copy = self._copies[id(value)] = ArgumentCopy(value, array, address, there)
        return copy

    def _copy_back(self) -> None:
        """All that is wanted here. From afar nothing changes here before all of it has come."""
        wanted = [copy for copy in self._copies.values() if copy.written] + self._results
        far = [(copy, np.empty(copy.array.shape, _native(copy.array.dtype))) for copy in wanted if copy.there is None]
        if far:
            self.zone.read_into([(copy.address, flat_bytes(landed)) for copy, landed in far])
        for copy, landed in far:
            copy.array[...] = landed
        for copy in wanted:
            if copy.there is not None:
                copy.array[...] = copy.there

    # -- the end ------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._copy_back()
        finally:
            self._free()

    def _free(self) -> None:
        self._copies.clear()
        self._pending.clear()
        self._results.clear()
        for address in self._temporaries:
            self.zone.free(address)
        self._temporaries.clear()
        self._alive.clear()


def window(zone: DataZone, address: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array | None:
    """The zone's bytes as an array for the moment, in C order; None from afar. It keeps nothing allocated."""
    native = _native(dtype)
    size = math.prod(shape) * native.itemsize
    view = zone.view(address, size)
    if view is None:
        return None
    return np.ndarray(shape, native, view) if size else np.empty(shape, native)


def _native(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """As the targets have it."""
    return dtype if dtype.isnative else dtype.newbyteorder("<")
