"""What a request must be before anything reads it: UTF-8, and with a session cookie that can be one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

CHARSET = re.compile(r"charset\s*=(?!\s*\"?utf-?8\"?\s*(?:;|$))", re.IGNORECASE)
DJANGOS_OWN = b"seeing this error because you have <code>DEBUG = True</code>"
SESSION_KEY = re.compile(r"[0-9a-z]{8,40}")

Environ = dict[str, Any]
Answer = Callable[..., Any]


def only_utf8(application: Callable[[Environ, Answer], Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """``application`` behind a check of Content-Type; 400 for what would make Django decode fields and query strings in another
    encoding (``charset=``), or raise before it handles errors (RFC 2231's ``name*=``). No browser sends either."""

    def checked(environ: Environ, start_response: Answer) -> Iterable[bytes]:
        kind = environ.get("CONTENT_TYPE", "")
        if "*" in kind or CHARSET.search(kind):
            start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"Only UTF-8 is read here.\n"]
        return application(environ, start_response)

    return checked


class PlausibleSession:
    """Middleware: forgets session cookies we cannot have given. PostgreSQL raises over a NUL, which a cookie can carry as \\000."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not SESSION_KEY.fullmatch(request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return self.get_response(request)


class OwnNotFound:
    """Middleware, with DEBUG only: a page that does not exist is our page there too, not Django's list of every address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 404 and DJANGOS_OWN in getattr(response, "content", b""):
            return render(request, "404.html", status=404)
        return response
