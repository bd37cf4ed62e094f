"""NumPy arrays that live in a session's data zone.

Owns: `RemoteArray`. Must not know: calls, sessions. Invariant: the same code works on the executor's host and from
afar; what is given out of an array is a copy, but for `view` and what is made of it, which keep the memory allocated.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np

from ..checks import shown
from ..errors import ExclaveError, SignatureError
from ..model import ExecutorAddr
from .held import HeldRange
from .indexing import flat_bytes, read_item, write_item
from .zone import DataZone, lost

Array = np.ndarray[Any, Any]


class RemoteArray:
    """An array in the memory of a session, in C order. Made by `Session.array()` and `Session.asarray()`.

    Passed to a function, it is its address: nothing is copied. It is freed by `free()`, at the end of a `with`, or when
    nothing refers to it; never before the last NumPy view of it is gone.

    What lies in it is shared with the session's code, which may change it at any time.
    """

    def __init__(self, held: HeldRange, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._held: HeldRange | None = held
        self.zone = held.zone
        self._shape = shape
        self._dtype = dtype

    # -- what it is ---------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """How many elements, in each dimension."""
        return self._shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """What an element is; little endian."""
        return self._dtype

    @property
    def ndim(self) -> int:
        """How many dimensions it has."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """How many bytes the elements have."""
        return self.size * self.dtype.itemsize

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from an element to the next, in each dimension; C order."""
        return tuple(math.prod(self.shape[i + 1 :]) * self.dtype.itemsize for i in range(self.ndim))

    @property
    def address(self) -> ExecutorAddr:
        """Where it lies in the worker."""
        return ExecutorAddr(self.held.address)

    @property
    def held(self) -> HeldRange:
        """The memory; whoever refers to it keeps it allocated.

        Raises:
            ExclaveError: the array was freed. DataLostError: its worker is no more.
        """
        if self.zone.lost:
            raise lost()
        if self._held is None:
            raise ExclaveError(f"the {self.dtype} array {self.shape} was freed: make another with session.array()")
        return self._held

    # -- its contents -------------------------------------------------------------------------------------------

    @property
    def view(self) -> Array:
        """The array itself, for NumPy, without a copy. It keeps the memory allocated even after `free()`.

        Raises:
            ExclaveError: the executor is on another host: use `get()` and `put()`; or the array was freed.
        """
        held = self.held
        if not held.is_here:
            raise ExclaveError(f"{self!r} is on another host and has no view here: use get() and put(), or index it")
        return held.array(self.shape, self.dtype)

    def get(self) -> Array:
        """A copy of one's own."""
        held = self.held
        if held.is_here:
            return self.view.copy()
        copied = np.empty(self.shape, self.dtype)
        held.zone.read_into([(held.address, flat_bytes(copied))])
        return copied

    def put(self, values: Any) -> None:
        """Fill it, as `array[...] = values` does in NumPy: one value, or what broadcasts to its shape.

        Raises:
            ValueError: as NumPy does: the shape does not fit, or a value means nothing in this dtype.
        """
        held = self.held
        if held.is_here:
            self.view[...] = values
            return
        ready = isinstance(values, np.ndarray) and values.shape == self.shape and values.dtype == self.dtype
        if not ready or not values.flags.c_contiguous:
            content = np.zeros(self.shape, self.dtype)  # with np.empty, old memory of this process would pad records
            content[...] = values
            values = content
        held.zone.write(held.address, flat_bytes(values))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """For NumPy: the view, or from afar a copy."""
        here = self.held.is_here
        if copy is False and not here:
            raise ValueError(f"{self!r} is on another host: only a copy of it can be had")
        found = self.view if here else self.get()
        if dtype is not None and np.dtype(dtype) != self.dtype:
            if copy is False:
                raise ValueError(f"a {self.dtype} array as {np.dtype(dtype)} is a copy")
            return found.astype(dtype)
        return found.copy() if copy and here else found

    def __getitem__(self, index: Any) -> Any:
        """A copy of what NumPy's index means; from afar no more than that is fetched if the index is no list or array.

        For a window onto the memory itself, index `view`.
        """
        held = self.held
        if not held.is_here:
            return read_item(held.zone, held.address, self.shape, self.dtype, index)
        found = self.view[index]
        return found.copy() if isinstance(found, np.ndarray | np.void) else found

    def __setitem__(self, index: Any, value: Any) -> None:
        held = self.held
        if held.is_here:
            self.view[index] = value
        else:
            write_item(held.zone, held.address, self.shape, self.dtype, index, value)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("an array without dimensions has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        """Over a copy, made at the beginning."""
        return iter(self.get())

    # -- life ---------------------------------------------------------------------------------------------------

    @property
    def freed(self) -> bool:
        """Whether `free()` was called."""
        return self._held is None

    def free(self) -> None:
        """Give the memory back, as soon as no view of it is left. A second call does nothing."""
        self._held = None
        self.zone.collect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.free()

    def __reduce__(self) -> Any:
        raise SignatureError(f"{self!r} is memory of one session and cannot be pickled or copied: use get()")

    def __repr__(self) -> str:
        held = self._held
        what = f"exclave array, {self.dtype} {self.shape}"
        if held is None:
            return f"<{what}: freed>"
        where = "viewed from here" if held.is_here else "on another host"
        return f"<{what}: {self.nbytes} bytes at {held.address:#x}, {where}>"


def make_array(zone: DataZone, shape: int | Sequence[int], dtype: Any = np.float64) -> RemoteArray:
    """An array of zeros.

    Raises:
        SignatureError: there is no such array.
        OutOfMemoryError: the session's data zone has no room for it.
    """
    made = _make_array(zone, _shape_of(shape), _dtype_of(dtype))
    zone.zero(made.address, made.nbytes)
    return made


def array_of(zone: DataZone, values: Any, dtype: Any = None) -> RemoteArray:
    """An array with these values; the very same if they are one of this zone already, of this dtype.

    Raises:
        SignatureError: NumPy makes no array of them, or one of Python objects.
        OutOfMemoryError: the session's data zone has no room for it.
    """
    if isinstance(values, RemoteArray):
        if values.zone is zone and values.held and dtype in (None, values.dtype):
            return values
        values = np.asarray(values)
    try:
        content = np.asarray(values, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise SignatureError(f"NumPy makes no array of what was given: {error}") from error
    made = _make_array(zone, content.shape, _dtype_of(content.dtype))
    made.put(content)
    return made


def _make_array(zone: DataZone, shape: tuple[int, ...], dtype: np.dtype[Any]) -> RemoteArray:
    if dtype.subdtype is not None:  # as in NumPy, an element with a shape of its own adds dimensions
        dtype, inner = dtype.subdtype
        shape += inner
    held = HeldRange(zone, math.prod(shape) * dtype.itemsize, dtype.alignment)
    return RemoteArray(held, shape, dtype)


def _shape_of(given: int | Sequence[int]) -> tuple[int, ...]:
    try:
        shape = tuple(map(operator.index, given if isinstance(given, Sequence) else (given,)))
    except TypeError:
        raise SignatureError(f"a shape is an integer or a sequence of them, not {shown(given)}") from None
    if len(shape) > 32 or any(count < 0 for count in shape):
        raise SignatureError(f"{shown(shape)} is no shape: at most 32 dimensions, none below zero")
    return shape


def _dtype_of(given: Any) -> np.dtype[Any]:
    try:
        dtype = np.dtype(given)
    except (TypeError, ValueError) as error:
        raise SignatureError(f"{shown(given)} is no dtype of NumPy: {error}") from error
    if dtype.hasobject:
        raise SignatureError(f"{dtype} elements are objects of Python, which mean nothing in another process")
    little: np.dtype[Any] = dtype.newbyteorder("<")  # as the targets have it
    return little
