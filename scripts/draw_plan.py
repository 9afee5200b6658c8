"""Draw the plan of one sentence, cost against TTFT, and count what it ruled out: ``python -m scripts.draw_plan``."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.figures import duration, listed
from neuralnav.models.gpus import gpu_label
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.planning.candidates import served_models
from neuralnav.planning.specification import specify
from neuralnav.services.shipped_plans import plan as plan_for
from neuralnav.understanding.request import read_request

SENTENCE = "I need a chatbot for 1000 users, low latency is critical"
DOCS = Path(__file__).resolve().parent.parent / "docs"
PICTURE = DOCS / "images" / "plan.svg"
PAGE = DOCS / "planning.md"
BLOCK = re.compile(r"(<!-- plan: begin -->\n).*?(<!-- plan: end -->)", re.DOTALL)

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 716, 62, 366
COST_TICKS = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000)
TTFT_TICKS = (0, 50, 100, 150, 200)
HIGHEST_TTFT = 200.0
LINE_HEIGHT = 15.0
CHARACTER_WIDTH = 8.0
INK, FAINT, LIMIT = "#1f2937", "#6b7280", "#b91c1c"
SHADES = ((50.0, "#93c5fd", "below 50"), (70.0, "#3b82f6", "50 to 70"), (101.0, "#1e3a8a", "above 70"))


@dataclass(frozen=True)
class Box:
    """A part of the picture, in its units; ``top`` is the smaller one."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether both cover a common spot."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    @property
    def outside(self) -> float:
        """How far it reaches beyond the space between the axes and the right edge."""
        beyond = (LEFT - self.left, self.right - WIDTH, TOP - self.top, self.bottom - BOTTOM)
        return sum(max(excess, 0.0) for excess in beyond)


def golden_plan() -> Plan:
    """The plan of ``SENTENCE`` over the data that ships."""
    reference = read_seeds()
    reading = read_request(SENTENCE, known_models=reference.short_names)
    return plan_for(specify(reading, reference.use_cases))


