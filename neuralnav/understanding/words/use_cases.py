"""What people do with text, as they say it: the wording of the nine use cases."""

from __future__ import annotations

from neuralnav.models.vocabulary import UseCase

LANGUAGES = (
    "english|french|german|spanish|italian|portuguese|dutch|polish|czech|slovak|hungarian|romanian|"
    "bulgarian|greek|"
    "turkish|russian|ukrainian|arabic|hebrew|persian|farsi|hindi|urdu|bengali|tamil|chinese|mandarin|"
    "cantonese|japanese|"
    "korean|vietnamese|thai|indonesian|malay|swedish|norwegian|danish|finnish|estonian|latvian|"
    "lithuanian|catalan|"
    "basque|welsh|irish|swahili|latin|serbian|croatian|slovenian|afrikaan|tagalog|filipino"
)
"""Languages that people speak."""

PROGRAMMING_LANGUAGES = (
    "python|java|javascript|typescript|js|ts|rust|golang|cobol|fortran|kotlin|swift|scala|ruby|php|"
    "perl|sql|plsql|bash|"
    "powershell|matlab|haskell|erlang|elixir|clojure|abap|vba|react|angular|vue|css|html|verilog|"
    "terraform|c|r|go"
)
"""Languages that machines read; the short ones only count next to another one or to code."""

_SURE_PROGRAMMING = PROGRAMMING_LANGUAGES.rsplit("|c|", 1)[0]

_DEVELOPER_TEXT = (
    r"(?:source )?code|function|unit test|test|test case|test suite|integration test|class|module|"
    r"script|sql(?: query)?|program|"
    r"boilerplate|component|endpoint|microservice|pull request|patch|algorithm|backend|frontend|"
    r"docstring|regex|regular expression|"
    r"makefile|dockerfile|api client|software|snippet|stored procedure|codebase|firmware|playbook|" + _SURE_PROGRAMMING
)
_WRITE = (
    r"(?:write|writes|writing|generate|generating|create|creating|produce|producing|build|building|"
    r"develop|developing|implement|"
    r"implementing|author|authoring|draft|drafting|compose|composing|craft|crafting|output|outputting|"
    r"make|making|scaffold|"
    r"prepare|preparing|co write|churn out)"
)
_FEW = (
    r"(?:(?!(?:for|with|from|about|over|in|on|by|that|which|using|translation|summary|answer|code|"
    r"response) )[a-z']+ (?:, |and )?){0,4}"
)
_ANY = r"(?:[a-z']+ ){0,4}"

_CONTENT = (
    r"(?:blog|blog post|blog article|post|article|copy|product description|description|newsletter|"
    r"press release|caption|slogan|tagline|"
    r"headline|ad|advert|advertisement|advertising|campaign|story|short story|novel|poem|poetry|lyric|"
    r"speech|essay|letter|email|"
    r"proposal|report|brochure|flyer|leaflet|screenplay|text|content|marketing|marketing material|"
    r"biography|bio|recipe|lesson|"
    r"lesson plan|quiz|exam question|worksheet|course material|presentation|slide|sale pitch|pitch|cv|"
    r"resume|job description|job ad|"
    r"job posting|grant application|grant proposal|ebook|statement|listing|product text|product page|"
    r"web page|landing page|website|"
    r"video script|tweet|tv script|podcast script|greeting card|love letter|horoscope|dialogue|obituary|"
    r"editorial|column)"
)
_CONTENT_ALONE = (
    r"blog post|blog article|blog text|blogging|product copy|product description|ad copy|ad text|"
    r"marketing (?:copy|text|material|content|email)|"
    r"social media (?:post|content|copy|text|caption)|social post|newsletter|press release|slogan|"
    r"tagline|seo (?:text|content|article|copy)|"
    r"web copy|website copy|sale copy|sale pitch|email campaign|campaign text|job ad|job description|"
    r"product listing|first draft|"
    r"short story|poem|advertising copy|copy for \w+|lesson plan|quiz|worksheet|op ed|horoscope|brochure"
)

