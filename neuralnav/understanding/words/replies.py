"""How people answer: what whole phrases mean, how questions and choices begin, and what only frames them."""

from __future__ import annotations

from neuralnav.models.reply import ActionKind, Checkpoint
from neuralnav.models.vocabulary import View

_YES = r"(?:yes|yep|yeah|yup|yes yes|aye|affirmative|certainly|absolutely|definitely|of course|sure thing)"
_OK = (
    r"(?:ok|okay|k|fine|sure|good|great|perfect|nice|cool|correct|right|exactly|alright|all right|"
    r"all good|agreed|lgtm|"
    r"super|excellent|wonderful|(?:that|this|it|everything|all)(?:'s)?(?: is| look| sound| seem| work|"
    r" all)?(?: all| very| really| just| me)? ?"
    r"(?:fine|good|right|correct|ok|okay|great|perfect|it|well|accurate)(?: to me| for me| by me)?|"
    r"(?:look|sound|seem) (?:very |really |pretty |all )?(?:good|fine|right|great|ok|okay|"
    r"correct)(?: to me)?|that (?:work|fit)(?: for me)?|work for me|"
    r"i agree|i am (?:happy|fine|ok) with (?:it|that|this)|i am (?:happy|fine|ok) with (?:it|that|this)|"
    r"no change|no (?:further )?(?:edit|change)(?: needed)?|as it is|as is|leave it (?:as (?:it )?is|"
    r"like that)|"
    r"keep it(?: as (?:it )?is)?)"
)
_ON = (
    r"(?:go on|go ahead|carry on|continue|proceed|next(?: step)?|move on|move ahead|let us (?:go|"
    r"continue|proceed|move on)|onward|do it|you may (?:continue|proceed|go ahead))"
)
_IT = (
    r"(?: (?:it|this|that|them|the (?:plan|deployment|manifest|change|request|option|spec|"
    r"specification)|all of (?:it|them)|everything))?"
)
_FRAME = (
    r"(?:please|now|then|thank|thanks|thank you|very much|so|just|and|,|!|you can|with it|with that|"
    r"with this|for me|at once|right away|already|hereby|by all means)"
)
_APPROVE = (
    rf"(?:approve|approved|i approve|i hereby approve|i do approve|consider it approved){_IT}|(?:deploy|"
    rf"apply|ship|roll out|launch|execute){_IT}|"
    r"roll it out|go ahead(?: and (?:deploy|apply|ship|do|roll out)(?: it| this| that)?)?|do it|"
    r"make it so|proceed(?: with (?:it|that|this|the deployment|deployment))?|"
    r"let us (?:do it|deploy(?: it)?|go|ship it)|green light|(?:you have|you have got) my (?:approval|"
    r"ok|okay|go|permission)|permission granted|go for it"
)

_CONFIRM = (
    rf"(?:{_YES}|{_OK}|{_ON}|confirm(?:ed)?{_IT}|i confirm{_IT}|approve(?:d)?{_IT}|accept(?:ed)?{_IT}|"
    rf"{_FRAME})"
)
CONFIRMS = rf"{_CONFIRM}(?: {_CONFIRM})*"
"""A phrase that as a whole says yes."""

APPROVES = (
    rf"(?:(?:{_YES}|{_OK}|{_FRAME}|please) )*(?:{_APPROVE}|{_YES})(?: (?:{_APPROVE}|{_YES}|{_FRAME}|"
    r"please|now))*"
)
"""A phrase that as a whole approves: an explicit word for it, not mere assent."""

RETRIES = (
    rf"(?:(?:{_YES}|{_OK}|please|then|just) )*(?:retry|try(?: it)? again|again|once more|one more time|"
    r"another (?:try|attempt)|rerun(?: it)?|run it again|re try)(?: (?:please|now|then))*"
)
"""A phrase that asks for another attempt."""

NEGATION = (
    r"(?:not|don't|do not|never|no|n't|cannot|can't|won't|shouldn't|wouldn't|didn't|isn't|hold|wait|"
    r"stop|before|until|unless|if|maybe|perhaps|might|would|could|should|what|why|how|when|who|which|"
    r"whether|almost|nearly|later|tomorrow|but|except|however|though|although)"
)
"""What in a message keeps it from being an approval."""

