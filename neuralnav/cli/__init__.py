"""The command line. Commands import what they need when they run, so that help is instant."""

from __future__ import annotations

import gc
import os
import sys
from io import TextIOWrapper

os.environ.setdefault("TYPER_USE_RICH", "0")

INTERRUPTED = 130

GC_THRESHOLDS = (10_000, 20, 20)
"""Most of what a command makes stays until it ends: looking through it as often as Python does by itself takes a third
of a second of a plan."""


def run() -> None:
    """Entry point of ``neuralnav``: run a command; errors become a clear line (or a JSON problem) and an exit code.

    Exit codes: 0 done; 1 the answer is "no"; 2 wrong usage, invalid input or an open question; 3 an outside
    system could not be reached.
    """
    import typer

    from neuralnav.cli.app import app
    from neuralnav.cli.output import report_error
    from neuralnav.errors import InvalidInputError, NeuralNavError

    gc.set_threshold(*GC_THRESHOLDS)
    _speak_utf8()
    arguments = sys.argv[1:] or ["--help"]
    try:
        code = app(arguments, standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except typer.TyperException as error:
        code = report_error(InvalidInputError(f"{str(error).rstrip('.')}. Try 'neuralnav --help'."), arguments)
    except NeuralNavError as error:
        code = report_error(error, arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _speak_utf8() -> None:
    """Read and write UTF-8 whatever the locale says, and replace what is none instead of failing."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
