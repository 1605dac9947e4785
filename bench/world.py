"""Who acts in the benchmarks, and the rows they act on: a generated volume, or the test database with one bundle."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from django.db.models import Model
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import Jurisdiction, Office, Organisation, User
from foreignwork.cases import clock
from foreignwork.cases.events import digest
from foreignwork.cases.models import BundleItem, Case, CaseEvent
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, Foreigner
from foreignwork.dossiers.models import Document
from foreignwork.policies.models import PolicyVersion
from foreignwork.portal.models import FilingDraft
from foreignwork.workflow import turns as carrying
from foreignwork.workflow.perform import perform
from tests.signin import force_login

from .measure import FURTHEST

MATERIALS = 40


@dataclass
class World:
    """``volume`` names how many cases there are; ``cast`` the demo's people on this database."""

    volume: str
    cast: Cast
    notes: Path | None = None
    """where the cases made for the benchmarks are noted: made once for each volume, so that it does not grow by being measured"""
    furthest: int = FURTHEST
    """the page of what has ended that is looked at, where there are as many"""

    @classmethod
    def on_this_database(cls, volume: str, pack: str = "gansu") -> World:
        """The cast that ``generate`` put here."""
        policy = (
            PolicyVersion.objects.select_related("jurisdiction")
            .filter(pack_code=pack)
            .latest("effective_from")
        )
        cast = Cast(jurisdiction=Jurisdiction.objects.get(code=policy.jurisdiction.code), policy=policy)
        for user in User.objects.filter(username__startswith="agent-"):
            key = user.username.removeprefix("agent-")
            cast.agents[key] = user
            cast.firms[key] = Organisation.objects.get(memberships__user=user)
        for office in Office.objects.all():
            for desk in ("reception", "review", "decide", "handle"):
                found = User.objects.filter(username=f"{office.code}-{desk}").first()
                if found:
                    cast.officers[office.code, desk] = found
        return cls(volume, cast, Path(os.environ["FOREIGNWORK_VAR"]) / "world.json")

    def _once(self, name: str, make: Callable[[], Case]) -> Case:
        """The case of this name, as the run before left it; else made and noted."""
        known = json.loads(self.notes.read_text()) if self.notes and self.notes.exists() else {}
        if name not in known:
            known[name] = make().pk
            if self.notes:
                self.notes.write_text(json.dumps(known))
        return Case.objects.select_related("office").get(pk=known[name])

    @cached_property
    def at(self) -> datetime:
        return clock.now()

    @cached_property
    def person(self) -> Foreigner:
        """Somebody nobody has filed for."""
        return replace(ANNA, number=f"DB{uuid.uuid4().int % 10**7:07d}")

    def client(self, user: User) -> Client:
        """Signed in, and the session noted as in use: that is written once in a while, not with every request."""
        client = Client()
        force_login(client, user)
        client.get(reverse("portal:landing"))
        return client

    @cached_property
    def draft(self) -> FilingDraft:
        """A filing with every answer given and every material uploaded: one button is left."""
        engagement = stage.engage(self.cast, "university", self.person, at=self.at)
        form = stage.filing(self.cast, engagement, self.person, at=self.at)
        stage.hand_in(self.cast, form, self.person, at=self.at)
        answers: dict[str, Any] = {"matters": list(form.matters), **form.answers}
        for code, _question in self.cast.policy.pack.asked(answers):
            answers.setdefault(code, False if code == "treaty_exempt" else None)
        return FilingDraft.objects.create(
            user=self.cast.agents["university"],
            engagement=engagement,
            jurisdiction=self.cast.jurisdiction,
            answers=answers,
            updated_at=self.at,
        )

    def submit(self) -> Callable[[], None]:
        """Press the button of the filing, over HTTP with everything in between but the socket."""
        client, page = (
            self.client(self.cast.agents["university"]),
            reverse("portal:check", args=[self.draft.pk]),
        )

        def press() -> None:
            answer = client.post(page, {"key": uuid.uuid4().hex})
            assert answer.status_code == 302, answer.content.decode()

        return press

    @cached_property
    def long(self) -> Case:
        """A case like ``accepted`` with a hundred events, each with what somebody wrote, and forty materials, each with its file: rows
        only, of no meaning."""
        return self._once("long, with files", self._long)

    def _long(self) -> Case:
        other = replace(self.person, number=f"DL{uuid.uuid4().int % 10**7:07d}")
        bundle = stage.file(self.cast, "energy", other, at=self.at)
        case = Case.objects.get(bundle=bundle, matter=self.cast.policy.pack.required_matters()[0])
        last = CaseEvent.objects.get(case=case, seq=case.version)
        events = []
        for seq in range(case.version + 1, 101):
            event = CaseEvent(**_like(last, but={"seq", "prev_hash", "hash", "source", "xid", "sealed"}))
            event.seq, event.source, event.prev_hash = seq, last.target, last.hash
            event.crypt_id, event.sealed = uuid.uuid4(), {"remark": f"第{seq}次核对"}
            event.hash = digest(event, carrying._ciphertext(event))
            events.append(event)
            last = event
        CaseEvent.objects.bulk_create(events)
        Case.objects.filter(pk=case.pk).update(version=100, head_hash=last.hash)
        have = BundleItem.objects.filter(bundle=bundle)
        file = Document.objects.filter(pk__in=have.values("document")).latest("pk")
        # As many as the pack has names for are files of their own kind; the rest the system has made.
        known = set(have.values_list("code", flat=True))
        more = [code for code in self.cast.policy.pack.materials if code not in known][
            : MATERIALS - len(known)
        ]
        files = Document.objects.bulk_create(
            Document(
                **_like(file, but={"kind", "filename"}),
                kind=code,
                filename=f"{code}.pdf",
                crypt_id=uuid.uuid4(),
            )
            for code in more
        )
        items = [BundleItem(code=row.kind, document=row) for row in files]
        items += [
            BundleItem(code=f"bench-{n}", by_system=True) for n in range(len(known) + len(more), MATERIALS)
        ]
        for item in items:
            item.bundle, item.for_matters = bundle, [case.matter]
        BundleItem.objects.bulk_create(items)
        return case

    @cached_property
    def accepted(self) -> Case:
        """A work permit's case that waits for its first review."""
        return self._once("accepted", self._accepted)

    def _accepted(self) -> Case:
        other = replace(self.person, number=f"DC{uuid.uuid4().int % 10**7:07d}")
        bundle = stage.file(self.cast, "university", other, at=self.at)
        required = self.cast.policy.pack.required_matters()[0]
        case = Case.objects.select_related("office").get(bundle=bundle, matter=required)
        for action in ("pre_review", "accept"):
            user = self.cast.officer(case, "reception")
            perform(case_id=case.pk, action=action, actor=stage.actor(user, self.at), at=self.at, data={})
        return case


def _like(row: Model, *, but: set[str]) -> dict[str, Any]:
    """The row's columns, to make another of; what it alone can have is left out."""
    names = (entry.attname for entry in row._meta.local_concrete_fields if not entry.primary_key)
    return {name: getattr(row, name) for name in names if name not in but | {"crypt_id"}}
