"""Addresses of the work permit's own screens."""

from django.urls import path

from .legacy import views

app_name = "permits"
urlpatterns = [
    path("desk/former/", views.index, name="legacy"),
    path("desk/former/blank.csv", views.blank, name="legacy_blank"),
    path("desk/former/new/", views.propose, name="legacy_new"),
    path("desk/former/<int:pk>/", views.show, name="legacy_import"),
]
