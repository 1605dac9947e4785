"""Rows of supervision's addresses, and the plan, draw and inspection they speak of. ``oversee`` is the desk of the enforcement line:
in the case's office somebody who holds its posts in the province, elsewhere somebody who holds them in a city's office."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from credit.models import CreditCase, Entry
from foreignwork.accounts import roles, who
from foreignwork.accounts.models import Office
from foreignwork.cases.models import Case
from foreignwork.workflow.office_cases import Opening, open_case
from foreignwork.workflow.perform import perform
from supervision import additions, ceremony, freezing, planning, registers
from supervision.models import Draw, Inspection, ItemProposal, Plan, Proposal, RiskLead, Subject
from tests.matters.cast_supervision import SOURCES, VALUES, approved_part, muster, part_values, staff
from tests.stage import AT

from .rows import Row

if TYPE_CHECKING:
    from .scene import Scene

EVERYONE = "200  200  200  200  200  200  200"
ITEM = {
    "name_zh": "境外人员住宿登记", "of": ["employer"], "basis_zh": "出境入境管理法第三十九条", "method_zh": "查看登记",
    "frequency_zh": "每年一次", "reason": "漏登较多",
}  # fmt: skip
FIRMS = "in   200  200  404  404  404  404"
OWN_FIRM = "in   404  200  404  404  404  404"
DESK = "in   404  404  404  200  403  200"
OTHER_CITY = "in   404  404  404  404  403  200"
PROVINCE = "in   404  404  404  403  403  done"
LINE = (roles.inspection_planner, roles.draw_host, roles.inspector, roles.inspection_leader)


def desk(name: str, about: str = "", cells: str = DESK) -> Row:
    return Row(f"supervision:{name}", "GET", cells, about, with_="oversee", without="reception")


def acts(name: str, about: str, data: str, cells: str = PROVINCE) -> Row:
    return Row(f"supervision:{name}", "POST", cells, about, data, with_="oversee", without="reception")


ROWS: tuple[Row, ...] = (
    Row("supervision:public_draws", "GET", EVERYONE),
    Row("supervision:verifier", "GET", EVERYONE),
    Row("supervision:public_results", "GET", EVERYONE),
    Row("supervision:open_data", "GET", EVERYONE),
    Row("supervision:open_csv", "GET", EVERYONE),
    Row("supervision:open_json", "GET", EVERYONE),
    Row("supervision:open_schema", "GET", EVERYONE),
    Row("supervision:public_draw", "GET", EVERYONE, "draw_number"),
    Row("supervision:commitment", "GET", EVERYONE, "draw_number"),
    Row("supervision:record", "GET", "404  404  404  404  404  404  404", "draw_number"),  # not published yet
    Row("supervision:firm", "GET", FIRMS),
    Row("supervision:firm_case", "GET", OWN_FIRM, "inspection"),
    Row("supervision:firm_paper", "GET", "in   404  404  404  404  404  404", "inspection_paper"),  # internal
    Row("supervision:firm_step", "POST", "in   404  done 404  404  404  404", "inspection", "answer_firm",
        step="report_correction"),
    desk("home"),
    desk("open"),
    acts("open", "", "oversight_open", "in   404  404  404  done 403  done"),
    Row("supervision:evidence", "GET", "in   404  404  404  404  403  200", "inspection",
        with_="oversee", without="reception"),
    acts("evidence_add", "inspection", "", "in   404  404  404  404  403  400"),
    acts("evidence_place", "inspection", "oversight_place", "in   404  404  404  404  403  done"),
    Row("supervision:evidence_file", "GET", "in   404  404  404  404  404  404", "inspection_paper", with_="oversee"),  # no such file
    desk("phones"),
    acts("phone_revoke", "inspector", "", "in   404  404  404  done 403  done"),
    desk("onsite"),
    Row("supervision:onsite_worker", "GET", EVERYONE),
    Row("supervision:onsite_manifest", "GET", EVERYONE),
    desk("onsite_session"),
    acts("onsite_device", "", "", "in   404  404  404  200  403  200"),
    acts("onsite_pack", "", "", "in   404  404  404  410  403  410"),  # no phone of theirs
    acts("onsite_record", "", "", "in   404  404  404  410  403  410"),
    acts("onsite_wipe", "", "", "in   404  404  404  200  403  200"),
    desk("service_visits"),
    desk("service_visit"),
    acts("service_visit", "", "oversight_visit", "in   404  404  404  done 403  done"),
    desk("items"),
    desk("item_propose"),
    acts("item_propose", "", "oversight_item", "in   404  404  404  done 403  done"),
    desk("item_end", "local_item"),
    acts("item_end", "local_item", "oversight_end", "in   404  404  404  done 403  done"),
    desk("item_answer", "item_asked"),
    acts("item_answer", "item_asked", "oversight_answer"),
    desk("objects"),
    # of another city: a city's office sees the objects and leads of its own
    desk("subject", "subject", OTHER_CITY),
    desk("level", "subject", OTHER_CITY),
    acts("level", "subject", "oversight_level", "in   404  404  404  404  403  done"),
    desk("leads"),
    desk("lead", "lead", OTHER_CITY),
    acts("lead", "lead", "oversight_lead", "in   404  404  404  404  403  done"),
    desk("inspectors"),
    desk("enlist"),
    acts("enlist", "", "oversight_enlist", "in   404  404  404  400  403  done"),
    desk("file_register"),
    desk("inspector", "inspector"),
    desk("inspector_record", "inspector_what"),
    desk("plans"),
    desk("plan_begin"),
    acts("plan_begin", "", "oversight_year"),
    desk("plan", "plan"),
    desk("part_new", "plan"),
    acts("part_new", "plan_draft", "oversight_part"),
    desk("part", "part"),
    acts("part_drop", "draft_part", ""),
    acts("plan_submit", "plan_draft", ""),
    desk("plan_approve", "plan"),
    acts("plan_approve", "plan_draft", "oversight_words", "in   404  404  404  403  403  422"),  # not submitted
    desk("plan_send_back", "plan"),
    desk("plan_adjust", "plan"),
    desk("plan_report", "plan"),
    acts("plan_report", "plan", "oversight_report"),
    desk("propose"),
    desk("answer", "wish"),
    acts("answer", "wish", "oversight_answer"),
    desk("draws"),
    desk("draw_open", "part_of_plan"),
    acts("draw_open", "part_of_plan", "oversight_sources", "in   404  404  404  403  403  422"),  # drawn already
    desk("draw", "draw"),
    desk("stage", "draw"),
    desk("numbers", "draw"),
    acts("numbers", "draw", "oversight_numbers"),
    desk("draw_cancel", "draw"),
    acts("draw_cancel", "draw", "oversight_cancel"),
    # --- credit ---
    Row("credit:public", "GET", EVERYONE),
    Row("credit:firm", "GET", FIRMS),
    Row("credit:firm_case", "GET", OWN_FIRM, "listing"),
    Row("credit:firm_paper", "GET", "in   404  404  404  404  404  404", "listing_paper"),  # not printed yet
    Row("credit:firm_step", "POST", "in   404  done 404  404  404  404", "listing", "answer_listing",
        step="state_defence"),
    *(Row(f"credit:{name}", "GET", DESK, about, with_="oversee", without="reception")
      for name, about in (("home", ""), ("file", "firm_file"), ("propose", "firm_list"), ("void", "entry"))),
    Row("credit:find", "GET", "in   404  404  404  done 403  done", with_="oversee", without="reception"),
    *(Row(f"credit:{name}", "POST", "in   404  404  404  done 403  done", about, data, with_="oversee", without="reception")
      for name, about, data in (("propose", "firm_list", "oversight_listing"), ("void", "entry", "oversight_words"))),
)  # fmt: skip


class Oversight:
    """What the rows' addresses speak of."""

    def __init__(self, scene: Scene) -> None:
        cast = scene.cast
        self.house = muster(cast, firms=24)
        office = scene.case.office.code
        province, city = self.house.office, Office.objects.get(code="tianshui-exit-entry")
        cast.officers[office, "oversee"] = staff(cast, "oversee", province, *LINE)
        for code in {row[0] for row in cast.officers} - {office}:
            cast.officers[code, "oversee"] = staff(cast, f"oversee-{code}", city, *LINE)
        self.part = approved_part(self.house)
        self.draw = ceremony.open_draw(self.part, sources=SOURCES, actor=self.house.actor("host"), at=AT)
        freezing.freeze(self.draw.pk, at=AT)
        self.draw = Draw.objects.get(pk=self.draw.pk)
        ceremony.type_numbers(self.draw, VALUES, AT.date(), actor=self.house.actor("host"), at=AT)
        planner = self.house.actor("planner")
        self.draft: Plan = planning.begin(cast.jurisdiction, 2027, actor=planner, at=AT)
        self.draft_part = planning.set_part(
            self.draft, None, actor=planner, at=AT, **part_values(code="next")
        )
        self.wish: Proposal = planning.propose(
            province, actor=planner, at=AT, year=2027, kind="employer", title="岗位", problem="岗位不符"
        )
        self.asked, self.local = self._items(province)
        self.inspection = self._inspection(scene)
        self.entry, self.listing = self._listing(scene)
        self.subject = Subject.objects.get(organisation=self.house.firms[1])
        self.lead = RiskLead.objects.create(
            jurisdiction=cast.jurisdiction, subject=self.subject, rule="complaints", key="k", evidence={"n": 2},
            found_on=AT.date(), found_at=AT,
        )  # fmt: skip

    def _items(self, province: Office) -> tuple[ItemProposal, ItemProposal]:
        """A local item asked for, and one that stands."""
        planner, leader = self.house.actor("planner"), self.house.actor("leader")
        words = {**ITEM, "from_on": AT.date()}
        local = additions.propose(province, "add", actor=planner, at=AT, **words, code="lodging")
        additions.answer(local, accepted=True, reason="有据", actor=leader, at=AT - timedelta(days=1))
        return additions.propose(province, "add", actor=planner, at=AT, **words, code="schools"), local

    def _inspection(self, scene: Scene) -> Inspection:
        firm = scene.engagement.employer
        subject = registers.find_subject(scene.cast.jurisdiction, firm, "employer")
        opening = Opening(
            matter="supervision",
            sub_matter="reported",
            origin="inspection",
            office=self.house.office,
            subject_org=firm,
            data={
                "source": "complaint",
                "source_ref": "12345-9",
                "source_on": AT.date().isoformat(),
                "items": ["contract"],
                "subjects": [subject.pk],
                "grounds": "投诉",
            },
        )
        case = open_case(opening, actor=self.house.actor("planner"), at=AT)
        leader = who.actor(self.house.people["leader"], AT.date())
        perform(case_id=case.pk, action="approve", actor=leader, at=AT)
        Inspection.objects.filter(pk=case.pk).update(announced=True, planned_on=AT.date() + timedelta(days=1))
        Case.objects.filter(pk=case.pk).update(state="correcting", phase="waiting")
        return Inspection.objects.get(pk=case.pk)

    def _listing(self, scene: Scene) -> tuple[Entry, CreditCase]:
        """An entry on the firm's file, and a reminder that it was told of."""
        firm, leader = scene.engagement.employer, self.house.actor("leader")
        entry = Entry.objects.create(
            jurisdiction=scene.cast.jurisdiction,
            organisation=firm,
            event="inspection_penalised",
            adverse=True,
            points=-10,
            case=self.inspection,
            on=AT.date(),
            until_on=AT.date() + timedelta(days=300),
            recorded_at=AT,
        )
        data = {"entries": [str(entry.pk)], "grounds": "事实"}
        opening = Opening("credit", "watch", "inspection", self.house.office, subject_org=firm, data=data)
        case = open_case(opening, actor=self.house.actor("inspector-1"), at=AT)
        perform(case_id=case.pk, action="tell", actor=leader, at=AT)
        return entry, CreditCase.objects.get(pk=case.pk)

    def numbers(self, about: str) -> dict[str, Any] | None:
        inspection, one = {"number": self.inspection.number}, self.house.inspectors[0]
        paper = self.inspection.notices.order_by("pk").first()  # type: ignore[attr-defined]
        found: dict[str, dict[str, Any]] = {
            "draw_number": {"number": self.draw.number},
            "draw": {"pk": self.draw.pk},
            "inspection": inspection,
            "inspection_paper": {**inspection, "pk": paper.pk if paper else 0},
            "inspector": {"pk": one.pk},
            "inspector_what": {"pk": one.pk, "what": "training"},
            "plan": {"pk": self.part.plan_id},
            "plan_draft": {"pk": self.draft.pk},
            "part": {"pk": self.part.plan_id, "part": self.part.pk},
            "draft_part": {"pk": self.draft.pk, "part": self.draft_part.pk},
            "part_of_plan": {"part": self.part.pk},
            "item_asked": {"pk": self.asked.pk},
            "local_item": {"code": self.local.code},
            "wish": {"pk": self.wish.pk},
            "subject": {"pk": self.subject.pk},
            "lead": {"pk": self.lead.pk},
            "listing": {"number": self.listing.number},
            "listing_paper": {
                "number": self.listing.number,
                "pk": self.listing.notices.earliest("pk").pk,  # type: ignore[attr-defined]
            },
            "firm_file": {"uscc": self.listing.subject_org.uscc},  # type: ignore[union-attr]
            "firm_list": {"uscc": self.listing.subject_org.uscc, "on": "warned"},  # type: ignore[union-attr]
            "entry": {"pk": self.entry.pk},
        }
        return found.get(about)

    def posted(self, data: str) -> dict[str, Any] | None:
        today = AT.date().isoformat()
        firm = self.house.firms[0].uscc
        found: dict[str, dict[str, Any]] = {
            "answer_firm": {"text": "已改正", "version": self.inspection.version},
            "oversight_open": {
                "uscc": firm,
                "source": "lead",
                "source_ref": "X-1",
                "source_on": today,
                "items": ["contract"],
                "grounds": "线索",
            },
            "oversight_place": {"place-lat": "36.06", "place-lon": "103.83", "place-source": "天地图"},
            "oversight_visit": {"uscc": firm, "on": today, "purpose": "宣讲"},
            "oversight_enlist": {
                "user": self.house.people["inspector-1"].pk,
                "districts": ["tianshui"],
                "skills": ["labour"],
                "on": "2026-03-20",
                "reason": "换区",
            },
            "oversight_year": {"year": 2028},
            "oversight_part": {
                **{k: v for k, v in part_values(code="third").items() if k not in ("strata", "rounds")},
                "percent_high": 20,
                "percent_normal": 5,
                "percent_low": 2,
            },
            "answer_listing": {"text": "已改正", "version": self.listing.version},
            "oversight_level": {"level": "high", "remark": "投诉属实"},
            "oversight_lead": {"kind": "dismissed", "remark": "不成立"},
            "oversight_listing": {"entries": [self.entry.pk], "grounds": "事实"},
            "oversight_words": {"words": "同意", "reason": "误录"},
            "oversight_report": {"recipient": "national", "reference": "1号", "on": today},
            "oversight_answer": {"accepted": "yes", "reason": "采纳"},
            "oversight_item": {**ITEM, "code": "dorms", "from_on": today},
            "oversight_end": {"from_on": today, "reason": "不再需要"},
            "oversight_sources": {"dice": 25, "issue": "2026031"},
            "oversight_numbers": {
                "source_0": "".join(map(str, VALUES[0])),
                "source_1": " ".join(map(str, VALUES[1])),
                "happened_on": today,
            },
            "oversight_cancel": {"reason": "event_failed"},
        }
        return found.get(data)