_DOCUMENT = (
    r"(?:document|doc|documentation|pdf|manual|handbook|policy|policie|wiki|knowledge base|"
    r"knowledgebase|kb|intranet|confluence|sharepoint|"
    r"notion|archive|contract|agreement|report|paper|file|record|guideline|procedure|sop|specification|"
    r"spec|datasheet|invoice|"
    r"corpus|library|paperwork|spreadsheet|filing|regulation|catalog|catalogue|guide|knowledge|receipt|"
    r"claim|form|brochure|"
    r"article|runbook|google drive|file share|word file|database of \w+|minute|transcript|textbook|"
    r"leaflet|standard|case file|"
    r"inspection report|lab report|medical record|patient record|content)"
)
_ASK = (
    r"(?:ask|asks|asking|answer|answers|answering|query|querying|search|searching|chat|chatting|talk|"
    r"talking|question|look up|looking up|"
    r"lookup|look thing up|find|finding|retrieve|retrieval|q and a|qa|question answering|assistant|"
    r"chatbot|bot|interrogate|"
    r"converse|discuss|explore|help|helper|dig|browse|locate|support)"
)
_OVER = (
    r"(?:over|across|about|on|on top of|from|in|inside|within|with|through|against|out of|using|"
    r"based on|grounded in|grounded on|trained on|"
    r"fed with|backed by|drawn from|among|of)"
)
_OUR = (
    r"(?:(?:our|the|their|my|your|its|all|these|those|company|internal|own|a|of|some|thousands|hundreds|"
    r"many|large|big|NUM|MODEL|OPAQUE|PERIOD|policy|product|technical|hr|legal|medical|customer|safety|"
    r"training|maintenance|engineering|corporate|in house|insurance|scanned|uploaded|user|set|"
    r"collection|body|pile|stack|online|old|k|\w+) ){0,5}"
)
_OBJECT_OF_RESEARCH = (
    r"(?:research paper|scientific paper|academic paper|scholarly paper|paper|study|studies|literature|"
    r"ruling|case|precedent|statute|patent|"
    r"clinical trial|trial|legislation|court file|case file|verdict|judgment|judgement|court decision|"
    r"court opinion|law|regulation|"
    r"contract|agreement|clause|filing|legal text|legal document|evidence|deposition|publication|journal)"
)
_SUMMARY = (
    r"summari[sz]e|summari[sz]es|summari[sz]ing|summari[sz]ed|summari[sz]ation|summarisation|"
    r"summari[sz]er|summary|tl (?:; )?dr|tldr|condense|condensing|digest|recap|"
    r"boil (?:\w+ ){0,6}down|key points?|executive brief|bullet points? (?:of|from)|the gist|sum up|"
    r"summing up|shorten|shortening|"
    r"meeting minute|minute of meeting|abstract of"
)

TASK, INTERFACE, OBJECT, HINT = 4, 3, 2, 1
"""How surely words name a use case: a task by name, a way of talking, only what is worked on, a mere hint."""

SUMMARY_CUE = _SUMMARY
"""Words for summarising; what is summarised tells whether it is long."""

