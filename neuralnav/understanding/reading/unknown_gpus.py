"""Recognises GPUs that nothing is known of: by their names, or by names like theirs where a GPU must stand."""

from __future__ import annotations

import re

_GEFORCE_NUMBER = r"(?:[2-5]0[5-9]0|1[06][5-8]0)"
_LARGE_GEFORCE = r"[345]0[789]0"
_SUFFIX = r"(?:[ \-]?(?:ti|super|ada))"
_NOT_HOSTS = r"(?![ \-](?:instance|vm|node|machine|server|cluster|fleet|farm|box|host|pool|budget|quota)s?(?![a-z]))"
_IS_CALLED_GPU = rf"[ \-](?:gpus?|accelerators?|graphics)(?![a-z0-9]){_NOT_HOSTS}"
_ENDS = r" ?(?:$|[.,;:!?)/\n])"

UNKNOWN_GPUS = "|".join(
    (
        rf"rtx[ \-]?(?:6000[ \-]ada|a\d000|(?!6000)\d{{4}}{_SUFFIX}{{0,2}})",
        rf"geforce(?:[ \-][rg]tx)?(?:[ \-]?\d{{3,4}}{_SUFFIX}{{0,2}})?",
        rf"gtx[ \-]?\d{{3,4}}{_SUFFIX}{{0,2}}",
        rf"{_GEFORCE_NUMBER}[ \-]?(?:ti|super)|(?<=nvidia[ \-]){_GEFORCE_NUMBER}",
        rf"{_LARGE_GEFORCE}(?=s(?![a-z0-9]))",
        rf"(?:(?<= a )|(?<= one )|(?<= single )|(?<=\dx )){_LARGE_GEFORCE}"
        rf"(?={_ENDS}|{_IS_CALLED_GPU}| cards?(?![a-z]))",
        r"radeon(?:[ \-](?:pro|instinct|rx|vii))*(?:[ \-]?w?\d{3,4})?(?:[ \-]?(?:xtx|xt|gre))?",
        r"rx[ \-]?(?:[5-7][4-9][05]0|90[67]0)(?:[ \-]?(?:xtx|xt|gre))?",
        r"quadro(?:[ \-](?:rtx|gv|gp|[pktm])[ \-]?\d{3,4})?|titan[ \-](?:rtx|xp|x|v)",
        r"(?:intel[ \-])?arc[ \-][ab]\d{3}|jetson(?:[ \-](?:orin|nano|xavier|agx|thor))*|dgx[ \-]spark",
        r"apple[ \-]m[1-9](?:[ \-](?:max|pro|ultra))?|m[1-9][ \-]ultra",
        r"v100|p100|k80|a40|a30|a6000|a5000|l40(?!s)|h20|h800|a800|b100|gb300",
        rf"p40?(?={_IS_CALLED_GPU})",
        r"mi210|mi250x?|mi350x?|mi355x|gaudi[ \-]?[23]?|tpus?(?:[ \-]?v\d\w?)?|(?:groq[ \-])?lpus?",
        r"inferentia[ \-]?2?|trainium[ \-]?[23]?",
        r"(?:hopper|ampere|blackwell|turing|volta|pascal|ada[ \-]lovelace)(?=[ \-](?:gpu|card|accelerator)s?(?![a-z]))",
    )
)
"""Accelerators, and generations of them, that people name and that are not among the known ones."""

_NO_GPUS = r"x|v|p|q|tp|pp|dp|ep|fp|bf|nf|int|top|gen|sm|ec|nc|nd|nv|cu|fy"
"""Letters that begin counts, versions, percentiles, quarters, degrees, number formats and hosts."""

GPU_LIKE = rf"(?:(?<![a-z0-9])|(?<=\dx))(?!(?:{_NO_GPUS})\d)[a-z]{{1,3}}\d{{1,4}}[a-z]{{0,3}}(?![a-z0-9])"
"""A word in the form of a GPU's name; :func:`stands_for_gpu` tells whether it is one."""

_GPU_FOLLOWS = re.compile(_IS_CALLED_GPU)
_ANY_GPU_FOLLOWS = re.compile(r"[ \-](?:gpus?|accelerators?|cards?)(?![a-z0-9])")
_VENDOR_PRECEDES = re.compile(r"(?:nvidia|amd|tesla|instinct)[ \-]$")
_SERIES = re.compile(r"(?:mi\d{3}[a-z]?|g[bh]\d{3})s?")
_ROUND = re.compile(r"(?:[hb][1-9]00|[abh][1-9]000)s?")
_SHORT = re.compile(r"[a-z]+\d[a-z]{0,3}")
_SHORT_GPU = re.compile(r"[tlam]\d")
_USE_PRECEDES = re.compile(
    r"(?:(?<![a-z])(?:on|using|use|with|have|has|own|rent|buy|got|get|need)"
    r"(?: (?:a|an|the|our|some|few|single|only|just|new|one|two|three|four|six|eight|ten|sixteen|\d{1,4}|x)){0,3} "
    r"|\d ?x ?|(?<![\d.])\d{1,4} )$"
)
_CLAUSE_FOLLOWS = re.compile(
    rf"{_ENDS}| (?:and|or|for|in|at|to|only|please|with|within|under|each|nodes?|servers?|instances?|machines?|"
    r"box(?:es)?)(?![a-z])"
)
_LONGEST_USE = 40
_LONGEST_FOLLOWING = 30


def stands_for_gpu(folded: str, start: int, end: int) -> bool:
    """Whether the match of :data:`GPU_LIKE` at ``start``..``end`` of a text names a GPU.

    It does where a vendor precedes or the word GPU follows; names in the form of the large series, such as ``B400``,
    also where something is run on them or they are counted.
    """
    word, after = folded[start:end], folded[end : end + _LONGEST_FOLLOWING]
    before = folded[max(0, start - _LONGEST_USE) : start]
    if _SERIES.fullmatch(word) or _VENDOR_PRECEDES.search(before):
        return True
    if _ROUND.fullmatch(word):
        used = _USE_PRECEDES.search(before) is not None and _CLAUSE_FOLLOWS.match(after) is not None
        return used or _ANY_GPU_FOLLOWS.match(after) is not None
    if _SHORT.fullmatch(word) and not _SHORT_GPU.fullmatch(word):
        return False
    return _GPU_FOLLOWS.match(after) is not None
