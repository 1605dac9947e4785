"""What the machine compares for the officers of a work permit (S002-22, 审查辅助). Findings, never decisions; numbers from the pack."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.clock import today
from foreignwork.cases.context import Context
from foreignwork.cases.findings import Finding
from foreignwork.cases.problems import say
from foreignwork.dossiers import mrz

from . import kinds
from .rules_kinds import day, duty_until

MRZ_AGREES = say("check_mrz_agrees", _("护照机读码与填报的姓名、国籍、护照信息一致。"))
MRZ_DIFFERS = say("check_mrz_differs", _("护照机读码与填报信息不一致：%(names)s。请对照护照资料页。"))
MRZ_MISSING = say("check_mrz_missing", _("没有可以比对的护照机读码，请人工核对护照资料页。"))
PASSPORT_FIRST = say(
    "check_passport_first",
    _("护照（至 %(passport)s）早于聘用合同（至 %(contract)s）到期，许可有效期将以护照为限。"),
)
TERM_AGREES = say("check_term_agrees", _("护照有效期覆盖聘用合同期限。"))
OLD = say(
    "check_old", _("年龄超过 %(class)s 类人员原则上的上限（%(age)s 周岁）。确有需要的可以放宽，请审查理由。")
)
AGE_AGREES = say("check_age_agrees", _("年龄在规定范围内。"))
WAGE_UNKNOWN = say("check_wage_unknown", _("政策包没有登记当地最低工资标准，请人工核对薪酬。"))
WAGE_LOW = say("check_wage_low", _("填报的薪酬低于当地最低工资标准（每月 %(least)s 元），请核对合同。"))
WAGE_AGREES = say("check_wage_agrees", _("填报的薪酬不低于当地最低工资标准。"))
SAME_FILE = say(
    "check_same_file",
    _("与其他人员的材料是同一份文件（内容完全相同）：%(names)s。请核对材料是否真实。"),
)
FILES_AGREE = say("check_files_agree", _("没有发现与其他人员相同的材料文件。"))
STANDING = say("check_standing", _("%(who)s有信用记录：%(what)s（自 %(day)s）。"))
STANDING_AGREES = say("check_standing_agrees", _("用人单位和代理机构没有在有效期内的信用记录。"))
POST_DIFFERS = say(
    "check_post_differs",
    _("申请的岗位（%(new)s）与原许可的岗位（%(old)s）不同。岗位（职业）性质改变的，应当注销后重新申请。"),
)
POST_AGREES = say("check_post_agrees", _("岗位与原许可一致。"))
GAP = say("check_gap", _("新合同自 %(start)s 开始，原许可至 %(until)s，中间有间断，请核对合同是否连续。"))
CLASS_DIFFERS = say("check_class_differs", _("申请的类别（%(new)s 类）与原许可（%(old)s 类）不同。"))
LATE_DUTY = say("check_late_duty", _("应当在 %(day)s 前提出，已逾期 %(n)s 日；已受理并记录。"))
ELSEWHERE = say(
    "check_elsewhere", _("同一护照在其他单位持有有效的工作许可（至 %(day)s），须先注销才能准予。")
)
QUOTA_UNKNOWN = say("check_quota_unknown", _("政策包没有登记 C 类人员的数量限制，请按国家有关规定核对。"))
QUOTA_FULL = say("check_quota_full", _("C 类人员已达到数量限制（%(used)s / %(most)s）。"))
QUOTA_AGREES = say("check_quota_agrees", _("C 类人员在数量限制之内（%(used)s / %(most)s）。"))
NAMES = {
    "surname": pgettext_lazy("passport", "姓"),
    "given_names": pgettext_lazy("passport", "名"),
    "number": _("护照号码"),
    "nationality": _("国籍（地区）"),
    "birth_date": _("出生日期"),
    "sex": _("性别"),
    "expiry": _("护照有效期至"),
}
FACTS = {"number": "passport_number", "expiry": "passport_expiry"}
WITH_PERSON = (*kinds.NEW, kinds.EXTEND, kinds.CHANGE, kinds.CONFIRM)
"""Sub-matters whose facts of person and work are reviewed; a cancellation or re-issue rests on the permit."""


def passport_lines(context: Context) -> list[Finding]:
    """The machine-readable zone against what the dossier says; long names are cut there, so a prefix is enough."""
    person = context.person
    if not person.get("mrz"):
        return [Finding("unknown", MRZ_MISSING)]
    try:
        read = mrz.parse(str(person["mrz"]), today=context.today)
    except ValidationError:
        return [Finding("differs", MRZ_DIFFERS, {"names": [_("护照机读码")]})]
    differ = []
    for name in NAMES:
        said, zone = str(person.get(FACTS.get(name, name)) or "").upper(), getattr(read, name)
        zone = zone.isoformat() if isinstance(zone, date) else str(zone).upper()
        same = said == zone or (name in ("surname", "given_names") and bool(zone) and said.startswith(zone))
        if not same:
            differ.append(NAMES[name])
    return [Finding("differs", MRZ_DIFFERS, {"names": differ})] if differ else [Finding("agrees", MRZ_AGREES)]


def passport_against_contract(context: Context) -> list[Finding]:
    expiry, until = day(context.person.get("passport_expiry")), day(context.work.get("contract_until"))
    if context.case.sub_matter not in WITH_PERSON or not (expiry and until):
        return []
    if expiry < until:
        params = {"passport": expiry.isoformat(), "contract": until.isoformat()}
        return [Finding("differs", PASSPORT_FIRST, params)]
    return [Finding("agrees", TERM_AGREES)]


def age(context: Context) -> list[Finding]:
    """In principle not above a limit for B and C; who may be above it is for officers to judge (domain 1)."""
    born, limits = day(context.person.get("birth_date")), context.pack.values["permit_usual_age"].by
    most = limits.get(context.case.category)
    if context.case.sub_matter not in WITH_PERSON or born is None or most is None:
        return []
    if born + relativedelta(years=most + 1) <= context.today:
        return [Finding("differs", OLD, {"class": context.case.category, "age": most})]
    return [Finding("agrees", AGE_AGREES)]


def minimum_wage(context: Context) -> list[Finding]:
    """Against the local minimum wage where the pack knows it (S003-70); the class's multiple stands with the class."""
    salary, entry = context.work.get("annual_salary_cny"), context.pack.values.get("minimum_wage_month")
    if context.case.sub_matter not in WITH_PERSON or not isinstance(salary, int):
        return []
    if entry is None or not isinstance(entry.value, int):
        return [Finding("unknown", WAGE_UNKNOWN)]
    if salary < entry.value * 12:
        return [Finding("differs", WAGE_LOW, {"least": entry.value})]
    return [Finding("unknown" if entry.uncertain else "agrees", WAGE_AGREES)]


