"""PAPER: numbered notices. The row comes first; rendering, signing and service follow, each once."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Office
from foreignwork.accounts.who import Actor
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.vault.fields import SealedField
from foreignwork.vault.models import Blob, Sealed

CODE_LETTERS, CODE_LENGTH = "23456789ABCDEFGHJKMNPQRSTUVWXYZ", 16

NUMBER = "%s〔%s〕%s号"
"""How series, year and number read on paper (文号); PostgreSQL's format() takes the same words."""


def new_code() -> str:
    """A verification code that cannot be guessed: 79 bits, letters and digits without look-alikes."""
    # The digits of one number: the system is asked for randomness once, not for each letter.
    number, code = secrets.randbelow(len(CODE_LETTERS) ** CODE_LENGTH), ""
    for _digit in range(CODE_LENGTH):
        number, digit = divmod(number, len(CODE_LETTERS))
        code += CODE_LETTERS[digit]
    return code


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, actor: Actor) -> NoticeQuerySet:
        return self.filter(case__in=Case.objects.visible_to(actor))


class Notice(models.Model):
    """One paper of one event. ``queued → issued → served``; ``failed`` is visible on the desk with “try again”."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("生成中")
        ISSUED = "issued", _("已出具")
        SERVED = "served", _("已送达")
        FAILED = "failed", _("生成失败")

    class Service(models.TextChoices):
        ONLINE = "online", _("网上签收")
        COUNTER = "counter", _("窗口领取")
        PROXY = "proxy", _("委托代领")
        POST = "post", _("邮寄")

    case = models.ForeignKey(Case, models.PROTECT, related_name="notices")
    event = models.ForeignKey(CaseEvent, models.PROTECT, related_name="notices", db_index=False)
    kind = models.SlugField(max_length=40, db_index=False)
    office = models.ForeignKey(Office, models.PROTECT, related_name="+", db_index=False)
    series = models.CharField(max_length=60)
    year = models.PositiveIntegerField()
    seq = models.PositiveIntegerField()
    number = models.CharField(_("文号"), max_length=80)
    base_url = models.CharField(max_length=200)
    code = models.CharField(max_length=16, default=new_code)
    dated_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    failure = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)
    served_at = models.DateTimeField(null=True, blank=True)
    served_how = models.CharField(max_length=10, choices=Service, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"], condition=Q(status__in=["queued", "failed"]), name="notices_to_render"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code"], name="each_code_once"),
            models.UniqueConstraint(fields=["event", "kind"], name="one_paper_per_event_and_kind"),
            models.UniqueConstraint(fields=["office", "series", "year", "seq"], name="each_number_once"),
            models.CheckConstraint(
                condition=~Q(status="served") | Q(served_at__isnull=False), name="served_has_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class NoticeBody(Sealed):
    """What the paper says, frozen when its step was taken: the sealed context and the version of the template."""

    append_only = True

    notice = models.OneToOneField(Notice, models.PROTECT, related_name="body")
    template = models.CharField(max_length=120)
    template_version = models.CharField(max_length=64)
    context = SealedField()


class NoticeFile(models.Model):
    """The rendered, signed PDF. ``sha256`` is of the plaintext, for anyone who holds the paper to compare."""

    append_only = True

    notice = models.OneToOneField(Notice, models.PROTECT, related_name="file")
    blob = models.ForeignKey(Blob, models.PROTECT)
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveIntegerField()
    rendered_at = models.DateTimeField()
