"""Who a user is on a given day: the posts held, and the employers he may act for. One query each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from . import roles
from .models import Mandate, Membership, Organisation, Post, User


@dataclass(frozen=True, slots=True)
class Actor:
    """A user with what he holds on ``day``.

    ``posts`` are (office id, role code) pairs; ``employers`` are ids of organisations the user may act for, directly as a
    member or through an agency's mandate. ``user`` is None for the system.
    """

    user: User | None
    day: date
    posts: frozenset[tuple[int, str]] = frozenset()
    employers: frozenset[int] = frozenset()

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
    return Actor(user=None, day=day)


def actor(user: User, day: date) -> Actor:
    """Read what ``user`` holds on ``day``: one query for staff, two for applicants, none for persons."""
    if not user.is_active:
        return Actor(user=user, day=day)
    if user.kind == User.Kind.STAFF:
        posts = frozenset(Post.objects.held_on(day).filter(user=user).values_list("office_id", "role"))
        return Actor(user=user, day=day, posts=posts)
    if user.kind == User.Kind.APPLICANT:
        return Actor(user=user, day=day, employers=employers_of(user, day))
    return Actor(user=user, day=day)


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
