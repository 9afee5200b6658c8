"""Further nouns for people: trades, offices, guests, and how one tells that a noun nobody listed names people."""

from __future__ import annotations

from neuralnav.understanding.words.tables import word_list

ROLES = word_list(
    "dba acrobat actuary adversary advocate agronomist aide alumni alumnus ambassador angler announcer apiarist "
    "apothecary arborist assembler astronomer athlete auctioneer aunt bailiff bather beekeeper bellhop "
    "beneficiary bibliographer biker birder boatman bookseller boss bowler boxer brewer bricklayer bride "
    "bridesmaid broadcaster builder bursar busker cabinetmaker cadet cameraman camper candidate canvasser "
    "cataloguer caterer celebrant ceo cfo chairman chairperson chairwoman chambermaid chancellor chauffeur "
    "cheerleader chiropractor choreographer cio clergyman colonel confectioner constituent consul cosmonaut "
    "croupier cryptographer csr cto deacon dean debtor denizen detainee dignitary distiller diver dj doorman "
    "dramatist dramaturg draughtsman dressmaker druid emcee emissary ethnographer exec exhibitor expat explorer "
    "fencer filmmaker finalist fireman fisher fisherman foreman functionary fundraiser gendarme glazier "
    "goalkeeper goldsmith golfer gondolier guardian gunner guru gymnast handyman headhunter headmaster "
    "headteacher heir herder hiker horseman hostess housewives invigilator islander jeweler jogger juggler "
    "knitter laborer labourer landowner lawmaker legislator lessor liaison lineman loader locum lodger luminary "
    "machinist magician mailman marketeer masseur masseuse matchmaker mercenary midshipman midwives milliner "
    "monastic mortician mourner nanny nobleman observer occupant ombudsman onlooker overseer panelist panellist "
    "parliamentarian parolee patrolman peasant pedestrian performer perfumer petitioner philanthropist "
    "philosopher picker pilgrim plaintiff plasterer podcaster pollster postmaster preacher probationer proctor "
    "prof promoter puppeteer quartermaster rabbi racer rambler rancher rapper referee restaurateur restorer "
    "reveller revolutionary rigger roadie runner saddler saleslady scaffolder schoolchild schoolchildren "
    "schoolkid schoolteacher scribe seaman seamstress senator shepherdess sheriff shipwright signaller skater "
    "skier sniper sommelier spokesperson spouse squire stakeholder statesman steelworker stevedore storyteller "
    "stuntman stylist subcontractor surfer survivor tanner telemarketer thespian tiler trapper treasurer trekker "
    "trooper undertaker vintner visionary vocalist walker warder wholesaler wives wrestler zookeeper"
)
"""Singular, besides those of the people table."""

LEADS = (
    r"(?:project|team|tech|technical|shift|section|group|account|practice|product|squad|department|group|line) lead|"
    r"(?:scrum|station|quiz|harbor|harbour|choir|chess|game|ring|web) master|"
    r"(?:club|show|radio|podcast|tv|event|quiz|airbnb|game|talk) host"
)
"""``leads``, ``masters`` and ``hosts`` that are people: no chances of a sale, no machines."""

KINDS_OF_PEOPLE = (
    r"(?!(?:list|checklist|playlist|wishlist|shortlist|watchlist|blacklist|whitelist|twist|gist|mist|fist|wrist|"
    r"assist|exist|consist|insist|resist|persist|median|meridian|guardian|obsidian|career|beer|deer|pier|gear|"
    r"veneer|steer|cheer|series) )"
    r"[a-z]{3,}(?:(?<!speci)(?<!regi)(?<!abdo)(?<!acu)(?<!dolo)men|ist|eer|ician|arian|naut|crat|herd|phile|grapher|ologist|monger|smith|wife|folk)"
)
"""Endings that hardly any thing has."""

