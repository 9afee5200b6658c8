"""What people do with text, in everyday words: verbs, what they are done to and what comes out, each with a weight.

No single one names a use case; together they tell it where nobody named it.
"""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.words.tables import any_of
from neuralnav.understanding.words.use_cases import CODE, DOCUMENT, LANGUAGE, LEGAL_TEXT, PROGRAMMING, PROSE, WRITE


@dataclass(frozen=True)
class Deed:
    """Words that speak for a use case, and how strongly (1: it fits; 3: hardly anything else is meant)."""

    use_case: UseCase
    weight: int
    pattern: str


_GAP = r"(?:(?!(?:and|but|or|which|who|that|so|because) )[a-z']+ (?:, )?){0,5}"
_MANY = r"(?:NUM|many|several|other|all|their|foreign|local|different|another|various|multiple|every|any|the other|both)"
_CODES = r"(?:de|en|fr|es|it|nl|pt|pl|ja|jp|zh|cn|ko|ru|ar|tr|sv|da|no|fi|uk|el|cs|ro|hu|hi)"
_ARROW = r"(?:(?:[,\-] )?> |to |into |, )"
_ASKERS = any_of(
    "customer, client, guest, visitor, patient, citizen, student, pupil, resident, tenant, passenger, member, fan, user, "
    "people, caller, shopper, employee, staff, colleague, learner, traveler, traveller, applicant, buyer, player, donor, "
    "subscriber, child, kid, teenager, parent, farmer, voter, taxpayer, they, anyone, everybody, everyone, we"
)
_TALK = any_of(
    "talk, chat, speak, converse, banter, message, text, write in, phone, ring, call in, chatter, discuss, practise, "
    "practice, confide, small talk, role play, roleplay, bounce idea"
)
_READ_UP = any_of(
    "ask, asking, quiz, consult, query, look up, check, search, find, dig, question, interrogate, answer, retrieve, cite, "
    "quote, refer, lookup, look thing up, pull, surface, locate, get answer, answering"
)
_HOLDING = any_of(
    f"{DOCUMENT.removeprefix('(?:').removesuffix(')').replace('|', ',')}, textbook, bylaw, leaflet, rulebook, drawing, "
    "collection, database, repository, shelf, binder, folder, note, faq page, schematic, protocol, logbook, norm, recipe, "
    "label, register, dossier, help page, help article, ticket history, knowledge, material"
)
_SHORTER = any_of(
    "shorter, short version, shortened, boiled, boil, squeezed, squeeze, squashed, distill, distil, distilled, "
    "distilled down, whittle, whittled, compress, compressed, abridge, abridged, synopsis, nutshell, essence, takeaway, "
    "key finding, key message, main point, crux, overview, roundup, round up, outline, bottom line, one liner, "
    "one line, short form, too long to read, cut down, trim, trimmed, skim, in brief, brief, gist"
)
_FROM_DESCRIPTION = r"(?:from|out of|given|based on) (?:a |the |our |plain |natural |short )*"

