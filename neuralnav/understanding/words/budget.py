"""Around an amount of money: for how long it is, and whether it is what may be spent. Patterns over canonical words."""

from __future__ import annotations

from neuralnav.understanding.words.people import BETWEEN, PERSON, PLACES, THINGS
from neuralnav.understanding.words.tables import any_of

HOURS_PER_MONTH = 730.0

MONTHS = {
    "month": 1.0, "mo": 1.0, "mth": 1.0, "monthly": 1.0, "pm": 1.0, "pcm": 1.0,
    "year": 12.0, "yr": 12.0, "y": 12.0, "annum": 12.0, "yearly": 12.0, "annually": 12.0, "annual": 12.0, "pa": 12.0,
    "quarter": 3.0, "quarterly": 3.0,
    "week": 168 / HOURS_PER_MONTH, "weekly": 168 / HOURS_PER_MONTH,
    "day": 24 / HOURS_PER_MONTH, "daily": 24 / HOURS_PER_MONTH,
}  # fmt: skip
"""How many months a period has."""

HOURLY = ("hour", "hr", "h", "hourly")
"""The periods whose amount is kept by the hour."""

_UNIT = any_of("month, mo, mth, year, yr, y, annum, quarter, week, day, hour, hr, h")
_OFTEN = any_of("monthly, annually, yearly, hourly, daily, weekly, quarterly, pm, pcm, pa")
_AT_MOST = (
    r"(?:max|maximum|at most|or less|top|limit|cap|ceiling|all in|in total|total|usd|budget|at the most|spend|"
    r"for (?:it|this|that|everything|hosting|infrastructure|gpu|compute|hardware)|"
    r"on (?:gpu|compute|infrastructure|hosting|hardware|cloud))"
)

PERIOD_AFTER = (
    rf"^ (?:{_AT_MOST} )?(?:(?:a|an|per|/|each|every|in a|for a|for each|by the) (?P<unit>{_UNIT})|"
    rf"(?P<often>{_OFTEN})) "
)
"""The period right after an amount."""

PERIOD_BEFORE = (
    r" (?P<often>monthly|annual|yearly|hourly|daily|weekly|quarterly|month|hour|year) "
    "(?:(?:budget|cost|spend|spending|limit|cap|ceiling|bill|price|maximum|max|infrastructure|cloud|"
    "hosting|gpu|usd|dollar|of|is|"
    r"at|to|about|around|under|below|up|:|=|<|most|must|should|stay|not|exceed|be|a|the|no|more|than|our|for) ){0,7}$"
)
"""The period in what leads up to an amount: ``monthly budget of``."""

LIMIT_BEFORE = (
    r" (?:budget|budgeted|spend|spending|afford|pay|cost|costing|bill|limit|cap|ceiling|allowance|price|at most|"
    r"no more than|not more than|less than|under|below|max|maximum|up to|within|stay under|<) "
    r"(?:(?:of|is|was|were|at|to|about|around|:|=|<|under|below|up|down|max|maximum|most|no|more|than|be|our|a|"
    r"the|it|on|"
    r"over|for|must|should|stay|not|exceed|only|just|roughly|this|per|that|can|we|have|limit|set|now|,|gpu|"
    r"total|least) )"
    r"{0,6}$"
)
"""What names an amount a limit before it."""

LIMIT_AFTER = (
    r"^ (?:is |as |for |per |a |of )*(?:our |the |my )?(?:max |maximum |total |monthly |hourly )?"
    r"(?:budget|limit|cap|ceiling|max|maximum|top|at most|to spend|is all|is what we (?:have|can spend))"
)
"""What names an amount a limit after it."""

BUDGET_BEFORE = (
    r"(?<! no) budget (?:(?:usd|dollar|of|is|was|were|be|become|drop|rise|at|to|about|around|:|=|<|under|up|"
    "down|max|limit|cap|now|"
    r"only|just|,) )"
    r"{0,4}$"
)
"""What makes a figure without a currency and a period money."""

BUDGET_BECAME_BEFORE = (
    r"(?<! no) budget (?:has |have |was |is |will |just |now |been |be |it |that |, |wrong |incorrect |off |not right |"
    r"should |must |go |goes |went |gone |grew |grow |rise |rose |increased |increase |decreased |dropped |fell |cut |"
    r"raised |lowered |reduced |changed |set |moved |up |down |to |about |around |only ){1,7}$"
)
"""What makes a figure money where it ends what is said."""

