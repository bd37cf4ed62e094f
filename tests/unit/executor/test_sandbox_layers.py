"""Each layer of the sandbox alone, all others off: what it stops, which without it works, and what it leaves to others."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest
from support_layers import attempt, is_root

NO_NEW_PRIVILEGES = "sandbox.forbid_new_privileges()"
LANDLOCK = "sandbox.forbid_new_privileges(); landlock.deny_files_and_network()"
FILTER = "sandbox.forbid_new_privileges(); syscall_filter.filter_system_calls(99, Allowed())"
MDWE = "sandbox.deny_executable_gain()"
SEAL = "view = private(4096); sandbox.seal_views([(view, 4096)])"
CAPABILITIES = "sandbox.drop_capabilities()"
UID = "sandbox.drop_identity(UID)"
ALONE = "os.geteuid() or sandbox.drop_identity(UID)"  # root is under no limit of processes
RLIMITS = f"{ALONE}; sandbox.limit_resources(1, 0, True)"
NAMESPACES = "layers = namespaces.enter_namespaces()"
ROOT = f"{NAMESPACES}; root_folder.enter_empty_root(root_folder.empty_folder(), '')"
EXECUTABLE = "libc.mprotect(ctypes.c_void_p(private(4096)), 4096, 5) and errno.errorcode[ctypes.get_errno()]"
OWN_CODE = """kernel.mmap(0, 4096, 5, 1, (lambda fd: (os.write(fd, bytes(4096)), fd)[1])(os.memfd_create("x"))) > 0"""
STOPPED = {
    # what: the layer, what is tried, without the layer, with it
    "landlock: a file": (LANDLOCK, 'open("/etc/passwd").read(1)', "r", "EACCES"),
    "landlock: a folder": (LANDLOCK, 'len(os.listdir("/etc")) > 0', "True", "EACCES"),
    "landlock: a TCP port": (LANDLOCK, 'socket.socket().bind(("127.0.0.1", 0))', "None", "EACCES"),
    "landlock: a signal": (LANDLOCK, "os.kill(os.getppid(), 0)", "None", "EPERM"),
    "filter: a file": (FILTER, 'open("/etc/passwd").read(1)', "r", "SIGSYS"),
    "filter: what is there": (FILTER, 'os.stat("/").st_size > 0', "True", "SIGSYS"),
    "filter: a socket": (FILTER, "socket.socket().fileno() > 0", "True", "SIGSYS"),
    "filter: a process": (FILTER, "(os.fork() or os._exit(0)) > 0", "True", "SIGSYS"),
    "filter: a signal": (FILTER, "os.kill(os.getppid(), 0)", "None", "SIGSYS"),
    "filter: trace": (FILTER, "kernel.syscall(101, 0, 0, 0, 0)", "0", "SIGSYS"),
    "filter: new code": (FILTER, "private(4096, 7) > 0", "True", "SIGSYS"),
    "filter: data becomes code": (FILTER, EXECUTABLE, "0", "SIGSYS"),
    "filter: code from a file of its own": (FILTER, OWN_CODE, "True", "SIGSYS"),
    "filter: everything readable is code": (FILTER, "libc.personality(0x0400000) >= 0", "True", "SIGSYS"),
    "mdwe: new code": (MDWE, "private(4096, 7) > 0", "True", "EACCES"),
    "mdwe: data becomes code": (MDWE, EXECUTABLE, "0", "EACCES"),
    "mseal: unmap": (SEAL, "libc.munmap(ctypes.c_void_p(globals().get('view') or private(4096)), 4096)", "0", "-1"),
    "mseal: protect": (SEAL, "libc.mprotect(ctypes.c_void_p(globals().get('view') or private(4096)), 4096, 1)", "0", "-1"),
    "capabilities: chroot": (CAPABILITIES, 'os.chroot("/")', "None", "EPERM"),
    "uid: root's file": (UID, 'open("/etc/shadow").read(0)', "", "EACCES"),
    "uid: a signal to root": (UID, "os.kill(os.getppid(), 0)", "None", "EPERM"),
    "uid: mount": (UID, 'kernel.mount("none", "/proc", flags=1 << 18)', "None", "EPERM"),
    "rlimits: a process": (RLIMITS, "(os.fork() or os._exit(0)) > 0", "True", "EAGAIN"),
    "rlimits: a descriptor": (RLIMITS, "os.dup(0) > 0", "True", "EMFILE"),
    "rlimits: a file": (RLIMITS, 'os.write(os.memfd_create("x"), b"x")', "1", "EMFILE"),
    "memory: private": ("sandbox.limit_memory(sandbox.data_bytes() + (8 << 20))", "private(16 << 20) > 0", "True", "ENOMEM"),
    "descriptors": ("sandbox.close_descriptors(3)", "os.fstat(OPEN).st_nlink > 0", "True", "EBADF"),
    "root: a file": (ROOT, 'open("/etc/passwd").read(1)', "r", "ENOENT"),
    "root: what is there": (ROOT, 'os.stat("/etc").st_nlink > 0', "True", "ENOENT"),
    "root: all that is there": (ROOT, 'len(os.listdir("/")) > 0', "True", "False"),
    "root: a new file": (ROOT, 'open("/new", "w").close()', "None", "EROFS"),
    "user namespace: a device": (NAMESPACES, 'os.mknod(FREE, stat.S_IFCHR | 0o600, os.makedev(1, 3))', "None", "EPERM"),
    "pid namespace: others": (NAMESPACES, "in_child(lambda: os.kill(outer, 0))", "None", "ESRCH"),
    "pid namespace: its first": (NAMESPACES, "in_child(lambda: os.getpid() == 1)", "False", "True"),
    "network namespace: loopback": (NAMESPACES, 'socket.create_connection(("127.0.0.1", PORT)).fileno() > 0', "True", "ENETUNREACH"),
    "ipc namespace": (NAMESPACES, "libc.shmget(KEY, 0, 0) >= 0", "True", "False"),
}  # fmt: skip
NEEDS_ROOT = ("capabilities", "uid", "user namespace", "root: a new file")
PASSES = {
    # what a layer does not stop: why there are others
    "landlock does not hide what is there: root does": (LANDLOCK, 'os.stat("/etc").st_nlink > 0', "True"),
    "landlock does not forbid sockets of UNIX: the filter does": (LANDLOCK, "socket.socket(socket.AF_UNIX).fileno() > 0", "True"),
    "mdwe does not stop code from a file of its own: the filter does": (MDWE, OWN_CODE, "True"),
    "memory that is shared is no heap: the data zone's size is its limit": (
        "sandbox.limit_memory(sandbox.data_bytes() + (8 << 20))", "kernel.mmap(0, 64 << 20, 3, 0x21) > 0", "True"),
    "no_new_privs forbids no call": (NO_NEW_PRIVILEGES, 'open("/etc/passwd").read(1)', "r"),
}  # fmt: skip


@pytest.fixture(scope="module")
def words():
    """Things of ours that the attempts want: an open file, a free path, a listening port, a segment of memory."""
    import ctypes

    libc = ctypes.CDLL(None)
    listener = socket.create_server(("127.0.0.1", 0))
    key = 0x45780000 + os.getpid() % 65536
    segment = libc.shmget(key, 4096, 0o1600)
    with tempfile.TemporaryDirectory() as folder, Path("/etc/passwd").open() as file:
        yield {"OPEN": file.fileno(), "FREE": folder, "PORT": listener.getsockname()[1], "KEY": key}
    libc.shmctl(segment, 0, None)
    listener.close()


def with_words(code: str, words: dict, number: int) -> str:
    for word, value in words.items():
        code = code.replace(word, repr(f"{value}/{number}") if word == "FREE" else str(value))
    return code


@pytest.mark.parametrize("what", STOPPED)
def test_what_a_layer_stops(words, what):
    if what.startswith(NEEDS_ROOT) and not is_root():
        pytest.skip("root's rights are what it takes away")
    layer, tried, without, stopped = STOPPED[what]
    require(what)
    options = {"pass_fds": [words["OPEN"]]}
    assert attempt(with_words(tried, words, 1), **options) == without
    assert attempt(with_words(tried, words, 2), layer, **options) == stopped


def require(what: str) -> None:
    """Skips where the kernel does not have the layer, or not that part of it."""
    versions = {"landlock: a TCP port": 4, "landlock: a signal": 6, "landlock": 1}
    least = next((version for start, version in versions.items() if what.startswith(start)), 0)
    if least and int(attempt("kernel.syscall(444, 0, 0, 1)").replace("ENOSYS", "0").replace("EOPNOTSUPP", "0")) < least:
        pytest.skip("this kernel's Landlock does not have it")
    if what.startswith(("mdwe", "mseal")):
        layer = {"mdwe": MDWE, "mseal": SEAL}[what.split(":")[0].split()[0]].replace("sandbox.", "layer = sandbox.")
        if attempt("layer.active", layer) != "True":
            pytest.skip("this kernel does not have it")
    in_namespaces = what.startswith(("root", "pid", "network", "ipc", "user"))
    if in_namespaces and attempt("all(layer.active for layer in layers)", NAMESPACES) != "True":
        pytest.skip("this host does not let us make namespaces")


@pytest.mark.parametrize("what", PASSES)
def test_what_a_layer_leaves_to_others(what):
    layer, tried, outcome = PASSES[what]
    require(what)
    assert attempt(tried, layer) == outcome


def test_cpu_time():
    spin = "sum(1 for _ in iter(int, 1))"
    assert attempt(spin, "sandbox.limit_cpu(1)") == "SIGXCPU"
    blocked = "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGXCPU]); sandbox.limit_cpu(1)"
    assert attempt(spin, blocked) == "SIGKILL"


def test_no_new_privileges():
    """Of a program that is root's whoever starts it."""
    if not is_root():
        pytest.skip("only root can make such a program")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        program = Path(folder) / "id"
        program.write_bytes(Path("/usr/bin/id").read_bytes())
        program.chmod(0o755 | stat.S_ISUID)
        Path(folder).chmod(0o755)
        if os.statvfs(folder).f_flag & os.ST_NOSUID:
            pytest.skip("no such program is honoured here")
        run = f"os.execv({str(program)!r}, ['id', '-u'])"
        assert attempt(run, UID).strip() == "0"
        assert attempt(run, UID, NO_NEW_PRIVILEGES).strip() != "0"


