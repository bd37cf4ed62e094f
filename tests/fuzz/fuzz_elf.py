"""Coverage-guided fuzzing of the ELF reader and the linker (atheris): `make fuzz`.

Mutations start from the corpus; anything but LinkError is a finding, and so is an input that takes longer than
libFuzzer's -timeout or more memory than its -rss_limit_mb.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["exclave.controller.link"]):
    from elf_target import CORPUS, parse_and_link


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="exclave-fuzz-") as folder:
        for name, data in CORPUS.items():
            (Path(folder) / name).write_bytes(data)
        arguments = [sys.argv[0], folder, "-timeout=10", "-rss_limit_mb=4096", "-max_len=65536", *sys.argv[1:]]
        atheris.Setup(arguments, lambda data: parse_and_link(data) and None)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
