"""How long one step of a vLLM engine takes, for many engines at once.

A step runs P new prompt tokens and one token of each of B decoding sequences, T = P + B tokens, through the model. Its
kernels run one after another, so their times add up (``kernels`` has the formulas):

    T only        products, experts, all-reduces, exchanges between ranks, small kernels, host work
    sampled       LM head and sampler, for sequences that get a token
    B, context    decode attention: a start, each query head, and reading the KV cache; affine in the context
    P, pairs      prefill attention: a start, and arithmetic on every query and key pair

What depends on T or on sampled tokens is tabulated at ``NODES`` and linear in between; the rest is a coefficient. Every
coefficient is at least 0 and the tables rise, so a step is never shorter with more tokens, sequences or context.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from neuralnav.performance.kernels import ExpertRates, ExpertShape, ProductRates, all_reduce_s, experts_s, product_s
from neuralnav.performance.rates import EngineRates
from neuralnav.performance.step_tables import StepTables
from neuralnav.performance.work import LOGIT_BYTES, LOGIT_PASSES, AttentionWork, EngineWork, Product

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

NODES = np.array(
    [1, 2, 3, *(most * 2**power for power in range(2, 14) for most in (1, 1.5)), 16384, 32768],
    dtype=np.float64,
)
"""Numbers of tokens at which step times are worked out."""


@dataclass(frozen=True)
class StepLoad:
    """What a step has to do; arrays with a row an engine. Mean steps hold fractions."""

    prefill_tokens: Floats
    """New prompt tokens."""
    decode_sequences: Floats
    """Sequences that get one more token each."""
    decode_context: Floats
    """Context tokens of those sequences together."""
    prefill_pairs: Floats
    """Query and key pairs of the new prompt tokens: t x (done + t / 2) summed over prompts."""
    sampled: Floats
    """Tokens that leave the LM head."""


@dataclass(frozen=True)
class StepCurves:
    """Step times of engines in seconds; a row an engine, tables with a column a node."""

    tokens_s: Floats
    """By T: all that depends on the number of tokens alone."""
    sampled_s: Floats
    """By sampled tokens."""
    decode_s: Floats
    """A step that decodes."""
    sequence_s: Floats
    """A decoding sequence."""
    context_s: Floats
    """A context token in the layers with full attention."""
    window_context_s: Floats
    """A context token inside the window in the layers that have one."""
    prefill_s: Floats
    """A step with new prompt tokens."""
    prompt_token_s: Floats
    pair_s: Floats
    window_pair_s: Floats
    prefill_factor: Floats
    """Times that a step with new prompt tokens takes what its parts add up to."""
    window: Floats
    client_s: Floats
    """Around the first token, besides the engine."""
    client_token_s: Floats
    """The same for each prompt token."""
    client_stream_s: Floats
    """The same for each request in flight."""

    def take(self, rows: Rows) -> Self:
        """Only the engines at these positions."""
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def tables(self, row: int, max_num_seqs: int, max_num_batched_tokens: int) -> StepTables:
        """One engine's step time as the scheduler looks it up."""
        tokens = np.arange(max_num_batched_tokens + 1, dtype=np.float64)
        sequences = np.arange(max_num_seqs + 1, dtype=np.float64)
        sampled_s = np.interp(sequences, NODES, self.sampled_s[row])
        sampled_s[0] = 0.0
        return StepTables(
            tokens_s=np.interp(tokens, NODES, self.tokens_s[row]),
            sampled_s=sampled_s,
            decode_s=np.where(sequences > 0, self.decode_s[row], 0.0) + self.sequence_s[row] * sequences,
            context_s=np.full(sequences.size, self.context_s[row]),
            window_context_s=np.full(sequences.size, self.window_context_s[row]),
            prefill_s=float(self.prefill_s[row]),
            prompt_token_s=float(self.prompt_token_s[row]),
            pair_s=float(self.pair_s[row]),
            window_pair_s=float(self.window_pair_s[row]),
            prefill_factor=float(self.prefill_factor[row]),
            window=int(self.window[row]),
        )


def step_time_s(curves: StepCurves, load: StepLoad) -> Floats:
    """Seconds of one step of each engine (rows) under each load (columns)."""
    decoding, prompts = load.decode_sequences, load.prefill_tokens
    window = curves.window[:, None]
    parts = (
        at_nodes(curves.tokens_s, decoding + prompts)
        + at_nodes(curves.sampled_s, load.sampled)
        + curves.decode_s[:, None] * np.minimum(decoding, 1.0)
        + curves.sequence_s[:, None] * decoding
        + curves.context_s[:, None] * load.decode_context
        + curves.window_context_s[:, None] * np.minimum(load.decode_context, decoding * window)
        + curves.prefill_s[:, None] * np.minimum(prompts, 1.0)
        + curves.prompt_token_s[:, None] * prompts
        + curves.pair_s[:, None] * load.prefill_pairs
        + curves.window_pair_s[:, None] * np.minimum(load.prefill_pairs, prompts * window)
    )
    return np.asarray(parts * np.where(prompts > 0, curves.prefill_factor[:, None], 1.0))