WORDING: tuple[tuple[UseCase, int, str], ...] = (
    (
        UseCase.CODE_GENERATION,
        TASK,
        r"(?:translat\w+|convert\w*|port|porting|migrat\w+|rewrit\w+|moderni[sz]\w+|"
        rf"transpil\w+) (?:[a-z']+ ){{0,3}}(?:code|codebase|{_SURE_PROGRAMMING})(?: (?:code|program|"
        r"script))?(?: (?:to|into) \w+)?",
    ),
    (
        UseCase.CODE_COMPLETION,
        TASK,
        r"(?:in ?line|code|coding|tab|ide|editor|in editor|next line|multi line|single line|source code|"
        rf"{_SURE_PROGRAMMING}) (?:code )?(?:autocomplete|autocompletion|completion|complete|completing|"
        r"suggestion|suggest|prediction|completer)|code (?:line )?(?:autocomplete|completion)",
    ),
    (
        UseCase.CODE_COMPLETION,
        TASK,
        r"autocomplet\w*(?: (?:of |for )?(?:code|line|function))?|complet(?:e|es|ing) (?:the |their |our |"
        r"your |a |partial |half written )*(?:code|line of code|line|statement)|fill in the middle|fim|"
        r"ghost text|intellisense|type ahead for code|(?:github )?copilot (?:style |like )?(?:completion|"
        r"autocomplete|suggestion|for (?:\w+ )?(?:code|developer|engineer|programmer|coder|dev))",
    ),
    (
        UseCase.CODE_COMPLETION,
        TASK,
        r"(?:suggest|suggests|suggesting|predict|predicts|predicting|finish|finishes|finishing|propose|"
        r"proposes|proposing|complete|completes) (?:[a-z']+ ){0,4}(?:next|rest of the|remaining|following|"
        r"current) (?:few )?(?:line|token|statement|function|of the line)|(?:code|coding|function|line|"
        r"developer|engineer|programmer|ide) (?:[a-z']+ ){0,5}(?:as|while) (?:they|you|we|i|developer|"
        r"engineer|programmer|one)? ?(?:are |is )?(?:type|typing|coding|code|write|writing)|(?:as|"
        r"while) (?:they|you|we|developer|engineer|programmer|coder) (?:are )?(?:type|typing|coding|"
        r"code) (?:[a-z']+ ){0,4}(?:ide|editor|code|vs code|vscode)",
    ),
    (
        UseCase.CODE_COMPLETION,
        OBJECT,
        r"(?:code|coding|programming) (?:assistant|helper|assistance|help|suggestion)? ?(?:in|inside|"
        r"within) (?:the |our |their |an )?(?:ide|editor|vs code|vscode|jetbrain|intellij)|"
        r"github copilot(?: \w+)?|inline suggestion",
    ),
    (
        UseCase.CODE_GENERATION,
        TASK,
        r"(?:code|function|sql|script|software|program|unit test|test|test case|boilerplate|api|"
        r"query) (?:generation|generator|generating|writing|synthesis)|codegen|"
        rf"{_WRITE} {_FEW}(?:{_DEVELOPER_TEXT})|refactor(?:ing)?|debug(?:ging)?|fix(?:ing)? (?:\w+ )?bug|"
        r"explain(?:s|ing)? (?:\w+ ){0,3}code|code (?:review|explanation|migration|refactoring|conversion|"
        r"moderni[sz]ation)|review(?:ing)? (?:pull request|code)",
    ),
    (
        UseCase.CODE_GENERATION,
        TASK,
        r"pair programm\w+|text to sql|natural language to sql|(?:questions? )?(?:in)?to sql|"
        r"software (?:development|engineering) agent|coding agent|agentic coding|programming agent|"
        r"vibe coding|(?:whole|entire|complete|full) (?:function|class|module|program|file of code)|"
        r"write software|implement(?:ing)? (?:\w+ ){0,2}feature|solve (?:\w+ )?(?:coding|"
        r"programming) (?:task|problem)",
    ),
    (
        UseCase.TRANSLATION,
        TASK,
        r"(?:machine |live |document |automatic |instant )?(?:translate|translates|translating|translated|"
        r"translation)|locali[sz]e|locali[sz]ing|locali[sz]ation|paraphras\w+|rephras\w+|reword(?:ing)?|"
        rf"(?:from )?(?:{LANGUAGES}) (?:in)?to (?:{LANGUAGES})|(?:turn|convert|render|"
        rf"put) (?:[a-z']+ ){{0,4}}(?:in|into|to) (?:\w+ )?(?:{LANGUAGES})|subtitling",
    ),
    (
        UseCase.RESEARCH_LEGAL,
        TASK,
        r"legal (?:\w+ )?(?:research|analysis|discovery|document review|due diligence|document analysis)|"
        r"e ?discovery|case law (?:research|search|analysis|review)|due diligence|patent (?:search|research|"
        r"analysis|landscape|review|landscaping)|prior art(?: search| research)?|freedom to operate|"
        r"literature (?:review|research|search|survey|analysis)|systematic review|meta analysis|"
        r"jurisprudence",
    ),
    (
        UseCase.RESEARCH_LEGAL,
        TASK,
        r"(?:scientific|academic|clinical|market|equity|investment|financial|policy|medical|regulatory|"
        r"historical|deep|competitive|economic|scholarly|biomedical|in depth) research(?! (?:report|paper|"
        r"article|team|group|department|lab|institute|organi[sz]ation|company|center|note|document|staff|"
        r"university|council))|research (?:assistant|analysis|synthesis|copilot|agent)|(?:do|doing|conduct|"
        r"conducting|for|perform) (?:\w+ )?research(?! (?:report|paper|article|team|group|department|lab|"
        r"institute|company|center|staff|assistant))|research(?:es|ing)? (?:across|over|through|into|on|"
        r"in) (?:\w+ ){0,4}\w+",
    ),
    (
        UseCase.RESEARCH_LEGAL,
        TASK,
        r"(?:analy[sz]e|analy[sz]es|analy[sz]ing|analysis of|review of|compare|comparing|synthesi[sz]e|"
        r"synthesi[sz]ing|review|reviewing|study|studying|investigate|investigating|mine|mining|examine|"
        r"examining|cross check|cross reference|research|sift through|"
        r"comb through) (?:[a-z']+ ){0,4}(?:research paper|scientific paper|academic paper|literature|"
        r"ruling|precedent|statute|patent|clinical trial|legislation|court file|case file|verdict|judgment|"
        r"judgement|court decision|court opinion|clause|contract|case law|legal \w+|deposition|regulation)|"
        r"(?:contract|clause|compliance|regulatory|case|patent) (?:review|analysis)",
    ),
    (
        UseCase.RESEARCH_LEGAL,
        OBJECT,
        r"case law|ruling|precedent|statute|court (?:decision|opinion|judgment)|litigation|"
        r"research question|legal (?:question|brief|memo|opinion|reasoning|work)",
    ),
    (
        UseCase.DOCUMENT_RAG,
        TASK,
        r"rag|retrieval augmented(?: generation)?|document (?:q and a|qa|question answering|analysis|search|"
        r"intelligence|understanding|chat|assistant|chatbot|extraction|processing)|(?:analy[sz]e|"
        r"analy[sz]es|analy[sz]ing|analysis of|understand|interrogate|parse|"
        r"read) (?:[a-z']+ ){0,3}(?:document|pdf|invoice|report|file|form|record)|(?:enterprise|semantic|"
        r"internal|knowledge|intranet|document|archive|knowledge base) search|knowledge (?:base |"
        r"management )?(?:assistant|chatbot|bot|q and a|search)|(?:wiki|intranet|documentation|pdf|handbook|"
        r"manual|policy) (?:assistant|chatbot|bot|q and a|search|question)",
    ),
    (
        UseCase.DOCUMENT_RAG,
        TASK,
        rf"{_ASK} {_ANY}{_OVER} {_OUR}{_DOCUMENT}|{_ASK} (?:{_OUR})?(?:document|pdf|manual|handbook|"
        r"documentation|knowledge base|intranet|wiki|archive|contract|file|report|guideline|procedure|"
        rf"paper)|extract(?:s|ing|ion)? (?:of )?{_ANY}(?:from|out of|in) {_OUR}(?:{_DOCUMENT}|scan|email)|"
        r"(?:pull|pulling|get|getting|read) (?:[a-z']+ ){0,3}(?:data|information|figure|number|field|fact|"
        rf"answer) (?:from|out of) {_OUR}{_DOCUMENT}|(?:invoice|receipt|form|data) extraction",
    ),
    (
        UseCase.DOCUMENT_RAG,
        OBJECT,
        r"knowledge base|our (?:document|pdf|wiki|documentation|intranet|manual)|document q|vector (?:store|"
        r"database|search)|embedding",
    ),
    (
        UseCase.CONTENT_GENERATION,
        TASK,
        rf"{_WRITE} {_FEW}{_CONTENT}|{_CONTENT} (?:written|drafted|composed|generated|created|produced)|"
        r"(?:content|copy|text|story|marketing|ad|blog|article|creative|product description|"
        r"seo) (?:creation|generation|writing|production|drafting|generator|writer)|copywriting|"
        r"ghost ?writing|creative writing|storytelling|writing (?:assistant|helper|tool|aid|support)|"
        r"content (?:marketing|tool|machine|pipeline)",
    ),
    (UseCase.CONTENT_GENERATION, OBJECT, _CONTENT_ALONE),
    (
        UseCase.CHATBOT,
        INTERFACE,
        r"chatbot|chat ?(?:assistant|app|application|bot|agent|interface|service|support|system|tool|widget|"
        r"helper|companion|model|experience|solution|client|ui)|virtual (?:agent|assistant)|"
        r"(?:conversational|conversation) (?:\w+ )?(?:agent|ai|assistant|bot|interface|app|system|use)|"
        r"conversational|live chat|helpdesk(?: \w+)?|service desk|customer (?:support|service|care|"
        r"success)(?: (?:bot|assistant|agent|chat))?|support (?:bot|assistant|desk|chat|line)|(?:our own |"
        r"own |a |private |internal |in house )*chatgpt(?: \w+)?|(?:own|internal|private|in house|company|"
        r"corporate|custom) gpt|faq (?:bot|assistant)|(?:voice|phone) ?(?:bot|assistant)|q and a bot|"
        r"whatsapp bot|personal assistant|digital assistant|ai assistant|answer bot|callcenter (?:bot|"
        r"assistant|agent assist)|virtual (?:receptionist|concierge|tutor)",
    ),
    (
        UseCase.CHATBOT,
        HINT,
        r"chat|chatting|bot|assistant|dialog|dialogue|q and a|question answering|faq|tutor|tutoring|"
        r"companion|concierge|(?:answer|answers|answering|handle|handling|"
        r"field) (?:[a-z']+ ){0,4}(?:question|inquiry|enquiry|query)|(?:question|inquiry) answering|"
        r"talk (?:to|with) (?:our |the )?(?:customer|user|client|guest|visitor)|conversation",
    ),
)
"""Each wording with its use case and how surely it names it."""

