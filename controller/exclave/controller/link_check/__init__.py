"""Checks: what a linked image must hold, in lines of text, in the manner of llvm-jitlink's `-check`.

Owns: the language (`tokens.py`, `grammar.py`), what its words mean in an image (`evaluate.py`, `image_names.py`,
`image_memory.py`), and the rewriting of expectations (`update.py`). Must not know: how the linker came to its result.
"""

from .check import ParsedCheck, check_image, parse_checks, run_checks
from .lines import Check
from .results import CheckResult
from .update import update_expectations

__all__ = ["Check", "CheckResult", "ParsedCheck", "check_image", "parse_checks", "run_checks", "update_expectations"]
