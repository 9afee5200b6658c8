"""How people answer: what whole phrases mean, how questions and choices begin, and what only frames them."""

from __future__ import annotations

from neuralnav.models.reply import ActionKind, Checkpoint
from neuralnav.models.vocabulary import View

_YES = r"(?:yes|yep|yeah|yup|yes yes|aye|affirmative|certainly|absolutely|definitely|of course|sure thing)"
_OK = (
    r"(?:ok|okay|k|fine|sure|good|great|perfect|nice|cool|correct|right|exactly|alright|all right|all good|agreed|lgtm|"
    r"super|excellent|wonderful|(?:that|this|it|everything|all)(?:'s)?(?: is| look| sound| seem| work| all)?(?: all| very| really| just| me)? ?"
    r"(?:fine|good|right|correct|ok|okay|great|perfect|it|well|accurate)(?: to me| for me| by me)?|"
    r"(?:look|sound|seem) (?:very |really |pretty |all )?(?:good|fine|right|great|ok|okay|correct)(?: to me)?|that (?:work|fit)(?: for me)?|work for me|"
    r"i agree|i am (?:happy|fine|ok) with (?:it|that|this)|i am (?:happy|fine|ok) with (?:it|that|this)|no change|no (?:further )?(?:edit|change)(?: needed)?|as it is|as is|leave it (?:as (?:it )?is|like that)|"
    r"keep it(?: as (?:it )?is)?)"
)
_ON = r"(?:go on|go ahead|carry on|continue|proceed|next(?: step)?|move on|move ahead|let us (?:go|continue|proceed|move on)|onward|do it|you may (?:continue|proceed|go ahead))"
_IT = r"(?: (?:it|this|that|them|the (?:plan|deployment|manifest|change|request|option|spec|specification)|all of (?:it|them)|everything))?"
_FRAME = r"(?:please|now|then|thank|thanks|thank you|very much|so|just|and|,|!|you can|with it|with that|with this|for me|at once|right away|already|hereby|by all means)"
_APPROVE = (
    rf"(?:approve|approved|i approve|i hereby approve|i do approve|consider it approved){_IT}|(?:deploy|apply|ship|roll out|launch|execute){_IT}|"
    r"roll it out|go ahead(?: and (?:deploy|apply|ship|do|roll out)(?: it| this| that)?)?|do it|make it so|proceed(?: with (?:it|that|this|the deployment|deployment))?|"
    r"let us (?:do it|deploy(?: it)?|go|ship it)|green light|(?:you have|you have got) my (?:approval|ok|okay|go|permission)|permission granted|go for it"
)

_CONFIRM = rf"(?:{_YES}|{_OK}|{_ON}|confirm(?:ed)?{_IT}|i confirm{_IT}|approve(?:d)?{_IT}|accept(?:ed)?{_IT}|{_FRAME})"
CONFIRMS = rf"{_CONFIRM}(?: {_CONFIRM})*"
"""A phrase that as a whole says yes."""

APPROVES = rf"(?:(?:{_YES}|{_OK}|{_FRAME}|please) )*(?:{_APPROVE}|{_YES})(?: (?:{_APPROVE}|{_YES}|{_FRAME}|please|now))*"
"""A phrase that as a whole approves: an explicit word for it, not mere assent."""

RETRIES = rf"(?:(?:{_YES}|{_OK}|please|then|just) )*(?:retry|try(?: it)? again|again|once more|one more time|another (?:try|attempt)|rerun(?: it)?|run it again|re try)(?: (?:please|now|then))*"
"""A phrase that asks for another attempt."""

NEGATION = r"(?:not|don't|do not|never|no|n't|cannot|can't|won't|shouldn't|wouldn't|didn't|isn't|hold|wait|stop|before|until|unless|if|maybe|perhaps|might|would|could|should|what|why|how|when|who|which|whether|almost|nearly|later|tomorrow|but|except|however|though|although)"
"""What in a message keeps it from being an approval."""

