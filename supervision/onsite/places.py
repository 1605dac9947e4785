"""Where and when something was noted, and what is odd about it. Every oddity is a flag for a person to judge, never a refusal (D34)."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.models import CaseEvent

from .. import policy

if TYPE_CHECKING:
    from ..models import Inspection, KnownPlace

EARTH = 6_371_000  # metres, mean radius

FLAGS: dict[str, str | Promise] = {
    "far": _("拍摄位置离登记地址较远"),
    "no_position": _("没有定位"),
    "no_reference": _("登记地址还没有坐标，无法比对位置"),
    "repeated": _("与系统中另一张照片完全相同"),
    "after_record": _("笔录完成以后补充"),
    "clock": _("手机时间与系统时间不一致"),
    "before_assigned": _("时间早于派员"),
    "future": _("时间晚于收到时间"),
}


def metres(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> int:
    """Great-circle distance (haversine) of two points in degrees."""
    a, b = math.radians(lat_a), math.radians(lat_b)
    half_lat, half_lon = (b - a) / 2, math.radians(lon_b - lon_a) / 2
    part = math.sin(half_lat) ** 2 + math.cos(a) * math.cos(b) * math.sin(half_lon) ** 2
    return round(2 * EARTH * math.asin(min(1.0, math.sqrt(part))))


def known_place(case: Inspection) -> KnownPlace | None:
    """The newest position of the firm's present address."""
    org = case.subject_org
    if org is None or not org.address:
        return None
    return org.known_places.filter(address=org.address).order_by("-pk").first()


def about_place(case: Inspection, own: policy.Own, lat: float | None, lon: float | None) -> dict[str, Any]:
    """``{"flags": […], "metres": n | None}`` of a position against the address."""
    if lat is None or lon is None:
        return {"flags": ["no_position"], "metres": None}
    place = known_place(case)
    if place is None:
        return {"flags": ["no_reference"], "metres": None}
    away = metres(lat, lon, float(place.lat), float(place.lon))
    return {"flags": ["far"] if away > own.number("onsite_radius") else [], "metres": away}


def about_time(
    case: Inspection, own: policy.Own, *, made_at: datetime, sent_at: datetime | None, at: datetime
) -> list[str]:
    """What is odd about the phone's times: its clock when it sent, and when it says the record was made."""
    allowed = timedelta(minutes=own.number("onsite_clock"))
    found = []
    if sent_at is not None and abs(sent_at - at) > allowed:
        found.append("clock")
    if made_at > at + allowed:
        found.append("future")
    assigned = CaseEvent.objects.filter(case_id=case.pk, action__in=("assign", "substitute"))
    first = assigned.order_by("seq").values_list("at", flat=True).first()
    if first and made_at < first:
        found.append("before_assigned")
    return found
