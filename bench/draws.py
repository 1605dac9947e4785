"""A draw of a million, from the register in the database to the published result in it, beside bare hashing."""

from __future__ import annotations

import heapq
import hmac
from typing import Any

from django.db import connection, connections

from foreignwork.accounts import roles
from foreignwork.demo.cast import Cast
from supervision import ceremony, freezing, running
from supervision.models import Draw, PlanPart, Presence
from tests.matters import cast_supervision as stage
from tests.stage import AT

from .measure import Pair, scenario
from .world import World

OBJECTS = 1_000_000
DISTRICTS = [f"d{n}" for n in range(14)]
INSPECTORS = 140
TABLES = ("accounts_organisation", "supervision_subject", "supervision_presence")
SEEDED = (
    "INSERT INTO accounts_organisation (name_zh, name_en, uscc, kind, nature, city, address, phone, insured_unit)"
    " SELECT 'x', 'x', '91620100' || lpad(n::text, 10, '0'), 'employer', '', 'd' || n %% 14, '', '', true"
    " FROM generate_series(1, %s) n",
    "INSERT INTO supervision_subject (kind, jurisdiction_id, organisation_id)"
    " SELECT 'employer', %s, id FROM accounts_organisation WHERE uscc LIKE '91620100%%' AND name_en = 'x'",
    "INSERT INTO supervision_presence"
    " (from_on, until_on, district, category, recorded_at, mandate_id, organisation_id, subject_id)"
    " SELECT m.from_on, m.until_on, o.city, '', now(), m.id, o.id, s.id FROM accounts_mandate m,"
    " accounts_organisation o JOIN supervision_subject s ON s.organisation_id = o.id"
    " WHERE m.id = %s AND o.name_en = 'x'",
)


def register(cast: Cast) -> tuple[stage.Oversight, PlanPart]:
    """A million firms in the register since January, 140 inspectors, and an approved task."""
    house = stage.muster(cast, inspectors_=0, firms=1, cities=DISTRICTS)
    for n in range(INSPECTORS):
        user = stage.staff(cast, f"bench-{n}", house.office, roles.inspector)
        stage.ready(user, house.office, n, [DISTRICTS[n % 14]])
    grounds = Presence.objects.exclude(mandate=None).order_by("from_on")  # not one that begins later
    ground = grounds.values_list("mandate_id", flat=True)[0]
    app = connection.settings_dict["USER"]
    with connections[
        "owner"
    ].cursor() as owner:  # else ANALYZE is left undone, and the planner takes the tables for empty
        owner.execute(f'GRANT MAINTAIN ON {", ".join(TABLES)} TO "{app}"')
    with connection.cursor() as cursor:
        for statement, value in zip(SEEDED, (OBJECTS, cast.jurisdiction.pk, ground), strict=True):
            cursor.execute(statement, [value])
        cursor.execute(f"ANALYZE {', '.join(TABLES)}")
        # All of it is undone together: one transaction, which waits while this process computes.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    return house, stage.approved_part(house, cap=2_000, rounds=2)


@scenario(
    "E10-db", "A draw of a million firms: register read, rosters frozen, drawn, two inspectors each, result kept; beside bare"
    " HMAC tickets and the smallest 5 %", ratio=8, memory=1024, rounds=1, once=True, slow=True,
)  # fmt: skip
def draw_from_the_register(world: World) -> Pair:
    found: dict[str, Any] = {}

    def before() -> None:
        found["house"], found["part"] = register(world.cast)

    def whole() -> None:
        house: stage.Oversight = found["house"]
        draw = ceremony.open_draw(found["part"], sources=stage.SOURCES, actor=house.actor("host"), at=AT)
        freezing.freeze(draw.pk, at=AT)
        for name in ("host", "planner"):
            fresh = Draw.objects.get(pk=draw.pk)
            ceremony.type_numbers(fresh, stage.VALUES, AT.date(), actor=house.actor(name), at=AT)
        result = running.run(draw.pk, at=AT)
        assert result is not None
        assert result.selected >= OBJECTS // 20

    def bare() -> None:
        ids = (f"91620100{n:010d}".encode() for n in range(OBJECTS))
        heapq.nsmallest(OBJECTS // 20, ((hmac.digest(b"\x07" * 32, one, "sha256"), one) for one in ids))

    return Pair(whole, bare, before=before)
