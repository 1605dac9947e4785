"""Putting the cast on stage: the pack in force, offices, logins, firms, dossiers with papers; and acting for them.

Rows of registers (users, posts, firms) are plain rows; everything a case goes through is ``file_bundle`` and ``perform``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP
from dateutil.relativedelta import relativedelta
from django.conf import settings

from foreignwork.accounts import roles, who
from foreignwork.accounts.models import Jurisdiction, Membership, Office, Organisation, Post, User
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Bundle, Case, concrete
from foreignwork.dossiers import records
from foreignwork.dossiers.models import Dossier, Engagement
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.publishing import publish
from foreignwork.vault.uploads import inspect
from foreignwork.workflow.opening import Filing, file_bundle, items_of
from foreignwork.workflow.perform import perform

from . import papers
from .people import FIRMS, PASSWORD, TOTP_SECRET, Foreigner, Login

ROLE_PEOPLE: tuple[tuple[str, str, tuple[roles.Role, ...]], ...] = (
    ("reception", "受理", (roles.acceptance_officer, roles.window_clerk)),
    ("review", "审查", (roles.first_reviewer, roles.second_reviewer)),
    ("decide", "决定", (roles.decider, roles.leader)),
    ("handle", "经办", (roles.handling_officer, roles.window_clerk)),
)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


@dataclass
class Cast:
    """Who is there. ``officers`` maps (office code, desk) to a user: desks are reception, review, decide, handle."""

    jurisdiction: Jurisdiction
    policy: PolicyVersion
    firms: dict[str, Organisation] = field(default_factory=dict)
    agents: dict[str, User] = field(default_factory=dict)
    officers: dict[tuple[str, str], User] = field(default_factory=dict)
    logins: list[Login] = field(default_factory=list)

    def officer(self, case: Case, desk: str) -> User:
        return self.officers[case.office.code, desk]


def assemble(*, pack: str, at: datetime, hashed: str | None = None, since: date | None = None) -> Cast:
    """Publish ``pack`` and create the cast. ``hashed`` is a ready password hash (tests save the hashing)."""
    day = since or (day_of(at) - timedelta(days=400))
    publish(pack, on=day)
    policy = (
        PolicyVersion.objects.select_related("jurisdiction")
        .filter(pack_code=pack)
        .order_by("-effective_from")[0]
    )
    cast = Cast(jurisdiction=policy.jurisdiction, policy=policy)
    for firm in FIRMS:
        cast.firms[firm.key] = Organisation.objects.create(
            uscc=firm.uscc,
            name_zh=firm.name_zh,
            name_en=firm.name_en,
            kind=firm.kind,
            nature=firm.nature,
            city="lanzhou",
            address="甘肃省兰州市城关区示例路 1 号",
            insured_unit=firm.insured,
        )
        agent = _user(
            cast, f"agent-{firm.key}", "applicant", f"{SURNAMES[len(cast.agents)]}经办", firm.name_zh, hashed
        )
        Membership.objects.create(user=agent, organisation=cast.firms[firm.key])
        cast.agents[firm.key] = agent
    names = iter(SURNAMES[3:] + SURNAMES)
    for office in Office.objects.filter(jurisdiction=cast.jurisdiction).order_by("pk"):
        for desk, label, held in ROLE_PEOPLE:
            user = _user(
                cast, f"{office.code}-{desk}", "staff", f"{next(names)}{label}", office.name_zh, hashed
            )
            Post.objects.bulk_create(
                Post(user=user, office=office, role=role.code, from_on=day) for role in held
            )
            cast.officers[office.code, desk] = user
    return cast


def _user(cast: Cast, username: str, kind: str, name: str, what: str, hashed: str | None) -> User:
    user = User(username=username, kind=kind, display_name=name)
    if hashed:
        user.password = hashed
    else:
        user.set_password(PASSWORD)
    user.save()
    if kind == User.Kind.STAFF:
        TOTP.activate(user, TOTP_SECRET)
    cast.logins.append(Login(username, kind, name, what))
    return user


def give_account(cast: Cast, dossier: Dossier, foreigner: Foreigner) -> User:
    """The foreign national gets a login of his own and sees his cases, and who looked at his data."""
    user = _user(cast, f"person-{foreigner.key}", "person", foreigner.name_zh, "外国人本人", None)
    dossier.holder = user
    dossier.save(update_fields=["holder"])
    return user


def actor(user: User, at: datetime) -> Actor:
    return who.actor(user, day_of(at))


def engage(cast: Cast, firm: str, foreigner: Foreigner, *, at: datetime) -> Engagement:
    """Open the dossier with its facts at ``firm``, by its agent."""
    agent = cast.agents[firm]
    dossier, engagement = records.open_dossier(
        employer=cast.firms[firm], facts=foreigner.person_facts(day_of(at)), by=agent, at=at
    )
    records.add_engagement_version(engagement, facts=foreigner.work_facts(day_of(at)), by=agent, at=at)
    return (
        Engagement.objects.select_related("dossier__data_key", "employer").get(pk=engagement.pk)
        if dossier
        else engagement
    )


def filing(
    cast: Cast, engagement: Engagement, foreigner: Foreigner, *, at: datetime, **changes: Any
) -> Filing:
    """What the agent files: all matters of the pack, with the answers that fit the person."""
    answers: dict[str, Any] = {"person_in_china": foreigner.in_china, "category": "B", "city": "lanzhou"}
    if foreigner.worked_months:
        started = day_of(at) - relativedelta(months=foreigner.worked_months)
        answers["work_started_on"] = started.isoformat()
    return Filing(
        jurisdiction=cast.jurisdiction,
        employer=engagement.employer,
        engagement=engagement,
        matters=tuple(changes.pop("matters", cast.policy.pack.matter_codes())),
        answers={**answers, **changes},
    )


def hand_in(
    cast: Cast, file: Filing, foreigner: Foreigner, *, at: datetime, leave_out: tuple[str, ...] = ()
) -> None:
    """Upload every material the personal list asks for, once each."""
    for item in items_of(file, cast.policy.pack):
        if item.source == "applicant" and item.form != "paper" and item.code not in leave_out:
            upload(file.engagement, foreigner, item.code, item.name.zh, scope=item.material.scope, at=at)


def upload(
    engagement: Engagement, foreigner: Foreigner, code: str, title: str, *, scope: str, at: datetime
) -> None:
    """One upload, through the same inspection as a real one."""
    is_photo = code == "photo"
    name = f"{foreigner.surname} {foreigner.given_names}"
    lines = (
        f"姓名 Name: {name}",
        f"国籍 Nationality: {foreigner.country}",
        f"日期 Date: {day_of(at).isoformat()}",
    )
    data = papers.photo(foreigner.surname[:2]) if is_photo else papers.sheet(title, lines)
    filename = f"{code}.jpg" if is_photo else f"{code}.pdf"
    records.add_document(
        dossier=engagement.dossier,
        engagement=engagement if scope == "engagement" else None,
        kind=code,
        filename=filename,
        data=data,
        upload=inspect(filename, data, max_bytes=settings.UPLOAD_LIMIT),
        by=None,
        at=at,
    )


def file(cast: Cast, firm: str, foreigner: Foreigner, *, at: datetime, **changes: Any) -> Bundle:
    """Dossier, papers and one filing of the whole bundle."""
    engagement = engage(cast, firm, foreigner, at=at)
    form = filing(cast, engagement, foreigner, at=at, **changes)
    hand_in(cast, form, foreigner, at=at)
    return file_bundle(form, actor=actor(cast.agents[firm], at), at=at)


def act(case: Case, user: User, action: str, *, at: datetime, data: Mapping[str, Any] | None = None) -> Case:
    """One step by one person; returns the matter's own row, fresh."""
    done = perform(case_id=case.pk, action=action, actor=actor(user, at), at=at, data=data or {})
    fresh = concrete(done)
    fresh.office = case.office
    return fresh
