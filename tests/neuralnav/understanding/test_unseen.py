"""The bar that the rules hold: at least 98 % of what was said read right, and nothing made up."""

import json
from pathlib import Path

import pytest

from agents.scoring import IntentScore, Sentence, score, wanted
from neuralnav.understanding import read_request

ROOT = Path(__file__).parents[3]
CATALOGUE = json.loads((ROOT / "data" / "models.json").read_text(encoding="utf-8"))["entries"]
SHORT_NAMES = tuple(sorted({model["short_name"] for model in CATALOGUE}))
BAR = 98.0


def scored(name: str) -> IntentScore:
    lines = (ROOT / "tests" / "data" / name).read_text(encoding="utf-8").splitlines()
    documents = [json.loads(line) for line in lines]
    sentences = [
        Sentence(number, document["text"], wanted(document["want"], f"line {number}"))
        for number, document in enumerate(documents, 1)
    ]
    return score((sentence, read_request(sentence.text, known_models=SHORT_NAMES)) for sentence in sentences)


@pytest.mark.parametrize("name", ["intents.jsonl", "intents_unseen.jsonl"])
def test_what_was_said_is_read_and_nothing_is_made_up(name: str) -> None:
    result = scored(name)
    assert result.invented == ()
    assert result.stated_fields.reaches(BAR), result.failures
    assert result.refusals.reaches(BAR), result.failures
    assert result.questions.reaches(BAR), result.failures


def test_the_evaluation_set_is_large_and_of_all_kinds() -> None:
    lines = (ROOT / "tests" / "data" / "intents_unseen.jsonl").read_text(encoding="utf-8").splitlines()
    wants = [json.loads(line)["want"] for line in lines]
    assert len(wants) >= 150
    assert len({json.loads(line)["text"] for line in lines}) == len(lines)
    assert len({want.get("use_case") for want in wants} - {None}) == 9
    assert sum("_reject" in want for want in wants) >= 5
    assert sum("_clarify" in want for want in wants) >= 5
