"""An executor on a machine of another architecture, whose processor is Unicorn.

Everything is the real thing but the processor and its C library: the daemon, its ledger and memory files, the lanes, the
control protocol, a worker process that is forked by a zygote and killed by a signal. So a test gets an `Executor` and a
`Session` like any other, and what it runs is what would be shipped to such a machine: objects of LLVM's, linked by our
linker, the session runtime, adapters, stubs, trampolines.

    executors.py        a running daemon, and a handle of it
    daemon.py           the daemon's process: says that it is another machine, and starts another zygote
    zygote.py           forks workers, as the executor's does
    worker.py           the worker's side of the control socket; one thread for each lane
    process.py          what an emulated process has: memory, heap, threads, streams
    thread.py           one of its threads: runs, is served by the library, returns
    machine.py          Unicorn; whose turn it is
    address_space.py    what is mapped where
    architecture.py     what differs between architectures; one file for each
    library/            the C library: a Python function for each name
    system_calls.py     the kernel, as far as anybody asks it
    signals.py          faults, and what a handler finds

Not here: the sandbox (the real worker's has its own tests), memory order between cores (one runs at a time), caches that
are not coherent: what was translated stays until code is flushed, which is alike.
"""