WHOLE_PHRASES: tuple[tuple[ActionKind, str], ...] = (
    (ActionKind.THANKS, r"(?:(?:many|great|ok|perfect|super|wonderful|excellent|nice|cool|good|alright|all right|awesome|"
r"and|so|very|that is|,) )*(?:thanks|thank you|thx|ty|cheers|much appreciated|appreciated|"
r"much obliged|merci|danke|gracias)(?: (?:a lot|a million|a bunch|so much|very much|again|you|"
r"for (?:\w+ ?){1,6}|all|everyone|that is all|that is all|!))*"),
    (ActionKind.UNKNOWN_ANSWER, r"(?:(?:well|sorry|honestly|hmm|hm|um|actually|really|to be honest|i am afraid|we) )*(?:i|"
r"we)? ?(?:really |honestly |actually )?(?:don't|do not|dunno|can't|cannot|couldn't|"
r"wouldn't) ?(?:really |actually |yet |even |quite )?(?:know|say|tell|have (?:a clue|any idea|"
r"an idea|that number|that figure)|remember)(?: (?:that|yet|it|this|for sure|exactly|right now|"
r"either|sorry|now|exact (?:number|figure)))*|(?:i have |we have |i have |got )?no (?:idea|"
r"clue)(?: (?:yet|sorry|at all|about (?:that|it)|really))*|(?:i am |i am |we are |"
r"we are )?(?:not (?:really |quite |yet |so )?(?:sure|certain)|unsure|uncertain|"
r"undecided)(?: (?:yet|about that|about it|really|sorry|at all))*|(?:i |we )?(?:really |"
r"honestly )?(?:don't|do not) (?:really |yet )?know (?:yet )?(?:how (?:many|much)|what|which|"
r"the (?:exact |precise )?(?:number|figure|count))(?: [a-z]+){0,6}|idk|dunno|unknown|(?:you|"
r"neuralnav) (?:choose|decide|pick|tell me|suggest|guess)(?: (?:it|for me|please|something|one))*|"
r"(?:it is |it is )?(?:up to you|your call|your choice)|whatever(?: you (?:think|like|want|suggest|"
r"recommend|prefer)(?: is best)?)?|(?:i have |we have |i have )?no (?:preference|opinion)|"
r"skip(?: (?:it|this|that|the question))?|(?:just )?(?:use|take|go with|keep|assume) (?:the |a |"
r"your |some |sensible |reasonable |good |usual )*(?:default|defaults|standard|"
r"usual)(?: value)?s?(?: please)?|default|hard to say|can't say|no comment|doesn't matter|"
r"don't care|anything|pass|not known(?: yet)?|to be (?:determined|decided)|tbd"),
    (ActionKind.START_OVER, r"(?:let us |let us |please |can we |could we |i want to |i would like to |we should |just |ok |"
r"okay |no |then )*(?:start|begin|commence) (?:all )?(?:over|again|from scratch|afresh|fresh|anew|"
r"from the (?:beginning|start|top))(?: (?:please|from scratch|again))*|(?:please |"
r"let us )?(?:restart|reset)(?: (?:everything|all|it|the conversation|please|from scratch))*|"
r"from scratch(?: please)?|(?:forget|scrap|discard|throw away) (?:it all|everything|all(?: of (?:it|"
r"this|that))?|the whole (?:thing|plan))(?: and start (?:over|again))?|new (?:request|plan|"
r"conversation|need|project)|go back to (?:the )?(?:start|beginning|square one)|"
r"back to (?:the )?(?:start|beginning|square one)|clean slate|wipe (?:it|everything)"),
    (ActionKind.BACK, r"(?:please |can we |could we |can you |let us |let me |let us |i want to |i would like to |"
r"we should |take me |bring me |just |ok |no |wait |actually )*(?:go |step |get |move |come |jump |"
r"take me |one step )?back(?: (?:one|a) step)?(?: (?:to|at) (?:the |my |"
r"our )?(?P<to>[a-z ]+?))?(?: (?:please|again|now|then))*|return to (?:the |my |"
r"our )?(?P<to2>[a-z ]+?)(?: (?:please|again|now))*|(?:the )?previous (?:step|page|screen|one)|"
r"undo(?: that| it| this)?|(?:show|let me see) (?:me )?(?:the )?(?P<to3>spec|specification|option|"
r"options) again"),
    (ActionKind.STATUS, r"(?:please |hi |hello |so |hey |and |ok |what is the |what is the |what is its |"
r"show (?:me )?(?:the )?|give me (?:a |the )?|any |tell me the |current |the |"
r"deployment )*(?:status|state|progress|news|update|health|health check|status report|"
r"current status)(?: (?:please|of (?:the |my |our )?(?:deployment|it|plan|server|model|service|"
r"chatbot)|report|update|now|yet|so far))*|how(?:'s| is| are|'re)? (?:it|thing|we|that|everything|"
r"the (?:deployment|server|model|service|chatbot|plan|rollout)|my (?:deployment|server|model)|"
r"our (?:deployment|server|model|service))(?: is| are)? (?:doing|going|running|looking|performing|"
r"coming along|holding up)(?: (?:today|now|so far|lately|at the moment|right now))*|is (?:it|"
r"everything|the (?:deployment|server|model|service)) (?:running|up|ok|okay|healthy|alive|ready|"
r"fine|working|live|deployed|done|finished)(?: (?:yet|now|well|and running|already|fine))*|"
r"(?:what is|what is) (?:going on|happening|up)(?: (?:now|right now|with it|with the deployment))*|"
r"where (?:are we|do we stand|were we)(?: now)?|are (?:we|the target|target|slo|"
r"all target) (?:there|done|live|met|ok|meeting \w+)(?: yet| target)?|are we meeting (?:our |"
r"the )?(?:slo|target|goal)"),
    (ActionKind.CANCEL, r"(?:please |ok |okay |no |just |i want to |i would like to |let us |then |actually |thanks |"
r"thank you )*(?:cancel|abort|quit|exit|stop|give up|i give up|never mind|nevermind|forget it|"
r"forget about it|drop it|leave it|call it off|bye|goodbye|end (?:it|this|the conversation)|"
r"terminate|we are done here|i am out|i am out|no more)(?: (?:it|this|that|everything|all|now|"
r"please|here|the (?:conversation|whole thing|request|plan|process)|for now|then))*"),
)  # fmt: skip
"""Phrases that as a whole mean one action, wherever they are said."""

