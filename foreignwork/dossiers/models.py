"""FACTS: what is known of a foreign national and of an engagement, versioned, sealed, and who looked at it."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Organisation, User
from foreignwork.accounts.who import Actor, Side
from foreignwork.vault.fields import SealedField
from foreignwork.vault.index import BlindIndexField
from foreignwork.vault.models import Blob, DataKey, Sealed

CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code() -> str:
    """A lifelong code that says nothing about the person: 10 letters, 50 bits."""
    return "D" + "".join(secrets.choice(CODE_LETTERS) for _n in range(10))


class DossierQuerySet(models.QuerySet["Dossier"]):
    def visible_to(self, actor: Actor) -> DossierQuerySet:
        """Applicants see dossiers engaged to their employers, a person his own. Offices reach facts through cases only."""
        if actor.user is None:
            return self
        if actor.side == Side.APPLICANT:
            return self.filter(engagements__employer_id__in=actor.employers).distinct()
        if actor.side == Side.PERSON:
            return self.filter(holder=actor.user)
        return self.none()


class Dossier(models.Model):
    """A foreign national as one employer opened him (申请人档案).

    Employer B never learns that employer A knows the person (decisions 2): each opens a dossier of its own; equal
    passports are linked silently by ``DossierMatch`` for offices. ``former_code``: the number for life that a former register
    gave the person, taken over with what he held there.
    """

    code = models.CharField(_("档案编号"), max_length=12, default=new_code)
    former_code = models.CharField(max_length=20, blank=True, default="")
    data_key = models.ForeignKey(DataKey, models.PROTECT)
    opened_by = models.ForeignKey(
        Organisation, models.PROTECT, related_name="dossiers_opened", db_index=False
    )
    holder = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="dossiers")
    passport_index = BlindIndexField()
    opened_at = models.DateTimeField()

    objects = DossierQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code"], name="each_person_code_once"),
            models.UniqueConstraint(fields=["opened_by", "passport_index"], name="one_dossier_per_passport"),
        ]

    def __str__(self) -> str:
        return self.code


class DossierVersion(Sealed):
    """Immutable facts of the person: names, nationality, passport, birth date, contacts (sealed JSON)."""

    append_only = True

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="versions", db_index=False)
    seq = models.PositiveIntegerField()
    facts = SealedField()
    passport_index = BlindIndexField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dossier", "seq"], name="one_version_per_seq")
        ]


class NameToken(models.Model):
    """Blind index of the normalised words of a name (Latin and pinyin), for exact search by word."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="name_tokens", db_index=False)
    token = BlindIndexField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["dossier", "token"], name="one_token_each")]


class DossierMatch(models.Model):
    """Two dossiers with the same passport. Seen by offices only."""

    append_only = True

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="matches", db_index=False)
    other = models.ForeignKey(Dossier, models.CASCADE, related_name="+")
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["dossier", "other"], name="one_match_each")]


class Engagement(models.Model):
    """A person's work for one employer: salary, contract and post belong here, not to the person (decisions 2)."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="engagements", db_index=False)
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="engagements")
    opened_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dossier", "employer"], name="one_engagement_each"),
        ]


class EngagementVersion(Sealed):
    """Immutable facts of an engagement: post, duties, salary, contract dates, place of work (sealed JSON)."""

    append_only = True

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="versions", db_index=False)
    seq = models.PositiveIntegerField()
    facts = SealedField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "seq"], name="one_engagement_version_per_seq")
        ]


class Document(Sealed):
    """One uploaded material. ``kind`` is a material code of the pack; ``engagement`` is set when it belongs to the work."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="documents", db_index=False)
    engagement = models.ForeignKey(
        Engagement, models.PROTECT, null=True, blank=True, related_name="documents"
    )
    kind = models.SlugField(_("材料"), max_length=60, db_index=False)
    blob = models.ForeignKey(Blob, models.PROTECT, db_index=False)  # who_has_this_file begins with it
    filename = SealedField()
    media_type = models.CharField(max_length=40)
    pages = models.PositiveIntegerField(default=1)
    valid_until = models.DateField(null=True, blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["dossier", "kind"], name="document_kind"),
            models.Index(fields=["blob", "dossier"], name="who_has_this_file"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(replaced_by=models.F("id")), name="document_not_self_replaced"
            ),
        ]


class DatedFact(models.Model):
    """A fact that starts or stops a clock: the day of entry, the day work began in the province. Never changed, only superseded."""

    append_only = True

    class Kind(models.TextChoices):
        ENTERED = "entered", _("入境")
        WORK_STARTED = "work_started", _("在本省开始工作")

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="dated_facts", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind)
    on = models.DateField()
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["dossier", "kind", "-recorded_at"], name="latest_dated_fact")
        ]


class Consent(models.Model):
    """What was told, and consented to or not, for one purpose and recipient, with the text shown (PIPL 13, 17, 23, 29, 35).

    ``purpose`` is a code of the pack's ``processing``, ``recipient`` the office; ``basis`` duty: ``given`` says that it was told.
    The newest row of a purpose and recipient counts; a withdrawal is a row of its own. ``text_hash`` is SHA-256 of the text as
    it stood on the page, in ``language``; ``filing`` the number of the bundle it was shown with.
    """

    append_only = True

    class Basis(models.TextChoices):
        DUTY = "duty", _("履行法定职责所必需")
        CONSENT = "consent", _("单独同意")

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="consents", db_index=False)
    purpose = models.SlugField(max_length=60, db_index=False)
    recipient = models.CharField(max_length=120)
    basis = models.CharField(max_length=8, choices=Basis)
    text_version = models.CharField(max_length=40)
    text_hash = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    filing = models.CharField(max_length=40)
    given = models.BooleanField()
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["dossier", "purpose", "recipient", "-id"], name="newest_consent")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(basis="consent") | Q(basis="duty", given=True), name="a_duty_is_told"
            )
        ]


class AccessEntry(models.Model):
    """Who looked at what of whom, and why (PIPL 51; decisions 2)."""

    append_only = True

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="access_entries", db_index=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    what = models.CharField(max_length=60)
    purpose = models.CharField(_("用途"), max_length=200)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["dossier", "-at"], name="access_by_dossier")]
