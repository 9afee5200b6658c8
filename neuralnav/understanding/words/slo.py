"""How people name the three latencies, from the surest to the loosest wording."""

from __future__ import annotations

_BEGIN = r"(?:start|begin|commence|kick off)(?:s|ing|ning)?(?: to)?"
_ANSWERING = (
    r"(?:answer|respond|reply|repli|typ|talk|writ|stream|generat|appear|speak|see|output|print|show|"
    r"read|com|produc|"
    r"complet|display|arriv|translat|summaris|summariz)(?:e|ing|s)?(?: (?:in|back|out))?"
)
_RESPONSE = (
    r"(?:answer|response|reply|repl|token|word|output|text|result|completion|character|letter|"
    r"suggestion)"
)

TTFT = (
    r"ttft|ttfts|time to (?:the )?first (?:token|word|character|response|byte|output)|"
    r"time till (?:the )?first token|"
    rf"(?:the )?(?:very )?first (?:{_RESPONSE}|sign of life|visible {_RESPONSE})(?: latency| delay| time|"
    r" out)?|"
    rf"{_BEGIN} (?:\w+ )?{_ANSWERING}|{_RESPONSE} (?:should |must |has to |have to |needs? to |"
    r"to )?(?:start|begin)s?|"
    rf"start of (?:the |an |each )?{_RESPONSE}|prefill (?:latency|time)|"
    rf"time before (?:the )?first {_RESPONSE}|initial {_RESPONSE}|"
    rf"before (?:the )?(?:first )?{_RESPONSE} (?:start|appear|begin)s?|"
    r"(?:till|until|before|for) (?:\w+ ){0,2}(?:something|anything|thing|the first \w+|text|letter|it) (?:to )?"
    r"(?:show|appear|come|start|begin|be shown|is shown|is visible|happen|is seen)(?: up)?"
)
"""Time to first token."""

ITL = (
    r"itl|itls|tpot|tbt|inter token(?: latency| delay| time)?|intertoken(?: latency)?|"
    r"time per (?:output )?token|"
    r"time between (?:\w+ )?token|between (?:\w+ )?(?:token|word)|(?:per|each|every|a|/) (?:output |"
    r"generated |subsequent |further )?token(?: latency)?|"
    r"token to token(?: latency)?|per token latency|decode (?:latency|time)(?: per token)?"
)
"""Inter-token latency."""

_WHOLE = r"(?:whole|entire|complete|full|finished) [a-z]+(?= (?:within|inside|under|in|below|in under|in less than|<) )"

E2E = (
    rf"{_WHOLE}|"
    r"e2e|e 2 e|end to end(?: latency| response time| time| response)?|total (?:latency|time|"
    r"response time|duration)|"
    r"overall (?:latency|time|response time)|"
    r"(?:full|whole|complete|entire|final|finished|total) (?:answer|response|reply|result|summary|"
    r"translation|completion|"
    "message|text|report|request|generation|output|review|analysis|article|document|file|contract|"
    "draft|post|email|letter|"
    r"function|code|digest|synopsis|abstract|thing|job|description|advert|ad|opinion|memo|brief|story|script|speech|"
    r"page|sentence|paragraph|caption|chapter|class|program|module|newsletter|copy|piece|transcript|recap|note)"
    r"(?: time| latency)?|last token|(?:request|"
    r"response) latency|"
    r"response time|answer time|reply time|turnaround(?: time)?|completion time|"
    rf"(?:finish|complete|done|finished|completed|ready|delivered|through)(?:es|d|ing)?(?: {_ANSWERING})?"
)
"""End-to-end latency, named."""

LOOSE_E2E = (
    r"(?:answer|response|respond|reply|summary|translation|result|completion|suggestion|summarise|"
    r"summarize|translate|"
    r"reply|return|returned|answered|complete|completed|process|processed|analyse|analyze|draft|"
    r"generated|produced|"
    r"(?:in|into) (?:english|german|french|spanish|italian|dutch|japanese|chinese|portuguese|polish|russian)|"
    r"autocomplete|responding|answering|replying|summarising|summarizing|translating|handled|query|request)"
)
"""End-to-end latency where only what is waited for was said: ``answers within 10 seconds``."""

LATENCY = r"latency|delay|lag|wait|waiting time|slo|sla"
"""Which of them is not said."""

LIMITS = (
    r"(?:within|under|below|in|inside|less than|at most|no more than|not more than|no longer than|"
    r"not longer than|max|"
    r"maximum|maximum of|up to|faster than|quicker than|in under|in less than|in at most|by|after|<|of|"
    r"is|sub|beneath|"
    r"no later than|should be|must be|should not exceed|must not exceed|not exceed|cannot exceed|"
    r"take at most|"
    r"should take|takes?|taking)"
)
"""What stands between the thing that is waited for and how long."""
