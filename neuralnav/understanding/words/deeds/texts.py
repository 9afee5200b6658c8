"""How people say that texts are written, or made shorter."""

from __future__ import annotations

from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.words.deeds.deed import GAP, Deed
from neuralnav.understanding.words.tables import any_of
from neuralnav.understanding.words.use_cases import PROSE, WRITE

_SHORTER = any_of(
    "shorter, short version, shortened, boiled, boil, squeezed, squeeze, squashed, distill, distil, distilled, "
    "distilled down, whittle, whittled, compress, compressed, abridge, abridged, synopsis, nutshell,"
    " essence, takeaway, "
    "key finding, key message, main point, crux, overview, roundup, round up, outline, bottom line, one liner, "
    "one line, short form, too long to read, cut down, trim, trimmed, skim, in brief, brief, gist"
)

_COMPOSED = r"script|announcement|greeting|obituary|sermon|condolence|message|notice|sketch|monologue"

TEXT_DEEDS = (
    Deed(
        UseCase.CONTENT_GENERATION,
        3,
        f"{WRITE} {GAP}{PROSE}|{PROSE} {GAP}(?:written|drafted|generated|composed|produced|created|"
        f"penned|writing|drafting)|draft(?:s|ing)? {GAP}{PROSE}",
    ),
    Deed(
        UseCase.CONTENT_GENERATION,
        3,
        r"ghost ?writ\w*|copywrit\w*|speech ?writ\w*|script ?writ\w*|screenwrit\w*|songwrit\w*|"
        r"storytell\w*|world ?building|lore|wordsmith\w*",
    ),
    Deed(
        UseCase.CONTENT_GENERATION,
        2,
        "(?:come up with|dream up|think up|invent|brainstorm|suggest|propose|spin|crank out|churn out|"
        rf"pump out|turn \w+ \w+ into) {GAP}{PROSE}",
    ),
    Deed(
        UseCase.CONTENT_GENERATION,
        2,
        "(?:meta|item|property|hotel|room|wine|recipe|event|course|product|shop) (?:description|listing|"
        "text|blurb)|blurb|teaser|quest|verse|rhyme|jingle|catchphrase|toast|invitation|posting|social "
        "media|linkedin|instagram|tiktok",
    ),
    Deed(
        UseCase.CONTENT_GENERATION, 1, rf"{PROSE}|marketing|author|copywriter|novelist|writer|editorial|campaign|brand"
    ),
    Deed(
        UseCase.CONTENT_GENERATION,
        3,
        f"(?:{_COMPOSED}) {GAP}(?:compos|penn|word)(?:e|ed|ing)|(?:compos|penn)(?:e|ed|es|ing) {GAP}(?:{_COMPOSED})",
    ),
    Deed(UseCase.SUMMARIZATION_SHORT, 3, rf"{_SHORTER}"),
    Deed(
        UseCase.SUMMARIZATION_SHORT,
        3,
        r"(?:to|in|into|as|of|down to|>) (?:\w+ )?(?:NUM|a few|a(?= paragraph)|one|two|three|five|"
        r"couple of|single|half a) "
        "(?:short |key |crisp )?(?:sentence|line|bullet|paragraph|point|page)",
    ),
    Deed(
        UseCase.SUMMARIZATION_SHORT,
        2,
        r"(?:tell|show|know|see|grasp|get)(?:s|ing)? (?:\w+ ){0,3}what (?:\w+ )?(?:is|was|are|were) "
        "(?:in|said|inside|about|important|new)|what happened|catch(?:ing)? up|keep up with|at a glance",
    ),
    Deed(
        UseCase.CONTENT_GENERATION,
        1,
        r"(?:write|written|writing|draft|drafting|drafted|compose|composing|pen|author|word)(?: \w+){0,2}",
    ),
    Deed(
        UseCase.CONTENT_GENERATION,
        2,
        r"show note|opening line|opener|pick up line|wedding speech|eulogy|cover letter|fundrais\w+ "
        "letter|name for|product name|description for|bedtime story|fan fiction|manga|comic|dialogue "
        "for|copy|creative|tone of voice|brand voice",
    ),
    Deed(
        UseCase.CONTENT_GENERATION,
        1,
        r"editor|content|creator|journalist|publisher|blogger|influencer|marketer|advertis\w+|seo|agency",
    ),
    Deed(
        UseCase.SUMMARIZATION_SHORT,
        2,
        r"(?:NUM|two|three|five|one|few) (?:line|sentence|bullet|bullet point)|impression|summar\w+|"
        r"condens\w+|headline version|quick read|before calling|too many \w+ to read|digest",
    ),
)
