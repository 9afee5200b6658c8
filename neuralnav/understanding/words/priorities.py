"""How people say what counts most, in the field's words and in everyday ones."""

from __future__ import annotations

from neuralnav.models.vocabulary import Priority

NOUNS = {
    Priority.LATENCY: (
        r"(?:(?:low|lowest|minimal|short|ultra low|very low|the lowest|response|answer|the) )?(?:latency|"
        r"response time|delay|lag)|"
        r"(?:the )?(?:response |answer )?speed|responsiveness|(?:fast|quick|rapid) (?:answer|response|reply|"
        r"suggestion|completion)|"
        r"being fast|(?:short )?waiting time|ttft|time to first token|fast response time|quickness"
    ),
    Priority.ACCURACY: (
        r"(?:(?:high|highest|best|top|good|answer|output|translation|factual|model|the|summary|"
        r"code) )?(?:quality|accuracy|correctness|precision)|"
        r"(?:right|correct|accurate|good|precise|high quality) (?:answer|response|result|translation|"
        r"summary|code)|being right|"
        r"being (?:correct|accurate|exact|precise)|factuality|faithfulness|truthfulness|fidelity|"
        r"getting it right|exactness|correct code"
    ),
    Priority.COST: (
        r"(?:(?:low|lowest|minimal|running|total|the|our|hosting|operating|infrastructure) )?(?:cost|price|"
        r"expense|spend|spending)|"
        r"budget|money|affordability|cost efficiency|cost effectiveness|thrift|(?:the )?bill|economy|"
        r"saving money|low price"
    ),
}
"""What can be put first, by priority."""

BE = (
    r"(?:is|are|be|being|must be|has to be|should be|comes?|goes|go|remains?|=|:|as|as the|as our|the|"
    r"our|really|absolutely|definitely|also|what|always|still|by far|here|to be)"
)

STRESSED = (
    r"critical|crucial|essential|paramount|vital|everything|king|key|decisive|imperative|mandatory|"
    r"non negotiable|a must|"
    r"must have|(?:the |our |a |my )?(?:top |main |first |highest |number one |primary |chief |biggest |"
    r"absolute |deciding |decisive |only )*(?:priority|concern|goal|focus|criterion|worry|factor|"
    r"headache|driver)|"
    r"(?:the |our )?(?:most important|main thing|be all and end all)(?: thing| factor| criterion)?|"
    r"(?:is )?all that (?:matter|count)|"
    r"(?:matter|count|weigh) (?:the )?(?:most|above all|more)|what (?:matter|count)(?: most)?|"
    r"first|above all|above everything|before everything|over everything|number one|number NUM|"
    r"more important|extremely important|very important|"
    r"the key|second to none|first and foremost|trump(?:s)? everything|rules?|what we care about(?: most)?"
)
"""What stresses the noun before it."""

PLAIN = (
    r"important|matter|count|relevant|a factor|a concern|a priority too|a consideration|significant|"
    r"wanted|needed|required|desired|preferred|welcome"
)
"""What names the noun before it without stress."""

PUTS_FIRST = (
    r"prioriti[sz]e|prioriti[sz]ing|optimi[sz]e(?:d)? for|optimi[sz]ing for|optimi[sz]e|focus(?:ed|"
    r"ing)? on|maximi[sz]e|"
    r"priority(?: is| :| on| =| goes to)+|priority|emphasis(?: is)? on|care (?:most|mostly|mainly|only|"
    r"a lot|above all)? ?(?:about|for)|"
    r"(?:it is|it is|is|this is|be) all about|favou?r|go for|lean(?:ing)? towards?|most important (?:is|"
    r"thing is|:)|above all(?: else)?(?: ,| :)?|"
    r"first and foremost(?: ,)?|main concern (?:is|:)|goal (?:is|:)|what (?:matter|"
    r"count)(?: most)? (?:is|:)|(?:matter|count) most (?:is|:)"
)
"""What stresses the noun after it."""

OVER = (
    r"over|before|rather than|more than|(?:is |are )?more important than|(?:matter|count)s? more than|"
    r"beats|instead of|trumps|ahead of|not"
)
"""Between the noun that counts and the one that does not."""

