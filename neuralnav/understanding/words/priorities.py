"""How people say what counts most, in the field's words and in everyday ones. Patterns over canonical words."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.vocabulary import Priority
from neuralnav.understanding.words.tables import any_of


@dataclass(frozen=True)
class Sayings:
    """Ways to say that ``priority`` counts: with stress (2) or plainly (1)."""

    priority: Priority
    stress: int
    alternatives: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """All of them as one pattern."""
        return "|".join(self.alternatives)


NOUNS = {
    Priority.LATENCY: (
        r"(?:(?:low|lowest|minimal|short|ultra low|very low|the lowest|response|answer|the) )?"
        r"(?:latency|response time|delay|lag)|(?:the )?(?:response |answer )?speed|responsiveness|being fast|quickness|"
        r"(?:fast|quick|rapid) (?:answer|response|reply|suggestion|completion)|(?:short )?waiting time|ttft|"
        r"time to first token|fast response time"
    ),
    Priority.ACCURACY: (
        r"(?:(?:high|highest|best|top|good|answer|output|translation|factual|model|the|summary|code) )?"
        r"(?:quality|accuracy|correctness|precision)(?: of (?:the |our |its )?(?:text|answer|output|result|translation|"
        r"summary|code|content|copy|writing|advice|prose|reply|response|model))?|getting it right|exactness|exactitude|"
        r"(?:good|great|polished|excellent) (?:text|copy|writing|prose|content)|reliable answer|"
        r"rigou?r|thoroughness|correct code|being right|"
        r"(?:right|correct|accurate|good|precise|high quality) (?:answer|response|reply|result|"
        r"translation|summary|code|citation|"
        r"meaning|wording|terminology|fact|figure|detail|sense)|"
        r"being (?:correct|accurate|exact|precise)|factuality|faithfulness|truthfulness|fidelity"
    ),
    Priority.COST: (
        r"(?:(?:low|lowest|minimal|running|total|the|our|hosting|operating|infrastructure) )?"
        r"(?:cost|price|expense|spend|spending)|budget|money|affordability|cost efficiency|cost effectiveness|thrift|"
        r"(?:the )?bill|economy|saving money|low price"
    ),
}
"""What can be put first, by priority."""

QUALITIES = {
    Priority.LATENCY: r"(?:be |being )?(?:fast|quick|speedy|snappy|swift|prompt)",
    Priority.ACCURACY: r"(?:be |being )?(?:correct|exact|accurate|precise|right|faithful)",
    Priority.COST: r"(?:be |being )?(?:cheap|inexpensive|affordable|thrifty|frugal)",
}
"""The same as adjectives, which name a priority only where they are put above another or first."""

FOREMOST = (
    r"all(?= [,.;!?:] |$| $)|everything|king|first(?= [,.;!?:] |$| $)|number one|first and foremost|"
    r"(?:the )?most important"
    r"(?: thing)?|(?:the |our )?(?:top |first |main |number one )priority|above all|paramount"
)
"""What puts an adjective first."""

BE = (
    r"(?:is|are|be|being|must be|has to be|should be|come|go|goes|remain|=|:|as|as the|as our|the|our|"
    r"really|absolutely|"
    r"definitely|also|what|always|still|by far|here|to be)"
)

STRESSED = (
    r"critical|crucial|essential|paramount|vital|everything|king|key|decisive|imperative|mandatory|"
    r"non negotiable|a must|"
    r"must have|(?:the |our |a |my )?(?:top |main |first |highest |number one |primary |chief |biggest |absolute |"
    r"deciding |decisive |only )*(?:priority|concern|goal|focus|criterion|worry|factor|headache|driver)|"
    r"(?:the |our )?(?:most important|main thing|be all and end all)(?: thing| factor| criterion)?|"
    r"(?:is )?all that (?:matter|count)|(?:matter|count|weigh) (?:the )?(?:most|above all|more)|"
    r"what (?:matter|count)(?: most)?|first|above all|above everything|before everything|"
    r"before anything|before all|over everything|number one|"
    r"number NUM|more important|extremely important|very important|the key|second to none|first and foremost|"
    r"(?:trump|beat|top|outweigh) (?:everything|all|anything|the rest|all else)|win|rule|what we care about(?: most)?|"
    r"all(?= [,.;!?:] |$| $)|(?:worth|matter|count|mean|weigh|be worth) (?:far |much |a lot |"
    r"way )?more than (?:anything|everything|all|the rest|"
    r"anything else|whatever else)|(?:the |our )?(?:decisive|deciding|main|key|central|crucial|"
    r"critical|most important|first|"
    r"biggest|only|big|supreme|primary) (?:thing|point|matter|issue|requirement|aspect|question|"
    r"objective|aim|demand|need)|"
    r"what (?:decide|we want most|it is about)|supreme|of the essence|sacred|non negotiable"
)
"""What stresses the noun before it."""

PLAIN = any_of(
    "important, matter, count, relevant, a factor, a concern, a consideration, significant, wanted, needed, required,"
    "desired, preferred, welcome"
)
"""What names the noun before it without stress."""

PUTS_FIRST = (
    r"prioriti[sz](?:e|ing)|optimi[sz](?:e|ed|ing)(?: for)?|focus(?:ed|ing)? on|maximi[sz]e|"
    r"priority(?: is| :| on| =| goes to)*|emphasis(?: is)? on|care (?:most |mostly |mainly |only |a lot |"
    r"above all )?(?:about|for)|"
    r"(?:it is|is|this is|be) all about|favou?r|go for|lean(?:ing)? toward|most important (?:is|thing is|:)|"
    r"above all(?: else)?(?: ,| :)?|first and foremost(?: ,)?|main concern (?:is|:)|goal (?:is|:)|"
    r"nothing (?:else )?(?:matter|count) (?:but|except|more than|like|as much as)|"
    r"what (?:matter|count)(?: most)? (?:is|:)|(?:matter|count) most (?:is|:)"
)
"""What stresses the noun after it."""

OVER = (
    r"over|above|outrank|before|rather than|more than|(?:is |are )?(?:\w+ )?more important (?:than|as)|"
    r"(?:is |are )?(?:worth|valued|rated|ranked) (?:\w+ )?(?:more|higher) than|"
    r"(?:matter|count|weigh|mean) (?:far |much |a lot |way |even |rather |clearly )?more (?:to us )?than|"
    r"(?:come|go|rank|stand) (?:well |far |way )?(?:before|ahead of|above|over)|>|beat|outweigh|(?:go|"
    r"take|have) (?:precedence|priority|preference) over|"
    r"instead of|trump|"
    r"ahead of|not"
)
"""Between the noun that counts and the one that does not."""

_OF_NO_WEIGHT = any_of(
    "object, issue, problem, concern, important, critical, crucial, priority, essential, key, relevant, main "
    "concern, factor,"
    "matter, everything, vital"
)
UNIMPORTANT_AFTER = (
    r"(?:is |are |being )?no (?:object|issue|problem|concern|obstacle|matter|big deal)|"
    rf"(?:(?:is |are |being )?not|isn't|aren't) (?:an? |so |that |very |really |the |as )*{_OF_NO_WEIGHT}|"
    r"(?:is |are )?(?:secondary|irrelevant|unimportant|negligible|less important|of no (?:concern|importance)|"
    r"least important)|"
    r"come (?:last|second)|(?:does not|doesn't|don't|do not|hardly|barely|need not) (?:really |much )?(?:matter|count)|"
    r"(?:matter|count) (?:little|less|least)|can be (?:high|slow|anything)"
)
"""What says that the noun before it does not count."""

UNIMPORTANT_BEFORE = (
    r"no matter (?:the|what|how)|regardless of|irrespective of|whatever the|at any|(?:don't|do not|doesn't) care "
    r"(?:much )?about|not (?:worried|concerned) about|not care about|at the expense of|spare no|never mind the|"
    r"even if the|not (?:so |very |too )?(?:sensitive to|interested in)"
)
"""What says that the noun after it does not count."""

_PEOPLE = any_of(
    "nobody, no one, none of them, they, people, user, customer, agent, staff, we, caller, who, client, guest, visitor"
)
_CANNOT = any_of(
    "can't, cannot, must not, mustn't, should not, shouldn't, won't, will not, don't want to, do not want to, "
    "never, not"
)
_MUST = any_of("must, has to, have to, should, need to, shall, got to, want to")
_MISTAKE = any_of(
    "error, mistake, hallucination, wrong answer, inaccuracy, slip, blunder, bug, defect, "
    "mistranslation, misquote, misreading, misdiagnosis, oversight, omission, false answer"
)
_BAD = any_of(
    "expensive, costly, unacceptable, dangerous, not acceptable, not an option, not allowed, not tolerated, "
    "not ok, fatal,"
    "serious, intolerable, deadly, catastrophic, forbidden, risky, out of the question, a disaster, critical, "
    "a no go, no go,"
    "taboo, not on, ruinous, embarrassing, awkward, painful, unforgivable, harmful, disastrous, "
    "problematic, a problem, "
    "inexcusable, illegal, bad for business, a scandal, not funny, lethal, damaging, hazardous"
)
_LITTLE = any_of("very little, little, no, not much, hardly any, limited, scarce, so little")
_MONEY = any_of("money, budget, funding, fund, cash")

SAYINGS = (
    Sayings(
        Priority.LATENCY,
        2,
        (
            r"as (?:fast|quick|quickly|snappy|responsive|soon) as (?:possible|it get|we can|you can)",
            r"(?:no one|nobody|none of them|they don't) (?:has|have) (?:any |much |the )?patience",
            rf"{_PEOPLE} (?:\w+ )?(?:like|want|hate|can't stand|cannot stand|dislike|will|enjoy|love)(?: to)? (?:be )?"
            r"(?:wait|waiting|kept waiting|delay|slow \w+|lag)",
            rf"{_CANNOT} (?:\w+ ){{0,3}}(?:wait|waiting)(?! (?:list|time is|longer than TIME|more than TIME))",
            r"(?:won't|will not|don't|do not) (?:hang|stick|sit|stay) around",
            r"(?:won't|will not|can't|cannot|don't|do not|not|never) (?:tolerate|accept|stand|put up with|bear|like|"
            r"want) "
            r"(?:any |a |the )?(?:lag|delay|waiting|slow \w+|latency|slowness)",
            r"(?:hang up|leave|churn|walk away|give up|switch|drop off|abandon|run away|go elsewhere|lose interest|"
            r"be gone|"
            r"are gone|bounce) (?:\w+ )?(?:if|when|once|as soon as|after|within) (?:\w+ ){0,5}(?:wait|slow|long|lag|"
            r"delay|TIME)",
            r"the (?:faster|quicker|sooner) the better|(?:quick|fast) as a flash|blink of an eye|time critical|"
            r"time is money",
            r"(?:lag|delay|latency|waiting|slowness) (?:is|are|would be) (?:a |the |an )?"
            r"(?:killer|deadly|unacceptable|no go|not acceptable|not an option|out of the question|intolerable|"
            r"annoying|"
            r"poison)",
            r"waiting (?:kill|ruin|annoy|hurt)(?: \w+){0,2}|(?:get|become|are|is|turn) impatient|impatient|no patience",
            r"(?:no one|nobody) (?:should|must|may|will) (?:notice|feel|see) (?:a |any |the )?(?:delay|lag|waiting)",
            r"(?:milli)?second (?:count|matter)|(?:sluggish|slow|laggy) \w+ (?:would |will |are |is |can |"
            r"could )?(?:\w+ )?(?:kill|annoy|"
            r"unacceptable|no go|frustrate|intolerable|frustrating)(?: \w+)?",
            r"every (?:second|millisecond|ms|minute|moment)(?: of (?:delay|waiting|latency|lag))? "
            r"(?:count|cost|lose|matter|hurt)(?: \w+){0,2}",
            rf"{_MUST} (?:\w+ )?(?:be |feel |answer |respond |reply |react |come )?(?:very |really |extremely |"
            r"blazing |"
            r"super |"
            r"lightning |near |almost )?(?:fast|quick|quickly|instant|instantly|instantaneous|immediate|immediately|"
            r"snappy|"
            r"responsive|real time|at once|right away|seamless|fluid)",
            r"feel (?:like )?(?:instant|immediate|real time|live)|latency (?:sensitive|critical)|speed (?:sensitive|"
            r"critical)",
            r"fast(?:est)? possible|as little (?:delay|waiting|latency) as possible|slow is (?:a )?(?:no go|killer|"
            r"unacceptable)",
            r"minimi[sz]e (?:the )?(?:latency|delay|waiting|response time)|(?:fastest|"
            r"quickest) (?:possible )?(?:answer|"
            r"response|option|model)",
            r"(?:the )?need (?:for )?speed|(?:time|speed) is of the essence|(?:answer|respond|reply) at once",
        ),
    ),
    Sayings(
        Priority.LATENCY,
        1,
        (
            r"(?:ultra |very |super |really |extremely |lightning |blazing |blazingly )?(?:low latency|fast|snappy|"
            r"responsive|"
            r"speedy)(?! (?:food|grow|growing|paced|fashion|track|forward|moving|enough|lane|charging|api))",
            r"real time|near real time|realtime|instant(?! (?:message|messaging|noodle|coffee))(?: \w+)?|instantly|"
            r"instantaneous|quickly|lag free",
            r"(?:quick|rapid) (?:answer|response|reply|help|suggestion|turnaround)",
            r"(?:answer|respond|reply) (?:quickly|fast|immediately|right away|promptly|swiftly)",
            r"(?:no|without|minimal|little|NUM|any) (?:noticeable |perceptible |visible )?(?:delay|lag|waiting|"
            r"latency)(?! (?:target|requirement|slo|sla|constraint|goal|limit|budget|need|figure|number|expectation))",
        ),
    ),
    Sayings(
        Priority.ACCURACY,
        2,
        (
            r"as (?:accurate|accurately|correct|good|precise|exact|faithful|truthful|careful|thorough|reliable) as "
            r"(?:possible|it get)",
            "(?:an?|one|any|every|each|the) (?:single |small |wrong )?(?:error|mistake|mistranslation|"
            "misdiagnosis|misquote|oversight|wrong answer|slip|"
            r"hallucination|"
            r"blunder|answer) (?:\w+ )?(?:cost|is|can be|could be|would be|mean|lose|hurt|kill|ruin)(?: \w+){0,3}",
            rf"(?:{_MISTAKE}|wrong \w+) (?:are|is|can be|could be|would be|will be) (?:very |too |really |"
            r"simply |just |"
            rf"completely |absolutely )?{_BAD}",
            rf"{_MISTAKE} (?:(?:can|could|would|may|might|will) )?(?:cost|hurt|kill|harm|ruin|endanger)(?: \w+){{0,3}}",
            r"(?:can't|cannot|can not|must not|mustn't|may not|should not|shouldn't|won't|not|never) (?:afford |"
            r"accept |"
            r"tolerate |have |make |risk |be |contain |allow |get |to )*(?:any |a |an |single )*(?:error|mistake|"
            r"wrong(?: answer| \w+)?|hallucination|hallucinate|slip|it wrong|thing wrong|inaccuracy)",
            r"(?:no|zero|without) (?:room for |tolerance for |margin for |margin of )?(?:any )?(?:error|mistake|"
            r"hallucination|"
            r"wrong answer|slip up)(?! (?:rate|handling|message|log))",
            r"zero tolerance|error free|mistake free|be wrong|right (?:answer|every time|all the time|the first time)",
            r"(?:must|has to|have to|need to|should|got to|be|absolutely|always) (?:\w+ )?(?:be |"
            r"get )?(?:\w+ )?(?:right|"
            r"correct|accurate|exact|precise|flawless|perfect|faultless)(?! (?:away|now|after|to|side|person|format|"
            r"place|in))",
            r"(?:best|highest|top|finest|greatest|maximum|utmost|supreme|most) (?:possible |available |achievable )?"
            r"(?:quality|accuracy|precision)",
            r"(?:best|most accurate|most capable|smartest|strongest|finest) (?:possible |available )?(?:answer|"
            r"response|"
            r"model|"
            r"result|translation|summary|option|quality)(?: (?:money can buy|possible|available|there is))?",
            r"(?:life|live) (?:depend|are at stake|at stake)|(?:matter of )?life (?:and|or) death|"
            r"get(?:ting)? it right",
            r"better (?:a |an )?(?:slow|late|no) (?:\w+ )?than (?:a )?wrong(?: one| \w+)?|rather slow than wrong",
            r"rather (?:\w+ ){1,4}than (?:\w+ ){0,3}(?:wrong|bad|incorrect|poor|sloppy)(?: \w+)?|quality over quantity",
            r"(?:get|getting|got|doing|do) (?:it|this|that|thing|anything) wrong(?: \w+){0,4}",
            r"(?:miss|overlook|forget|omit|mistranslate|misread|mix up|misquote|misspell)\w* (?:\w+ ){0,3}"
            "(?:(?:,|we|it|and|that|could|would|will|can|might|they) )*(?:lose|cost|hurt|get sued|be sued|"
            "kill|ruin|fail|"
            r"be fired|be fined|be liable)(?: \w+){0,3}",
            r"if (?:it|they|this|the \w+|an? \w+) (?:is|are|go|get it|get thing) wrong(?: ,)?(?: \w+){0,3}",
            r"(?:wrong|false|bad|incorrect) \w+ (?:get|land|put|bring|cause)(?: \w+){0,3}|the more (?:accurate|"
            r"precise|correct) the better",
            r"(?:flawless|faultless|bulletproof|top notch|impeccable|state of the art quality|airtight|"
            r"spot on)(?: \w+)?",
            r"(?:wrong|false|bad|missed|incorrect) \w+ (?:=|:|is|mean|equal) (?:a |an )?(?:disaster|"
            r"catastrophe|lawsuit|death|fired|"
            r"scandal|ruin|no go|fine|trouble)",
            r"(?:would|will|could|can|might) (?:be |get )?(?:sued|fined|liable|a disaster|catastrophic|a catastrophe)"
            r"(?: \w+){0,3}",
            r"(?:wrong|bad|false|incorrect) \w+ (?:can|could|may|might|would|will) (?:\w+ )?(?:kill|harm|"
            "hurt|cost|ruin|endanger|"
            r"damage|sink|destroy|lead)(?: \w+){0,3}",
            r"(?:wrong|bad|false|incorrect) (?:advice|answer|information|result|translation|figure|diagnosis|citation|"
            r"number) "
            r"(?:is|are|would|could|can|will|may) (?:\w+ ){0,3}(?:disaster|catastroph\w+|dangerous|unacceptable|fatal|"
            r"expensive|costly|deadly|harm\w*|hurt|no go|serious|worse)",
            r"(?:never|not|don't|must not|doesn't) (?:\w+ )?(?:make|invent|fabricate|imagine|making|inventing) "
            r"(?:thing|stuff|anything|fact|answer|something)(?: up)?",
            r"(?:made up|invented|fabricated) (?:\w+ )?(?:is|are|would be) (?:\w+ )?(?:unacceptable|no go|dangerous|"
            r"forbidden|"
            r"not acceptable|not allowed|not ok)|truthful\w*",
            r"we (?:must|need to|have to) (?:be able to )?(?:trust|rely on)(?: \w+){0,3}|(?:trust|"
            r"rely on) every (?:answer|word)",
        ),
    ),
    Sayings(
        Priority.ACCURACY,
        1,
        (
            r"(?:highly |very |really |extremely |factually )?(?:accurate|accurately|precise|precisely)|"
            r"factually correct",
            r"correct (?:answer|response|result|code|translation|summary)|trustworthy|high accuracy|high precision",
        ),
    ),
    Sayings(
        Priority.COST,
        2,
        (
            r"(?:as )?(?:cheap|cheaply|inexpensive|inexpensively|low cost|affordable|little money|economical|"
            r"economically|low|"
            r"frugal) as (?:possible|it get|we can|you can)",
            r"cheapest(?: \w+)?|lowest (?:possible )?(?:cost|price|bill|spend)|least expensive|the cheaper the better",
            "budget (?:is |: |= )(?:really |basically )?(?:none|zero|nil|nothing|nonexistent|non existent|"
            "tiny|small|tight)",
            r"(?:cent|penny) (?:matter|count)",
            r"not (?:very |so |exactly )?(?:rich|wealthy|made of money|loaded|flush)|(?:no|without) deep pockets?",
            rf"(?:next to|almost|practically|virtually|hardly|nearly|barely|basically) (?:no|any|zero) {_MONEY}",
            rf"(?:have|got|has|with|there is) {_LITTLE} {_MONEY}(?! (?:limit|cap|constraint|restriction|concern|"
            "problem|worry|figure|number|yet|set|info|information|line|in mind|approved|range|estimate|"
            "amount|decided))",
            rf"(?:very |so |really )?(?:little|no|not much|hardly any) {_MONEY}"
            "(?! (?:limit|cap|constraint|restriction|concern|problem|worry|issue|is no|figure|number|yet|"
            "set|info|information|line|in mind|approved|range|estimate|amount|decided|defined|given|known|"
            "fixed))",
            r"money (?:is )?(?:very |really |extremely |so )?(?:tight|short|scarce)|strapped for cash|cash strapped|"
            r"penniless|broke",
            r"don't have (?:much |a lot of |any )(?:money|budget|cash|fund)|not much to spend|underfunded|unfunded",
            r"(?:tight|small|tiny|shoestring|limited|low|minimal|modest|slim|lean|restricted|constrained|thin) "
            r"(?:budget|funding|fund|mean|purse|wallet)",
            r"(?:budget|fund|funding) (?:is |are )?(?:very |really |extremely |quite |pretty )?(?:tight|small|limited|"
            r"low|tiny|"
            r"thin|constrained|short|scarce)|on a (?:shoestring|budget(?! of)|dime)|shoestring",
            r"(?:every|each) (?:cent|penny|dollar|euro|buck) (?:count|matter)|penny pinching|penny|thrifty|stingy",
            r"(?:watch|watching|count|counting|turn|mind|pinch) (?:every|each|our|the|her|his) (?:\w+ )?(?:cent|penny|"
            r"dollar|"
            r"euro|budget|bill|money|cost|spend)",
            r"(?:as little|the least|minimum|the minimum|little) (?:money |amount )?(?:as possible )?(?:spend|spent|"
            r"money|cost)",
            r"spend (?:as little|the least|the minimum|very little)(?: as possible| money)?|economi[sz](?:e|ing)",
            r"cost (?:as )?(?:little|next to nothing|almost nothing)(?: as possible)?|next to nothing|peanut|for cheap",
            r"(?:can't|cannot) (?:afford|spend) (?:much|a lot)|(?:won't|not|doesn't|don't) cost (?:much|a lot|too much|"
            r"a fortune)",
            r"(?:not|without|doesn't|won't|don't) (?:\w+ )?break(?:ing)? the bank|bang for the buck|value for money",
            r"(?:must|has to|have to|need to|should|got to|may) (?:\w+ )?(?:be |stay |remain |come |not be |"
            r"keep )(?:very |"
            r"really |dirt |super |as )?(?:cheap|inexpensive|affordable|low cost|economical|frugal|expensive|"
            r"cost down)",
            r"minimi[sz]e (?:the |our |my )?(?:\w+ )?(?:cost|spend|spending|expense|bill|price)|"
            r"save (?:us )?(?:as much )?"
            r"(?:cost|money|budget)|cut(?:ting)? (?:the |our )?cost",
            r"(?:keep|hold|get|bring) (?:the |our |my |down )*(?:\w+ )?(?:cost|bill|spend|price|expense|"
            r"spending)(?: as)? "
            r"(?:low|down|small|minimal|to a minimum|in check|under control)",
            r"(?:cost|bill|spend|price|expense|spending|invoice) (?:must|has to|have to|should|need to) (?:be |stay |"
            r"remain |"
            r"keep )(?:very |really |as )?(?:low|small|down|minimal|tiny|modest)",
            r"cost optimi[sz]\w+",
            r"(?:cost|price) (?:sensitive|conscious|critical|driven)|(?:keep|make|do) it (?:\w+ )?(?:cheap|inexpensive|"
            r"low cost|"
            r"affordable)",
        ),
    ),
    Sayings(
        Priority.COST,
        1,
        (
            r"(?:dirt |very |really |super )?(?:cheap|inexpensive|affordable|low cost|economical|cost effective|"
            r"cost efficient|"
            r"cost effectively|frugal|low budget|budget friendly|cheaply|low(?:er)? (?:running |operating |"
            r"hosting |monthly )?(?:cost|bill|price))(?! (?:flight|hotel|ticket|deal|travel|clothe|"
            r"product|"
            r"holiday|car|phone|gift|loan|housing|home))",
        ),
    ),
)
"""Whole sayings, by priority and stress."""

BALANCED = (
    r"(?:well |evenly |good |right |reasonable |a )?(?:balanced?|compromise|trade off|tradeoff|middle ground|mix) "
    r"(?:of|between|priority|approach|option|everything)|balance (?:cost|speed|quality|latency|accuracy|price)|"
    r"priority (?:is |: )?balanced|all equally|equally important|no (?:particular|special|specific) priority|balanced"
)
"""A balance that was asked for."""
