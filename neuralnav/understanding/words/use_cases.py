"""What people do with text, as they say it: the wording of the nine use cases, over canonical words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.words.tables import any_of


class Surety(IntEnum):
    """How surely words name a use case."""

    HINT = 1
    """They fit many: ``assistant``, ``conversation``."""
    OBJECT = 2
    """Only what is worked on: ``blog post``, ``case law``."""
    INTERFACE = 3
    """A way of talking, whatever it is about: ``chatbot``."""
    TASK = 4
    """What is done, by name: ``translate``, ``legal research``."""


@dataclass(frozen=True)
class Wording:
    """Ways to say one thing that people do."""

    use_case: UseCase
    surety: Surety
    alternatives: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """All of them as one pattern."""
        return "|".join(self.alternatives)


LANGUAGE = any_of(
    "english, french, german, spanish, italian, portuguese, dutch, polish, czech, slovak, hungarian, romanian, "
    "bulgarian,"
    "greek, turkish, russian, ukrainian, arabic, hebrew, persian, farsi, hindi, urdu, bengali, tamil, chinese, "
    "mandarin,"
    "cantonese, japanese, korean, vietnamese, thai, indonesian, malay, swedish, norwegian, danish, finnish, estonian,"
    "latvian, lithuanian, catalan, basque, welsh, irish, swahili, latin, serbian, croatian, slovenian, "
    "afrikaan, tagalog, dari, pashto, somali, amharic, albanian, macedonian, bosnian, icelandic, "
    "maltese, luxembourgish,"
    "flemish, gaelic, punjabi, gujarati, marathi, telugu, kannada, malayalam, nepali, sinhala, burmese, khmer, lao, "
    "mongolian, georgian, armenian, azeri, kazakh, uzbek, zulu, yoruba, hausa, igbo, kurdish, yiddish, sami, breton, "
    "occitan, galician, sanskrit, quechua, filipino, brazilian portuguese, plain english, simple "
    "english, plain language"
)
PROGRAMMING = any_of(
    "python, java, javascript, typescript, js, ts, rust, golang, cobol, fortran, kotlin, swift, scala, ruby, php, perl,"
    "sql, plsql, bash, powershell, matlab, haskell, erlang, elixir, clojure, abap, vba, react, angular, vue, css, html,"
    "verilog, terraform, cpp, csharp, fsharp, dotnet, spring boot, django, flask, rails, laravel, "
    "fastapi, nextjs, openapi, swagger, protobuf, rest api, crud, vb6, vb, visual basic, plc, "
    "labview, lua, dart, julia, solidity, objective c, assembly, cuda,"
    "pandas, pyspark, dbt, ansible, helm, graphql, r script, excel macro, excel formula, macro, spreadsheet formula"
)
CODE = any_of(
    r"(?<!building )(?<!penal )(?<!civil )(?<!tax )(?<!criminal )(?<!fire )(?<!zip )(?<!bar )(?<!dress )(?<!labor )"
    r"(?<!commercial )code(?! of (?:conduct|ethics|practice)),"
    "source code, function, unit test, test, test case, test suite, integration test, class, module,"
    r"script(?! (?:for|to) (?:a |an |our |the )?(?:\w+ )?(?:radio|tv|television|film|video|youtube|"
    "podcast|movie|play|theater"
    r"|spot|commercial|advert|ad|show|episode|series|stage)),"
    "sql query, program, boilerplate, component, endpoint, microservice, pull request, patch, algorithm, backend,"
    "frontend, docstring, regex, regular expression, makefile, dockerfile, api client, software, snippet,"
    f"stored procedure, codebase, firmware, playbook, {PROGRAMMING}"
)
PROSE = any_of(
    "blog, blog post, blog article, post, article, copy, product description, description, newsletter, press release,"
    "caption, slogan, tagline, headline, ad, advert, advertisement, advertising, campaign, story, short story, novel,"
    "poem, poetry, lyric, speech, essay, letter, email, proposal, report, brochure, flyer, leaflet, screenplay, text,"
    "content, marketing, marketing material, biography, bio, recipe, lesson, lesson plan, quiz, exam question, "
    "worksheet,"
    "course material, presentation, slide, sale pitch, pitch, cv, resume, job description, job ad, job posting,"
    "grant application, grant proposal, ebook, statement, listing, product text, product page, web page, landing page,"
    "website, video script, tweet, tv script, podcast script, radio script, film script, movie "
    "script, radio spot, tv spot, spot,"
    r"script (?:for|to) (?:a |an |our |the )?(?:\w+ )?(?:radio|tv|television|film|video|youtube|"
    "podcast|movie|play|theater|"
    r"spot|commercial|advert|ad|show|episode|series|stage)(?: \w+)?,"
    "commercial, sermon, toast, blurb, narrative, write up, memo, lyrics, greeting card, love "
    "letter, horoscope, dialogue, "
    "obituary,"
    "editorial, column"
)
DOCUMENT = any_of(
    "document, doc, documentation, pdf, manual, handbook, policy, wiki, knowledge base, knowledgebase, kb, intranet,"
    "confluence, sharepoint, notion, archive, contract, agreement, report, paper, file, record, guideline, "
    "procedure, sop,"
    "specification, spec, datasheet, invoice, corpus, library, paperwork, spreadsheet, filing, regulation, catalog,"
    "catalogue, guide, knowledge, receipt, claim, form, brochure, article, runbook, google drive, file share, "
    "word file,"
    "minute, transcript, textbook, leaflet, standard, content, patent, publication"
)
_KEPT_DOCUMENT = any_of(
    "document, doc, pdf, manual, handbook, documentation, knowledge base, intranet, wiki, archive, contract, "
    "file, report,"
    "guideline, procedure, paper"
)
LEGAL_TEXT = any_of(
    "research paper, scientific paper, academic paper, literature, ruling, precedent, statute, patent, clinical trial,"
    "nda, lease, term sheet, treaty, affidavit, pleading, legislation, court file, case file, "
    "verdict, judgment, judgement, court decision, court opinion, clause, contract,"
    r"case law, legal \w+, deposition, regulation"
)
WRITE = any_of(
    "write, writing, generate, generating, create, creating, produce, producing, build, building, develop, developing,"
    "implement, implementing, author, authoring, draft, drafting, compose, composing, craft, "
    "crafting, output, make(?! short),"
    "making, scaffold, prepare, preparing, churn out"
)
_ASK = any_of(
    "ask, asking, answer, answering, query, querying, search, searching, chat, chatting, talk, talking, "
    "question, look up,"
    "looking up, lookup, look thing up, find, finding, retrieve, retrieval, q and a, qa, question answering, assistant,"
    "chatbot, bot, interrogate, converse, discuss, explore, help, helper, dig, browse, locate, support"
)
_OVER = any_of(
    "over, across, about, on, on top of, from, in, inside, within, with, through, against, out of, using, based on,"
    "grounded in, grounded on, trained on, fed with, backed by, drawn from, among, of"
)
_STUDY = (
    r"(?:analy[sz]e|analy[sz]ing|analysis of|review of|compare|comparing|synthesi[sz]e|synthesi[sz]ing|review|"
    r"reviewing|"
    r"study|studying|investigate|investigating|mine|mining|examine|examining|cross check|cross reference|research|"
    r"sift through|comb through)"
)
_RESEARCHED_BY = (
    r"(?! (?:report|paper|article|team|group|department|lab|institute|organi[sz]ation|company|center|note|document|"
    r"staff|university|council|assistant))"
)
_REWORD = r"(?:rewrit\w+|put|turn|turning|convert\w*|explain\w*|render\w*|simplif\w+|express\w*|recast\w*)"
_PLAINLY = (
    r"(?:plain|plainer|simple|simpler|easy|easier|everyday|clear|clearer|accessible|gentle|polite|formal|informal) "
    r"(?:\w+ )?(?:language|english|word|wording|text|french|german|term|style)"
)
_FEW = (
    r"(?:(?!(?:for|with|from|about|over|in|on|by|that|which|using|user|translation|summary|answer|code|response) )"
    r"[a-z']+ (?:, |and )?){0,4}"
)
_OWN = r"(?:(?!(?:and|or|but|that|which|who|for|while|then|so|because) )\w+ ){0,5}"
_TYPING = (
    r"(?:as|while) (?:(?:they|you|we|i|one|developer|engineer|programmer|coder) )?(?:are |is )?"
    r"(?:type|typing|code|coding|write|writing)"
)
_EDITOR = r"(?:ide|editor|vs code|vscode|jetbrain|intellij)"

WORDING = (
    Wording(
        UseCase.CODE_COMPLETION,
        Surety.TASK,
        (
            r"(?:(?:write|writing|generate|generating|offer|provide|show|make) )?(?:in ?line|code|coding|tab|"
            r"ide|editor|in editor|next line|multi line|single line|source code|"
            rf"{PROGRAMMING}) (?:code )?(?:autocomplet\w+|completion|complete|completing|suggestion|suggest|"
            r"prediction)",
            r"code line (?:autocomplete|completion)",
            r"autocomplet\w*(?: (?:of |for )?(?:code|line|function))?",
            r"complet(?:e|ing) (?:the |their |our |your |a |partial |half written )*(?:code|line of code|line|"
            r"statement)",
            r"fill in the middle|fim|ghost text|intellisense",
            r"type ahead (?:for|in|inside) (?:the |our |a )?(?:code|ide|editor|source)(?: \w+)?",
            r"(?:github )?copilot (?:style |like )?(?:completion|autocomplete|suggestion)",
            r"(?:github )?copilot for (?:\w+ )?(?:code|developer|engineer|programmer|coder|dev)",
            r"(?:suggest|suggesting|predict|predicting|finish|finishing|propose|proposing|complete) (?:[a-z']+ ){0,4}"
            r"(?:next|rest of the|remaining|following|current) (?:few )?(?:line|token|statement|function)",
            rf"(?:code|coding|function|line|developer|engineer|programmer|ide) (?:[a-z']+ ){{0,5}}{_TYPING}",
            rf"{_TYPING} (?:[a-z']+ ){{0,4}}(?:code|{_EDITOR})",
        ),
    ),
    Wording(
        UseCase.CODE_COMPLETION,
        Surety.OBJECT,
        (
            r"(?:code|coding|programming) (?:assistant|helper|assistance|help|suggestion)? ?(?:in|inside|within) "
            rf"(?:the |our |their |an )?{_EDITOR}",
            r"github copilot(?: \w+)?|inline suggestion",
        ),
    ),
    Wording(
        UseCase.CODE_GENERATION,
        Surety.TASK,
        (
            r"(?:translat\w+|convert\w*|port|porting|migrat\w+|rewrit\w+|moderni[sz]\w+|transpil\w+) (?:[a-z']+ ){0,3}"
            rf"(?:code|codebase|{PROGRAMMING})(?: (?:code|program|script))?(?: (?:to|into) \w+)?",
            r"(?:code|function|sql|script|software|program|unit test|test|test case|boilerplate|api|query) "
            r"(?:generation|generator|generating|writing|synthesis)",
            rf"{WRITE} {_FEW}{CODE}",
            rf"(?:generation|creation|writing) of {_FEW}{CODE}",
            r"codegen|refactor(?:ing)?|debug(?:ging)?|fix(?:ing)? (?:\w+ )?bug|explain(?:ing)? (?:\w+ ){0,3}code",
            r"code (?:review|explanation|migration|refactoring|conversion|moderni[sz]ation)",
            r"review(?:ing)? (?:of )?(?:our |the |all )?(?:pull request|merge request|code)",
            r"pair programm\w+|coding agent|agentic coding|programming agent|vibe coding|write software",
            r"(?:text |natural language |question |in)?to sql",
            r"software (?:development|engineering) agent",
            r"(?:whole|entire|complete|full) (?:function|class|module|program|file of code)",
            r"implement(?:ing)? (?:\w+ ){0,3}(?:feature|user story|specification|spec|requirement|ticket|logic)",
            r"solve (?:\w+ )?(?:coding|programming) (?:task|problem)",
        ),
    ),
    Wording(
        UseCase.TRANSLATION,
        Surety.TASK,
        (
            r"(?:machine |live |document |automatic |instant )?(?:translate|translating|translated|translation)",
            rf"{_REWORD} (?:[a-z']+ ){{0,6}}(?:in|into|to) {_PLAINLY}",
            r"locali[sz]e|locali[sz]ing|locali[sz]ation|paraphras\w+|rephras\w+|reword(?:ing)?|subtitling",
            rf"(?:from )?{LANGUAGE} (?:in)?to {LANGUAGE}",
            rf"(?:turn|convert|render|put) (?:[a-z']+ ){{0,4}}(?:in|into|to) (?:\w+ )?{LANGUAGE}",
        ),
    ),
    Wording(
        UseCase.RESEARCH_LEGAL,
        Surety.TASK,
        (
            r"legal (?:\w+ )?(?:research|analysis|discovery|document review|due diligence|document analysis)",
            r"e ?discovery|due diligence|freedom to operate|systematic review|meta analysis|jurisprudence",
            r"case law (?:research|search|analysis|review)",
            r"patent (?:search|research|analysis|landscape|review|landscaping)|prior art(?: search| research)?",
            r"(?:literature|lit) (?:review|research|search|survey|analysis|synthesis)"
            r"(?: (?:over|across|through|of|in|on) (?:[a-z]+ |NUM ){0,3}(?:study|paper|article|publication))?",
            r"(?:scientific|academic|clinical|market|equity|investment|financial|policy|medical|regulatory|historical|"
            rf"deep|competitive|economic|scholarly|biomedical|in depth) research{_RESEARCHED_BY}",
            r"research (?:assistant|analysis|synthesis|copilot|agent)",
            rf"(?:do|doing|conduct|conducting|for|perform) (?:\w+ )?research{_RESEARCHED_BY}",
            r"research(?:ing)? (?:across|over|through|into|on|in) (?:\w+ ){0,4}\w+",
            rf"{_STUDY} (?:(?:[a-z']+|NUM) ){{0,4}}{LEGAL_TEXT}",
            r"(?:contract|clause|compliance|regulatory|case|patent) (?:review|analysis)",
        ),
    ),
    Wording(
        UseCase.RESEARCH_LEGAL,
        Surety.OBJECT,
        (
            r"case law|ruling|precedent|statute|court (?:decision|opinion|judgment)|litigation|research question",
            r"legal (?:question|brief|memo|opinion|reasoning|work)",
        ),
    ),
    Wording(
        UseCase.DOCUMENT_RAG,
        Surety.TASK,
        (
            r"rag|retrieval augmented(?: generation)?",
            r"document (?:q and a|qa|question answering|analysis|search|intelligence|understanding|chat|assistant|"
            r"chatbot|extraction|processing)",
            r"(?:analy[sz]e|analy[sz]ing|analysis of|understand|interrogate|parse|read) (?:[a-z']+ ){0,3}"
            r"(?:document|pdf|invoice|report|file|form|record)",
            r"(?:enterprise|semantic|internal|knowledge|intranet|document|archive|knowledge base) search",
            r"knowledge (?:base |management )?(?:assistant|chatbot|bot|q and a|search)",
            r"(?:wiki|intranet|documentation|pdf|handbook|manual|policy) (?:assistant|chatbot|bot|q and a|search|"
            r"question)",
            rf"{_ASK} (?:[a-z']+ ){{0,4}}{_OVER} {_OWN}{DOCUMENT}",
            rf"{_ASK} {_OWN}{_KEPT_DOCUMENT}",
            rf"(?:q and a|qa|question answering|search|semantic search) (?:over|across|through|on top of) {_OWN}[a-z]+",
            rf"extract(?:ing|ion)? (?:of )?(?:[a-z']+ ){{0,4}}(?:from|out of|in) {_OWN}(?:{DOCUMENT}|scan|email)",
            r"(?:pull|pulling|get|getting|read) (?:[a-z']+ ){0,3}(?:data|information|figure|number|field|fact|answer) "
            rf"(?:from|out of) {_OWN}{DOCUMENT}",
            r"(?:invoice|receipt|form|data) extraction",
        ),
    ),
    Wording(
        UseCase.DOCUMENT_RAG,
        Surety.OBJECT,
        (
            r"knowledge base|our (?:document|pdf|wiki|documentation|intranet|manual)|embedding",
            r"vector (?:store|database|search)",
        ),
    ),
    Wording(
        UseCase.CONTENT_GENERATION,
        Surety.TASK,
        (
            rf"{WRITE} {_FEW}{PROSE}",
            rf"(?:generation|creation|writing|drafting|production) of {_FEW}{PROSE}",
            rf"{PROSE} (?:written|drafted|composed|generated|created|produced|writing|drafting|"
            r"draft)",
            r"(?:content|copy|text|story|marketing|ad|blog|article|creative|product description|seo) "
            r"(?:creation|generation|writing|production|drafting|generator|writer)",
            r"copywriting|copywriter (?:bot|assistant|tool)|ghost ?writing|creative writing|storytelling|"
            r"content (?:marketing|tool|machine|pipeline)",
            r"writing (?:assistant|helper|tool|aid|support)",
        ),
    ),
    Wording(
        UseCase.CONTENT_GENERATION,
        Surety.OBJECT,
        (
            r"blog post|blog article|blog text|blogging|product copy|product description|ad copy|ad text|newsletter",
            r"marketing (?:copy|text|material|content|email)|social media (?:post|content|copy|text|caption)",
            r"social post|press release|slogan|tagline|seo (?:text|content|article|copy)|web copy|website copy|"
            r"sale copy",
            r"sale pitch|email campaign|campaign text|job ad|job description|product listing|short story",
            r"poem|advertising copy|copy for \w+|lesson plan|quiz|worksheet|op ed|horoscope|brochure|"
            r"ad campaign|advertising campaign|landing page",
        ),
    ),
    Wording(
        UseCase.CHATBOT,
        Surety.INTERFACE,
        (
            r"chatbot|chat (?:assistant|app|application|agent|interface|service|support|system|tool|widget|helper|"
            r"companion|model|experience|solution|client|ui)|live chat|chat with (?:an? )?(?:ai|llm|model|bot|robot)",
            r"(?:ai|virtual|digital|automated|personal) (?:assistant|agent|receptionist|concierge|tutor|helper|"
            r"companion|coach)",
            r"conversational(?: (?:\w+ )?(?:agent|ai|assistant|bot|interface|app|system|use))?",
            r"helpdesk(?: \w+)?|service desk|(?:voice|phone) ?(?:bot|assistant)|q and a bot|whatsapp bot|answer bot",
            r"customer (?:support|service|care|success)(?: (?:bot|assistant|agent|chat))?|faq (?:bot|assistant)",
            r"robot (?:who|that|which|to) (?:speak|talk|chat|answer|converse)",
            r"support (?:bot|assistant|desk|chat|line|automation|automated)",
            r"(?:automate|automated|automating) (?:\w+ )?support",
            r"(?:first|second|tier NUM|tier one) (?:level |line )?support",
            r"(?:our own |own |a |private |internal |inhouse )*chatgpt(?: \w+)?",
            r"(?:own|internal|private|inhouse|company|corporate|custom) gpt",
            r"callcenter (?:bot|assistant|agent assist)",
        ),
    ),
    Wording(
        UseCase.CHATBOT,
        Surety.HINT,
        (
            r"chat|chatting|bot|assistant|dialog|dialogue|q and a|question answering|faq|tutor|tutoring|companion",
            r"concierge|conversation",
            r"(?:answer|answering|handle|handling|field) (?:[a-z']+ ){0,4}(?:question|inquiry|enquiry|query)",
            r"talk (?:to|with) (?:our |the )?(?:customer|user|client|guest|visitor|fan|people)",
        ),
    ),
)
"""Every wording of every use case; of overlapping ones the surest, then the longest counts."""

SUMMARY = (
    r"summari[sz]e|summari[sz]ing|summari[sz]ed|summari[sz]ation|summari[sz]er|summary|tl (?:; )?dr|tldr|condense|"
    r"condensing|digest|recap|boil (?:\w+ ){0,6}down|key points?|executive brief|bullet points? (?:of|from)|the gist|"
    "sum up|summing up|shorten|shortening|condensed|synopsis|brief of|briefing (?:of|on|about)|"
    "meeting minute|minute of meeting|"
    r"abstract of|short(?:er)? version|digested|digesting|abstracted|abstracting|shortened|"
    r"make short(?:er)? (?:the|our|their|of|this|these|"
    r"every|each|all|my|long)|(?:make|making) (?:the|our|their|these|long|all|every|my) (?:[a-z]+ ){1,3}short(?:er)?"
    r"(?! (?:story|film|video))|(?:report|study|paper|thesis|book|document|article|meeting|"
    r"interview) (?:abstract|recap)|"
    r"NUM page (?:[a-z]+ )?(?:down )?(?:in)?to (?:a |about |at most )*(?:NUM|one|few|single|half a) "
    r"(?:short )?(?:page|paragraph|line|sentence|bullet)"
)
"""Words for summarising; what is summarised tells whether it is long."""

AMBIGUOUS_CODE = (
    r"(?:code|coding|programming|developer|software|ai coding|dev) (?:assistant|assistance|copilot|companion|"
    r"helper|help|"
    r"support tool|llm|model|bot|ai)|(?:help|assist|support|for) (?:our |the )?(?:[a-z]+ )?(?:developer|engineer|"
    r"programmer|coder|dev) (?:to )?(?:code|program|with (?:their )?(?:code|coding|programming))"
)
"""Help with code that may mean completion while typing or whole functions."""

LONG = (
    r"(?:hundred|thousand|multi|many|NUM hundred|hundreds of|dozens of|thousands of|tens of) page|book length|"
    r"hour long|"
    r"hour of|book|novel|manuscript|memoir|biography|encyclop\w+|thesis|dissertation|annual report|"
    "whitepaper|prospectus|manual|textbook|patent|legislation|"
    r"(?:research|technical|scientific|audit|quarterly|financial|due diligence|investigation|inspection|study|"
    r"sustainability|engineering) report|(?:research|scientific|academic|white|conference|journal|policy) paper|"
    r"court (?:transcript|file|record|document|ruling)|ruling|deposition|case file|filing|proceeding|monograph|tender|"
    r"10 k|long form|longform|trial transcript|hearing|study|standard"
)
"""What is long by nature."""

LONG_ADJECTIVE = any_of("long, lengthy, large, big, huge, massive, extensive, voluminous, entire, whole, full length")
"""What makes a document long, and an email still not."""

SHORT_TEXT = any_of(
    "email, ticket, chat, message, note, comment, review, news, article, post, thread, call, meeting, feedback,"
    "paragraph, tweet, conversation, voicemail, sms, complaint, survey, update, standup, log entry, headline, memo,"
    r"short \w+, brief, page"
)
"""What is short by nature."""
