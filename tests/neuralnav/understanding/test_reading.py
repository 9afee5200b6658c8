import pytest

from neuralnav.models.vocabulary import GpuType
from neuralnav.understanding.reading.spelling import canonical, corrected, singular
from neuralnav.understanding.reading.text import fold, normalise
from neuralnav.understanding.reading.tokens import Amount, GpuMention, Kind, ModelMention
from neuralnav.understanding.reading.utterance import read_utterance


def amounts(text: str, kind: Kind = Kind.NUMBER) -> list[float]:
    utterance = read_utterance(text)
    return [t.value.value for t in utterance.tokens if t.kind is kind and isinstance(t.value, Amount)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3k", 3000),
        ("3.4k", 3400),
        ("1,000", 1000),
        ("1 000", 1000),
        ("1\u202f000", 1000),
        ("1'000", 1000),
        ("1.000.000", 1_000_000),
        ("1,00,000", 100_000),
        ("2,5 million", 2_500_000),
        ("5M", 5_000_000),
        ("1e9", 1e9),
        ("½ million", 500_000),
        ("2½ thousand", 2500),
        ("two thousand", 2000),
        ("twelve hundred", 1200),
        ("twenty-five hundred", 2500),
        ("one hundred and fifty two", 152),
        ("two hundred fifty thousand", 250_000),
        ("a quarter of a million", 250_000),
        ("half a million", 500_000),
        ("three quarters of a million", 750_000),
        ("two and a half million", 2_500_000),
        ("one point five million", 1_500_000),
        ("a couple of hundred", 200),
        ("two dozen", 24),
        ("half a dozen", 6),
        ("2 lakh", 200_000),
        ("minus twenty", -20),
        ("-5", -5),
        ("５００", 500),
        ("٥٠٠", 500),
    ],
)
def test_a_number_is_read_however_it_is_written(text: str, value: float) -> None:
    assert amounts(text) == [value]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("500-800", 500, 800),
        ("500 – 800", 500, 800),
        ("5 to 6k", 5000, 6000),
        ("between 2 and 3 thousand", 2000, 3000),
        ("five or six hundred", 500, 600),
        ("500-1k", 500, 1000),
    ],
)
def test_a_range_keeps_both_ends(text: str, low: float, high: float) -> None:
    (value,) = [t.value for t in read_utterance(text).tokens if t.kind is Kind.NUMBER]
    assert isinstance(value, Amount)
    assert (value.low, value.value) == (low, high)


@pytest.mark.parametrize(
    "text", ["a few hundred", "thousands of", "10²", "②", "2024-05-01", "9:30", "24/7", "v2.1", "3.11.2"]
)
def test_what_is_no_exact_number_is_none(text: str) -> None:
    assert amounts(text) == []


def test_a_dot_before_three_figures_leaves_two_readings() -> None:
    (token,) = read_utterance("1.500").tokens
    assert isinstance(token.value, Amount)
    assert (token.value.value, token.value.count) == (1.5, 1500)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("200ms", Kind.TIME, 200),
        ("0.2 s", Kind.TIME, 200),
        ("half a second", Kind.TIME, 500),
        ("under a second", Kind.TIME, 1000),
        ("200ms-300ms", Kind.TIME, 300),
        ("99.9 %", Kind.PERCENT, 99.9),
        ("5 per cent", Kind.PERCENT, 5),
        ("2k tokens", Kind.TOKENS, 2000),
        ("$3,000", Kind.MONEY, 3000),
        ("3k USD", Kind.MONEY, 3000),
        ("50 cents", Kind.MONEY, 0.5),
        ("-$500", Kind.MONEY, -500),
        ("$2k - $3k", Kind.MONEY, 3000),
    ],
)
def test_a_unit_makes_a_number_a_quantity(text: str, kind: Kind, value: float) -> None:
    assert amounts(text, kind) == [pytest.approx(value)]


