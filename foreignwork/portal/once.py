"""POSTs that create something happen once, however often the button is pressed (decisions 8)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.problems import CaseError, Problem, say
from foreignwork.workflow import keys

from .entry import Visit

KEY_MISSING = say("key_missing", _("这个页面已经失效，内容没有提交。请核对后再按一次提交按钮。"))


class KeyMissing(CaseError):
    """The form came without its key: it was not sent from one of our pages."""


def new_key() -> str:
    return str(uuid.uuid4())


def key_of(request: HttpRequest) -> str:
    """The form's idempotency key. Raises KeyMissing."""
    key = request.POST.get("key", "")
    if not keys.KEY.fullmatch(key):
        raise KeyMissing(Problem(KEY_MISSING))
    return key


def once(
    request: HttpRequest, visit: Visit, action: str, content: Mapping[str, Any], work: Callable[[], str]
) -> str:
    """Do ``work`` once and return the address it leads to; a repeated POST gets the first address.

    ``content`` is what the person entered; it is kept as a keyed hash only. Raises KeyMissing, KeyReused and whatever
    ``work`` raises; then nothing has changed and the key is free again.
    """
    key = key_of(request)
    with transaction.atomic():
        print_ = keys.fingerprint(action, content)
        found = keys.claim(user=visit.user, key=key, print_=print_, at=visit.at)
        if found is not None:
            return str(found["to"])
        to = work()
        keys.settle(user=visit.user, key=key, outcome={"to": to})
    return to
