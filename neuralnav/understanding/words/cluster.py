"""How people ask for a plan with what their cluster has. Over canonical words."""

from __future__ import annotations

from neuralnav.understanding.words.tables import any_of

_CLUSTER = (
    r"(?:(?:my|our|the|this|that)(?: (?:own|local|existing|present|current|kubernetes|k8s|openshift|kserve|on premise|"
    r"on prem|gpu))* cluster)"
)
_GPUS = r"(?:gpu|card|accelerator|hardware|machine|node|resource|capacity)"
_FREE = r"(?:free|available|left|unused|idle|spare|there|installed)"
_WHAT = (
    rf"(?:(?:what|whatever) (?:{_CLUSTER} has|(?:we|i) (?:have|have got|own) (?:{_FREE} )?(?:in|on) {_CLUSTER}|"
    rf"is (?:still )?(?:{_FREE} )?(?:in|on) {_CLUSTER})|"
    rf"(?:(?:the|all|any|those|only|just|{_FREE}) )*{_GPUS} (?:(?:that|which) )?(?:are |is )?(?:still )?(?:{_FREE} )?"
    rf"(?:of|in|on|from) {_CLUSTER}|"
    rf"(?:(?:the|all|those|{_FREE}) )*{_GPUS} (?:(?:that|which) )?{_CLUSTER} has|"
    rf"{_CLUSTER} (?:{_FREE} )?{_GPUS})"
)
_USE = (
    r"(?:use|using|take|choose from|stick to|stay within|keep to|keep within|go with|work with|plan with|plan for|"
    r"plan on|plan within|plan around|run (?:it )?on|"
    r"(?:limit|restrict|constrain|keep|fit) (?:it|this|that|everything|the plan|yourself) (?:to|within|into|on)|"
    r"base (?:it|this|that|the plan) on)"
)

USES_CLUSTER = (
    rf"(?:(?:only |just )?{_USE} (?:only |just )?|only |just ){_WHAT}(?! not)(?: {_FREE}| to offer)?|"
    rf"(?:plan for|plan within|plan around|(?:fit|keep) (?:it|this|that|the plan) (?:into|within)) {_CLUSTER}"
)
"""What asks for a plan with the GPUs that are free in the cluster."""

NOT_OF_IT = any_of(
    "not, don't, do not, never, no, without, instead of, rather than, stop, avoid, can't, cannot, shouldn't, won't, "
    "didn't, unable to"
)
"""What, before it in the same clause, says the opposite."""

ASKS_OF_IT = (
    r"(?:so |and |but |ok |please )*(?:how|why|who|where|when|which|what(?! (?:if|about|happen))|did|does|has|have|"
    r"tell me|explain)"
)
"""How a clause begins that only asks about it."""

SPEAKS_OF_CLUSTER = rf"{_CLUSTER}|cluster {_GPUS}"
"""Words that hint at it where it is not clear."""
