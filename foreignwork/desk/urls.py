"""Addresses of the desk. One address moves any case of any matter: ``cases/<number>/do/<step>/``."""

from django.urls import path

from .views import assisting, cases, days, files, lists, opening, packs, register, search

app_name = "desk"
urlpatterns = [
    path("", lists.home, name="home"),
    path("overview/", lists.overview, name="overview"),
    path("overview/alerts/", lists.alerts, name="alerts"),
    path("overview/papers/", lists.failed_papers, name="failed_papers"),
    path("overview/messages/", lists.quarantine, name="quarantine"),
    path("search/", search.search, name="search"),
    path("register/", register.register, name="register"),
    path("register/<int:pk>/", register.entry, name="register_entry"),
    path("window/", search.counter, name="window"),
    path("window/assist/", assisting.assist, name="assist"),
    path("window/assist/end/", assisting.end, name="assist_end"),
    path("bundles/<slug:number>/authorisation/", assisting.authorisation, name="authorisation"),
    path("days/", days.list_of_day, name="days"),
    path("packs/", packs.home, name="packs"),
    path("packs/versions/<int:pk>/", packs.version, name="pack_version"),
    path("packs/compare/", packs.compare, name="pack_compare"),
    path("packs/simulate/", packs.simulate, name="pack_simulate"),
    path("packs/simulations/<int:pk>/", packs.trial, name="pack_trial"),
    path("packs/propose/", packs.propose, name="pack_propose"),
    path("packs/proposals/<int:pk>/", packs.proposal, name="pack_proposal"),
    path("packs/proposals/<int:pk>/decide/", packs.decide, name="pack_decide"),
    path("bundles/<slug:number>/", cases.bundle, name="bundle"),
    path("entitlements/<int:pk>/open/", opening.choose, name="open_choose"),
    path("entitlements/<int:pk>/open/<slug:sub_matter>/", opening.open_case_about, name="open_case"),
    path("cases/<slug:number>/open/<slug:sub_matter>/", opening.open_case_after, name="open_after"),
    path("cases/<slug:number>/", cases.case, name="case"),
    path("cases/<slug:number>/do/<slug:step>/", cases.step, name="step"),
    path("cases/<slug:number>/reveal/", cases.reveal, name="reveal"),
    path("cases/<slug:number>/entry/", search.entry, name="entry"),
    path("cases/<slug:number>/documents/<int:pk>/", files.document, name="document"),
    path("cases/<slug:number>/papers/<int:pk>/", files.paper, name="paper"),
    path("cases/<slug:number>/papers/<int:pk>/retry/", files.paper_retry, name="paper_retry"),
]
