"""Pages of the demo. They exist with DEBUG only; elsewhere they answer 404."""

from __future__ import annotations

from allauth.mfa import app_settings as mfa
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from foreignwork.accounts.models import User
from foreignwork.cases import clock

from .people import PASSWORD, TOTP_SECRET


@require_safe
@never_cache
def codes(request: HttpRequest) -> HttpResponse:
    """The one-time code of the demo cast now, and who signs in with it. The cast shares one secret."""
    if not settings.DEBUG:
        raise Http404
    period, second = mfa.TOTP_PERIOD, int(clock.now().timestamp())
    people = User.objects.filter(is_active=True).exclude(kind=User.Kind.PERSON).order_by("kind", "pk")
    return render(
        request,
        "signin/codes.html",
        {
            "code": format_hotp_value(hotp_value(TOTP_SECRET, second // period)),
            "left": period - second % period,
            "password": PASSWORD,
            "people": [
                (user, _place(user))
                for user in people.prefetch_related("posts__office", "memberships__organisation")
            ],
        },
    )


def _place(user: User) -> str:
    offices = {post.office.name for post in user.posts.all()}
    return "、".join(sorted(offices) + [row.organisation.name for row in user.memberships.all()])
