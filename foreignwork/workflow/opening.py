"""Filing a bundle: one submission opens a case for each chosen matter, all or none (S002-18, S003-23)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Jurisdiction, Organisation
from foreignwork.accounts.who import Actor
from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Bundle, BundleItem, Case
from foreignwork.cases.phases import Phase
from foreignwork.cases.problems import Blocked, NotAllowed, Problem, say
from foreignwork.dossiers.models import DatedFact, Document, DossierVersion, Engagement, EngagementVersion
from foreignwork.outbox.put import nudge
from foreignwork.policies.materials import Item, Need, personal_list
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack
from foreignwork.rows import insert_together, next_ids

from . import consents as consenting
from . import keys
from .ask import act_for, objection
from .granting import Turn
from .held import Held, allows, class_held, held_for, unfit
from .routing import competent
from .turns import carry_out

NOT_YOURS = say(
    "not_your_employer", _("您没有代表该单位提交的授权。请由本单位经办人办理，或先登记代理授权。")
)
MATTER_REQUIRED = say("matter_required", _("“%(matter)s”是必选事项，请勾选后再提交。"))
MATTER_UNKNOWN = say("matter_unknown", _("所选事项不在本地区的联办范围内，请重新选择。"))
ITEM_MISSING = say("item_missing", _("还缺少材料：%(name)s。请上传后再提交。"))
ITEM_EXPIRED = say("item_expired", _("材料“%(name)s”已于 %(day)s 过期，请上传新的。"))
FACTS_MISSING = say("facts_missing", _("档案信息不完整：请先填写护照信息和聘用信息。"))
OPEN_ALREADY = say("open_already", _("此人在本单位已有正在办理的“%(matter)s”（%(number)s），不能重复提交。"))
OTHER_PLACE = say(
    "assisted_elsewhere", _("代办只能在本窗口所在地区提交。请选择本地区，或者到办理地的窗口办理。")
)
ANSWER_UNFIT = say("answer_unfit", _("对“%(question)s”的回答不在可选的范围内，请重新选择。"))
ANSWER_MISSING = say("answer_missing", _("请回答：%(question)s"))


@dataclass(frozen=True, slots=True)
class Filing:
    """What the applicant hands in: for whom, which matters, the answers to the pack's questions.

    ``seen``: codes of the materials whose paper the clerk at the window has seen and taken in. ``consents``: the pack's
    ``processing`` the person consented to; what is told by duty needs none.
    """

    jurisdiction: Jurisdiction
    employer: Organisation
    engagement: Engagement
    matters: tuple[str, ...]
    answers: Mapping[str, Any]
    agency: Organisation | None = None
    channel: str = Bundle.Channel.ONLINE
    seen: frozenset[str] = frozenset()
    consents: frozenset[str] = frozenset()


def items_of(
    filing: Filing, pack: Pack, documents: Mapping[str, Document] | None = None, today: date | None = None
) -> list[Item]:
    """The personal list of materials of this filing; whether the employer is a public body comes from its register.

    ``documents`` are those of ``documents_of``: what of it lies in the dossier and is valid on ``today``.
    """
    on_file = {code: document.valid_until for code, document in (documents or {}).items()}
    return personal_list(pack, filing.matters, full_answers(filing), on_file=on_file, today=today)


def full_answers(filing: Filing) -> dict[str, Any]:
    return {**filing.answers, "public_body": filing.employer.is_public_body, "matters": list(filing.matters)}


def completed(filing: Filing, pack: Pack, held: Held) -> Filing:
    """The filing with the class of what the person holds, where the pack does not ask for one anew."""
    if "category" in filing.answers or "category" in dict(pack.asked(full_answers(filing))):
        return filing
    found = pack.only_class(filing.matters, full_answers(filing)) or class_held(pack, held)
    return replace(filing, answers={**filing.answers, "category": found}) if found else filing


def documents_of(engagement: Engagement) -> dict[str, Document]:
    """The newest document of each kind that this employer may use for this person: one query."""
    rows = Document.objects.filter(dossier_id=engagement.dossier_id, replaced_by__isnull=True).order_by("id")
    return {row.kind: row for row in rows if row.engagement_id in (None, engagement.pk)}


def file_bundle(
    filing: Filing, *, actor: Actor, at: datetime, key: str | None = None, policy: PolicyVersion | None = None
) -> Bundle:
    """Open the bundle and all its cases in one transaction; every problem of every matter is told at once.

    Raises NotAllowed, Blocked, KeyReused; then nothing is filed. A repeated POST with ``key`` returns the first bundle.
    ``policy`` is the version in force today where the caller has read it already.
    """
    with transaction.atomic():
        if key and actor.user:
            content = {"e": filing.engagement.pk, "m": sorted(filing.matters), "a": dict(filing.answers)}
            found = keys.claim(
                user=actor.user, key=key, print_=keys.fingerprint("file_bundle", content), at=at
            )
            if found is not None:
                return Bundle.objects.get(number=found["bundle"])
        if filing.employer.pk not in actor.employers:
            raise NotAllowed(Problem(NOT_YOURS))
        if actor.assistance and actor.assistance.office.jurisdiction_id != filing.jurisdiction.pk:
            raise NotAllowed(Problem(OTHER_PLACE))
        bundle = _open(filing, policy, actor=actor, at=at)
        if key and actor.user:
            keys.settle(user=actor.user, key=key, outcome={"bundle": bundle.number})
        nudge()
    return bundle


def _open(filing: Filing, policy: PolicyVersion | None, *, actor: Actor, at: datetime) -> Bundle:
    policy = policy or PolicyVersion.objects.in_force(filing.jurisdiction.code, day_of(at))
    pack = policy.pack
    documents = documents_of(filing.engagement)
    if set(filing.matters) - set(pack.matter_codes()):
        raise Blocked(Problem(MATTER_UNKNOWN))
    held = held_for(filing.engagement, pack, filing.answers, filing.matters)
    filing = completed(filing, pack, held)
    problems = _problems(filing, pack, documents, held, at=at)
    if problems:
        raise Blocked(*problems)
    person = DossierVersion.objects.filter(dossier=filing.engagement.dossier_id).order_by("-seq").first()
    work = EngagementVersion.objects.filter(engagement=filing.engagement).order_by("-seq").first()
    if person is None or work is None:
        raise Blocked(Problem(FACTS_MISSING))
    ids = next_ids({Bundle: 1, Case: len(filing.matters)})
    pk = ids[Bundle][0]
    bundle = Bundle(
        pk=pk,
        number=f"{filing.jurisdiction.code.upper()}-{day_of(at).year}-{pk:06d}",
        jurisdiction=filing.jurisdiction,
        policy_version=policy,
        employer=filing.employer,
        agency=filing.agency,
        dossier=filing.engagement.dossier,
        engagement=filing.engagement,
        channel=Bundle.Channel.WINDOW if actor.assistance else filing.channel,
        assistance=actor.assistance,
        answers=full_answers(filing),
        filed_by=actor.user,
        filed_at=at,
    )
    items = [
        BundleItem(
            bundle=bundle,
            code=item.code,
            for_matters=list(item.for_matters),
            by_system=item.source != "applicant",
            on_paper=item.form == "paper",
            **_seen(item, filing, actor, at),
            document=None if item.need is Need.LATER else documents.get(item.code),
        )
        for item in items_of(filing, pack, documents, day_of(at))
        if item.required
    ]
    cases = _cases(bundle, filing, pack, held, person, work)
    consents = consenting.rows_of(bundle, pack, cases, filing.consents, by=actor.user, at=at)
    insert_together([bundle], items, _days(bundle, actor, at=at), consents)
    for case, case_id in zip(cases, ids[Case], strict=True):
        case.pk = case.id = case_id
    opened = contexts(cases, day_of(at))
    opened[0].batch.know("items", {pk: items})
    opened[0].batch.know("siblings", {pk: list(cases)})
    carry_out(_turns(opened, actor, at=at), at=at)
    return bundle


def _seen(item: Item, filing: Filing, actor: Actor, at: datetime) -> dict[str, Any]:
    """A paper that the clerk has in hand; nobody else can say so."""
    taken = actor.assistance and item.need is Need.PAPER and item.code in filing.seen
    return {"seen_at": at, "seen_by": actor.user} if taken else {}


def _days(bundle: Bundle, actor: Actor, *, at: datetime) -> list[DatedFact]:
    """The clock-starting days among the answers."""
    days = ((kind, answers_day(bundle.answers, kind)) for kind in DatedFact.Kind.values)
    return [
        DatedFact(dossier=bundle.dossier, kind=kind, on=day, recorded_by=actor.user, recorded_at=at)
        for kind, day in days
        if day
    ]


def answers_day(answers: Mapping[str, Any], kind: str) -> date | None:
    """An answer that is a clock-starting day, e.g. ``work_started_on``; answers keep dates as ISO text."""
    text = answers.get(f"{kind}_on")
    return date.fromisoformat(text) if text else None


def _problems(
    filing: Filing, pack: Pack, documents: Mapping[str, Document], held: Held, *, at: datetime
) -> list[Problem]:
    """Everything that is missing or wrong about the filing as a whole, in one go (一次告知, S002-48)."""
    language = get_language()
    found: list[Problem] = []
    answers = full_answers(filing)
    for code in pack.required_matters(answers):
        if code not in filing.matters:
            found.append(Problem(MATTER_REQUIRED, {"matter": pack.matters[code].name.pick(language)}))
    found += unfit(pack, filing.matters, answers, held)
    given = pack.with_defaults(answers)
    for code, question in pack.asked(answers):
        if question.required and given.get(code) in (None, "", []):
            text = question.en if (language or "").startswith("en") else question.zh
            found.append(Problem(ANSWER_MISSING, {"question": text}, field=code))
        elif not allows(pack, code, given, given.get(code)):
            text = question.text.pick(language)
            found.append(Problem(ANSWER_UNFIT, {"question": text}, field=code))
    for item in items_of(filing, pack, documents, day_of(at)):
        if item.need is Need.UPLOAD:
            found.append(Problem(ITEM_MISSING, {"name": item.name.pick(language)}, field=item.code))
        elif item.need is Need.EXPIRED and item.valid_until:
            params = {"name": item.name.pick(language), "day": item.valid_until.isoformat()}
            found.append(Problem(ITEM_EXPIRED, params, field=item.code))
    busy = Case.objects.open().filter(
        origin=Case.Origin.APPLIED,
        dossier=filing.engagement.dossier_id,
        employer=filing.employer,
        matter__in=filing.matters,
    )
    for case in busy:
        name = pack.matters[case.matter].name.pick(language)
        found.append(Problem(OPEN_ALREADY, {"matter": name, "number": case.number}))
    return found


def _cases(
    bundle: Bundle,
    filing: Filing,
    pack: Pack,
    held: Held,
    person: DossierVersion,
    work: EngagementVersion,
) -> Sequence[Case]:
    """The cases in memory, each with its competent office (routing by matter, category, city and sub-matter)."""
    answers = bundle.answers
    subs = {code: pack.sub_matter_for(code, answers) or "" for code in filing.matters}
    found = competent(pack, filing.matters, answers, city=filing.employer.city)
    cases = []
    for matter in registry.all_matters():
        if matter.code not in filing.matters:
            continue
        sub = pack.matters[matter.code].sub_matters.get(subs[matter.code])
        cases.append(
            matter.model(
                number=f"{bundle.number}-{matter.letter}",
                matter=matter.code,
                sub_matter=subs[matter.code],
                about=held.get(matter.code) if sub and sub.about else None,
                category=str(answers.get("category") or ""),
                phase=Phase.PREPARING,
                bundle=bundle,
                employer=filing.employer,
                dossier=bundle.dossier,
                engagement=filing.engagement,
                dossier_version=person,
                engagement_version=work,
                policy_version=bundle.policy_version,
                office=found[matter.code].office,
                receiver=found[matter.code].receiver,
                data_key_id=bundle.dossier.data_key_id,
            )
        )
    return cases


def _turns(opened: Sequence[Context], actor: Actor, *, at: datetime) -> list[Turn]:
    """File each case, or queue it before its gate; all problems of all matters together."""
    turns: list[Turn] = []
    problems: list[Problem] = []
    for context in opened:
        matter = context.case.matter_entry
        gate = context.pack.gate(matter.code, context.answers)
        early = bool(gate and gate.at == "before_filing" and context.gate_state != "open" and matter.queues)
        step = matter.steps[matter.queues if early else matter.files]
        act = act_for(actor, step, context.case, at=at, data={})
        refused = objection(step, context, act)
        if refused:
            problems += [problem for problem in refused.problems if problem not in problems]
        turns.append(Turn(step, context, act))
    if problems:
        raise Blocked(*problems)
    return turns
