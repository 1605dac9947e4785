"""``/dev/components/`` (DEBUG only): every component with made-up people, in the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TODAY: Final = date(2026, 3, 16)
NOON: Final = datetime(2026, 3, 16, 4, 20, tzinfo=UTC)
BUNDLE: Final = "JM-GS-20260312-000017"
EMPLOYER: Final = _("示例科技有限公司")
PERSON: Final = "ELENA MARTINEZ"
PERMIT_OFFICE: Final = _("示例市科学技术局")
POLICE: Final = _("示例市公安局出入境管理支队")
INSURANCE: Final = _("示例市社会保险中心")
TITLES: Final = _("示例省人力资源和社会保障厅")
PERMIT, RESIDENCE = _("外国人来华工作许可"), _("工作类居留证件")
SOCIAL, TITLE = _("社会保险登记"), _("职称申报条件审核")


class EveryField(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("护照姓名"), help_text=_("与护照机读区一致，先姓后名。"), max_length=200)
    entered = forms.DateField(label=_("入境日期"), widget=forms.DateInput)
    nationality = forms.ChoiceField(
        label=_("国籍（地区）"), choices=[("", _("请选择")), ("ESP", _("西班牙")), ("JPN", _("日本"))]
    )
    category = forms.ChoiceField(
        label=_("申请类别"),
        help_text=_("不确定时先选“按条件测算”。"),
        choices=[("a", _("A 类（高端人才）")), ("b", _("B 类（专业人才）")), ("?", _("按条件测算"))],
        widget=forms.RadioSelect,
    )
    matters = forms.MultipleChoiceField(
        label=_("同时办理"),
        choices=[("second", RESIDENCE), ("third", SOCIAL), ("fourth", TITLE)],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    contract = forms.FileField(label=_("劳动合同"), help_text=_("PDF 或照片，不超过 10 MB。"))
    remark = forms.CharField(label=_("补充说明"), widget=forms.Textarea, required=False)
    promise = forms.BooleanField(label=_("我声明以上内容真实，并知道虚假申报的后果。"))


class FilterForm(forms.Form):
    number = forms.CharField(label=_("办件编号"), required=False)
    matter = forms.ChoiceField(label=_("事项"), choices=[("", _("全部")), ("p", PERMIT)], required=False)


class StepForm(forms.Form):
    opinion = forms.CharField(label=_("审查意见"), widget=forms.Textarea, required=False)


def limit(left: int | None, total: int = 10, *, promised: bool = False, **more: Any) -> dict[str, Any]:
    cites = _("政策包承诺时限") if promised else _("行政许可法 42 条")
    return {"left": left, "total": total, "due_on": date(2026, 3, 25), "cites": cites, **more}


def facts() -> list[dict[str, Any]]:
    return [
        {"label": _("护照姓名"), "value": PERSON, "href": "#", "source": _("护照机读区")},
        {"label": _("护照号码"), "value": "X0*****42", "mono": True, "href": "#"},
        {"label": _("用人单位"), "value": EMPLOYER, "href": "#"},
        {"label": _("中文姓名"), "value": "", "href": "#"},
    ]


def matters() -> list[dict[str, Any]]:
    def row(
        name: Any, tail: str, phase: str, office: Any, step: str | Promise, **more: Any
    ) -> dict[str, Any]:
        return {
            "name": name,
            "number": tail,
            "phase": phase,
            "office": office,
            "next": step,
            "href": "#",
            **more,
        }

    return [
        row(PERMIT, "WP-20260312-000021", "in_review", PERMIT_OFFICE, _("部门进行一级审查"),
            statutory=limit(7), promised=limit(3, 7, promised=True)),
        row(RESIDENCE, "RP-20260312-000022", "upcoming", POLICE, _("工作许可批准后自动转入"), statutory=None, promised=None),
        row(SOCIAL, "SI-20260312-000023", "waiting", INSURANCE, _("补正劳动合同"), next_href="#",
            statutory=limit(1, 30, unit="days"), promised=None),
        row(TITLE, "TC-20260312-000024", "decided", TITLES, _("下载审核结果"), next_href="#", kind="ok",
            statutory=limit(3, met_on=date(2026, 3, 13)), promised=None),
    ]  # fmt: skip


def moments() -> list[dict[str, Any]]:
    return [
        {"title": _("等待二级审查"), "state": "next"},
        {"title": _("一级审查"), "on": TODAY, "office": PERMIT_OFFICE, "state": "now", "matter": PERMIT},
        {"title": _("受理"), "at": NOON, "office": PERMIT_OFFICE, "who": _("王岚"), "matter": PERMIT,
         "limit": _("用时 2 个工作日，法定 5 个工作日"), "href": "#", "link_text": _("受理通知书")},
        {"title": _("一次性告知补正"), "at": NOON, "office": INSURANCE, "who": _("赵宁"), "matter": SOCIAL,
         "text": _("劳动合同缺少签字页，请补充完整后一并提交。"), "state": "paused"},
        {"title": _("提交“一件事”申请"), "at": NOON, "who": EMPLOYER},
    ]  # fmt: skip


def work_rows() -> list[dict[str, Any]]:
    def row(number: str, matter: Any, phase: str, clock: dict[str, Any], mark: str = "") -> dict[str, Any]:
        cells = [
            {"text": number, "href": "#", "sub": matter},
            {"text": "E*** MARTINEZ", "sub": EMPLOYER},
            {"phase": phase},
            {"limit": clock},
            _("王岚"),
        ]
        return {"cells": cells, "select": number, "select_label": number, "mark": mark}

    return [
        row("WP-20260302-000007", PERMIT, "in_review", limit(-2), "overdue"),
        row("WP-20260312-000021", PERMIT, "in_review", limit(1), "mine"),
        row("SI-20260312-000023", SOCIAL, "waiting", limit(4)),
        row("TC-20260312-000024", TITLE, "decided", limit(3, met_on=date(2026, 3, 13))),
    ]


def materials() -> list[dict[str, Any]]:
    return [
        {"name": _("劳动合同"), "kind": "bad", "state": _("退回补正"), "file": "contract.pdf",
         "size": 812_331, "uploaded_at": TODAY, "view": "#", "upload": "#", "used_by": PERMIT,
         "remark": _("缺少签字页，请补充完整。")},
        {"name": _("护照"), "kind": "ok", "state": _("已上传"), "file": "passport.jpg", "size": 402_112,
         "uploaded_at": TODAY, "view": "#", "upload": "#", "hint": _("个人信息页，四角完整。")},
        {"name": _("无犯罪记录证明"), "kind": "info", "state": _("待上传"), "upload": "#"},
        {"name": _("配偶结婚证"), "optional": True, "kind": "quiet", "state": _("未提交"), "upload": "#"},
    ]  # fmt: skip


def sample() -> dict[str, Any]:
    paper = {
        "title": _("受理通知书"),
        "number": _("示科外受〔2026〕21 号"),
        "office": PERMIT_OFFICE,
        "issued_at": TODAY,
    }
    return {
        "number": BUNDLE,
        "crumbs": [{"label": _("首页"), "href": "#"}, {"label": _("我的办件"), "href": "#"}],
        "tasks": [
            {"title": _("填写个人信息"), "href": "#", "status": "done"},
            {"title": _("上传材料"), "href": "#", "status": "progress", "hint": _("还差 2 份")},
            {"title": _("核对并签署声明"), "href": "#", "status": "error"},
            {"title": _("提交"), "status": "blocked", "hint": _("完成以上各项后可以提交")},
        ],
        "facts": facts(),
        "matters": matters(),
        "moments": moments(),
        "statutory": limit(7),
        "promised": limit(3, 7, promised=True),
        "limits": [limit(1), limit(-2), limit(None, paused=True), limit(6, provisional=True)],
        "columns": [_("办件"), _("申请人"), _("状态"), _("时限"), _("经办人")],
        "work_rows": work_rows(),
        "tabs": [
            {"label": _("我的"), "href": "#", "count": 4, "current": True},
            {"label": _("本部门"), "href": "#", "count": 28},
            {"label": _("已超期"), "href": "#", "count": 1, "urgent": True},
        ],
        "counters": [
            {"label": _("今天到期"), "count": 3, "href": "#", "kind": "warn"},
            {"label": _("已超期"), "count": 1, "href": "#", "kind": "bad"},
            {"label": _("待分配"), "count": 12, "href": "#"},
        ],
        "chips": [{"label": _("事项：工作许可"), "href": "#"}, {"label": _("状态：办理中"), "href": "#"}],
        "problems": [
            {"sentence": _("您已办理本办件的受理，不能再作一级审查。")},
            {"sentence": _("还有 2 份材料没有审查结论。")},
        ],
        "paper": {**paper, "href": "#", "verify": "#", "kind": "ok", "status": _("已送达"), "size": 84_211},
        "lost_paper": {**paper, "title": _("准予许可决定书"), "kind": "bad", "status": _("生成失败"), "retry": "#"},
        "materials": materials(),
        "person": {
            "name": PERSON,
            "code": "D-7QK4-M2",
            "nationality": _("西班牙"),
            "rows": [
                {"label": _("护照号码"), "value": "X0*****42", "masked": True},
                {"label": _("出生日期"), "value": "1988-**-**", "masked": True},
            ],
        },
        "conflict": {"who": _("王岚"), "what": _("受理"), "at": NOON, "href": "#",
                     "kept": [{"label": _("审查意见"), "value": _("材料齐全，符合法定形式，建议受理。")}]},
        "valid_rows": [{"label": _("文号"), "value": paper["number"]}, {"label": _("出具机关"), "value": PERMIT_OFFICE}],
        "checks": [
            {"id": "passport", "label": _("护照真实有效"), "value": "pass", "machine": _("机读区校验位正确")},
            {"id": "contract", "label": _("合同期限与护照有效期相符"), "value": "needs"},
        ],
        "next_steps": [_("部门在 5 个工作日内决定是否受理。"), _("需要补正时，一次告知全部内容。")],
    }  # fmt: skip


def components(request: HttpRequest) -> HttpResponse:
    """All components. ``?errors=1`` shows the form after a failed attempt (and its title); ``?desk=1`` the officers' density."""
    if not settings.DEBUG:
        raise Http404
    wrong = EveryField({"name": "MARTINEZ", "category": "x", "matters": ["third"]})
    context = {
        **sample(),
        "form": wrong if "errors" in request.GET else EveryField(),
        "wrong": wrong,
        "filter_form": FilterForm(auto_id="filter_%s"),
        "step_form": StepForm(auto_id="step_%s"),
        "has_aside": True,
        "frame": "base_desk.html" if "desk" in request.GET else "base_portal.html",
        "now": NOON,
    }
    return render(request, "dev/components.html", context)


urlpatterns = [path("components/", components, name="components")]
