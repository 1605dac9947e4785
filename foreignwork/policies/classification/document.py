"""An advice as JSON: what ``manage.py classify`` prints and an interface may hand on."""

from __future__ import annotations

from typing import Any

from ..pack import Pack
from ..schema import Text
from .advice import Advice
from .points import FactorScore
from .routes import Missing, RouteFinding


def document(advice: Advice, pack: Pack) -> dict[str, Any]:
    """Plain JSON data; every text as ``{zh, en}``. ``category`` is null when no class is reached."""
    return {
        "category": advice.category or None,
        "possible": list(advice.possible),
        "sentences": [_text(text) for text in advice.sentences],
        "routes_met": [_route(route) for route in advice.of("met")],
        "routes_discretion": [_route(route) for route in advice.of("discretion")],
        "routes_near": [_route(route) for route in advice.of("near")],
        "points": {
            "total": advice.points,
            "of": advice.standard.points.total,
            "factors": [_factor(factor) for factor in advice.factors],
        },
        "evidence": [
            {"code": code, **_text(entry.text), "material": entry.material, "uncertain": entry.uncertain}
            for code, entry in advice.evidence.items()
        ],
        "uncertain": [_text(text) for text in advice.uncertain],
        "standard": {
            "name": _text(advice.standard.name),
            "pack": pack.meta.code,
            "version": pack.meta.version,
            "cites": list(advice.standard.cites),
        },
        "disclaimer": _text(advice.standard.disclaimer),
    }


def _text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _route(route: RouteFinding) -> dict[str, Any]:
    return {
        "code": route.code,
        "class": route.category,
        **_text(route.text),
        "alternatives": [_text(text) for text in route.grounds],
        "reasons": [_text(text) for text in route.reasons],
        "missing": [_missing(entry) for entry in route.missing],
        "evidence": list(route.evidence),
        "uncertain": [_text(text) for text in route.uncertain],
        "cites": list(route.cites),
    }


def _missing(entry: Missing) -> dict[str, Any]:
    return {
        **_text(entry.need),
        "stated": entry.stated,
        "note": _text(entry.note) if entry.note else None,
        "evidence": list(entry.evidence),
    }


def _factor(factor: FactorScore) -> dict[str, Any]:
    return {
        "code": factor.code,
        **_text(factor.text),
        "score": factor.score,
        "cap": factor.cap,
        "stated": factor.stated,
        "uncertain": factor.uncertain,
        "note": _text(factor.note) if factor.note else None,
        "evidence": list(factor.evidence),
    }
