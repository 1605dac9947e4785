"""Names of countries and regions for the three-letter codes of a passport (ISO 3166-1, ICAO 9303 part 3), by pycountry."""

from __future__ import annotations

import gettext
from functools import lru_cache

import pycountry

# ICAO 9303 codes that ISO 3166-1 does not have.
ICAO = {
    "D": "DEU",
    "GBD": "GBR",
    "GBN": "GBR",
    "GBO": "GBR",
    "GBP": "GBR",
    "GBS": "GBR",
}


@lru_cache(maxsize=1)
def _chinese() -> gettext.NullTranslations:
    return gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["zh_CN"])


@lru_cache(maxsize=1024)
def country_name(code: str, language: str = "zh") -> str:
    """The name in Chinese, or in English for ``en…``; an unknown code (UNO, XXA …) is returned as it is."""
    found = pycountry.countries.get(alpha_3=ICAO.get(code, code))
    if found is None:
        return code
    if language.startswith("en"):
        return str(getattr(found, "common_name", found.name))
    return str(_chinese().gettext(found.name))
