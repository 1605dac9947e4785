"""NOUNS: bundle, case, event, entitlement, and the rows that keep people apart and posts from counting twice."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMModelMixin

from foreignwork.accounts.models import Assistance, Jurisdiction, Office, Organisation, User
from foreignwork.accounts.roles import Role
from foreignwork.accounts.who import Actor
from foreignwork.dossiers.models import Document, Dossier, DossierVersion, Engagement, EngagementVersion
from foreignwork.policies.models import PolicyVersion
from foreignwork.vault.fields import SealedField
from foreignwork.vault.models import DataKey, Sealed

from . import registry
from .counters import NumberSeries as NumberSeries
from .counters import RequestKey as RequestKey
from .expiry import Reminder as Reminder
from .fields import StateField
from .hands import Recusal as Recusal
from .hands import StageHand as StageHand
from .kernel_steps import KernelSteps
from .phases import Outcome, Phase
from .sight import CaseQuerySet as CaseQuerySet
from .sight import at_offices, own
from .telling import EntitlementMark as EntitlementMark
from .telling import Referral as Referral


def transaction_id() -> Cast:
    """The database's transaction id: a case row and its newest event carry the same one (quality I3)."""
    return Cast(Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField())


class BundleQuerySet(models.QuerySet["Bundle"]):
    def visible_to(self, actor: Actor) -> BundleQuerySet:
        """An applicant's bundles, a person's own, or those with a case in one of the officer's offices."""
        theirs = own(actor)
        if theirs is not None:
            return self.filter(theirs)
        mine = Case.objects.filter(at_offices(actor.offices), bundle=OuterRef("pk"))
        return self.filter(Exists(mine))


class Bundle(models.Model):
    """One filing (联办件) of several matters on one dossier. Its state is a pure function of its cases."""

    class Channel(models.TextChoices):
        ONLINE = "online", _("网上")
        WINDOW = "window", _("窗口")

    number = models.CharField(_("办件编号"), max_length=40)
    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, db_index=False)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT)
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="bundles")
    agency = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="bundles_handled"
    )
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="bundles")
    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="bundles")
    channel = models.CharField(max_length=12, choices=Channel, default=Channel.ONLINE)
    assistance = models.ForeignKey(Assistance, models.PROTECT, null=True, blank=True, related_name="bundles")
    answers = models.JSONField(default=dict)
    filed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    filed_at = models.DateTimeField()

    objects = BundleQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["jurisdiction", "filed_at", "channel"], name="intake_by_channel")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="each_bundle_number_once"),
            models.CheckConstraint(
                condition=Q(assistance__isnull=True) | Q(channel="window"), name="assisted_at_the_window"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class BundleItem(models.Model):
    """A material of the bundle: each once, however many matters use it. ``document`` empty: made by the system.

    ``seen_at``, ``seen_by``: when and by whom the paper of an ``on_paper`` item was seen and taken in at the window.
    """

    bundle = models.ForeignKey(Bundle, models.PROTECT, related_name="items", db_index=False)
    code = models.SlugField(max_length=60, db_index=False)
    for_matters = models.JSONField(default=list)
    by_system = models.BooleanField(default=False)
    on_paper = models.BooleanField(default=False)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bundle", "code"], name="each_material_once"),
            models.CheckConstraint(
                condition=Q(seen_at__isnull=True, seen_by__isnull=True)
                | Q(seen_at__isnull=False, seen_by__isnull=False, on_paper=True),
                name="paper_seen_by_somebody",
            ),
        ]


