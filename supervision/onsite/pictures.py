"""Evidence as the record's paper prints it. In Chinese, the authentic language. Notes of interviews stay sealed in the file: the paper
goes to the firm, and what one person said there is not its business."""

from __future__ import annotations

from typing import Any

from foreignwork.cases.clock import SHANGHAI

SIGNED = {"sign_lead": "主检人员签字", "sign_second": "协检人员签字", "sign_firm": "被检查单位签字"}


def _rows(case: Any, *kinds: str) -> list[Any]:
    return list(case.evidence.filter(kind__in=kinds).order_by("seq"))


def _when(row: Any) -> str:
    return f"{row.taken_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def signatures(case: Any) -> list[dict[str, str]]:
    order = list(SIGNED)
    rows = sorted(_rows(case, *order), key=lambda row: order.index(row.kind))
    return [
        {"kind": "signature", "blob": row.blob_id, "caption": SIGNED[row.kind], "note": _when(row)}
        for row in rows
    ]


def photographs(case: Any) -> list[dict[str, str]]:
    """With time, place and the hash of the original, so that anyone who is shown the original can compare."""
    found = []
    for n, row in enumerate(_rows(case, "photo"), 1):
        detail = row.detail or {}
        said = f"：{detail['text']}" if detail.get("text") else ""
        where = "，未定位"
        if "lat" in detail and "lon" in detail:
            within = f"（误差约{round(detail['accuracy'])}米）" if detail.get("accuracy") else ""
            where = f"，北纬{detail['lat']:.5f}、东经{detail['lon']:.5f}{within}"
        caption, note = f"照片{n}{said}", f"{_when(row)}{where}\nSHA-256 {row.sha256}"
        found.append({"kind": "photo", "blob": row.blob_id, "caption": caption, "note": note})
    return found


def interviews(case: Any) -> int:
    return case.evidence.filter(kind="interview").count()


def in_words(shots: list[dict[str, str]], talks: int) -> list[str]:
    said = [f"现场照片{len(shots)}张，附于本笔录。"] if shots else []
    return [*said, f"询问记录{talks}份，存入案卷。"] if talks else said
