"""How people answer: set phrases, how questions begin, what only frames them. Over canonical words."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.reply import ActionKind, CheckpointKind
from neuralnav.understanding.words.assent import APPROVES, RETRIES
from neuralnav.understanding.words.tables import any_of, word_set


@dataclass(frozen=True)
class SetPhrases:
    """Phrases that as a whole mean ``action``, wherever they are said."""

    action: ActionKind
    alternatives: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """All of them as one pattern."""
        return "|".join(self.alternatives)


_LET_ME = (
    r"(?:let us |let me |please |can we |could we |can you |i want to |i would like to |we should |just |ok |"
    r"okay |no |then |wait |actually )*"
)

STARTS_OVER_WITH = (
    rf"{_LET_ME}(?:start (?:all )?(?:over|again|from scratch|afresh|fresh|anew))(?: please)? (?=(?:with|"
    rf"for|using|we|i|it|this|but|"
    r"now|instead)(?: |$))"
)
"""How a new need begins in the same breath as the wish to start over."""

SET_PHRASES = (
    SetPhrases(
        ActionKind.THANKS,
        (
            r"(?:that|this|it) (?:was |really |very )*(?:help|helped|helpful|useful)(?: (?:a lot|me|"
            r"very much))?|(?:great|good) help",
            r"(?:(?:many|great|ok|perfect|super|wonderful|excellent|nice|cool|good|alright|all right|awesome|and|so|"
            r"very|"
            r"that is|,) )*(?:thanks|thank you|thx|ty|cheers?|much appreciated|appreciated|much obliged|"
            r"merci|danke|gracias|grazie|obrigado|cheer)"
            r"(?: (?:a lot|a million|a bunch|so much|very much|indeed|really|again|you|for \w+(?: \w+){0,5}|all|mate|"
            r"man|buddy|guy|dear|everyone|that is all|"
            r"!))*",
        ),
    ),
    SetPhrases(
        ActionKind.UNKNOWN_ANSWER,
        (
            r"(?:(?:well|sorry|honestly|hmm|hm|um|actually|really|to be honest|i am afraid|we) )*(?:i |we )?(?:really |"
            r"honestly |"
            r"actually )?(?:don't|do not|can't|cannot|couldn't|wouldn't) (?:really |actually |yet |even |"
            r"quite )?(?:know|say|"
            r"tell|have (?:a clue|any idea|an idea|that number|that figure)|remember)(?: (?:that|yet|it|this|for sure|"
            r"exactly|tbh|"
            r"right now|either|sorry|now|exact (?:number|figure)))*",
            r"(?:i |we )?(?:really |honestly )?(?:don't|do not) (?:really |yet )?know (?:yet )?(?:how (?:many|much)|"
            r"what|which|"
            r"the (?:exact |precise )?(?:number|figure|count))(?: [a-z]+){0,6}",
            r"(?:i have |we have |i have got |got )?no (?:idea|clue)(?: (?:yet|sorry|tbh|at all|"
            r"about (?:the |our )?\w+(?: \w+)?|"
            r"really))*",
            r"(?:i am |we are )?(?:not (?:really |quite |yet |so )?(?:sure|certain)|unsure|uncertain|undecided)"
            r"(?: (?:yet|about that|about it|really|sorry|at all))*|(?:i |we )?(?:idk|dunno)(?: (?:really|"
            r"yet|sorry|tbh|honestly))*|who know|search me|beat me|no way to (?:know|tell)|unknown|"
            r"default|pass|tbd|anything",
            r"(?:you|neuralnav) (?:choose|decide|pick|tell me|suggest|guess)(?: (?:it|for me|please|something|one))*",
            r"(?:it is )?(?:up to you|your call|your choice)|whatever(?: you (?:think|like|want|suggest|recommend|"
            r"prefer)"
            r"(?: is best)?)?|(?:i have |we have )?no (?:preference|opinion)|skip(?: (?:it|this|that|the question))?",
            r"(?:just )?(?:use|take|go with|keep|assume) (?:the |a |your |some |sensible |reasonable |good |usual )*"
            r"(?:default|standard|usual)(?: value)?(?: please)?",
            r"(?:the )?default (?:value )?(?:is|are) (?:fine|ok|okay|good)|(?:it is |that is )?(?:hard|"
            r"difficult|impossible|too early|not easy) to (?:say|tell|know|guess|"
            r"estimate)(?: (?:yet|now|right now|really|at this point))*|can't say|"
            r"(?:i |we )?(?:haven't|have not|hadn't) (?:really |yet )?(?:a clue|an idea|any idea|decided|"
            r"thought about (?:it|that|this)|"
            r"counted|measured|figured (?:it|that) out|checked)(?: (?:yet|that|it|really|so far))*|"
            r"(?:i |we )?(?:don't|do not) (?:really )?(?:track|measure|count|have|collect|"
            r"monitor) (?:that|it|this|those|any|such|"
            r"(?:any |the |such |these |those )?(?:number|figure|data|stat|metric))|"
            r"(?:i |we )?(?:have|got) no (?:figure|number|data|estimate|idea|clue|information)(?: (?:yet|"
            r"on that|for that))?|"
            r"no comment|"
            r"doesn't matter|(?:i |we )?(?:really )?(?:don't|do not) (?:care|mind)|(?:it is )?all the same(?: to me)?|"
            r"not known(?: yet)?|to be (?:determined|"
            r"decided)",
        ),
    ),
    SetPhrases(
        ActionKind.START_OVER,
        (
            rf"{_LET_ME}(?:start|begin|commence) (?:all )?(?:over|again|from scratch|afresh|fresh|anew|"
            r"from the (?:beginning|start|top))(?: (?:please|from scratch|again))*",
            rf"{_LET_ME}(?:restart|reset)(?: (?:everything|all|it|the conversation|please|from scratch))*|"
            r"from scratch(?: please)?",
            r"(?:forget|scrap|discard|throw away) (?:it all|everything|all(?: of)?(?: (?:it|this|that))?|"
            r"the whole (?:thing|"
            r"plan))"
            r"(?: and start (?:over|again))?",
            r"new (?:request|plan|conversation|need|project)|"
            r"(?:go )?back to (?:the )?(?:(?:very )?(?:start|beginning)|square one)(?: please)?|"
            r"clean slate",
        ),
    ),
    SetPhrases(
        ActionKind.BACK,
        (
            rf"{_LET_ME}(?:take me |bring me )?(?:go |step |get |move |come |jump |one step )?back(?: (?:one|a) step)?"
            r"(?: (?:to|at) (?:the |my |our )?(?P<to>[a-z ]+?))?(?: (?:please|again|now|then))*",
            r"return to (?:the |my |our )?(?P<return>[a-z ]+?)(?: (?:please|again|now))*|"
            r"(?:go to )?(?:the )?previous (?:step|page|"
            r"screen|one)",
            r"(?:show|let me see) (?:me )?(?:the )?(?P<show>spec|specification|option) again",
        ),
    ),
    SetPhrases(
        ActionKind.STATUS,
        (
            r"(?:please |hi |hello |so |hey |and |ok |what is (?:the |its )?|show (?:me )?(?:the )?|give me (?:a |an |"
            r"the )?|send me (?:a |an |the )?|any |"
            r"tell me the |current |the |deployment )*(?:status|state|progress|news|update|health|health check)"
            r"(?: (?:please|of (?:the |my |our )?(?:deployment|it|plan|server|model|service|chatbot)|report|update|now|"
            r"yet|so far))*",
            r"(?:(?:please|and|hey|hi|so|tell me|let me know|show me|can you tell me|could you tell me|"
            r"i want to know) )*how (?:is|are) (?:it|thing|"
            r"everything)|(?:(?:please|and|hey|hi|so|tell me|let me know|show me|can you tell me|"
            r"could you tell me|i want to know) )*how(?: is| are)? (?:it|thing|we|that|everything|(?:the|my|"
            r"our) (?:deployment|server|model|service|"
            r"chatbot|"
            r"plan|"
            r"rollout))(?: is| are)? (?:doing|going|running|looking|performing|coming along|holding up)"
            r"(?: (?:today|now|so far|lately|at the moment|right now|(?:this|last) \w+|since \w+))*",
            r"is (?:it|everything|the (?:whole )?(?:deployment|server|model|service|thing|bot|chatbot|"
            r"system)) (?:still )?(?:running|up|ok|okay|healthy|alive|ready|"
            r"fine|working|"
            r"live|deployed|done|finished)(?: (?:yet|now|well|and running|already|fine))*",
            r"(?:is )?(?:it |everything |all |the \w+ )?still (?:running|up|ok|okay|healthy|alive|fine|"
            r"working|live)(?: and running)?",
            r"(?:is |are )?(?:everything|all|thing) (?:still )?(?:ok|okay|fine|good|alright|"
            r"well) (?:over there|there|with it|so far|with the \w+)",
            r"(?:is |are )?(?:everything|all|thing) (?:running|up|up and running|well|healthy|stable|"
            r"working)(?: (?:well|fine|ok|now|again))*",
            r"what is (?:going on|happening|up)(?: (?:now|right now|with it|with the deployment))*",
            r"where (?:are we|do we stand|were we)(?: now)?|are we (?:there yet|live|done)|"
            r"are we (?:still |all )?(?:meeting|within|on|inside|hitting|in) (?:our |the |all )*(?:slo|"
            r"target|goal|limit|track)|are (?:all |the )*(?:target|slo) (?:met|ok)",
        ),
    ),
    SetPhrases(
        ActionKind.CANCEL,
        (
            rf"{_LET_ME}(?:thanks |thank you )?(?:cancel|abort|quit|exit|stop|give up|i give up|never mind|nevermind|"
            r"forget it|"
            r"forget about it|drop it|leave it|call it off|bye|goodbye|end (?:it|this|the conversation)|terminate|"
            r"we are done here|i am out|no more)(?: (?:it|this|that|everything|all|now|please|here|for now|then|"
            r"the (?:conversation|whole thing|request|plan|process)))*",
        ),
    ),
)
"""Phrases that as a whole mean one action."""

WHAT_IF_BEGINS = (
    r"if(?! (?:possible|needed|necessary|need be|not|you can|we can|it work|feasible))|what if|what about|"
    r"what happen (?:if|when|with)|how about|suppose|supposing|assume|assuming|imagine|"
    r"say we|let us say|"
    r"(?:what|how) (?:would|will) (?:a |the )?(?:NUM|GPU|MODEL)|what would (?:\w+ ){0,6}(?:if|with|on|"
    r"for)|what (?:would|does|will|is) (?:it|that|this|the cost|the price) "
    r"(?:\w+ ){0,4}(?:if|with|on|for|at)|"
    r"how (?:would|will|does|do|much|many|fast|cheap|expensive) (?:\w+ ){0,7}(?:if|with|on|for|at)|"
    r"would (?:it|that|this|we|they) (?:\w+ ){0,5}(?:if|with|on|for|at|using)|"
    r"would (?:a |an |the |one |two )?(?:GPU|NUM GPU|MODEL)|(?:could|can|should|might|may) (?:we|it|i|this|that|they) "
    r"(?:also |perhaps |maybe |just |instead )?(?:\w+ ){0,3}(?:use|run|take|work|fit|do|have|go|manage|serve|"
    r"handle|be|get)|"
    r"(?:try|test|simulate|check|see|show me|let me see|compare it|show)(?: it| this| that)?(?: (?:again|out|"
    r"instead))? "
    r"(?:with|on|using|for|at)|and (?:with|on|if)|"
    r"is (?:it|that|this) (?:\w+ ){0,4}(?:on|with|for|if|at)|is (?:a |an |the )?(?:GPU|MODEL|TIME|MONEY|NUM)|"
    r"with (?:GPU|MODEL|NUM GPU) instead|do (?:we|i) (?:really )?need"
)
"""How a supposition begins."""

COMPARE_BEGINS = (
    r"compare|comparing|comparison|(?:show |give |tell )?(?:me )?(?:the |a |what(?: is| are)? the )?"
    r"(?:difference|comparison|trade off|tradeoff)(?: (?:in|of) \w+)? between|contrast|"
    r"(?:how|what) (?:do|does|is|are|would) (?:\w+ ){0,3}(?:compare|differ|different)|"
    r"(?:put|show|list) (?:\w+ ){0,6}side by side|which (?:one |of (?:them|these|those|the \w+) )?(?:is|are|"
    r"would be|look) "
    r"(?:\w+ ){0,3}(?:better|cheaper|faster|best|safer|simpler|worse)|"
    r"(?:option |number )?(?:NUM|ORDINAL) (?:vs|versus|or|against|compared to|compared with) (?:option |"
    r"number )?(?:NUM|ORDINAL)"
)
"""How a comparison begins."""

WHY_BEGINS = (
    r"why|how come|what (?:has )?(?:happened|went wrong|is wrong|failed|broke|broken)|explain|elaborate|clarify|"
    r"justify|(?:i am |we are )?not sure (?:what|how|why|if) (?:you|that|this|it|these|those)|"
    r"i (?:don't|do not) (?:really |quite )?(?:understand|get (?:it|this|that)|see (?:why|how|the))|"
    r"i am confused|what would approve|(?:can|could) you explain|more detail|detail"
)
"""How a question begins that can only be about what is shown."""

QUESTION_BEGINS = (
    r"what (?:does|do|did|is|are|was|were|make|made|cause|drive)|what|tell me (?:more|about|why|how)|describe|"
    r"how (?:did|do|does|is|are|was|were|sure|certain|reliable|accurate|can|come|exactly|much|many|long|fast)|"
    r"where (?:does|do|did|is|are)|(?:more|any|some|give me|show me|what) (?:more )?(?:detail|info|information|"
    r"explanation|"
    r"reason|background)|on what (?:basis|ground)|which (?:assumption|price|source|number)|who (?:say|said|measured)|"
    r"is (?:that|this|it) (?:measured|simulated|realistic|safe|certain|sure|reliable|a measured|an estimate|"
    r"guaranteed)|"
    r"are (?:these|those|the) (?:\w+ ){0,3}(?:measured|simulated|real|estimates?)"
)
"""How a question begins that must touch one of :data:`ASKED_ABOUT` to be about what is shown."""

ASKED_ABOUT = any_of(
    "TIME, MONEY, TOKENS, PERCENT, ttft, itl, e2e, tpot, p95, slo, latency, cost, price, gpu, GPU, "
    "model, MODEL, option, NUM, ORDINAL, it, "
    "this, that, these,"
    "those, one, number, figure, score, accuracy, quality, configuration, replica, tensor, parallel, "
    "precision, fp8, balanced,"
    "pareto, assumption, traffic, peak, qps, rps, request, token, throughput, manifest, yaml, kserve, "
    "kubernetes, namespace,"
    "plan, recommendation, measured, simulated, estimate, utilization, utilisation, memory, first, second, "
    "third, you, view,"
    "budget, cheapest, fastest, difference, reliable, sure, specification, spec, approve, deployment"
)

UNDOES = (
    rf"{_LET_ME}(?:undo|revert|(?:take|put) (?:that|it|this)(?: (?:last )?(?:one|change|edit))? back)"
    r"(?: (?:that|it|this|the (?:last |latest )?(?:change|edit|one)|my (?:last |latest )?(?:change|edit|answer)))?"
    r"(?: (?:please|again|now))*"
)
"""What takes back the last thing said; what that is depends on where it is said."""

_UNDOES = SetPhrases(ActionKind.BACK, (UNDOES,))

_SHOWS_OPTIONS = (
    r"(?:now |then |please |ok |so |let us |let me |can you |could you )*(?:show|give|see)(?: me| us)?(?: (?:the|"
    r"your|my|all|some))* (?:option|recommendation|plan|result|what you(?: have)?(?: got| found)?)"
    r"(?: (?:please|now|then))*"
)
"""At review, what asks for what only comes once the specification is confirmed."""

SAID_AT = {
    CheckpointKind.CLARIFY: (_UNDOES,),
    CheckpointKind.REVIEW_SPECIFICATION: (SetPhrases(ActionKind.CONFIRM, (_SHOWS_OPTIONS,)),),
    CheckpointKind.PRESENT_OPTIONS: (_UNDOES,),
    CheckpointKind.FAILED: (SetPhrases(ActionKind.CONFIRM, (RETRIES,)), _UNDOES),
    CheckpointKind.APPROVE_DEPLOYMENT: (SetPhrases(ActionKind.APPROVE, (APPROVES,)), _UNDOES),
}
"""Phrases that as a whole mean this at one checkpoint only."""

BACK_TARGETS = {
    CheckpointKind.REVIEW_SPECIFICATION: any_of(
        "spec, specification, requirement, review, need, spec review, review specification, input, description"
    ),
    CheckpointKind.PRESENT_OPTIONS: any_of(
        "option, option list, list, list of option, recommendation, choice, plan, ranking, result, alternative, "
        "comparison,"
        "card, selection"
    ),
    CheckpointKind.APPROVE_DEPLOYMENT: any_of("approval, manifest, yaml, approve"),
    CheckpointKind.CLARIFY: any_of("question, clarification, first question"),
}
"""What people call the checkpoints."""

EDIT_BEGINS = any_of(
    "make, set, change, use, switch, increase, raise, lower, reduce, decrease, relax, tighten, limit, allow, exclude, "
    "remove, drop, only, at most, no more than, budget, let, put, update"
)
"""How a change begins that belongs to no question before it."""

YES_NO_QUESTION_BEGINS = (
    r"(?:ok |so |and |but |hm |hmm )*(?:(?:is|are|was|were|does|did|has|isn't|aren't|wasn't|doesn't|"
    r"didn't) (?:it|this|that|there|the|a|an|"
    r"one|option|"
    r"number|NUM|ORDINAL|GPU|MODEL|my|our|you|we|they|these|those|first|second|third|anything|any)|"
    r"(?:do|don't) (?:we|i|you|they)|(?:shall|should|shouldn't|may|must) (?:we|i|they|it)|would (?:it|"
    r"that|this|the|there)|will (?:it|that|this|the|there)|"
    r"can (?:it|that|this|the|i|we)|how do|how can|how would)"
)
"""How a question begins that is one without its mark."""

POLITE_BEGINS = (
    r"(?:(?:can|could|would|will) (?:you|u) (?:please )?|please |i (?:want|need|would like) (?:you )?to |"
    r"let us |let me |"
    r"(?:can|could|may) (?:i|we) (?:see |have |get |)|show me |tell me |let me (?:see|know) )+"
)
"""Politeness before an order to the conversation."""

FRAMES = word_set(
    "and then but so well ok okay yes yeah yep yup please now just hey hi hello um hmm hm oh ah alright right "
    "good great "
    "fine perfect nice cool sure thanks thank you actually , : ! again anyway however though sorry"
)
"""Words before a request that add nothing to it."""

SPEAKS_OF_COMPARING = any_of("compare, comparing, comparison, difference, versus, vs, side by side, better")
"""What a request to compare holds."""
