"""一单: the list of check items (抽查事项清单, S004-27), and what a place wants added to it or taken off (S004-28, -29)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Bilingual, Jurisdiction, Office, User

from .dated import Dated, ends_after_start


class ItemText(Bilingual):
    """What an item says: of whom, on what basis, how, how often."""

    of = models.JSONField(_("检查对象"), default=list)
    basis_zh = models.CharField(_("检查依据"), max_length=500)
    basis_en = models.CharField(_("检查依据（英文）"), max_length=500, blank=True)
    method_zh = models.CharField(_("检查方式"), max_length=300)
    method_en = models.CharField(_("检查方式（英文）"), max_length=300, blank=True)
    points_zh = models.CharField(_("检查要点"), max_length=500, blank=True)
    points_en = models.CharField(_("检查要点（英文）"), max_length=500, blank=True)
    frequency_zh = models.CharField(_("抽查频次"), max_length=200)
    frequency_en = models.CharField(_("抽查频次（英文）"), max_length=200, blank=True)
    skill = models.SlugField(_("所需专长"), max_length=40, blank=True)
    departments = models.JSONField(_("可参加的部门"), default=list)

    class Meta:
        abstract = True


class CheckItem(Dated, ItemText):
    """One item of the list for a span of time; a change ends the row and opens the next.

    The national layer comes from the pack, and so may local items, by a version of it. Other local items are proposed by an office and
    accepted by another person of the province (``ItemProposal``); only these have ``accepted_by``, and no version of the pack ends them.
    ``uncertain``: a proposal the authority has not confirmed.
    """

    class Layer(models.TextChoices):
        NATIONAL = "national", _("国家清单")
        LOCAL = "local", _("本地增加")

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="check_items")
    code = models.SlugField(_("代码"), max_length=60)
    layer = models.CharField(_("层级"), max_length=12, choices=Layer)
    cites = models.JSONField(default=list)
    uncertain = models.BooleanField(_("待确认"), default=False)
    proposed_by = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="+")
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jurisdiction", "code", "from_on"], name="one_item_row_a_day"),
            models.UniqueConstraint(
                fields=["jurisdiction", "code"],
                condition=Q(until_on__isnull=True),
                name="one_standing_row_per_item",
            ),
            ends_after_start("item_ends_after_start"),
        ]


class ItemProposal(ItemText):
    """A local item that an office asks the province for, changed or ended, and the answer: by another person, with the reason."""

    class What(models.TextChoices):
        ADD = "add", _("增加或者变更")
        END = "end", _("停用")

    class Answer(models.TextChoices):
        OPEN = "", _("待研究")
        ACCEPTED = "accepted", _("已采纳")
        DECLINED = "declined", _("未采纳")

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="+")
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    what = models.CharField(_("申报内容"), max_length=4, choices=What)
    code = models.SlugField(_("代码"), max_length=60)
    from_on = models.DateField(_("自哪一天起"))
    reason = models.CharField(_("申报理由"), max_length=500)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    answer = models.CharField(_("研究结果"), max_length=12, choices=Answer, blank=True, default="")
    answer_reason = models.CharField(_("理由"), max_length=500, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["jurisdiction", "code"], condition=Q(answer=""), name="one_open_proposal_per_item"
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_by__isnull=True)
                | (
                    ~Q(answer="")
                    & ~Q(answer_reason="")
                    & Q(answered_by__isnull=False)
                    & ~Q(answered_by=F("made_by"))
                ),
                name="an_item_is_answered_by_another_person",
            ),
        ]
