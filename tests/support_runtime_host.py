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
libc = ctypes.CDLL(None, use_errno=True)


class Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


def futex(word, operation, value, seconds=None):
    timeout = ctypes.byref(Timespec(seconds, 0)) if seconds else None
    address = ctypes.c_void_p(ctypes.addressof(word))
    return libc.syscall(SYSCALL_FUTEX, address, operation, ctypes.c_uint32(value), timeout, None, 0)


class Lane:
    """The caller's side of the contract, and nothing but it: wakes only who says that it sleeps."""

    def __init__(self, host, spin=0, sequence=0):
        self.memory = mmap.mmap(-1, LANE_SIZE)
        words = {"request": 0, "worker_sleeping": 4, "spin": 8, "reply": 0x40, "caller_sleeping": 0x44, "status": 0x48}
        for name, offset in words.items():
            setattr(self, name, ctypes.c_uint32.from_buffer(self.memory, offset))
        self.exit_code = ctypes.c_int32.from_buffer(self.memory, 0x4C)
        self.entry = ctypes.c_uint64.from_buffer(self.memory, 0x10)
        self.function = ctypes.c_uint64.from_buffer(self.memory, 0x18)
        self.slots = (ctypes.c_uint64 * 1024).from_buffer(self.memory, 0x100)
        self.spin.value = spin
        self.sequence = sequence
        serve = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(host.address("exclave_serve"))
        address = ctypes.addressof(self.request)
        threading.Thread(target=serve, args=(address,), daemon=True).start()

    def post(self, entry, function, *slots):
        self.slots[: len(slots)] = [slot & ((1 << 64) - 1) for slot in slots]
        self.entry.value, self.function.value = entry, function
        self.sequence = (self.sequence + 1) & 0xFFFFFFFF
        self.request.value = self.sequence
        futex(self.request, FUTEX_WAKE, 1)  # Python has no fence to look at worker_sleeping behind

    def wait(self):
        """Status, exit code and the first slot."""
        before = (self.sequence - 1) & 0xFFFFFFFF
        while self.reply.value != self.sequence:
            self.caller_sleeping.value = 1
            if futex(self.reply, FUTEX_WAIT, before, 20) == -1 and ctypes.get_errno() == 110:
                raise TimeoutError
        self.caller_sleeping.value = 0
        return self.status.value, self.exit_code.value, self.slots[0]

    def call(self, entry, function, *slots):
        self.post(entry, function, *slots)
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
        self._lanes.append(Lane(self, **options))  # kept: its thread looks at it to the end
        return self._lanes[-1]

    def run_main(self, lane, name, *argv):
        """Status, exit code and main's result."""
        strings = [ctypes.create_string_buffer(text.encode()) for text in argv]
        pointers = (ctypes.c_uint64 * (len(argv) + 2))(*[ctypes.addressof(string) for string in strings], 0, 0)
        base = ctypes.addressof(pointers)
        return lane.call(self.address("exclave_run_main"), self.address(name), len(argv), base, base + 8 * len(argv))

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
