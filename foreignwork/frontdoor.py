"""What a request must be before anything reads it: UTF-8, and with a session cookie that can be one."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase

SESSION_KEY = re.compile(r"[0-9a-z]{8,40}")


class FrontDoor:
    """Middleware. Refuses other encodings (400) and forgets session cookies we cannot have given (a NUL is an error in
    PostgreSQL). Django would decode fields and query strings in whatever ``Content-Type: …; charset=`` says."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.encoding is not None:
            if codecs.lookup(request.encoding).name != "utf-8":
                raise BadRequest("only UTF-8 is read here")
            request.encoding = "utf-8"
        if not SESSION_KEY.fullmatch(request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return self.get_response(request)
