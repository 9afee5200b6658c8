"""What a reply that is not clear may have meant: one short question, and readings that are clear in themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from neuralnav.models.reply import MAX_READINGS, CheckpointKind
from neuralnav.models.vocabulary import UseCase, View
from neuralnav.understanding.fields.use_cases import read_use_case
from neuralnav.understanding.reading.tokens import Amount, GpuMention, Kind, ModelMention
from neuralnav.understanding.reading.utterance import Span, Utterance, phrase
from neuralnav.understanding.replies.entries import choice_in, entries_in
from neuralnav.understanding.replies.slips import nearly_approves
from neuralnav.understanding.words.assent import APPROVES, CONFIRMS
from neuralnav.understanding.words.changes import COMPARATIVES
from neuralnav.understanding.words.choices import VIEWS
from neuralnav.understanding.words.cluster import SPEAKS_OF_CLUSTER
from neuralnav.understanding.words.operations import (
    SPEAKS_OF_ADVICE,
    SPEAKS_OF_RETIRING,
    SPEAKS_OF_ROLLING_BACK,
    SPEAKS_OF_SCALING,
)
from neuralnav.understanding.words.replies import SPEAKS_OF_COMPARING, UNDOES
from neuralnav.understanding.words.scenarios import SCENARIO_WORDS, SPEAKS_OF_KEEPING


@dataclass(frozen=True)
class Likely:
    """A question and what may have been meant, the likeliest first."""

    question: str
    readings: tuple[str, ...]


_USUAL = {
    CheckpointKind.CLARIFY: Likely(
        "I did not find the answer in that. A number or a few words will do; “I don't know” is fine too.",
        ("I don't know", "why do you ask?", "start over"),
    ),
    CheckpointKind.REVIEW_SPECIFICATION: Likely(
        "Is the specification right, or what should be different? Say it like “TTFT 200 ms” or “2000 users”.",
        ("confirm", "explain the specification", "start over"),
    ),
    CheckpointKind.PRESENT_OPTIONS: Likely(
        "Which option is it to be? Say its number, or ask something like “compare 1 and 3” or “what if we use A100?”.",
        ("take 1", "compare 1 and 2", "why these?"),
    ),
    CheckpointKind.APPROVE_DEPLOYMENT: Likely(
        "Nothing is done without a clear answer: say “approve”, “reject”, or what to change.",
        ("approve", "reject", "what does it cost?"),
    ),
    CheckpointKind.FAILED: Likely(
        "What now: another try, a change such as “at most 2 GPUs”, or an end?", ("retry", "what went wrong?", "cancel")
    ),
    CheckpointKind.OPERATE: Likely(
        "You can ask how it is doing or why, or say what to change, such as “2000 users” or “scale to 3 replicas”.",
        ("how is it doing?", "what if we had twice the users?", "why?"),
    ),
}
_MOST_TOKENS = 20
"""The beginning of a part says what is likely; the rest of a long one is not looked at."""

_RUNNING = (CheckpointKind.OPERATE, CheckpointKind.FAILED)
_PEOPLE_FROM = 100
"""From here on a number of something unnamed may count people."""

_LONGEST_CHANGE = 60

_NEGATED = phrase("don't|do not|not|never|no|neither|except|without|isn't|shouldn't|won't")

_NUMBER_ALONE = re.compile(
    r" (?:(?:make|set|put|change|it|that|this|about|around|maybe|say|only|just|to|up to|at most|max|no|"
    r"not|sorry|actually|more like|"
    r"then|with|for|roughly|ok|yes|but|rather|like|NUM|one|,|more|instead|i mean|please|hm+|than|the|be|"
    r"should|number) )+"
)
"""A number that does not say what it counts."""

_PRIORITIES = {"cost": View.LOWEST_COST, "latency": View.LOWEST_LATENCY, "accuracy": View.BEST_ACCURACY}
_SUPERLATIVE = {
    View.LOWEST_COST: "the cheapest",
    View.LOWEST_LATENCY: "the fastest",
    View.BEST_ACCURACY: "the most accurate",
    View.SIMPLEST: "the simplest",
    View.BALANCED: "the balanced one",
}
_POSITIVE = (
    (View.LOWEST_COST, r"cheap|cheaply|affordable|expensive|costly|price|inexpensive"),
    (View.LOWEST_LATENCY, r"fast|quick|slow|snappy|speed"),
    (View.BEST_ACCURACY, r"accurate|smart|good quality|better|best"),
)
_USE_CASE_WORDS = {
    UseCase.CHATBOT: "it is a chatbot",
    UseCase.CODE_COMPLETION: "it is for code completion",
    UseCase.CODE_GENERATION: "it is for code generation",
    UseCase.TRANSLATION: "it is for translation",
    UseCase.CONTENT_GENERATION: "it is for writing marketing content",
    UseCase.SUMMARIZATION_SHORT: "it is for summarising short texts",
    UseCase.DOCUMENT_RAG: "it is for questions over documents",
    UseCase.SUMMARIZATION_LONG: "it is for summarising long documents",
    UseCase.RESEARCH_LEGAL: "it is for legal research",
}


def likely(part: Utterance, whole: Utterance, place: CheckpointKind, is_clear: Callable[[str], bool]) -> Likely:
    """What ``part`` of the reply ``whole`` at ``place`` may have meant; only readings that ``is_clear`` accepts."""
    usual = _USUAL[place]
    hinted = guessed(part, place, is_clear) or guessed(whole, place, is_clear)
    return hinted or Likely(usual.question, _clear(usual, is_clear))


def guessed(part: Utterance, place: CheckpointKind, is_clear: Callable[[str], bool]) -> Likely | None:
    """What the words of ``part`` hint at; ``None`` where they hint at nothing."""
    beginning = part.part(Span(0, min(len(part.tokens), _MOST_TOKENS)))
    for guess in _guesses(beginning, place):
        if readings := _clear(guess, is_clear):
            return Likely(guess.question, readings)
    return None


def _clear(guess: Likely, is_clear: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reading for reading in guess.readings if is_clear(reading)))[:MAX_READINGS]


def _guesses(part: Utterance, place: CheckpointKind) -> Iterator[Likely]:
    if place is CheckpointKind.APPROVE_DEPLOYMENT:
        yield from _about_approval(part)
    if place in _RUNNING:
        yield from _about_what_runs(part, place)
    if place is CheckpointKind.PRESENT_OPTIONS:
        yield from _about_options(part)
    yield from _about_names(part)
    yield from _about_the_cluster(part, place)
    yield from _about_a_number(part, place)
    yield from _about_the_use(part)
    if place is CheckpointKind.PRESENT_OPTIONS:
        yield from _about_views(part)
    if place is CheckpointKind.REVIEW_SPECIFICATION and re.fullmatch(rf" (?:{UNDOES}) ", part.line):
        yield Likely(
            "What is it to be instead? Say the value as it was, like “TTFT 200 ms” or “2000 users”.",
            ("explain the specification", "start over"),
        )
    if place is CheckpointKind.REVIEW_SPECIFICATION and re.fullmatch(
        r" (?:no|nope|nah|nein|non|not (?:quite|really)) ", part.line
    ):
        yield Likely(
            "What should be different? Say it like “TTFT 200 ms” or “2000 users”.", ("go back", "start over", "cancel")
        )


def _about_approval(part: Utterance) -> Iterator[Likely]:
    said = part.line.strip()
    assents = re.fullmatch(rf"(?:{CONFIRMS})(?: (?:,|and) (?:{CONFIRMS}))*", said) or re.fullmatch(APPROVES, said)
    if assents or nearly_approves(part):
        yield Likely("Shall it be deployed? It takes the word “approve”.", ("approve", "reject"))


def _about_what_runs(part: Utterance, place: CheckpointKind) -> Iterator[Likely]:
    ask = "how is it doing?" if place is CheckpointKind.OPERATE else "what went wrong?"
    speaks = [
        SPEAKS_OF_ROLLING_BACK,
        SPEAKS_OF_RETIRING,
        *([SPEAKS_OF_SCALING, SPEAKS_OF_ADVICE] if place is CheckpointKind.OPERATE else []),
    ]
    if _NEGATED.search(part.line) and any(phrase(pattern).search(part.line) for pattern in speaks):
        yield Likely("Then nothing is changed. What do you want to know or do?", (ask, "why?"))
    if place is CheckpointKind.OPERATE and phrase(SPEAKS_OF_ADVICE).search(part.line):
        yield Likely("Is the change to be planned that is advised?", ("follow the advice", ask))
    if phrase(SPEAKS_OF_ROLLING_BACK).search(part.line):
        yield Likely("Is it to be rolled back to what it was before the last change?", ("roll back", ask))
    if place is CheckpointKind.OPERATE and phrase(SPEAKS_OF_SCALING).search(part.line):
        yield _about_scaling(part)
    if phrase(SPEAKS_OF_RETIRING).search(part.line):
        yield Likely("Is the deployment to be taken down?", ("retire the deployment", ask))


def _about_scaling(part: Utterance) -> Likely:
    numbers = _numbers(part)
    if 0 in numbers:
        return Likely("With no replica nothing runs: take it down?", ("retire the deployment", "scale to 1 replica"))
    named = [f"scale to {number} replicas" for number in numbers if number > 1]
    users = [f"{number} users" for number in numbers if number >= _PEOPLE_FROM]
    fewer = phrase("down|in|less|fewer|remove|reduce|lower|halve").search(part.line)
    step = ("remove 1 replica", "remove 2 replicas") if fewer else ("add 1 replica", "add 2 replicas")
    return Likely("How many replicas are there to be?", (*users, *named, *step))


def _about_options(part: Utterance) -> Iterator[Likely]:
    entries = entries_in(part, Span(0, len(part.tokens)))
    yield from _about_a_changed_choice(part)
    if phrase(SPEAKS_OF_KEEPING).search(part.line):
        take = f"take {entries[0]}" if entries else "take 1"
        yield Likely("Keep it as a scenario, or choose it?", ("save that as a scenario", take))
    if phrase(SCENARIO_WORDS).search(part.line):
        yield Likely(
            "Keep a scenario, or compare those that are kept?", ("compare scenarios", "save that as a scenario")
        )
    yield from _about_entries(part, entries)
    if phrase(SPEAKS_OF_COMPARING).search(part.line):
        named = [f"what if we use {name}?" for name in _names(part)]
        if named:
            yield Likely("See what each would come to?", (*named, "compare scenarios"))
        yield Likely(
            "Which ones? Name two or more numbers, such as “compare 1 and 3”.", ("compare 1 and 2", "compare scenarios")
        )
    if re.fullmatch(rf" (?:{CONFIRMS}) ", part.line):
        yield Likely("Which one is it to be?", ("take 1", "take the cheapest", "take the fastest", "compare 1 and 2"))


def _about_a_changed_choice(part: Utterance) -> Iterator[Likely]:
    """``take 2 but with H100``: the option as it is, or a plan with the change."""
    joint = part.first(r"(?:,|but|and|with)(?: (?:,|but|and|with|on|for))*")
    if joint is None or joint.span.start == 0 or joint.span.end == len(part.tokens):
        return
    choice, rest = choice_in(part, Span(0, joint.span.start)), Span(joint.span.end, len(part.tokens))
    plain = all(token.kind in (Kind.WORD, Kind.MARK) for token in part.part(rest).tokens)
    if choice is None or plain or entries_in(part, rest) or _NEGATED.search(part.line):
        return
    change = part.words(rest).rstrip(" .!?")
    taken = f"take {choice}" if isinstance(choice, int) else f"take {_SUPERLATIVE[View(choice)]}"
    named = [text for name in _names(part)[:1] for text in (f"what if we use {name}?", f"only {name}")]
    if named or len(change) <= _LONGEST_CHANGE:
        yield Likely("Take it as it is, or plan again with the change?", (*(named or (change,)), taken))


def _about_entries(part: Utterance, entries: Sequence[int]) -> Iterator[Likely]:
    if len(entries) == 1 and _NEGATED.search(part.line):
        one = entries[0]
        yield Likely("Which one instead?", (f"take {1 if one > 1 else 2}", "take the cheapest", f"why {one}?"))
    if len(entries) == 1:
        one = entries[0]
        yield Likely(f"Do you want to take option {one}, or to know more about it?", (f"take {one}", f"why {one}?"))
    if len(entries) > 1:
        compare = f"compare {', '.join(map(str, entries[:-1]))} and {entries[-1]}"
        yield Likely("Take one of them, or compare them?", (compare, *(f"take {entry}" for entry in entries[:3])))


def _about_views(part: Utterance) -> Iterator[Likely]:
    for name, pattern in COMPARATIVES:
        if phrase(pattern).search(part.line):
            taken = _SUPERLATIVE[_PRIORITIES[name]]
            yield Likely(
                f"Take {taken} of these, or plan again for {name}?",
                (f"take {taken}", f"what if priority is {name}?", f"set the priority to {name}"),
            )
    for view, pattern in (*VIEWS.items(), *_POSITIVE):
        if phrase(pattern).search(part.line):
            taken = _SUPERLATIVE[view]
            yield Likely(f"Take {taken}, or know more?", (f"take {taken}", f"explain {taken}", "compare 1 and 2"))


def _about_names(part: Utterance) -> Iterator[Likely]:
    for said in _names(part)[:1]:
        yield Likely(
            f"Use only {said}, or first see what it would come to?",
            (f"only {said}", f"what if we use {said}?", f"no {said}"),
        )


def _about_the_cluster(part: Utterance, place: CheckpointKind) -> Iterator[Likely]:
    if phrase(SPEAKS_OF_CLUSTER).search(part.line) and not _NEGATED.search(part.line):
        supposing = () if place is CheckpointKind.CLARIFY else ("what if we use what my cluster has?",)
        yield Likely("Plan with the GPUs that are free in the cluster?", ("use what my cluster has", *supposing))


def _names(part: Utterance) -> list[str]:
    """The known GPUs and models that are named, as said."""
    named = []
    for token in part.tokens:
        if isinstance(token.value, GpuMention) and token.value.gpus:
            named.append(part.plain[token.start : token.end])
        elif isinstance(token.value, ModelMention):
            named.append(part.plain[token.start : token.end] if token.value.names else token.value.family)
    return named


def _about_a_number(part: Utterance, place: CheckpointKind) -> Iterator[Likely]:
    numbers = _numbers(part)
    if len(numbers) != 1 or numbers[0] < 1:
        return
    number = numbers[0]
    if not _NUMBER_ALONE.fullmatch(part.line):
        return
    if place is CheckpointKind.CLARIFY:
        yield Likely(f"{number} of what?", (f"{number} users", f"{number} requests per second"))
    yield Likely(
        f"What is {number}: people, a time or a budget?", (f"{number} users", f"TTFT {number} ms", f"${number} a month")
    )


def _about_the_use(part: Utterance) -> Iterator[Likely]:
    candidates = read_use_case(part).candidates
    if candidates:
        yield Likely("Which of these comes first?", tuple(_USE_CASE_WORDS[candidate] for candidate in candidates))


def _numbers(part: Utterance) -> list[int]:
    amounts = [token.value for token in part.tokens if token.kind is Kind.NUMBER and isinstance(token.value, Amount)]
    return [int(amount.count) for amount in amounts if float(amount.count).is_integer() and abs(amount.count) < 1e9]
