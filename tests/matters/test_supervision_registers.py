"""The registers of supervision: objects come and go with entitlements, items follow the pack, inspectors are dated (S004-27…-36)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from foreignwork.accounts import roles
from foreignwork.accounts.models import Mandate, Office, Organisation, Post, User
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Entitlement
from foreignwork.cases.problems import Blocked
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from supervision import inspectors, policy, registers
from supervision.models import Certificate, CheckItem, Interest, Kind, Presence, Subject, Training
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast

TODAY = AT.date()


def granted(cast: Cast, firm: str = "university", who: object = ANNA) -> Entitlement:
    case = case_of(stage.file(cast, firm, who, at=AT - timedelta(days=20)))  # type: ignore[arg-type]
    bring(cast, case, "granted", at=AT - timedelta(days=10))
    return Entitlement.objects.get(case_id=case.pk)


def test_objects_enter_with_the_entitlement_and_leave_with_it(cast: Cast) -> None:
    """S004-32, -35: person and employer stand in the register from the first day until the end, by themselves."""
    held = granted(cast)
    assert registers.counts_on(cast.jurisdiction, TODAY) == {"person": 0, "employer": 0, "agency": 0}
    done = registers.refresh(cast.jurisdiction, at=AT)
    assert done.entered == 2
    first = held.valid_from
    assert registers.counts_on(cast.jurisdiction, first)["person"] == 1
    assert registers.counts_on(cast.jurisdiction, first)["employer"] == 1
    assert registers.counts_on(cast.jurisdiction, first - timedelta(days=1))["person"] == 0
    Entitlement.objects.filter(pk=held.pk).update(status="ended", ended_on=TODAY)
    later = AT + timedelta(days=30)
    assert registers.refresh(cast.jurisdiction, at=later).ended == 2
    after = max(first, day_of(later)) + timedelta(days=1)
    assert registers.counts_on(cast.jurisdiction, after)["person"] == 0
    # The register of the past day is what it was.
    assert registers.counts_on(cast.jurisdiction, first)["person"] == 1


def test_refreshing_again_changes_nothing(cast: Cast) -> None:
    granted(cast)
    registers.refresh(cast.jurisdiction, at=AT)
    before = list(Presence.objects.values().order_by("pk"))
    assert registers.refresh(cast.jurisdiction, at=AT) == registers.Refreshed()
    assert list(Presence.objects.values().order_by("pk")) == before


def test_a_firm_stays_while_one_of_its_people_is_there(cast: Cast) -> None:
    one, two = granted(cast), granted(cast, who=BRUNO)
    registers.refresh(cast.jurisdiction, at=AT)
    firms = registers.subjects_on(cast.jurisdiction, max(one.valid_from, two.valid_from), Kind.EMPLOYER)
    assert [row.organisation_id for row in firms] == [cast.firms["university"].pk]
    Entitlement.objects.filter(pk=one.pk).update(status="ended", ended_on=TODAY)
    registers.refresh(cast.jurisdiction, at=AT)
    day = max(one.valid_from, two.valid_from, TODAY) + timedelta(days=1)
    assert registers.counts_on(cast.jurisdiction, day) == {"person": 1, "employer": 1, "agency": 0}


def test_an_agency_is_an_object_while_it_holds_a_mandate(cast: Cast) -> None:
    """S004-12, -23."""
    granted(cast)
    agency = Organisation.objects.create(
        uscc="91620100MA0DEM05XA", name_zh="示例代办", kind="agency", city="lanzhou"
    )
    mandate = Mandate.objects.create(
        agency=agency, employer=cast.firms["university"], from_on=TODAY, until_on=TODAY + timedelta(days=90)
    )
    registers.refresh(cast.jurisdiction, at=AT)
    assert registers.counts_on(cast.jurisdiction, TODAY)["agency"] == 1
    Mandate.objects.filter(pk=mandate.pk).update(revoked_on=TODAY + timedelta(days=3))
    registers.refresh(cast.jurisdiction, at=AT + timedelta(days=3))
    assert registers.counts_on(cast.jurisdiction, TODAY + timedelta(days=3))["agency"] == 1
    assert registers.counts_on(cast.jurisdiction, TODAY + timedelta(days=4))["agency"] == 0


def test_a_firm_that_moves_is_found_in_its_new_district(cast: Cast) -> None:
    granted(cast)
    registers.refresh(cast.jurisdiction, at=AT)
    Organisation.objects.filter(pk=cast.firms["university"].pk).update(city="tianshui")
    registers.refresh(cast.jurisdiction, at=AT)
    assert set(Presence.objects.values_list("district", flat=True)) == {"tianshui"}


def test_the_national_list_comes_from_the_pack_and_is_dated(cast: Cast) -> None:
    """S004-27: every item with basis, method and frequency; a change ends the row and opens the next."""
    registers.refresh(cast.jurisdiction, at=AT)
    items = registers.items_on(cast.jurisdiction, TODAY)
    assert items.count() == 12
    assert all(row.basis_zh and row.method_zh and row.frequency_zh and row.uncertain for row in items)
    one = items[0]
    CheckItem.objects.filter(pk=one.pk).update(method_zh="旧方式")
    later = AT + timedelta(days=5)
    assert registers.refresh(cast.jurisdiction, at=later).items == 1
    assert registers.items_on(cast.jurisdiction, TODAY).get(code=one.code).method_zh == "旧方式"
    assert registers.items_on(cast.jurisdiction, day_of(later)).get(code=one.code).method_zh != "旧方式"


def test_a_local_addition_stands_beside_the_national_list(cast: Cast) -> None:
    """S004-28: a place adds items with basis, method and frequency; they are told apart, and end with the version that names them."""
    own = policy.of(cast.policy)
    words = {"name": {"zh": "境外人员住宿登记", "en": "Accommodation registered"}, "local": True}
    added = policy.Item.model_validate(own.items["contract"].model_dump() | words)
    here = own.model_copy(update={"items": {**own.items, "lodging": added}})
    registers._items(cast.jurisdiction, here, TODAY, AT)
    rows = registers.items_on(cast.jurisdiction, TODAY)
    assert {row.code for row in rows if row.layer == "local"} == {"lodging"}
    assert rows.count() == 13
    later = AT + timedelta(days=5)
    registers._items(cast.jurisdiction, own, day_of(later), later)
    assert not registers.items_on(cast.jurisdiction, day_of(later)).filter(code="lodging").exists()
    assert registers.items_on(cast.jurisdiction, TODAY).filter(code="lodging").exists()


# --- inspectors -------------------------------------------------------------------------------------------------------


def inspector(cast: Cast, name: str = "jian", office: str = "gansu-kjt") -> User:
    user = User.objects.create(username=name, kind="staff", display_name=name)
    Post.objects.create(
        user=user, office=Office.objects.get(code=office), role=roles.inspector.code, from_on=date(2025, 1, 1)
    )
    return user


def enlist(
    user: User, *, on: date = TODAY, districts: list[str] | None = None, skills: list[str] | None = None
) -> None:
    office = user.posts.get().office
    inspectors.enlist(
        user,
        office,
        districts=districts or ["lanzhou"],
        skills=skills or ["permits"],
        on=on,
        reason="入库",
        by=None,
        at=AT,
    )


def test_the_register_of_inspectors_of_any_day(cast: Cast) -> None:
    """S004-33…-35, -81: dated rows; without certificate or training nobody is ready."""
    user = inspector(cast)
    enlist(user, on=TODAY)
    enlist(user, on=TODAY + timedelta(days=10), districts=["tianshui"])
    assert inspectors.register_on(cast.jurisdiction, TODAY - timedelta(days=1)) == []
    [then] = inspectors.register_on(cast.jurisdiction, TODAY)
    assert then.entry.districts == ["lanzhou"]
    assert then.problems == ["certificate", "untrained"]
    Certificate.objects.create(
        inspector=then.inspector,
        number="甘A001",
        issuer="甘肃省司法厅",
        from_on=TODAY,
        until_on=TODAY + timedelta(days=9),
        recorded_at=AT,
    )
    Training.objects.create(inspector=then.inspector, on=TODAY, subject="岗前培训", hours=16, recorded_at=AT)
    [now] = inspectors.register_on(cast.jurisdiction, TODAY)
    assert now.ready
    [later] = inspectors.register_on(cast.jurisdiction, TODAY + timedelta(days=10))
    assert later.entry.districts == ["tianshui"]
    assert later.problems == ["certificate"]
    # Struck off and entered again: never twice in the register of one day, which would be twice in the draw.
    inspectors.strike_off(then.inspector, on=TODAY + timedelta(days=20), reason="调离")
    with pytest.raises(Blocked) as refused:
        enlist(user, on=TODAY + timedelta(days=15))
    assert refused.value.problems[0].code == inspectors.BEFORE_LAST
    enlist(user, on=TODAY + timedelta(days=21))


def test_approving_staff_are_never_inspectors(cast: Cast) -> None:
    """S004-104, law-notes 22."""
    decider = cast.officers["gansu-kjt", "decide"]
    Post.objects.create(
        user=decider, office=Office.objects.get(code="gansu-kjt"), role="inspector", from_on=date(2025, 1, 1)
    )
    with pytest.raises(Blocked) as refused:
        enlist_as(decider)
    assert refused.value.problems[0].code == inspectors.APPROVES
    late = inspector(cast, "late")
    enlist(late)
    Post.objects.create(user=late, office=Office.objects.get(code="gansu-kjt"), role="decider", from_on=TODAY)
    [listed] = inspectors.register_on(cast.jurisdiction, TODAY)
    assert "approval_staff" in listed.problems


def enlist_as(user: User) -> None:
    office = Office.objects.get(code="gansu-kjt")
    inspectors.enlist(user, office, districts=["lanzhou"], skills=[], on=TODAY, reason="x", by=None, at=AT)


def test_without_the_post_nobody_is_entered(cast: Cast) -> None:
    user = User.objects.create(username="nopost", kind="staff", display_name="nopost")
    with pytest.raises(Blocked) as refused:
        enlist_as(user)
    assert refused.value.problems[0].code == inspectors.NO_POST


def test_recusal_by_declared_interest_and_by_a_permit_handled(cast: Cast) -> None:
    """domain 6.5: declared interests that stand, and whoever handled the object's permit."""
    granted(cast)
    user = inspector(cast)
    enlist(user)
    [listed] = inspectors.register_on(cast.jurisdiction, TODAY)
    pk = listed.inspector.pk
    assert inspectors.interests_on([pk], TODAY, 3)[pk].organisations == {}
    Interest.objects.create(
        inspector=listed.inspector,
        organisation=cast.firms["energy"],
        ground="shares",
        from_on=TODAY,
        recorded_at=AT,
    )
    firm, other = cast.firms["university"], cast.firms["energy"]
    assert inspectors.interests_on([pk], TODAY, 3)[pk].organisations == {other.pk: "shares"}
    assert inspectors.interests_on([pk], TODAY - timedelta(days=1), 3)[pk].organisations == {}
    reviewer = cast.officers["lanzhou-kjj", "review"]
    again = inspectors.Inspector.objects.create(user=reviewer)
    kept = inspectors.interests_on([again.pk], TODAY, 3)[again.pk]
    assert kept.organisations == {firm.pk: "handled"}
    assert (
        inspectors.interests_on([again.pk], TODAY + timedelta(days=365 * 4), 3)[again.pk].organisations == {}
    )


def test_the_database_keeps_the_shape_of_the_registers(cast: Cast) -> None:
    firm = cast.firms["university"]
    with pytest.raises(DatabaseError), transaction.atomic():
        Subject.objects.create(jurisdiction=cast.jurisdiction, kind="person", organisation=firm)
    who = inspectors.Inspector.objects.create(user=inspector(cast))
    with pytest.raises(DatabaseError), transaction.atomic():
        Interest.objects.create(inspector=who, ground="shares", from_on=TODAY, recorded_at=AT)
    with pytest.raises(DatabaseError), transaction.atomic():
        Certificate.objects.create(
            inspector=who, number="x", issuer="x", from_on=TODAY, until_on=None, recorded_at=AT
        )
