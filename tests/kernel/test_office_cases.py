"""Cases an office opens itself: the same rows as an application, once, by the right office, about what is in force."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foreignwork.cases.models import Case, CaseEvent, Entitlement
from foreignwork.cases.problems import Blocked, KeyReused, NotAllowed, WrongState
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.desk import seat as desk_seat
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.office_cases import Opening, open_case, open_cases
from foreignwork.workflow.perform import Invalid
from tests.stage import AT, bring, case_of

DATA = {"reasons": ["not_qualified"], "remark": "事后核查发现学历证书系伪造，不符合许可条件。"}


@pytest.fixture
def granted(cast: Cast) -> Entitlement:
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "granted")
    return Entitlement.objects.select_related("case__office__jurisdiction", "employer").get(case=case)


def opening(about: Entitlement, **changes: Any) -> Opening:
    given: dict[str, Any] = {
        "matter": about.matter,
        "sub_matter": "revoke",
        "origin": "ex_officio",
        "office": about.case.office,
        "about": about,
        "data": DATA,
    }
    return Opening(**{**given, **changes})


def by(cast: Cast, about: Entitlement, desk: str = "review") -> Any:
    return stage.actor(cast.officers[about.case.office.code, desk], AT)


def test_the_same_rows_as_an_application_without_a_bundle(cast: Cast, granted: Entitlement) -> None:
    case = open_case(opening(granted), actor=by(cast, granted), at=AT)
    assert (case.origin, case.sub_matter, case.state, case.phase) == (
        "ex_officio", "revoke", "office_opened", "in_review",
    )  # fmt: skip
    assert (case.about, case.employer_id, case.dossier_id) == (
        granted, granted.employer_id, granted.dossier_id,
    )  # fmt: skip
    assert case.bundle is None and case.filed_at == AT and case.category == granted.category
    assert case.number == "GANSU-2026-E00001-W"
    event = CaseEvent.objects.get(case=case)
    assert (event.source, event.target, event.role) == ("", "office_opened", "first_reviewer")
    assert event.data["reasons"] == ["not_qualified"] and "学历证书" in event.sealed["remark"]
    assert case.hands.get().user_id == event.actor_id
    assert verify(at=AT) == []


def test_a_repeated_post_opens_it_once_and_other_content_is_refused(cast: Cast, granted: Entitlement) -> None:
    who = by(cast, granted)
    first = open_case(opening(granted), actor=who, at=AT, key="k")
    assert open_case(opening(granted), actor=who, at=AT, key="k").pk == first.pk
    with pytest.raises(KeyReused):
        open_case(opening(granted, data=DATA | {"remark": "别的"}), actor=who, at=AT, key="k")
    assert Case.objects.filter(origin="ex_officio").count() == 1


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"sub_matter": "new_abroad"}, Blocked, "not_opened_here"),
        ({"sub_matter": "nothing"}, Blocked, "not_opened_here"),
        ({"matter": "residence", "sub_matter": "issue"}, Blocked, "not_opened_here"),
        ({"origin": "inspection"}, Blocked, "not_opened_here"),
    ],
)
def test_only_what_the_pack_and_the_flow_let_an_office_begin(
    cast: Cast, granted: Entitlement, changes: dict[str, Any], error: type[Exception], code: str
) -> None:
    with pytest.raises(error) as refused:
        open_case(opening(granted, **changes), actor=by(cast, granted), at=AT)
    assert refused.value.problems[0].code == code  # type: ignore[attr-defined]
    assert not Case.objects.exclude(origin="applied").exists()


def test_without_the_post_or_the_ground_nothing_is_opened(cast: Cast, granted: Entitlement) -> None:
    with pytest.raises(NotAllowed):
        open_case(opening(granted), actor=by(cast, granted, "reception"), at=AT)
    with pytest.raises(NotAllowed):
        open_case(opening(granted), actor=stage.actor(cast.agents["university"], AT), at=AT)
    with pytest.raises(Invalid) as refused:  # a ground of another kind of ending
        open_case(opening(granted, data=DATA | {"reasons": ["expired"]}), actor=by(cast, granted), at=AT)
    assert "reasons" in refused.value.form.errors
    with pytest.raises(WrongState):  # an application cannot be "opened by the office" afterwards
        stage.act(granted.case, by(cast, granted).user, "open_by_office", at=AT, data=DATA)
    assert not Case.objects.exclude(origin="applied").exists()


def test_one_open_case_of_a_kind_and_none_about_what_has_ended(cast: Cast, granted: Entitlement) -> None:
    open_case(opening(granted), actor=by(cast, granted), at=AT)
    with pytest.raises(Blocked) as refused:
        open_case(opening(granted), actor=by(cast, granted), at=AT)
    assert refused.value.problems[0].code == "office_case_open"
    other = opening(granted, sub_matter="retract", data=DATA | {"reasons": ["facts_changed"]})
    assert open_case(other, actor=by(cast, granted), at=AT)


def test_many_cost_the_queries_of_one(cast: Cast) -> None:
    held = []
    for person in (ANNA, BRUNO, CLARA):
        case = bring(cast, case_of(stage.file(cast, "university", person, at=AT)), "granted")
        held.append(
            Entitlement.objects.select_related("case__office__jurisdiction", "employer").get(case=case)
        )
    who = by(cast, held[0])

    def cost(rows: list[Entitlement], sub_matter: str, ground: str) -> int:
        data = DATA | {"reasons": [ground]}
        with CaptureQueriesContext(connection) as queries:
            open_cases([opening(row, sub_matter=sub_matter, data=data) for row in rows], actor=who, at=AT)
        return len(queries)

    open_case(
        opening(held[0], sub_matter="cancel_office", data=DATA | {"reasons": ["expired"]}), actor=who, at=AT
    )
    one, three = cost(held[:1], "revoke", "fraud"), cost(held, "retract", "facts_changed")
    assert three == one


@pytest.fixture
def officer(client: Client, cast: Cast, granted: Entitlement, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    client.force_login(by(cast, granted).user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_page_to_open_one(officer: Client, granted: Entitlement) -> None:
    page = officer.get(reverse("desk:case", args=[granted.case.number])).content.decode()
    choose = reverse("desk:open_choose", args=[granted.pk])
    assert choose in page
    url = reverse("desk:open_case", args=[granted.pk, "revoke"])
    assert url in officer.get(choose).content.decode()
    page = officer.get(url)
    assert "以欺骗、贿赂" in page.content.decode() and "有效期届满未延续" not in page.content.decode()
    bad = officer.post(url, {"key": "a", "remark": "我写的事实"})
    assert bad.status_code == 400 and "我写的事实" in bad.content.decode()
    done = officer.post(url, {"key": "b", **DATA})
    case = Case.objects.get(origin="ex_officio")
    assert (done.status_code, done["Location"]) == (302, reverse("desk:case", args=[case.number]))
    assert officer.get(done["Location"]).status_code == 200
    again = officer.post(url, {"key": "c", **DATA})
    assert again.status_code == 422 and case.number in again.content.decode()
    assert officer.get(reverse("desk:open_case", args=[granted.pk, "new_abroad"])).status_code == 404
