"""One company's filing and everyone around it, for the access table: whose numbers stand in addresses, what is posted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile

from foreignwork.accounts.models import User
from foreignwork.cases.models import Bundle, Case, Entitlement
from foreignwork.demo import cast as stage
from foreignwork.demo import papers
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.dossiers.models import Document, Engagement
from foreignwork.notices.effects import produce
from foreignwork.notices.models import Notice
from foreignwork.policies import loader
from foreignwork.policies.models import Proposal
from foreignwork.policies.proposals import propose
from foreignwork.portal.credential import SALT
from foreignwork.portal.models import FilingDraft
from foreignwork.rulebook import printing
from foreignwork.rulebook.models import Trial
from foreignwork.rulebook.trials import begin
from permits.models import LegacyImport
from tests.stage import AT, all_met, bring, case_of

from .rows import Row
from .table_supervision import Oversight

NOW = AT + timedelta(hours=1)
PACK_DAY = "2026-04-01"


@dataclass
class Scene:
    """The university's bundle for Anna, a draft for Clara, and the people of the table's columns."""

    cast: Cast
    bundle: Bundle
    case: Case
    engagement: Engagement
    draft: FilingDraft
    notice: Notice
    person: User
    proposal: Proposal
    trial: Trial
    oversight: Oversight | None = None
    at: datetime = NOW
    people: dict[str, User | None] = field(default_factory=dict)

    def who(self, row: Row) -> dict[str, User | None]:
        """The people of the columns; for officers, at the desks the row names."""
        office = self.case.office.code
        other = next(code for code, _desk in self.cast.officers if code not in self.offices)
        return {
            "nobody": None,
            "stranger": self.cast.agents["stranger"],
            "agent": self.cast.agents["university"],
            "person": self.person,
            "elsewhere": self.cast.officers[other, row.with_],
            "colleague": self.cast.officers[office, row.without],
            "officer": self.cast.officers[office, row.with_],
        }

    @property
    def offices(self) -> set[str]:
        return set(self.bundle.cases.values_list("office__code", flat=True))

    def numbers(self, row: Row) -> dict[str, Any]:
        """The arguments of the row's address."""
        dossier, material = self.engagement.dossier.code, self.document.pk
        assert self.oversight is not None
        if (found := self.oversight.numbers(row.about)) is not None:
            return {**found, "step": row.step} if row.step else found
        of = {
            "": {},
            "bundle": {"number": self.bundle.number},
            "case": {"number": self.case.number},
            "case_document": {"number": self.case.number, "pk": material},
            "case_paper": {"number": self.case.number, "pk": self.notice.pk},
            "code": {"code": self.notice.code},
            "company": {"pk": self.engagement.employer_id},
            "document": {"pk": material},
            "dossier": {"code": dossier},
            "draft": {"draft": self.draft.pk},
            "entitlement": {"pk": self.granted},
            "shown": {"token": signing.dumps(self.granted, salt=SALT)},
            "former": {"pk": self.former},
            "after": {"number": self.case.number, "sub_matter": "warn"},
            "opening": {"pk": self.granted, "sub_matter": "revoke"},
            "engagement": {"code": dossier, "engagement": self.engagement.pk},
            "pack_version": {"pk": self.cast.policy.pk},
            "pack_proposal": {"pk": self.proposal.pk},
            "pack_trial": {"pk": self.trial.pk},
            "place": {"place": self.cast.jurisdiction.code},
            "place_matter": {"place": self.cast.jurisdiction.code, "matter": self.case.matter},
            "place_form": {
                "place": self.cast.jurisdiction.code,
                "material": printing.forms_of(self.cast.policy.pack)[0],
            },
            "question": {"draft": self.draft.pk, "code": "category"},
        }[row.about]
        return {**of, "step": row.step} if row.step else of

    @property
    def granted(self) -> int:
        """The entitlement of the case, once it is granted."""
        found = Entitlement.objects.filter(case=self.case).first()
        return found.pk if found else 0

    @property
    def former(self) -> int:
        """A file of former permits that waits, handed in by the reception of the case's office."""
        office, at = self.case.office, self.at
        made, _new = LegacyImport.objects.get_or_create(
            office=office,
            digest="0" * 64,
            defaults={
                "data_key": self.case.data_key,
                "rows": [],
                "good": 0,
                "proposed_by": self.cast.officers[office.code, "reception"],
                "proposed_at": at,
            },
        )
        return int(made.pk)

    @property
    def document(self) -> Document:
        return Document.objects.filter(dossier=self.engagement.dossier, kind="passport").order_by("-pk")[0]

    def posted(self, row: Row) -> dict[str, Any]:
        """What the row posts; every POST carries a key of its own and the version that is on the page."""
        made: dict[str, Callable[[], dict[str, Any]]] = {
            "": dict,
            "language": lambda: {"language": "zh-hans", "next": "/v/"},
            "large": lambda: {"on": "1", "next": "/v/"},
            "company": lambda: {
                "uscc": self.engagement.employer.uscc,
                "address": "示例路 2 号",
                "phone": "0931-1",
            },
            "person": self._person,
            "work": lambda: {**CLARA.work_facts(self.at.date()), "work_city": "lanzhou"},
            "day": lambda: {"kind": "entered", "on": "2026-03-01"},
            "start": lambda: {"engagement": self.draft.engagement_id, "place": self.cast.jurisdiction.code},
            "classify": lambda: {"class-age": "38", "class-education": "master"},
            "answer": lambda: {"category": "B"},
            "material": lambda: {"do": "upload", "file_passport": self._upload()},
            "submit": dict,
            "withdrawal": lambda: {"remark": "不再办理"},
            "consent": lambda: {"purpose": "sensitive"},
            "reveal": lambda: {"purpose": "check"},
            "reveal_desk": lambda: {"facts": ["passport_number"], "purpose": "check"},
            "pack": lambda: {"text": amended("table-2"), "on": PACK_DAY, "reason": "新的承诺"},
            "trial": lambda: {
                "candidate": f"v{self.cast.policy.pk}",
                "since": "2026-01-01",
                "until": "2026-03-10",
            },
            "approve": lambda: {"what": "approve", "reason": "同意"},
            "former": lambda: {"decision": "approve"},
            "recuse": lambda: {"reason": "与申请人有利害关系"},
            "entry": lambda: {"on": "2026-03-01", "seen": "on"},
            "shut": lambda: {"day": "2026-03-12", "do": "close", "reason": "系统维护"},
            "assist": lambda: {"uscc": self.engagement.employer.uscc, "do": "find"},
            "search": lambda: {"q": self.case.number, "number": self.case.number, "kind": "number"},
            "step": lambda: self._step(row.step),
            "opening": lambda: {
                "reasons": ["concealment" if row.about == "after" else "not_qualified"],
                "remark": "学历证书系伪造。",
            },
        }
        return {
            "key": f"key-{row.name}-{row.step}".replace(":", "-"),
            "version": self.case.version,
            **(self._supervision(row.data) or made[row.data]()),
        }

    def _supervision(self, data: str) -> dict[str, Any] | None:
        assert self.oversight is not None
        return self.oversight.posted(data)

    def _person(self) -> dict[str, Any]:
        facts = BRUNO.person_facts(self.at.date())
        return {name: facts[name] for name in ("mrz", "name_zh", "phone", "email")}

    def _upload(self) -> SimpleUploadedFile:
        return SimpleUploadedFile("passport.pdf", papers.sheet("护照", ["样例"]), "application/pdf")

    def _step(self, name: str) -> dict[str, Any]:
        reasons = self.case.policy_version.pack.matters[self.case.matter]
        return {
            "first_review": all_met(self.case),
            "second_review": all_met(self.case),
            "hold": {"ground": "expert_review", "expected_days": "5", "remark": "组织专家评审"},
            "extend_limit": {"extended_by": "organ", "remark": "需要核实学历"},
            "refuse": {"reasons": list(reasons.refusal_reasons)[:1], "remark": "不符合条件，事实如下。"},
            "request_supplement": {
                "ask_passport": "on",
                "reason_passport": next(iter(self.pack.supplement_reasons)),
            },
        }.get(name, {"remark": "说明"})

    @property
    def pack(self) -> Any:
        return self.case.policy_version.pack

    def bring(self, state: str) -> None:
        if state == "refused":
            self.case = bring(self.cast, self.case, "second_reviewed")
            decider = self.cast.officer(self.case, "decide")
            self.case = stage.act(self.case, decider, "refuse", at=AT, data=self._step("refuse"))
        elif self.case.state != state:
            self.case = bring(self.cast, self.case, state)


