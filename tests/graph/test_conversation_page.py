"""What the documentation shows of embedding runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from scripts.hold_conversation import PAGE, page_with_transcript


def test_the_documented_embedding_reaches_the_options(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    ran = subprocess.run(
        [sys.executable, "-c", example], capture_output=True, text=True, timeout=60, cwd=PAGE.parents[1], check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "| # | Model |" in ran.stdout


def test_the_documented_conversation_is_what_is_said_now() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with_transcript(page), "run: python -m scripts.hold_conversation"
