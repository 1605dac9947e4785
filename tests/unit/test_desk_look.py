from datetime import timedelta

import pytest

pytestmark = pytest.mark.browser
from django.test import Client
from django.urls import reverse

from foreignwork.cases.models import Case
from foreignwork.demo import cast as stage
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.desk import seat as desk_seat
from foreignwork.notices.models import Notice
from tests.stage import AT, all_met, bring, case_of
from tests.stage import real_cast as real_cast


def login(page, user, url):
    c = Client()
    c.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "sessionid", "value": c.cookies["sessionid"].value, "url": url}])


def shoot(page, url, name, lang="zh-hans"):
    page.context.add_cookies([{"name": "django_language", "value": lang, "url": url.split("/desk")[0]}])
    for w in (1280, 390):
        page.set_viewport_size({"width": w, "height": 900})
        r = page.goto(url)
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        print(name, w, r.status, "overflow", over)
        page.screenshot(path=f"/tmp/fwdesk/pics/{name}-{w}-{lang[:2]}.png", full_page=True)


def test_look(real_cast, live_url, page, monkeypatch):
    monkeypatch.setattr(desk_seat, "now", lambda: AT)
    page.on("console", lambda m: print("CONSOLE", m.type, m.text[:200]))
    cast = real_cast
    anna = case_of(stage.file(cast, "university", ANNA, at=AT - timedelta(days=1)))
    b = stage.file(cast, "energy", BRUNO, at=AT - timedelta(days=5))
    bruno = case_of(b)
    clara = case_of(stage.file(cast, "university", CLARA, at=AT - timedelta(days=12)))
    rec = cast.officer(anna, "reception")
    c = clara
    stage.act(
        case_of(clara.bundle),
        rec,
        "request_supplement",
        at=AT - timedelta(days=9),
        data={
            "ask_labor_contract": "on",
            "reason_labor_contract": list(clara.policy_version.pack.supplement_reasons)[0],
            "note_labor_contract": "第 2 页缺少用人单位公章，请重新扫描。",
        }
        if "labor_contract" in clara.policy_version.pack.materials
        else first_ask(clara),
    )
    bring(cast, bruno, "first_reviewed", at=AT - timedelta(days=3))
    data = all_met(bruno)
    k = [n for n in data if n.startswith("condition_")][1]
    data[k] = "not_met"
    data["remark"] = "学历认证尚缺原件核对，其余符合。"
    stage.act(
        case_of(b), cast.officer(bruno, "review"), "second_review", at=AT - timedelta(days=1), data=data
    )
    n = Notice.objects.filter(case_id=bruno.pk).order_by("pk")[0]
    Notice.objects.filter(case_id=bruno.pk).update(status="issued", issued_at=AT)
    Notice.objects.filter(pk=n.pk).update(status="failed", failure="FontError")
    names = [f.attname for f in Case._meta.concrete_fields if not f.primary_key]
    vals = {m: getattr(Case.objects.get(pk=anna.pk), m) for m in names}
    Case.objects.bulk_create(
        [
            Case(
                **{
                    **vals,
                    "number": f"GANSU-2026-{900000 + i}-X",
                    "due_on": AT.date() + timedelta(days=[-4, 0, 1, 9, 3][i % 5]),
                }
            )
            for i in range(70)
        ]
    )
    import os

    only = os.environ.get("ONLY", "").split(",") if os.environ.get("ONLY") else None

    def want(x):
        return only is None or x in only

    for lang in os.environ.get("LANGS", "zh-hans,en").split(","):
        login(page, rec, live_url)
        if want("home"):
            shoot(page, live_url + "/desk/?tab=office", "home", lang)
        if want("case"):
            shoot(page, live_url + reverse("desk:case", args=[anna.number]), "case", lang)
        if want("casesup"):
            shoot(page, live_url + reverse("desk:case", args=[clara.number]), "casesup", lang)
        if want("ask"):
            shoot(
                page, live_url + reverse("desk:step", args=[anna.number, "request_supplement"]), "ask", lang
            )
        if want("bundle"):
            shoot(page, live_url + reverse("desk:bundle", args=[anna.bundle.number]), "bundle", lang)
        if want("window"):
            shoot(page, live_url + reverse("desk:window"), "window", lang)
        if want("entry"):
            shoot(page, live_url + reverse("desk:entry", args=[bruno.number]), "entry", lang)
        if want("refused"):
            shoot(page, live_url + reverse("desk:overview"), "refused", lang)
        login(page, cast.officer(anna, "decide"), live_url)
        if want("decide"):
            shoot(page, live_url + reverse("desk:case", args=[bruno.number]), "decide", lang)
        if want("overview"):
            shoot(page, live_url + reverse("desk:overview"), "overview", lang)
        if want("refuse"):
            shoot(page, live_url + reverse("desk:step", args=[bruno.number, "refuse"]), "refuse", lang)
        if want("search"):
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(live_url + reverse("desk:search"))
            page.fill("#id_name", "bruno")
            page.click("main button.button")
            page.screenshot(path=f"/tmp/fwdesk/pics/search-1280-{lang[:2]}.png", full_page=True)
        if want("review"):
            bring(cast, case_of(anna.bundle), "accepted") if Case.objects.get(
                pk=anna.pk
            ).state == "filed" else None
            login(page, cast.officer(anna, "review"), live_url)
            shoot(page, live_url + reverse("desk:step", args=[anna.number, "first_review"]), "review", lang)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(live_url + reverse("desk:step", args=[anna.number, "first_review"]))
            page.click("main .panel button.button")
            page.screenshot(path=f"/tmp/fwdesk/pics/reviewbad-1280-{lang[:2]}.png", full_page=True)
    if want("pdf"):
        from foreignwork.dossiers.models import Document

        login(page, rec, live_url)
        for mt in ("application/pdf", "image/jpeg"):
            d = Document.objects.filter(dossier=anna.dossier, media_type=mt).first()
            try:
                r = page.goto(live_url + reverse("desk:document", kwargs={"number": anna.number, "pk": d.pk}))
                page.wait_for_timeout(1500)
                print(mt, r.status, page.url)
                page.screenshot(path=f"/tmp/fwdesk/pics/doc-{mt[-3:]}.png")
            except Exception as e:
                print(mt, "EXC", str(e)[:200])


def first_ask(case):
    code = next(
        i.code
        for i in case.bundle.items.all()
        if case.matter in i.for_matters and not i.by_system and not i.on_paper
    )
    return {
        f"ask_{code}": "on",
        f"reason_{code}": list(case.policy_version.pack.supplement_reasons)[0],
        f"note_{code}": "第 2 页缺少用人单位公章，请重新扫描。",
    }