def at_nodes(table: Floats, tokens: Floats) -> Floats:
    """``table`` (a row an engine) at numbers of tokens (a row an engine), linear between nodes, flat outside."""
    position = np.interp(tokens, NODES, np.arange(NODES.size, dtype=np.float64))
    low = np.minimum(position.astype(np.intp), NODES.size - 2)
    below = np.take_along_axis(table, low, axis=1)
    return below + (position - low) * (np.take_along_axis(table, low + 1, axis=1) - below)


def step_curves(works: Sequence[EngineWork], rates: Sequence[EngineRates]) -> StepCurves:
    """Step times of engines given what each has to do and what its GPU reaches."""
    if not works:
        return idle_curves(0)
    costs = [one.costs for one in rates]
    cache_read = _column([one.decode_read for one in rates])
    layers = _column([w.attention_layers for w in works])
    prefill_flops = _column([one.prefill_flops for one in rates])
    query_s = _column([w.query_bytes for w in works]) / _column([one.prefill_read for one in rates])
    head_s = _column([w.query_heads * one.decode_head_s for w, one in zip(works, rates, strict=True)])
    state_s = 2 * _column([w.state_bytes for w in works]) / cache_read
    full, windowed = [w.full for w in works], [w.windowed for w in works]
    return StepCurves(
        tokens_s=_tokens_s(works, rates),
        sampled_s=_sampled_s(works, rates),
        decode_s=layers * _column([one.decode_start_s for one in rates]),
        sequence_s=head_s + state_s + _column([c.sequence_s for c in costs]),
        context_s=_context_token_s(full, rates),
        window_context_s=_context_token_s(windowed, rates),
        prefill_s=layers * _column([one.prefill_start_s for one in rates]) + _column([c.prefill_step_s for c in costs]),
        prompt_token_s=query_s + _column([c.prompt_token_s for c in costs]),
        pair_s=_column([attention.pair_flops for attention in full]) / prefill_flops,
        window_pair_s=_column([attention.pair_flops for attention in windowed]) / prefill_flops,
        prefill_factor=_column([c.prefill_factor for c in costs]),
        window=_column([float(w.window) for w in works]),
        client_s=_column([c.client_s for c in costs]),
        client_token_s=_column([c.client_token_s for c in costs]),
        client_stream_s=_column([c.client_stream_s for c in costs]),
    )


def idle_curves(engines: int) -> StepCurves:
    """Step times of engines that do nothing: they stand for what cannot run where nothing can."""
    tables = ("tokens_s", "sampled_s")
    shapes = {field.name: (engines, NODES.size) if field.name in tables else engines for field in fields(StepCurves)}
    return StepCurves(**{name: np.zeros(shape) for name, shape in shapes.items()})


def _context_token_s(attention: Sequence[AttentionWork], rates: Sequence[EngineRates]) -> Floats:
    """One context token: reading its keys and values, or the arithmetic on them where that is slower."""
    return _column(
        [
            max(
                (one.read * rate.kv_bytes + one.read_bytes) / rate.decode_read,
                one.context_flops / rate.prefill_flops,
                one.ungrouped * rate.kv_bytes / (rate.ungrouped_read or math.inf),
            )
            for one, rate in zip(attention, rates, strict=True)
        ]
    )


def _tokens_s(works: Sequence[EngineWork], rates: Sequence[EngineRates]) -> Floats:
    """What depends on the number of tokens alone, at every node."""
    costs = [one.costs for one in rates]
    tokens = NODES[None, :]
    passed = _column([w.passed_bytes / one.bandwidth for w, one in zip(works, rates, strict=True)])
    kernels = _column([w.small_kernels * c.small_kernel_s for w, c in zip(works, costs, strict=True)])
    several = _column([float(w.parallelism.gpus > 1) for w in works])
    host = _column([c.step_s for c in costs]) + several * _column([c.parallel_step_s for c in costs])
    return np.asarray(
        _products_s(works, rates)
        + _experts_s(works, rates)
        + _exchanges_s(works, rates)
        + passed[:, None] * tokens
        + (kernels + host)[:, None]
    )


