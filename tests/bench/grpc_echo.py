"""The smallest gRPC server: it returns the bytes that it gets, of one message or of a stream of them. What a call
through gRPC costs at least.

python -m bench.grpc_echo SOCKET     prints READY, ends at the end of its standard input
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc

METHOD = "/echo.Echo/Echo"
STREAM = "/echo.Echo/Stream"


def echo(request: bytes, _context: grpc.ServicerContext) -> bytes:
    """Returns what it gets."""
    return request


def echo_all(requests: Iterator[bytes], _context: grpc.ServicerContext) -> Iterator[bytes]:
    """Returns each of them."""
    yield from requests


def main() -> None:
    """Serves until standard input ends."""
    server = grpc.server(ThreadPoolExecutor(4))
    methods = {
        "Echo": grpc.unary_unary_rpc_method_handler(echo),
        "Stream": grpc.stream_stream_rpc_method_handler(echo_all),
    }
    handler = grpc.method_handlers_generic_handler("echo.Echo", methods)
    server.add_generic_rpc_handlers((handler,))
    server.add_insecure_port(f"unix:{sys.argv[1]}")
    server.start()
    print("READY", flush=True)
    sys.stdin.read()
    server.stop(None).wait()


if __name__ == "__main__":
    main()
