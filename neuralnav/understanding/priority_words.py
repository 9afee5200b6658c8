"""How people say what counts most, in the field's words and in everyday ones."""

from __future__ import annotations

from neuralnav.models.vocabulary import Priority

NOUNS = {
    Priority.LATENCY: (
        r"(?:(?:low|lowest|minimal|short|ultra low|very low|the lowest|response|answer|the) )?(?:latency|response time|delay|lag)|"
        r"(?:the )?(?:response |answer )?speed|responsiveness|(?:fast|quick|rapid) (?:answer|response|reply|suggestion|completion)|"
        r"being fast|(?:short )?waiting time|ttft|time to first token|fast response time|quickness"
    ),
    Priority.ACCURACY: (
        r"(?:(?:high|highest|best|top|good|answer|output|translation|factual|model|the|summary|code) )?(?:quality|accuracy|correctness|precision)|"
        r"(?:right|correct|accurate|good|precise|high quality) (?:answer|response|result|translation|summary|code)|being right|"
        r"factuality|faithfulness|truthfulness|fidelity|getting it right|exactness|correct code"
    ),
    Priority.COST: (
        r"(?:(?:low|lowest|minimal|running|total|the|our|hosting|operating|infrastructure) )?(?:cost|price|expense|spend|spending)|"
        r"budget|money|affordability|cost efficiency|cost effectiveness|thrift|(?:the )?bill|economy|saving money|low price"
    ),
}
"""What can be put first, by priority."""

BE = r"(?:is|are|be|being|must be|has to be|should be|comes?|goes|go|remains?|=|:|as|as the|as our|the|our|really|absolutely|definitely|also|what|always|still|by far|here|to be)"

STRESSED = (
    r"critical|crucial|essential|paramount|vital|everything|king|key|decisive|imperative|mandatory|non negotiable|a must|"
    r"must have|(?:the |our |a |my )?(?:top |main |first |highest |number one |primary |chief |biggest |absolute )*(?:priority|concern|goal|focus|criterion)|"
    r"(?:the |our )?(?:most important|main thing|be all and end all)(?: thing| factor| criterion)?|(?:is )?all that (?:matter|count)|"
    r"(?:matter|count|weigh) (?:the )?(?:most|above all|more)|what (?:matter|count)(?: most)?|"
    r"first|above all|above everything|before everything|over everything|number one|number NUM|more important|extremely important|very important|"
    r"of the essence|the key|second to none|first and foremost|trump(?:s)? everything|rules?|what we care about(?: most)?"
)
"""What stresses the noun before it."""

PLAIN = r"important|matter|count|relevant|a factor|a concern|a priority too|a consideration|significant|wanted|needed|required|desired|preferred|welcome"
"""What names the noun before it without stress."""

PUTS_FIRST = (
    r"prioriti[sz]e|prioriti[sz]ing|optimi[sz]e(?:d)? for|optimi[sz]ing for|optimi[sz]e|focus(?:ed|ing)? on|maximi[sz]e|"
    r"priority(?: is| :| on| =| goes to)+|priority|emphasis(?: is)? on|care (?:most|mostly|mainly|only|a lot|above all)? ?(?:about|for)|"
    r"(?:it is|it is|is|this is|be) all about|favou?r|go for|lean(?:ing)? towards?|most important (?:is|thing is|:)|above all(?: else)?(?: ,| :)?|"
    r"first and foremost(?: ,)?|main concern (?:is|:)|goal (?:is|:)|what (?:matter|count)(?: most)? (?:is|:)|(?:matter|count) most (?:is|:)"
)
"""What stresses the noun after it."""

OVER = r"over|before|rather than|more than|(?:is |are )?more important than|(?:matter|count)s? more than|beats|instead of|trumps|ahead of|not"
"""Between the noun that counts and the one that does not."""

UNIMPORTANT_AFTER = (
    r"(?:is |are |being )?(?:no (?:object|issue|problem|concern|obstacle|matter|big deal)|not (?:an? |so |that |very |really |the )*"
    r"(?:object|issue|problem|concern|important|critical|crucial|priority|essential|key|relevant|main concern|a priority|problem|factor|matter|everything|vital)|"
    r"secondary|irrelevant|unimportant|negligible|less important|of no (?:concern|importance)|least important|comes? (?:last|second))|"
    r"(?:isn't|aren't|isnt) (?:an? |so |that |very |really |the |as )*(?:object|issue|problem|concern|important|critical|crucial|priority|essential|key|relevant|main|factor)|"
    r"(?:does not|doesn't|don't|do not|hardly|barely|need not) (?:really |much )?(?:matter|count)|(?:matter|count)s? (?:little|less|least)|can be (?:high|slow|anything)"
)
"""What says that the noun before it does not count."""

