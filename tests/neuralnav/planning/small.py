"""A few models on a few GPUs: enough to plan with, and few enough to simulate all of it."""

from __future__ import annotations

from neuralnav.models.catalog import ReferenceData

MODELS = ("meta-llama/Llama-3.1-8B-Instruct", "Qwen/Qwen2.5-7B-Instruct", "openai/gpt-oss-20b")
GPUS = ("L4", "L40S", "H100")


def small(seeds: ReferenceData) -> ReferenceData:
    """The shipped data with three models and three kinds of GPUs."""
    models = tuple(model for model in seeds.models if model.model_id in MODELS)
    assert {model.model_id for model in models} == set(MODELS)
    return seeds.model_copy(
        update={
            "models": models,
            "gpus": tuple(gpu for gpu in seeds.gpus if gpu.gpu_type in GPUS),
            "prices": tuple(price for price in seeds.prices if price.gpu_type in GPUS),
            "templates": (),
        }
    )
