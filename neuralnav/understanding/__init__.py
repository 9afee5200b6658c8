"""Understands what people write: requests become intents, replies become actions. Deterministic, without a model."""

from neuralnav.understanding.request import read_request

__all__ = ["read_request"]
