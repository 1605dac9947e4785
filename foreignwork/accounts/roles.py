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
    """``code`` is stored in posts and events; ``label`` is what people read.

    ``line`` keeps services apart: who holds a post of one line may not act in another (S004-104: enforcement staff do not
    approve, approving staff do not enforce). Posts without a line belong to both.

    ``receives``: the work of an entrusted office where the pack names one (受理机构, S000-06); it never decides.
    """

    code: str
    label: str | Promise
    staff: bool = True
    line: str = ""
    receives: bool = False

    def __str__(self) -> str:
        return self.code


APPROVAL, ENFORCEMENT = "approval", "enforcement"

window_clerk = Role("window_clerk", _("窗口人员"), receives=True)
acceptance_officer = Role("acceptance_officer", _("预审受理人员"), line=APPROVAL, receives=True)
first_reviewer = Role("first_reviewer", _("一级审查人员"), line=APPROVAL)
second_reviewer = Role("second_reviewer", _("二级审查人员"), line=APPROVAL)
decider = Role("decider", _("决定人员"), line=APPROVAL)
handling_officer = Role("handling_officer", _("经办人员"), line=APPROVAL)
leader = Role("leader", _("负责人"))
inspection_planner = Role("inspection_planner", _("检查计划人员"), line=ENFORCEMENT)
draw_host = Role("draw_host", _("抽取主持人员"), line=ENFORCEMENT)
inspector = Role("inspector", _("检查人员"), line=ENFORCEMENT)
inspection_leader = Role("inspection_leader", _("执法负责人"), line=ENFORCEMENT)
policy_officer = Role("policy_officer", _("规则管理人员"))
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
        inspection_planner,
        draw_host,
        inspector,
        inspection_leader,
        policy_officer,
        applicant,
        person,
        system,
    )
}
POST_ROLES: tuple[Role, ...] = tuple(role for role in ALL.values() if role.staff)


def post_choices() -> list[tuple[str, str | Promise]]:
    """Choices for ``Post.role``; a callable, so that a new role needs no migration."""
    return [(role.code, role.label) for role in POST_ROLES]
