"""Putting the cast on stage: the pack in force, offices, logins, firms, dossiers with papers; and acting for them.

Rows of registers (users, posts, firms) are plain rows; everything a case goes through is ``file_bundle`` and ``perform``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain, cycle
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib.auth.hashers import make_password

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
from .people import FIRMS, HOMES, PASSWORD, TOTP_SECRET, Firm, Foreigner, Home, Login

RECEPTION = "reception"
ROLE_PEOPLE: tuple[tuple[str, str, tuple[roles.Role, ...]], ...] = (
    (RECEPTION, "受理", (roles.acceptance_officer, roles.window_clerk)),
    ("review", "审查", (roles.first_reviewer, roles.second_reviewer)),
    ("decide", "决定", (roles.decider, roles.leader)),
    ("handle", "经办", (roles.handling_officer, roles.window_clerk)),
    ("policy", "规则", (roles.policy_officer,)),
)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


@dataclass
class Cast:
    """Who is there, in their posts ``since``. ``officers`` maps (office code, desk) to a user: desks are reception, review,
    decide, handle, policy."""

    jurisdiction: Jurisdiction
    policy: PolicyVersion
    since: date = date.max
    home: Home = HOMES["gansu"]
    firms: dict[str, Organisation] = field(default_factory=dict)
    agents: dict[str, User] = field(default_factory=dict)
    officers: dict[tuple[str, str], User] = field(default_factory=dict)
    logins: list[Login] = field(default_factory=list)

    def officer(self, case: Case, desk: str) -> User:
        """Who sits there for this case: at the reception of the office that receives, elsewhere of the one that decides."""
        receiving = case.receiver if desk == RECEPTION else None
        return self.officers[(receiving or case.office).code, desk]


def assemble(
    *,
    pack: str,
    at: datetime,
    hashed: str | None = None,
    since: date | None = None,
    firms: Sequence[Firm] = FIRMS,
) -> Cast:
    """Publish ``pack`` and create the cast. ``hashed`` is a ready password hash (tests save the hashing); a second place
    brings ``firms`` of its own."""
    day = since or (day_of(at) - timedelta(days=400))
    publish(pack, on=day)
    policy = (
        PolicyVersion.objects.select_related("jurisdiction")
        .filter(pack_code=pack)
        .order_by("-effective_from")[0]
    )
    home = HOMES[pack]
    cast = Cast(jurisdiction=policy.jurisdiction, policy=policy, since=day, home=home)
    for firm in firms:
        cast.firms[firm.key] = Organisation.objects.create(
            uscc=firm.uscc,
            name_zh=firm.name_zh.format(region=home.region_zh, city=home.city_zh),
            name_en=firm.name_en.format(region=home.region_en, city=home.city_en),
            kind=firm.kind,
            nature=firm.nature,
            city=home.city,
            address=home.address,
            insured_unit=firm.insured,
        )
        organisation = cast.firms[firm.key]
        name = f"{SURNAMES[len(cast.agents)]}经办"
        agent = _user(cast, f"agent-{firm.key}", "applicant", name, organisation.name_zh, hashed)
        agent.save()
        Membership.objects.create(user=agent, organisation=organisation)
        cast.agents[firm.key] = agent
    _staff(cast, since=day, hashed=hashed or make_password(PASSWORD))
    return cast


def _staff(cast: Cast, *, since: date, hashed: str) -> None:
    """Officers for every desk of every office, with posts and second factors: four statements, however many offices."""
    deciding = {rule.office for rule in cast.policy.pack.routing}
    names = chain(SURNAMES[3:], cycle(SURNAMES))
    posts: list[Post] = []
    for office in Office.objects.filter(jurisdiction=cast.jurisdiction).order_by("pk"):
        # An office entrusted with receiving has no post that decides (S000-06).
        for desk, label, held in ROLE_PEOPLE if office.code in deciding else ROLE_PEOPLE[:1]:
            name = f"{next(names)}{label}"
            user = _user(cast, f"{office.code}-{desk}", "staff", name, office.name_zh, hashed)
            cast.officers[office.code, desk] = user
            posts += [Post(user=user, office=office, role=role.code, from_on=since) for role in held]
    users = User.objects.bulk_create(cast.officers.values())
    Post.objects.bulk_create(posts)
    factor = {"type": Authenticator.Type.TOTP, "data": {"secret": encrypt(TOTP_SECRET)}}
    Authenticator.objects.bulk_create(Authenticator(user=user, **factor) for user in users)


def _user(cast: Cast, username: str, kind: str, name: str, what: str, hashed: str | None) -> User:
    """Unsaved, with the demo's password."""
    cast.logins.append(Login(username, kind, name, what))
    return User(username=username, kind=kind, display_name=name, password=hashed or make_password(PASSWORD))


def join(
    cast: Cast,
    office: Office,
    username: str,
    name: str,
    *held: roles.Role,
    since: date,
    hashed: str | None = None,
) -> User:
    """One more officer with these posts, by hand: what a matter's scene adds to the cast."""
    user = _user(cast, username, "staff", name, office.name_zh, hashed)
    user.save()
    factor = {"secret": encrypt(TOTP_SECRET)}
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=factor)
    Post.objects.bulk_create(Post(user=user, office=office, role=role.code, from_on=since) for role in held)
    return user


def give_account(cast: Cast, dossier: Dossier, foreigner: Foreigner) -> User:
    """The foreign national gets a login of his own and sees his cases, and who looked at his data."""
    user = _user(cast, f"person-{foreigner.key}", "person", foreigner.name_zh, "外国人本人", None)
    user.save()
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
    records.add_engagement_version(
        engagement, facts=foreigner.work_facts(day_of(at), cast.home), by=agent, at=at
    )
    return (
        Engagement.objects.select_related("dossier__data_key", "employer").get(pk=engagement.pk)
        if dossier
        else engagement
    )


def filing(
    cast: Cast, engagement: Engagement, foreigner: Foreigner, *, at: datetime, **changes: Any
) -> Filing:
    """What the agent files: all matters of the pack, with the answers that fit the person."""
    answers: dict[str, Any] = {"person_in_china": foreigner.in_china, "category": "B"}
    if cast.home.city:
        answers["city"] = cast.home.city
    if foreigner.in_china:
        answers["in_china_ground"] = "changed_employer"
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
    fresh.office, fresh.receiver = case.office, case.receiver
    return fresh