PLAIN_BUDGET_AFTER = (
    r"^ (?:monthly )?(?:budget|money)(?: (?:max|maximum|at most|only|limit|cap))? (?:$|[,.;!?/]|and |for |"
    r"with )"
)
"""What makes a plain figure before it money: ``4k budget``."""

SMALLEST_PLAIN_BUDGET = 100
"""Less than this is hardly money where no currency is said: ``2 budget options``."""

SPENDING_BEFORE = r" (?:budget|cost|spend|bill|price) "

OURS_TO_SPEND = r" (?:budget|afford|limit|cap|ceiling|at most|no more than|max|maximum|up to) "

BACKGROUND_BEFORE = (
    r" (?:revenue|earn|earning|turnover|charge|charging|worth|sell|selling|save|saving|lose|losing|loss|fine|"
    r"fined|salary|"
    r"(?:(?<! if )(?:we|they)|who|and|currently|now|already) (?:now |already |currently )?(?:pay|paying)"
    "(?! (?:at most|up to|no more|max|less|under))|raised(?! the)|raising|paid|sale|debt|profit|"
    "cost (?:us|them|me|you|a customer)|(?:customer|user|"
    r"client) (?:pay|spend)|"
    r"currently (?:spend|pay|spending|paying|cost)|spend currently|today we (?:pay|spend)|instead of|down from|"
    r"rather than|"
    r"than the|order of|(?:order|item|product|purchase|gift|article|basket|cart|ticket|price) "
    r"(?:under|over|below|above|of|worth|from)|refund|invoice of|priced at|used to (?:pay|cost|spend)|grant|prize) "
    r"(?:[a-z':=]+ ){0,3}$"
)
"""What shows that money is earned, saved, lost or spent already, not to be spent."""

BACKGROUND_AFTER = (
    r"^ (?:a |per |/ )?(?:month |year |hour |day )?(?:in |of )?(?:revenue|sale|turnover|profit|salary|saving|"
    r"debt|funding|"
    r"company|startup|business|t ?shirt|product|item|order|purchase|refund|plan|subscription|today|currently|now to|"
    r"to openai|for openai|right now|at the moment|gift|prize|deal|each (?:$|[,.;]))"
)

PER_OTHER_AFTER = (
    r"^ (?:a|an|per|/|each|every|for each) (?:user|seat|person|employee|agent|gpu|GPU|card|request|query|call|"
    r"message|node|"
    r"instance|replica|document|page|word|image|ticket|lawyer|developer|student|head|customer)\b"
)
"""What makes an amount a price of something else: ``$30 per seat``."""

PER_GPU_AFTER = r"^ (?:an|per|/|a) (?:gpu|GPU|card) "

ONCE = (
    r" (?:one off|one time|once|upfront|up front|capex|lump sum|for the (?:whole )?(?:project|year|pilot|"
    r"quarter)|in total|"
    r"overall|altogether) "
)
"""What makes an amount one that is spent only once."""

PRICE_OF_TOKENS = (
    r"(?P<price>MONEY|NUM)(?: max| at most)? (?:per|/) (?:(?P<tokens>TOKENS)|token)|"
    r"(?P<sum>MONEY) (?:for|each|every) (?P<bought>TOKENS)|"
    r"per (?P<each>TOKENS|token)(?: (?:of|is|below|under|at|most|:|<|max|must|to|be|should|stay|less|"
    r"than|about|around)){0,4}"
    r" (?P<cost>MONEY)"
)

REQUESTS_BEFORE = (
    r" (?:request|query|call|message|prompt|question|hit|search) (?:(?!budget|cost|spend|for)[a-z:=]+ ){0,3}$"
)
"""What makes a figure a number of requests."""

COUNTED_BEFORE = (
    r" (?!NUM )[^ ]+ (?:hire|visitor|applicant|patient|case|ticket|order|sale|signup|document|request|call|email|user|"
    r"customer|student|"
    r"member|lead|inquiry|message|question|query) , $"
)
"""What a figure after a comma counts: ``new hires, 1,000 a year``."""

REQUESTS_AFTER = r"^ (?:request|query|call|user|visit|message)"

ENDS_AFTER = r"^ (?:$|[,.;/]|(?:max|budget|at|for|or|and|on) )"
"""What may follow ``monthly`` after a plain figure: ``1M monthly active users`` is no money."""

COUNTED_AFTER = rf"^ (?:GPU|gpu|card|ms|request|token|x|{THINGS}|{PLACES}|{BETWEEN}{PERSON}) "
"""What a figure counts where it is no money."""
