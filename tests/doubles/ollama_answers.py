"""What a language model that does its work well answers, for whole conversations with :class:`OllamaDouble`.

Use it as the double's ``answer``, and point the settings at the double::

    answers = ScriptedAnswers(
        requests={"something to make sense of rulings": {"use_case": "research_legal_analysis",
                  "quotes": [{"field": "use_case", "words": "make sense of rulings"}]}},
        replies={"I am lost there": {"kind": "explain"}},
        explanations={"why is 2 slower?": "Option 2 has less memory bandwidth."},
    )
    with OllamaDouble(answers) as ollama:
        settings = Settings(llm="ollama:test", ollama_url=ollama.url)

A text is looked up without regard to case and to spaces at its ends; of a scripted answer only what differs from
"nothing was said" has to be given. A text that is not scripted gets what the rules would say in the same form (so that
a conversation goes as it goes with rules), and an explanation the first two sentences of the facts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import HumanMessage

from agents.rules import RuleBasedChatModel
from agents.sentences import SentenceCutter
from agents.words import ReplyWords, RequestWords
from tests.doubles.ollama import schema_of

_SENTENCES = 2


def request_words(**said: Any) -> str:
    """An answer in the form of ``RequestWords`` that says ``said`` and nothing else."""
    return json.dumps(dict.fromkeys(RequestWords.model_fields) | {"quotes": []} | said)


def reply_words(**said: Any) -> str:
    """An answer in the form of ``ReplyWords`` that says ``said`` and nothing else."""
    return json.dumps({"kind": "unclear", "quotes": []} | said)


@dataclass
class ScriptedAnswers:
    """Answers a request to ``/api/chat`` by its schema and by the person's text in it."""

    requests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    replies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    explanations: Mapping[str, str] = field(default_factory=dict)
    known_models: tuple[str, ...] = ()
    """Short names of the catalogue's models, for the answers by rules."""

    def __call__(self, body: dict[str, Any]) -> str:
        content = body["messages"][-1]["content"]
        asked = json.loads(content)
        schema = schema_of(body)
        if schema == RequestWords.__name__:
            scripted = _looked_up(self.requests, asked["person_said"])
            return self._by_rules(content, RequestWords) if scripted is None else request_words(**scripted)
        if schema == ReplyWords.__name__:
            scripted = _looked_up(self.replies, asked["person_said"])
            return self._by_rules(content, ReplyWords) if scripted is None else reply_words(**scripted)
        return _looked_up(self.explanations, asked["question"]) or _beginning(asked["facts"])

    def _by_rules(self, content: str, schema: type[RequestWords | ReplyWords]) -> str:
        rules = RuleBasedChatModel(known_models=self.known_models).with_structured_output(schema)
        answer = rules.invoke([HumanMessage(content)])
        assert isinstance(answer, schema)
        return answer.model_dump_json()


def _looked_up(scripted: Mapping[str, Any], text: str) -> Any:
    return next((answer for said, answer in scripted.items() if said.strip().lower() == text.strip().lower()), None)


def _beginning(facts: str) -> str:
    return " ".join(SentenceCutter().add(f"{facts}\n")[:_SENTENCES])
