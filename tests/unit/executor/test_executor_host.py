"""What code is compiled for: levels and feature names."""

from __future__ import annotations

import llvmlite.binding as llvm
import pytest
from exclave.executor.host import _ARM, _X86, describe_cpu, describe_host

V2 = "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"
V3 = V2 + " avx avx2 bmi1 bmi2 f16c fma abm movbe xsave"
V4 = V3 + " avx512f avx512bw avx512cd avx512dq avx512vl"


def cpuinfo(*flags: str) -> str:
    return "".join(f"processor\t: {i}\nflags\t\t: fpu {line}\nbugs\t\t: x\n\n" for i, line in enumerate(flags))


@pytest.mark.parametrize(("flags", "level"), [("", "x86-64"), (V2, "x86-64-v2"), (V3, "x86-64-v3"), (V4, "x86-64-v4")])
def test_levels(flags, level):
    assert describe_cpu("x86_64", cpuinfo(flags))[0] == level


@pytest.mark.parametrize("missing", V3.split())
def test_level_needs_every_flag(missing):
    flags = " ".join(flag for flag in V3.split() if flag != missing)
    assert describe_cpu("x86_64", cpuinfo(flags))[0] in ("x86-64", "x86-64-v2")


def test_only_what_all_cores_have():
    cpu, features = describe_cpu("x86_64", cpuinfo(V3, V2))
    assert cpu == "x86-64-v2"
    assert "avx" not in features


def test_features_are_sorted_and_named_as_in_llvm():
    assert describe_cpu("x86_64", cpuinfo("pni sha_ni abm nonsense"))[1] == "+lzcnt,+sha,+sse3"
    assert describe_cpu("aarch64", "Features\t: fp asimd atomics crc32\n")[1] == "+crc,+lse,+neon"


def test_unknown_machine():
    assert describe_cpu("vax", "") == ("generic", "")


def test_no_cpuinfo():
    assert describe_cpu("x86_64", "") == ("x86-64", "")


def test_this_host_is_what_llvm_says():
    host = describe_host()
    if not host.triple.startswith("x86_64"):
        pytest.skip("an x86-64 host is needed")
    known = llvm.get_host_cpu_features()
    named = {feature.removeprefix("+") for feature in host.features.split(",")}
    assert named <= {name for name, on in known.items() if on}


@pytest.mark.parametrize(("triple", "table"), [("x86_64-linux-gnu", _X86), ("aarch64-linux-gnu", _ARM)])
def test_llvm_knows_every_feature(triple, table, capfd):
    llvm.initialize_all_targets()
    features = ",".join(f"+{feature}" for feature in table.values())
    llvm.Target.from_triple(triple).create_target_machine(features=features)
    assert "not a recognized feature" not in capfd.readouterr().err
