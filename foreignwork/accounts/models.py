"""WHO: users, jurisdictions and offices, posts, organisations, memberships, mandates, standings."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from . import roles
from .assistance import Assistance as Assistance
from .attempts import Attempt as Attempt
from .uscc import validate_uscc


class Bilingual(models.Model):
    """A name in both languages; the Chinese one is authentic."""

    name_zh = models.CharField(_("名称"), max_length=200)
    name_en = models.CharField(_("英文名称"), max_length=300, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name_zh


class User(AbstractUser):
    """One login is of one kind (decisions 14): staff never file, applicants never decide."""

    class Kind(models.TextChoices):
        STAFF = "staff", _("工作人员")
        APPLICANT = "applicant", _("用人单位经办人")
        PERSON = "person", _("外国人")

    kind = models.CharField(_("账户类型"), max_length=12, choices=Kind)
    display_name = models.CharField(_("姓名"), max_length=120)
    language = models.CharField(_("语言"), max_length=8, default="zh-hans")

    REQUIRED_FIELDS: ClassVar[list[str]] = ["kind", "display_name"]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["staff", "applicant", "person"]), name="user_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username


class Jurisdiction(Bilingual):
    """A place whose policy pack applies (a province, a city, a district)."""

    code = models.SlugField(max_length=40, unique=True)


class Office(Bilingual):
    """A competent office (主管部门); packs name it by ``code``."""

    code = models.SlugField(max_length=60, unique=True)
    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="offices")
    department = models.CharField(_("部门"), max_length=60, blank=True)
    phone = models.CharField(_("电话"), max_length=60, blank=True)
    address_zh = models.CharField(_("地址"), max_length=300, blank=True)
    address_en = models.CharField(_("英文地址"), max_length=300, blank=True)
    history = HistoricalRecords()


class PostQuerySet(models.QuerySet["Post"]):
    def held_on(self, day: date) -> PostQuerySet:
        return self.filter(Q(from_on__lte=day) & (Q(until_on__isnull=True) | Q(until_on__gte=day)))


class Post(models.Model):
    """An officer's role in one office, from a day until a day (both included)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="posts", limit_choices_to={"kind": "staff"})
    office = models.ForeignKey(Office, models.PROTECT, related_name="posts")
    role = models.CharField(_("岗位"), max_length=40, choices=roles.post_choices)
    from_on = models.DateField(_("起"))
    until_on = models.DateField(_("止"), null=True, blank=True)
    history = HistoricalRecords()

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "office", "role"],
                condition=Q(until_on__isnull=True),
                name="one_open_post_each",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=models.F("from_on")),
                name="post_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} / {self.office} / {self.role}"


class Organisation(Bilingual):
    """An employer (用人单位) or an agency (专门服务机构), known by its unified social credit code."""

    class Kind(models.TextChoices):
        EMPLOYER = "employer", _("用人单位")
        AGENCY = "agency", _("专门服务机构")

    class Nature(models.TextChoices):
        PRIVATE = "private", _("企业法人")
        PUBLIC = "public", _("机关事业单位")
        # 在中国境内就业的外国人参加社会保险暂行办法 3 names these beside enterprises and public institutions (S003-95, -110).
        SOCIETY = "society", _("社会团体")
        SERVICE = "service", _("民办非企业单位（社会服务机构）")
        FOUNDATION = "foundation", _("基金会")
        LAW_FIRM = "law_firm", _("律师事务所")
        AUDITORS = "auditors", _("会计师事务所")
        OTHER = "other", _("其他组织")

    uscc = models.CharField(_("统一社会信用代码"), max_length=18, unique=True, validators=[validate_uscc])
    kind = models.CharField(_("类型"), max_length=12, choices=Kind, default=Kind.EMPLOYER)
    nature = models.CharField(_("单位性质"), max_length=12, choices=Nature, default=Nature.PRIVATE)
    city = models.SlugField(_("所在市州"), max_length=40, help_text=_("政策包中的市州代码"))
    address = models.CharField(_("地址"), max_length=300, blank=True)
    phone = models.CharField(
        _("单位电话"),
        max_length=30,
        blank=True,
        validators=[RegexValidator(r"^[0-9+\-() ]*$", _("电话只能包含数字和 + - ( )"))],
    )
    insured_unit = models.BooleanField(_("已办理单位社会保险登记"), default=False)
    history = HistoricalRecords()

    class Meta:
        indexes: ClassVar = [
            GinIndex(fields=["name_zh"], opclasses=["gin_trgm_ops"], name="organisation_by_name_part"),
            GinIndex(fields=["name_en"], opclasses=["gin_trgm_ops"], name="organisation_by_english"),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="organisation_by_phone"),
        ]

    @property
    def is_public_body(self) -> bool:
        return self.nature == self.Nature.PUBLIC


class Membership(models.Model):
    """A user who may act for an organisation."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    until_on = models.DateField(_("止"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "organisation"], name="one_membership_each"),
        ]

    def __str__(self) -> str:
        return f"{self.user} / {self.organisation}"


class Mandate(models.Model):
    """An agency acts for an employer, until a day (行政许可法 29: by an agent)."""

    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="mandates_held")
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="mandates_given")
    from_on = models.DateField(_("起"))
    until_on = models.DateField(_("止"))
    revoked_on = models.DateField(_("撤销日期"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(until_on__gte=models.F("from_on")), name="mandate_ends_after_start"
            ),
            models.CheckConstraint(condition=~Q(agency=models.F("employer")), name="mandate_between_two"),
        ]

    def __str__(self) -> str:
        return f"{self.agency} → {self.employer}"


class Standing(models.Model):
    """A credit standing of an organisation for a period; written by a step's ``stands``, read by the matters (decisions 1).

    ``measures`` are codes of the pack's texts (``measure_<code>``): what officers of other matters are told to do more carefully.
    ``reference`` is the number of the case that decided it, empty for records brought in.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="standings")
    kind = models.CharField(max_length=40)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    basis = models.CharField(max_length=300)
    measures = models.JSONField(default=list)
    reference = models.CharField(max_length=60, blank=True)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"{self.organisation} / {self.kind}"
