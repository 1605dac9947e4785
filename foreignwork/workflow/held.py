"""What a person holds already, and which of it a filing extends, changes or ends (``SubMatter.about`` of the pack)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.models import Entitlement
from foreignwork.cases.problems import Problem, say
from foreignwork.dossiers.models import Engagement
from foreignwork.policies.pack import PURPOSE, Pack

Held = Mapping[str, Entitlement]
"""What a person holds at an employer, by matter."""

NOTHING_CHOSEN = say("nothing_chosen", _("请至少选择一个要办理的事项。"))
NOT_OFFERED = say(
    "matter_not_offered", _("“%(matter)s”不适用于所选的办理情形（%(purpose)s），请重新选择事项。")
)
NOTHING_HELD = say(
    "nothing_held",
    _("此人在本单位没有登记在册的有效“%(matter)s”，不能办理“%(what)s”。请改办新的申请，或先核对人员和单位。"),
)


CLASS_UNFIT = say(
    "class_unfit", _("“%(what)s”只适用于 %(classes)s 类人员。请核对申请的类别，或者选择其他办理情形。")
)


def _open_to(pack: Pack, matter: str, sub: str, answers: Mapping[str, Any]) -> bool:
    classes, given = pack.matters[matter].sub_matters[sub].categories, answers.get("category")
    return not classes or not given or given in classes


def held_by(engagement: Engagement) -> dict[str, Entitlement]:
    """What the person holds at this employer: the newest active entitlement of each matter. One query."""
    rows = Entitlement.objects.filter(
        dossier_id=engagement.dossier_id,
        employer_id=engagement.employer_id,
        status=Entitlement.Status.ACTIVE,
    )
    return {row.matter: row for row in rows.order_by("pk")}


def held_for(
    engagement: Engagement, pack: Pack, answers: Mapping[str, Any], matters: Collection[str] | None = None
) -> dict[str, Entitlement]:
    """``held_by``, where it can come into it; a filing of something new asks the database nothing."""
    fresh = "category" in answers and not pack.concerns_held(answers, matters)
    return {} if fresh else held_by(engagement)


def class_held(pack: Pack, held: Held) -> str | None:
    """The class (A, B, C) of what the person holds, for filings whose questions do not ask for one."""
    return next(
        (held[code].category for code in pack.matter_codes() if code in held and held[code].category), None
    )


def allows(pack: Pack, code: str, answers: Mapping[str, Any], value: Any) -> bool:
    """Whether ``value`` can be an answer to the question under the other answers; nothing answered is not judged here."""
    question = pack.questions[code]
    if value in (None, "", []):
        return True
    if question.type == "bool":
        return isinstance(value, bool)
    if question.type == "date":
        try:
            return bool(date.fromisoformat(value))
        except (TypeError, ValueError):
            return False
    options = {option.value for option in pack.options(code, answers)}
    return set(value if isinstance(value, list | tuple) else [value]) <= options


def unfit(pack: Pack, matters: Collection[str], answers: Mapping[str, Any], held: Held) -> list[Problem]:
    """Matters the answers do not lead to, and cases about something the person does not hold here."""
    if not matters:
        return [Problem(NOTHING_CHOSEN)]
    language, found, offered = get_language(), [], pack.offered(answers)
    purpose = pack.with_defaults(answers).get(PURPOSE)
    options = pack.options(PURPOSE) if PURPOSE in pack.questions else ()
    words = [option.text.pick(language) for option in options if option.value == purpose]
    for code in matters:
        matter, sub = pack.matters[code], pack.sub_matter_for(code, answers)
        name = matter.name.pick(language)
        if code not in offered:
            found.append(Problem(NOT_OFFERED, {"matter": name, "purpose": words}))
        elif sub and not _open_to(pack, code, sub, answers):
            what = matter.sub_matters[sub].name.pick(language)
            classes = "、".join(matter.sub_matters[sub].categories)
            found.append(Problem(CLASS_UNFIT, {"what": what, "classes": classes}, field="category"))
        elif sub and matter.sub_matters[sub].about is True and code not in held:
            what = matter.sub_matters[sub].name.pick(language)
            found.append(Problem(NOTHING_HELD, {"matter": name, "what": what}, field=PURPOSE))
    return found
