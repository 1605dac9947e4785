"""What a photograph, an interview note and a signature must be before the case keeps them. ``perform`` validates with these."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.apps import apps
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.forms import StepForm
from foreignwork.vault.models import Blob

from .. import policy
from . import places

if TYPE_CHECKING:
    from ..models import Inspection

LINES = forms.Textarea(attrs={"rows": 4})
SIGNERS = ("lead", "second", "firm")
STROKES = 60_000  # characters of JSON, one signature
HEX = r"^[0-9a-f]{64}$"
NOT_OURS = _("文件没有随记录一起收到。请在“现场材料”页面或者手机上重新提交。")


def own_blob(context: Context, name: Any, *, kinds: tuple[str, ...]) -> Blob | None:
    """A file stored for this very case and not used yet. A name alone proves nothing: anyone could type one."""
    if not isinstance(name, str) or not re.fullmatch(HEX, name):
        return None
    blob = Blob.objects.filter(pk=name, data_key_id=context.case.data_key_id, media_type__in=kinds).first()
    used = apps.get_model("supervision", "Evidence")._default_manager.filter(blob_id=name).exists()
    return None if blob is None or used else blob


class EvidenceForm(StepForm):
    """A note of an interview; with a file, a photograph. The file itself comes by the pages that take files (intake.py),
    which put its name and hash here."""

    clear: ClassVar[tuple[str, ...]] = ("kind", "blob", "sha256", "flags", "taken_at", "item")
    interviewee = forms.CharField(label=_("被询问人"), max_length=120, required=False)
    text = forms.CharField(label=_("内容或者说明"), max_length=3000, required=False, widget=LINES)
    blob = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)
    sha256 = forms.RegexField(HEX, required=False, widget=forms.HiddenInput)
    item = forms.SlugField(required=False, widget=forms.HiddenInput, max_length=60)
    taken_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-90, max_value=90)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-180, max_value=180)
    accuracy = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=0, max_value=100_000)

    def clean_taken_at(self) -> datetime | None:
        """Of this century: at the ends of the calendar the database keeps moments that nothing can read again."""
        found: datetime | None = self.cleaned_data["taken_at"]
        if found and not 2000 < found.year < 2100:
            raise forms.ValidationError(NOT_OURS)
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        case: Any = self.context.case
        own = policy.of(self.context.pack)
        if data.get("item") and data["item"] not in case.items:
            self.add_error(None, _("这次检查没有该事项。请重新选择事项。"))
        if not data.get("blob"):
            return self._interview(data)
        blob = own_blob(self.context, data["blob"], kinds=("image/jpeg", "image/png"))
        if blob is None or not data.get("sha256"):
            raise forms.ValidationError(NOT_OURS)
        if case.evidence.filter(kind="photo").count() >= own.number("onsite_photos"):
            most = {"most": own.number("onsite_photos")}
            raise forms.ValidationError(
                _("一次检查最多留存 %(most)s 张照片。请只保留能证明事实的照片。") % most
            )
        place = places.about_place(case, own, data.get("lat"), data.get("lon"))
        flags = [*place["flags"], *self._late(case)]
        twins = Blob.objects.filter(content_hmac=blob.content_hmac).exclude(pk=blob.pk)
        if twins.exists():
            flags.append("repeated")
        kept = {name: data.get(name) for name in ("text", "item", "lat", "lon", "accuracy")}
        return {
            **kept,
            "kind": "photo",
            "blob": blob.pk,
            "sha256": data["sha256"],
            "flags": flags,
            "metres": place["metres"],
            "taken_at": data.get("taken_at"),
        }

    def _interview(self, data: dict[str, Any]) -> dict[str, Any]:
        if not data.get("text"):
            self.add_error("text", _("请填写询问的内容。照片请在“现场材料”页面或者手机上提交。"))
        if not data.get("interviewee"):
            self.add_error("interviewee", _("请填写被询问人的姓名和职务。"))
        kept = {name: data.get(name) for name in ("text", "interviewee", "item")}
        return {
            **kept,
            "kind": "interview",
            "flags": self._late(self.context.case),
            "taken_at": data.get("taken_at"),
        }

    @staticmethod
    def _late(case: Any) -> list[str]:
        return ["after_record"] if case.state == "recorded" else []


def signatures(form: StepForm, text: str, *, signed: str) -> list[dict[str, Any]]:
    """The drawn signatures of a record, as ``[{by, blob, sha256, strokes}]``; none where the record was signed on paper.

    Adds errors to ``form``: with one there must be both inspectors', and the firm's exactly when it signed.
    """
    if not text:
        return []
    try:
        rows = json.loads(text)
        found = {row["by"]: row for row in rows if row["by"] in SIGNERS}
    except (ValueError, TypeError, KeyError, RecursionError):
        form.add_error(None, NOT_OURS)
        return []
    if "lead" not in found or "second" not in found:
        form.add_error(None, _("请两名检查人员都在屏幕上签字。"))
    if signed == "signed" and "firm" not in found:
        form.add_error(None, _("请被检查单位在屏幕上签字；没有签字的，请选择原因。"))
    if signed != "signed" and "firm" in found:
        form.add_error(None, _("已有单位签字，不能同时选择没有签字的原因。"))
    kept = []
    for by, row in found.items():
        blob = own_blob(form.context, row.get("blob"), kinds=("image/png",))
        sha = row.get("sha256")
        if blob is None or not isinstance(sha, str) or len(sha) != 64:
            form.add_error(None, NOT_OURS)
            continue
        kept.append({"by": by, "blob": blob.pk, "sha256": sha, "strokes": strokes_of(row.get("strokes"))})
    return kept


def strokes_of(found: Any) -> list[list[list[int]]]:
    """How a signature was drawn: strokes of points ``[x, y, milliseconds]``. Anything else is left out: the image is the signature."""
    try:
        rows = [[[int(number) for number in point] for point in stroke] for stroke in found]
        small = all(len(point) == 3 and max(map(abs, point)) < 10**7 for row in rows for point in row)
    except (TypeError, ValueError, OverflowError):
        return []
    return rows if small and len(json.dumps(rows)) <= STROKES else []


class PlaceForm(forms.Form):
    """Where the firm's address lies, looked up by an officer."""

    lat = forms.DecimalField(label=_("纬度"), min_value=-90, max_value=90, max_digits=8, decimal_places=5)
    lon = forms.DecimalField(label=_("经度"), min_value=-180, max_value=180, max_digits=8, decimal_places=5)
    source = forms.CharField(label=_("坐标来源"), max_length=120, help_text=_("例如：天地图"))


class PhotographForm(forms.Form):
    """A photograph handed in at the desk, without script."""

    photo = forms.FileField(label=_("照片（JPG 或 PNG）"))
    text = forms.CharField(label=_("说明"), max_length=1000, required=False)


def positioned(case: Inspection, data: dict[str, Any], **by: Any) -> Any:
    """The unsaved KnownPlace of the firm's present address."""
    org = case.subject_org
    assert org is not None
    row = apps.get_model("supervision", "KnownPlace")
    return row(organisation=org, address=org.address, **data, **by)
