"""From a draft to a filing: which questions are asked, what is answered, what is still open."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.http import Http404

from foreignwork.cases.models import Entitlement
from foreignwork.dossiers.models import DatedFact, Document, DossierVersion
from foreignwork.policies.materials import Item, Need
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack
from foreignwork.policies.schema_filing import Option, Question
from foreignwork.workflow.held import Held, held_for
from foreignwork.workflow.opening import Filing, completed, documents_of, items_of

from .dossiers import newest_work
from .entry import Visit
from .models import FilingDraft

RELATED = ("engagement__dossier__data_key", "engagement__employer", "jurisdiction", "bundle")


def own_draft(visit: Visit, pk: Any) -> FilingDraft:
    """The visitor's own draft, or 404."""
    try:
        wanted = uuid.UUID(str(pk))
    except ValueError:
        raise Http404 from None
    found = FilingDraft.objects.visible_to(visit.actor).select_related(*RELATED).filter(pk=wanted).first()
    if found is None:
        raise Http404
    return found


@dataclass
class Application:
    """A draft beside the pack in force today."""

    draft: FilingDraft
    today: date

    @cached_property
    def policy(self) -> PolicyVersion:
        try:
            return PolicyVersion.objects.in_force(self.draft.jurisdiction.code, self.today)
        except PolicyVersion.DoesNotExist:
            raise Http404 from None

    @property
    def pack(self) -> Pack:
        return self.policy.pack

    @cached_property
    def which(self) -> str:
        """The question whose answer is the list of matters."""
        return next(code for code, q in self.pack.questions.items() if q.options_from == "matters")

    @property
    def given(self) -> Mapping[str, Any]:
        return self.draft.answers

    @property
    def asked(self) -> list[tuple[str, Question]]:
        return self.pack.asked(self.given)

    @property
    def open_questions(self) -> list[str]:
        """Codes of the questions nobody has looked at yet; an optional one may have been left empty."""
        return [code for code, _question in self.asked if code not in self.given]

    @cached_property
    def held(self) -> Held:
        """What the person holds at the employer, where the purpose concerns it."""
        return held_for(self.draft.engagement, self.pack, self.given)

    def options(self, code: str) -> tuple[Option, ...]:
        """The choices of a question that are open to this person under the answers given."""
        return self.pack.options(code, self.given, self.held)

    def keep(self, code: str, answer: Any) -> dict[str, Any]:
        """The answers with this one; a choice of matters it no longer fits is asked again."""
        answers = {**self.given, code: answer}
        chosen = set(answers.get(self.which) or ())
        held = held_for(self.draft.engagement, self.pack, answers)
        fits = chosen <= set(self.pack.offered(answers, held))
        if code != self.which and not (fits and chosen >= set(self.pack.required_matters(answers, held))):
            answers.pop(self.which, None)
        return answers

    @cached_property
    def person(self) -> dict[str, Any]:
        rows = DossierVersion.objects.filter(dossier=self.draft.engagement.dossier_id).order_by("-seq")
        latest = rows.first()
        return dict(latest.facts) if latest else {}

    @cached_property
    def work(self) -> dict[str, Any]:
        found = newest_work([self.draft.engagement_id]).get(self.draft.engagement_id)
        return dict(found.facts) if found else {}

    @cached_property
    def known(self) -> dict[str, Any]:
        """Answers the house knows already from the dossier, by question: asked once, shown with where it is from."""
        found: dict[str, Any] = {self.which: self.pack.offered(self.given, self.held)}
        city = self.draft.engagement.employer.city
        if "city" in self.pack.questions and any(o.value == city for o in self.pack.options("city")):
            found["city"] = city
        found |= self._held_before
        for fact in DatedFact.objects.filter(dossier=self.draft.engagement.dossier_id).order_by(
            "recorded_at", "id"
        ):
            found[f"{fact.kind}_on"] = fact.on.isoformat()
            if fact.kind == DatedFact.Kind.ENTERED:
                found["person_in_china"] = True
        return found

    @property
    def proposed(self) -> dict[str, Any]:
        """Answers that were proposed and are still among the choices; they count only when the applicant gives them."""
        return {
            code: value
            for code, value in self.draft.suggested.items()
            if code in self.pack.questions and value in {option.value for option in self.options(code)}
        }

    @property
    def _held_before(self) -> dict[str, bool]:
        """Yes to the questions that ask for something once granted here. No row says nothing: it may be elsewhere."""
        wanted = {q.held_of: code for code, q in self.pack.questions.items() if q.held_of}
        if not wanted:
            return {}
        rows = Entitlement.objects.filter(dossier=self.draft.engagement.dossier_id, matter__in=wanted)
        return {wanted[matter]: True for matter in set(rows.values_list("matter", flat=True))}

    @property
    def filing(self) -> Filing:
        """What would be filed now: answers to questions no longer asked are left out."""
        asked = {code for code, _question in self.asked}
        answers = {
            code: value
            for code, value in self.given.items()
            if code in asked and code != self.which and value not in (None, "")
        }
        matters = self.given.get(self.which) or self.pack.required_matters(self.given, self.held)
        filing = Filing(
            jurisdiction=self.draft.jurisdiction,
            employer=self.draft.engagement.employer,
            engagement=self.draft.engagement,
            matters=tuple(code for code in self.pack.matter_codes() if code in matters),
            answers=answers,
            seen=frozenset(self.draft.seen),
        )
        return completed(filing, self.pack, self.held)

    @cached_property
    def items(self) -> list[Item]:
        return items_of(self.filing, self.pack, self.documents, self.today)

    @cached_property
    def documents(self) -> dict[str, Document]:
        return documents_of(self.draft.engagement)

    @property
    def to_upload(self) -> list[Item]:
        """Every item that is a file of the applicant's, also what lies in the dossier already."""
        return [row for row in self.items if row.uploaded]

    @property
    def on_paper(self) -> list[Item]:
        """Every item that is brought on paper."""
        return [row for row in self.items if row.need is Need.PAPER]

    @property
    def missing(self) -> list[Item]:
        return [row for row in self.items if row.need in (Need.UPLOAD, Need.EXPIRED)]

    def look_again(self) -> None:
        """Files were kept: what is on file is read anew."""
        for name in ("documents", "items"):
            self.__dict__.pop(name, None)
