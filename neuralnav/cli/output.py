"""What commands print: JSON alone on standard output, or text for people; errors in the same form."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from neuralnav.errors import NeuralNavError


def print_json(document: Any, stream: TextIO | None = None) -> None:
    """One JSON document on one line."""
    out = stream or sys.stdout
    out.write(json.dumps(document, ensure_ascii=False, allow_nan=False, default=str) + "\n")
    out.flush()


def report_error(error: NeuralNavError, arguments: Sequence[str]) -> int:
    """Print ``error`` (as a problem object with ``--json``) and return its exit code."""
    if "--json" in arguments:
        print_json(error.as_problem())
    else:
        sys.stderr.write(f"{error.title}: {error.detail}\n")
    return error.exit_code
