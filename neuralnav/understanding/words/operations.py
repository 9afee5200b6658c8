"""How people ask to scale, roll back or retire what runs. Over canonical words."""

from __future__ import annotations

from neuralnav.understanding.words.tables import any_of

_ORDER = (
    r"(?:(?:please|ok|okay|yes|then|now|just|so|well|simply|kindly|let us|go ahead and|i have to|we have to|we must|"
    r"(?:i|we) (?:want|need|would like)(?: you)? to|(?:can|could|would|will) you|you can|"
    r"(?:it is )?time to|i am going to|we are going to|i will|we will|i want you to) )*"
)
_REPLICA = r"(?:replica|copy|instance|pod)"
_IT = (
    r"(?:it|this|that|them|all of (?:it|this|that)|the (?:whole )?(?:thing|lot)|"
    r"(?:the|this|that|my|our) (?:\w+ )?(?:deployment|service|server|endpoint|model|chatbot|bot|stack|release|rollout|"
    r"inference service|installation|setup))"
)
_BEFORE = (
    r"(?:the |our |my |its )?(?:previous|last|old|earlier|former|prior|last good|last working|last known good) "
    r"(?:\w+ )?(?:version|revision|state|configuration|config|deployment|release|setup|one)"
)
_WHEN = (
    r"(?: (?:please|now|then|again|right now|at once|right away|immediately|asap|thanks|thank you|for good|completely|"
    r"entirely|!))*"
)

ROLL_BACKS = (
    rf"{_ORDER}(?:(?:roll|rolling|revert|switch|change|put)(?: {_IT})? back(?: {_IT})?|rollback(?: {_IT})?|"
    rf"(?:a |do a |do the )?(?:rollback|roll back)|revert(?: {_IT})?)"
    rf"(?: (?:to|at) (?:{_BEFORE}|(?:what|how|where) (?:we had|it was|we were|it used to be)(?: before)?|"
    rf"before))?{_WHEN}|"
    rf"{_ORDER}(?:back|(?:go|take (?:it|us|me)|bring (?:it|us|me)|return|switch|step)(?: back)?) to (?:{_BEFORE}|"
    rf"what (?:we had|it was)(?: before)?){_WHEN}|"
    rf"{_ORDER}restore {_BEFORE}{_WHEN}|(?:use |give me |i want ){_BEFORE}(?: back)?{_WHEN}|"
    rf"{_ORDER}(?:undo|revert|reverse|roll back|rollback) (?:the |that |this |your |my |our )?(?:last |"
    rf"latest |recent |previous )?(?:deployment|deploy|rollout|release|upgrade|update|"
    rf"change|what you (?:did|have done|just did|deployed|changed|applied)){_WHEN}"
)
"""A phrase that as a whole asks for the state before the last change."""

RETIRES = (
    rf"{_ORDER}(?:(?:take|bring|tear|pull|shut|close|turn) {_IT} (?:down|off|offline)|switch {_IT} off|"
    rf"(?:take|tear|shut|bring|turn|switch|pull) (?:down|off) {_IT}|shutdown(?: {_IT})?|"
    r"(?:take down|teardown|tear down|shut down|turn off|switch off|decommission|undeploy|uninstall)|"
    rf"(?:delete|remove|retire|undeploy|uninstall|destroy|decommission|kill|dismantle|get rid of|"
    rf"wipe|erase|clean up|shut down|tear down) {_IT}|retire|"
    r"(?:delete|remove|clean up|take away) (?:what|everything|all|all that|everything that|whatever) "
    r"you (?:\w+ )?(?:created|made|installed|deployed|applied|put there)|"
    rf"clean {_IT} up|clean up|terminate (?:the|this|that|our|my) (?:deployment|service|server|endpoint|"
    rf"stack))(?: from the cluster| on the cluster)?{_WHEN}|"
    rf"(?:i|we) (?:do not|don't|no longer) need {_IT}(?: any ?more| any longer| now)?{_WHEN}|"
    rf"(?:i|we) (?:are|am) done with {_IT}{_WHEN}|{_IT} is (?:no longer|not) needed(?: any ?more| any longer)?{_WHEN}|"
    rf"{_IT} can (?:be (?:deleted|removed|retired|taken down|shut down)|go(?: away)?){_WHEN}"
)
"""A phrase that as a whole ends the deployment."""

