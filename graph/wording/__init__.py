"""What the conversation says, built from typed results: every figure and name in it comes from one."""

from graph.wording.deployment import approval, built, failure, overtaken, standing, success, written
from graph.wording.options import (
    comparison,
    explanation,
    explored,
    named,
    option_names,
    options_prompt,
    planned,
    shortlist,
    what_if,
)
from graph.wording.specification import (
    changed,
    defaults_taken,
    derivations,
    model_absent,
    refused,
    specification,
    specified,
    traffic,
)
from graph.wording.text import escaped, quoted

__all__ = [
    "approval",
    "built",
    "changed",
    "comparison",
    "defaults_taken",
    "derivations",
    "escaped",
    "explanation",
    "explored",
    "failure",
    "model_absent",
    "named",
    "option_names",
    "options_prompt",
    "overtaken",
    "planned",
    "quoted",
    "refused",
    "shortlist",
    "specification",
    "specified",
    "standing",
    "success",
    "traffic",
    "what_if",
    "written",
]