WHOLE_PHRASES: tuple[tuple[ActionKind, str], ...] = (
    (ActionKind.THANKS, r"(?:(?:many|great|ok|perfect|super|wonderful|excellent|nice|cool|good|alright|all right|awesome|and|so|very|that is|,) )*(?:thanks|thank you|thx|ty|cheers|much appreciated|appreciated|much obliged|merci|danke|gracias)(?: (?:a lot|a million|a bunch|so much|very much|again|you|for (?:\w+ ?){1,6}|all|everyone|that is all|that is all|!))*"),
    (ActionKind.UNKNOWN_ANSWER, r"(?:(?:well|sorry|honestly|hmm|hm|um|actually|really|to be honest|i am afraid|we) )*(?:i|we)? ?(?:really |honestly |actually )?(?:don't|do not|dunno|can't|cannot|couldn't|wouldn't) ?(?:really |actually |yet |even |quite )?(?:know|say|tell|have (?:a clue|any idea|an idea|that number|that figure)|remember)(?: (?:that|yet|it|this|for sure|exactly|right now|either|sorry|now|exact (?:number|figure)))*|(?:i have |we have |i have |got )?no (?:idea|clue)(?: (?:yet|sorry|at all|about (?:that|it)|really))*|(?:i am |i am |we are |we are )?(?:not (?:really |quite |yet |so )?(?:sure|certain)|unsure|uncertain|undecided)(?: (?:yet|about that|about it|really|sorry|at all))*|(?:i |we )?(?:really |honestly )?(?:don't|do not) (?:really |yet )?know (?:yet )?(?:how (?:many|much)|what|which|the (?:exact |precise )?(?:number|figure|count))(?: [a-z]+){0,6}|idk|dunno|unknown|(?:you|neuralnav) (?:choose|decide|pick|tell me|suggest|guess)(?: (?:it|for me|please|something|one))*|(?:it is |it is )?(?:up to you|your call|your choice)|whatever(?: you (?:think|like|want|suggest|recommend|prefer)(?: is best)?)?|(?:i have |we have |i have )?no (?:preference|opinion)|skip(?: (?:it|this|that|the question))?|(?:just )?(?:use|take|go with|keep|assume) (?:the |a |your |some |sensible |reasonable |good |usual )*(?:default|defaults|standard|usual)(?: value)?s?(?: please)?|default|hard to say|can't say|no comment|doesn't matter|don't care|anything|pass|not known(?: yet)?|to be (?:determined|decided)|tbd"),
    (ActionKind.START_OVER, r"(?:let us |let us |please |can we |could we |i want to |i would like to |we should |just |ok |okay |no |then )*(?:start|begin|commence) (?:all )?(?:over|again|from scratch|afresh|fresh|anew|from the (?:beginning|start|top))(?: (?:please|from scratch|again))*|(?:please |let us )?(?:restart|reset)(?: (?:everything|all|it|the conversation|please|from scratch))*|from scratch(?: please)?|(?:forget|scrap|discard|throw away) (?:it all|everything|all(?: of (?:it|this|that))?|the whole (?:thing|plan))(?: and start (?:over|again))?|new (?:request|plan|conversation|need|project)|go back to (?:the )?(?:start|beginning|square one)|back to (?:the )?(?:start|beginning|square one)|clean slate|wipe (?:it|everything)"),
    (ActionKind.BACK, r"(?:please |can we |could we |can you |let us |let me |let us |i want to |i would like to |we should |take me |bring me |just |ok |no |wait |actually )*(?:go |step |get |move |come |jump |take me |one step )?back(?: (?:one|a) step)?(?: (?:to|at) (?:the |my |our )?(?P<to>[a-z ]+?))?(?: (?:please|again|now|then))*|return to (?:the |my |our )?(?P<to2>[a-z ]+?)(?: (?:please|again|now))*|(?:the )?previous (?:step|page|screen|one)|undo(?: that| it| this)?|(?:show|let me see) (?:me )?(?:the )?(?P<to3>spec|specification|option|options) again"),
    (ActionKind.STATUS, r"(?:please |hi |hello |so |hey |and |ok |what is the |what is the |what is its |show (?:me )?(?:the )?|give me (?:a |the )?|any |tell me the |current |the |deployment )*(?:status|state|progress|news|update|health|health check|status report|current status)(?: (?:please|of (?:the |my |our )?(?:deployment|it|plan|server|model|service|chatbot)|report|update|now|yet|so far))*|how(?:'s| is| are|'re)? (?:it|thing|we|that|everything|the (?:deployment|server|model|service|chatbot|plan|rollout)|my (?:deployment|server|model)|our (?:deployment|server|model|service))(?: is| are)? (?:doing|going|running|looking|performing|coming along|holding up)(?: (?:today|now|so far|lately|at the moment|right now))*|is (?:it|everything|the (?:deployment|server|model|service)) (?:running|up|ok|okay|healthy|alive|ready|fine|working|live|deployed|done|finished)(?: (?:yet|now|well|and running|already|fine))*|(?:what is|what is) (?:going on|happening|up)(?: (?:now|right now|with it|with the deployment))*|where (?:are we|do we stand|were we)(?: now)?|are (?:we|the target|target|slo|all target) (?:there|done|live|met|ok|meeting \w+)(?: yet| target)?|are we meeting (?:our |the )?(?:slo|target|goal)"),
    (ActionKind.CANCEL, r"(?:please |ok |okay |no |just |i want to |i would like to |let us |then |actually |thanks |thank you )*(?:cancel|abort|quit|exit|stop|give up|i give up|never mind|nevermind|forget it|forget about it|drop it|leave it|call it off|bye|goodbye|end (?:it|this|the conversation)|terminate|we are done here|i am out|i am out|no more)(?: (?:it|this|that|everything|all|now|please|here|the (?:conversation|whole thing|request|plan|process)|for now|then))*"),
)  # fmt: skip
"""Phrases that as a whole mean one action, wherever they are said."""