UNIMPORTANT_AFTER = (
    r"(?:is |are |being )?(?:no (?:object|issue|problem|concern|obstacle|matter|big deal)|not (?:an? |"
    r"so |that |very |really |the )*"
    r"(?:object|issue|problem|concern|important|critical|crucial|priority|essential|key|relevant|"
    r"main concern|a priority|problem|factor|matter|everything|vital)|"
    r"secondary|irrelevant|unimportant|negligible|less important|of no (?:concern|importance)|"
    r"least important|comes? (?:last|second))|"
    r"(?:isn't|aren't|isnt) (?:an? |so |that |very |really |the |as )*(?:object|issue|problem|concern|"
    r"important|critical|crucial|priority|essential|key|relevant|main|factor)|"
    r"(?:does not|doesn't|don't|do not|hardly|barely|need not) (?:really |much )?(?:matter|count)|"
    r"(?:matter|count)s? (?:little|less|least)|can be (?:high|slow|anything)"
)
"""What says that the noun before it does not count."""

UNIMPORTANT_BEFORE = (
    r"no matter (?:the|what|how)|regardless of|irrespective of|whatever the|at any|"
    r"don't care (?:much )?about|do not care (?:much )?about|"
    r"doesn't care about|not (?:worried|concerned) about|not care about|at the expense of|spare no|"
    r"never mind the|even if the|"
    r"not (?:so |very |too )?(?:sensitive to|interested in)"
)
"""What says that the noun after it does not count."""