REJECTS = (
    r"(?:(?:please|no|nope|ok|sorry|wait|stop|hmm|well|i|we) )*(?:reject(?:ed)?|refuse|decline|deny|"
    r"denied|disapprove|veto|(?:do not|don't|never) (?:approve|deploy|do|apply|ship|execute|proceed|"
    r"go ahead|continue|launch|run)|not (?:approved|this one|like this|like that)|"
    r"i (?:do not|don't) (?:want|like|approve)(?: of)?|no way|absolutely not|certainly not|by no means|"
    r"no deal|not acceptable|(?:not|no) go|hold off|stop the deployment)(?: (?:it|this|that|the (?:plan|"
    r"deployment|manifest|option)|them|deploying|yet|please|now|anything))*"
)
"""How a refusal of a deployment begins."""

BARE_NO = r"(?:no|nope|nah|no no|no thanks|no thank you|not really|negative|never)"

WHAT_IF_BEGINS = (
    r"what if|what about|what happen(?:s)? (?:if|when|with)|how about|suppose|supposing|assume|assuming|"
    r"imagine|say we|let us say|"
    r"what would (?:\w+ ){0,6}(?:if|with|on|for)|what (?:would|does|will|is) (?:it|that|this|the cost|"
    r"the price) (?:\w+ ){0,4}(?:if|with|on|for|at)|"
    r"how (?:would|will|does|do|much|many|fast|cheap|expensive) (?:\w+ ){0,7}(?:if|with|on|for|at)|"
    r"would (?:it|that|this|we|they) (?:\w+ ){0,5}(?:if|with|on|for|at|using)|"
    r"would (?:a |an |the |one |two )?(?:GPU|NUM GPU|MODEL)|(?:could|can|should|might|may) (?:we|it|i|"
    r"this|that|they) (?:also |perhaps |maybe |just |instead )?(?:\w+ ){0,3}(?:use|run|take|work|fit|do|"
    r"have|go|manage|serve|handle|be|get)|"
    r"(?:try|test|simulate|check|see|show me|let me see|compare it|show)(?: it| this|"
    r" that)?(?: (?:again|out|instead))? (?:with|on|using|for|at)|and (?:with|on|if)|(?:and )?if (?:we|"
    r"i|it|there|you|the)|is (?:it|that|this) (?:\w+ ){0,4}(?:on|with|for|if|at)|"
    r"is (?:a |an |the )?(?:GPU|MODEL|TIME|MONEY|NUM)|with (?:GPU|MODEL|NUM GPU) instead|do (?:we|"
    r"i) (?:really )?need"
)
"""How a supposition begins."""

