"""Spellings: compounds that are written apart, plurals that are none, and long words that are often mistyped."""

from __future__ import annotations

from neuralnav.understanding.words.tables import word_list, word_set

COMPOUNDS = {
    ("e", "mail"): "email",
    ("e", "mails"): "email",
    ("help", "desk"): "helpdesk",
    ("help", "desks"): "helpdesk",
    ("in", "house"): "inhouse",
    ("chat", "bot"): "chatbot",
    ("chat", "bots"): "chatbot",
    ("auto", "complete"): "autocomplete",
    ("auto", "completes"): "autocomplete",
    ("auto", "completion"): "autocompletion",
    ("auto", "completions"): "autocompletion",
    ("web", "site"): "website",
    ("data", "sheet"): "datasheet",
    ("data", "sheets"): "datasheet",
    ("white", "paper"): "whitepaper",
    ("white", "papers"): "whitepaper",
    ("work", "force"): "workforce",
    ("head", "count"): "headcount",
    ("up", "time"): "uptime",
    ("thru", "put"): "throughput",
    ("through", "put"): "throughput",
    ("co", "workers"): "coworker",
    ("co", "pilot"): "copilot",
    ("code", "base"): "codebase",
    ("note", "book"): "notebook",
    ("per", "cent"): "percent",
    ("high", "lights"): "highlight",
    ("hand", "book"): "handbook",
    ("hand", "books"): "handbook",
    ("call", "centre"): "callcenter",
    ("call", "center"): "callcenter",
    ("call", "centres"): "callcenter",
    ("call", "centers"): "callcenter",
    ("contact", "centre"): "callcenter",
    ("contact", "center"): "callcenter",
}
"""Pairs of words, as lexed, that are read as one."""

RESPELLED = {
    "centre": "center",
    "licence": "license",
    "licenced": "licensed",
    "programme": "program",
    "cheque": "check",
    "colour": "color",
    "behaviour": "behavior",
    "labour": "labor",
    "persons": "people",
    "folks": "folk",
    "wanna": "want to",
    "gonna": "going to",
    "w": "with",
    "wo": "without",
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "cant": "can't",
    "dont": "don't",
    "doesnt": "doesn't",
    "isnt": "isn't",
    "wont": "won't",
    "im": "i am",
    "let's": "let us",
    "i'm": "i am",
    "i'll": "i will",
    "we'll": "we will",
    "i'd": "i would",
    "we'd": "we would",
    "it's": "it is",
    "that's": "that is",
    "what's": "what is",
    "there's": "there is",
    "we're": "we are",
    "we've": "we have",
    "i've": "i have",
    "you've": "you have",
    "there'll": "there will",
    "it'll": "it will",
    "they're": "they are",
    "you're": "you are",
    "they've": "they have",
    "how's": "how is",
    "where's": "where is",
    "who's": "who is",
    "here's": "here is",
    "he's": "he is",
    "she's": "she is",
    "you'll": "you will",
    "they'll": "they will",
    "they'd": "they would",
    "you'd": "you would",
    "everything's": "everything is",
    "ppl": "people",
    "pers": "people",
    "emp": "employee",
    "emps": "employee",
    "empl": "employee",
    "mgr": "manager",
    "mgrs": "manager",
    "mngr": "manager",
    "mngrs": "manager",
    "agnt": "agent",
    "agnts": "agent",
    "agt": "agent",
    "agts": "agent",
    "atty": "attorney",
    "attys": "attorney",
    "prof": "professor",
    "profs": "professor",
    "engr": "engineer",
    "engrs": "engineer",
    "gest": "guest",
    "gests": "guest",
    "cust": "customer",
    "custs": "customer",
    "msg": "message",
    "msgs": "message",
    "compl": "completion",
    "djs": "dj",
    "polices": "policy",
    "memb": "member",
    "membs": "member",
    "stud": "student",
    "studs": "student",
    "autocompl": "autocompletion",
    "pg": "page",
    "pgs": "page",
    "pp": "page",
    "asap": "asap",
    "cht": "chat",
    "gps": "gp",
    "c++": "cpp",
    "c#": "csharp",
    "f#": "fsharp",
    ".net": "dotnet",
    "cheep": "cheap",
    "moth": "month",
    "mnth": "month",
    "frm": "from",
    "fro": "for",
    "udner": "under",
    "teh": "the",
    "chatbto": "chatbot",
    "cahtbot": "chatbot",
    "usr": "user",
    "usrs": "user",
    "abt": "about",
    "appr": "approximately",
    "secs": "s",
    "sec": "s",
    "msec": "ms",
    "msecs": "ms",
    "millis": "ms",
    "millisec": "ms",
    "millisecs": "ms",
    "helpdesks": "helpdesk",
    "pcs": "piece",
    "summaries": "summary",
    "quizzes": "quiz",
    "theses": "thesis",
    "ads": "ad",
    "ids": "id",
    "vms": "vm",
    "gpus": "gpu",
    "cpus": "cpu",
    "menus": "menu",
}
"""Words with another usual spelling."""