_ADVICE = (
    r"(?:the|that|this|your|its) (?:last |latest |same )?(?:advice|recommendation|suggestion|proposal|"
    r"(?:advised|suggested|recommended|proposed) change)"
)
_ADVISED = (
    r"(?:you |was |is |it |have |has )*(?:advise|advised|suggest|suggested|recommend|recommended|propose|proposed)"
)

FOLLOWS = (
    rf"{_ORDER}(?:(?:follow|apply|take|implement|act on|accept|adopt|plan|use|do|go with|go ahead with|carry out|"
    rf"proceed with) {_ADVICE}|(?:do|plan|apply|change)(?: it| that)? (?:what|as|like) {_ADVISED}|as {_ADVISED}|"
    rf"do (?:that|this|so)|plan that|change it like that){_WHEN}"
)
"""A phrase that as a whole asks to plan what was advised."""

RETIRES_PLAINLY = (
    rf"{_ORDER}(?:(?:retire|undeploy|decommission|uninstall)(?: {_IT})?|"
    r"(?:(?:take|tear|shut) (?:it|this|that) down)|"
    r"(?:retire|delete|remove|destroy|kill|take down|tear down|shut down|dismantle|turn off|switch off) "
    r"(?:the|this|that|our|my) (?:\w+ )?(?:deployment|service|server|endpoint|installation|inference service))"
    rf"(?: from the cluster| on the cluster)?{_WHEN}"
)
"""As :data:`RETIRES`, in words that cannot be about a plan."""

ROLL_BACKS_PLAINLY = (
    rf"{_ORDER}(?:(?:roll|rolling)(?: {_IT})? back(?: {_IT})?|rollback(?: {_IT})?|(?:a |do a |do the )?"
    rf"(?:rollback|roll back)|(?:revert|undo|reverse) (?:the|this|that|our|my) (?:last |latest |previous )?"
    rf"(?:deployment|deploy|rollout|release))(?: (?:to|at) {_BEFORE})?{_WHEN}"
)
"""As :data:`ROLL_BACKS`, in words that cannot be about a plan."""

_NUMBER_OF = (
    rf"(?:it|this|that|the deployment|up|down|out|in|back|{_REPLICA}|(?:the |our )?(?:number of {_REPLICA}|{_REPLICA} "
    rf"count|{_REPLICA}|number))"
)
_LATER = (
    r"(?: (?:please|now|then|again|in total|total|instead|from now on|from \w+|for now|for today|for a while|at once|"
    r"right now|thanks|thank you|at peak|asap|by \w+|only|just|!))*"
    r"(?: (?:for|from|on|at|during|over|in|as of|starting|to handle|to cope with|to serve|to be|so that|"
    r"so|because|since)"
    r"(?: [a-z']+){1,8})?"
)
_SCALE = (
    r"(?:scale|rescale|go|bump|increase|set|change|resize|raise|reduce|lower|decrease|drop|grow|shrink|bring|get|move|"
    r"turn|put|cut|make|adjust)"
)
_SOME = r"(?:NUM|one|a|an|another|another NUM)"

SCALES_TO = (
    rf"{_ORDER}{_SCALE}(?: {_NUMBER_OF})*(?: from NUM)?(?: (?:(?:up |down |back )?to|at|=|from)) (?P<to>NUM|one)"
    rf"(?: {_REPLICA})?{_LATER}",
    rf"{_ORDER}(?:(?:run (?:it )?(?:on|with|at)|run|have|use|need|want|make (?:it|that|them)|give (?:me|us|"
    rf"it)|keep|deploy|start|"
    rf"i want|we want|we "
    rf"need|i need|go with|run (?:it )?(?:on|with|at)|scale|let it have) )*(?:the )?(?P<to>NUM|one) {_REPLICA}{_LATER}",
    rf"(?:{_REPLICA}|(?:number of )?{_REPLICA} count|number of {_REPLICA}) ?(?::|=|to)? (?P<to>NUM|one){_LATER}",
)
"""What says how many replicas there are to be."""

