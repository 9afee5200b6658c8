"""The files' card shows what is written and, where something is in place, what it differs in."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping
from typing import Any

from graph.checkpoints import Checkpoint
from graph.payloads import ApprovalPayload
from neuralnav.chat.cards.diffs import MOST_LINES, difference, signed
from neuralnav.chat.cards.manifests import approved_files, files_to_approve
from neuralnav.models.deployment import ManifestFile


def test_a_first_set_has_its_files_and_all_of_them_as_one(deployed: Mapping[str, Checkpoint]) -> None:
    (card,) = files_to_approve(deployed["deploy"].data)
    paths = [file["path"] for file in card.props["files"]]
    assert paths[-1] == "README.md"
    assert all("change" not in file for file in card.props["files"])
    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(card.props["zip"])))
    assert sorted(name.rpartition("/")[2] for name in archive.namelist()) == sorted(paths)


def test_each_file_is_held_against_the_one_in_place(deployed: Mapping[str, Checkpoint]) -> None:
    payload = ApprovalPayload.model_validate(deployed["scale"].data)
    assert payload.replaces is not None
    kept, *_ = payload.manifests.files
    before = payload.replaces.model_copy(
        update={"files": (kept, *payload.replaces.files[1:-1], ManifestFile(path="gone.yaml", text="kind: Gone\n"))}
    )
    (card,) = files_to_approve(payload.model_copy(update={"replaces": before}).model_dump(mode="json"))
    files = {file["path"]: file for file in card.props["files"]}
    assert files[kept.path]["change"] == "same"
    assert files["gone.yaml"]["change"] == "removed"
    assert files[payload.replaces.files[-1].path]["change"] == "new"

    (real,) = files_to_approve(deployed["scale"].data)
    changed: list[dict[str, Any]] = [file for file in real.props["files"] if file["change"] == "changed"]
    assert changed
    assert all({"+", "-"} & {sign for sign, _ in file["lines"]} for file in changed)


def test_what_is_in_place_says_where_its_files_lie(deployed: Mapping[str, Checkpoint]) -> None:
    (card,) = approved_files(deployed["in place"].data)
    assert card.props["directory"].endswith(card.props["digest"])


def test_a_difference_has_signs_gaps_and_a_bound() -> None:
    before = "\n".join(f"line {n}" for n in range(40))
    after = before.replace("line 3\n", "line three\n").replace("line 30", "  thirty\x1b[31m")
    lines = difference(before, after)
    assert ("-", "line 3") in lines
    assert ("+", "line three") in lines
    assert ("+", "  thirty [31m") in lines
    assert ("…", "") in lines
    assert (" ", "line 15") not in lines
    assert difference(before, before) == []
    assert len(signed([f"+{n}" for n in range(MOST_LINES + 50)])) == MOST_LINES + 1
