"""Addresses of the portal. One address moves any case of any matter: ``cases/<number>/do/<step>/``."""

from django.urls import path

from . import (
    bundles,
    cases,
    classify,
    company,
    credential,
    dossier_changes,
    dossiers,
    filing,
    guide,
    handing_in,
    landing,
    papers,
    verify,
)

app_name = "portal"
urlpatterns = [
    path("", landing.landing, name="landing"),
    path("classify/", classify.classify, name="classify"),
    path("guide/", guide.guides, name="guides"),
    path("guide/<slug:place>/", guide.guide, name="guide"),
    path("guide/<slug:place>/pdf/", guide.whole_pdf, name="guide_pdf"),
    path("guide/<slug:place>/matters/<slug:matter>/", guide.matter, name="guide_matter"),
    path("guide/<slug:place>/matters/<slug:matter>/pdf/", guide.matter_pdf, name="guide_matter_pdf"),
    path("guide/<slug:place>/forms/<slug:material>/", guide.form_pdf, name="guide_form"),
    path("home/", bundles.home, name="home"),
    path("company/", company.company, name="company"),
    path("company/<int:pk>/", company.company_edit, name="company_edit"),
    path("dossiers/", dossiers.dossiers, name="dossiers"),
    path("dossiers/new/", dossiers.dossier_new, name="dossier_new"),
    path("dossiers/<slug:code>/", dossiers.dossier, name="dossier"),
    path("dossiers/<slug:code>/reveal/", dossiers.reveal, name="reveal"),
    path("dossiers/<slug:code>/passport/", dossier_changes.passport, name="passport"),
    path("dossiers/<slug:code>/engagements/<int:engagement>/", dossier_changes.work, name="work"),
    path("dossiers/<slug:code>/days/", dossier_changes.record_day, name="record_day"),
    path("documents/<int:pk>/", papers.document, name="document"),
    path("filing/", filing.start, name="filing_start"),
    path("filing/<uuid:draft>/", filing.filing, name="filing"),
    path("filing/<uuid:draft>/questions/<slug:code>/", filing.question, name="question"),
    path("filing/<uuid:draft>/materials/", handing_in.materials, name="materials"),
    path("filing/<uuid:draft>/check/", handing_in.check, name="check"),
    path("bundles/<slug:number>/", bundles.bundle, name="bundle"),
    path("bundles/<slug:number>/filed/", bundles.filed, name="filed"),
    path("cases/<slug:number>/", cases.case, name="case"),
    path("cases/<slug:number>/do/<slug:step>/", cases.step, name="step"),
    path("papers/<slug:code>/", papers.paper, name="paper"),
    *credential.urlpatterns,
    *verify.urlpatterns,
]