NOT_PLURAL = word_set(
    "is was has this as its yes does us plus less always perhaps unless besides across process access "
    "business class address analysis basis thus versus gas bus status corpus previous various serious "
    "continuous news series species kubernetes aws azure ms rps qps tps rpm ours theirs yours hers his "
    "hundreds thousands millions billions dozens tens cross press express progress success loss boss mass "
    "pass miss mess kiss guess wireless bias canvas atlas focus virus bonus campus census nexus radius "
    "nines goes helps sometimes towards afterwards whereas thanks ios css js movies cookies"
)
"""Words that end in s and are no plural, or whose plural means something else (``thousands``)."""

SHORT_MISTYPED = word_list(
    "users user staff legal email emails month budget agent agents token tokens cheap quick nurses "
    "clerks people patients "
    "translate summary hundred thousand million twenty thirty forty fifty sixty chat devs writers budget latency"
)
"""Shorter words that are corrected to when two letters are swapped, or one is left out."""

GLUED = (
    "(rag|bot|chat|chatbot|translation|autocomplete|autocompletion|summarisation|summarization|"
    "completion)(for|with|over|on|at)"
    "|(code|legal|document|content|customer|blog|text)(completion|generation|research|search|"
    "assistant|support|analysis|"
    r"summary|summaries|translation|writing|review|posts?|creation)"
)
"""Two words, typed without a space."""

OFTEN_MISTYPED = word_list(
    "accuracy accurate agents answering answers approximately assistant assistants attorney attorneys "
    "autocomplete autocompletion availability available budget chatbot chatbots cheapest colleagues "
    "company completion completions compliance concurrent concurrently contracts conversation "
    "conversational conversations correct correctness coworker critical customer customers daily "
    "department deployment developer developers document documents employee employees engineer engineers "
    "english fastest french generate generates generating generation german handbook helpdesk important "
    "inline knowledge latency lawyer lawyers marketers marketing million milliseconds minute minutes "
    "hundred emails dollars euros copywriters technicians consultants accountants journalists recruiters "
    "monthly multilingual overnight paralegals people percent precision priority prompts quality "
    "questions reliability replies reply report reports request requests research researcher researchers "
    "response responses retrieval scientist scientists seconds simultaneous simultaneously spanish staff "
    "streaming suggestion suggestions summaries summarise summarising summarization summarize summarizer "
    "summarizing summary support thousand throughput tickets token tokens traffic translate translates "
    "translating translation translations translator uptime users workers writing "
    "article articles newsletter newsletters description descriptions campaign campaigns transcript transcripts "
    "journalist literature paragraph paragraphs brochure brochures"
)
"""Words that are corrected to when a long word is one or two keystrokes away from one."""

CORRECT_AS_TYPED = word_set(
    "approximate approximates chatbox compaction compilation concurrency condensation conservation "
    "transcribe transcribes transcribed prescription prescriptions descriptor descriptors campaigner campaigners "
    "constructs contacts contests contexts contradicts contrasts conversion conversions layers "
    "water waters divers diver payers plots trades teens tens "
    "uses used mails stuff agency pages writes patents patent chap chaps "
    "minuses oversight oversights qualify readability relies replay repost reposts resizability "
    "resort resorts reusability screaming streamline thousands throughout transaction transactions "
    "transistor transistors transition transitions transpilation waiting"
)
"""Correct words that lie close to one of :data:`OFTEN_MISTYPED`: they are left alone."""
