"""The roles of the house: what a post allows. One name each; packs and flows refer to them, nothing else does.

A *post* (user, office, role) gives an officer a role inside one office. Four roles need no post: ``applicant`` (a member of
the employer, or of an agency holding a mandate), ``person`` (the foreign national), ``system`` (timers and effects) and
``anyone`` never exists: silence means no.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Role:
    """``code`` is stored in posts and events; ``label`` is what people read."""

    code: str
    label: str | Promise
    staff: bool = True

    def __str__(self) -> str:
        return self.code


window_clerk = Role("window_clerk", _("窗口人员"))
acceptance_officer = Role("acceptance_officer", _("预审受理人员"))
first_reviewer = Role("first_reviewer", _("一级审查人员"))
second_reviewer = Role("second_reviewer", _("二级审查人员"))
decider = Role("decider", _("决定人员"))
handling_officer = Role("handling_officer", _("经办人员"))
leader = Role("leader", _("负责人"))
applicant = Role("applicant", _("申请单位"), staff=False)
person = Role("person", _("外国人本人"), staff=False)
system = Role("system", _("系统"), staff=False)

ALL: dict[str, Role] = {
    role.code: role
    for role in (
        window_clerk,
        acceptance_officer,
        first_reviewer,
        second_reviewer,
        decider,
        handling_officer,
        leader,
        applicant,
        person,
        system,
    )
}
POST_ROLES: tuple[Role, ...] = tuple(role for role in ALL.values() if role.staff)


def post_choices() -> list[tuple[str, str | Promise]]:
    """Choices for ``Post.role``; a callable, so that a new role needs no migration."""
    return [(role.code, role.label) for role in POST_ROLES]
