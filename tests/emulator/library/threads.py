"""<pthread.h>."""

from __future__ import annotations

import threading

from ..thread import Thread
from .table import library_function


@library_function
def pthread_once(thread: Thread, control: int, routine: int) -> int:
    """Who comes while the routine runs waits for its end: nobody gets a turn in it unless it waits itself."""
    if not thread.memory.word(control, 4):
        thread.memory.set_word(control, 1, 4)
        thread.call(routine)
    return 0


@library_function
def pthread_key_create(thread: Thread, key: int, destructor: int) -> int:
    number = len(thread.process.key_destructors) + 1
    thread.process.key_destructors[number] = destructor
    thread.memory.set_word(key, number, 4)
    return 0


@library_function
def pthread_setspecific(thread: Thread, key: int, value: int) -> int:
    thread.specific[key & 0xFFFFFFFF] = value
    return 0


@library_function
def pthread_getspecific(thread: Thread, key: int) -> int:
    return thread.specific.get(key & 0xFFFFFFFF, 0)


@library_function
def pthread_mutex_lock(thread: Thread, mutex: int) -> int:
    lock = thread.process.mutexes.setdefault(mutex, threading.Lock())
    if not lock.acquire(blocking=False):
        with thread.machine.away(thread):
            lock.acquire()
    return 0


@library_function
def pthread_mutex_unlock(thread: Thread, mutex: int) -> int:
    thread.process.mutexes[mutex].release()
    return 0


@library_function
def pthread_create(thread: Thread, name: int, attributes: int, routine: int, argument: int) -> int:
    new = thread.process.new_thread()

    def life() -> None:
        thread.process.results[new.thread_pointer] = new.start(routine, argument)

    thread.memory.set_word(name, new.thread_pointer)
    thread.process.begin(new, life)
    return 0


@library_function
def pthread_join(thread: Thread, name: int, result: int) -> int:
    with thread.machine.away(thread):
        thread.process.threads[name].join()
    if result:
        thread.memory.set_word(result, thread.process.results[name])
    return 0


@library_function
def pthread_self(thread: Thread) -> int:
    return thread.thread_pointer


@library_function
def sched_yield(thread: Thread) -> int:
    with thread.machine.away(thread):
        pass
    return 0
