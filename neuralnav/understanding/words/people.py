"""Who uses what is built: nouns for people, and the words that show that a number of people is meant otherwise."""

from __future__ import annotations

from neuralnav.understanding.words.roles import KINDS_OF_PEOPLE, LEADS, ROLES
from neuralnav.understanding.words.tables import any_word, word_list, word_set

USERS = ("user", "seat", "account", "subscriber", "login")
"""Nouns that can only mean the people who use the service."""

PEOPLE = (
    *USERS,
    *word_list(
        "academic accountant actuary adjuster admin administrator adviser advisor agent analyst "
        "anaesthetist applicant "
        "apprentice archaeologist architect archivist artist associate attorney auditor author baker banker "
        "barrister biologist blogger bookkeeper broker buyer caller carer caregiver cashier caseworker "
        "chef chemist "
        "child children citizen clerk client clinician coach coder colleague comrade consultant consumer "
        "contractor "
        "contributor copywriter counsel counsellor counselor coworker creator curator customer dancer "
        "dealer dentist "
        "designer dev developer dietitian diplomat director dispatcher doctor donor driver economist editor "
        "educator electrician employee engineer entrepreneur epidemiologist executive expert faculty fan "
        "farmer fellow "
        "firefighter folk follower founder freelancer gamer geologist graduate guest guy handler head "
        "historian holder "
        "hobbyist human individual influencer inspector instructor intern interpreter investigator investor "
        "journalist judge kid landlord lawyer leader learner lecturer librarian linguist listener "
        "maintainer man "
        "manager marketer mathematician mechanic medic member men mentor merchant midwife nurse "
        "nutritionist officer "
        "official operator owner paralegal paramedic parent participant partner passenger patient people "
        "person "
        "pensioner pharmacist phd photographer physician physicist physiotherapist pilot planner player "
        "plumber "
        "policyholder policymaker postdoc practitioner producer professional professor programmer "
        "psychologist "
        "publisher pupil radiologist reader receptionist recruit recruiter rep reporter representative "
        "researcher resident retailer reviewer sailor salesman salespeople salesperson scholar scientist "
        "secretary "
        "seller shopper sme soldier solicitor specialist sre staff staffer statistician strategist student "
        "surgeon "
        "surveyor sysadmin taxpayer teacher teller teammate technician technologist tenant tester "
        "therapist tourist trader "
        "trainee trainer translator traveler traveller tutor undergraduate underwriter vet veterinarian "
        "viewer visitor "
        "volunteer waiter woman women worker writer senior creative teen teenager youth elder pensioner "
        "refugee immigrant "
        "veteran amateur beginner novice pro peer patron supporter bidder collaborator commuter motorist "
        "cyclist "
        "homeowner householder hire newcomer litigator litigant notary prosecutor examiner evaluator "
        "assessor trustee "
        "councillor politician mayor minister priest monk scout soldier sergeant detective guard "
        "firefighter ranger "
        "curator conservator conductor musician singer actor crew personnel police clergy mau dau nutzer benutzer "
        "controller undergrad postgrad grad speechwriter playwright lexicographer jurist oncologist servant "
        "merchandiser localiser localizer underwriter barista bartender butcher carpenter cobbler cleaner cook courier "
        "cabbie captain chaplain choirmaster civilian claimant climber columnist comedian commander commissioner "
        "composer concierge constable coordinator coroner correspondent courtier craftsman critic croupier crofter "
        "curate custodian dad mum mom mother father decorator delegate deputy detective dietician docent driver "
        "drummer ecologist enthusiast envoy estimator exporter importer factotum financier fireman fitter florist "
        "forester founder gardener geek genealogist governor grandparent grocer groundskeeper "
        "hairdresser hacker healer "
        "herbalist historian hotelier housekeeper hunter hygienist illustrator inmate innkeeper innovator "
        "instructor intermediary janitor jeweller jockey joiner junior juror keeper lad lady gentleman laureate layman "
        "librettist lieutenant lifeguard lobbyist locksmith logistician magistrate maid marshal mason "
        "mate matron messenger migrant miner minder missionary mover narrator navigator negotiator neighbor neighbour "
        "novelist nun optician optometrist orderly organiser organizer outsider painter parishioner "
        "pathologist pastor paediatrician pediatrician penpal poet policeman porter postman potter presenter president "
        "principal prisoner programmer proofreader provost publican ranger realtor registrar rescuer retiree rider "
        "roofer rower saleswoman saver scriptwriter sculptor selector servant shareholder shepherd shopkeeper skipper "
        "socialist speaker spectator sponsor sportsman stagehand steward stewardess stockbroker subeditor superviser "
        "supervisor swimmer tailor technologist telephonist toddler townspeople trucker trustee twin typist "
        "usher valet vicar victim villager vlogger voter waitress warden watchman weaver webmaster welder "
        "vehicle household family tech techie inhabitant dweller friend roommate housemate sibling "
        "brother sister cousin gp "
        "barber chatter moderator townsfolk villager congregant bystander subtitler estimator barrister adopter "
        "whistleblower winemaker witness woodworker yachtsman youngster"
    ),
    *ROLES,
)
"""Nouns for people, singular."""