_MORE = r"(?:more|additional|extra|further|other)"
_FEWER = r"(?:fewer|less)"

SCALES_UP_BY = (
    rf"{_ORDER}(?:add|start|spin up|bring up|put in|throw in|give (?:it|me|us)|plus)(?: up)? (?P<by>{_SOME})"
    rf"(?: {_MORE})?(?: {_REPLICA})?(?: {_MORE})?(?: to it| on top)?{_LATER}",
    rf"{_ORDER}(?:(?:i|we|it) )?(?:(?:need|want|take|have|use|deploy|run|give (?:it|me|us)) )?(?P<by>NUM|one|an?) "
    rf"(?:{_MORE} {_REPLICA}|{_REPLICA} {_MORE}){_LATER}",
    rf"{_ORDER}(?:(?:i|we|it) )?(?:(?:need|want|take|have|use|run|deploy) )?(?P<by>another|another NUM) "
    rf"{_REPLICA}{_LATER}",
    rf"{_ORDER}(?:scale|increase|bump|raise|grow|go)(?! (?:it |this |that )?(?:down|in|"
    rf"back) )(?: {_NUMBER_OF})* by (?P<by>NUM|one)(?: {_REPLICA})?{_LATER}",
)
"""What says how many replicas more."""

SCALES_DOWN_BY = (
    rf"{_ORDER}(?:remove|drop|take away|take off|get rid of|kill|stop|delete|cut|lose|minus|"
    rf"retire)(?: away)? (?P<by>NUM|one|a|an)"
    rf"(?: of the)? {_REPLICA}(?: off| away| out)?{_LATER}",
    rf"{_ORDER}take (?P<by>NUM|one|a)(?: of the)? {_REPLICA} (?:off|away|out|down){_LATER}",
    rf"{_ORDER}(?:(?:i|we|it) )?(?:(?:need|want|take|have|use|run) )?(?P<by>NUM|one|a) "
    rf"(?:{_FEWER} {_REPLICA}|{_REPLICA} {_FEWER}){_LATER}",
    rf"{_ORDER}(?:scale (?:it |this )?(?:down|in)|reduce|lower|decrease|shrink|cut)(?: {_NUMBER_OF})* by "
    rf"(?P<by>NUM|one)(?: {_REPLICA})?{_LATER}",
)
"""What says how many replicas fewer."""

BECAUSE = (
    r"(?:because|since|as|it|this|that|too|something|everything|everyone|nobody|no one|thing|traffic|load|"
    r"latency|ttft|itl|e2e|user|"
    r"people|customer|answer|error|cost|price|we (?:have|are|get|see|no longer|had)|they|(?:the|"
    r"our) (?:new|last|latest|current|old|"
    r"traffic|load|latency|user|people|cost|answer|error|gpu|test|queue|demand|season|project|pilot|campaign))"
)
"""How the reason for an order begins that follows it."""

CONDITIONS = any_of(
    "if, unless, when, once, after, before, until, till, tomorrow, later, tonight, wait, maybe, perhaps, "
    "almost, not yet, except, "
    "should, might, don't, do not, never, but"
)
"""What makes a reason more than a reason."""

SPEAKS_OF_SCALING = any_of(
    "scale, rescale, upscale, downscale, replica, pod, more replica, fewer replica, autoscale, instance"
)
SPEAKS_OF_ADVICE = any_of("advice, advise, advised, suggestion, suggested, recommendation, recommended, proposal")
SPEAKS_OF_ROLLING_BACK = (
    r"(?:roll(?:ing|ed)?(?: it| this| that| everything)? back|rollback|revert|undo|previous (?:version|revision|state))"
)
SPEAKS_OF_RETIRING = (
    r"(?:delete|retire|remove|destroy|decommission|undeploy|uninstall|take (?:it |this |that )?down|tear (?:it )?down|"
    r"shut (?:it |this |that |everything )?down|turn (?:it |this |that )?off|switch (?:it )?off|kill|wipe|get rid of|"
    r"stop the \w+|(?:do not|don't|no longer) need (?:it|this|that))"
)
"""Words that a question about an operation holds: what is likely to be meant where it is not clear."""
