"""A process that loads objects with LLVM's JITLink and serves lanes with them: the session runtime without our linker.

Run as `python support_runtime_host.py OBJECT...`; a scenario in Python comes on stdin and is executed with `host`.
"""

import ctypes
import mmap
import os
import sys
import threading
from pathlib import Path

from llvmlite import binding as llvm

LANE_SIZE = 65536
SYSCALL_FUTEX = {"x86_64": 202}.get(os.uname().machine, 98)
FUTEX_WAIT, FUTEX_WAKE = 0, 1
CALL, RESUME, UNWIND, ACT = 0, 1, 2, 3
RETURNED, EXITED, CALLBACK, UNWOUND, NO_ROOM = 0, 1, 2, 3, 4
FIRST_FRAME, FRAME_HEADER = 0xF0, 16
libc = ctypes.CDLL(None, use_errno=True)


class Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


def futex(word, operation, value, seconds=None):
    timeout = ctypes.byref(Timespec(seconds, 0)) if seconds else None
    address = ctypes.c_void_p(ctypes.addressof(word))
    return libc.syscall(SYSCALL_FUTEX, address, operation, ctypes.c_uint32(value), timeout, None, 0)


class Lane:
    """The caller's side of the contract, and nothing but it: wakes only who says that it sleeps."""

    def __init__(self, address, spin=0, sequence=0):
        words = {"request": 0, "worker_sleeping": 4, "spin": 8, "kind": 0xC, "frame": 0x10, "frame_end": 0x14}
        words |= {"reply": 0x40, "caller_sleeping": 0x44, "status": 0x48, "slots_offset": 0x58, "slots_size": 0x5C}
        for name, offset in words.items():
            setattr(self, name, ctypes.c_uint32.from_address(address + offset))
        self.exit_code = ctypes.c_int32.from_address(address + 0x4C)
        self.callback = ctypes.c_uint64.from_address(address + 0x50)
        self.address = address
        self.slots = self.words(FIRST_FRAME + FRAME_HEADER)
        self.spin.value = spin
        self.sequence = sequence

    def words(self, offset, count=1024):
        """Memory of the lane as 64-bit words."""
        return (ctypes.c_uint64 * count).from_address(self.address + offset)

    def bytes(self, offset, size):
        return ctypes.string_at(self.address + offset, size)

    def post_message(self, kind):
        self.kind.value = kind
        self.sequence = (self.sequence + 1) & 0xFFFFFFFF
        self.request.value = self.sequence
        futex(self.request, FUTEX_WAKE, 1)  # Python has no fence to look at worker_sleeping behind

    def post(self, entry, function, *slots, kind=CALL, frame=FIRST_FRAME, frame_end=None):
        words = self.words(frame, len(slots) + 2)
        words[:] = [word & ((1 << 64) - 1) for word in (entry, function, *slots)]
        self.frame.value = frame
        self.frame_end.value = frame_end or -(-(frame + 8 * len(words)) // 16) * 16
        self.post_message(kind)

    def wait(self):
        """Status, exit code and the first slot."""
        before = (self.sequence - 1) & 0xFFFFFFFF
        while self.reply.value != self.sequence:
            self.caller_sleeping.value = 1
            if futex(self.reply, FUTEX_WAIT, before, 20) == -1 and ctypes.get_errno() == 110:
                raise TimeoutError
        self.caller_sleeping.value = 0
        return self.status.value, self.exit_code.value, self.slots[0]

    def call(self, entry, function, *slots, **options):
        self.post(entry, function, *slots, **options)
        return self.wait()

    def resume(self, *results):
        """Give a callback its results; what comes next."""
        words = self.words(self.slots_offset.value, len(results))
        words[:] = [word & ((1 << 64) - 1) for word in results]
        self.post_message(RESUME)
        return self.wait()

    def unwind(self):
        self.post_message(UNWIND)
        return self.wait()


class Host:
    """The loaded objects."""

    def __init__(self, objects):
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.Target.from_default_triple().create_target_machine(reloc="pic", codemodel="small")
        self._jit = llvm.create_lljit_compiler(machine, use_jit_link=True)
        builder = llvm.JITLibraryBuilder().add_current_process()
        names = os.environ["EXPORTS"].split()
        for data in objects:
            builder.add_object_img(data)
        for name in names:
            builder.export_symbol(name)
        self._library = builder.link(self._jit, "program")
        self._lanes = []

    def address(self, name):
        return self._library[name]

    def lane(self, **options):
        memory = mmap.mmap(-1, LANE_SIZE)
        self._lanes.append(memory)  # kept: its thread looks at it to the end
        lane = Lane(ctypes.addressof(ctypes.c_char.from_buffer(memory)), **options)
        self.thread("exclave_serve", lane.address)
        return lane

    def thread(self, function, argument):
        """Call a function in a new thread, which serves no lane unless the function does."""
        entry = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self.address(function))
        threading.Thread(target=entry, args=(argument,), daemon=True).start()

    def dispatch_lane(self):
        lane = Lane(self.address("exclave_dispatch_lane"))
        lane.post_message(RESUME)
        return lane

    def run_main(self, lane, name, *argv, renewed_input=0):
        """Status, exit code and main's result."""
        strings = [ctypes.create_string_buffer(text.encode()) for text in argv]
        pointers = (ctypes.c_uint64 * (len(argv) + 2))(*[ctypes.addressof(string) for string in strings], 0, 0)
        base = ctypes.addressof(pointers)
        block = len(argv), base, base + 8 * len(argv)
        return lane.call(self.address("exclave_run_main"), self.address(name), *block, renewed_input)

    def trace(self):
        """What the program noted since the last time."""
        count = ctypes.c_uint64.from_address(self.address("traced"))
        noted = list((ctypes.c_int64 * count.value).from_address(self.address("trace")))
        count.value = 0
        return noted


def main():
    host = Host([Path(name).read_bytes() for name in sys.argv[1:]])
    exec(compile(sys.stdin.read(), "scenario", "exec"), {"host": host, "ctypes": ctypes, "os": os})
    os._exit(0)  # the lanes' threads never end


if __name__ == "__main__":
    main()