def _products_s(works: Sequence[EngineWork], rates: Sequence[EngineRates]) -> Floats:
    count, outputs, inputs, quantised = _products(works)
    chosen = ProductRates(
        **{
            field.name: np.where(
                quantised > 0,
                _column([getattr(one.quantised, field.name) for one in rates])[:, None, None],
                _column([getattr(one.sixteen, field.name) for one in rates])[:, None, None],
            )
            for field in fields(ProductRates)
        }
    )
    times = product_s(NODES[None, None, :], outputs, inputs, chosen)
    return np.asarray((count * times).sum(axis=1))


def _products(works: Sequence[EngineWork]) -> tuple[Floats, Floats, Floats, Floats]:
    """Count, outputs, inputs and whether quantised: a row an engine, a column a product; shared work is read once."""
    slots = max(len(work.products) for work in works)
    filler = Product(0, 1, 1, quantised=False)
    shared = {id(work): work for work in works}
    figures = np.array(
        [
            [
                (one.count, one.outputs, one.inputs, float(one.quantised))
                for one in (*work.products, *[filler] * (slots - len(work.products)))
            ]
            for work in shared.values()
        ],
        dtype=np.float64,
    )
    at = {key: row for row, key in enumerate(shared)}
    rows = figures[[at[id(work)] for work in works]]
    return rows[:, :, 0, None], rows[:, :, 1, None], rows[:, :, 2, None], rows[:, :, 3, None]


def _experts_s(works: Sequence[EngineWork], rates: Sequence[EngineRates]) -> Floats:
    mixed = np.array([i for i, work in enumerate(works) if work.expert_layers], dtype=np.intp)
    times = np.zeros((len(works), NODES.size))
    if mixed.size:
        with_experts, their_rates = [works[i] for i in mixed], [rates[i] for i in mixed]
        ranks_tokens = _column([float(w.parallelism.data) for w in with_experts])[:, None] * NODES[None, :]
        times[mixed] = _column([float(w.expert_layers) for w in with_experts])[:, None] * experts_s(
            ranks_tokens,
            ExpertShape(**_columns([w.experts for w in with_experts])),
            ExpertRates(**_columns([one.experts for one in their_rates])),
            _column([one.costs.spread for one in their_rates])[:, None],
            _column([one.costs.imbalance for one in their_rates])[:, None],
        )
    return times


def _exchanges_s(works: Sequence[EngineWork], rates: Sequence[EngineRates]) -> Floats:
    """All-reduces between the GPUs of a rank, and exchanges of tokens between data-parallel ranks."""
    tokens, costs = NODES[None, :], [one.costs for one in rates]
    hidden = _column([w.hidden for w in works])[:, None]
    latency = _column([one.all_reduce_s * c.all_reduce_factor for one, c in zip(rates, costs, strict=True)])[:, None]
    gpus = _column([float(w.parallelism.tensor) for w in works])[:, None]
    one_s = all_reduce_s(tokens, hidden, gpus, latency, _column([one.link for one in rates])[:, None])
    reduced = _column([w.all_reduces for w in works])[:, None] * one_s
    small = _column([w.small_all_reduces for w in works])[:, None] * latency
    exchanges = _column([2.0 * w.expert_layers * (w.parallelism.data > 1) for w in works])[:, None]
    all_gpus = _column([float(w.parallelism.gpus) for w in works])[:, None]
    ranks = _column([float(w.parallelism.data) for w in works])[:, None]
    sent = (all_gpus - 1) / all_gpus * tokens * ranks * hidden * 2 / _column([o.dispatch_link for o in rates])[:, None]
    return np.asarray(reduced + small + exchanges * (_column([c.dispatch_s for c in costs])[:, None] + sent))


def _sampled_s(works: Sequence[EngineWork], rates: Sequence[EngineRates]) -> Floats:
    sixteen = ProductRates(**_columns([one.sixteen for one in rates]))
    head = product_s(
        NODES[None, :],
        _column([w.head.outputs for w in works])[:, None],
        _column([w.head.inputs for w in works])[:, None],
        sixteen,
    )
    logit_s = [w.logits * LOGIT_BYTES * LOGIT_PASSES / one.bandwidth for w, one in zip(works, rates, strict=True)]
    return np.asarray(head + _column(logit_s)[:, None] * NODES[None, :])


def _column(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)


def _columns(rows: Sequence[ProductRates] | Sequence[ExpertRates] | Sequence[ExpertShape]) -> dict[str, Floats]:
    """The fields of dataclasses as columns, to be spread over the nodes."""
    return {
        field.name: _column([float(getattr(row, field.name)) for row in rows])[:, None] for field in fields(rows[0])
    }
