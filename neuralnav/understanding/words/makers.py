"""Who makes models, and where they sit.

The country is that of the maker's head office (ISO 3166-1 alpha-2), as it states on its own site or in its filings:
what a person means who wants no models "from" a country. A maker without one cannot be placed, and so counts neither
as of a country nor as surely not of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.understanding.words.tables import word_set


@dataclass(frozen=True)
class Maker:
    """Who makes models: ``name`` is the catalogue's in lower case, ``spelling`` how people write it (a pattern)."""

    name: str
    spelling: str
    country: str | None


MAKERS = (
    Maker("alibaba cloud", r"alibaba(?: cloud)?", "CN"),
    Maker("deepseek", r"deepseek", "CN"),
    Maker("moonshot ai", r"moonshot(?: ai)?", "CN"),
    Maker("minimax", r"minimax", "CN"),
    Maker("z.ai", r"zhipu(?: ai)?", "CN"),
    Maker("01.ai", r"01 ai", "CN"),
    Maker("baichuan", r"baichuan", "CN"),
    Maker("shanghai ai lab", r"shanghai ai lab(?:oratory)?", "CN"),
    Maker("baidu", r"baidu", "CN"),
    Maker("xiaomi", r"xiaomi", "CN"),
    Maker("tencent", r"tencent", "CN"),
    Maker("meta", r"meta|facebook", "US"),
    Maker("microsoft", r"microsoft", "US"),
    Maker("google", r"google|deepmind", "US"),
    Maker("openai", r"open ?ai", "US"),
    Maker("nvidia", r"nvidia", "US"),
    Maker("ibm", r"ibm", "US"),
    Maker("hugging face", r"hugging ?face", "US"),
    Maker("ai2", r"ai2|allen ai|allen institute", "US"),
    Maker("databricks", r"databrick", "US"),
    Maker("lmsys", r"lmsys", "US"),
    Maker("mistral ai", r"mistral(?: ai)?", "FR"),
    Maker("cohere", r"cohere", "CA"),
    Maker("ai21", r"ai21", "IL"),
    Maker("tii", r"tii", "AE"),
    Maker("lg", r"lg", "KR"),
    Maker("upstage", r"upstage", "KR"),
    Maker("swiss ai", r"swiss ai", "CH"),
    Maker("bigcode", r"bigcode", None),
)

_EU = word_set("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK")

ORIGINS = {
    r"chinese|china|prc|beijing": word_set("CN HK"),
    r"american|usa|u s|us|us based|united states|america": word_set("US"),
    r"north american": word_set("US CA"),
    r"eu|european union|eu based": _EU,
    r"european|europe": _EU | word_set("CH GB NO IS"),
    r"french|france": word_set("FR"),
    r"german|germany": word_set("DE"),
    r"british|uk": word_set("GB"),
    r"swiss|switzerland": word_set("CH"),
    r"canadian|canada": word_set("CA"),
    r"korean|south korean|korea": word_set("KR"),
    r"israeli|israel": word_set("IL"),
    r"emirati|uae": word_set("AE"),
    r"asian|asia": word_set("CN HK JP KR TW SG IN"),
}
"""What people call a place (a pattern over canonical words), to the countries that it is."""
