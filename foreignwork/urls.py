"""The address book of the house."""

from django.urls import include, path

from . import health

urlpatterns = [
    path("livez", health.live, name="livez"),
    path("readyz", health.ready, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("foreignwork.signin.urls")),
    path("look/", include("foreignwork.look.page")),
    path("dev/", include("foreignwork.demo.urls")),
    path("dev/", include("foreignwork.portal.dev")),
    path("desk/", include("foreignwork.desk.urls")),
    path("", include("foreignwork.portal.urls")),
]
