"""A few models on a few GPUs: enough to plan with, and few enough to simulate all of it."""

from __future__ import annotations

from neuralnav.models.catalog import ReferenceData

MODELS = ("llama-3.1-8b", "qwen2.5-7b", "gpt-oss-20b")
GPUS = ("L4", "L40S", "H100")


def small(seeds: ReferenceData) -> ReferenceData:
    """The shipped data with three models, in every precision, and three kinds of GPUs."""
    models = tuple(model for model in seeds.models if model.short_name in MODELS)
    assert {model.short_name for model in models} == set(MODELS)
    return seeds.model_copy(
        update={
            "models": models,
            "gpus": tuple(gpu for gpu in seeds.gpus if gpu.gpu_type in GPUS),
            "prices": tuple(price for price in seeds.prices if price.gpu_type in GPUS),
            "templates": (),
        }
    )
