"""How people say yes and no: assent, approval, refusal, another try. Over canonical words."""

from __future__ import annotations

from neuralnav.understanding.words.tables import any_of

_YES = any_of("yes, yep, yeah, yup, aye, affirmative, certainly, absolutely, definitely, of course, sure thing")
_GOOD = any_of("fine, good, right, correct, ok, okay, great, perfect, it, well, accurate, alright, all right")
_FOREIGN_YES = any_of("ja, jawohl, genau, oui, d'accord, si, vale, claro, da, hai, tak, sim, jo, joo, dale")
_OK = (
    r"(?:ok|okay|k|fine|sure|good|great|perfect|nice|cool|correct|right|exactly|alright|all right|all good|agreed|lgtm|"
    r"super|excellent|wonderful|(?:that|this|it|everything|all)(?: is| look| sound| seem| work| all)?"
    rf"(?: all| very| really| just)? {_GOOD}(?: to me| for me| by me)?|(?:look|sound|seem) (?:very |really |"
    r"pretty |all )?"
    rf"{_GOOD}(?: to me)?|that (?:work|fit)(?: for me)?|work for me|i agree|i am (?:happy|fine|ok) with (?:it|"
    r"that|this)|"
    r"no (?:further )?(?:edit|change)(?: needed)?|as (?:it )?is|leave it (?:as (?:it )?is|like that)|"
    r"keep it(?: as (?:it )?is)?|"
    r"(?:i am |we are |very )?(?:happy|fine|ok|good) (?:with|like) (?:it|that|this)|all set|good to go|spot on|"
    r"(?:it|that|this|everything) (?:is|look) (?:all )?(?:fine|good|ok|right) (?:like (?:this|that)|as (?:it )?is|so)|"
    r"(?:it |that |this |everything )?(?:look|sound|seem) (?:about |just |more or less )?(?:right|ok|fine|good)|"
    r"nothing (?:else )?to (?:change|add|edit|correct)|(?:that|this) (?:would|will) do|"
    rf"{_FOREIGN_YES})"
)
_GO_ON = any_of(
    "go on, go ahead, carry on, continue, proceed, next, next step, move on, move ahead, let us go, let us continue,"
    "let us proceed, let us move on, onward, do it, you may continue, you may proceed, you may go ahead"
)
_IT = (
    r"(?: (?:it|this|that|them|(?:the|this|that) (?:plan|deployment|manifest|change|request|option|spec|specification)|"
    r"all of (?:it|them)|everything))?"
)
_FRAME = any_of(
    "please, now, then, thank, thanks, thank you, very much, so, just, and, you can, with it, with that, with "
    "this, for me,"
    "merci, danke, gracias, at once, right away, already, hereby, by all means, !"
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
    rf"(?:(?:{_YES}|{_OK}|please|then|just|let us|can you|could you|you can|and) )*(?:retry(?: it| that|"
    rf" the deployment)?|(?:(?:give it a |do )?(?:try|run) )?(?:it |that )?(?:again|once more|"
    rf"one more time|once again)|"
    r"(?:give it |have |one )?(?:another|one more) (?:try|attempt|go|shot)|redo(?: it| that)?|"
    r"rerun(?: it)?|run it again|re try)(?: (?:please|now|then))*"
)
"""A phrase that asks for another attempt."""

BARE_NO = (
    r"(?:no(?: no)*|nope|nah|no thanks|no thank you|not really|negative|never|nein|non|nee|nej|niet|ne|nao)(?: please)?"
)

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
