"""How people say that code is completed while it is typed, or written whole."""

from __future__ import annotations

from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.words.deeds.deed import GAP, Deed
from neuralnav.understanding.words.use_cases import CODE, PROGRAMMING, WRITE

_FROM_DESCRIPTION = r"(?:from|out of|given|based on) (?:a |the |our |plain |natural |short )*"

CODE_DEEDS = (
    Deed(
        UseCase.CODE_COMPLETION,
        3,
        "(?:finish|complete|continue|predict|guess|suggest|propose|offer|fill in|show)(?:e?s|ing|ed)? "
        "(?:[a-z']+ ){0,4}"
        r"(?:line|statement|next token|next line|rest of the (?:line|code|function|statement))",
    ),
    Deed(
        UseCase.CODE_COMPLETION,
        2,
        "(?:as|while|when) (?:they |you |we |i |he |she |developer |engineer |programmer )?(?:are "
        r")?(?:typ|cod|hack|keystroke)\w*",
    ),
    Deed(
        UseCase.CODE_COMPLETION,
        2,
        "(?:in|inside|within) (?:the |our |their |an )?(?:ide|editor|vim|neovim|emacs|vscode|vs code|"
        f"jetbrain|intellij|pycharm|xcode|visual studio|eclipse)|{PROGRAMMING} editor",
    ),
    Deed(
        UseCase.CODE_COMPLETION,
        2,
        r"keystroke|grey text|gray text|ghost text|tab key|press tab|hit tab|suggestion|my line|the line",
    ),
    Deed(UseCase.CODE_COMPLETION, 1, rf"{CODE}|developer|programmer|coder|engineer|ide|editor"),
    Deed(
        UseCase.CODE_GENERATION,
        3,
        f"{WRITE} {GAP}{CODE}|(?:spit|crank|churn|knock|pump) out {GAP}{CODE}|{CODE} {GAP}(?:written|"
        "generated|produced|created|implemented)",
    ),
    Deed(
        UseCase.CODE_GENERATION,
        3,
        rf"{CODE} {_FROM_DESCRIPTION}(?:\w+ )?(?:ticket|spec|specification|requirement|description|issue|"
        "story|english|question|word|prompt|comment|design|mockup|sketch)",
    ),
    Deed(
        UseCase.CODE_GENERATION,
        3,
        "(?:port|migrate|convert|translate|rewrite|upgrade|moderni[sz]e|move|turn|hand over|"
        f"refactor)(?:s|d|ing)? {GAP}(?:{CODE}|mainframe|legacy)",
    ),
    Deed(
        UseCase.CODE_GENERATION,
        3,
        r"(?:full|whole|complete|entire|working|finished) (?:\w+ )?(?:implementation|program|app|"
        "application|class|module|function|feature|script)",
    ),
    Deed(
        UseCase.CODE_GENERATION,
        2,
        r"implementation|implement|(?:unit|integration|regression) test|bug ?fix\w*|fix bug|debug\w*|"
        r"scaffold\w*|boilerplate|stored procedure|pull request|stack trace",
    ),
    Deed(UseCase.CODE_GENERATION, 1, rf"{CODE}|{PROGRAMMING}|developer|programmer|software engineer|codebase"),
    Deed(
        UseCase.CODE_COMPLETION,
        3,
        r"(?:insert|fill|fill in|add|finish|complete|suggest)(?:s|ing)? (?:\w+ ){0,4}(?:missing|next|"
        r"rest of|remaining|current|half written|half finished) (?:\w+ ){0,3}(?:line|code|function|"
        "statement|token|word|snippet)",
    ),
    Deed(
        UseCase.CODE_COMPLETION,
        2,
        r"next (?:few |couple of )?(?:token|line|statement|character)|when (?:i|they|you|we) (?:pause|stop typing)",
    ),
    Deed(
        UseCase.CODE_GENERATION,
        3,
        r"paste(?:s|d)? (?:\w+ ){0,3}(?:error|bug|bug report|stack trace|traceback|exception|snippet|"
        "log)|feature branch|merge request|jira ticket|github issue|user story",
    ),
    Deed(
        UseCase.CODE_GENERATION,
        2,
        "from (?:a |the |their )?(?:jira|github|description|spec|specification|docstring|comment|"
        "requirement|natural language)|explanation|explain|leetcode|programming exercise|homework "
        "solution",
    ),
    Deed(UseCase.CODE_COMPLETION, 2, r"completion|autocompl\w+"),
    Deed(UseCase.CODE_GENERATION, 2, r"service generated|(?:openapi|swagger|uml|figma) \w*|code that|program that"),
    Deed(
        UseCase.CODE_COMPLETION,
        3,
        r"(?:as|while) (?:[a-z]+ |NUM ){0,6}(?:typ|cod|hack|writ|programm|key)(?:e|es|ing|s)?(?: in)?",
    ),
    Deed(
        UseCase.CODE_GENERATION,
        3,
        "(?:generate|build|create|write|develop|code|make)(?:s|d|ing)? (?:[a-z]+ ){0,4}(?:app|"
        "application|plugin|prototype|web page|tool) (?:from|out of|given)",
    ),
    Deed(
        UseCase.CODE_GENERATION, 2, r"(?:web|mobile|full stack|desktop|android|ios) (?:\w+ )?app(?:lication)?|hackathon"
    ),
    Deed(UseCase.CODE_GENERATION, 3, rf"{PROGRAMMING} (?:[a-z']+ |NUM ){{0,4}}(?:in)?to {PROGRAMMING}"),
    Deed(UseCase.CODE_COMPLETION, 2, r"typeahead|type ahead"),
    Deed(
        UseCase.CODE_GENERATION,
        3,
        "(?:complete|whole|full|entire) (?:[a-z]+ ){0,2}(?:service|component|backend|frontend|api|"
        "project|codebase|app)",
    ),
)