PEOPLE_ENDINGS = (
    r"[a-z]{2,}(?:ologist|ographer|ician|smith|wright|woman|women|keeper|maker|mate|monger|arian|writer|worker|holder|"
    r"owner|fighter|player|teacher|trainer|seeker|goer|people)|"
    r"(?!(?:accelerator|actuator|alligator|calculator|capacitor|condensator|denominator|elevator|escalator|estimator|"
    "generator|indicator|isolator|locator|monitor|numerator|radiator|refrigerator|regulator|"
    "resonator|separator|simulator|"
    r"ventilator|visitor center|competitor|editor|contractor site|inhibitor|compositor|transistor|resistor) )"
    r"[a-z]{3,}(?:ator|itor|utor|essor)"
)
"""How further nouns for people end."""

GROUPS = word_list(
    "team staff group company firm organization organisation department division workforce crew community "
    "audience population base startup enterprise agency office school university hospital business "
    "class unit "
    "headcount squad practice town city village county club union congregation choir fleet newsroom "
    "studio lab startup chain network faculty ward panel cohort guild"
)
"""What ``of NUM`` makes a number of people: ``a team of 12``."""

NOT_IN_BETWEEN = word_set(
    "and or but nor of for to in on at by from with without per a an the each every all any that which "
    "who whom "
    "whose is are was were be been being will would can could must should shall may might have has had "
    "do does "
    "did our we i you they it their my your his her its us this these those than then so if when while "
    "as into "
    "over under about across between within not no only just also more less most least up out off via "
    "use using "
    "used serve serving need want ask asking answer answering read write get give make take translate "
    "summarise "
    "page gpu card node server replica token word character day week month year hour minute second ms "
    "s x "
    "percent dollar usd euro buck cent time bit billion parameter param step turn hundred thousand "
    "million "
    "chatbot bot assistant namespace gb tb way tensor pipeline"
)
"""Words that never stand between a number and the people that it counts."""

THINGS = (
    "email|ticket|review|record|file|story|question|request|message|query|comment|essay|complaint|"
    "document|chat|"
    "call|conversation|session|case|contract|form|application|profile|page|report|feedback|note|letter|"
    "survey|name|"
    "id|manual|data|history|order|interview|transcript|post|article|book|paper|invoice|claim|inquiry|"
    "enquiry|rating|"
    "photo|image|video|login|password|interaction|journey|need|agreement|handbook|guide|policy|"
    "newsletter|thread"
)
"""What people have or send: after a singular noun they are counted, not the people (``500 customer emails``)."""

PLACES = (
    "office|site|country|branch|store|shop|school|hospital|team|department|location|city|clinic|"
    "language|product|company|"
    "tenant|region|organization|organisation|customer account"
)
"""What people are spread over."""

NO_WORKERS = (
    "computer|server|letter|paper|order|number|parameter|container|cluster|layer|character|chapter|"
    "newsletter|answer|"
    "offer|error|vector|factor|sector|color|monitor|sensor|tracker|printer|router|browser|folder|"
    "header|flyer|poster|"
    "calculator|processor|accelerator|motor|tumor|floor|door|power|tower|quarter|semester|center|"
    "theater|buffer|counter|"
    "filter|adapter|transformer|controller|register|matter|other|over|under|after|never|or|for|her|"
    "better|further|per|"
    "wonder|water|member state|semiconductor|transistor|indicator|locker|charger|reminder|voucher|"
    "partner company|list|event|patent|restaurant|plant|content|accident|incident|cent|percent|instant|variant|"
    "constant|grant|giant|quadrant|warrant|current|accent|tent|continent|ingredient|talent|present|element|extent|"
    "coefficient|gradient|descent|card|board|standard|record|yard|ward|award|orchard|billboard|keyboard|dashboard|"
    "leaderboard|postcard|hazard|coffee|tree|fee|degree|guarantee|committee|employee record|movement|moment|comment|"
    "document|item|german|roman|talisman|consent|event|antidepressant|deodorant|hydrant|pendant|mutant|pollutant|"
    "disinfectant|fragrance|grad course|meter|liter|kilometer|centimeter|millimeter|finger|flower|ladder|ledger|folder|"
    "manor|meteor|mirror|rotor|corridor|harbor|tenor|anchor|error|terror|mortgage|prior|minor|interior|exterior|"
    "semester|trimester|october|november|december|september|winter|summer|weather|dinner|supper|paper|trailer|"
    "freezer|cooker|toaster|heater|scanner|computer|laptop|phaser|laser|bumper|helicopter|tanker|freighter|"
    "boiler|compiler|driver version|docker container|hanger|burger|border|cover|water|layover|makeover|takeover|"
    "turnover|river|silver|liver|corner|banner|scooter|metre|litre|master|feeder|blender|cylinder|calendar|"
    "reactor|inverter|generator|elevator|refrigerator|radiator|simulator|ventilator|operator panel|trigger"
)
"""What ends like a noun for people and is none."""

PERSON = rf"(?:{any_word(PEOPLE)}|{PEOPLE_ENDINGS}|{LEADS}|{KINDS_OF_PEOPLE})"
"""A pattern for any noun for people."""

BETWEEN = rf"(?:(?!{any_word(sorted(NOT_IN_BETWEEN))} )[a-z]+(?:'[a-z]+)? ){{0,3}}"
"""A pattern for the words between a number and the people that it counts."""

COUNTED_PEOPLE = rf"(?P<n>NUM) (?:of (?:our|the|my|their|its) )?(?:GPU )?{BETWEEN}{PERSON}"
"""A pattern for people with their number."""