SAYINGS = {
    Priority.LATENCY: (
        (2, r"as (?:fast|quick|quickly|snappy|responsive|soon) as (?:possible|it gets|we can|you can)"),
        (2, r"(?:nobody|no one|none of them|they|people|user|customer|agent|staff|we|callers?|"
r"who) (?:\w+ )?(?:like|likes|want|wants|hate|hates|can't stand|cannot stand|dislike|will|enjoy|"
r"enjoys|loves?)(?: to)? (?:be )?(?:wait|waiting|kept waiting|delays|slow \w+|lag)"),
        (2, r"(?:can't|cannot|must not|mustn't|should not|shouldn't|won't|will not|don't want to|do not want to|"
r"never|not) (?:\w+ ){0,3}(?:wait|waiting)(?! (?:list|time is|longer than TIME|more than TIME))"),
        (2, r"(?:hang up|leave|churn|walk away|give up|switch|drop off|abandon|run away|go elsewhere|"
r"lose interest|be gone|are gone) (?:\w+ )?(?:if|when|once|as soon as) (?:\w+ ){0,5}(?:wait|slow|"
r"long|lag|delay)"),
        (2, r"the (?:faster|quicker|sooner) the better|(?:quick|fast) as a flash|(?:lag|delay|latency|waiting|"
r"slowness) (?:is|are|would be) (?:a |the |an )?(?:killer|deadly|unacceptable|no go|not acceptable|"
r"not an option|out of the question|intolerable|annoying|poison)|waiting (?:kill|ruin|annoy|"
r"hurt)\w*(?: \w+){0,2}|(?:get|become|are|is|turn) impatient|(?:won't|will not|don't|do not|never|"
r"cannot|can't) wait|(?:no one|nobody) (?:should|must|may|will) (?:notice|feel|see) (?:a |any |"
r"the )?(?:delay|lag|waiting)|(?:must|should|has to|have to|needs? to) (?:\w+ ){0,2}(?:immediate|"
r"instantaneous|seamless|fluid|lively)|feels? (?:like )?(?:instant|immediate|real time|live)|"
r"(?:drop off|hang up|bounce) (?:after|within|if|when)(?: \w+){0,3}|"
r"slow(?:ness)? is (?:a )?(?:no go|killer|unacceptable|not an option)|(?:the )?need (?:for )?speed|"
r"(?:time|speed) is of the essence|(?:answer|respond|reply) at once|(?:won't|will not|"
r"don't) (?:hang|stick|sit|stay) around"),
        (2, r"every (?:second|millisecond|ms|minute|moment)(?: of (?:delay|waiting|latency|lag))? (?:count|cost|"
r"lose|matter|hurt)(?: \w+){0,2}|time is money|(?:won't|will not|can't|cannot|don't|do not|not|"
r"never) (?:tolerate|accept|stand|put up with|bear|like|want) (?:any |a |the )?(?:lag|delay|waiting|"
r"slow \w+|latency|slowness)"),
        (2, r"(?:have|has) no patience|impatient|no patience|every (?:milli)?(?:ms|millisecond|second) count|"
r"blink of an eye|time critical|latency (?:sensitive|critical)|speed (?:sensitive|critical)|"
r"fast(?:est)? possible|as little (?:delay|waiting|latency) as possible|"
r"minimi[sz]e (?:the )?(?:latency|delay|waiting|response time)|(?:fastest|quickest) (?:answer|"
r"response|option|model|possible)"),
        (2, r"(?:must|has to|have to|should|needs? to|shall|got to) (?:\w+ )?(?:be |feel |answer |respond |"
r"reply |react |come )(?:very |really |extremely |blazing |super |lightning |near |almost )?(?:fast|"
r"quick|quickly|instant|instantly|instantaneous|immediate|immediately|snappy|responsive|real time|"
r"at once|right away)"),
        (1, r"(?:ultra |very |super |really |extremely |lightning |blazing |blazingly )?(?:low latency|fast|"
r"snappy|responsive|speedy)(?! (?:food|grow|growing|paced|fashion|track|forward|moving|enough|lane|"
r"charging|api))"),
        (1, r"real time|near real time|realtime|instant(?: \w+)?(?<! message)(?<! messaging)|instantly|"
r"instantaneous|(?:quick|rapid) (?:answer|response|reply|help|suggestion|turnaround)|(?:answer|"
r"respond|reply|replie) (?:quickly|fast|immediately|right away|promptly|swiftly)|(?:no|without|"
r"minimal|little|zero|any) (?:noticeable |perceptible |visible )?(?:delay|lag|waiting|latency)|"
r"lag free|sub second(?: latency)?|quickly"),
    ),
    Priority.ACCURACY: (
        (2, r"as (?:accurate|accurately|correct|good|precise|exact|faithful|truthful|careful|thorough|"
r"reliable) as (?:possible|it gets)"),
        (2, r"(?:an?|one|any|every|each|the) (?:single |small |wrong )?(?:error|mistake|wrong answer|slip|"
r"hallucination|blunder|answer) (?:\w+ )?(?:cost|costs|can cost|could cost|would cost|may cost|is|"
r"can be|could be|would be|means|loses|hurts?|kills?)(?: \w+){0,3}"),
        (2, r"(?:error|mistake|hallucination|wrong answer|inaccuracy|wrong \w+) (?:are|is|can be|could be|"
r"would be|will be) (?:very |too |really |simply |just |completely |absolutely )?(?:expensive|"
r"costly|unacceptable|dangerous|not (?:acceptable|an option|allowed|tolerated|ok)|fatal|serious|"
r"intolerable|deadly|catastrophic|forbidden|risky|out of the question|a disaster|critical)|(?:error|"
r"mistake|hallucination|wrong answer) (?:(?:can|could|would|may|might|will) )?(?:cost|hurt|kill|"
r"harm|ruin|endanger)(?: \w+){0,3}"),
        (2, r"(?:can't|cannot|can not|must not|mustn't|may not|should not|shouldn't|won't|not|never) (?:afford |"
r"accept |tolerate |have |make |risk |be |contain |allow |get |to )*(?:any |a |an |"
r"single )*(?:error|mistake|wrong(?: answer| \w+)?|hallucination|hallucinate|slip|errors|it wrong|"
r"things wrong|inaccuracy)"),
        (2, r"(?:no|zero|without) (?:room for |tolerance for |margin for |margin of )?(?:any )?(?:error|mistake|"
r"hallucination|wrong answer)(?! rate| handling| message| log)|zero tolerance|error free|"
r"mistake free"),
        (2, r"(?:must|has to|have to|needs? to|should|got to|be|absolutely|always) (?:\w+ )?(?:be |"
r"get )?(?:\w+ )?(?:right|correct|accurate|exact|precise|flawless|perfect|faultless|"
r"reliable and correct)(?! (?:away|now|after|to|side|person|format|place|in))"),
        (2, r"(?:best|highest|top|finest|greatest|maximum|utmost|supreme|most) (?:possible |available |"
r"achievable )?(?:quality|accuracy|precision)|(?:best|most accurate|most capable|smartest|"
r"strongest) (?:possible |available )?(?:answer|response|model|result|translation|summary|option)|"
r"(?:life|lives|live) (?:depend|are at stake|at stake)|better (?:a |an )?(?:slow|late|"
r"no) (?:\w+ )?than (?:a )?wrong(?: one| \w+)?|rather (?:\w+ ){1,4}than (?:\w+ ){0,3}(?:wrong|bad|"
r"incorrect|poor|sloppy)(?: \w+)?|if (?:it|they|this|the \w+|an? \w+) (?:is|are|go|get it|"
r"get thing) wrong(?: ,)?(?: \w+){0,3}|wrong \w+ (?:get|land|put|bring|cause)(?: \w+){0,3}|"
r"get(?:ting)? it right|quality over quantity|right the first time"),
        (2, r"(?:no|zero) (?:mistake|error|hallucination|wrong answer|slip up)|the more (?:accurate|precise|"
r"correct) the better|(?:never|not|don't|must not|doesn't) (?:\w+ )?(?:make|invent|fabricate|"
r"imagine|making|inventing) (?:thing|stuff|anything|fact|answer|something)(?: up)?|(?:made up|"
r"invented|fabricated) (?:\w+ )?(?:is|are|would be) (?:\w+ )?(?:unacceptable|no go|dangerous|"
r"forbidden|not acceptable|not allowed|not ok)|truthful\w*|(?:flawless|faultless|bulletproof|"
r"top notch|impeccable|state of the art quality|airtight|spot on)(?: \w+)?|(?:would|will|could|can|"
r"might) (?:be |get )?(?:sued|fined|liable|a disaster|catastrophic|a catastrophe)(?: \w+){0,3}|"
r"(?:wrong|bad|false|incorrect) (?:advice|answer|information|result|translation|figure|diagnosis|"
r"citation|number) (?:is|are|would|could|can|will|may) (?:\w+ ){0,3}(?:disaster|catastroph\w+|"
r"dangerous|unacceptable|fatal|expensive|costly|deadly|harm\w*|hurt|no go|serious|worse)|"
r"(?:matter of )?life (?:and|or) death|(?:mistake|error|hallucination|wrong answer) (?:is|"
r"are) (?:a )?(?:no go|taboo|not on|ruinous)|(?:best|finest) (?:quality|answer|model|"
r"result)s? (?:money can buy|possible|available|there is)|we (?:must|need to|"
r"have to) (?:be able to )?(?:trust|rely on)(?: \w+){0,3}|(?:trust|rely on) every (?:answer|word)|"
r"right (?:answer|every time|all the time)|be wrong"),
        (1, r"(?:highly |very |really |extremely |factually )?(?:accurate|accurately|precise|precisely)|"
r"factually correct|correct (?:answer|response|result|code|translation|summary)|trustworthy|"
r"high accuracy|high precision"),
    ),
    Priority.COST: (
        (2, r"(?:as )?(?:cheap|cheaply|inexpensive|inexpensively|low cost|affordable|little money|economical|"
r"economically|low|frugal) as (?:possible|it gets|we can|you can)|cheapest(?: \w+)?|"
r"lowest (?:possible )?(?:cost|price|bill|spend)|least expensive"),
        (2, r"(?:next to|almost|practically|virtually|hardly|nearly|barely|basically) (?:no|any|zero) (?:money|"
r"budget|fund|funding|cash)|(?:have|got|has|with|there is|there is) (?:very |so |really )?(?:little|"
r"no|not much|hardly any|limited|scarce) (?:money|fund|funding|cash)|not much (?:money|budget|"
r"to spend|cash)|money (?:is )?(?:very |really |extremely |so )?(?:tight|short|scarce)|"
r"strapped for cash|cash strapped|penniless|broke|don't have (?:much |a lot of |any )(?:money|"
r"budget|cash|fund)"),
        (2, r"(?:tight|small|tiny|shoestring|limited|low|minimal|modest|slim|very little|lean|restricted|"
r"constrained|micro|thin) (?:budget|funding|fund|mean|resource budget|purse)|budget is (?:very |"
r"really |extremely |quite |pretty )?(?:tight|small|limited|low|tiny|thin|constrained)|"
r"on a (?:shoestring|budget|dime)|shoestring|fund (?:is |are )?(?:short|limited|tight|scarce|low)"),
        (2, r"(?:every|each) (?:cent|penny|dollar|euro|buck) (?:count|matter)|(?:watch|count|turn|mind|"
r"pinch) (?:every|each|our|the) (?:cent|penny|dollar|euro)|penny pinching|(?:as little|the least|"
r"minimum|the minimum|little) (?:money |amount )?(?:as possible )?(?:spend|spent|money|cost)|"
r"spend (?:as little|the least|as few|the minimum|very little)(?: as possible| money)?|"
r"costs? (?:as )?(?:little|next to nothing|almost nothing)(?: as possible)?|can't (?:afford|"
r"spend) (?:much|a lot)|cannot (?:afford|spend) (?:much|a lot)"),
        (2, r"the cheaper the better|(?:bang for the buck|value for money)|(?:not|without|doesn't|won't|"
r"don't) (?:\w+ )?break(?:ing)? the bank|(?:must|should|may|can|does|will|do) ?not cost (?:much|"
r"a lot|too much|a fortune)|save (?:cost|money|budget)|(?:watch|watches|watching) (?:every|each|our|"
r"the|her|his) (?:\w+ )?(?:cent|penny|dollar|euro|budget|bill|money|cost|spend)|(?:counts?|"
r"counting) (?:every|each) (?:cent|penny|dollar|euro)|penn(?:y|ie)(?: \w+)?|econom(?:ise|ize|ising|"
r"izing)|thrifty|stingy|cut corners on cost|low(?:er|est)? (?:running |operating |hosting |"
r"monthly )?(?:cost|bill|price)|cost optimi[sz]\w+|(?:tiny|small|little) (?:wallet|purse)|(?:keep|"
r"make|do) it (?:\w+ )?(?:cheap|inexpensive|low cost|affordable)|(?:very |so |really )?(?:little|no|"
r"not much|hardly any) (?:money|budget|funding|cash)(?! (?:limit|cap|constraint|restriction|concern|"
r"problem|worry|worries|issue))|(?:nearly|almost|practically) (?:broke|bankrupt|free of charge)|"
r"(?:next to nothing|peanuts|for cheap)|underfunded|unfunded"),
        (2, r"(?:must|has to|have to|needs? to|should|got to|may) (?:\w+ )?(?:be |stay |remain |come |not be |"
r"not cost |keep )(?:very |really |dirt |super |as )?(?:cheap|inexpensive|affordable|low cost|"
r"economical|frugal|expensive|much|cost down|a fortune)|minimi[sz]e (?:the |our |"
r"my )?(?:\w+ )?(?:cost|spend|spending|expense|bill|price)|(?:cost|bill|spend|price|expense|"
r"spending|invoice)s? (?:must|has to|have to|should|needs? to|need to) (?:be |stay |remain |"
r"keep )(?:very |really |as )?(?:low|small|down|minimal|tiny|modest)|(?:keep|hold|get|"
r"bring) (?:the |our |my |down )*(?:\w+ )?(?:cost|bill|spend|price|expense|spending)(?: as)? (?:low|"
r"down|small|minimal|to a minimum|in check|under control)|cut(?:ting)? (?:the |our )?cost|"
r"save (?:us )?(?:as much )?money|cost (?:sensitive|conscious|critical|driven)|price (?:sensitive|"
r"conscious)|won't cost (?:much|the earth|a fortune)"),
        (1, r"(?:dirt |very |really |super )?(?:cheap|inexpensive|affordable|low cost|economical|cost effective|"
r"cost efficient|cost effectively|frugal|low budget|budget friendly|cheaply)(?! (?:flight|hotel|"
r"ticket|deal|travel|clothes|product|holiday|car|phone|gift|loan|housing|home))"),
    ),
}  # fmt: skip
"""Whole sayings with their stress, by priority."""

BALANCED = (
    r"(?:well |evenly |good |right |reasonable |a )?(?:balanced?|compromise|trade off|tradeoff|"
    r"middle ground|mix) (?:of|between|priorit\w+|approach|option|everything)|balance (?:cost|speed|"
    r"quality|latency|accuracy|price)|priority (?:is |: )?balanced|all equally|equally important|"
    r"no (?:particular|special|specific) priority|balanced"
)
"""A balance that was asked for."""
