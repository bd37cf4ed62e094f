"""jit_dispatch: handlers by tag, bytes in, bytes out. (ORC's JITDispatchHandler)

Owns: the handlers, and putting messages together from pieces. Must not know: lanes, callbacks. Invariant: a message is
no longer than `MAX_MESSAGE`, whatever the worker says, and belongs to the thread that serves its lane.

runtime/jit_dispatch.ll has the other half of a piece: operation, tag, total, offset, count (u64 each), then bytes.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable

from ..checks import shown
from ..errors import ExecutorError, SignatureError

Handler = Callable[[bytes], bytes]
MAX_MESSAGE = 1 << 30
PIECE = 8192
_HEADER = struct.Struct("<QQQQQ")
_PUT, _GET = 0, 1


class _Message(threading.local):
    """What this thread has got of an argument, and its result."""

    argument = bytearray()
    result = b""


class JitDispatch:
    """The handlers of a session."""

    def __init__(self) -> None:
        self._handlers: dict[int, Handler] = {}
        self._message = _Message()

    def set_handler(self, tag: int, handler: Handler | None) -> None:
        """Have `handler` answer messages of `tag`; None: nobody any more.

        Raises:
            SignatureError: no tag, or no handler.
        """
        if not isinstance(tag, int) or not 0 <= tag < 1 << 64:
            raise SignatureError(f"a tag is an integer from 0 to 2**64 - 1, not {shown(tag)}")
        if handler is None:
            self._handlers.pop(tag, None)
        elif not callable(handler):
            raise SignatureError(f"a handler is something to call, not {shown(handler)}")
        else:
            self._handlers[tag] = handler

    def serve(self, slots: bytes) -> bytes:
        """Take a piece, or give one.

        Raises:
            ExecutorError: the worker does not speak this protocol, or nobody handles the tag.
            BaseException: what the handler raises.
        """
        if len(slots) != _HEADER.size + PIECE:
            raise ExecutorError(f"jit_dispatch: {len(slots)} bytes from the worker are no piece of a message")
        operation, tag, total, offset, count = _HEADER.unpack_from(slots)
        if operation == _GET:
            return self._piece(tag, offset)
        self._take(total, offset, slots[_HEADER.size : _HEADER.size + count], count)
        if offset + count < total:
            return self._answer(tag, 0, b"")
        self._handle(tag)
        return self._piece(tag, 0)

    def _take(self, total: int, offset: int, data: bytes, count: int) -> None:
        message = self._message
        if offset == 0:
            message.argument = bytearray()
        if total > MAX_MESSAGE or count > PIECE or offset != len(message.argument) or offset + count > total:
            raise ExecutorError(f"jit_dispatch: {count} bytes at {offset} of {total} do not follow what came before")
        message.argument += data

    def _handle(self, tag: int) -> None:
        handler = self._handlers.get(tag)
        if handler is None:
            raise ExecutorError(f"jit_dispatch: nobody handles tag {tag}: session.on_dispatch({tag}, handler)")
        argument, self._message.argument = bytes(self._message.argument), bytearray()
        result = handler(argument)
        if not isinstance(result, bytes | bytearray | memoryview):
            raise SignatureError(f"jit_dispatch: the handler of tag {tag} returned {type(result).__name__}, not bytes")
        self._message.result = bytes(result)

    def _piece(self, tag: int, offset: int) -> bytes:
        result = self._message.result
        if offset > len(result):
            raise ExecutorError(f"jit_dispatch: the worker asks for bytes at {offset} of {len(result)}")
        piece = result[offset : offset + PIECE]
        answer = self._answer(tag, len(result), piece)
        if offset + len(piece) == len(result):
            self._message.result = b""
        return answer

    def _answer(self, tag: int, total: int, piece: bytes) -> bytes:
        return _HEADER.pack(_PUT, tag, total, 0, len(piece)) + piece.ljust(PIECE, b"\0")
