"""Choosing a time at a window: days one above the other, times of a day side by side. Works without JavaScript."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from foreignwork.cases.clock import SHANGHAI
from foreignwork.cases.forms import StepForm
from foreignwork.cases.problems import Problem

from .book import visit_of
from .stranded import why_shut
from .timetable import Day, Timetable, provisional


class SlotChoice(forms.RadioSelect):
    """Times grouped by day; the day of the chosen time, else the first with a free one, lies open."""

    template_name = "components/forms/slots.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        groups = [group for group in context["widget"]["optgroups"] if group[0]]
        days: list[dict[str, Any]] = [
            {
                "label": label,
                "options": options,
                "open": any(option["selected"] for option in options),
            }
            for label, options, _index in groups
        ]
        if days and not any(day["open"] for day in days):
            days[0]["open"] = True
        context["widget"]["days"] = days
        return context


class SlotField(forms.ChoiceField):
    """Any text comes through: the form's own sentence says why a time cannot be had."""

    widget = SlotChoice

    def valid_value(self, value: Any) -> bool:
        return True

    @staticmethod
    def in_words(value: str) -> str:
        """How the history shows it."""
        return value.partition("@")[2].replace("T", " ")


class SlotForm(StepForm):
    """A step that takes a time at a window. Where the office has none to book, nothing is asked."""

    clear: ClassVar[tuple[str, ...]] = ("slot",)

    slot = SlotField(
        label=gettext_lazy("到窗口办理的时间"),
        error_messages={"required": gettext_lazy("请选择一个时段。")},
    )

    def latest(self) -> date | None:
        """The last day that makes sense for the step; None: whatever the window offers."""
        return None

    def build(self) -> None:
        super().build()
        case = self.context.case
        self.timetable = Timetable(case.office, case.matter, self.context.today)
        if not self.timetable.windows:
            del self.fields["slot"]
            return
        latest = self.latest()
        days = [day for day in self.timetable.days if day.left and (latest is None or day.on <= latest)]
        several = len(self.timetable.windows) > 1
        field = self.fields["slot"]
        assert isinstance(field, SlotField)
        field.choices = [
            (
                day_label(day, several=several),
                [(one.value, f"{one.starts_at:%H:%M}") for one, left in day.times if left > 0],
            )
            for day in days
        ]
        field.help_text = " ".join(_where(day) for day in _one_of_each(days))

    def clean_slot(self) -> str:
        value = str(self.cleaned_data["slot"])[:120]
        found = self.timetable.find(value)
        if isinstance(found, Problem):
            raise forms.ValidationError(found.sentence, code=found.code)
        return found.value


def day_label(day: Day, *, several: bool = False) -> str:
    """“2026年3月12日 星期四 · 余 12 个名额”, with the window's name where there are several."""
    parts = [f"{date_format(day.on)} {date_format(day.on, 'l')}"]
    if several:
        parts.append(day.place.name.pick(get_language()))
    parts.append(ngettext("余 %(n)s 个名额", "余 %(n)s 个名额", day.left) % {"n": day.left})
    if provisional(day.on):
        parts.append(_("该年放假安排尚未公布，如遇放假会通知改期"))
    return " · ".join(parts)


def _one_of_each(days: list[Day]) -> list[Day]:
    return list({day.window: day for day in reversed(days)}.values())[::-1]


def _where(day: Day) -> str:
    """Where to come: name, address and phone of the window."""
    language, place = get_language(), day.place
    address = place.address.pick(language) if place.address else ""
    return " · ".join(part for part in (place.name.pick(language), address, place.phone) if part)


class MoveForm(SlotForm):
    """Another time for the visit."""

    remark = forms.CharField(
        label=gettext_lazy("改期原因"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class MissedForm(StepForm):
    """The person did not come: whether there was a good reason, as far as known."""

    clear: ClassVar[tuple[str, ...]] = ("excused",)

    excused = forms.ChoiceField(
        label=gettext_lazy("未到场的原因"),
        choices=[
            ("unknown", gettext_lazy("尚不清楚")),
            ("excused", gettext_lazy("有正当理由")),
            ("unexcused", gettext_lazy("无正当理由")),
        ],
        initial="unknown",
        widget=forms.RadioSelect,
    )
    remark = forms.CharField(
        label=gettext_lazy("说明"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class DisplacedBasis(StepForm):
    """No input: writes into the event which time was taken away, and why."""

    clear: ClassVar[tuple[str, ...]] = ("slot", "why")

    def clean(self) -> dict[str, Any]:
        visit = visit_of(self.context)
        if visit is None:
            return {}
        when = visit.slot.starts_at.astimezone(SHANGHAI)
        return {"slot": f"{visit.slot.window}@{when:%Y-%m-%dT%H:%M}", "why": why_shut(visit.slot)}
