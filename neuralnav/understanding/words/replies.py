"""How people answer: set phrases, how questions and choices begin, what only frames them. Over canonical words."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.reply import ActionKind, Checkpoint
from neuralnav.models.vocabulary import View
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


_YES = any_of("yes, yep, yeah, yup, aye, affirmative, certainly, absolutely, definitely, of course, sure thing")
_GOOD = any_of("fine, good, right, correct, ok, okay, great, perfect, it, well, accurate")
_OK = (
    r"(?:ok|okay|k|fine|sure|good|great|perfect|nice|cool|correct|right|exactly|alright|all right|all good|agreed|lgtm|"
    r"super|excellent|wonderful|(?:that|this|it|everything|all)(?: is| look| sound| seem| work| all)?"
    rf"(?: all| very| really| just)? {_GOOD}(?: to me| for me| by me)?|(?:look|sound|seem) (?:very |really |"
    r"pretty |all )?"
    rf"{_GOOD}(?: to me)?|that (?:work|fit)(?: for me)?|work for me|i agree|i am (?:happy|fine|ok) with (?:it|"
    r"that|this)|"
    r"no (?:further )?(?:edit|change)(?: needed)?|as (?:it )?is|leave it (?:as (?:it )?is|like that)|"
    r"keep it(?: as (?:it )?is)?)"
)
_GO_ON = any_of(
    "go on, go ahead, carry on, continue, proceed, next, next step, move on, move ahead, let us go, let us continue,"
    "let us proceed, let us move on, onward, do it, you may continue, you may proceed, you may go ahead"
)
_IT = (
    r"(?: (?:it|this|that|them|the (?:plan|deployment|manifest|change|request|option|spec|specification)|"
    r"all of (?:it|them)|everything))?"
)
_FRAME = any_of(
    "please, now, then, thank, thanks, thank you, very much, so, just, and, you can, with it, with that, with "
    "this, for me,"
    "at once, right away, already, hereby, by all means, !"
)
_CONFIRM = rf"(?:{_YES}|{_OK}|{_GO_ON}|(?:i )?confirm(?:ed)?{_IT}|approve(?:d)?{_IT}|accept(?:ed)?{_IT}|{_FRAME})"
_APPROVE = (
    rf"(?:(?:i |i hereby |i do )?approve|approved|consider it approved){_IT}|(?:deploy|apply|ship|roll out|"
    rf"launch|execute){_IT}|"
    r"roll it out|go ahead(?: and (?:deploy|apply|ship|do|roll out)(?: it| this| that)?)?|do it|make it so|go for it|"
    r"proceed(?: with (?:it|that|this|the deployment|deployment))?|let us (?:do it|deploy(?: it)?|go|ship it)|"
    r"green light|"
    r"you have (?:got )?my (?:approval|ok|okay|go|permission)|permission granted"
)

CONFIRMS = rf"{_CONFIRM}(?: {_CONFIRM})*"
"""A phrase that as a whole says yes."""

APPROVES = (
    rf"(?:(?:{_YES}|{_OK}|{_FRAME}|please) )*(?:{_APPROVE}|{_YES})(?: (?:{_APPROVE}|{_YES}|{_FRAME}|please|now))*"
)
"""A phrase that as a whole approves: an explicit word for it, not mere assent."""

NEGATION = any_of(
    "not, don't, do not, never, no, cannot, can't, won't, shouldn't, wouldn't, didn't, isn't, hold, wait, "
    "stop, before, until,"
    "unless, if, maybe, perhaps, might, would, could, should, what, why, how, when, who, which, whether, "
    "almost, nearly,"
    "later, tomorrow, but, except, however, though, although"
)
"""What in a message keeps it from being an approval."""

RETRIES = (
    rf"(?:(?:{_YES}|{_OK}|please|then|just) )*(?:retry|(?:try )?(?:it )?(?:again|once more|one more time)|"
    r"another (?:try|attempt)|rerun(?: it)?|run it again|re try)(?: (?:please|now|then))*"
)
"""A phrase that asks for another attempt."""

BARE_NO = any_of("no, nope, nah, no no, no thanks, no thank you, not really, negative, never")

REJECTS = (
    r"(?:(?:please|no|nope|ok|sorry|wait|stop|hmm|well|i|we|want to|would like to|have to|"
    r"must) )*(?:reject(?:ed)?|refuse|decline|deny|denied|"
    r"disapprove|veto|"
    r"(?:do not|don't|never) (?:approve|deploy|do|apply|ship|execute|proceed|go ahead|continue|launch|run)|"
    r"not (?:approved|this one|like this|like that)|i (?:do not|don't) (?:want|like|approve)(?: of)?|no way|"
    r"absolutely not|"
    r"certainly not|by no means|no deal|not acceptable|(?:not|no) go|hold off|stop the deployment)"
    r"(?: (?:it|this|that|the (?:plan|deployment|manifest|option)|them|deploying|yet|please|now|anything))*"
)
"""How a refusal of a deployment begins."""

_LET_ME = (
    r"(?:let us |let me |please |can we |could we |can you |i want to |i would like to |we should |just |ok |"
    r"okay |no |then |wait |actually )*"
)

SET_PHRASES = (
    SetPhrases(
        ActionKind.THANKS,
        (
            r"(?:(?:many|great|ok|perfect|super|wonderful|excellent|nice|cool|good|alright|all right|awesome|and|so|"
            r"very|"
            r"that is|,) )*(?:thanks|thank you|thx|ty|cheers?|much appreciated|appreciated|much obliged|merci|danke)"
            r"(?: (?:a lot|a million|a bunch|so much|very much|again|you|for \w+(?: \w+){0,5}|all|everyone|that is all|"
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
            r"exactly|"
            r"right now|either|sorry|now|exact (?:number|figure)))*",
            r"(?:i |we )?(?:really |honestly )?(?:don't|do not) (?:really |yet )?know (?:yet )?(?:how (?:many|much)|"
            r"what|which|"
            r"the (?:exact |precise )?(?:number|figure|count))(?: [a-z]+){0,6}",
            r"(?:i have |we have |i have got |got )?no (?:idea|clue)(?: (?:yet|sorry|at all|about (?:that|it)|"
            r"really))*",
            r"(?:i am |we are )?(?:not (?:really |quite |yet |so )?(?:sure|certain)|unsure|uncertain|undecided)"
            r"(?: (?:yet|about that|about it|really|sorry|at all))*|idk|dunno|unknown|default|pass|tbd|anything",
            r"(?:you|neuralnav) (?:choose|decide|pick|tell me|suggest|guess)(?: (?:it|for me|please|something|one))*",
            r"(?:it is )?(?:up to you|your call|your choice)|whatever(?: you (?:think|like|want|suggest|recommend|"
            r"prefer)"
            r"(?: is best)?)?|(?:i have |we have )?no (?:preference|opinion)|skip(?: (?:it|this|that|the question))?",
            r"(?:just )?(?:use|take|go with|keep|assume) (?:the |a |your |some |sensible |reasonable |good |usual )*"
            r"(?:default|standard|usual)(?: value)?(?: please)?",
            r"(?:the )?default (?:value )?(?:is|are) (?:fine|ok|okay|good)|hard to say|can't say|no comment|"
            r"doesn't matter|don't care|not known(?: yet)?|to be (?:determined|"
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
            r"(?:forget|scrap|discard|throw away) (?:it all|everything|all(?: of (?:it|this|that))?|the whole (?:thing|"
            r"plan))"
            r"(?: and start (?:over|again))?",
            r"new (?:request|plan|conversation|need|project)|(?:go )?back to (?:the )?(?:start|beginning|square one)|"
            r"clean slate",
        ),
    ),
    SetPhrases(
        ActionKind.BACK,
        (
            rf"{_LET_ME}(?:take me |bring me )?(?:go |step |get |move |come |jump |one step )?back(?: (?:one|a) step)?"
            r"(?: (?:to|at) (?:the |my |our )?(?P<to>[a-z ]+?))?(?: (?:please|again|now|then))*",
            r"return to (?:the |my |our )?(?P<return>[a-z ]+?)(?: (?:please|again|now))*|"
            r"(?:the )?previous (?:step|page|"
            r"screen|one)",
            r"undo(?: that| it| this)?|(?:show|let me see) (?:me )?(?:the )?(?P<show>spec|specification|option) again",
        ),
    ),
    SetPhrases(
        ActionKind.STATUS,
        (
            r"(?:please |hi |hello |so |hey |and |ok |what is (?:the |its )?|show (?:me )?(?:the )?|give me (?:a |"
            r"the )?|any |"
            r"tell me the |current |the |deployment )*(?:status|state|progress|news|update|health|health check)"
            r"(?: (?:please|of (?:the |my |our )?(?:deployment|it|plan|server|model|service|chatbot)|report|update|now|"
            r"yet|so far))*",
            r"how (?:is|are) (?:it|thing|everything)|how(?: is| are)? (?:it|thing|we|that|everything|(?:the|my|"
            r"our) (?:deployment|server|model|service|"
            r"chatbot|"
            r"plan|"
            r"rollout))(?: is| are)? (?:doing|going|running|looking|performing|coming along|holding up)"
            r"(?: (?:today|now|so far|lately|at the moment|right now))*",
            r"is (?:it|everything|the (?:deployment|server|model|service)) (?:running|up|ok|okay|healthy|alive|ready|"
            r"fine|working|"
            r"live|deployed|done|finished)(?: (?:yet|now|well|and running|already|fine))*",
            r"what is (?:going on|happening|up)(?: (?:now|right now|with it|with the deployment))*",
            r"where (?:are we|do we stand|were we)(?: now)?|are we (?:there yet|live|done)|"
            r"are we meeting (?:our |the )?(?:slo|target|goal)|are (?:all |the )*(?:target|slo) (?:met|ok)",
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
    r"what if|what about|what happen (?:if|when|with)|how about|suppose|supposing|assume|assuming|imagine|"
    r"say we|let us say|"
    r"what would (?:\w+ ){0,6}(?:if|with|on|for)|what (?:would|does|will|is) (?:it|that|this|the cost|the price) "
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
    r"compare|comparing|comparison|(?:show |give |tell )?(?:me )?(?:the |a |what (?:is|are) the )?"
    r"(?:difference|comparison|trade off|tradeoff) between|contrast|"
    r"(?:how|what) (?:do|does|is|are|would) (?:\w+ ){0,3}(?:compare|differ|different)|"
    r"(?:put|show|list) (?:\w+ ){0,6}side by side|which (?:one |of (?:them|these|those|the \w+) )?(?:is|are|"
    r"would be|look) "
    r"(?:\w+ ){0,3}(?:better|cheaper|faster|best|safer|simpler|worse)|"
    r"(?:option |number )?(?:NUM|ORDINAL) (?:vs|versus|or|against|compared to|compared with) (?:option |"
    r"number )?(?:NUM|ORDINAL)"
)
"""How a comparison begins."""

WHY_BEGINS = (
    r"why|how come|what (?:has )?(?:happened|went wrong|is wrong|failed)|explain|elaborate|clarify|justify|"
    r"i (?:don't|do not) understand|i am confused|what would approve|(?:can|could) you explain|more detail|detail"
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
    "ttft, itl, e2e, tpot, p95, slo, latency, cost, price, gpu, GPU, model, MODEL, option, NUM, ORDINAL, it, "
    "this, that, these,"
    "those, one, number, figure, score, accuracy, quality, configuration, replica, tensor, parallel, "
    "precision, fp8, balanced,"
    "pareto, assumption, traffic, peak, qps, rps, request, token, throughput, manifest, yaml, kserve, "
    "kubernetes, namespace,"
    "plan, recommendation, measured, simulated, estimate, utilization, utilisation, memory, first, second, "
    "third, you, view,"
    "budget, cheapest, fastest, difference, reliable, sure, specification, spec, approve, deployment"
)

CHOOSE_BEGINS = (
    r"(?:i |we |let us |please |then |i will |we will |i would |we would |can i |can we |could we |could you |"
    r"can you |ok |just |"
    r"let me )*(?:take|pick|choose|select|go (?:with|for)|want|like|prefer|have|use|deploy|give me|settle (?:on|"
    r"for)|opt for|"
    r"decide (?:on|for)|choosing|picking|taking|going with|my choice is|my pick is|run|like to (?:take|have|"
    r"choose|use|go with))"
)
"""How a choice begins; what follows must name an entry or a view."""

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

BACK_TARGETS = {
    Checkpoint.REVIEW_SPECIFICATION: any_of(
        "spec, specification, requirement, review, need, spec review, review specification, input, description"
    ),
    Checkpoint.PRESENT_OPTIONS: any_of(
        "option, option list, list, list of option, recommendation, choice, plan, ranking, result, alternative, "
        "comparison,"
        "card, selection"
    ),
    Checkpoint.APPROVE_DEPLOYMENT: any_of("approval, manifest, yaml, approve"),
    Checkpoint.CLARIFY: any_of("question, clarification, first question"),
}
"""What people call the checkpoints."""

FRAMES = word_set(
    "and then but so well ok okay yes yeah yep yup please now just hey hi hello um hmm hm oh ah alright right "
    "good great "
    "fine perfect nice cool sure thanks thank you actually , : ! again anyway however though sorry"
)
"""Words before a request that add nothing to it."""
