"""What each sub-matter needs besides the rules of all: windows, terms, what is held. Pure; numbers from the pack."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.models import Entitlement
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Draft, Lead
from foreignwork.policies import workdays

from . import kinds

PERMIT_ACTIVE = say(
    "permit_active", _("此人已持有有效的工作许可（至 %(day)s）。请改办延续、变更，或先办理注销。")
)
TOO_EARLY = say(
    "extend_too_early",
    _("许可有效期至 %(until)s，最早可以在 %(first)s 提出延期申请。届时请再提交，材料会保留在档案中。"),
)
TOO_LATE = say(
    "extend_too_late",
    _(
        "延期应当在有效期届满 %(days)s 日前提出（本许可为 %(last)s 前），现已超过期限，不能办理延期。"
        "请改办“新办”：档案中的材料可以继续使用。"
    ),
)
EXPIRED = say(
    "permit_expired", _("工作许可已于 %(until)s 到期，不能办理%(what)s。需要继续工作的，请改办“新办”。")
)
SHORT_NOT_EXTENDED = say(
    "short_not_extended", _("90日以下的工作许可不能延期。需要继续工作的，请改办“新办”。")
)
NOTHING_GAINED = say(
    "extension_gains_nothing",
    _(
        "按聘用合同（至 %(contract)s）和护照（至 %(passport)s），延期后的有效期不会晚于现有的 %(until)s。"
        "请先更新合同或护照信息，再申请延期。"
    ),
)
NO_TERM = say(
    "permit_no_term",
    _("按聘用合同、护照和类别，许可的止期（%(until)s）早于起期（%(start)s）。请核对合同和护照的日期。"),
)
SHORT_TOO_LONG = say(
    "short_too_long", _("聘用期限共 %(n)s 日，超过 %(most)s 日，不能按短期工作办理。请改办“新办”。")
)
DAY_AHEAD = say("event_day_ahead", _("填写的日期（%(day)s）晚于今天。请在情况发生之后提交申请。"))
LATE = "late_permit_duty"
"""The pack's referral for a change or a cancellation applied for after its term."""


def day(text: Any) -> date | None:
    """Facts and answers keep dates as ISO text; what is none counts as not given."""
    try:
        return date.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return None


def extension_window(held: Entitlement, pack: Any) -> tuple[date, date] | None:
    """First and last day on which an extension of ``held`` can be applied for; None for a permit without an end."""
    if held.valid_until is None:
        return None
    opens, closes = pack.value("permits_extend_opens"), pack.value("permits_extend_closes")
    return held.valid_until - timedelta(days=opens), held.valid_until - timedelta(days=closes)


def in_the_window(context: Context, act: Act) -> list[Problem]:
    """An extension is applied for in its window (行政许可法 50); a late one is led to a new application (law-notes 18)."""
    held, pack = context.about, context.pack
    if context.case.sub_matter != kinds.EXTEND or held is None:
        return []
    window = extension_window(held, pack)
    if window is None or held.valid_until is None:
        return []
    if is_short(held, pack):
        return [Problem(SHORT_NOT_EXTENDED)]
    first, last = window
    until = held.valid_until.isoformat()
    if act.today < first:
        return [Problem(TOO_EARLY, {"until": until, "first": first.isoformat()})]
    if act.today > last:
        days = pack.value("permits_extend_closes")
        return [Problem(TOO_LATE, {"days": days, "last": last.isoformat()})]
    return []


def no_active_permit(context: Context, act: Act) -> list[Problem]:
    """One active permit per person (decisions 1); an extension or a change is about that one, and one that can no longer be
    extended may be followed by a new one."""
    if context.about or context.case.sub_matter == kinds.CONFIRM:
        return []
    found = context.entitlement(context.case.matter)
    if (
        found
        and found.valid_until
        and found.valid_until >= act.today
        and not may_be_replaced(found, context, act)
    ):
        return [Problem(PERMIT_ACTIVE, {"day": found.valid_until.isoformat()})]
    return []


def may_be_replaced(held: Entitlement, context: Context, act: Act) -> bool:
    """Whether only a new application is left for who goes on working: the window of the extension has closed (law-notes 18),
    or it is a permit of up to 90 days, whose holder may be hired on while it runs (domain 2.2, the eighth situation)."""
    if context.case.sub_matter not in kinds.NEW:
        return False
    window = extension_window(held, context.pack)
    return is_short(held, context.pack) or (window is not None and act.today > window[1])


def is_short(held: Entitlement, pack: Any) -> bool:
    """A permit for work up to 90 days: of class C and no longer than that (domain 1.3)."""
    if held.valid_until is None or held.category != "C":
        return False
    return bool((held.valid_until - held.valid_from).days < pack.value("permit_short_term_days"))


