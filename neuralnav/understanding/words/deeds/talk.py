"""How people say that somebody talks with the model."""

from __future__ import annotations

from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.words.deeds.deed import Deed
from neuralnav.understanding.words.tables import any_of

_ASKERS = any_of(
    "customer, client, guest, visitor, patient, citizen, student, pupil, resident, tenant, "
    "passenger, member, fan, user, "
    "people, caller, shopper, employee, staff, colleague, learner, traveler, traveller, applicant, "
    "buyer, player, donor, "
    "subscriber, child, kid, teenager, parent, farmer, voter, taxpayer, they, anyone, everybody, everyone, we"
)
_TALK = any_of(
    "talk, chat, speak, converse, banter, message, text, write in, phone, ring, call in, chatter, discuss, practise, "
    "practice, confide, small talk, role play, roleplay, bounce idea"
)

TALK_DEEDS = (
    Deed(
        UseCase.CHATBOT,
        3,
        rf"{_ASKERS} (?:can |could |to |will |may |should |who |would |want to |just |like to )*{_TALK}",
    ),
    Deed(
        UseCase.CHATBOT,
        2,
        rf"{_TALK} (?:to|with|back|about) (?!(?:our|the|my|their) (?:\w+ )?(?:document|pdf|contract))",
    ),
    Deed(
        UseCase.CHATBOT, 2, r"talk(?:ing)? to (?:them|people|customer|it|him|her)|suggest(?:ed)? reply|reply suggestion"
    ),
    Deed(
        UseCase.CHATBOT,
        2,
        r"(?:reply|respond|answer)(?:ing)? (?:to )?(?:\w+ )?(?:customer|caller|guest|visitor|patient|"
        r"citizen|fan|player|"
        r"member|follower|student|tenant|shopper|client)",
    ),
    Deed(
        UseCase.CHATBOT,
        2,
        r"(?:hotline|callcenter|contact center|front desk|reception|switchboard|service counter) ?\w*",
    ),
    Deed(UseCase.CHATBOT, 2, r"chat window|small talk|agony aunt|npc|game character|role ?play\w*"),
    Deed(
        UseCase.CHATBOT,
        2,
        r"(?:phone|ring|write|message|email|call) (?:us|in)(?= )|(?:same|everyday|routine|common) (?:question|thing)",
    ),
    Deed(UseCase.CHATBOT, 3, r"kundenchat|kundenservice|kundendienst|chatten|chatroboter"),
    Deed(
        UseCase.CHATBOT,
        1,
        r"(?:question|inquiry|enquiry|complaint|request) (?:from|of|by) (?:our |the )?\w+|answer question",
    ),
    Deed(
        UseCase.CHATBOT,
        1,
        r"chatter|companion|persona|buddy|mentor|copilot|assistant|helper|coach|receptionist|virtual \w+|talk|"
        "conversation|dialogue|chat|bot",
    ),
    Deed(
        UseCase.CHATBOT,
        2,
        r"(?:whatsapp|telegram|messenger|discord|sms|wechat|slack|phone line|hotline|alexa|kiosk)",
    ),
    Deed(
        UseCase.CHATBOT,
        2,
        r"(?:ask|asking) (?:\w+ ){0,4}(?:same|all sort|everything|anything|about|whether|when|where|if|question)",
    ),
    Deed(
        UseCase.CHATBOT,
        2,
        r"(?:answer|handle|field|deal with|take care of|reply to|respond to|help with) (?:\w+ ){0,"
        "4}(?:question|inquiry|enquiry|call|complaint|request|message|query|customer|guest|visitor|"
        "stuff)",
    ),
    Deed(
        UseCase.CHATBOT,
        1,
        r"front desk|customer|guest|visitor|shopper|caller|greet|friendly|self service|round the clock|OPAQUE",
    ),
    Deed(UseCase.CHATBOT, 3, r"(?:can|could|may|will|to|would) (?:just )?(?:talk|chat|speak|converse) (?:to|with)"),
    Deed(UseCase.CHATBOT, 2, r"chatter|chatting|small talker|penpal"),
)