class Case(KernelSteps, FSMModelMixin, models.Model):
    """One table for all matters. A matter's model adds its own columns by one level of inheritance.

    ``office`` decides, and its name and seal stand on every paper; ``receiver`` is an entrusted office that only receives
    (行政许可法 24), empty where nobody is entrusted.
    ``version`` counts the events (1..n); ``head_hash`` is the hash of the newest; ``xid`` the transaction that wrote it.
    ``about`` is what the person holds already and the case extends, changes or ends (chosen at opening, never later).
    ``due_on`` repeats the earliest open office deadline for work lists; it is derived in the same transaction.
    """

    class Origin(models.TextChoices):
        APPLIED = "applied", _("依申请")
        EX_OFFICIO = "ex_officio", _("依职权")
        INSPECTION = "inspection", _("监督检查")

    number = models.CharField(_("事项编号"), max_length=48, unique=True)
    matter = models.SlugField(max_length=40, db_index=False)
    sub_matter = models.SlugField(max_length=40, blank=True, db_index=False)
    category = models.CharField(_("类别"), max_length=4, blank=True)
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.APPLIED)
    state = StateField()
    phase = models.CharField(max_length=12, choices=Phase)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, default="")
    bundle = models.ForeignKey(Bundle, models.PROTECT, null=True, blank=True, related_name="cases")
    employer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="cases", db_index=False
    )
    subject_org = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    dossier = models.ForeignKey(Dossier, models.PROTECT, null=True, blank=True, related_name="cases")
    engagement = models.ForeignKey(
        Engagement, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    dossier_version = models.ForeignKey(
        DossierVersion, models.PROTECT, null=True, blank=True, related_name="+"
    )
    engagement_version = models.ForeignKey(
        EngagementVersion, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    office = models.ForeignKey(Office, models.PROTECT, related_name="cases", db_index=False)
    receiver = models.ForeignKey(
        Office, models.PROTECT, null=True, blank=True, related_name="cases_received", db_index=False
    )
    assignee = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    data_key = models.ForeignKey(DataKey, models.PROTECT, db_index=False)
    filed_at = models.DateTimeField(null=True, blank=True)
    accepted_on = models.DateField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", db_index=False
    )
    about = models.ForeignKey(
        "Entitlement", models.PROTECT, null=True, blank=True, related_name="concerned_by", db_index=False
    )
    version = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")
    xid = models.BigIntegerField(default=0)

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["office", "phase", "id"], name="work_list"),
            models.Index(
                fields=["office", "due_on", "id"], condition=Q(phase="in_review"), name="work_list_by_due"
            ),
            models.Index(
                fields=["receiver", "phase", "id"],
                condition=Q(receiver__isnull=False),
                name="work_list_of_receiver",
            ),
            models.Index(
                fields=["office", "due_on"],
                condition=Q(phase="decided", due_on__isnull=False),
                name="decided_with_limit",
            ),
            models.Index(
                fields=["receiver", "due_on"],
                condition=Q(phase="decided", due_on__isnull=False, receiver__isnull=False),
                name="decided_with_limit_received",
            ),
            models.Index(fields=["employer", "-id"], name="own_cases"),
            # Each step writes the row anew, and with it each index it stands in: what is mostly empty is left out.
            *(
                models.Index(fields=[name], condition=Q(**{f"{name}__isnull": False}), name=f"case_by_{name}")
                for name in ("subject_org", "assignee", "replaces", "about")
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="origin_decides_what_is_empty",
                condition=Q(
                    origin="applied",
                    bundle__isnull=False,
                    employer__isnull=False,
                    dossier__isnull=False,
                    engagement__isnull=False,
                )
                | Q(origin="ex_officio", dossier__isnull=False)
                | Q(origin="inspection", bundle__isnull=True, subject_org__isnull=False),
            ),
            models.CheckConstraint(name="case_phase_known", condition=Q(phase__in=Phase.values)),
            models.CheckConstraint(
                name="decided_has_an_outcome",
                condition=~Q(phase__in=["decided", "closed"]) | ~Q(outcome=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def matter_entry(self) -> registry.Matter:
        return registry.get(self.matter)

    @property
    def state_label(self) -> str:
        return self.matter_entry.state_label(self.state)

    @property
    def offices(self) -> frozenset[int]:
        """Ids of the offices that have the case: the deciding one, and the one entrusted with receiving."""
        return frozenset(pk for pk in (self.office_id, self.receiver_id) if pk)

    def office_of(self, role: Role) -> int:
        """Id of the office in which ``role`` must be held: who receives for another stands in that office, nobody else."""
        return self.receiver_id if role.receives and self.receiver_id else self.office_id

    @property
    def phase_label(self) -> str:
        return str(Phase(self.phase).label)


class CaseEvent(Sealed):
    """The legal history of a case: who did which step, when, with what effect; chained by hash.

    ``data`` holds codes and dates in clear; ``sealed`` what people wrote, encrypted under the case's data key. The chain
    hashes the ciphertext, so that it still verifies when the key is destroyed (decisions 3).
    """

    append_only = True

    case = models.ForeignKey(Case, models.PROTECT, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    effective_on = models.DateField()
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=40)
    office = models.ForeignKey(Office, models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=40)
    source = models.CharField(max_length=40, blank=True)
    target = models.CharField(max_length=40)
    dossier_version = models.ForeignKey(DossierVersion, models.PROTECT, null=True, related_name="+")
    data = models.JSONField(default=dict)
    sealed = SealedField(null=True)
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    xid = models.BigIntegerField(db_default=transaction_id())

    class Meta:
        ordering: ClassVar = ["case_id", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "seq"], name="one_event_per_seq"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="event_seq_from_one"),
        ]

    @property
    def label(self) -> str:
        declared = registry.get(self.case.matter).steps.get(self.action)
        return str(declared.label) if declared else self.action


class SupplementItem(Sealed):
    """One item of a one-time supplement notice (行政许可法 32(4)) and its answer; what the officer wrote is sealed."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="supplement_items", db_index=False)
    round = models.PositiveIntegerField(default=1)
    item = models.SlugField(max_length=60, db_index=False)
    reason = models.SlugField(max_length=60, db_index=False)
    note = SealedField(null=True)
    asked_at = models.DateTimeField()
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "round", "item"], name="each_item_asked_once_a_round"),
        ]


class Entitlement(models.Model):
    """What a decided case grants. Matters and supervision read these, never each other (decisions 1).

    An extension or a change grants a new row that ``supersedes`` the old one; a cancellation ends it. ``end_reason`` is
    the name of the step that ended it, ``ended_by`` the case it was taken in.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("有效")
        ENDED = "ended", _("已终止")

    matter = models.SlugField(max_length=40, db_index=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="entitlement")
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="entitlements")
    employer = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="entitlements")
    number = models.CharField(max_length=40)
    category = models.CharField(max_length=4, blank=True)
    post = models.CharField(max_length=120, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    exclusive = models.BooleanField(default=True)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    ended_on = models.DateField(null=True, blank=True)
    end_reason = models.SlugField(max_length=40, blank=True, default="", db_index=False)
    ended_by = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="ended_entitlements"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["matter", "status", "valid_until"], name="entitlement_expiry")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["dossier", "matter"],
                condition=Q(status="active", exclusive=True),
                name="one_active_entitlement",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(status="active", ended_on__isnull=True)
                | Q(status="ended", ended_on__isnull=False),
                name="ended_says_when",
            ),
        ]


def concrete(case: Case) -> Any:
    """The matter's own row of ``case``: one query. ``Case`` rows alone serve every list."""
    return registry.get(case.matter).model._default_manager.get(pk=case.pk)
