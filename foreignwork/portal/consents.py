"""个人信息的告知和同意, as applicants and the person read it: on the page that files, and on the dossier."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import get_language

from foreignwork.accounts.models import Office
from foreignwork.cases.law import in_words
from foreignwork.dossiers.models import Consent, Dossier
from foreignwork.policies.pack import Pack
from foreignwork.workflow.consents import newest, told

from .words import listed


def told_lines(pack: Pack, matters: Collection[str], ticked: Sequence[str]) -> list[dict[str, Any]]:
    """What the page that files tells, each with the matters it concerns; those that ask for consent have a box."""
    language = get_language()
    return [
        {
            "code": one.code,
            "name": one.entry.name.pick(language),
            "text": one.entry.text.pick(language),
            "matters": listed(pack.matters[code].name.pick(language) for code in one.matters),
            "asks": one.asks,
            "ticked": one.code in ticked,
            "cites": in_words("；".join(one.entry.cites)),
        }
        for one in told(pack, matters)
    ]


def consents_of(dossier: Dossier, packs: Sequence[Pack]) -> list[dict[str, Any]]:
    """What counts today, by purpose: who receives, on which basis, who recorded it. Two queries."""
    language, found = get_language(), dict[str, dict[str, Any]]()
    for row in newest(dossier):
        entry = next((pack.processing[row.purpose] for pack in packs if row.purpose in pack.processing), None)
        line = found.setdefault(
            row.purpose,
            {
                "code": row.purpose,
                "name": entry.name.pick(language) if entry else row.purpose,
                "text": entry.text.pick(language) if entry and entry.version == row.text_version else "",
                "basis": row.get_basis_display(),
                "asked": row.basis == Consent.Basis.CONSENT,
                "given": False,
                "recipients": [],
                "row": row,
            },
        )
        line["recipients"].append(row.recipient)
        line["given"] = line["given"] or row.given
        line["row"] = max(line["row"], row, key=lambda one: one.pk)
    offices = {name for line in found.values() for name in line["recipients"]}
    names = {row.name_zh: row.name for row in Office.objects.filter(name_zh__in=offices)}
    return [
        {**line, "recipients": listed(names.get(name, name) for name in line["recipients"])}
        for line in found.values()
    ]
