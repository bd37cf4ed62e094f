"""Archives whose members cannot all be used: only who needs such a member hears of it."""

import struct

import pytest
from exclave.controller.archives import all_units_from_archive, units_from_archive
from exclave.controller.dylib import JITDylib
from exclave.controller.errors import DuplicateSymbolsError, LinkError, ObjectFormatError
from support_elf import COMMON, ObjectBuilder


def member(name, content):
    header = f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(content):<10}`\n".encode()
    return header + content + b"\n" * (len(content) % 2)


def archive(*members, index=()):
    """`index`: (name, number of a member), as `ar s` writes it."""
    names = b"".join(name.encode() + b"\0" for name, _ in index)
    size = 4 + 4 * len(index) + len(names)
    at = [8 + 60 + size + size % 2]
    for content in members:
        at.append(at[-1] + len(content))
    offsets = struct.pack(f">{1 + len(index)}I", len(index), *(at[number] for _, number in index))
    head = f"{'/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{size:<10}`\n".encode() if index else b""
    body = offsets + names + b"\n" * (size % 2) if index else b""
    return b"!<arch>\n" + head + body + b"".join(members)


def good(name="f"):
    builder = ObjectBuilder()
    builder.function(name, builder.text())
    return builder.build()


def thread_local():
    builder = ObjectBuilder()
    text = builder.text()
    builder.function("with_tls", text)
    builder.function("weak_one", text, binding="weak")
    builder.function("static_one", text, binding="local")
    builder.symbol("common_one", COMMON, 8, 8)
    builder.symbol("needed")
    builder.symbol("variable", text, type="tls")
    return builder.build()


def dylib_of(data):
    dylib = JITDylib("main")
    dylib.add_members(units_from_archive(data, "x.a"))
    return dylib


def test_a_member_that_nobody_needs_is_nobodys_error():
    dylib = dylib_of(archive(member("bad.o", thread_local()), member("good.o", good())))
    assert dylib.find("f").unit.name == "x.a(good.o)"
    for name in ("needed", "static_one", "nobody"):
        assert dylib.find(name) is None


@pytest.mark.parametrize("name", ["with_tls", "weak_one", "common_one", "variable"])
def test_who_needs_it_gets_its_error_each_time(name):
    dylib = dylib_of(archive(member("bad.o", thread_local()), member("good.o", good())))
    for _ in range(2):
        with pytest.raises(LinkError, match=r"x\.a\(bad\.o\): variable is a thread-local variable") as caught:
            dylib.find(name)
        assert caught.value.__notes__ == [f"needed for {name}, which nothing else defines"]
    assert dylib.names() == []
    assert dylib.find("f") is not None


@pytest.mark.parametrize("content", [b"no object at all", b"\x7fELF\x01\x01\x01" + bytes(57), good()[:100]])
def test_what_no_object_defines_says_the_index_if_there_is_one(content):
    members = (member("bad.o", content), member("good.o", good()))
    assert [unit.name for unit in units_from_archive(archive(*members), "x.a")] == ["x.a(good.o)"]
    dylib = dylib_of(archive(*members, index=[("a", 0), ("f", 1), ("b", 0)]))
    for name in "ab":
        with pytest.raises(ObjectFormatError, match=r"x\.a\(bad\.o\): "):
            dylib.find(name)
    assert dylib.find("f").unit.name == "x.a(good.o)"


def test_the_archive_itself_must_be_one():
    with pytest.raises(ObjectFormatError, match="not an archive"):
        units_from_archive(b"nonsense", "x.a")


def test_all_members_join_at_once():
    dylib = JITDylib("main")
    dylib.add(*all_units_from_archive(archive(member("f.o", good()), member("g.o", good("g"))), "x.a"))
    assert dylib.names() == ["f", "g"]
    assert [unit.name for unit in dylib.units()] == ["x.a(f.o)", "x.a(g.o)"]


@pytest.mark.parametrize("content", [thread_local(), b"no object at all"])
def test_who_wants_all_members_must_be_able_to_use_all(content):
    with pytest.raises(LinkError, match=r"x\.a\(bad\.o\): ") as caught:
        all_units_from_archive(archive(member("good.o", good()), member("bad.o", content)), "x.a")
    assert "whole archive" in caught.value.__notes__[0]


def test_members_that_define_the_same_cannot_join_together():
    dylib = JITDylib("main")
    with pytest.raises(DuplicateSymbolsError, match=r"f \(in x\.a\(a\.o\), x\.a\(b\.o\)\)"):
        dylib.add(*all_units_from_archive(archive(member("a.o", good()), member("b.o", good())), "x.a"))
    assert dylib.names() == []


def test_a_thin_archives_members_are_units_too(tmp_path):
    (tmp_path / "good.o").write_bytes(good())
    (tmp_path / "bad.o").write_bytes(b"no object")
    thin = b"!<thin>\n" + b"".join(member(name, b"")[:60] for name in ("bad.o", "good.o"))
    assert [unit.name for unit in units_from_archive(thin, "x.a", tmp_path)] == ["x.a(good.o)"]
