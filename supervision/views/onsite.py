"""The page for phones, what it is made of, and the answers it gets. The page itself says nothing of anybody: it may be kept by the phone."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from foreignwork.accounts import roles
from foreignwork.cases.clock import SHANGHAI
from foreignwork.cases.problems import CaseError, KeyReused, NotAllowed, WrongState
from foreignwork.desk.seat import Seat, at_desk, needs_post, refused
from foreignwork.vault.errors import VaultError
from foreignwork.workflow.perform import Invalid

from ..models import FieldDevice, FieldRecord
from ..onsite import devices, intake, pack
from ..onsite.places import FLAGS
from .room import ALLOWED, Room, in_room, offices_of

MODULES = ("main", "screens", "visit", "forms", "camera", "pad", "queue", "server", "store", "vault", "words")
STYLES = ("bootstrap/css/bootstrap-reboot.min.css", "css/base.css", "css/forms.css", "onsite/onsite.css")
PICTURES = ("img/mark.svg", "img/down.svg", "img/tick.svg")
NUMBER = re.compile(r"[A-Z0-9-]{1,40}", re.ASCII)
MOST = 100  # visits of which a phone may say that something is unsent
FILES = ("photo", "sign_lead", "sign_second", "sign_firm")


def on_phone(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """As ``in_room``; and also who sits there no more, but still has a phone: he is let in far enough to be told to wipe it."""

    @wraps(view)
    @at_desk
    def wrapped(request: HttpRequest, seat: Seat, **kwargs: Any) -> HttpResponse:
        if not offices_of(seat) and not devices.left_with(seat.user):
            return refused(request, seat, needs_post(*ALLOWED))
        return view(request, seat, **kwargs)

    return wrapped


def _phone(seat: Seat, number: str) -> FieldDevice | None:
    """His own open phone. Whoever is no inspector any more has none: all of his are closed, and each is told so when it asks."""
    if not seat.offices_as(roles.inspector):
        devices.close_all(seat.user, at=seat.at)
        return None
    return devices.of(seat.user, number)


def _closed() -> HttpResponse:
    """To be wiped at once."""
    return JsonResponse({"status": "closed"}, status=410)


def _source(name: str) -> bytes:
    path = find(name)
    if not isinstance(path, str):
        raise FileNotFoundError(name)
    return Path(path).read_bytes()


def shell_files() -> list[str]:
    """Addresses of everything the page needs without network. Modules are asked for by their plain names, as they name each other."""
    modules = [f"{settings.STATIC_URL}onsite/{name}.js" for name in MODULES]
    return [reverse("supervision:onsite"), *(static(name) for name in (*STYLES, *PICTURES)), *modules]


@csp_update({"manifest-src": [SELF]})
@on_phone
@require_safe
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The page. Nothing in it is of the person who asked for it: the worker keeps a copy on the phone."""
    main = f"{settings.STATIC_URL}onsite/main.js"
    return render(request, "supervision/onsite/shell.html", {"main": main, "styles": STYLES})


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: the list of files with a hash over them, then its source. Public: it says nothing of anybody."""
    digest = hashlib.sha256()
    names = [*(f"onsite/{name}.js" for name in (*MODULES, "worker")), *STYLES]
    for name in names:
        digest.update(_source(name))
    digest.update(str(get_language()).encode())
    shell = {
        "version": digest.hexdigest()[:16],
        "page": reverse("supervision:onsite"),
        "files": shell_files(),
    }
    text = f"self.SHELL = {json.dumps(shell)};\n" + _source("onsite/worker.js").decode()
    answer = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """What makes the page installable. Public: browsers fetch it without the session."""
    start = reverse("supervision:onsite")
    icon = {"src": static("img/mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    body = {
        "id": start,
        "name": _("现场检查"),
        "short_name": _("现场检查"),
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "background_color": "#faf7f1",
        "theme_color": "#0b3a47",
        "icons": [icon],
    }
    return JsonResponse(body, content_type="application/manifest+json")


@on_phone
@require_safe
def session(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Who is signed in, and the token that POSTs need. No 410 here: it could be another's phone that asks."""
    return JsonResponse({"user": seat.user.pk, "name": str(seat.user), "token": get_token(request)})


