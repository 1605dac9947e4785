"""The error summary of a page: every problem once, each with the place where it is put right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, QueryDict

from foreignwork.cases.problems import CaseError, Problem


@dataclass(frozen=True, slots=True)
class Line:
    """One problem; ``href`` leads to the field or page, empty when there is none."""

    sentence: str
    href: str = ""


def errors_of(form: forms.BaseForm) -> list[Line]:
    """All errors of a bound form, in the order of its fields."""
    lines = [Line(str(text)) for text in form.non_field_errors()]
    for name in form.fields:
        if name in form.errors:
            bound = form[name]
            lines += [
                Line(str(text), f"#{bound.id_for_label or bound.auto_id}") for text in form.errors[name]
            ]
    return lines


def lines_of(refused: CaseError, place: Callable[[Problem], str] | None = None) -> list[Line]:
    """The problems of a refusal; ``place`` says where each is put right."""
    return [Line(problem.sentence, place(problem) if place else "") for problem in refused.problems]


def posted(request: HttpRequest) -> QueryDict | None:
    """The data of a POST, an empty one included; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None
