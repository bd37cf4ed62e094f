"""`python -m exclave.controller.cli`."""

from . import main

main()