UNIMPORTANT_BEFORE = (
    r"no matter (?:the|what|how)|regardless of|irrespective of|whatever the|at any|don't care (?:much )?about|do not care (?:much )?about|"
    r"doesn't care about|not (?:worried|concerned) about|not care about|at the expense of|spare no|never mind the|even if the|"
    r"not (?:so |very |too )?(?:sensitive to|interested in)"
)
"""What says that the noun after it does not count."""

SAYINGS = {
    Priority.LATENCY: (
        (2, r"as (?:fast|quick|quickly|snappy|responsive|soon) as (?:possible|it gets|we can|you can)"),
        (2, r"(?:nobody|no one|none of them|they|people|user|customer|agent|staff|we|callers?|who) (?:\w+ )?(?:like|likes|want|wants|hate|hates|can't stand|cannot stand|dislike|will|enjoy|enjoys|loves?)(?: to)? (?:be )?(?:wait|waiting|kept waiting|delays|slow \w+|lag)"),
        (2, r"(?:can't|cannot|must not|mustn't|should not|shouldn't|won't|will not|don't want to|do not want to|never|not) (?:\w+ ){0,3}(?:wait|waiting)(?! (?:list|time is|longer than TIME|more than TIME))"),
        (2, r"(?:hang up|leave|churn|walk away|give up|switch|drop off|abandon|run away|go elsewhere|lose interest|be gone|are gone) (?:\w+ )?(?:if|when|once|as soon as) (?:\w+ ){0,5}(?:wait|slow|long|lag|delay)"),
        (2, r"the (?:faster|quicker|sooner) the better|(?:quick|fast) as a flash|(?:lag|delay|latency|waiting|slowness) (?:is|are|would be) (?:a |the |an )?(?:killer|deadly|unacceptable|no go|not acceptable|not an option|out of the question|intolerable|annoying|poison)|waiting (?:kill|ruin|annoy|hurt)\w*(?: \w+){0,2}|(?:get|become|are|is|turn) impatient|(?:won't|will not|don't|do not|never|cannot|can't) wait|(?:no one|nobody) (?:should|must|may|will) (?:notice|feel|see) (?:a |any |the )?(?:delay|lag|waiting)|(?:must|should|has to|have to|needs? to) (?:\w+ ){0,2}(?:immediate|instantaneous|seamless|fluid|lively)|feels? (?:like )?(?:instant|immediate|real time|live)|(?:drop off|hang up|bounce) (?:after|within|if|when)(?: \w+){0,3}|slow(?:ness)? is (?:a )?(?:no go|killer|unacceptable|not an option)|(?:the )?need for speed|speed demon"),
        (2, r"every (?:second|millisecond|ms|minute|moment)(?: of (?:delay|waiting|latency|lag))? (?:count|cost|lose|matter|hurt)(?: \w+){0,2}|time is money|(?:won't|will not|can't|cannot|don't|do not|not|never) (?:tolerate|accept|stand|put up with|bear|like|want) (?:any |a |the )?(?:lag|delay|waiting|slow \w+|latency|slowness)"),
        (2, r"(?:have|has) no patience|impatient|no patience|every (?:milli)?(?:ms|millisecond|second) count|blink of an eye|time critical|latency (?:sensitive|critical)|speed (?:sensitive|critical)|fast(?:est)? possible|as little (?:delay|waiting|latency) as possible|minimi[sz]e (?:the )?(?:latency|delay|waiting|response time)|(?:fastest|quickest) (?:answer|response|option|model|possible)"),
        (2, r"(?:must|has to|have to|should|needs? to|shall|got to) (?:\w+ )?(?:be |feel |answer |respond |reply |react |come )(?:very |really |extremely |blazing |super |lightning |near |almost )?(?:fast|quick|quickly|instant|instantly|instantaneous|immediate|immediately|snappy|responsive|real time|at once|right away)"),
        (1, r"(?:ultra |very |super |really |extremely |lightning |blazing |blazingly )?(?:low latency|fast|snappy|responsive|speedy)(?! (?:food|grow|growing|paced|fashion|track|forward|moving|enough|lane|charging|api))"),
        (1, r"real time|near real time|realtime|instant(?: \w+)?(?<! message)(?<! messaging)|instantly|instantaneous|(?:quick|rapid) (?:answer|response|reply|help|suggestion|turnaround)|(?:answer|respond|reply|replie) (?:quickly|fast|immediately|right away|promptly|swiftly)|(?:no|without|minimal|little|zero|any) (?:noticeable |perceptible |visible )?(?:delay|lag|waiting|latency)|lag free|sub second(?: latency)?|quickly"),
    ),
    Priority.ACCURACY: (
        (2, r"as (?:accurate|accurately|correct|good|precise|exact|faithful|truthful|careful|thorough|reliable) as (?:possible|it gets)"),
        (2, r"(?:an?|one|any|every|each|the) (?:single |small |wrong )?(?:error|mistake|wrong answer|slip|hallucination|blunder|answer) (?:\w+ )?(?:cost|costs|can cost|could cost|would cost|may cost|is|can be|could be|would be|means|loses|hurts?|kills?)(?: \w+){0,3}"),
        (2, r"(?:error|mistake|hallucination|wrong answer|inaccuracy|wrong \w+) (?:are|is|can be|could be|would be|will be) (?:very |too |really |simply |just |completely |absolutely )?(?:expensive|costly|unacceptable|dangerous|not (?:acceptable|an option|allowed|tolerated|ok)|fatal|serious|intolerable|deadly|catastrophic|forbidden|risky|out of the question|a disaster|critical)|(?:error|mistake|hallucination|wrong answer) (?:(?:can|could|would|may|might|will) )?(?:cost|hurt|kill|harm|ruin|endanger)(?: \w+){0,3}"),
        (2, r"(?:can't|cannot|can not|must not|mustn't|may not|should not|shouldn't|won't|not|never) (?:afford |accept |tolerate |have |make |risk |be |contain |allow |get |to )*(?:any |a |an |single )*(?:error|mistake|wrong(?: answer| \w+)?|hallucination|hallucinate|slip|errors|it wrong|things wrong|inaccuracy)"),
        (2, r"(?:no|zero|without) (?:room for |tolerance for |margin for |margin of )?(?:any )?(?:error|mistake|hallucination|wrong answer)(?! rate| handling| message| log)|zero tolerance|error free|mistake free"),
        (2, r"(?:must|has to|have to|needs? to|should|got to|be|absolutely|always) (?:\w+ )?(?:be |get )?(?:\w+ )?(?:right|correct|accurate|exact|precise|flawless|perfect|faultless|reliable and correct)(?! (?:away|now|after|to|side|person|format|place|in))"),
        (2, r"(?:best|highest|top|finest|greatest|maximum|utmost|supreme|most) (?:possible |available |achievable )?(?:quality|accuracy|precision)|(?:best|most accurate|most capable|smartest|strongest) (?:possible |available )?(?:answer|response|model|result|translation|summary|option)|(?:life|lives|live) (?:depend|are at stake|at stake)|better (?:a |an )?(?:slow|late|no) (?:\w+ )?than (?:a )?wrong(?: one| \w+)?|rather (?:\w+ ){1,4}than (?:\w+ ){0,3}(?:wrong|bad|incorrect|poor|sloppy)(?: \w+)?|if (?:it|they|this|the \w+|an? \w+) (?:is|are|go|get it|get thing) wrong(?: ,)?(?: \w+){0,3}|wrong \w+ (?:get|land|put|bring|cause)(?: \w+){0,3}|get(?:ting)? it right|quality over quantity|right the first time"),
        (2, r"(?:no|zero) (?:mistake|error|hallucination|wrong answer|slip up)|the more (?:accurate|precise|correct) the better|(?:flawless|faultless|bulletproof|top notch|impeccable|state of the art quality|airtight|spot on)(?: \w+)?|(?:would|will|could|can|might) (?:be |get )?(?:sued|fined|liable|a disaster|catastrophic|a catastrophe)(?: \w+){0,3}|(?:wrong|bad|false|incorrect) (?:advice|answer|information|result|translation|figure|diagnosis|citation|number) (?:is|are|would|could|can|will|may) (?:\w+ ){0,3}(?:disaster|catastroph\w+|dangerous|unacceptable|fatal|expensive|costly|deadly|harm\w*|hurt|no go|serious|worse)|(?:matter of )?life (?:and|or) death|(?:mistake|error|hallucination|wrong answer) (?:is|are) (?:a )?(?:no go|taboo|not on|ruinous)|(?:best|finest) (?:quality|answer|model|result)s? (?:money can buy|possible|available|there is)|we (?:must|need to|have to) (?:be able to )?(?:trust|rely on)(?: \w+){0,3}|(?:trust|rely on) every (?:answer|word)|right (?:answer|every time|all the time)|be wrong"),
        (1, r"(?:highly |very |really |extremely |factually )?(?:accurate|accurately|precise|precisely)|factually correct|correct (?:answer|response|result|code|translation|summary)|trustworthy|high accuracy|high precision"),
    ),
    Priority.COST: (
        (2, r"(?:as )?(?:cheap|cheaply|inexpensive|inexpensively|low cost|affordable|little money|economical|economically|low|frugal) as (?:possible|it gets|we can|you can)|cheapest(?: \w+)?|lowest (?:possible )?(?:cost|price|bill|spend)|least expensive"),
        (2, r"(?:next to|almost|practically|virtually|hardly|nearly|barely|basically) (?:no|any|zero) (?:money|budget|fund|funding|cash)|(?:have|got|has|with|there is|there is) (?:very |so |really )?(?:little|no|not much|hardly any|limited|scarce) (?:money|fund|funding|cash)|not much (?:money|budget|to spend|cash)|money is (?:very |really |extremely )?(?:tight|short|scarce)|strapped for cash|cash strapped|penniless|broke|don't have (?:much |a lot of |any )(?:money|budget|cash|fund)"),
        (2, r"(?:tight|small|tiny|shoestring|limited|low|minimal|modest|slim|very little|lean|restricted|constrained|micro|thin) (?:budget|funding|fund|mean|resource budget|purse)|budget is (?:very |really |extremely |quite |pretty )?(?:tight|small|limited|low|tiny|thin|constrained)|on a (?:shoestring|budget|dime)|shoestring|fund (?:is |are )?(?:short|limited|tight|scarce|low)"),
        (2, r"(?:every|each) (?:cent|penny|dollar|euro|buck) (?:count|matter)|(?:watch|count|turn|mind|pinch) (?:every|each|our|the) (?:cent|penny|dollar|euro)|penny pinching|(?:as little|the least|minimum|the minimum|little) (?:money |amount )?(?:as possible )?(?:spend|spent|money|cost)|spend (?:as little|the least|as few|the minimum|very little)(?: as possible| money)?|costs? (?:as )?(?:little|next to nothing|almost nothing)(?: as possible)?|can't (?:afford|spend) (?:much|a lot)|cannot (?:afford|spend) (?:much|a lot)"),
        (2, r"the cheaper the better|(?:bang for the buck|value for money)|(?:not|without|doesn't|won't|don't) (?:\w+ )?break(?:ing)? the bank|(?:must|should|may|can|does|will|do) ?not cost (?:much|a lot|too much|a fortune)|save (?:cost|money|budget)|(?:watch|watches|watching) (?:every|each|our|the|her|his) (?:\w+ )?(?:cent|penny|dollar|euro|budget|bill|money|cost|spend)|(?:counts?|counting) (?:every|each) (?:cent|penny|dollar|euro)|penn(?:y|ie)(?: \w+)?|econom(?:ise|ize|ising|izing)|thrifty|stingy|cut corners on cost|low(?:er|est)? (?:running |operating |hosting |monthly )?(?:cost|bill|price)|cost optimi[sz]\w+|(?:tiny|small|little) (?:wallet|purse)|(?:keep|make|do) it (?:\w+ )?(?:cheap|inexpensive|low cost|affordable)|(?:very |so |really )?(?:little|no|not much|hardly any) (?:money|budget|funding|cash)(?: \w+){0,2}|(?:nearly|almost|practically) (?:broke|bankrupt|free of charge)|for (?:next to nothing|peanuts|cheap|free)|underfunded|unfunded"),
        (2, r"(?:must|has to|have to|needs? to|should|got to|may) (?:\w+ )?(?:be |stay |remain |come |not be |not cost |keep )(?:very |really |dirt |super |as )?(?:cheap|inexpensive|affordable|low cost|economical|frugal|expensive|much|cost down|a fortune)|minimi[sz]e (?:the |our |my )?(?:\w+ )?(?:cost|spend|spending|expense|bill|price)|(?:keep|hold|get|bring) (?:the |our |my |down )*(?:\w+ )?(?:cost|bill|spend|price|expense|spending)(?: as)? (?:low|down|small|minimal|to a minimum|in check|under control)|cut(?:ting)? (?:the |our )?cost|save (?:us )?(?:as much )?money|cost (?:sensitive|conscious|critical|driven)|price (?:sensitive|conscious)|won't cost (?:much|the earth|a fortune)"),
        (1, r"(?:dirt |very |really |super )?(?:cheap|inexpensive|affordable|low cost|economical|cost effective|cost efficient|cost effectively|frugal|low budget|budget friendly|cheaply)(?! (?:flight|hotel|ticket|deal|travel|clothes|product|holiday|car|phone|gift|loan|housing|home))"),
    ),
}  # fmt: skip
"""Whole sayings with their stress, by priority."""

BALANCED = r"(?:well |evenly |good |right |reasonable |a )?(?:balanced?|compromise|trade off|tradeoff|middle ground|mix) (?:of|between|priorit\w+|approach|option|everything)|balance (?:cost|speed|quality|latency|accuracy|price)|priority (?:is |: )?balanced|all equally|equally important|no (?:particular|special|specific) priority|balanced"
"""A balance that was asked for."""