COMPARE_BEGINS = (
    r"compare|comparing|comparison|(?:show |give |tell )?(?:me )?(?:the |a |what (?:is|are) the |"
    r"what is the |what'?s the )?(?:difference|comparison|trade off|tradeoff)s? between|contrast|(?:how|"
    r"what) (?:do|does|is|are|would) (?:\w+ ){0,3}(?:compare|differ|different)|"
    r"(?:put|show|list) (?:\w+ ){0,6}side by side|which (?:one |of (?:them|these|those|the \w+) )?(?:is|"
    r"are|would be|look) (?:\w+ ){0,3}(?:better|cheaper|faster|best|safer|simpler|worse)|(?:option |"
    r"number )?(?:NUM|ORDINAL) (?:vs|versus|or|against|compared to|compared with) (?:option |"
    r"number )?(?:NUM|ORDINAL)"
)
"""How a comparison begins."""

EXPLAIN_BEGINS = (
    r"why|how come|explain|(?:please )?(?:elaborate|clarify|justify|describe)|what (?:does|do|did|is|"
    r"are|was|were|make|made|cause|drive)|what is|whats|tell me (?:more|about|why|how)|"
    r"how (?:did|do|does|is|are|was|were|sure|certain|reliable|accurate|can|come|exactly|much|many|long|"
    r"fast)|where (?:does|do|did|is|are)|(?:more|any|some|give me|show me|what) (?:more )?(?:detail|"
    r"info|information|explanation|reason|background)|details?|"
    r"on what (?:basis|ground)|which (?:assumption|price|source|number)|who (?:say|said|measured)|"
    r"i (?:don't|do not) understand|i am confused|is (?:that|this|it) (?:measured|simulated|realistic|"
    r"safe|certain|sure|reliable|a measured|an estimate|guaranteed)|are (?:these|those|"
    r"the) (?:\w+ ){0,3}(?:measured|simulated|real|estimates?)|what would approve|can you explain|"
    r"could you explain"
)
"""How a question about what is shown begins."""

CHOOSE_BEGINS = (
    r"(?:i |we |let us |let us |please |then |i will |we will |i will |we will |i would |we would |"
    r"i would |we would |can i |can we |could we |could you |can you |ok |just |let me )*"
    r"(?:take|pick|choose|select|go (?:with|for)|want|like|prefer|have|use|deploy|give me|settle (?:on|"
    r"for)|opt for|decide (?:on|for)|went with|choosing|picking|taking|going with|my choice is|"
    r"my pick is|run|do|like to (?:take|have|choose|use|go with))"
)
"""How a choice begins; what follows must name an entry or a view."""

