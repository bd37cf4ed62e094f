"""The smallest gRPC server: one unary method that returns its bytes. What a call through gRPC costs at least.

python -m bench.grpc_echo SOCKET     prints READY, ends at the end of its standard input
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

METHOD = "/echo.Echo/Echo"


def echo(request: bytes, _context: grpc.ServicerContext) -> bytes:
    """Returns what it gets."""
    return request


def main() -> None:
    """Serves until standard input ends."""
    server = grpc.server(ThreadPoolExecutor(4))
    handler = grpc.method_handlers_generic_handler("echo.Echo", {"Echo": grpc.unary_unary_rpc_method_handler(echo)})
    server.add_generic_rpc_handlers((handler,))
    server.add_insecure_port(f"unix:{sys.argv[1]}")
    server.start()
    print("READY", flush=True)
    sys.stdin.read()
    server.stop(None).wait()


if __name__ == "__main__":
    main()
