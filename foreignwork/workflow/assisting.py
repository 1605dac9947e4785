"""Acting for an employer at the window (代办, S002-52; 行政许可法 29): who may, where, for whom; opened with the authorisation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts import roles
from foreignwork.accounts.models import Assistance, Office, Organisation
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.problems import Blocked, NotAllowed, Problem, say
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack
from foreignwork.vault import blobs
from foreignwork.vault.models import DataKey
from foreignwork.vault.uploads import Upload

NOT_THE_CLERK = say("assist_no_post", _("只有窗口人员可以在其所在部门的窗口代办。"))
ONE_AT_A_TIME = say(
    "assist_one_at_a_time", _("您正在为 %(employer)s 代办。请先结束这次代办，再为其他单位办理。")
)
NO_EMPLOYER = say(
    "assist_agency", _("%(name)s 是专门服务机构，不是用人单位。请填写用人单位的统一社会信用代码。")
)


@dataclass(frozen=True, slots=True)
class Site:
    """A place at which the clerk can sit: a window of the pack, or her office's own where the pack names none."""

    office: Office
    window: str
    zh: str
    en: str
    counters: int | None = None

    @property
    def code(self) -> str:
        return f"{self.office.pk}:{self.window}"


@dataclass(frozen=True, slots=True)
class Authorised:
    """Who stands there for the employer, and the document shown."""

    name: str
    id_kind: str
    id_last4: str


@dataclass(frozen=True, slots=True)
class Letter:
    """The signed authorisation, scanned and inspected."""

    data: bytes
    upload: Upload


def offices_of(actor: Actor) -> list[Office]:
    """Where ``actor`` is a window clerk today. One query."""
    mine = {office for office, code in actor.posts if code == roles.window_clerk.code}
    return list(Office.objects.filter(pk__in=mine).select_related("jurisdiction").order_by("pk"))


def packs_of(offices: Iterable[Office], actor: Actor) -> dict[str, Pack]:
    """The packs in force today where the offices are, by place; a place without one is left out."""
    found = {}
    for code in {office.jurisdiction.code for office in offices}:
        try:
            found[code] = PolicyVersion.objects.in_force(code, actor.day).pack
        except PolicyVersion.DoesNotExist:
            continue
    return found


def sites_of(actor: Actor) -> list[Site]:
    """The windows, open today, at which the clerk can sit: those of her offices, and the joint ones of the place."""
    offices = offices_of(actor)
    packs = packs_of(offices, actor)
    found = []
    for office in offices:
        pack = packs.get(office.jurisdiction.code)
        windows = pack.windows.items() if pack else ()
        mine = [
            Site(office, code, window.name.zh, window.name.en, window.counters)
            for code, window in windows
            if not window.planned and (not window.offices or office.code in window.offices)
        ]
        # A window of the office's own stands before the joint ones.
        mine.sort(key=lambda site: not packs[office.jurisdiction.code].windows[site.window].offices)
        found += mine or [Site(office, "", office.name_zh, office.name_en)]
    return found


def employer_of(uscc: str) -> Organisation | None:
    """The employer on file under exactly this code. Raises Blocked for an agency's."""
    row = Organisation.objects.filter(uscc=uscc).first()
    if row is not None and row.kind != Organisation.Kind.EMPLOYER:
        raise Blocked(Problem(NO_EMPLOYER, {"name": row.name}, field="uscc"))
    return row


def open_assistance(
    site: Site,
    employer: Organisation,
    person: Authorised,
    letter: Letter,
    *,
    counter: int | None,
    actor: Actor,
    at: datetime,
) -> Assistance:
    """Begin to act for ``employer``; one that is new (unsaved) is put on file from its licence.

    Raises NotAllowed (no such post), Blocked (another assistance is open); then nothing is kept.
    """
    if actor.user is None or not actor.holds(roles.window_clerk, site.office.pk):
        raise NotAllowed(Problem(NOT_THE_CLERK))
    day = day_of(at)
    open_ = Assistance.objects.running(actor.user.pk, day).first()
    if open_ is not None:
        raise Blocked(Problem(ONE_AT_A_TIME, {"employer": open_.employer.name}))
    try:
        with transaction.atomic():
            employer = employer if employer.pk else _on_file(employer)
            key = DataKey.objects.make(at)
            blob = blobs.store(letter.data, data_key=key, media_type=letter.upload.media_type, at=at)
            # A post that ended today took its assistance with it: what is left of it gives the place free.
            Assistance.objects.filter(clerk=actor.user, day=day, closed_at__isnull=True).update(closed_at=at)
            return Assistance.objects.create(
                clerk=actor.user,
                office=site.office,
                employer=employer,
                window=site.window,
                site_zh=site.zh,
                site_en=site.en,
                counter=counter,
                data_key=key,
                person=person.name,
                id_kind=person.id_kind,
                id_last4=person.id_last4,
                authorisation=blob,
                day=day,
                opened_at=at,
            )
    except IntegrityError:
        raise Blocked(Problem(ONE_AT_A_TIME, {"employer": employer.name})) from None


def _on_file(employer: Organisation) -> Organisation:
    """The employer, put on file; somebody may have been faster."""
    row, _made = Organisation.objects.get_or_create(
        uscc=employer.uscc,
        defaults={
            "name_zh": employer.name_zh,
            "name_en": employer.name_en,
            "nature": employer.nature,
            "city": employer.city,
            "address": employer.address,
            "phone": employer.phone,
        },
    )
    return employer_of(row.uscc) or row


def close_assistance(row: Assistance, *, actor: Actor, at: datetime) -> bool:
    """End it: the clerk her own. False when it had ended. Raises NotAllowed."""
    if row.clerk_id != actor.user_id:
        raise NotAllowed(Problem(NOT_THE_CLERK))
    return Assistance.close(row.pk, at)
