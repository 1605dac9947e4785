"""Filing one bundle: choose the person, answer one question a page, hand in each material once, check, submit."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foreignwork.policies.pack import PURPOSE

from .classify import SUGGESTED
from .dossiers import name_of
from .drafts import Application, own_draft
from .entry import Visit, agents
from .models import FilingDraft
from .people import engagements_visible_to, names_of, next_before
from .places import packs_in_force
from .questions import QuestionForm, initial_of
from .summary import Line, posted


@require_http_methods(["GET", "HEAD", "POST"])
@agents
def start(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """``portal:filing_start``: for whom, and where when there is more than one place. POST opens or takes up the draft."""
    policies = packs_in_force(visit.today)
    if visit.assistance:  # at the window one files where the window is
        here = visit.assistance.office.jurisdiction_id
        policies = [row for row in policies if row.jurisdiction_id == here]
    errors: list[Line] = []
    if request.method == "POST":
        engaged = engagements_visible_to(visit.actor).filter(pk=_int(request.POST.get("engagement"))).first()
        chosen = [row for row in policies if row.jurisdiction.code == request.POST.get("place")] or policies[
            :1
        ]
        if not policies:
            errors = [Line(_("目前没有开通网上办理的地区。请拨打 12345 咨询。"))]
        elif engaged is None:
            errors = [Line(_("请选择要办理的外国人。"), "#people")]
        else:
            draft = take_up(visit, engaged.pk, chosen[0].jurisdiction_id)
            _begin_with(visit, draft, request.POST.get(PURPOSE, ""))
            _suggest(visit, draft, request.POST.get(SUGGESTED, ""))
            return redirect("portal:filing", draft.pk)
    rows = engagements_visible_to(visit.actor).select_related("dossier", "employer").order_by("-pk")
    page, before = next_before(rows, request.GET.get("before"), 20)
    names = names_of([row.dossier_id for row in page])
    context = {
        "people": [{"engagement": row, "name": names.get(row.dossier_id)} for row in page],
        "wanted": request.GET.get("engagement", ""),
        "wanted_place": request.GET.get("place", ""),
        "suggested": (request.POST or request.GET).get(SUGGESTED, "")[:8],
        "places": policies,
        "before": before,
        "problems": errors,
        "visit": visit,
    }
    return render(request, "portal/filing_start.html", context, status=400 if errors else 200)


def take_up(visit: Visit, engagement_id: int, jurisdiction_id: int) -> FilingDraft:
    """The open draft, or a new one; two clicks at once give one."""
    wanted = {
        "user": visit.user,
        "engagement_id": engagement_id,
        "jurisdiction_id": jurisdiction_id,
        "bundle": None,
    }
    try:
        with transaction.atomic():
            draft, _made = FilingDraft.objects.get_or_create(**wanted, defaults={"updated_at": visit.at})
    except IntegrityError:
        draft = FilingDraft.objects.get(**wanted)
    return draft


def _begin_with(visit: Visit, draft: FilingDraft, purpose: str) -> None:
    """Come from something held (“延期”, “变更” …): the first question is answered already. Other words are ignored."""
    app = open_draft(visit, draft.pk)
    if PURPOSE in app.pack.questions and purpose in {one.value for one in app.pack.options(PURPOSE)}:
        draft.answers, draft.updated_at = app.keep(PURPOSE, purpose), visit.at
        draft.save(update_fields=["answers", "updated_at"])


def _suggest(visit: Visit, draft: FilingDraft, category: str) -> None:
    """Come from the classification advisor: the class is proposed, not answered. Other words are ignored."""
    question = open_draft(visit, draft.pk).pack.questions.get(SUGGESTED)
    if question and category in {option.value for option in question.options}:
        draft.suggested, draft.updated_at = {**draft.suggested, SUGGESTED: category}, visit.at
        draft.save(update_fields=["suggested", "updated_at"])


def _int(text: Any) -> int:
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def open_draft(visit: Visit, pk: Any) -> Application:
    return Application(own_draft(visit, pk), visit.today)


def frame(app: Application, visit: Visit, **more: Any) -> dict[str, Any]:
    """What every page of the wizard shows."""
    return {
        "draft": app.draft,
        "name": name_of(app.person),
        "employer": app.draft.engagement.employer,
        "place": app.draft.jurisdiction,
        "tasks": tasks_of(app),
        "visit": visit,
        **more,
    }


def tasks_of(app: Application) -> list[dict[str, Any]]:
    """The four parts of a filing, any order, each with its state."""
    dossier, draft = app.draft.engagement.dossier, app.draft
    questions, unanswered = len(app.asked), len(app.open_questions)
    files, missing = len(app.to_upload), len(app.missing)
    work = reverse("portal:work", args=[dossier.code, draft.engagement_id]) + f"?draft={draft.pk}"
    ready = bool(app.work) and not unanswered and not missing
    first = (app.open_questions or [code for code, _q in app.asked] or [""])[0]

    def state(done: bool, begun: bool = False) -> str:
        return "done" if done else "progress" if begun else "todo"

    return [
        {
            "title": _("人员和聘用信息"),
            "href": work,
            "status": state(bool(app.work)),
            "hint": "" if app.work else _("还没有填写聘用信息"),
        },
        {
            "title": _("办理事项和情况"),
            "href": reverse("portal:question", args=[draft.pk, first]) if first else "",
            "status": state(not unanswered, unanswered < questions),
            "hint": _("已回答 %(done)s / %(all)s 个问题")
            % {"done": questions - unanswered, "all": questions},
        },
        {
            "title": _("材料"),
            "href": reverse("portal:materials", args=[draft.pk]) if not unanswered else "",
            "status": "blocked" if unanswered else state(not missing, missing < files),
            "hint": _("先回答问题，再列出需要的材料")
            if unanswered
            else _("已有 %(done)s / %(all)s 份") % {"done": files - missing, "all": files},
        },
        {
            "title": _("核对并提交"),
            "href": reverse("portal:check", args=[draft.pk]) if ready else "",
            "status": "todo" if ready else "blocked",
            "hint": "" if ready else _("前面各项完成后提交"),
        },
    ]


@require_safe
@agents
def filing(request: HttpRequest, visit: Visit, draft: Any) -> HttpResponseBase:
    """``portal:filing``: the list of tasks, to go on from where one stopped."""
    app = open_draft(visit, draft)
    if app.draft.bundle:
        return redirect("portal:bundle", app.draft.bundle.number)
    return render(request, "portal/filing.html", frame(app, visit))


@require_http_methods(["GET", "HEAD", "POST"])
@agents
def question(request: HttpRequest, visit: Visit, draft: Any, code: str) -> HttpResponseBase:
    """``portal:question``: one question of the pack. POST keeps the answer and goes on to the next open one."""
    app = open_draft(visit, draft)
    if app.draft.bundle:
        return redirect("portal:bundle", app.draft.bundle.number)
    asked = dict(app.asked)
    if code not in asked:
        raise Http404
    entry_ = asked[code]
    known = app.known.get(code) if code not in app.given else None
    proposed = app.proposed.get(code) if code not in app.given else None
    initial = {code: initial_of(entry_, app.given.get(code, known or proposed))}
    form = QuestionForm(
        posted(request),
        code=code,
        question=entry_,
        options=app.options(code),
        today=visit.today,
        initial=initial,
    )
    checking = request.POST.get("to") == "check" or request.GET.get("to") == "check"
    if request.method == "POST" and form.is_valid():
        app.draft.answers = app.keep(code, form.answer())
        app.__dict__.pop("held", None)
        app.draft.updated_at = visit.at
        app.draft.save(update_fields=["answers", "updated_at"])
        if app.open_questions:
            following = reverse("portal:question", args=[app.draft.pk, app.open_questions[0]])
            return redirect(following + ("?to=check" if checking else ""))
        return redirect("portal:check" if checking else "portal:materials", app.draft.pk)
    codes = list(asked)
    place = codes.index(code)
    back = (
        reverse("portal:check", args=[app.draft.pk])
        if checking
        else reverse("portal:question", args=[app.draft.pk, codes[place - 1]])
        if place
        else reverse("portal:filing", args=[app.draft.pk])
    )
    context = frame(
        app,
        visit,
        form=form,
        number=place + 1,
        total=len(codes),
        known=known is not None and entry_.options_from is None,
        proposed=known is None and proposed is not None,
        advisor=code == SUGGESTED and app.pack.classification is not None,
        checking=checking,
        back=back,
    )
    return render(request, "portal/question.html", context, status=400 if form.errors else 200)
