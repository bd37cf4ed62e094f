"""Real objects to link: Lua and zstd, from the sources that two Python packages carry, and a tiny one.

Owns: fetching, compiling, caching. Must not know: who links them. Nothing of theirs is committed.
Invariant: the same pinned sources and the same flags everywhere, so ratios can be compared over time.
"""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

from .workshop import Unavailable, product, run, tool

LUA = "lupa==2.8"
ZSTD = "zstandard==0.25.0"
# lupa's metadata step would compile LuaJIT twice, which takes minutes and is not wanted here.
FETCH_ENVIRONMENT = {"LUPA_NO_LUAJIT": "true"}
LUA_PROGRAMS = {"lua.c", "luac.c", "onelua.c", "ltests.c"}
FLAGS = ("-O2", "-fPIC", "-w")
# Lua asks for "internal" visibility, which JITLink 19 does not know; "hidden" gives the same code.
LUA_FLAGS = ('-Dvisibility(kind)=visibility("hidden")',)

TINY = """
int tab[4] = {1, 2, 3, 4};
const char msg[] = "hi";
int f(int x) { return tab[x & 3] + msg[x & 1]; }
"""


def tiny_object() -> Path:
    """One function, two variables, a few relocations."""
    return product("tiny.o", lambda out: _compile_text(TINY, out))


def numbered_objects(count: int) -> list[bytes]:
    """`count` tiny objects that differ in their symbols' names only."""
    text = TINY.replace("tab", "tab_00000").replace("msg", "msg_00000").replace("f(", "f_00000(")
    template = product("numbered.o", lambda out: _compile_text(text, out)).read_bytes()
    return [template.replace(b"_00000", f"_{number:05}".encode()) for number in range(count)]


def lua_object(*, function_sections: bool = False) -> Path:
    """All of Lua's library in one object; optionally with a section for each function."""
    extra = (*LUA_FLAGS, "-ffunction-sections") if function_sections else LUA_FLAGS
    name = "lua-sections.o" if function_sections else "lua.o"
    return product(name, lambda out: _compile_all(_lua_sources(), extra, out))


def zstd_object() -> Path:
    """zstd, which comes as one file."""
    return product("zstd.o", lambda out: _compile_all([_sdist(ZSTD) / "zstd" / "zstd.c"], (), out))


def _lua_sources() -> list[Path]:
    folder = _sdist(LUA) / "third-party" / "lua54"
    return sorted(path for path in folder.glob("*.c") if path.name not in LUA_PROGRAMS)


def _sdist(requirement: str) -> Path:
    """The unpacked source distribution of a pinned package; nothing of it is built or installed."""
    folder = product(requirement, lambda out: _fetch(requirement, out))
    return next(path for path in folder.iterdir() if path.is_dir())


def _fetch(requirement: str, out: Path) -> None:
    tool("gcc", "gcc libc6-dev")  # nothing can be made of the sources without it
    out.mkdir()
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    run([*pip, "--dest", out, requirement], FETCH_ENVIRONMENT)
    archive = next(out.glob("*.tar.gz"))
    with tarfile.open(archive) as content:
        content.extractall(out, [member for member in content if _is_c_source(member)])
    archive.unlink()


def _is_c_source(member: tarfile.TarInfo) -> bool:
    """A plain .c or .h file below the archive's folder; nothing else of it is unpacked."""
    path = Path(member.name)
    return member.isfile() and path.suffix in (".c", ".h") and not path.is_absolute() and ".." not in path.parts


def _compile_text(text: str, out: Path) -> None:
    source = out.with_suffix(".c")
    source.write_text(text)
    try:
        _compile(source, (), out)
    finally:
        source.unlink()


def _compile_all(sources: list[Path], extra: tuple[str, ...], out: Path) -> None:
    """One relocatable object of many sources, as `ld -r` joins them."""
    if not sources:
        raise Unavailable("the fetched package has no C sources where they used to be")
    parts = [out.with_name(f"{out.name}.{source.stem}.o") for source in sources]
    try:
        for source, part in zip(sources, parts, strict=True):
            _compile(source, extra, part)
        run([tool("ld", "binutils"), "-r", "-o", out, *parts])
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _compile(source: Path, extra: tuple[str, ...], out: Path) -> None:
    run([tool("gcc", "gcc libc6-dev"), *FLAGS, *extra, "-c", source, "-o", out])