@pytest.mark.parametrize(
    ("text", "currency"),
    [("€5", "EUR"), ("5 CHF", "CHF"), ("C$5", "CAD"), ("US$5", "USD"), ("5 Australian dollars", "AUD")],
)
def test_money_keeps_its_currency(text: str, currency: str) -> None:
    (value,) = [t.value for t in read_utterance(text).tokens if t.kind is Kind.MONEY]
    assert isinstance(value, Amount)
    assert value.currency == currency


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Qwen2.5 7B", "qwen2.5-7b"),
        ("Qwen 2.5-7B-Instruct", "qwen2.5-7b"),
        ("Qwen/Qwen3-30B-A3B-FP8", "qwen3-30b-a3b"),
        ("Llama 3.1 8B", "llama-3.1-8b"),
        ("meta-llama/Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b"),
        ("llama3.1:8b", "llama-3.1-8b"),
        ("Llama 4 Scout", "llama-4-scout"),
        ("granite 3.1 8b", "granite-3.1-8b"),
        ("Mistral Small", "mistral-small"),
        ("mistral-small-3.1-24b-instruct-2503", "mistral-small-3.1-24b"),
        ("Mixtral-8x7B-Instruct-v0.1", "mixtral-8x7b"),
        ("gpt oss 20b", "gpt-oss-20b"),
        ("Phi 4", "phi-4"),
        ("phi-3.5-mini", "phi-3.5-mini"),
        ("gemma 3n e4b", "gemma-3n-e4b"),
        ("DeepSeek-V3.1", "deepseek-v3.1"),
        ("deepseek r1", "deepseek-r1"),
        ("Kimi K2", "kimi-k2"),
        ("MiniMax-M2.5", "minimax-m2.5"),
        ("Nemotron Nano 9B v2", "nemotron-nano-9b"),
        ("Llama", "llama"),
    ],
)
def test_a_model_is_written_by_its_short_name(text: str, name: str) -> None:
    (token,) = read_utterance(text).tokens
    assert isinstance(token.value, ModelMention)
    assert token.value.names == (name,)


@pytest.mark.parametrize("text", ["Mistral 50 users", "deepseek r1 2000 users", "granite code completion for 9 devs"])
def test_the_name_of_a_model_ends_where_the_sentence_goes_on(text: str) -> None:
    assert read_utterance(text).tokens[-1].text in ("user", "dev")


@pytest.mark.parametrize(
    ("text", "gpus"),
    [
        ("A100", ("A100-40GB", "A100-80GB")),
        ("A100s", ("A100-40GB", "A100-80GB")),
        ("A100 80 GB", ("A100-80GB",)),
        ("80GB A100", ("A100-80GB",)),
        ("A100-SXM4-40GB", ("A100-40GB",)),
        ("A100 (40GB)", ("A100-40GB",)),
        ("NVIDIA L40S", ("L40S",)),
        ("A10", ("A10G",)),
        ("H100 SXM 80GB", ("H100",)),
        ("AMD Instinct MI300X", ("MI300X",)),
        ("RTX PRO 6000", ("RTX-PRO-6000",)),
        ("Grace Hopper", ("GH200",)),
        ("V100", ()),
        ("RTX 4090", ()),
        ("L40", ()),
    ],
)
def test_a_gpu_is_resolved_however_it_is_written(text: str, gpus: tuple[str, ...]) -> None:
    (token,) = read_utterance(text).tokens
    assert isinstance(token.value, GpuMention)
    assert token.value.gpus == tuple(GpuType(gpu) for gpu in gpus)


@pytest.mark.parametrize("text", ["8xH100", "8 x H100", "H100x8", "H100 x 8"])
def test_a_count_beside_a_gpu_stays_apart(text: str) -> None:
    assert Kind.GPU in [token.kind for token in read_utterance(text).tokens]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("chatbott", "chatbot"),
        ("translaton", "translation"),
        ("custmer", "customer"),
        ("conccurrent", "concurrent"),
        ("summarzation", "summarization"),
    ],
)
def test_slips_in_long_words_are_corrected(typed: str, meant: str) -> None:
    assert canonical(typed) == meant


@pytest.mark.parametrize(
    "word",
    ["transaction", "conversion", "compilation", "layers", "contacts", "employers", "approved", "user", "compared"],
)
def test_other_words_are_left_as_typed(word: str) -> None:
    assert corrected(word) == word


@pytest.mark.parametrize(
    ("word", "one"), [("queries", "query"), ("classes", "class"), ("staff", "staff"), ("aws", "aws")]
)
def test_plurals_are_taken_off(word: str, one: str) -> None:
    assert singular(word) == one


def test_folding_keeps_every_place() -> None:
    text = "Ünïcode “Größe” — İstanbul ½ ３"
    assert len(fold(text)) == len(text)


def test_invisible_characters_go_and_line_breaks_stay() -> None:
    assert normalise("a\u200bb\r\nc\x00\u202ed") == "ab\ncd"
