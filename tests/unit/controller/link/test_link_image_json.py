"""The JSON of an image: what each key says."""

from __future__ import annotations

import base64
import json

from exclave.controller.link.image_json import image_to_json
from support_elf import ABSOLUTE, COMMON, FAR, ObjectBuilder, link_objects

PC32, ABS64, GOTPCREL, PLT32 = 2, 1, 9, 4


def caller() -> ObjectBuilder:
    """Refers to `helper` before another object defines it."""
    builder = ObjectBuilder()
    text = builder.text(bytes(32))
    builder.symbol("helper_data", builder.section(".bss", b"", 3, 8, 8, 24), 8, 16, type="object")
    builder.function("helper", text, 16, 8, "local")  # as the global of another object is called
    builder.function("caller", text, 0, 16)
    builder.relocate(text, 4, PLT32, builder.symbol("far_away"), -4)
    builder.relocate(text, 12, GOTPCREL, builder.symbol("shared"), -4)
    builder.relocate(text, 20, PC32, builder.symbol("defined"), -4)
    return builder


def definer() -> ObjectBuilder:
    builder = ObjectBuilder()
    text = builder.text(bytes(16))
    builder.function("helper", text, 0, 7)
    builder.symbol("defined", text, 8, 3, "weak", "func", "hidden")
    builder.symbol("shared", COMMON, 8, 8)
    builder.symbol("fixed", ABSOLUTE, 0x1234)
    return builder


def data():
    image = link_objects(caller(), definer(), symbols={"far_away": FAR})
    return image, json.loads(json.dumps(image_to_json(image)))


def test_symbols_say_what_and_where_they_are() -> None:
    image, found = data()
    by_name = {s["name"]: s for s in found["symbols"]}
    assert {name: s["address"] for name, s in by_name.items() if s["binding"] != "local"} == dict(image.symbols)
    assert by_name["defined"] == {
        "name": "defined", "address": image.symbols["defined"], "size": 3, "object": "1.o", "section": ".text",
        "binding": "weak", "callable": True, "hidden": True,
    }  # fmt: skip
    assert by_name["fixed"] == {
        "name": "fixed", "address": 0x1234, "size": 0, "object": "1.o", "section": None,
        "binding": "strong", "callable": False, "hidden": False,
    }  # fmt: skip
    assert (by_name["shared"]["binding"], by_name["shared"]["size"]) == ("common", 8)


def test_of_one_name_the_local_symbol_comes_first() -> None:
    _, found = data()
    helpers = [(s["binding"], s["object"], s["size"]) for s in found["symbols"] if s["name"] == "helper"]
    assert helpers == [("local", "0.o", 8), ("strong", "1.o", 7)]
    names = [s["name"] for s in found["symbols"]]
    assert names == sorted(names)
    assert "helper_data" in names


def test_sections_say_whose_they_are() -> None:
    _, found = data()
    keys = ("name", "object", "zone", "size")
    sections = [tuple(s[key] for key in keys) for s in found["sections"]]
    assert (".text", "0.o", "code", 32) in sections
    assert (".text", "1.o", "code", 16) in sections
    assert (".bss", "0.o", "data", 24) in sections
    assert ("$__GOT", "the linker", "readonly", 16) in sections
    assert all(s["address"] % s["alignment"] == 0 for s in found["sections"])


def test_tables_hold_what_they_name() -> None:
    image, found = data()
    got = {e["target"]: e["address"] for e in found["got"]}
    assert set(got) == {"far_away", "shared"}
    content = {s["name"]: (s["address"], base64.b64decode(s["content"])) for s in found["segments"]}
    first, table = content["readonly"]
    assert {name: int.from_bytes(table[at - first :][:8], "little") for name, at in got.items()} == {
        "far_away": FAR,
        "shared": image.symbols["shared"],
    }
    assert [e["target"] for e in found["stubs"]] == ["far_away"]


def test_segments_say_what_may_be_done_there() -> None:
    image, found = data()
    assert {s["name"]: s["protection"] for s in found["segments"]} == {"code": "r-x", "readonly": "r--", "data": "rw-"}
    for segment, shown in zip(image.segments, found["segments"], strict=True):
        assert (shown["zone"], shown["owner"]) == (segment.zone, 1)
        assert (shown["address"], shown["size"]) == (segment.address, segment.size)
        assert base64.b64decode(shown["content"]) == bytes(segment.content)
        assert shown["content_size"] == len(segment.content) <= shown["size"]


def test_what_was_there_before_is_there() -> None:
    _, found = data()
    assert set(found) == {"architecture", "objects", "sections", "symbols", "got", "stubs", "segments", "ranges"}
    assert (found["architecture"], found["objects"]) == ("x86_64", ["0.o", "1.o"])
