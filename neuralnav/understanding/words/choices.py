"""How people name an option and take it. Over canonical words."""

from __future__ import annotations

from neuralnav.models.vocabulary import View

CHOOSE_BEGINS = (
    r"(?:i |we |let us |please |then |i will |we will |i would |we would |can i |can we |could we |could you |"
    r"can you |ok |just |i think |i guess |so |"
    r"let me |i am |we are )*(?:take|chose|do|grab|go|going for|pick|choose|select|go (?:with|for)|want|like|prefer|"
    r"have|use|deploy|give me|settle (?:on|"
    r"for)|opt for|"
    r"decide (?:on|for)|choosing|picking|taking|going with|my choice is|my pick is|run|like to (?:take|have|"
    r"choose|use|go with))"
)
"""How a choice begins; what follows must name an entry or a view."""

DEPENDS = r"then|if so|in that case|it|that|that one|this|this one"
"""What makes a choice hang on the answer to a question before it."""

VIEWS = {
    View.LOWEST_COST: (
        r"cheapest|lowest (?:cost|price)|least expensive|most (?:affordable|economical)|lowest priced|lowest_cost|"
        r"low cost|"
        r"cost optimi[sz]ed|least costly|least cost"
    ),
    View.LOWEST_LATENCY: (
        r"fastest|quickest|lowest latency|most responsive|lowest_latency|speediest|snappiest|low latency|"
        r"lowest ttft|least latency"
    ),
    View.BEST_ACCURACY: (
        r"most accurate|best accuracy|best quality|highest (?:quality|accuracy)|smartest|most capable|best_accuracy|"
        r"most precise|strongest|cleverest|best model"
    ),
    View.SIMPLEST: r"simplest|easiest|least complex|most simple|least complicated|simple",
    View.BALANCED: (
        r"(?:best |most |well )?balanced|recommended|best overall|overall best|best compromise|compromise|"
        r"best all ?round(?:er)?|best trade off|default|your recommendation|what you recommend"
    ),
}
"""The five views as people call them."""

ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "top": 1, "uppermost": 1,
}  # fmt: skip