def still_valid(context: Context, act: Act) -> list[Problem]:
    """What has expired can be neither changed nor re-issued; a cancellation of it only puts the record straight."""
    held = context.about
    if held is None or context.case.sub_matter not in (kinds.CHANGE, kinds.REISSUE):
        return []
    if held.valid_until and held.valid_until < act.today:
        sub = context.pack.matters[context.case.matter].sub_matters[context.case.sub_matter]
        return [Problem(EXPIRED, {"until": held.valid_until.isoformat(), "what": sub.name.zh})]
    return []


def short_enough(context: Context, act: Act) -> list[Problem]:
    """Work up to 90 days is for contracts of at most that (外专发〔2017〕36号)."""
    if context.case.sub_matter not in kinds.SHORT:
        return []
    start, until = day(context.work.get("contract_from")), day(context.work.get("contract_until"))
    most = context.pack.value("permit_short_term_days")
    if start and until and (until - start).days + 1 > most:
        return [Problem(SHORT_TOO_LONG, {"n": (until - start).days + 1, "most": most})]
    return []


def event_has_happened(context: Context, act: Act) -> list[Problem]:
    """A change or the end of work is reported after it happened."""
    on = event_on(context)
    if on and on > act.today:
        return [Problem(DAY_AHEAD, {"day": on.isoformat()})]
    return []


def event_on(context: Context) -> date | None:
    """The day whose report the law sets a term for: of the change, of the end of work."""
    name = {kinds.CHANGE: "changed_on", kinds.CANCEL: "work_ended_on"}.get(context.case.sub_matter, "")
    return day(context.answers.get(name)) if name else None


def duty_until(context: Context) -> date | None:
    """The last day to apply for a change or a cancellation; None for the other sub-matters."""
    on = event_on(context)
    if on is None:
        return None
    name = "permit_change_days" if context.case.sub_matter == kinds.CHANGE else "permit_cancel_days"
    entry = context.pack.values[name]
    try:
        return workdays.due(on, workdays.period(context.pack.value(name), entry.unit)).on
    except ValueError:  # a day outside the working-day table: long ago
        return on


def late_duty(context: Context, act: Act) -> Lead | None:
    """A late change or cancellation is accepted, and its lateness passed on (law-notes 18)."""
    last = duty_until(context)
    return Lead(LATE, (act.today - last).days) if last and act.today > last else None


def has_a_term(context: Context, act: Act) -> list[Problem]:
    """The permit would end after it begins; an extension reaches further than what is held."""
    case, held = context.case, context.about
    if case.sub_matter not in kinds.GIVING or still_valid(context, act):
        return []
    draft = permit_draft(context, act)
    assert draft is not None
    if draft.valid_until is None:
        return []
    if draft.valid_until < draft.valid_from:
        params = {"start": draft.valid_from.isoformat(), "until": draft.valid_until.isoformat()}
        return [Problem(NO_TERM, params)]
    if (
        case.sub_matter == kinds.EXTEND
        and held
        and held.valid_until
        and draft.valid_until <= held.valid_until
    ):
        bounds = {
            "contract": context.work.get("contract_until") or "—",
            "passport": context.person.get("passport_expiry") or "—",
        }
        return [Problem(NOTHING_GAINED, {**bounds, "until": held.valid_until.isoformat()})]
    return []


def permit_draft(context: Context, act: Act) -> Draft | None:
    """What the grant gives, bounded by class, contract and passport (domain 2.3); None for a confirmation letter.

    An extension runs on from the old expiry, a change and a re-issue keep it; each takes over from today.
    """
    case, held = context.case, context.about
    if case.sub_matter not in kinds.GIVING:
        return None
    start = max(act.today, day(context.work.get("contract_from")) or act.today)
    running = context.entitlement(case.matter) if case.sub_matter in kinds.NEW else None
    replaces = running is not None and may_be_replaced(running, context, act)
    if (held and held.valid_until) or replaces:
        start = act.today
    ends = [
        _longest(context, start),
        day(context.person.get("passport_expiry")),
        day(context.work.get("contract_until")) if case.sub_matter != kinds.REISSUE else None,
    ]
    post = str(context.work.get("post_title", ""))
    if held and case.sub_matter == kinds.REISSUE:
        post = held.post
    return Draft(
        number=_number(context),
        category=case.category,
        post=post[:120],
        valid_from=start,
        valid_until=min(end for end in ends if end),
        replaces=replaces,
    )


def _number(context: Context) -> str:
    """The person's code for life (一人一码): that of the permits given here before, else that of the person."""
    rows = context.batch.entitlements.get(context.case.dossier_id or 0, [])
    given = [row for row in rows if row.matter == context.case.matter]
    return max(given, key=lambda row: row.pk).number if given else context.person_code


def _longest(context: Context, start: date) -> date:
    case, held, pack = context.case, context.about, context.pack
    if case.sub_matter in kinds.SHORT:
        return start + timedelta(days=pack.value("permit_short_term_days") - 1)
    years = relativedelta(years=pack.value("permit_max_years", case.category))
    if held is None or held.valid_until is None:
        return start + years - timedelta(days=1)
    if case.sub_matter == kinds.EXTEND:
        return max(held.valid_until, start) + years
    return held.valid_until