VIEWS = {
    View.LOWEST_COST: r"cheapest|lowest (?:cost|price)|least expensive|most (?:affordable|economical)|lowest priced|"
r"lowest_cost|low cost|cost optimi[sz]ed|least costly|least cost",
    View.LOWEST_LATENCY: r"fastest|quickest|lowest latency|most responsive|lowest_latency|speediest|snappiest|low latency|"
r"lowest ttft|least latency",
    View.BEST_ACCURACY: r"most accurate|best accuracy|best quality|highest (?:quality|accuracy)|smartest|most capable|"
r"best_accuracy|most precise|strongest|cleverest|best model",
    View.SIMPLEST: r"simplest|easiest|least complex|most simple|least complicated|simple",
    View.BALANCED: r"(?:best |most |well )?balanced|recommended|best overall|overall best|best compromise|compromise|"
r"best all ?round(?:er)?|best trade off|default|your recommendation|what you recommend",
}  # fmt: skip
"""The five views as people call them."""

ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "top": 1, "uppermost": 1,
}  # fmt: skip

BACK_TARGETS = {
    Checkpoint.REVIEW_SPECIFICATION: r"(?:spec|specification|requirement|review|need|spec review|review specification|specs|input|"
r"description)",
    Checkpoint.PRESENT_OPTIONS: r"(?:option|option list|list|list of option|recommendation|choice|plan|ranking|result|alternative|"
r"comparison|card|selection)",
    Checkpoint.APPROVE_DEPLOYMENT: r"(?:approval|manifest|yaml|approve)",
    Checkpoint.CLARIFY: r"(?:question|clarification|first question)",
}  # fmt: skip
"""What people call the checkpoints."""

FRAMES = frozenset(
    (
        "and then but so well ok okay yes yeah yep yup please now just hey hi hello um hmm hm oh ah "
        "alright right good "
        "great fine perfect nice cool sure thanks thank you actually , : ! again anyway however though sorry"
    ).split()
)
"""Words around a request that add nothing to it."""

CLEARED = (
    (("max_monthly_cost_usd",), r"(?:monthly )?(?:budget|cost|price|spending|spend|money)(?: limit| cap| constraint| ceiling|"
r" restriction)?"),
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

TAKES_AWAY = (
    r"(?:no|without|remove|drop|forget|forget about|delete|clear|lift|ignore|unset|take away|get rid of|"
    r"there is no|there is no|we have no|i have no|don't need|don't have|do not have)(?: (?:the|a|any|"
    r"my|our|more|about|need for))*"
)

DOUBLES = r"(?P<by>double|triple|quadruple|halve)"
"""What a value does by itself: ``what if the users double``."""

DOUBLING = {"double": 2.0, "twice": 2.0, "triple": 3.0, "quadruple": 4.0, "halve": 0.5, "half": 0.5}

COMPARATIVES = (
    ("cost", r"(?:cheaper|less expensive|more affordable|lower cost|more economical)"),
    ("latency", r"(?:faster|quicker|more responsive|lower latency|snappier|less latency)"),
    (
        "accuracy",
        r"(?:more accurate|better quality|higher quality|smarter|more precise|more reliable answer|"
        r"better answer)",
    ),
)
"""What is wanted more of than the present plan has."""

EDITS = (
    r"(?:make|change|set|use|switch|increase|raise|lower|reduce|decrease|relax|tighten|update|put|want|"
    r"need|prefer|rather|instead|should|must|let|add|limit|only|actually|please|with|allow|more|edit|"
    r"adjust|correct|replace|for|is ok|is fine|optimise|optimize|prioritise|prioritize|focus|priority)"
)
"""Words that show that something is to be changed."""

EXPLAINED = (
    r"ttft|itl|e2e|tpot|p95|slo|latency|cost|price|gpu|GPU|model|MODEL|option|NUM|ORDINAL|it|this|that|"
    r"these|those|one|number|figure|"
    r"score|accuracy|quality|configuration|replica|tensor|parallel|precision|fp8|balanced|pareto|"
    r"assumption|traffic|peak|qps|rps|request|"
    r"token|throughput|manifest|yaml|kserve|kubernetes|namespace|plan|recommendation|measured|simulated|"
    r"estimate|utilization|"
    r"utilisation|memory|first|second|third|you|view|budget|cheapest|fastest|difference|reliable|sure|"
    r"specification|spec|approve|deployment"
)
"""What a question must touch to be one about what is shown."""