REJECTS = (
    r"(?:(?:please|no|nope|ok|sorry|wait|stop|hmm|well|i|we) )*(?:reject(?:ed)?|refuse|decline|deny|denied|disapprove|veto|(?:do not|don't|never) (?:approve|deploy|do|apply|ship|execute|proceed|go ahead|continue|launch|run)|not (?:approved|this one|like this|like that)|"
    r"i (?:do not|don't) (?:want|like|approve)(?: of)?|no way|absolutely not|certainly not|by no means|no deal|not acceptable|(?:not|no) go|hold off|stop the deployment)(?: (?:it|this|that|the (?:plan|deployment|manifest|option)|them|deploying|yet|please|now|anything))*"
)
"""How a refusal of a deployment begins."""

BARE_NO = r"(?:no|nope|nah|no no|no thanks|no thank you|not really|negative|never)"

WHAT_IF_BEGINS = (
    r"what if|what about|what happen(?:s)? (?:if|when|with)|how about|suppose|supposing|assume|assuming|imagine|say we|let us say|"
    r"what would (?:\w+ ){0,6}(?:if|with|on|for)|what (?:would|does|will|is) (?:it|that|this|the cost|the price) (?:\w+ ){0,4}(?:if|with|on|for|at)|"
    r"how (?:would|will|does|do|much|many|fast|cheap|expensive) (?:\w+ ){0,7}(?:if|with|on|for|at)|would (?:it|that|this|we|they) (?:\w+ ){0,5}(?:if|with|on|for|at|using)|"
    r"would (?:a |an |the |one |two )?(?:GPU|NUM GPU|MODEL)|(?:could|can|should|might|may) (?:we|it|i|this|that|they) (?:also |perhaps |maybe |just |instead )?(?:\w+ ){0,3}(?:use|run|take|work|fit|do|have|go|manage|serve|handle|be|get)|"
    r"(?:try|test|simulate|check|see|show me|let me see|compare it|show)(?: it| this| that)?(?: (?:again|out|instead))? (?:with|on|using|for|at)|and (?:with|on|if)|(?:and )?if (?:we|i|it|there|you|the)|is (?:it|that|this) (?:\w+ ){0,4}(?:on|with|for|if|at)|"
    r"is (?:a |an |the )?(?:GPU|MODEL|TIME|MONEY|NUM)|with (?:GPU|MODEL|NUM GPU) instead|do (?:we|i) (?:really )?need"
)
"""How a supposition begins."""