@on_phone
@require_POST
def device(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A phone made ready, or opened again (``device``): its number and secret. 410: closed, not this person's, or he is no inspector
    any more; the phone wipes itself."""
    number = request.POST.get("device", "")
    if number:
        found = _phone(seat, number)
        if found is None:
            return _closed()
        devices.seen(found, at=seat.at)
    else:
        if not seat.offices_as(roles.inspector):
            return JsonResponse(
                {"status": "rejected", "reasons": [_("只有检查人员可以准备手机。")]}, status=403
            )
        found = devices.make(seat.user, at=seat.at)
    return JsonResponse({"device": str(found.pk), "secret": found.secret})


@on_phone
@require_POST
def packed(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The visits of the phone's inspector."""
    found = _phone(seat, request.POST.get("device", ""))
    if found is None:
        return _closed()
    devices.seen(found, at=seat.at)
    keep = [number for number in request.POST.getlist("keep")[:MOST] if NUMBER.fullmatch(number)]
    return JsonResponse(pack.packed(seat.user, keep=keep, at=seat.at))


@on_phone
@require_POST
def record(request: HttpRequest, seat: Seat) -> HttpResponse:
    """One record: 200 with its receipt, the same however often it is sent; 4xx with the reasons, and nothing is kept."""
    found = _phone(seat, request.POST.get("device", ""))
    if found is None:
        return _closed()
    try:
        files = {name: _file(request, name) for name in FILES if name in request.FILES}
        sent = intake.read(request.POST, files)
        row = intake.take(sent, actor=seat.actor, device=found, at=seat.at)
    except Invalid as refused:
        return _rejected(_words(refused.form), 422)
    except CaseError as refused:
        status = 409 if isinstance(refused, (KeyReused, WrongState)) else 422
        if isinstance(refused, NotAllowed):
            status = 403
        return _rejected([problem.sentence for problem in refused.problems], status)
    except VaultError:
        return _rejected([_("文件暂时没有存下。记录仍在手机上，请稍后重新发送。")], 503)
    return JsonResponse(_receipt(row))


def _file(request: HttpRequest, name: str) -> tuple[str, bytes]:
    """Name and bytes; of one that is too large only so much that its size is known to be too much."""
    one = request.FILES[name]
    return str(one.name or name), one.read(settings.UPLOAD_LIMIT + 1)


def _words(form: Any) -> list[str]:
    """The form's complaints, each with the name of its field."""
    found = []
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        found += [f"{label}：{error}" if label else str(error) for error in errors]
    return found


def _rejected(reasons: list[str], status: int) -> HttpResponse:
    return JsonResponse({"status": "rejected", "reasons": reasons}, status=status)


def _receipt(row: FieldRecord) -> dict[str, Any]:
    flags = [*row.flags, *(row.evidence.flags if row.evidence else ())]
    return {
        "status": "received",
        "receipt": row.receipt,
        "at": row.at.astimezone(SHANGHAI).isoformat(),
        "flags": [str(FLAGS[flag]) for flag in flags if flag in FLAGS],
    }


@on_phone
@require_POST
def wipe(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The phone wipes itself: its secret goes here too. Gladly told again."""
    found = devices.of(seat.user, request.POST.get("device", ""))
    if found is not None:
        devices.close(found, FieldDevice.Closed.WIPED, by=seat.user, at=seat.at)
    return JsonResponse({"status": "closed"})


@in_room
@require_safe
def phones(request: HttpRequest, room: Room) -> HttpResponse:
    """One's own phones; for those who lead, everyone's of the office."""
    rows = FieldDevice.objects.filter(closed_at__isnull=True).select_related("user").order_by("-seen_at")
    if room.holds(roles.inspection_leader):
        rows = rows.filter(user__posts__office=room.office).distinct()
    else:
        rows = rows.filter(user=room.seat.user)
    return render(
        request, "supervision/onsite/phones.html", {"seat": room.seat, "room": room, "phones": rows[:100]}
    )


@in_room
@require_POST
def revoke(request: HttpRequest, room: Room, pk: int) -> HttpResponse:
    """A phone that was lost: what lies on it can be opened by nobody from now on."""
    rows = FieldDevice.objects.filter(pk=pk, closed_at__isnull=True)
    if not room.holds(roles.inspection_leader):
        rows = rows.filter(user=room.seat.user)
    else:
        rows = rows.filter(user__posts__office=room.office).distinct()
    found = rows.first()
    if found is not None:
        devices.close(found, FieldDevice.Closed.REVOKED, by=room.seat.user, at=room.seat.at)
    return redirect("supervision:phones")