DEEDS = (
    Deed(UseCase.TRANSLATION, 3, rf"{LANGUAGE} (?:(?:text|document|patient|mail|email|letter|\w+) )?(?:in)?to {LANGUAGE}"),
    Deed(UseCase.TRANSLATION, 3, rf"(?:between|from) {LANGUAGE}(?: and| to| into| ,)+ {LANGUAGE}"),
    Deed(UseCase.TRANSLATION, 3, rf"into (?:\w+ )?{LANGUAGE}|{LANGUAGE} ?(?:, )?(?:-|>|/) (?:> )?{LANGUAGE}"),
    Deed(UseCase.TRANSLATION, 3, rf"{_CODES} {_ARROW}{_CODES}(?= (?:[,.;] |$))"),
    Deed(UseCase.TRANSLATION, 3, rf"(?:into|across) {_MANY} (?:\w+ )?(?:language|tongue)|(?:mother|native) (?:tongue|language)"),
    Deed(UseCase.TRANSLATION, 3, r"translator|interpreter|interpreting|bilingual version|language version"),
    Deed(UseCase.TRANSLATION, 2, rf"(?:in|come in|speak|of|to) {_MANY} (?:\w+ )?language"),
    Deed(
        UseCase.TRANSLATION,
        2,
        rf"(?:read|want|need|get|have|see|understand|make|put|render|turn|available|publish|offer|need the \w+) {_GAP}in "
        rf"{LANGUAGE}",
    ),
    Deed(UseCase.TRANSLATION, 2, rf"{LANGUAGE} (?:version|copy|edition|rendering|wording|equivalent|subtitle)|subtitle"),
    Deed(UseCase.TRANSLATION, 3, rf"in {LANGUAGE} (?:[a-z']+ ){{0,8}}in {LANGUAGE}"),
    Deed(UseCase.TRANSLATION, 1, rf"{LANGUAGE} {_GAP}{LANGUAGE}|foreign language|multilingual|language pair"),
    Deed(UseCase.CHATBOT, 3, rf"{_ASKERS} (?:can |could |to |will |may |should |who |would |want to |just |like to )*{_TALK}"),
    Deed(UseCase.CHATBOT, 2, rf"{_TALK} (?:to|with|back|about) (?!(?:our|the|my|their) (?:\w+ )?(?:document|pdf|contract))"),
    Deed(UseCase.CHATBOT, 2, r"talk(?:ing)? to (?:them|people|customer|it|him|her)|suggest(?:ed)? reply|reply suggestion"),
    Deed(UseCase.CHATBOT, 2, r"(?:reply|respond|answer)(?:ing)? (?:to )?(?:\w+ )?(?:customer|caller|guest|visitor|patient|citizen)"),
    Deed(UseCase.CHATBOT, 2, r"(?:hotline|callcenter|contact center|front desk|reception|switchboard|service counter) ?\w*"),
    Deed(UseCase.CHATBOT, 2, r"chat window|small talk|agony aunt|npc|game character|role ?play\w*"),
    Deed(UseCase.CHATBOT, 2, r"(?:phone|ring|write|message|email|call) (?:us|in)(?= )|(?:same|everyday|routine|common) (?:question|thing)"),
    Deed(UseCase.CHATBOT, 3, r"kundenchat|kundenservice|kundendienst|chatten|chatroboter"),
    Deed(UseCase.CHATBOT, 1, r"(?:question|inquiry|enquiry|complaint|request) (?:from|of|by) (?:our |the )?\w+|answer question"),
    Deed(UseCase.CHATBOT, 1, r"companion|persona|buddy|mentor|copilot|assistant|helper|coach|receptionist|virtual \w+|talk|conversation|dialogue|chat|bot"),
    Deed(
        UseCase.CODE_COMPLETION,
        3,
        r"(?:finish|complete|continue|predict|guess|suggest|propose|offer|fill in|show)(?:e?s|ing|ed)? (?:[a-z']+ ){0,4}"
        r"(?:line|statement|next token|next line|rest of the (?:line|code|function|statement))",
    ),
    Deed(UseCase.CODE_COMPLETION, 2, r"(?:as|while|when) (?:they |you |we |i |he |she |developer |engineer |programmer )?(?:are )?(?:typ|cod|hack|keystroke)\w*"),
    Deed(UseCase.CODE_COMPLETION, 2, rf"(?:in|inside|within) (?:the |our |their |an )?(?:ide|editor|vim|neovim|emacs|vscode|vs code|jetbrain|intellij|pycharm|xcode|visual studio|eclipse)|{PROGRAMMING} editor"),
    Deed(UseCase.CODE_COMPLETION, 2, r"keystroke|grey text|gray text|ghost text|tab key|press tab|hit tab|suggestion|my line|the line"),
    Deed(UseCase.CODE_COMPLETION, 1, rf"{CODE}|developer|programmer|coder|engineer|ide|editor"),
    Deed(UseCase.CODE_GENERATION, 3, rf"{WRITE} {_GAP}{CODE}|(?:spit|crank|churn|knock|pump) out {_GAP}{CODE}|{CODE} {_GAP}(?:written|generated|produced|created|implemented)"),
    Deed(UseCase.CODE_GENERATION, 3, rf"{CODE} {_FROM_DESCRIPTION}(?:\w+ )?(?:ticket|spec|specification|requirement|description|issue|story|english|question|word|prompt|comment|design|mockup|sketch)"),
    Deed(UseCase.CODE_GENERATION, 3, rf"(?:port|migrate|convert|translate|rewrite|upgrade|moderni[sz]e|move|turn|hand over|refactor)(?:s|d|ing)? {_GAP}(?:{CODE}|mainframe|legacy)"),
    Deed(UseCase.CODE_GENERATION, 3, r"(?:full|whole|complete|entire|working|finished) (?:\w+ )?(?:implementation|program|app|application|class|module|function|feature|script)"),
    Deed(UseCase.CODE_GENERATION, 2, r"implementation|implement|(?:unit|integration|regression) test|bug ?fix\w*|fix bug|debug\w*|scaffold\w*|boilerplate|stored procedure|pull request|stack trace"),
    Deed(UseCase.CODE_GENERATION, 1, rf"{CODE}|{PROGRAMMING}|developer|programmer|software engineer|codebase"),
    Deed(UseCase.CONTENT_GENERATION, 3, rf"{WRITE} {_GAP}{PROSE}|{PROSE} {_GAP}(?:written|drafted|generated|composed|produced|created|penned|writing|drafting)|draft(?:s|ing)? {_GAP}{PROSE}"),
    Deed(UseCase.CONTENT_GENERATION, 3, r"ghost ?writ\w*|copywrit\w*|speech ?writ\w*|script ?writ\w*|screenwrit\w*|songwrit\w*|storytell\w*|world ?building|lore|wordsmith\w*"),
    Deed(UseCase.CONTENT_GENERATION, 2, rf"(?:come up with|dream up|think up|invent|brainstorm|suggest|propose|spin|crank out|churn out|pump out|turn \w+ \w+ into) {_GAP}{PROSE}"),
    Deed(UseCase.CONTENT_GENERATION, 2, r"(?:meta|item|property|hotel|room|wine|recipe|event|course|product|shop) (?:description|listing|text|blurb)|blurb|teaser|quest|verse|rhyme|jingle|catchphrase|toast|invitation|posting|social media|linkedin|instagram|tiktok"),
    Deed(UseCase.CONTENT_GENERATION, 1, rf"{PROSE}|marketing|author|copywriter|novelist|writer|editorial|campaign|brand"),
    Deed(UseCase.SUMMARIZATION_SHORT, 3, rf"{_SHORTER}"),
    Deed(UseCase.SUMMARIZATION_SHORT, 3, r"(?:to|in|into|as|of|down to) (?:\w+ )?(?:NUM|a few|one|two|three|five|couple of|single|half a) (?:short |key |crisp )?(?:sentence|line|bullet|paragraph|point|page)"),
    Deed(UseCase.SUMMARIZATION_SHORT, 2, r"(?:tell|show|know|see|grasp|get)(?:s|ing)? (?:\w+ ){0,3}what (?:\w+ )?(?:is|was|are|were) (?:in|said|inside|about|important|new)|what happened|catch(?:ing)? up|keep up with|at a glance"),
    Deed(
        UseCase.DOCUMENT_RAG,
        3,
        rf"{_READ_UP} (?:[a-z']+ ){{0,6}}(?:of |in |from |across |about |against |through |the |our |over |inside |on |their |"
        rf"to )+(?:[a-z0-9']+ ){{0,3}}{_HOLDING}",
    ),
    Deed(UseCase.DOCUMENT_RAG, 3, rf"(?:right|relevant|exact|correct|matching) (?:page|passage|paragraph|section|clause|document|article)"),
    Deed(UseCase.DOCUMENT_RAG, 2, rf"{_HOLDING} (?:hold|contain|have|say|tell|know|cover|explain|describe|state)(?:s)?|what (?:do|does) (?:the|our) \w+ say"),
    Deed(UseCase.DOCUMENT_RAG, 2, r"with (?:the )?(?:source|citation|reference|page number|footnote)|cite the|quote the|grounded|only from|strictly from|NUM (?:page|gb|document|pdf|file) of"),
    Deed(UseCase.DOCUMENT_RAG, 1, rf"{_HOLDING}|index|vector|embed\w*|retriev\w*|lookup"),
    Deed(UseCase.RESEARCH_LEGAL, 3, rf"(?:sift|comb|wade|hunt|plough|trawl|go|dig|search|pore|weigh|trace|cross check|cross reference|synthesi[sz]e|compare|survey|scour|mine|analy[sz]e|study|review|find)(?:s|es|ing)? {_GAP}(?:{LEGAL_TEXT}|court|case law|filing|prior art|study|paper|judgment|doctrine|precedent|evidence)"),
    Deed(UseCase.RESEARCH_LEGAL, 3, r"clause (?:\w+ )?(?:comparison|extraction|library)|legal argument|legal theory|prior art|state of the art|hypothesis|hypotheses|body of evidence|legal memo\w*|legal opinion|legal brief|litigation|antitrust|in depth analysis"),
    Deed(UseCase.RESEARCH_LEGAL, 2, rf"precedent|ruling|court|statute|case law|doctrine|jurisprudence|law firm|clinical evidence|patent|policy analysis|investigation|scholar\w*|scientific literature"),
    Deed(UseCase.RESEARCH_LEGAL, 1, r"research|researcher|lawyer|attorney|paralegal|legal|scientist|scholar|analyst|investigat\w*|think tank|contract|study|dossier"),
    Deed(UseCase.TRANSLATION, 3, rf"{LANGUAGE} (?:[a-z']+ |, ){{0,5}}(?:in|into|to) {LANGUAGE}"),
    Deed(UseCase.TRANSLATION, 2, rf"(?:in|into|to|from) (?:both )?{LANGUAGE} (?:, |and |or |, and )+{LANGUAGE}"),
    Deed(
        UseCase.TRANSLATION,
        2,
        rf"(?:receive|publish|issue|send|write|produce|put out|deliver|release|read|answer|exist|needed|have to be|must be) "
        rf"(?:[a-z']+ ){{0,4}}in {LANGUAGE}",
    ),
    Deed(UseCase.TRANSLATION, 3, r"(?:in|into|to) (?:plain|simple|plainer|simpler|easy|easier) (?:\w+ )?(?:language|english|word|wording)"),
    Deed(UseCase.TRANSLATION, 1, r"language|foreign|non native|abroad|overseas|bilingual|monolingual|dialect"),
    Deed(UseCase.CHATBOT, 2, r"(?:whatsapp|telegram|messenger|discord|sms|wechat|signal|slack|team|phone line|hotline|alexa|kiosk)"),
    Deed(UseCase.CHATBOT, 2, r"(?:ask|asking) (?:\w+ ){0,4}(?:same|all sort|everything|anything|about|whether|when|where|if|question)"),
    Deed(UseCase.CHATBOT, 2, r"(?:answer|handle|field|deal with|take care of|reply to|respond to|help with) (?:\w+ ){0,4}(?:question|inquiry|enquiry|call|complaint|request|message|query|customer|guest|visitor|stuff)"),
    Deed(UseCase.CHATBOT, 1, r"front desk|customer|guest|visitor|shopper|caller|greet|friendly|self service|round the clock|OPAQUE"),
    Deed(UseCase.CODE_COMPLETION, 3, r"(?:insert|fill|fill in|add|finish|complete|suggest)(?:s|ing)? (?:\w+ ){0,4}(?:missing|next|rest of|remaining|current|half written|half finished) (?:\w+ ){0,3}(?:line|code|function|statement|token|word|snippet)"),
    Deed(UseCase.CODE_COMPLETION, 2, r"next (?:few |couple of )?(?:token|line|statement|character)|when (?:i|they|you|we) (?:pause|stop typing)"),
    Deed(UseCase.CODE_GENERATION, 3, r"paste(?:s|d)? (?:\w+ ){0,3}(?:error|bug|bug report|stack trace|traceback|exception|snippet|log)|feature branch|merge request|jira ticket|github issue|user story"),
    Deed(UseCase.CODE_GENERATION, 2, r"from (?:a |the |their )?(?:jira|github|description|spec|specification|docstring|comment|requirement|natural language)|explanation|explain|leetcode|programming exercise|homework solution"),
    Deed(UseCase.CONTENT_GENERATION, 2, r"(?:write|written|writing|draft|drafting|drafted|compose|composing|pen|author|word)(?: \w+){0,2}"),
    Deed(UseCase.CONTENT_GENERATION, 2, r"show note|opening line|opener|pick up line|wedding speech|eulogy|cover letter|fundrais\w+ letter|name for|product name|description for|bedtime story|fan fiction|manga|comic|dialogue for|copy|creative|tone of voice|brand voice"),
    Deed(UseCase.CONTENT_GENERATION, 1, r"editor|content|creator|journalist|publisher|blogger|influencer|marketer|advertis\w+|seo|agency"),
    Deed(UseCase.SUMMARIZATION_SHORT, 2, r"(?:NUM|two|three|five|one|few) (?:line|sentence|bullet|bullet point)|impression|summar\w+|condens\w+|headline version|quick read|before calling|too many \w+ to read|digest"),
    Deed(UseCase.DOCUMENT_RAG, 3, r"(?:what|where|whether|which \w+) (?:do |does |did )?(?:the |our |a |their |its |this )?(?:\w+ ){1,3}(?:say|state|mention|specify|allow|require|prescribe|contain|cover|mean)"),
    Deed(UseCase.DOCUMENT_RAG, 2, r"as (?:the |a |its |their )?(?:source|basis|reference)|(?:look|looking|looks) (?:\w+ ){0,2}up|cit(?:e|ing|es)|quot(?:e|ing|es) from|refer to|reference"),
    Deed(UseCase.DOCUMENT_RAG, 2, rf"(?:using|from|with|based on|out of|against|over) (?:our|the|their|old|past|existing|internal|company|own) (?:[a-z]+ ){{0,2}}{_HOLDING}"),
    Deed(UseCase.DOCUMENT_RAG, 2, r"(?:using|from|based on|out of) (?:our|the|their) (?:old|past|existing|previous|own|archived) (?:[a-z]+ )?[a-z]+"),
    Deed(UseCase.DOCUMENT_RAG, 2, rf"question (?:about|on|over|regarding|concerning) (?:our |the |their |its |these |those )?(?:[a-z]+ ){{0,2}}{_HOLDING}"),
    Deed(UseCase.RESEARCH_LEGAL, 3, r"research(?:es|ing)? (?:\w+ ){0,2}(?:prior|past|earlier|decision|case|question|topic|law|literature|market|company|competitor|the|into|whether|how)"),
    Deed(UseCase.RESEARCH_LEGAL, 2, r"(?:prior|past|earlier|previous|similar) (?:\w+ )?(?:decision|case|judgment|ruling|verdict)|guidance|trial|regulatory affair|submission|well argued|conclusion|weigh\w*|argue\w*|argument|evidence|think tank|hundred of study|across study|comb through|sift through|literature review|meta stud\w+"),
    Deed(UseCase.TRANSLATION, 3, rf"{LANGUAGE} (?:[a-z']+ |, ){{0,5}}(?:read|speak|understand|want|need|prefer) {LANGUAGE}"),
    Deed(UseCase.CHATBOT, 3, r"(?:can|could|may|will|to|would) (?:just )?(?:talk|chat|speak|converse) (?:to|with)"),
    Deed(UseCase.CODE_COMPLETION, 2, r"completion|autocompl\w+"),
    Deed(UseCase.DOCUMENT_RAG, 3, r"(?:where|which \w+) (?:the |it |an |each )?(?:answer|information|it|statement) (?:come|came|stem|is|was)(?: \w+)? from|look(?:ing)? up (?:[a-z]+ ){0,4}in (?:the|our|their|a)|answer with (?:a |the )?(?:link|source|reference|citation|page)"),
    Deed(UseCase.RESEARCH_LEGAL, 3, r"(?:flag|spot|find|identify|review|check|extract|compare)(?:s|ing)? (?:[a-z]+ ){0,3}(?:clause|liability|obligation|breach|legal risk|indemnit\w+)"),
    Deed(UseCase.CODE_GENERATION, 2, r"service generated|(?:openapi|swagger|uml|figma) \w*|code that|program that"),
)
"""All of them."""

MOST_COUNTED = 2
"""So often one of them counts, where it is said in different words."""

ENOUGH = 3
"""From this sum of weights on a use case is told."""

CLEARLY_MORE = 2
"""By so much the strongest must lead the next; less, and both are asked about."""
