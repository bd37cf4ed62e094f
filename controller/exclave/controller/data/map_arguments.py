"""One argument of `f.map(...)`: where its values lie.

Owns: which values are used in place and which are copied. Must not know: other arguments, the adapter's slots.
Invariant: for every element of the common shape, address and stride lead to memory that is allocated until the scope
ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ArgumentRangeError, SignatureError
from ..types import Type
from .arrays import RemoteArray
from .marshal import CallScope
from .values import array_of_numbers, numbers_as

Array = np.ndarray[Any, Any]
_PASSED = ("int", "float", "struct", "ptr")


@dataclass(frozen=True)
class Strided:
    """Where the values of one argument, or of the results, lie in the worker."""

    address: int = 0
    stride: int = 0


class MapArgument:
    """One argument: an array of its values, of which some may lie in the zone already."""

    def __init__(self, argtype: Type, value: Any, position: int, scope: CallScope) -> None:
        self.argtype = argtype
        self.position = position
        self.scope = scope
        self.dtype = dtype_of(argtype, f"argument {position}")
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
        if self.argtype.kind == "ptr":
            many = isinstance(value, list | tuple)
            value = [self._one_address(one) for one in value] if many else self._one_address(value)
        return self._converted(value)

    def _one_address(self, value: Any) -> Any:
        if value is None:
            return 0
        plain = isinstance(value, int | np.integer)
        return value if plain else self.scope.address_of(value, self.argtype, self.position)

    def _converted(self, value: Any) -> Array:
        where = f"argument {self.position}"
        try:
            array = array_of_numbers(value, self.argtype, where)
            if array.dtype != self.dtype and self.argtype.kind == "struct":
                raise SignatureError(f"{where}: records of {self.dtype} wanted, an array of {array.dtype} given")
            return numbers_as(array, self.argtype, self.dtype, where)
        except (SignatureError, ArgumentRangeError) as error:
            raise type(error)(error.message, position=self.position) from None

    def place(self, shape: tuple[int, ...]) -> Strided:
        """Where the adapter finds the values, for elements of `shape` in C order."""
        if self.remote is not None:
            in_place = self._place_remote(self.remote, shape)
            if in_place is not None:
                return in_place
            self.values = self._converted(self.remote)
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
        source = array.reshape(()) if one else np.broadcast_to(array, shape)
        place = Strided(self.scope.temporary(source.nbytes), 0 if one else self.dtype.itemsize)
        self.scope.put(place.address, source)
        return place


def _single_stride(array: Array) -> int | None:
    """The distance of each element from the one before it, in C order, if it is always the same."""
    array = array.squeeze()
    if array.ndim == 0:
        return 0
    for i in range(array.ndim - 1):
        if array.strides[i] != array.strides[i + 1] * array.shape[i + 1]:
            return None
    return array.strides[-1]


def dtype_of(given: Type, where: str) -> np.dtype[Any]:
    """How the adapter reads or writes a value; `where` names it in the error.

    Raises:
        SignatureError: it does not pass such values.
    """
    if given.kind not in _PASSED:
        raise SignatureError(f"{where}: map() passes numbers, pointers and structs, not {given}")
    try:
        return given.dtype
    except SignatureError as error:
        raise SignatureError(f"{where}: {error}") from error
