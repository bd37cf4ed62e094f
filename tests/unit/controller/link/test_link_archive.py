"""Archives: GNU's and BSD's long names, symbol indexes, and damage."""

from __future__ import annotations

import pytest
from exclave.controller.errors import LinkError, ObjectFormatError
from exclave.controller.link import read_archive, read_archive_index
from hypothesis import given
from hypothesis import strategies as st


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


def test_thin_archives_are_refused_with_what_to_do() -> None:
    with pytest.raises(LinkError, match="make a full one"):
        read_archive(b"!<thin>\n", "x.a")


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
    ],
)
def test_damage_is_told(data: bytes, message: str) -> None:
    with pytest.raises(ObjectFormatError, match=message):
        read_archive(data, "x.a")


@given(st.binary(max_size=200), st.integers(0, 80), st.integers(0, 255))
def test_nothing_but_link_errors(content: bytes, at: int, value: int) -> None:
    for data in (content, b"!<arch>\n" + content, bytearray(archive(member("//", b"n\n"), member("/0", content)))):
        changed = bytearray(data)
        if changed:
            changed[at % len(changed)] = value
        try:
            read_archive(bytes(changed), "x.a")
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