FURTHER_THINGS = (
    "abstract|account|act|action|activity|ad|address|adventure|age|agency|airline|airport|alarm|album|algorithm|"
    "animal|answer|api|app|appliance|area|argument|asset|association|attachment|audio|ballot|bank|base|batch|beat|"
    "bed|benchmark|bike|bill|bit|block|blog|board|boat|booking|box|bracelet|branch|brand|bridge|brochure|building|"
    "bus|business|button|byte|cabin|cable|call|camera|campaign|campus|caption|car|caravan|card|cat|catalogue|"
    "category|cent|center|certificate|chain|chair|channel|chapter|character|charity|chart|chat|church|claim|class|"
    "classroom|clause|clinic|clip|club|cluster|code|color|column|command|comment|community|company|component|"
    "computer|contract|control|conversation|cookbook|copy|core|corner|council|country|county|coupon|course|court|"
    "cow|criterion|crop|currency|dashboard|database|dataset|date|day|deal|dealership|deck|definition|degree|"
    "deployment|design|desk|detail|device|diagram|dialect|dialog|dialogue|dish|district|dog|dollar|domain|door|"
    "dormitory|draft|drawing|drug|edition|element|embassy|endpoint|engine|entity|entry|episode|euro|event|exam|"
    "example|exercise|exhibit|experiment|factory|family|farm|feature|federation|feed|ferry|field|figure|filing|"
    "film|firm|flat|fleet|flight|floor|flow|flyer|folder|forum|franchise|function|fund|gallery|game|garage|garden|"
    "gate|genre|gpu|group|guideline|gym|hall|headline|hectare|helpline|home|horse|hospital|host|hotel|house|"
    "household|hub|idea|illness|image|industry|inn|install|instance|institute|instruction|intent|issue|item|job|"
    "journal|judgment|kiosk|kit|lab|label|language|law|layer|leaflet|league|lesson|level|library|licence|license|"
    "line|link|list|listing|loan|locale|location|log|logo|lot|lyric|machine|magazine|mailbox|market|matter|meal|"
    "measure|meeting|menu|message|metric|mile|mill|minute|mission|mode|model|module|monastery|month|monument|"
    "museum|namespace|newsletter|newspaper|night|node|norm|notice|novel|novella|nursery|object|occasion|offer|"
    "opinion|option|outlet|output|package|painting|panel|parameter|parcel|park|part|partnership|passport|patent|"
    "path|pattern|pdf|percent|period|permit|pharmacy|phone|phrase|picture|pipeline|place|plan|plant|platform|play|"
    "pod|podcast|poem|point|pool|port|postcard|pound|precedent|prescription|prison|problem|procedure|process|"
    "product|program|project|prompt|property|protocol|pub|publication|purpose|quarter|query|quiz|race|range|"
    "receipt|recipe|recording|regulation|release|replica|repo|repository|request|reservation|resort|resource|"
    "restaurant|result|road|robot|role|room|round|route|row|rule|ruling|run|salon|sample|scan|scenario|scene|"
    "school|score|screen|script|season|seat|section|sector|segment|sentence|server|service|session|set|shard|"
    "sheet|shelf|shelter|shift|ship|shop|show|sign|skill|sku|slide|slogan|slot|snippet|society|song|source|spa|"
    "space|spec|species|speech|spot|stage|standard|startup|state|station|statute|step|stock|stop|store|story|"
    "stream|street|studio|study|style|subject|subscription|subsidiary|subtitle|suite|summary|surgery|symptom|"
    "system|table|tag|take|target|task|template|term|test|text|theater|theme|theory|thesis|ticket|tier|time|title|"
    "token|tool|topic|tour|town|track|train|transaction|treaty|tree|trial|tribe|trip|truck|tweet|type|unit|url|"
    "use|vacancy|value|van|variable|variant|vehicle|venue|verdict|version|village|visa|vm|voice|volume|voucher|"
    "wagon|wall|ward|warehouse|watch|way|website|week|weekend|wine|word|workflow|workload|workshop|workspace|"
    "workstation|year|zone"
)
"""Things that are counted where people might be."""

BRANCHES = (
    "gym|hotel|bank|farm|mill|pub|restaurant|pharmacy|resort|salon|venue|outlet|dealership|kiosk|church|museum|library|"
    "nursery|factory|plant|warehouse|airport|port|bakery|cinema|theater|garage|cafe|centre|center|home|practice|surgery"
)
"""What a chain or group may consist of besides people."""

ACTS_AFTER = (
    r"need|want|use|using|who|will|would|must|should|work|working|ask|asking|write|writing|read|reading|"
    r"have|look|looking|with|at|in|of|from|and|on|across|do|can|please"
)
"""What follows people that were counted, not a part of a longer noun."""
