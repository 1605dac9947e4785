"""Forms of the licensing procedure that belong to permits alone."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import DecisionReasonsForm, StepForm
from foreignwork.deadlines.models import Deadline
from foreignwork.policies import workdays

from . import rules_process as rules

LONG = forms.Textarea(attrs={"rows": 5})


def words(label: Any, missing: Any, help_text: Any = "", *, most: int = 2000) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=help_text,
        error_messages={"required": missing},
    )


class GroundsForm(DecisionReasonsForm):
    """Why the office opens a case of its own: the pack's grounds for this sub-matter, and the facts (行政许可法 8, 69, 70)."""

    reasons_field_label = _("法定情形（可多选）")

    def build(self) -> None:
        super().build()
        self.fields["remark"] = words(
            _("立案的事实和线索"),
            _("请写明立案所依据的事实和线索来源。"),
            _("将保留在办件记录中；告知当事人时另行填写告知内容。"),
        )

    def reasons(self, kind: str) -> list[tuple[str, str]]:
        case, language = self.context.case, get_language()
        known = self.context.pack.matters[case.matter].office_grounds
        return [
            (code, entry.text.pick(language))
            for code, entry in known.items()
            if case.sub_matter in entry.within
        ]


class RightsForm(StepForm):
    """What the party is told before an unfavourable decision: the facts, what is intended, on what it rests."""

    remark = words(
        _("拟作出的决定及其事实、理由和依据"),
        _("请写明拟作出的决定、事实、理由和依据；当事人要据此陈述和申辩。"),
        _("将写入告知书。"),
    )


class StatementForm(StepForm):
    remark = words(
        _("陈述和申辩意见"),
        _("请写明您的意见。"),
        _("作出决定的人员必须充分听取；不会因为陈述和申辩而加重处理。"),
    )


class FactsForm(StepForm):
    """The facts and reasons of a decision, in words that stand in the paper."""

    remark = words(_("事实和理由"), _("请写明事实和理由；没有理由的决定不能出具。"), _("将写入文书。"))


class CompensationForm(FactsForm):
    """Retraction in the public interest: property losses are compensated by law (行政许可法 8 第二款)."""

    compensation = words(
        _("补偿安排"), _("请写明依法给予补偿的安排；没有财产损失的，请写明。"), _("将写入文书。"), most=1000
    )


class PenaltyForm(FactsForm):
    """A warning is a penalty: two enforcement officers, and what the party said was looked into (行政处罚法 42, 45)."""

    officers = forms.CharField(
        label=_("两名执法人员姓名及执法证号"),
        max_length=200,
        error_messages={"required": _("行政处罚由两名以上执法人员实施，请写明姓名和执法证号。")},
    )
    views = words(
        _("对陈述、申辩意见的复核情况"),
        _("请写明对当事人意见的复核情况；当事人没有提出意见的，请写明。"),
        most=1000,
    )


class DropForm(FactsForm):
    """Why it comes to nothing; revocation may also yield to the public interest (行政许可法 69 第三款)."""

    clear: ClassVar[tuple[str, ...]] = ("why",)

    why = forms.ChoiceField(
        label=_("结案情形"),
        choices=[
            ("unproven", _("所指情形不成立或者不能证明")),
            ("public_interest", _("处理可能对公共利益造成重大损害，依法不予撤销")),
            ("remedied", _("情形已经消除")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择结案情形。")},
    )


class AnnouncementForm(FactsForm):
    """The person or the employer cannot be reached: since when, by which means it was tried, where it is announced."""

    clear: ClassVar[tuple[str, ...]] = ("since",)

    since = forms.DateField(
        label=_("失去联系的日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("请填写失去联系的日期。"),
            "invalid": _("日期不存在，请按 2026-01-31 的格式填写。"),
        },
    )
    where = forms.CharField(
        label=_("公告载体"),
        max_length=120,
        help_text=_("例如：市级报纸名称和版面。"),
        error_messages={"required": _("请填写公告载体。")},
    )

    def clean_since(self) -> date:
        since: date = self.cleaned_data["since"]
        days = self.context.pack.value("contact_lost_days")
        if (self.context.today - since).days <= days:
            raise forms.ValidationError(_("失去联系超过 %(days)s 日才能公告告知。") % {"days": days})
        return since


class HearingForm(StepForm):
    """When, where and before whom: told early enough, and within the limit to organise it (行政许可法 47, 48)."""

    clear: ClassVar[tuple[str, ...]] = ("held_on", "chair")

    held_on = forms.DateField(
        label=_("听证日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("请填写听证日期。"),
            "invalid": _("日期不存在，请按 2026-01-31 的格式填写。"),
        },
    )
    place = forms.CharField(
        label=_("时间和地点"),
        max_length=200,
        error_messages={"required": _("请填写听证的时间和地点。")},
    )
    public = forms.BooleanField(
        label=_("公开举行"),
        required=False,
        help_text=_("听证应当公开举行；涉及国家秘密、商业秘密、个人隐私的除外。"),
    )

    def build(self) -> None:
        self.fields["chair"] = forms.ChoiceField(
            label=_("听证主持人"),
            choices=[(str(user.pk), str(user)) for user in rules.chairs(self.context, self.context.today)],
            help_text=_("只能是没有审查本申请的人员。"),
            error_messages={
                "required": _("请选择听证主持人。"),
                "invalid_choice": _("主持人只能是没有审查本申请的人员，请另选一人。"),
            },
        )

    def clean_held_on(self) -> date:
        held: date = self.cleaned_data["held_on"]
        notice = self.context.pack.value("hearing_notice_days")
        first = workdays.add(self.context.today, workdays.WorkingDays(notice)).on
        if held < first:
            raise forms.ValidationError(
                _("须在举行听证的 %(days)s 个工作日前通知，最早为 %(day)s。")
                % {"days": notice, "day": first.isoformat()}
            )
        limit = Deadline.objects.running().filter(case_id=self.context.case.pk, kind="hearing").first()
        if limit and held > limit.due_on:
            raise forms.ValidationError(
                _("听证应当在 %(day)s 之前组织，请选择不晚于这一天的日期。")
                % {"day": limit.due_on.isoformat()}
            )
        if not workdays.is_workday(held):
            raise forms.ValidationError(_("这一天不是工作日，请另选一天。"))
        return held


class RecordForm(StepForm):
    """The record of the hearing, confirmed and signed by those who took part; the decision rests on it."""

    attended = forms.CharField(
        label=_("参加人"),
        max_length=300,
        help_text=_("当事人、代理人、审查人员、其他参加人。"),
        error_messages={"required": _("请填写听证参加人。")},
    )
    remark = words(
        _("听证笔录要点"),
        _("请写明审查意见的证据、理由，以及申请人、利害关系人的证据、申辩和质证。"),
        most=4000,
    )
    signed = forms.BooleanField(
        label=_("笔录已经参加人确认无误并签字或者盖章"),
        error_messages={"required": _("笔录须经听证参加人确认无误后签字或者盖章。")},
    )