def test_landlock_gives_reading_of_what_is_named_and_no_more(tmp_path):
    for name in ("given", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("text")
    layer = (
        f"sandbox.forbid_new_privileges(); landlock.deny_files_and_network(landlock.open_paths(['{tmp_path}/given']))"
    )
    require("landlock")
    assert attempt(f"open('{tmp_path}/given/file').read()", layer) == "text"
    assert attempt(f"open('{tmp_path}/given/file', 'w').close()", layer) == "EACCES"
    assert attempt(f"open('{tmp_path}/given/new', 'w').close()", layer) == "EACCES"
    assert attempt(f"open('{tmp_path}/other/file').read()", layer) == "EACCES"
    assert attempt("os.execv('/bin/true', ['true'])", layer) == "EACCES"


def test_a_path_with_a_link_in_it_is_not_opened(tmp_path):
    (tmp_path / "link").symlink_to("/etc")
    assert attempt(f"landlock.open_paths(['{tmp_path}/link'])") == "ELOOP"


def test_a_root_with_paths(tmp_path):
    """What is named is there, at its name, with all that is below it; nothing else is."""
    require("root")
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "file").write_text("text")
    (tmp_path / "single").write_text("one")
    (tmp_path / "other").write_text("no")
    names = [f"{tmp_path}/given", f"{tmp_path}/single"]
    layer = f"{NAMESPACES}; root_folder.empty_folder(); root_folder.separate_mounts(); names = {names}; "
    layer += "root_folder.enter_root_with(list(zip(names, landlock.open_paths(names))))"
    assert attempt(f"open('{tmp_path}/given/file').read() + open('{tmp_path}/single').read()", layer) == "textone"
    assert attempt(f"sorted(os.listdir('{tmp_path}'))", layer) == "['given', 'single']"
    assert attempt("os.stat('/etc')", layer) == "ENOENT"
    assert attempt("os.listdir('/..') == os.listdir('/')", layer) == "True"
    assert attempt("open('/new', 'w').close()", layer) == "EROFS"


# The order


def test_the_filter_is_last_since_it_forbids_the_others():
    for layer in (LANDLOCK, MDWE, CAPABILITIES, NAMESPACES):
        assert attempt("0", FILTER, layer) == "SIGSYS"


def test_the_tie_to_the_parent_comes_after_the_change_of_user_which_undoes_it():
    if not is_root():
        pytest.skip("nobody else changes its user")
    signal_of = "(lambda n: (libc.prctl(2, ctypes.addressof(n), 0, 0, 0), n.value)[1])(ctypes.c_int())"
    tie = "sandbox.tie_to_parent(os.getppid())"
    assert attempt(signal_of, tie, UID) == "0"
    assert attempt(signal_of, UID, tie) == "9"


def test_the_root_comes_before_the_capabilities_go_that_it_takes():
    require("root")
    folder = f"{NAMESPACES}; folder = root_folder.empty_folder()"
    enter = "root_folder.enter_empty_root(folder, '')"
    assert attempt(enter, folder, CAPABILITIES) == "EPERM"
    assert attempt(f"{enter}.active", folder) == "True"
