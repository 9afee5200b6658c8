"""How people say in a reply that a value is to change or to go. Patterns over canonical words."""

from __future__ import annotations

from neuralnav.understanding.words.tables import any_of

CLEARED = (
    (
        "max_monthly_cost_usd",
        r"(?:monthly )?(?:budget|cost|price|spending|spend|money)(?: limit| cap| constraint| ceiling| restriction)?",
    ),
    ("max_hourly_cost_usd", r"hourly (?:budget|cost|price)(?: limit| cap)?"),
    ("ttft_p95_ms", r"(?:ttft|time to first token|first token)(?: target| limit| slo| requirement)?"),
    ("itl_p95_ms", r"(?:itl|tpot|inter token latency)(?: target| limit| slo| requirement)?"),
    ("e2e_p95_ms", r"(?:e2e|end to end|end to end latency|total latency)(?: target| limit| slo| requirement)?"),
    ("reliability_pct", r"(?:uptime|availability|reliability)(?: target| requirement| slo)?"),
    ("available_gpus", r"(?:gpu|card|hardware|gpu type) (?:restriction|constraint|preference|type|requirement)"),
    ("max_gpus", r"(?:gpu|card)(?: count)? (?:limit|cap|maximum|count)"),
    ("preferred_models", r"(?:preferred )?model (?:preference|restriction|wish|constraint|choice)"),
    ("excluded_models", r"(?:excluded model|model exclusion|exclusion)"),
    ("cloud_provider", r"(?:cloud |provider |cloud provider )(?:restriction|preference|constraint|requirement)"),
    ("region", r"region(?:al)?(?: restriction| preference| constraint)?"),
    ("max_tensor_parallel", r"(?:tensor parallel|tensor parallelism|tp)(?: limit| cap)"),
    ("licence", r"license (?:restriction|constraint|requirement|demand)"),
)
"""Fields and how people call them when they take a limit away."""

TAKES_AWAY = (
    r"(?:no|without|remove|drop|forget|forget about|delete|clear|lift|ignore|unset|take away|get rid of|there is no|"
    r"we have no|i have no|don't need|don't have|do not have)(?: (?:the|a|any|my|our|more|about|need for))*"
)

_IS_FINE = r"(?: (?:is|will|would|do) (?:fine|ok|okay|good))?"

ANYTHING_GOES = (
    ("available_gpus", rf"(?:any|whatever|every) (?:kind of |type of )?(?:gpu|card|hardware){_IS_FINE}"),
    ("preferred_models", rf"(?:any|whatever) model{_IS_FINE}"),
    ("cloud_provider", r"(?:any|whatever) (?:cloud|provider|cloud provider)"),
    ("region", r"(?:any|whatever) region"),
    ("reliability_pct", r"without (?:a |any |the )?(?:spare|standby|redundant) replica"),
    (
        "max_monthly_cost_usd",
        r"(?:unlimited|infinite) (?:budget|money)|budget (?:is )?(?:unlimited|no issue|open)|money (?:is|"
        r"was|were|would be) no (?:object|issue|problem)",
    ),
)
"""Fields and what says that nothing limits them."""

LEFT_OPEN = (
    *CLEARED,
    ("available_gpus", r"(?:available )?(?:gpu|card|hardware|gpu type)"),
    ("preferred_models", r"(?:preferred )?model"),
    ("cloud_provider", r"cloud|provider|cloud provider"),
    ("max_tensor_parallel", r"tensor parallel|tensor parallelism|tp"),
    ("licence", r"license"),
    ("quality", r"quality"),
)
"""Fields and how people call them in ``leave the region open``."""

LEAVES_OPEN = r"(?:leave|keep) (?:the |my |our )?(?:{}) open"

DOUBLING = {
    "double": 2.0, "twice": 2.0, "triple": 3.0, "quadruple": 4.0, "halve": 0.5, "half": 0.5,
    "doubled": 2.0, "tripled": 3.0, "quadrupled": 4.0, "halved": 0.5,
}  # fmt: skip
"""What is done to a value, as a factor."""

TIMES = rf"(?P<by>{'|'.join(DOUBLING)}|NUM(?= (?:x|time|fold)))(?: (?:x|time|fold))?"
"""How many times a value: ``double``, ``three times``."""

OF_THEM = r"(?:of )?(?:(?:the|our|my|as|that|many|much|more) )*(?:number of |amount of )?"
"""What stands between ``double`` and what is doubled."""

DOUBLES = (
    r"(?:(?:was|were|is|are|be|get|got|have|has|had|would|will|should|to) )*(?P<by>double|triple|quadruple|halve|"
    r"doubled|tripled|quadrupled|halved)"
)
"""What a value does by itself: ``what if the users double``."""

PEOPLE_FIELDS = ("user_count", "concurrent_users")
"""Fields that grow with the number of people."""

LOAD_FIELDS = (*PEOPLE_FIELDS, "expected_qps", "throughput_rps")

COME = (
    rf"{TIMES} (?:(?:as |that )?many|of (?:them|the people))(?: of them)? (?:\w+ ){{0,2}}"
    r"(?:came|come|use|used|show up|showed up|turn up|"
    r"turned up|join|joined|arrive|arrived|sign up|signed up|log in|logged in|wanted|want|register|registered)"
)
"""``twice as many came``: more people than now, without a word for them."""

