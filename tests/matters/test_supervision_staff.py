"""The roster of a firm's foreign staff, made from the permits: who stands in it is listed in one press, and recorded one by one."""

from __future__ import annotations

from datetime import date

import pytest

from foreignwork.accounts.models import Organisation
from foreignwork.cases.models import Case, Entitlement
from foreignwork.cases.problems import Blocked, NotAllowed
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, CLARA
from foreignwork.workflow.perform import Invalid
from supervision import registers
from supervision.models import Inspection, Interest, Subject
from tests.stage import AT, case_of
from tests.stage import cast as cast

from .cast_supervision import Oversight, muster
from .test_supervision_inspection import ARRIVED, TODAY, act, assigned


@pytest.fixture
def house(cast: Cast) -> Oversight:
    return muster(cast, firms=2)


def permitted(house: Oversight, person: object, firm: Organisation, until: date) -> Subject:
    """A permit of that firm in the tables as a grant leaves it."""
    bundle = stage.file(house.cast, "university", person, at=AT)  # type: ignore[arg-type]
    case = case_of(bundle, "W")
    Entitlement.objects.create(
        matter=case.matter, case_id=case.pk, dossier=bundle.dossier, employer=firm, number=f"N{case.pk}",
        category="A", post="教授", valid_from=date(2026, 1, 1), valid_until=until,
    )  # fmt: skip
    registers.refresh(house.cast.jurisdiction, at=AT)
    return Subject.objects.get(dossier=bundle.dossier)


def test_all_foreign_staff_of_the_firm_are_listed_and_recorded(house: Oversight) -> None:
    """S000-34, -35: from the permits of that day; post, place and pay of each against the permit."""
    anna = permitted(house, ANNA, house.firms[0], date(2027, 3, 9))
    other = permitted(house, CLARA, house.firms[1], date(2027, 3, 9))
    case = assigned(house)
    with pytest.raises(NotAllowed):
        act(house, case, "leader", "list_staff", subjects=[anna.pk])
    with pytest.raises(Invalid):
        act(house, case, "inspector-1", "list_staff", subjects=[other.pk])
    with pytest.raises(Invalid):
        act(house, case, "inspector-1", "list_staff", subjects=["x"])
    stake = Interest.objects.create(
        inspector=house.inspectors[1], dossier=anna.dossier, ground="kin", from_on=TODAY, recorded_at=AT
    )
    with pytest.raises(Invalid) as refused:
        act(house, case, "inspector-1", "list_staff", subjects=[anna.pk])
    assert "回避" in str(refused.value.form.errors["subjects"])
    stake.delete()
    case = act(house, case, "inspector-1", "list_staff", subjects=[anna.pk])
    assert case.subjects.filter(subject=anna).count() == 1
    with pytest.raises(Blocked):  # nobody is left
        act(house, case, "inspector-1", "list_staff", subjects=[anna.pk])
    case = act(house, case, "inspector-1", "announce", planned_on=TODAY.isoformat(), prepare="")
    case = act(house, case, "inspector-1", "arrive", **ARRIVED)
    said = {
        "signed": "signed",
        "signer": "张经理",
        "both_signed": "on",
        "result_post_as_permitted": "nothing_found",
    }
    with pytest.raises(Invalid):  # one by one
        act(house, case, "inspector-1", "record", **said)
    person = {f"person_{anna.pk}": "post_differs", f"actual_{anna.pk}": "实际从事销售。"}
    case = act(house, case, "inspector-1", "record", **said, **person)
    [line] = case.findings.filter(subject=anna)
    assert (line.result, line.detail["compared"], case.findings_count) == ("to_follow", "post_differs", 1)


def test_who_left_the_firm_is_not_listed(house: Oversight) -> None:
    gone = permitted(house, ANNA, house.firms[0], date(2026, 2, 1))
    case = assigned(house)
    with pytest.raises(Blocked):
        act(house, case, "inspector-1", "list_staff", subjects=[gone.pk])
    assert Inspection.objects.get(pk=case.pk).subjects.count() == 1
    assert Case.objects.filter(pk=case.pk, state="assigned").exists()
