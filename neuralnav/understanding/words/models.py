"""The model families that people name, who makes them, and the words that follow a family's name."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.understanding.words.tables import word_set


@dataclass(frozen=True)
class Family:
    """A family of models.

    ``name`` begins the short name, ``spelling`` is how people write it (a pattern), ``glued`` says that
    the version follows without a dash (``qwen2.5``), ``everyday`` that the name is also an everyday word,
    ``variants`` is a pattern for the words that may follow and belong to the name, ``maker`` one of
    :data:`neuralnav.understanding.words.makers.MAKERS`.
    """

    name: str
    spelling: str
    maker: str
    glued: bool = False
    everyday: bool = False
    variants: str = r"(?!)"


FAMILIES = (
    Family("codellama", r"code[ \-]?llama", "meta"),
    Family("llama", r"(?:meta[ \-])?llama", "meta", variants=r"scout|maverick|nemotron|guard"),
    Family("qwen", r"qwen", "alibaba cloud", glued=True, variants=r"coder|math|vl|max|next"),
    Family("qwq", r"qwq", "alibaba cloud"),
    Family("granite", r"granite", "ibm", everyday=True, variants=r"code|guardian|vision"),
    Family("mistral", r"mistral", "mistral ai", variants=r"small|medium|large|nemo"),
    Family("mixtral", r"mixtral", "mistral ai"),
    Family("ministral", r"ministral", "mistral ai"),
    Family("magistral", r"magistral", "mistral ai", variants=r"small|medium"),
    Family("codestral", r"codestral", "mistral ai"),
    Family("devstral", r"devstral", "mistral ai", variants=r"small|medium"),
    Family("phi", r"phi", "microsoft", everyday=True, variants=r"mini|small|medium|moe|vision"),
    Family("gemma", r"gemma", "google"),
    Family("gpt-oss", r"gpt[ \-_]?oss", "openai"),
    Family("deepseek", r"deep[ \-]?seek", "deepseek", variants=r"r1|v\d(?:\.\d)?|coder|distill|lite"),
    Family("kimi", r"kimi", "moonshot ai", variants=r"k\d(?:\.\d)?"),
    Family("glm", r"(?:chat)?glm", "z.ai", variants=r"air|flash"),
    Family("minimax", r"minimax", "minimax", variants=r"m\d(?:\.\d)?"),
    Family("yi", r"yi", "01.ai", everyday=True),
    Family("baichuan", r"baichuan", "baichuan"),
    Family("internlm", r"internlm", "shanghai ai lab"),
    Family("ernie", r"ernie", "baidu", everyday=True),
    Family("mimo", r"mimo", "xiaomi", everyday=True),
    Family("nemotron", r"(?:nvidia[ \-])?nemotron", "nvidia", variants=r"nano|super|ultra"),
    Family("falcon", r"falcon", "tii", everyday=True),
    Family("olmo", r"olmo", "ai2"),
    Family("smollm", r"smollm", "hugging face", glued=True),
    Family("starcoder", r"starcoder", "bigcode", glued=True),
    Family("jamba", r"jamba", "ai21", variants=r"mini|large"),
    Family("command-r", r"command[ \-]?r", "cohere", variants=r"plus"),
    Family("exaone", r"exaone", "lg"),
    Family("solar", r"solar", "upstage", everyday=True),
    Family("dbrx", r"dbrx", "databricks"),
    Family("vicuna", r"vicuna", "lmsys"),
    Family("apertus", r"apertus", "swiss ai"),
)

DROPPED_PARTS = word_set(
    "instruct chat base it hf gguf awq gptq quantized dynamic dense fp8 fp16 bf16 int4 int8 w4a16 w8a8 "
    "mxfp4 nvfp4 "
    "static preview latest"
)
"""Parts of a published id that are no part of the short name."""

HYPHENATED_VARIANTS = word_set("code vision math max next flash air")
"""Variants that after a space are words of the sentence: ``granite code completion``."""

SPACED_DROPS = word_set("instruct fp8 fp16 bf16 int4 int8 awq gptq")
"""The ones among them that people also write after a space; ``chat`` is not: it may be what they want."""

CLOSED_MODELS = (
    r"gpt[ \-]?(?:[345](?:\.\d)?o?)(?:[ \-](?:turbo|mini|nano))?|claude(?:[ \-]\d(?:\.\d)?)?"
    r"(?:[ \-](?:sonnet|opus|haiku))?|gemini(?:[ \-]\d(?:\.\d)?)?(?:[ \-](?:pro|flash|ultra))?|"
    r"grok(?:[ \-]\d)?"
)
"""Models that are only rented through an API: named for comparison, never a preference that can be met."""
