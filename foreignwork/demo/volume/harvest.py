"""Every row that belongs to a person's dossier, or to a case without one, found by following foreign keys towards it,
whatever app declares them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q

from foreignwork.cases.models import Bundle, Case
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.demo.scenes import twins
from foreignwork.dossiers.models import Dossier
from foreignwork.outbox.models import OutboxMessage

Rows = dict[type[models.Model], list[dict[str, Any]]]
NEVER = {
    "cases.requestkey",
    "portal.filingdraft",
    "dossiers.nametoken",
    "dossiers.dossiermatch",
    "appointments.appointment",
}
"""Rows of a request or a draft, indexes that each copy makes anew, and seats at a window, of which there are only so many."""


@dataclass
class Harvest:
    """A dossier with its filings, or a case without one, with all rows as the database holds them (sealed columns as
    ciphertext, keyed by ``attname``). ``data_keys`` seal them; a copy puts another firm in the place of ``employer``, and
    that firm's own row in the place of each of its ``twins`` (by model: its line in a register).
    """

    jurisdiction: int
    employer: int
    data_keys: frozenset[UUID]
    begun: datetime
    dossier: Dossier | None = None
    twins: dict[type[models.Model], int] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def ids(self, model: type[models.Model]) -> set[Any]:
        name = _pk(model).attname
        return {row[name] for row in self.rows.get(model, [])}

    def named(self, label: str) -> list[dict[str, Any]]:
        """The rows of the model ``label`` ("notices.notice")."""
        return self.rows.get(apps.get_model(label), [])

    @property
    def at_rest(self) -> bool:
        """Decided or closed, every case, and no limit waits for anything: nothing of it is on an officer's table."""
        rows = self.named("cases.case")
        return all(row["phase"] not in OPEN_PHASES and row["due_on"] is None for row in rows)

    @property
    def states(self) -> set[tuple[str, str]]:
        """(matter, state) of its cases."""
        matter = {row["id"]: row["matter"] for row in self.named("cases.case")}
        return {
            (matter[row["case_ptr_id"]], row["state"])
            for model, rows in self.rows.items()
            if model is not Case and issubclass(model, Case)
            for row in rows
        }


def _pk(model: type[models.Model]) -> Any:
    assert model._meta.pk is not None
    return model._meta.pk


@cache
def ours() -> tuple[type[models.Model], ...]:
    """The models of this house, not those of libraries."""
    labels = {
        config.label for config in apps.get_app_configs() if config.name.startswith("foreignwork")
    } | set(settings.MATTERS)
    return tuple(
        model
        for model in apps.get_models()
        if model._meta.app_label in labels and model._meta.label_lower not in NEVER and model._meta.managed
    )


def foreign_keys(model: type[models.Model]) -> Iterator[Any]:
    for entry in model._meta.local_concrete_fields:
        if isinstance(entry, models.ForeignKey):
            yield entry


def of_dossier(bundle: Bundle) -> Harvest:
    """The person's dossier, his engagements and filings, and whatever hangs on them."""
    dossier = bundle.dossier
    found = Harvest(
        bundle.jurisdiction_id,
        bundle.employer_id,
        frozenset({dossier.data_key_id}),
        dossier.opened_at,
        dossier,
        _twins(bundle.jurisdiction_id, bundle.employer_id),
    )
    return _gathered(found, [dossier, bundle.engagement, bundle])


def of_cases(*cases: Case) -> Harvest:
    """Cases about an organisation, the oldest first: no person stands in them."""
    first, place = cases[0], cases[0].office.jurisdiction_id
    assert first.subject_org_id
    keys = frozenset(case.data_key_id for case in cases if case.data_key_id)
    own = _twins(place, first.subject_org_id)
    return _gathered(Harvest(place, first.subject_org_id, keys, _opened(first), twins=own), cases)


def _twins(place: int, firm: int) -> dict[type[models.Model], int]:
    return {model: pk for model, made in twins().items() for pk in made(place, [firm]).values()}


def _opened(case: Case) -> datetime:
    at: datetime = case.events.order_by("seq").values_list("at", flat=True)[0]
    return at


def _gathered(found: Harvest, roots: Iterable[models.Model]) -> Harvest:
    for row in roots:
        _add(found, type(row), Q(pk=row.pk))
    followed: dict[tuple[type[models.Model], str], int] = {}
    growing = True
    while growing:  # every model is followed in each round: any() over a generator would stop at the first
        growing = sum(_follow(found, model, followed) for model in ours()) > 0
    keys = [f"event:{row['case_id']}:{row['seq']}" for row in found.named("cases.caseevent")]
    keys += [f"render:{row['id']}" for row in found.named("notices.notice")]
    found.messages = [dict(row) for row in OutboxMessage.objects.filter(key__in=keys).values()]
    return found


def _follow(
    found: Harvest, model: type[models.Model], followed: dict[tuple[type[models.Model], str], int]
) -> bool:
    """Add rows of ``model`` that point to something found since it was last looked at; True when there were new ones."""
    new = False
    for key in foreign_keys(model):
        target = key.remote_field.model
        if target in found.rows and target._meta.label_lower not in {"vault.datakey", "vault.blob"}:
            have = len(found.rows[target])
            if followed.get((model, key.name)) != have:
                followed[model, key.name] = have
                new |= _add(found, model, Q(**{f"{key.name}__in": list(found.ids(target))}))
    return new


def _add(found: Harvest, model: type[models.Model], which: Q) -> bool:
    names = [entry.attname for entry in model._meta.local_concrete_fields]
    known = found.ids(model)
    rows = [
        row
        for row in model._base_manager.filter(which).order_by("pk").values(*names)
        if row[_pk(model).attname] not in known
    ]
    if rows:
        found.rows.setdefault(model, []).extend(rows)
    return bool(rows)