COMPARE_BEGINS = (
    r"compare|comparing|comparison|(?:show |give |tell )?(?:me )?(?:the |a |what (?:is|are) the |what is the |what'?s the )?(?:difference|comparison|trade off|tradeoff)s? between|contrast|(?:how|what) (?:do|does|is|are|would) (?:\w+ ){0,3}(?:compare|differ|different)|"
    r"(?:put|show|list) (?:\w+ ){0,6}side by side|which (?:one |of (?:them|these|those|the \w+) )?(?:is|are|would be|look) (?:\w+ ){0,3}(?:better|cheaper|faster|best|safer|simpler|worse)|(?:option |number )?(?:NUM|ORDINAL) (?:vs|versus|or|against|compared to|compared with) (?:option |number )?(?:NUM|ORDINAL)"
)
"""How a comparison begins."""

EXPLAIN_BEGINS = (
    r"why|how come|explain|(?:please )?(?:elaborate|clarify|justify|describe)|what (?:does|do|did|is|are|was|were|make|made|cause|drive)|what is|whats|tell me (?:more|about|why|how)|"
    r"how (?:did|do|does|is|are|was|were|sure|certain|reliable|accurate|can|come|exactly|much|many|long|fast)|where (?:does|do|did|is|are)|(?:more|any|some|give me|show me|what) (?:more )?(?:detail|info|information|explanation|reason|background)|details?|"
    r"on what (?:basis|ground)|which (?:assumption|price|source|number)|who (?:say|said|measured)|i (?:don't|do not) understand|i am confused|is (?:that|this|it) (?:measured|simulated|realistic|safe|certain|sure|reliable|a measured|an estimate|guaranteed)|are (?:these|those|the) (?:\w+ ){0,3}(?:measured|simulated|real|estimates?)|what would approve|can you explain|could you explain"
)
"""How a question about what is shown begins."""

CHOOSE_BEGINS = (
    r"(?:i |we |let us |let us |please |then |i will |we will |i will |we will |i would |we would |i would |we would |can i |can we |could we |could you |can you |ok |just |let me )*"
    r"(?:take|pick|choose|select|go (?:with|for)|want|like|prefer|have|use|deploy|give me|settle (?:on|for)|opt for|decide (?:on|for)|went with|choosing|picking|taking|going with|my choice is|my pick is|run|do|like to (?:take|have|choose|use|go with))"
)
"""How a choice begins; what follows must name an entry or a view."""

VIEWS = {
    View.LOWEST_COST: r"cheapest|lowest (?:cost|price)|least expensive|most (?:affordable|economical)|lowest priced|lowest_cost|low cost|cost optimi[sz]ed|least costly|least cost",
    View.LOWEST_LATENCY: r"fastest|quickest|lowest latency|most responsive|lowest_latency|speediest|snappiest|low latency|lowest ttft|least latency",
    View.BEST_ACCURACY: r"most accurate|best accuracy|best quality|highest (?:quality|accuracy)|smartest|most capable|best_accuracy|most precise|strongest|cleverest|best model",
    View.SIMPLEST: r"simplest|easiest|least complex|most simple|least complicated|simple",
    View.BALANCED: r"(?:best |most |well )?balanced|recommended|best overall|overall best|best compromise|compromise|best all ?round(?:er)?|best trade off|default|your recommendation|what you recommend",
}  # fmt: skip
"""The five views as people call them."""

ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "top": 1, "uppermost": 1,
}  # fmt: skip

BACK_TARGETS = {
    Checkpoint.REVIEW_SPECIFICATION: r"(?:spec|specification|requirement|review|need|spec review|review specification|specs|input|description)",
    Checkpoint.PRESENT_OPTIONS: r"(?:option|option list|list|list of option|recommendation|choice|plan|ranking|result|alternative|comparison|card|selection)",
    Checkpoint.APPROVE_DEPLOYMENT: r"(?:approval|manifest|yaml|approve)",
    Checkpoint.CLARIFY: r"(?:question|clarification|first question)",
}  # fmt: skip
"""What people call the checkpoints."""

