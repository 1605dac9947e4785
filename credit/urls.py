"""Addresses of credit: the public's, the firm's, and the desk's."""

from django.urls import path

from . import pages, views

app_name = "credit"
urlpatterns = [
    path("", pages.public, name="public"),
    path("mine/", pages.firm, name="firm"),
    path("mine/<slug:number>/", pages.firm_case, name="firm_case"),
    path("mine/<slug:number>/papers/<int:pk>/", pages.firm_paper, name="firm_paper"),
    path("mine/<slug:number>/do/<slug:step>/", pages.firm_step, name="firm_step"),
    path("desk/", views.home, name="home"),
    path("desk/find/", views.find, name="find"),
    path("desk/files/<slug:uscc>/", views.file, name="file"),
    path("desk/files/<slug:uscc>/<slug:on>/", views.propose, name="propose"),
    path("desk/entries/<int:pk>/", views.void, name="void"),
]
