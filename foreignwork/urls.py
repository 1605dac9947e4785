"""The address book of the house."""

from django.urls import include, path

from . import health
from .cases import registry

urlpatterns = [
    path("livez", health.live, name="livez"),
    path("readyz", health.ready, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("foreignwork.signin.urls")),
    path("look/", include("foreignwork.look.page")),
    path("dev/", include("foreignwork.demo.urls")),
    path("dev/", include("foreignwork.portal.dev")),
    path("desk/", include("foreignwork.desk.urls")),
    *(
        path(f"{matter.code}/", include(matter.urlconf))
        for matter in registry.all_matters()
        if matter.urlconf
    ),
    path("", include("foreignwork.portal.urls")),
]
