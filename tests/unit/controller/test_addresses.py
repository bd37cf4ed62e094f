import pytest
from exclave.controller.addresses import UNIX_PATH_MAX, parse_address
from exclave.controller.errors import ExecutorUnreachableError, SignatureError


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("unix:/run/exclave.sock", "unix:/run/exclave.sock"),
        ("unix:///run/exclave.sock", "unix:/run/exclave.sock"),
        ("localhost:7777", "localhost:7777"),
        ("[::1]:7777", "[::1]:7777"),
        ("10.0.0.1:65535", "10.0.0.1:65535"),
    ],
)
def test_addresses_that_can_be_dialled(text, target):
    assert parse_address(text).target == target


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "localhost:", ":7777", "localhost:0", "localhost:65536", "localhost:x", "unix:relative.sock",
     "localhost:" + "1" * 5000, "local\0host:1", "\ud800:1", "unix:/a\0b", "unix:/\ud800", "unix:",
     "unix:/" + "x" * UNIX_PATH_MAX],
)  # fmt: skip
def test_what_is_no_address_says_so(text):
    with pytest.raises(ExecutorUnreachableError) as caught:
        parse_address(text)
    assert caught.value.address == text


@pytest.mark.parametrize(
    "address", [5, None, b"unix:/x", ["unix:/x"], 10**5000], ids=lambda value: type(value).__name__
)
def test_an_address_is_text(address):
    with pytest.raises(SignatureError, match="an executor's address is text"):
        parse_address(address)
