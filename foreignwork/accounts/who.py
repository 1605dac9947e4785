"""Who acts on a given day, on which side: the posts held, and the employers one may act for. One query each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Q

from foreignwork.kept import Kept

from . import roles
from .models import Assistance, Mandate, Membership, Organisation, Post, User

HELD: Kept[tuple[int, str]] = Kept(
    lambda user, day: Post.objects.held_on(day).filter(user=user).values_list("office_id", "role"),
    user=-1,
    day=date.min,
)
"""The posts of a user on a day: asked by every page of the desk."""


class Side(StrEnum):
    """On whose side of the counter somebody acts. An officer who assists an employer (代办) stands on the applicant's."""

    SYSTEM = "system"
    STAFF = "staff"
    APPLICANT = "applicant"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Actor:
    """A user with what he holds on ``day``, on one ``side``: what he may see and do follows from the side, not from the login.

    ``posts`` are (office id, role code) pairs; ``employers`` are ids of organisations the user may act for, directly as a
    member or through an agency's mandate. ``user`` is None for the system. ``assistance`` is set while a window clerk acts for an
    employer: she then holds no post and has that one employer.
    """

    user: User | None
    day: date
    side: Side
    posts: frozenset[tuple[int, str]] = frozenset()
    employers: frozenset[int] = frozenset()
    assistance: Assistance | None = None

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user else None

    @property
    def is_system(self) -> bool:
        return self.user is None

    @property
    def offices(self) -> frozenset[int]:
        return frozenset(office for office, _role in self.posts)

    def crosses(self, role: roles.Role) -> bool:
        """Whether a post of another line forbids acting in ``role``'s: enforcement and approval are kept apart (S004-104)."""
        lines = {roles.ALL[code].line for _office, code in self.posts if code in roles.ALL} - {""}
        return bool(role.line and lines - {role.line})

    def holds(self, role: roles.Role, office_id: int | None) -> bool:
        return office_id is not None and (office_id, role.code) in self.posts


def system(day: date) -> Actor:
    """The actor of timers and effects."""
    return Actor(user=None, day=day, side=Side.SYSTEM)


def actor(user: User, day: date) -> Actor:
    """Read what ``user`` holds on ``day``: one query for staff, two for applicants, none for persons."""
    side = Side(user.kind)
    if not user.is_active:
        return Actor(user=user, day=day, side=side)
    if user.kind == User.Kind.STAFF:
        posts = frozenset(HELD(user=user.pk, day=day))
        return Actor(user=user, day=day, side=side, posts=posts)
    if user.kind == User.Kind.APPLICANT:
        return Actor(user=user, day=day, side=side, employers=employers_of(user, day))
    return Actor(user=user, day=day, side=side)


def assisting(user: User, day: date) -> Actor | None:
    """``user`` as the agent of the employer she assists at the window on ``day``; None when she assists nobody. One query."""
    if not user.is_active or user.kind != User.Kind.STAFF:
        return None
    row = Assistance.objects.running(user.pk, day).first()
    if row is None:
        return None
    employers = frozenset({row.employer_id})
    return Actor(user=user, day=day, side=Side.APPLICANT, employers=employers, assistance=row)


def employers_of(user: User, day: date) -> frozenset[int]:
    """Ids of the employers ``user`` may act for on ``day``: own memberships, and those whose mandate an own agency holds."""
    mine = Membership.objects.filter(user=user).filter(Q(until_on__isnull=True) | Q(until_on__gte=day))
    own = dict(mine.values_list("organisation_id", "organisation__kind"))
    direct = {pk for pk, kind in own.items() if kind == Organisation.Kind.EMPLOYER}
    agencies = [pk for pk, kind in own.items() if kind == Organisation.Kind.AGENCY]
    if agencies:
        held = Mandate.objects.filter(
            agency_id__in=agencies, from_on__lte=day, until_on__gte=day, revoked_on__isnull=True
        )
        direct |= set(held.values_list("employer_id", flat=True))
    return frozenset(direct)