def picture_of(plan: Plan) -> str:
    """The options of ``plan`` that have a price, as an SVG with a background of its own."""
    front = {option.id for option in plan.pareto}
    drawn = _drawn(plan)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="system-ui, \'DejaVu Sans\', sans-serif" font-size="13">',
        f"<title>{escape(SENTENCE)}: cost against TTFT</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#ffffff"/>',
        _text(LEFT, 26, f"“{SENTENCE}”", fill=INK, size=15, weight=600),
        _text(LEFT, 46, f"{len(drawn)} of {plan.compliant:,} options that meet every target, of {plan.evaluated:,}"),
        *_axes(plan.specification.slo_targets.ttft_p95_ms),
        *(_dot(option, ringed=option.id in front) for option in drawn),
        *_leaders(plan),
        *_legend(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def page_with_counts(page: str, plan: Plan) -> str:
    """``page`` with what ``plan`` ruled out between its markers.

    Raises:
        ValueError: the page has no markers.
    """
    ruled_out: Counter[str] = Counter()
    for reason, count in plan.rejected_summary.items():
        ruled_out[reason.partition(" (")[0]] += count
    rows = [f"| {reason} | {count:,} |" for reason, count in sorted(ruled_out.items(), key=lambda row: -row[1])]
    served = served_models(read_seeds())
    published = sum(not one.online for one in served)
    table = "\n".join(
        [
            f"{published} published checkpoints, {len(served) - published} of them once more as FP8 made by vLLM while "
            f"it loads 16-bit weights,",
            f"each on {plan.evaluated // len(served)} combinations of GPU and tensor parallelism:",
            "",
            "| Ruled out first by | Configurations |",
            "| --- | ---: |",
            *rows,
            f"| **left: meets every target** | **{plan.compliant:,}** |",
            f"| **evaluated, of {plan.models_considered} models** | **{plan.evaluated:,}** |",
        ]
    )
    written, count = BLOCK.subn(lambda match: f"{match[1]}{table}\n{match[2]}", page)
    if count != 1:
        raise ValueError(f"{PAGE.name}: expected one pair of plan markers, found {count}")
    return written


def _drawn(plan: Plan) -> list[Recommendation]:
    """Options of the views and of the front that have a price, those on the front last."""
    front = {option.id for option in plan.pareto}
    ranked = [option for options in plan.views.values() for option in options]
    priced = {option.id: option for option in (*ranked, *plan.pareto) if option.cost}
    return sorted(priced.values(), key=lambda option: (option.id in front, option.id))


def _axes(target_ms: float) -> list[str]:
    parts = []
    for cost in COST_TICKS:
        parts.append(_line(_x(cost), TOP, _x(cost), BOTTOM, "#e5e7eb"))
        parts.append(_text(_x(cost), BOTTOM + 18, f"${cost:,}", anchor="middle"))
    for ttft in TTFT_TICKS:
        parts.append(_line(LEFT, _y(ttft), RIGHT, _y(ttft), "#e5e7eb"))
        parts.append(_text(LEFT - 8, _y(ttft) + 4, str(ttft), anchor="end"))
    parts.append(_line(LEFT, _y(target_ms), RIGHT, _y(target_ms), LIMIT, 'stroke-width="1.5" stroke-dasharray="6 4"'))
    parts.append(_text(LEFT + 6, _y(target_ms) - 6, f"target {duration(target_ms)}", fill=LIMIT))
    parts.append(_text((LEFT + RIGHT) / 2, BOTTOM + 38, "cost a month, US dollars", anchor="middle", fill=INK))
    middle = (TOP + BOTTOM) / 2
    parts.append(
        f'<text transform="translate(18 {_number(middle)}) rotate(-90)" text-anchor="middle" fill="{INK}">'
        "predicted TTFT p95, ms</text>"
    )
    return parts


def _dot(option: Recommendation, *, ringed: bool) -> str:
    x, y = _place(option)
    name = escape(f"{option.display_name} on {gpu_label(option.gpu_type, option.gpus)}")
    ring = f' stroke="{INK}" stroke-width="1.5"' if ringed else ""
    return (
        f'<circle class="{"front" if ringed else "option"}" cx="{_number(x)}" cy="{_number(y)}" '
        f'r="{6 if ringed else 4}" fill="{_shade(option)}"{ring}><title>{name}</title></circle>'
    )


def _leaders(plan: Plan) -> list[str]:
    """The first of each view, named beside its dot or its 90 % band, where the words hide least."""
    titles: dict[str, list[str]] = {}
    leaders: dict[str, Recommendation] = {}
    for view, options in plan.views.items():
        if options and options[0].cost:
            titles.setdefault(options[0].id, []).append(view.value.replace("_", " "))
            leaders[options[0].id] = options[0]
    obstacles = [Box(x - 6, y - 6, x + 6, y + 6) for x, y in map(_place, _drawn(plan))]
    target = _y(plan.specification.slo_targets.ttft_p95_ms)
    obstacles += [Box(LEFT, target - 2, RIGHT, target + 2), Box(LEFT, target - 18, LEFT + 120, target)]
    parts: list[str] = []
    for identity, option in sorted(leaders.items(), key=lambda entry: _place(entry[1])):
        x, y = _place(option)
        band = option.predicted.ttft_p95_ms
        parts.append(_line(x, _y(band.high), x, _y(band.low), INK, 'stroke-width="1.5"'))
        words = (
            listed(titles[identity]),
            option.display_name,
            gpu_label(option.gpu_type, option.gpus),
        )
        size = CHARACTER_WIDTH * max(map(len, words)), LINE_HEIGHT * len(words)
        box = _clearest(x, (y - size[1] / 2, y, _y(band.high) - size[1] / 2, y - size[1]), size, obstacles)
        obstacles.append(box)
        at, anchor = (box.left, "start") if box.left > x else (box.right, "end")
        for number, line in enumerate(words, start=1):
            fill, weight = (INK, 600) if number == 1 else (FAINT, 400)
            parts.append(_text(at, box.top + number * LINE_HEIGHT - 4, line, anchor=anchor, fill=fill, weight=weight))
    return parts


def _clearest(x: float, tops: Sequence[float], size: tuple[float, float], obstacles: Sequence[Box]) -> Box:
    """The box right or left of ``x`` that meets the fewest obstacles and leaves the picture least."""
    width, height = size
    boxes = [Box(left, top, left + width, top + height) for left in (x + 12, x - 12 - width) for top in tops]
    return min(boxes, key=lambda box: (box.outside, sum(box.meets(other) for other in obstacles)))


def _legend() -> list[str]:
    y = HEIGHT - 16
    parts = [_text(LEFT, y + 4, "accuracy score:")]
    x = LEFT + 120.0
    for _, colour, words in SHADES:
        parts.append(f'<circle cx="{_number(x)}" cy="{y}" r="5" fill="{colour}"/>')
        parts.append(_text(x + 10, y + 4, words))
        x += 92
    parts.append(f'<circle cx="{_number(x)}" cy="{y}" r="6" fill="none" stroke="{INK}" stroke-width="1.5"/>')
    parts.append(_text(x + 12, y + 4, "on the Pareto front"))
    parts.append(_line(x + 162, y - 7, x + 162, y + 7, INK, 'stroke-width="1.5"'))
    parts.append(_text(x + 170, y + 4, "90 % band"))
    return parts


def _place(option: Recommendation) -> tuple[float, float]:
    monthly = option.cost.per_month_usd if option.cost else COST_TICKS[-1]
    return _x(monthly), _y(option.predicted.ttft_p95_ms.value)


def _x(monthly_usd: float) -> float:
    low, high = math.log(COST_TICKS[0]), math.log(COST_TICKS[-1])
    share = (math.log(monthly_usd) - low) / (high - low)
    return LEFT + min(max(share, 0.0), 1.0) * (RIGHT - LEFT)


def _y(ttft_ms: float) -> float:
    return BOTTOM - min(ttft_ms / HIGHEST_TTFT, 1.0) * (BOTTOM - TOP)


def _shade(option: Recommendation) -> str:
    return next(colour for below, colour, _ in SHADES if option.scores.accuracy < below)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, style: str = "") -> str:
    ends = f'x1="{_number(x1)}" y1="{_number(y1)}" x2="{_number(x2)}" y2="{_number(y2)}"'
    return f'<line {ends} stroke="{colour}"{f" {style}" if style else ""}/>'


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", fill: str = FAINT, size: int = 13, weight: int = 400
) -> str:
    return (
        f'<text x="{_number(x)}" y="{_number(y)}" text-anchor="{anchor}" fill="{fill}" font-size="{size}" '
        f'font-weight="{weight}">{escape(words)}</text>'
    )


def _number(value: float) -> str:
    return f"{value:.1f}"


if __name__ == "__main__":
    drawn = golden_plan()
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture_of(drawn), encoding="utf-8")
    PAGE.write_text(page_with_counts(PAGE.read_text(encoding="utf-8"), drawn), encoding="utf-8")