def same_file(context: Context) -> list[Finding]:
    """A file that lies in another person's dossier too, by the keyed hash of its content (quality: no name is told)."""
    documents = [row.document for row in context.items if row.document]
    if not documents:
        return []
    shared = context.batch.comparing.files_of_others
    names = [context.pack.materials[row.kind].name.zh for row in documents if row.pk in shared]
    return [Finding("differs", SAME_FILE, {"names": names})] if names else [Finding("agrees", FILES_AGREE)]


def standing(context: Context) -> list[Finding]:
    """Credit records in force, of the employer and of the agency; supervision writes them (S003-68)."""
    rows = context.standings
    if not rows:
        return [Finding("agrees", STANDING_AGREES)]
    return [
        Finding(
            "differs",
            STANDING,
            {
                "who": row.organisation.name,
                "what": "；".join([row.basis or row.kind, *_measures(context, row.measures)]),
                "day": row.from_on.isoformat(),
            },
        )
        for row in rows
    ]


def _measures(context: Context, codes: Iterable[str]) -> list[str]:
    """What the listing asks of whoever handles the filing: remind, look closer, see the originals."""
    texts = context.pack.texts
    return [texts[f"measure_{code}"].pick(get_language()) for code in codes if f"measure_{code}" in texts]


def against_the_permit_held(context: Context) -> list[Finding]:
    """Post, class and continuity against the permit that is extended or changed."""
    held, case = context.about, context.case
    if held is None or case.sub_matter not in (kinds.EXTEND, kinds.CHANGE):
        return []
    found = []
    post = str(context.work.get("post_title", ""))[:120]
    if post != held.post:
        found.append(Finding("differs", POST_DIFFERS, {"new": post, "old": held.post}))
    else:
        found.append(Finding("agrees", POST_AGREES))
    if held.category != case.category:
        found.append(Finding("differs", CLASS_DIFFERS, {"new": case.category, "old": held.category}))
    start, until = day(context.work.get("contract_from")), held.valid_until
    if case.sub_matter == kinds.EXTEND and start and until and start > until + timedelta(days=1):
        found.append(Finding("differs", GAP, {"start": start.isoformat(), "until": until.isoformat()}))
    return found


def late(context: Context) -> list[Finding]:
    """A change or cancellation applied for after its term: accepted, and noted (law-notes 18)."""
    last, at = duty_until(context), context.case.filed_at
    filed = today(at) if at else None
    if last is None or filed is None or filed <= last:
        return []
    return [Finding("differs", LATE_DUTY, {"day": last.isoformat(), "n": (filed - last).days})]


def held_elsewhere(context: Context) -> list[Finding]:
    """The same passport at another employer, for officers only."""
    if context.case.sub_matter not in kinds.NEW:
        return []
    rows = [row for row in context.held_elsewhere if row.matter == context.case.matter and row.valid_until]
    live = [row.valid_until for row in rows if row.valid_until and row.valid_until >= context.today]
    return [Finding("differs", ELSEWHERE, {"day": max(live).isoformat()})] if live else []


def quota(context: Context) -> list[Finding]:
    """Class C is limited in number by state rules (domain 1); where the pack has the number it is counted."""
    if context.case.category != "C" or context.case.sub_matter not in kinds.NEW:
        return []
    entry = context.pack.values.get("class_c_quota")
    if entry is None or not isinstance(entry.value, int):
        return [Finding("unknown", QUOTA_UNKNOWN)]
    used = context.batch.comparing.active_in_class(context.case.matter, "C", context.case.office_id)
    params = {"used": used, "most": entry.value}
    return [
        Finding("differs", QUOTA_FULL, params)
        if used >= entry.value
        else Finding("agrees", QUOTA_AGREES, params)
    ]


CHECKS = (
    passport_lines,
    passport_against_contract,
    age,
    minimum_wage,
    same_file,
    standing,
    against_the_permit_held,
    late,
    held_elsewhere,
    quota,
)
