"""Imported for what the reader works out when it first reads: its tables and expressions, which take a while."""

from __future__ import annotations

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.reply import CheckpointKind
from neuralnav.understanding import read_reply, read_request

KNOWN_MODELS = read_seeds().short_names

read_request("I need a chatbot for 1000 users, low latency is critical", known_models=KNOWN_MODELS)
for checkpoint in CheckpointKind:
    read_reply("why is 2 ranked lower? and what if we took A100s?", checkpoint=checkpoint, known_models=KNOWN_MODELS)
