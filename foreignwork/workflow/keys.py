"""Idempotency keys of POSTs (decisions 8): inserted first, in the same transaction as what they protect."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from foreignwork.accounts.models import User
from foreignwork.cases.models import RequestKey
from foreignwork.cases.problems import KEY_REUSED, KeyReused, Problem
from foreignwork.vault.index import blind_index

KEY = re.compile(r"[\w.:-]{1,64}", re.ASCII)
"""What a key may look like; anything else came from none of our pages."""
NOT_CONTENT = frozenset({"csrfmiddlewaretoken", "key", "version"})


def fingerprint(action: str, content: Mapping[str, Any]) -> str:
    """A keyed digest of what was asked for, so that the same key with other content is told apart, and nothing can be guessed
    from the stored value."""
    lists = getattr(content, "lists", None)
    plain = {k: v for k, v in (lists() if lists else content.items()) if k not in NOT_CONTENT}
    text = json.dumps([action, plain], sort_keys=True, cls=DjangoJSONEncoder)
    return blind_index("request", text).hex()


def claim(*, user: User, key: str, print_: str, at: datetime) -> Any | None:
    """Claim ``key`` for ``user``. None: it is ours, go on. Otherwise the outcome of the first request, to be replayed.

    A concurrent request with the same key waits here until the first commits. Other content raises KeyReused.
    """
    table = connection.ops.quote_name(RequestKey._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (user_id, key, fingerprint, at) VALUES (%s, %s, %s, %s)"  # noqa: S608 - our own table
            " ON CONFLICT (user_id, key) DO NOTHING RETURNING id",
            [user.pk, key, print_, at],
        )
        if cursor.fetchone():
            return None
    first = RequestKey.objects.get(user=user, key=key)
    if first.fingerprint != print_:
        raise KeyReused(Problem(KEY_REUSED))
    return first.outcome if first.outcome is not None else {}


def settle(*, user: User, key: str, outcome: Mapping[str, Any]) -> None:
    """Store what the first request led to."""
    RequestKey.objects.filter(user=user, key=key).update(outcome=dict(outcome))
