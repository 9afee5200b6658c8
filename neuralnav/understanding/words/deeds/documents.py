"""How people say that answers are looked up in documents, or found out by studying many."""

from __future__ import annotations

from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.words.deeds.deed import GAP, Deed
from neuralnav.understanding.words.tables import any_of
from neuralnav.understanding.words.use_cases import DOCUMENT, LEGAL_TEXT

_READ_UP = any_of(
    "ask, asking, quiz, consult, query, look up, check, search, find, dig, question, interrogate, "
    "answer, retrieve, cite, "
    "quote, refer, lookup, look thing up, pull, surface, locate, get answer, answering"
)
_HOLDING = any_of(
    f"{DOCUMENT.removeprefix('(?:').removesuffix(')').replace('|', ',')}, textbook, bylaw, leaflet, rulebook, drawing, "
    "collection, database, repository, shelf, binder, folder, note, faq page, schematic, protocol, "
    "logbook, norm, recipe, "
    "label, register, code of conduct, building code, penal code, civil code, tax code, fire code, "
    " dossier, help page, help article, ticket history, knowledge, material"
)

DOCUMENT_DEEDS = (
    Deed(
        UseCase.DOCUMENT_RAG,
        3,
        f"{_READ_UP} (?:[a-z']+ ){{0,6}}(?:of |in |from |across |about |against |through |the |our |over "
        "|inside |on |their |"
        rf"to )+(?:[a-z0-9']+ ){{0,3}}{_HOLDING}",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        3,
        r"(?:ask|question|query)(?:ing)? (?:[a-z]+ ){0,3}(?:get|find|give|receive|getting|show)(?: [a-z]+){0,3} answer "
        r"(?:[a-z]+ )?(?:from|out of|based on|in|inside) (?:them|it|these|those|the|our|their|this|that)",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        3,
        r"(?:right|relevant|exact|correct|matching|which|applicable) (?:page|passage|paragraph|"
        r"section|clause|document|article)",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        2,
        f"{_HOLDING} (?:hold|contain|have|say|tell|know|cover|explain|describe|state)(?:s)?|what (?:do|"
        r"does) (?:the|our) \w+ say",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        2,
        "with (?:the )?(?:source|citation|reference|page number|footnote)|cite the|quote the|grounded|"
        "only from|strictly from|NUM (?:page|gb|document|pdf|file) of",
    ),
    Deed(UseCase.DOCUMENT_RAG, 1, rf"{_HOLDING}|index|vector|embed\w*|retriev\w*|lookup"),
    Deed(
        UseCase.RESEARCH_LEGAL,
        3,
        "(?:sift|comb|wade|hunt|plough|trawl|go|dig|search|pore|weigh|trace|cross check|cross reference|"
        "synthesi[sz]e|compare|survey|scour|mine|analy[sz]e|study|review|find)(?:s|es|ed|d|ing)? "
        f"{GAP}(?:{LEGAL_TEXT}|court|case law|filing|prior art|study|paper|judgment|doctrine|precedent|"
        "evidence)",
    ),
    Deed(
        UseCase.RESEARCH_LEGAL,
        3,
        r"clause (?:\w+ )?(?:comparison|extraction|library)|legal argument|legal theory|prior art|state "
        r"of the art|hypothesis|hypotheses|body of evidence|legal memo\w*|legal opinion|legal brief|"
        "litigation|antitrust|in depth analysis",
    ),
    Deed(
        UseCase.RESEARCH_LEGAL,
        2,
        "precedent|ruling|court|statute|case law|doctrine|jurisprudence|law firm|clinical evidence|"
        r"patent|policy analysis|investigation|scholar\w*|scientific literature",
    ),
    Deed(
        UseCase.RESEARCH_LEGAL,
        1,
        r"research|researcher|lawyer|attorney|paralegal|legal|scientist|scholar|analyst|investigat\w*|"
        "think tank|contract|study|dossier",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        3,
        r"(?:what|where|whether|which \w+) (?:do |does |did )?(?:the |our |a |their |its |this )?(?:\w+ "
        "){1,3}(?:say|state|mention|specify|allow|require|prescribe|contain|cover|mean)",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        2,
        r"as (?:the |a |its |their )?(?:source|basis|reference)|(?:look|looking|looks) (?:\w+ ){0,2}up|"
        "cit(?:e|ing|es)|quot(?:e|ing|es) from|refer to|reference",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        2,
        "(?:using|from|with|based on|out of|against|over) (?:our|the|their|old|past|existing|internal|"
        f"company|own) (?:[a-z]+ ){{0,2}}{_HOLDING}",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        2,
        "(?:using|from|based on|out of) (?:our|the|their) (?:old|past|existing|previous|own|archived) "
        "(?:[a-z]+ )?[a-z]+",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        2,
        "question (?:about|on|over|regarding|concerning) (?:our |the |their |its |these |those "
        f")?(?:[a-z]+ ){{0,2}}{_HOLDING}",
    ),
    Deed(
        UseCase.RESEARCH_LEGAL,
        3,
        r"research(?:es|ing)? (?:\w+ ){0,2}(?:prior|past|earlier|decision|case|question|topic|law|"
        "literature|market|company|competitor|the|into|whether|how)",
    ),
    Deed(
        UseCase.RESEARCH_LEGAL,
        2,
        r"(?:prior|past|earlier|previous|similar) (?:\w+ )?(?:decision|case|judgment|ruling|verdict)|"
        r"guidance|trial|regulatory affair|submission|well argued|conclusion|weigh\w*|argue\w*|argument|"
        "evidence|think tank|hundred of study|across study|comb through|sift through|literature review|"
        r"meta stud\w+",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        3,
        r"(?:where|which \w+) (?:the |it |an |each )?(?:answer|information|it|statement) (?:come|came|"
        r"stem|is|was)(?: \w+)? from|look(?:ing)? up (?:[a-z]+ ){0,4}in (?:the|our|their|a)|answer with "
        "(?:a |the )?(?:link|source|reference|citation|page)",
    ),
    Deed(
        UseCase.RESEARCH_LEGAL,
        3,
        "(?:flag|spot|find|identify|review|check|extract|compare)(?:s|ing)? (?:[a-z]+ ){0,3}(?:clause|"
        r"liability|obligation|breach|legal risk|indemnit\w+)",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        3,
        r"look(?:ing)? for (?:\w+ )?(?:passage|clause|paragraph|information|entry|page|section|answer)",
    ),
    Deed(UseCase.DOCUMENT_RAG, 2, r"by asking|in natural language|in plain (?:words|language)|type a question"),
    Deed(
        UseCase.DOCUMENT_RAG,
        3,
        r"(?:question|query) (?:\w+ )?answer(?:ed)? (?:from|out of|with|using|based on) (?:our |the |"
        r"their )?\w+",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        3,
        r"where in (?:our|the|these|all|their)|(?:mentioned|written|stated|said|regulated) (?:\w+ )?in "
        "(?:our|the|their)",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        2,
        r"(?:query|search|ask|interrogate|question)(?:ing)? (?:them|it|those|these|all of it)|index",
    ),
    Deed(
        UseCase.DOCUMENT_RAG,
        3,
        r"upload(?:ing|ed)? (?:[a-z]+ ){0,3}(?:slide|file|document|pdf|paper|note|manual|report)",
    ),
)
