"""What every walk through a flow uses: how steps are prepared, and data that the kind of a field does not tell."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from foreignwork.accounts.models import Office, Post, User
from foreignwork.cases.context import Context
from foreignwork.cases.forms import SupplementForm
from foreignwork.cases.models import Case, Entitlement
from foreignwork.demo import cast as stage
from foreignwork.demo.people import ANNA
from foreignwork.notices.models import Notice
from foreignwork.workflow import facts


def answered(case: Case, at: datetime) -> None:
    """New files for what the supplement asked."""
    for row in case.supplement_items.filter(answered_at=None):
        stage.upload(case.engagement, ANNA, row.item, "补正材料", scope="person", at=at)  # type: ignore[arg-type]
        document = case.dossier.documents.latest("pk")  # type: ignore[union-attr]
        case.bundle.items.filter(code=row.item).update(document=document)  # type: ignore[union-attr]


def entered(case: Case, at: datetime) -> None:
    facts.record(case.dossier, kind="entered", on=at.date(), by=None, at=at)  # type: ignore[arg-type]


def ended(rows: Any, case: Case, at: datetime) -> None:
    rows.filter(status="active").update(
        status="ended", ended_on=at.date(), ended_by=case, end_reason="cancel"
    )


def permit_ends(case: Case, at: datetime) -> None:
    ended(Entitlement.objects.filter(dossier=case.dossier, matter="permits"), case, at)


def permit_comes_again(case: Case, at: datetime) -> None:
    rows = Entitlement.objects.filter(dossier=case.dossier, matter="permits")
    rows.update(status="active", ended_on=None, ended_by=None, end_reason="")


def printed(case: Case, at: datetime) -> None:
    Notice.objects.filter(case=case, status="queued").update(status="issued", issued_at=at)


def ask_one(context: Context, at: datetime) -> dict[str, Any]:
    """A supplement of one item, so that another is left that could be asked later."""
    code = SupplementForm(context=context).askable()[0]
    others = {f"ask_{other.code}": "" for other in context.items}
    return {**others, f"ask_{code}": "on", f"reason_{code}": "missing", f"note_{code}": "请附中文翻译件"}


def extra(office_id: int, name: str, *roles: str) -> User:
    """One more colleague: what needs somebody else than those who acted."""
    user = User.objects.create(username=f"{name}-{office_id}", kind="staff", display_name="周增派")
    for role in roles:
        Post.objects.create(user=user, office_id=office_id, role=role, from_on=date(2025, 1, 1))
    return user


def colleagues(offices: set[Office]) -> list[User]:
    """A second officer for the posts of licensing, in each office."""
    found = []
    for office in sorted(offices, key=lambda one: one.pk):
        found.append(extra(office.pk, "extra", "acceptance_officer", "first_reviewer", "second_reviewer"))
        found.append(extra(office.pk, "extra-decider", "decider"))
    return found
