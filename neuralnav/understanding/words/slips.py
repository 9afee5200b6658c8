"""Words of commands that are mended when mistyped, and short forms that people type for words."""

from __future__ import annotations

from neuralnav.understanding.words.tables import word_set


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split(": ") for pair in text.split(", "))


COMMANDS = word_set(
    "compare difference choose second third first fourth option number explain confirm cancel retry again restart "
    "start status cheapest fastest balanced scenario replica recommended reject please thanks between specification "
    "instead remember previous deployment continue scale"
)
"""Mended where that makes a reply clear. No word that approves or takes away is among them."""

APPROVING = word_set("approve approved approval deploy")
"""A slip of one of these is asked about."""

RIGHT_AS_TYPED = word_set("retire revert restore scale decommission undeploy")
"""Words of orders that lie close to words of requests: they are left as typed."""

CONTRACTIONS = _pairs(
    "lets: let us, lemme: let me, gimme: give me, whats: what is, thats: that is, u: you, ur: your, nr: number, "
    "hows: how is, wheres: where is, whos: who is, wasnt: wasn't, didnt: didn't, shouldnt: shouldn't, wouldnt: "
    "wouldn't, couldnt: couldn't, arent: aren't, havent: haven't, hasnt: hasn't"
)
"""Contractions as typed in haste: they are always read so."""

SHORT_FORMS = _pairs(
    "wich: which, whcih: which, waht: what, hwo: how, yuo: you, adn: and, teh: the, hte: the, num: number, btw: "
    "between, btwn: between, pic: pick, pik: pick, tkae: take, taek: take, tke: take, opt: option, wat: what, "
    "wht: what, y: yes, wy: why, hw: how, n: no, cuz: because, iz: is, da: the, diff: difference, cmp: compare, "
    "plez: please, cancle: cancel, bak: back, bcak: back, satrt: start, agian: again, agin: again, frist: first, "
    "scnd: second, thrid: third, yse: yes, id: i would, ill: i will, weve: we have, tanks: thanks, tnx: thanks, "
    "confrim: confirm, kk: ok, okey: ok, oki: ok, oke: ok, okie: ok, alrighty: alright, yess: yes"
)
"""Typed forms and what they stand for."""
