"""Every row that belongs to a bundle, found by following foreign keys towards it, whatever app declares them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q

from foreignwork.cases.models import Bundle
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
    """One bundle with all its rows as the database holds them (sealed columns as ciphertext, keyed by ``attname``)."""

    bundle: Bundle
    rows: Rows = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def ids(self, model: type[models.Model]) -> set[Any]:
        name = _pk(model).attname
        return {row[name] for row in self.rows.get(model, [])}


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


def harvest(bundle: Bundle) -> Harvest:
    """Read the bundle, its dossier and engagements, and whatever hangs on them."""
    found = Harvest(bundle)
    for row in (bundle.dossier, bundle.engagement, bundle):
        _add(found, type(row), Q(pk=row.pk))
    growing = True
    while growing:  # every model is followed in each round: any() over a generator would stop at the first
        growing = sum(_follow(found, model) for model in ours()) > 0
    keys = [f"event:{row['case_id']}:{row['seq']}" for row in _named(found, "cases.caseevent")]
    keys += [f"render:{row['id']}" for row in _named(found, "notices.notice")]
    found.messages = [dict(row) for row in OutboxMessage.objects.filter(key__in=keys).values()]
    return found


def _named(found: Harvest, label: str) -> list[dict[str, Any]]:
    return found.rows.get(apps.get_model(label), [])


def _follow(found: Harvest, model: type[models.Model]) -> bool:
    """Add rows of ``model`` that point to something found; True when there were new ones."""
    new = False
    for key in foreign_keys(model):
        target = key.remote_field.model
        if target in found.rows and target._meta.label_lower not in {"vault.datakey", "vault.blob"}:
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