def amended(version: str) -> str:
    """The place's file with another version's name: a proposal that harms nobody."""
    text = (loader.FOLDER / "gansu.toml").read_text("utf-8")
    name = next(line for line in text.splitlines() if line.startswith("version = "))
    return text.replace(name, f'version = "{version}"')


def build(cast: Cast) -> Scene:
    bundle = stage.file(cast, "university", ANNA, at=AT)
    engagement = Engagement.objects.select_related("dossier", "employer").get(dossier=bundle.dossier)
    person = User.objects.create(username="anna", kind="person", display_name="Anna")
    type(engagement.dossier).objects.filter(pk=engagement.dossier_id).update(holder=person)
    case = case_of(bundle)
    notice = produce(Notice.objects.filter(case=case).order_by("pk")[0].pk, AT)
    keeper = next(user for (_office, desk), user in cast.officers.items() if desk == "policy")
    proposal = propose(
        amended("table-1"),
        on=date.fromisoformat(PACK_DAY),
        reason="新的承诺",
        actor=stage.actor(keeper, AT),
        at=AT,
    )
    trial = begin(proposal, since=AT.date(), until=AT.date(), by=keeper, at=AT)
    scene = Scene(cast, bundle, case, engagement, ready_draft(cast), notice, person, proposal, trial)
    scene.oversight = Oversight(scene)
    return scene


def ready_draft(cast: Cast) -> FilingDraft:
    """Clara's filing, all answered and handed in, not yet submitted."""
    engagement = stage.engage(cast, "university", CLARA, at=AT)
    form = stage.filing(cast, engagement, CLARA, at=AT)
    stage.hand_in(cast, form, CLARA, at=AT)
    pack = cast.policy.pack
    which = next(code for code, question in pack.questions.items() if question.options_from == "matters")
    answers: dict[str, Any] = {which: list(form.matters), **form.answers}
    for code, _question in pack.asked(answers):
        answers.setdefault(code, None)
    return FilingDraft.objects.create(
        user=cast.agents["university"],
        engagement=engagement,
        jurisdiction=cast.jurisdiction,
        answers=answers,
        updated_at=AT,
    )