AMBIGUOUS_CODE = (
    r"(?:code|coding|programming|developer|software|ai coding|dev) (?:assistant|assistance|copilot|"
    r"companion|helper|help|support tool|llm|model|bot|ai)|(?:help|assist|support|for) (?:our |"
    r"the )?(?:[a-z]+ )?(?:developer|engineer|programmer|coder|dev) (?:to )?(?:code|program|"
    r"with (?:their )?(?:code|coding|programming))"
)
"""Help with code that may mean completion while typing or whole functions."""

LONG = (
    r"(?:hundred|thousand|multi|many|NUM hundred|hundreds of|dozens of|thousands of|tens of) page|"
    r"book length|hour long|hour of|book|novel|thesis|"
    r"dissertation|annual report|(?:research|technical|scientific|audit|quarterly|financial|"
    r"due diligence|investigation|inspection|study|sustainability|engineering) report|"
    r"(?:research|scientific|academic|white|conference|journal) paper|whitepaper|court (?:transcript|"
    r"file|record|document|ruling)|ruling|deposition|case file|filing|prospectus|"
    r"manual|textbook|patent|legislation|proceeding|monograph|tender|NUM k filing|10 k|long form|"
    r"longform|trial transcript|hearing|policy paper|study|standard"
)
"""What is long by nature."""

LONG_ADJECTIVE = (
    r"(?:very |really |extremely |quite )?(?:long|lengthy|large|big|huge|massive|extensive|voluminous|"
    r"entire|whole|full length)"
)
"""What makes a document long, and an email still not."""

SHORT_TEXT = (
    r"email|ticket|chat|message|note|comment|review|news|article|post|thread|call|meeting|feedback|"
    r"paragraph|tweet|"
    r"conversation|voicemail|sms|complaint|survey|update|standup|log entry|headline|memo|short \w+|brief|page"
)
"""What is short by nature."""
