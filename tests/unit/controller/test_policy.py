"""Policy and Limits: what they take, what they refuse before anything is sent."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from exclave.controller import ArgumentRangeError, Limits, Policy, SignatureError
from exclave.controller.policy import checked_limits, checked_policy

NAN = float("nan")


def test_they_take_what_people_write():
    policy = Policy(read=["/usr//share/", Path("/etc")], libraries=("libz.so.1",), require="all")
    assert policy == Policy(("/usr/share", "/etc"), ("libz.so.1",), True, ("all",))
    assert Policy(require={"seccomp"}).require == ("seccomp",)
    assert Policy(read=["/"]).read == ("/",)
    assert Limits(cpu_seconds=1.2).cpu_seconds == 2
    assert Limits() == Limits(None, None, None, None, None)


def test_they_pickle_and_do_not_change():
    for value in (Policy(read=["/usr"], clocks=False), Limits(memory=1 << 20, call_timeout=0.5)):
        assert pickle.loads(pickle.dumps(value)) == value
        with pytest.raises(FrozenInstanceError):
            value.memory = 1
        assert hash(value) == hash(pickle.loads(pickle.dumps(value)))


@pytest.mark.parametrize(
    "fields",
    [
        {"read": "/usr"}, {"read": [1]}, {"read": ["share"]}, {"read": ["/a/../b"]}, {"read": [""]}, {"read": ["/a\0"]},
        {"read": Path("/usr")}, {"read": None}, {"libraries": "libz.so.1"}, {"libraries": [b"libz.so.1"]},
        {"libraries": [""]}, {"clocks": None}, {"clocks": 1}, {"require": "seccomp"}, {"require": [3]}, {"require": None},
    ],
)  # fmt: skip
def test_what_is_no_policy(fields):
    with pytest.raises(SignatureError):
        Policy(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"memory": 1.5}, {"memory": "1G"}, {"cpu_seconds": "1"}, {"cpu_seconds": True}, {"cpu_seconds": NAN},
        {"threads": 1.0}, {"output_bytes": "x"}, {"call_timeout": "1"}, {"call_timeout": NAN},
    ],
)  # fmt: skip
def test_what_is_no_limit(fields):
    with pytest.raises(SignatureError):
        Limits(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"memory": 0}, {"memory": -1}, {"memory": (1 << 20) - 1}, {"memory": 1 << 64}, {"cpu_seconds": 0},
        {"cpu_seconds": -1}, {"cpu_seconds": float("inf")}, {"threads": -1}, {"threads": 1 << 40}, {"output_bytes": 0},
        {"call_timeout": 0}, {"call_timeout": -0.1}, {"call_timeout": 1e30},
    ],
)  # fmt: skip
def test_limits_out_of_range(fields):
    with pytest.raises(ArgumentRangeError):
        Limits(**fields)


def test_threads_are_said_once():
    assert checked_limits(None, 3) == Limits(threads=3)
    assert checked_limits(Limits(memory=1 << 20), 3) == Limits(memory=1 << 20, threads=3)
    assert checked_limits(Limits(threads=3), 0).threads == 3
    with pytest.raises(SignatureError):
        checked_limits(Limits(threads=2), 3)
    with pytest.raises(ArgumentRangeError):
        checked_limits(None, -1)


def test_what_is_given_as_policy_and_limits():
    assert checked_policy(None) == Policy()
    for value in ("all", {}, Limits()):
        with pytest.raises(SignatureError):
            checked_policy(value)
    with pytest.raises(SignatureError):
        checked_limits(Policy(), 0)
