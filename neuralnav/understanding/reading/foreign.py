"""What stands in a text without being said of the need: markup, templates, orders to whoever reads it."""

from __future__ import annotations

_SENTENCE = r"(?:[^.,!?;\n]|\.(?=\d)|,(?=\d)|,(?= ?(?:and|then|set|output|print|but)\b)){0,300}"
_ORDERS = r"(?:set|output|print|return|delete|reply|respond|say|act|pretend|write|reveal|put|answer|report|change|drop)"
_OVERRIDES = (
    r"\b(?:ignore|disregard|forget|override|bypass|overrule|discard)"
    r"(?: (?:all|any|every|your|the|my|our|previous|prior|above|earlier|preceding|these|those|of|system|other|existing"
    r"|safety|what|everything)){0,6} (?:instructions?|rules?|prompts?|guidelines?|directions?|orders?|commands?)"
    rf"(?![a-z]){_SENTENCE}"
    rf"(?:[.!?; ]{{1,4}}(?:(?:then|and|now|instead|you are now|please) ){{0,2}}{_ORDERS}\b{_SENTENCE}){{0,3}}"
)
_ELEMENT = r"<(?P<element>script|style)\b[^<>]{0,200}>[\s\S]{0,2000}?</(?P=element)\s{0,3}>"
_TEMPLATE = (
    r"<\|[a-z_]{1,20}\|>\s{0,3}(?:system|assistant|tool|developer)\b[\s\S]{0,2000}?(?:<\|[a-z_]{1,20}\|>|$)"
    r"|<\|[a-z_]{1,20}\|>|<<sys>>[\s\S]{0,2000}?<</sys>>|\[inst\][\s\S]{0,2000}?\[/inst\]|\[/?inst\]|"
    r"<!--[\s\S]{0,2000}?-->"
)
_NEED_AGAIN = (
    r"[.!?;] {1,3}(?:(?:also|anyway|anyhow|besides|by the way|btw|seriously|but|ok|okay|and|now|that said|meanwhile|"
    r"apart from that|in any case|jokes aside|just kidding)[, ]{1,3})?(?:our|we|i|i'm|my)\b(?! (?:are|"
    r"am|is) (?:root|admin|"
    r"the (?:system|admin|developer)))"
)
"""Where a person speaks of what they need again."""

_ROLE = (
    r"(?:(?<![^\n])|(?<=[;.|] )|(?<=[;|]))[ \t#\[]{0,4}(?:system|assistant|developer)\]?(?: "
    "(?:prompt|message|override))? ?:"
    rf"(?=[^\n]{{0,200}}\b(?:you are|ignore|override|always|{_ORDERS})\b)(?:(?!{_NEED_AGAIN})[^\n]){{0,500}}"
)

_STATEMENT = (
    r"\b(?:drop|truncate|alter|create) (?:table|database|schema)\b[^\n;]{0,300}|\bdelete from \w+[^\n;]{0,300}|"
    r"\bset \w{1,40} ?= ?[^\n;]{1,80} where\b[^\n;]{0,300}|' ?or ?'[^'\n]{0,40}' ?= ?'[^'\n]{0,40}'?"
)

FOREIGN = f"{_ELEMENT}|{_TEMPLATE}|{_ROLE}|{_OVERRIDES}|{_STATEMENT}"
"""A pattern for stretches that are skipped as a whole."""

LOOK = (
    r"</?(?:b|i|u|s|a|p|em|strong|br|hr|div|span|li|ul|ol|td|tr|th|table|tbody|thead|h[1-6]|code|pre|font|html|body|"
    r"small|sub|sup|blockquote|img)(?: [^<>\n]{0,200})? ?/?>"
)
"""A pattern for tags that only say how text looks."""

FIELD_ENDS = r"</[a-z][\w\-]{0,30}>"
"""A pattern for the end of what a tag names: ``</users>``."""

FIELD_BEGINS = r"<(?=[a-z][\w\-]{0,30}>)"
"""The same for its beginning, of which the name is read: ``<users>``."""
