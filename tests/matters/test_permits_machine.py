"""Register and case agree under any sequence of steps: a state machine against a model that is plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from foreignwork.cases.models import Case, CaseEvent, Entitlement, concrete
from foreignwork.cases.problems import CaseError
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.office_cases import Opening, open_case
from foreignwork.workflow.perform import Invalid
from foreignwork.workflow.sweeps import sweep
from permits.models import WorkPermit
from tests.matters.cast_process import GROUND
from tests.matters.driving import _Savepoint
from tests.stage import AT, all_met, case_of

RUNS, STEPS, VERIFY_EVERY = 200, 8, 10
WEEK = timedelta(days=8)

# --- the model: what the law says, without a database -----------------------------------------------------------------

WAY = {  # (state, action) -> (who, next state)
    ("filed", "pre_review"): ("reception", "pre_reviewed"),
    ("filed", "decline"): ("reception", "declined"),
    ("pre_reviewed", "decline"): ("reception", "declined"),
    ("filed", "tell_not_required"): ("reception", "not_required"),
    ("pre_reviewed", "tell_not_required"): ("reception", "not_required"),
    ("pre_reviewed", "accept"): ("reception", "accepted"),
    ("accepted", "first_review"): ("review", "first_reviewed"),
    ("first_reviewed", "second_review"): ("review", "second_reviewed"),
    ("second_reviewed", "send_back"): ("decide", "accepted"),
    ("second_reviewed", "tell_rights"): ("decide", "rights_told"),
    ("second_reviewed", "grant"): ("decide", "granted"),
    ("second_reviewed", "refuse"): ("decide", "refused"),
    ("rights_told", "waive_hearing"): ("agent", "second_reviewed"),
}
OPEN = ("filed", "pre_reviewed", "accepted", "first_reviewed", "second_reviewed", "rights_told")
for _state in OPEN:
    WAY[_state, "withdraw"] = ("agent", "withdrawn")
    WAY[_state, "terminate"] = ("decide", "terminated")
OFFICE_WAY = {
    ("office_opened", "tell_office"): ("review", "rights_told"),
    ("rights_told", "waive_office_hearing"): ("agent", "office_ready"),
    ("office_opened", "drop"): ("decide", "office_closed"),
    ("office_ready", "drop"): ("decide", "office_closed"),
    ("office_ready", "retract"): ("decide", "retracted"),
    ("office_ready", "revoke"): ("decide", "revoked"),
    ("office_ready", "strike_off"): ("decide", "struck_off"),
}
DECIDES = {"retract": "retract", "revoke": "revoke", "cancel_office": "strike_off"}
ACTIONS = sorted({action for _state, action in WAY})
OFFICE_ACTIONS = sorted({action for _state, action in OFFICE_WAY})
DESKS = ("reception", "review", "decide", "handle", "agent")


@dataclass
class Model:
    """One application and the cases the office opened about its permit."""

    state: str = "filed"
    unmet: dict[str, bool] = field(default_factory=dict)
    permit: str = "none"  # none, active, ended
    ended_by: str = ""
    office: dict[str, str] = field(default_factory=dict)  # kind -> state
    weeks: int = 0
    told_in: int = 0
    steps: int = 1

    def may(self, action: str, desk: str) -> bool:
        who, _next = WAY.get((self.state, action), ("", ""))
        if who != desk:
            return False
        return action != "grant" or not any(self.unmet.values())

    def take(self, action: str, *, unmet: bool) -> None:
        self.state = WAY[self.state, action][1]
        self.steps += 1
        if action in ("first_review", "second_review"):
            self.unmet[action] = unmet
        if action == "tell_rights":
            self.told_in = self.weeks
        if action == "grant":
            self.permit = "active"

    def may_in_office(self, kind: str, action: str, desk: str) -> bool:
        who, _next = OFFICE_WAY.get((self.office[kind], action), ("", ""))
        if who != desk:
            return False
        if action in DECIDES.values():
            return DECIDES[kind] == action and self.permit == "active"
        return True

    def take_in_office(self, kind: str, action: str) -> None:
        self.office[kind] = OFFICE_WAY[self.office[kind], action][1]
        if action in DECIDES.values():
            self.permit, self.ended_by = "ended", action

    def week(self) -> None:
        """What silence does: deemed acceptance after five working days, the hearing not asked for in five."""
        self.weeks += 1
        if self.state in ("filed", "pre_reviewed"):
            self.state, self.steps = "accepted", self.steps + 1
        elif self.state == "rights_told" and self.told_in < self.weeks:
            self.state, self.steps = "second_reviewed", self.steps + 1
        for kind, state in self.office.items():
            if state == "rights_told":
                self.office[kind] = "office_ready"


# --- the house against the model --------------------------------------------------------------------------------------


class Permits(RuleBasedStateMachine):
    cast: ClassVar[Cast]
    start: ClassVar[Case]
    runs: ClassVar[int] = 0
    seen: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.back = _Savepoint()
        self.back.__enter__()
        type(self).runs += 1
        self.model, self.cases = Model(), {}  # type: ignore[var-annotated]
        self.at = AT

    def teardown(self) -> None:
        try:
            type(self).seen |= {self.model.state, *self.model.office.values()}
            if type(self).runs % VERIFY_EVERY == 0:
                assert verify(at=AT) == []
        finally:
            self.back.__exit__(None, None, None)

    def application(self) -> Any:
        row = concrete(Case.objects.get(pk=self.start.pk))
        row.office = self.start.office
        return row

    def user(self, desk: str) -> Any:
        return self.cast.agents["university"] if desk == "agent" else self.cast.officer(self.start, desk)

    def attempt(self, case: Any, desk: str, action: str, data: dict[str, Any]) -> bool:
        try:
            stage.act(case, self.user(desk), action, at=self.at, data=data)
        except Invalid:
            raise  # the model's data fit every form
        except CaseError:
            return False
        return True

    def data(self, action: str, *, unmet: bool) -> dict[str, Any]:
        if action in ("first_review", "second_review"):
            found = all_met(self.start)
            first = next(name for name in found if name.startswith("condition_"))
            return found | ({first: "not_met"} if unmet else {})
        return {
            "decline": {"reasons": ["false_materials"], "remark": "事实"},
            "refuse": {"reasons": ["person_conditions"], "remark": "事实"},
            "terminate": {"reason": "moot", "remark": "事实"},
            "drop": {"why": "unproven", "remark": "事实"},
            "retract": {"remark": "事实", "compensation": "依法补偿"},
        }.get(action, {"remark": "说明"})

    @rule(action=st.sampled_from(ACTIONS), unmet=st.sampled_from([False, False, False, True]))
    def who_may(self, action: str, unmet: bool) -> None:
        """The right person: taken exactly when the model says so."""
        who = next((desk for desk in DESKS if self.model.may(action, desk)), "decide")
        self._try(action, who, unmet=unmet)

    @rule(action=st.sampled_from(ACTIONS), desk=st.sampled_from(DESKS))
    def anybody(self, action: str, desk: str) -> None:
        """Anybody: mostly refused."""
        self._try(action, desk, unmet=False)

    @initialize(steps=st.sampled_from([0, 0, 5, 8]))
    def somewhere(self, steps: int) -> None:
        """Half of the runs begin with a permit in force, or one about to be revoked."""
        for _step in range(steps):
            self.the_next_step()

    @rule()
    def the_next_step(self) -> None:
        """The main way on, so that runs come far."""
        onward = ("pre_review", "accept", "first_review", "second_review", "grant")
        action = next((one for one in onward if (self.model.state, one) in WAY), None)
        if action:
            self._try(action, WAY[self.model.state, action][0], unmet=False)
        elif self.model.permit == "active" and not self.model.office:
            self.the_office_opens_a_case("revoke")
        elif self.model.permit == "active" and "revoke" in self.model.office:
            self._in_office("revoke", "")

    def _try(self, action: str, desk: str, *, unmet: bool) -> None:
        expected = self.model.may(action, desk)
        assert self.attempt(self.application(), desk, action, self.data(action, unmet=unmet)) is expected, (
            action,
            desk,
            self.model,
        )
        if expected:
            self.model.take(action, unmet=unmet)

    @precondition(lambda self: self.model.weeks < 3)
    @rule()
    def a_week_passes(self) -> None:
        self.at += WEEK
        sweep(at=self.at)
        self.model.week()

    @precondition(lambda self: self.model.permit != "none")
    @rule(kind=st.sampled_from(sorted(DECIDES)))
    def the_office_opens_a_case(self, kind: str) -> None:
        granted = Entitlement.objects.get(case=self.start)
        opening = Opening(
            matter="permits",
            sub_matter=kind,
            origin="ex_officio",
            office=self.start.office,
            about=granted,
            data={"reasons": [GROUND[kind]], "remark": "线索"},
        )
        expected = self.model.permit == "active" and self.model.office.get(kind, "none") in (
            "none",
            "office_closed",
        )
        try:
            case = open_case(opening, actor=stage.actor(self.user("review"), self.at), at=self.at)
        except CaseError:
            assert not expected, (kind, self.model)
            return
        assert expected, (kind, self.model)
        self.cases[kind] = case.pk
        self.model.office[kind] = "office_opened"

    @precondition(lambda self: self.model.office)
    @rule(pick=st.data(), action=st.sampled_from(OFFICE_ACTIONS), onward=st.booleans())
    def a_step_in_an_office_case(self, pick: Any, action: str, onward: bool) -> None:
        self._in_office(pick.draw(st.sampled_from(sorted(self.model.office))), "" if onward else action)

    def _in_office(self, kind: str, action: str) -> None:
        """One step in the office's case; without an action, the main way on."""
        if not action:
            way = {
                "office_opened": "tell_office",
                "rights_told": "waive_office_hearing",
                "office_ready": DECIDES[kind],
            }
            action = way.get(self.model.office[kind], "drop")
        desk = OFFICE_WAY.get((self.model.office[kind], action), ("handle", ""))[0]
        row = concrete(Case.objects.get(pk=self.cases[kind]))
        row.office = self.start.office
        expected = self.model.may_in_office(kind, action, desk)
        assert self.attempt(row, desk, action, self.data(action, unmet=False)) is expected, (
            kind,
            action,
            self.model,
        )
        if expected:
            self.model.take_in_office(kind, action)

    @invariant()
    def case_and_register_agree(self) -> None:
        case = Case.objects.get(pk=self.start.pk)
        assert (case.state, case.version) == (self.model.state, self.model.steps)
        assert CaseEvent.objects.filter(case=case).count() == case.version
        held = Entitlement.objects.filter(case=case).first()
        assert (held.status if held else "none") == self.model.permit
        assert (held.end_reason if held else "") == self.model.ended_by
        assert WorkPermit.objects.filter(case_id=case.pk).count() == (1 if held else 0)
        states = dict(Case.objects.filter(pk__in=self.cases.values()).values_list("sub_matter", "state"))
        assert states == {kind: self.model.office[kind] for kind in self.cases}


def test_register_and_case_agree_under_any_sequence(cast: Cast) -> None:
    Permits.cast, Permits.start, Permits.runs = cast, case_of(stage.file(cast, "university", ANNA, at=AT)), 0
    run_state_machine_as_test(
        Permits,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Permits.runs >= RUNS
    assert {"granted", "revoked"} <= Permits.seen  # the runs come far enough to prove something
