"""Archives: GNU's and BSD's long names, symbol indexes, thin ones, and damage."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from exclave.controller.errors import LinkError, ObjectFormatError
from exclave.controller.link import read_archive, read_archive_index
from hypothesis import given
from hypothesis import strategies as st
from support_tools import require_tool


def member(name: str, content: bytes, size: int | None = None) -> bytes:
    size = len(content) if size is None else size
    header = f"{name:<16}{0:<12}{0:<6}{0:<6}{644:<8}{size:<10}`\n".encode()
    return header + content + b"\n" * (len(content) % 2)


def archive(*members: bytes) -> bytes:
    return b"!<arch>\n" + b"".join(members)


def test_gnu_names() -> None:
    long = "a-name-that-is-longer-than-fifteen-bytes.o"
    data = archive(
        member("/", b"index"), member("/SYM64/", b"index"), member("//", f"{long}/\nother.o/\n".encode()),
        member("short.o/", b"1"), member("/0", b"22"), member(f"/{len(long) + 2}", b"333"),
    )  # fmt: skip
    assert read_archive(data, "x.a") == [("short.o", b"1"), (long, b"22"), ("other.o", b"333")]


def test_bsd_names() -> None:
    data = archive(member("__.SYMDEF SORTED", b"index"), member("#1/20", b"a-long-bsd-name.o\0\0\0content"))
    assert read_archive(data, "x.a") == [("a-long-bsd-name.o", b"content")]
    assert read_archive(archive(member("#1/12", b"__.SYMDEF\0\0\0index")), "x.a") == []


def test_an_empty_archive_is_empty() -> None:
    assert read_archive(archive(), "x.a") == []


def test_members_of_one_name_are_all_there() -> None:
    assert read_archive(archive(member("a/", b"1"), member("a/", b"2")), "x.a") == [("a", b"1"), ("a", b"2")]


def thin(*members: bytes) -> bytes:
    return b"!<thin>\n" + b"".join(members)


def header_of(name: str, size: int = 1) -> bytes:
    return member(name, b"", size)


def test_a_thin_archive_names_files_beside_it(tmp_path: Path) -> None:
    long = "sub/a-name-that-is-longer-than-fifteen-bytes.o"
    (tmp_path / "sub").mkdir()
    (tmp_path / long).write_bytes(b"long")
    (tmp_path / "a.o").write_bytes(b"a, as it is now")
    (tmp_path / "abs.o").write_bytes(b"abs")
    names = f"{long}/\na.o/\n{tmp_path}/abs.o/\n../{tmp_path.name}/a.o/\n"
    starts = [0, *(at + 1 for at, c in enumerate(names[:-1]) if c == "\n")]
    data = thin(
        member("/", b"index"), member("//", names.encode()), *(header_of(f"/{at}") for at in starts), header_of("a.o/")
    )
    found = read_archive(data, "x.a", tmp_path)
    assert [content for _, content in found] == [
        b"long",
        b"a, as it is now",
        b"abs",
        b"a, as it is now",
        b"a, as it is now",
    ]
    assert found[0][0] == long
    assert found[4][0] == "a.o"


def test_a_thin_archive_may_name_members_of_an_archive(tmp_path: Path) -> None:
    inner = archive(member("one.o/", b"1"), member("two.o/", b"22"))
    (tmp_path / "inner.a").write_bytes(inner)
    data = thin(member("//", b"inner.a/\n\n"), header_of("/0:70"), header_of("/0:8"))
    assert read_archive(data, "x.a", tmp_path) == [("inner.a(two.o)", b"22"), ("inner.a(one.o)", b"1")]
    with pytest.raises(ObjectFormatError, match=r"offset 9 of inner\.a, where none begins"):
        read_archive(thin(member("//", b"inner.a/\n"), header_of("/0:9")), "x.a", tmp_path)
    (tmp_path / "inner.a").write_bytes(thin())
    with pytest.raises(LinkError, match=r"x\.a\(inner\.a\): a thin archive, of which another one"):
        read_archive(data, "x.a", tmp_path)


def test_a_thin_archive_that_is_only_bytes_has_no_folder() -> None:
    assert read_archive(thin(), "x.a") == []
    with pytest.raises(LinkError, match="give its path instead of its bytes, or make a full one"):
        read_archive(thin(header_of("a.o/")), "x.a")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "none.o/",
            r"whose member none\.o cannot be read: No such file or directory; it was looked for in .*: put it there",
        ),
        ("folder/", "folder is no regular file"),
        ("pipe/", "pipe is no regular file"),
        ("/dev/zero", "/dev/zero is no regular file"),
        ("n\0l.o/", "null"),
        ("inner.a/", r"its member inner\.a is an archive: add that one by itself"),
    ],
)
def test_what_a_thin_archive_names_must_be_a_file(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "inner.a").write_bytes(archive())
    with pytest.raises(LinkError, match=words):
        read_archive(thin(header_of(name)), "x.a", tmp_path)


@pytest.mark.parametrize("ar", ["ar", "llvm-ar-19"])
def test_thin_archives_of_real_tools(tmp_path: Path, ar: str) -> None:
    tool = require_tool(ar, "binutils" if ar == "ar" else "llvm-19")
    gcc = require_tool("gcc")
    (tmp_path / "sub").mkdir()
    contents = {}
    for name, function in (("a.o", "a"), ("sub/b_with_a_rather_long_name.o", "b")):
        command = [gcc, "-c", "-x", "c", "-", "-o", name]
        subprocess.run(command, input=f"int {function}(void) {{ return 1; }}".encode(), cwd=tmp_path, check=True)
        contents[name] = (tmp_path / name).read_bytes()
    subprocess.run([tool, "rc", *(["--thin"] if ar != "ar" else ["-T"]), "thin.a", *contents], cwd=tmp_path, check=True)
    data = (tmp_path / "thin.a").read_bytes()
    assert dict(read_archive(data, "thin.a", tmp_path)) == contents
    assert read_archive_index(data, "thin.a") == [("a",), ("b",)]


def test_members_of_archives_within_thin_ones_by_gnu_ar(tmp_path: Path) -> None:
    ar = require_tool("ar", "binutils")
    for name in ("one.o", "another_one_with_a_long_name.o", "beside.o"):
        (tmp_path / name).write_text(name)
    command = "{ar} rc inner.a one.o another_one_with_a_long_name.o && {ar} rcT thin.a inner.a beside.o"
    subprocess.run(command.format(ar=ar), shell=True, cwd=tmp_path, check=True)
    found = read_archive((tmp_path / "thin.a").read_bytes(), "thin.a", tmp_path)
    assert {name: content.decode() for name, content in found} == {
        "inner.a(one.o)": "one.o",
        "inner.a(another_one_with_a_long_name.o)": "another_one_with_a_long_name.o",
        "beside.o": "beside.o",
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an archive"),
        (b"\x7fELF", "not an archive"),
        (archive(b"short"), "no member header at offset 8"),
        (archive(member("a/", b"1", 100)), "has 100 bytes, 2 are left"),
        (archive(member("a/", b"1").replace(b"1         `", b"-1        `")), "no number"),
        (archive(member("a/", b"1"))[:-4] + b"xx\n\n", "no member header"),
        (archive(member("/5", b"1")), "outside the table of names"),
        (archive(member("#1/50", b"1")), "longer than the member"),
        (archive(member("#1/x", b"1")), "no number"),
        (b"!<thin>\n" + member("/5", b"", 1), "outside the table of names"),
        (b"!<thin>\n" + member("//", b"a/\n") + member("/0:x", b"", 1), "no number"),
        (b"!<thin>\n" + member("//", b"\n") + member("/0", b"", 1), "names no file"),
    ],
)
def test_damage_is_told(data: bytes, message: str) -> None:
    with pytest.raises(ObjectFormatError, match=message):
        read_archive(data, "x.a")


@given(st.binary(max_size=200), st.integers(0, 80), st.integers(0, 255))
def test_nothing_but_link_errors(content: bytes, at: int, value: int) -> None:
    whole = archive(member("//", b"n\n"), member("/0", content))
    for data in (content, b"!<arch>\n" + content, b"!<thin>\n" + content, whole, b"!<thin>\n" + whole[8:]):
        changed = bytearray(data)
        if changed:
            changed[at % len(changed)] = value
        try:
            read_archive(bytes(changed), "x.a")
            read_archive(bytes(changed), "x.a", Path("/nonexistent"))
        except LinkError:
            pass


def test_an_index_names_the_members_that_are_there() -> None:
    words = [3, 8 + 60 + 32, 8, 1 << 31]  # a member, the index itself, nowhere
    for title, word, size in (("/", 4, 16), ("/SYM64/", 8, 32)):
        content = b"".join(number.to_bytes(word, "big") for number in words) + b"f\0g\0h\0"
        start = 8 + 60 + len(content)
        content = content.replace(words[1].to_bytes(word, "big"), start.to_bytes(word, "big"))
        assert len(content) == size + 6
        data = archive(member(title, content), member("a.o/", b"1"), member("b.o/", b"2"))
        assert read_archive_index(data, "x.a") == [("f",), ()]


@given(st.binary(max_size=64), st.sampled_from(["/", "/SYM64/"]))
def test_an_index_that_makes_no_sense_is_none(content: bytes, title: str) -> None:
    data = archive(member(title, content), member("a.o/", b"1"))
    assert len(read_archive_index(data, "x.a")) == len(read_archive(data, "x.a")) == 1
