"""Problems: what forbids a step, as a code with parameters; the sentence is made in the reader's language.

Events and logs store codes and parameters, never translated sentences (decisions 13).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_SENTENCES: dict[str, str | Promise] = {}
_MOOT: set[str] = set()


def say(code: str, sentence: str | Promise, *, moot: bool = False) -> str:
    """Define the sentence of ``code`` once; returns the code. A second, different definition is an error.

    ``moot``: there is nothing the step could be about, so pages do not offer it at all (no objection to decide); who asks for
    it by its address is still told why.
    """
    if moot:
        _MOOT.add(code)
    if code in _SENTENCES and str(_SENTENCES[code]) != str(sentence):
        raise ValueError(f"problem code {code!r} has two sentences")
    _SENTENCES[code] = sentence
    return code


def codes() -> frozenset[str]:
    return frozenset(_SENTENCES)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a step may not be taken. ``field`` names the form field it belongs to, if any."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    field: str | None = None

    def __post_init__(self) -> None:
        if self.code not in _SENTENCES:
            raise KeyError(f"problem code {self.code!r} has no sentence; define it with say()")

    @property
    def sentence(self) -> str:
        return str(_SENTENCES[self.code]) % {key: _shown(value) for key, value in self.params.items()}

    @property
    def moot(self) -> bool:
        return self.code in _MOOT

    def __str__(self) -> str:
        return self.sentence


def _shown(value: Any) -> str:
    return "、".join(str(v) for v in value) if isinstance(value, (list, tuple)) else str(value)


class CaseError(Exception):
    """A refused step: nothing has changed."""

    problems: tuple[Problem, ...]

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(", ".join(problem.code for problem in problems))


class WrongState(CaseError):
    """The case is not in a state from which this step leads."""


class NotAllowed(CaseError):
    """The actor's role, post, hand or recusal forbids the step."""


class Blocked(CaseError):
    """A rule forbids the step."""


class Stale(CaseError):
    """Someone else was faster: the version the person saw is not the current one."""


class KeyReused(CaseError):
    """The same idempotency key came with other content."""


WRONG_STATE = say("wrong_state", _("办件当前处于“%(state)s”，不能执行“%(step)s”。请刷新页面查看最新进度。"))
WRONG_ROLE = say("wrong_role", _("您的岗位不能执行“%(step)s”；需要的岗位：%(roles)s。"))
HAND_TAKEN = say("hand_taken", _("“%(stage)s”环节已由其他工作人员经办，须由其继续办理，或由负责人改派。"))
HAND_REPEATED = say(
    "hand_repeated", _("您已经办过本办件的其他环节。同一办件的各环节须由不同的工作人员办理，请转交同事。")
)
FILED_FOR_APPLICANT = say(
    "filed_for_applicant",
    _("您曾在窗口代申请人办理本办件，不能再预审、受理、审查或者决定同一办件（职责分离）。请转交同事。"),
)
ACTED_FOR_OFFICE = say(
    "acted_for_office",
    _("您已作为工作人员经办过本办件，不能再代申请人办理（职责分离）。请由其他窗口人员代办。"),
)
LINE_CROSSED = say(
    "line_crossed",
    _("审批人员不承担执法检查，执法人员不承担审批（职责分离）。您同时担任两类岗位，请联系负责人调整岗位。"),
)
RECUSED = say("recused", _("您已对本办件回避，不能办理。"))
STALE = say(
    "stale",
    _(
        "其他人已先行处理：%(who)s于 %(when)s 执行了“%(step)s”。您的操作没有生效，填写的内容已保留，请核对后重新提交。"
    ),
)
KEY_REUSED = say(
    "key_reused", _("这份表单已经提交过，但内容与上次不同。请返回办件页面，核对当前进度后重新填写。")
)
GATE_SHUT = say("gate_shut", _("须先完成：%(matters)s。"))
OFFICE_MISSING = say("office_missing", _("政策包没有指定本事项的主管部门，无法提交。请联系 12345。"))