SCALABLE = (
    ("user_count", r"user|people|user count|number of user|agent|developer|employee|customer|staff"),
    ("concurrent_users", r"concurrent user|concurrency"),
    ("max_monthly_cost_usd", r"(?:monthly )?budget|spend|cost limit"),
    ("expected_qps", r"qps|rps|traffic|load|request rate|request"),
    ("ttft_p95_ms", r"ttft|time to first token"),
    ("itl_p95_ms", r"itl|tpot"),
    ("e2e_p95_ms", r"e2e|end to end"),
    ("prompt_tokens", r"prompt|input|prompt length|input length"),
    ("output_tokens", r"output|answer|output length|answer length"),
    ("max_gpus", r"gpu|card"),
)
"""Fields and how people call them when they double them."""

COMPARATIVES = (
    ("cost", r"(?:cheaper|less expensive|more affordable|lower cost|more economical)"),
    ("latency", r"(?:faster|quicker|more responsive|lower latency|snappier|less latency)"),
    (
        "accuracy",
        r"(?:more accurate|better quality|higher quality|smarter|more precise|more reliable answer|better answer)",
    ),
)
"""What is wanted more of than the present plan has, by priority."""

PRIORITY_SET = (
    r"(?:change|set|switch|make|move|put|turn|with|want)(?: the| our| my| a)? priority(?: is| to| as| at|"
    r" on| be| =| :)*"
    r" (?P<to>cost|price|money|latency|speed|accuracy|quality|balanced|balance)"
)
PRIORITY_WORDS = {
    "cost": "cost", "price": "cost", "money": "cost", "latency": "latency", "speed": "latency", "accuracy": "accuracy",
    "quality": "accuracy", "balanced": "balanced", "balance": "balanced",
}  # fmt: skip
"""How the priority is set by name, and which one a name means."""

WANTS_BETTER = (
    r"(?:(?:something|anything|the|a|an|any|bit|little|much|way|even|more|give me|gimme|show me|i want|"
    r"we want|i need|got|have|you|do|"
    r"is there|are there|find|want|maybe|perhaps|hm+|no|one|option|,) )*"
    rf"(?:{'|'.join(pattern for _, pattern in COMPARATIVES)}|cheap|fast|quick|accurate|smart|better)"
    r"(?: (?:one|option|solution|alternative|model|gpu|please|configuration|than (?:that|this|it|these|"
    r"NUM|the \w+)|!))*"
)
"""A phrase that beside options as a whole wants a better one, and leaves open which."""

SUPERLATIVES = r"cheapest|fastest|quickest|most accurate|lowest \w+|best \w+|smartest|strongest|balanced"
"""What names an option where options are shown, and no priority."""

EDITS = any_of(
    "make, change, set, use, switch, increase, raise, lower, reduce, decrease, relax, tighten, update, put, want, need,"
    "prefer, rather, instead, should, must, let, add, limit, only, actually, please, with, allow, more, edit, adjust,"
    "correct, replace, for, is ok, is fine, optimise, optimize, prioritise, prioritize, focus, priority"
)
"""Words that show that something is to be changed."""

ABOUT_THE_USE = (
    r"use case|(?:it is|this is|meant|used|is) (?:really |actually |mainly )?for|change|switch|instead|actually|rather|"
    r"(?:i|we|they) (?:\w+ )?(?:need|want)|should be|make it|not"
)
"""What shows that a use case is named to change it."""

INSULTS = r"stupid|dumb|idiot|idiotic|useless|silly|crap|crappy|shit|shitty|damn|fuck|fucking|terrible|"
r"awful|suck|bad|worst|trash|garbage|lame"
"""Beside these a use case is no use case: ``stupid bot``."""

ORDERS = (
    r"(?:summari[sz]e|translate|explain|write|rephrase|paraphrase) "
    r"(?:that|this|it|them|these|those|the (?:plan|option|spec|result|list))|"
    r"shorten (?:the |our |my )?(?:prompt|answer|input|output|request|response|reply|context)"
)
"""Orders to the conversation that sound like a use case."""

ADDS = any_of("also, too, as well, add, additionally, in addition, plus, besides, additional")
"""What adds to a list instead of replacing it."""

ONLY = any_of("only, nothing but, solely, exclusively")
"""What makes a list the whole list."""

READMITS = (
    r"after all|again|back in|(?:is|are|would be|will be|be) (?:\w+ )?(?:fine|ok|okay|good|allowed|acceptable|possible|"
    r"available|permitted)|allow|permit|(?:can|may|could) (?:\w+ )?be used|no longer (?:excluded|ruled out|forbidden)"
)
"""What lets in again what was ruled out."""

NAMES_EXCLUDED = {
    "excluded_gpus": r"(?:set|change) (?:the )?(?:excluded (?:gpu|card)|gpu exclusion)",
    "excluded_models": r"(?:set|change) (?:the )?(?:excluded model|model exclusion)",
}
"""Lists of what is ruled out, called by their names to set them as a whole."""

PRICE_LIMIT = r"(?:budget|cost|price|limit) (?:(?:for|per|of) )?(?P<tokens>TOKENS) (?:to|at|of|is|=) (?P<money>MONEY)"
"""A limit on the price of tokens: ``the budget for 1,000 tokens to $0.02``."""

CARRIED = r"(?:to|that must|that has to) (?:be )?(?:carry|carried|sustain|sustained)"
"""What after a rate makes it one that must be carried, not the one at peak."""

RELIABILITY_SET = r"(?:uptime|availability|reliability)(?: target)? (?:(?:is|to|of|at|=|:|be) )+(?P<pct>NUM)"
"""The availability without its percent sign."""

QUALITY_SET = r"quality (?:(?:is|to|at|=|:|be) )+(?P<quality>standard|high|very high)"