FRAMES = frozenset(
    (
        "and then but so well ok okay yes yeah yep yup please now just hey hi hello um hmm hm oh ah alright right good "
        "great fine perfect nice cool sure thanks thank you actually , : ! again anyway however though sorry"
    ).split()
)
"""Words around a request that add nothing to it."""

CLEARED = (
    (("max_monthly_cost_usd",), r"(?:monthly )?(?:budget|cost|price|spending|spend|money)(?: limit| cap| constraint| ceiling| restriction)?"),
    (("max_hourly_cost_usd",), r"hourly (?:budget|cost|price)(?: limit| cap)?"),
    (("ttft_p95_ms",), r"(?:ttft|time to first token|first token)(?: target| limit| slo| requirement)?"),
    (("itl_p95_ms",), r"(?:itl|tpot|inter token latency)(?: target| limit| slo| requirement)?"),
    (("e2e_p95_ms",), r"(?:e2e|end to end|end to end latency|total latency)(?: target| limit| slo| requirement)?"),
    (("reliability_pct",), r"(?:uptime|availability|reliability)(?: target| requirement| slo)?"),
    (("available_gpus",), r"(?:gpu|card|hardware|gpu type)(?: restriction| constraint| preference| type| requirement)"),
    (("max_gpus",), r"(?:gpu|card)(?: count)? (?:limit|cap|maximum|count)"),
    (("preferred_models",), r"(?:model|preferred model)(?: preference| restriction| wish| constraint| choice)"),
    (("excluded_models",), r"(?:excluded model|model exclusion|exclusion)"),
    (("cloud_provider",), r"(?:cloud |provider |cloud provider )(?:restriction|preference|constraint|requirement)"),
    (("region",), r"region(?:al)?(?: restriction| preference| constraint)?"),
    (("max_tensor_parallel",), r"(?:tensor parallel|tensor parallelism|tp)(?: limit| cap)"),
    (("licence",), r"license (?:restriction|constraint|requirement|demand)"),
)  # fmt: skip
"""Fields and how people call them when they take a limit away."""

TAKES_AWAY = r"(?:no|without|remove|drop|forget|forget about|delete|clear|lift|ignore|unset|take away|get rid of|there is no|there is no|we have no|i have no|don't need|don't have|do not have)(?: (?:the|a|any|my|our|more|about|need for))*"

DOUBLES = r"(?P<by>double|triple|quadruple|halve)"
"""What a value does by itself: ``what if the users double``."""

DOUBLING = {"double": 2.0, "twice": 2.0, "triple": 3.0, "quadruple": 4.0, "halve": 0.5, "half": 0.5}

COMPARATIVES = (
    ("cost", r"(?:cheaper|less expensive|more affordable|lower cost|more economical)"),
    ("latency", r"(?:faster|quicker|more responsive|lower latency|snappier|less latency)"),
    ("accuracy", r"(?:more accurate|better quality|higher quality|smarter|more precise|more reliable answer|better answer)"),
)
"""What is wanted more of than the present plan has."""

EDITS = r"(?:make|change|set|use|switch|increase|raise|lower|reduce|decrease|relax|tighten|update|put|want|need|prefer|rather|instead|should|must|let|add|limit|only|actually|please|with|allow|more|edit|adjust|correct|replace|for|is ok|is fine|optimise|optimize|prioritise|prioritize|focus|priority)"
"""Words that show that something is to be changed."""

EXPLAINED = (
    r"ttft|itl|e2e|tpot|p95|slo|latency|cost|price|gpu|GPU|model|MODEL|option|NUM|ORDINAL|it|this|that|these|those|one|number|figure|"
    r"score|accuracy|quality|configuration|replica|tensor|parallel|precision|fp8|balanced|pareto|assumption|traffic|peak|qps|rps|request|"
    r"token|throughput|manifest|yaml|kserve|kubernetes|namespace|plan|recommendation|measured|simulated|estimate|utilization|"
    r"utilisation|memory|first|second|third|you|view|budget|cheapest|fastest|difference|reliable|sure|specification|spec|approve|deployment"
)
"""What a question must touch to be one about what is shown."""
