"""Dev only: pictures of every page."""
import os
from pathlib import Path
import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.test_portal_filing import *  # noqa
from tests.unit.test_portal_filing import enter, ready, open_dossier, begin, answer, key, hand_in
from tests.stage import assemble, AT, bring, case_of
from foreignwork.demo import cast as stage
from foreignwork.demo.people import *
OUT=Path("/tmp/shots"); OUT.mkdir(exist_ok=True)

@pytest.fixture
def agent(): ...

def test_shots(live_url, page, monkeypatch):
    from foreignwork.cases import clock
    from foreignwork.cases.models import Case
    from foreignwork.accounts.models import User
    monkeypatch.setattr(clock,"now",lambda: AT)
    page.context.browser
    cast=assemble()
    u=cast.agents["university"]
    person=User.objects.create(username="anna",kind="person",display_name="ANNA MARIA ERIKSSON")
    c=enter(Client(),u)
    draft=ready(c,ANNA)
    draft.engagement.dossier.holder=person; draft.engagement.dossier.save()
    shots=[]
    pages={"landing":"/"}
    d2=open_dossier(c,CLARA); dr2=begin(c,d2); answer(c,dr2,CLARA)
    c.post(reverse("portal:check",args=[draft.pk]),{"key":key()})
    draft.refresh_from_db(); b=draft.bundle
    case=case_of(b)
    d3=open_dossier(c,BRUNO); 
    off=cast.officer(case,"reception")
    stage.act(case,off,"pre_review",at=AT)
    case=case_of(b)
    data={"ask_degree":"on","reason_degree":"","note_degree":"缺少认证页，请补充。","ask_no_crime":"on","note_no_crime":""}
    code=next(iter(cast.policy.pack.supplement_reasons))
    data["reason_degree"]=data["reason_no_crime"]=code
    case=stage.act(case,off,"request_supplement",at=AT,data=data)
    try:
        from foreignwork.notices.tasks import render_notice
    except Exception: pass
    b2=stage.file(cast,"energy",BRUNO,at=AT)
    bring(cast,case_of(b2),"granted")
    c2=enter(Client(),cast.agents["energy"])
    cp=enter(Client(),person)
    eng=draft.engagement
    A=[("home",c,reverse("portal:home")),("company",c,reverse("portal:company")),("company_edit",c,reverse("portal:company_edit",args=[eng.employer_id])),
     ("dossiers",c,reverse("portal:dossiers")),("dossier_new",c,reverse("portal:dossier_new")),("dossier",c,reverse("portal:dossier",args=[eng.dossier.code])),
     ("passport",c,reverse("portal:passport",args=[eng.dossier.code])),("work",c,reverse("portal:work",args=[eng.dossier.code,eng.pk])),
     ("start",c,reverse("portal:filing_start")),("filing",c,reverse("portal:filing",args=[dr2.pk])),
     ("q_matters",c,reverse("portal:question",args=[dr2.pk,"matters"])),("q_city",c,reverse("portal:question",args=[dr2.pk,"city"])),("q_date",c,reverse("portal:question",args=[dr2.pk,"work_started_on"])),
     ("materials",c,reverse("portal:materials",args=[dr2.pk])),("check",c,reverse("portal:check",args=[dr2.pk])),
     ("filed",c,reverse("portal:filed",args=[b.number])),("bundle",c,reverse("portal:bundle",args=[b.number])),("case",c,reverse("portal:case",args=[case.number])),
     ("supplement",c,reverse("portal:step",args=[case.number,"answer_supplement"])),("withdraw",c,reverse("portal:step",args=[case.number,"withdraw"])),
     ("bundle_abroad",c2,reverse("portal:bundle",args=[b2.number])),("home_energy",c2,reverse("portal:home")),
     ("person_home",cp,reverse("portal:home")),("person_dossier",cp,reverse("portal:dossier",args=[eng.dossier.code])),("person_403",cp,reverse("portal:dossier_new"))]
    only=os.environ.get("ONLY","").split(",") if os.environ.get("ONLY") else None
    sizes=[int(x) for x in os.environ.get("SIZES","1280,390").split(",")]
    langs=os.environ.get("LANGS","zh-hans").split(",")
    c.post(reverse("portal:reveal",args=[eng.dossier.code]),{"purpose":"check"})
    for lang in langs:
      for name,cl,url in [("landing",None,"/")]+A:
        if only and name not in only: continue
        page.context.clear_cookies()
        ck=[{"name":"django_language","value":lang,"url":live_url}]
        if cl: ck.append({"name":"sessionid","value":cl.cookies["sessionid"].value,"url":live_url})
        page.context.add_cookies(ck)
        for w in sizes:
            page.set_viewport_size({"width":w,"height":900})
            r=page.goto(live_url+url)
            sw=page.evaluate("document.documentElement.scrollWidth")
            print(name,lang,w,r.status,"OVERFLOW %s"%sw if sw>w else "")
            page.screenshot(path=str(OUT/f"{name}-{lang[:2]}-{w}.png"),full_page=True)
    # error pages
    if not only or "errors" in only:
        page.context.clear_cookies(); page.context.add_cookies([{"name":"sessionid","value":c.cookies["sessionid"].value,"url":live_url}])
        for w in sizes:
            page.set_viewport_size({"width":w,"height":900})
            page.goto(live_url+reverse("portal:check",args=[dr2.pk])); page.click("button:has-text('提交申请')"); 
            page.screenshot(path=str(OUT/f"check_error-{w}.png"),full_page=True)
            page.goto(live_url+reverse("portal:dossier_new")); page.fill("#id_mrz","P<SWEERIKSSON<<ANNA\nX"); page.click("button:has-text('建立档案')")
            page.screenshot(path=str(OUT/f"dossier_new_error-{w}.png"),full_page=True)
            page.goto(live_url+reverse("portal:materials",args=[dr2.pk])); page.set_input_files("#file-passport",{"name":"pass.pdf","mimeType":"application/pdf","buffer":b"nonsense"}); page.click("text=上传并继续")
            page.screenshot(path=str(OUT/f"materials_error-{w}.png"),full_page=True)
