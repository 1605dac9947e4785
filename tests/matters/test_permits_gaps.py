"""容缺受理: what follows later, by when, and what comes of it when it does not (law-notes 12)."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.cases import clock
from foreignwork.cases.context import contexts
from foreignwork.cases.findings import findings
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.cases.problems import Blocked
from foreignwork.deadlines.models import Deadline
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.policies import loader
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack
from foreignwork.policies.rules import faults
from foreignwork.workflow.sweeps import sweep
from tests import signin
from tests.matters.cast_matters import papers, record, text_of
from tests.matters.cast_process import go, later
from tests.stage import AT, all_met, bring, case_of
from tests.stories.acts import sheet


def offered(cast: Cast) -> Cast:
    """A place whose authority lets class A hand in its degree within ten working days of the acceptance."""
    document = copy.deepcopy(dict(PolicyVersion.objects.get(pk=cast.policy.pk).document))
    document["gaps"]["class_a"]["offered"] = True
    for entry in document["limits"]:
        if (entry["matter"], entry["kind"]) == ("permits", "gap"):
            entry["amount"] = 10
    cast.policy = PolicyVersion.objects.create(
        jurisdiction=cast.jurisdiction,
        pack_code=cast.policy.pack_code,
        version="with-gaps",
        effective_from=cast.policy.effective_from,
        sha256=loader.digest(document),
        document=document,
    )
    return cast


def filed(cast: Cast, who: Any = ANNA, **answers: Any) -> Case:
    """A filing whose later materials are really left out."""
    engagement = stage.engage(cast, "university", who, at=AT)
    form = stage.filing(cast, engagement, who, at=AT, **answers)
    stage.hand_in(cast, form, who, at=AT, leave_out=tuple(answers.get("later", ())))
    agent = stage.actor(cast.agents["university"], AT)
    return case_of(stage.file_bundle(form, actor=agent, at=AT))


def found(case: Case, day: Any = AT) -> dict[str, str]:
    row = Case.objects.select_related("policy_version", "office", "dossier").get(pk=case.pk)
    return {one.code: one.level for one in findings(contexts([row], day.date())[0]) if "gap" in one.code}


def why_not(cast: Cast, case: Case, desk: str, action: str, **data: Any) -> list[str]:
    with pytest.raises(Blocked) as no:
        go(cast, case, desk, action, **data)
    return [problem.code for problem in no.value.problems]


def test_no_source_states_the_term_of_class_a_so_no_place_offers_it(cast: Cast) -> None:
    pack = cast.policy.pack
    answers = {"purpose": "new", "person_in_china": True, "category": "A"}
    assert pack.gaps["class_a"].uncertain
    assert not pack.gaps["class_a"].offered
    assert "later" not in dict(pack.asked(answers))
    with pytest.raises(Blocked) as no:
        filed(cast, category="A", later=["degree"])
    assert {problem.code for problem in no.value.problems} == {"item_missing"}
    switched = copy.deepcopy(dict(cast.policy.document))
    switched["gaps"]["class_a"]["offered"] = True
    where = {where for where, _reason in faults(Pack.model_validate(switched))}
    assert "gaps.class_a.offered" in where, "what is offered says by when"


def test_class_a_is_accepted_with_a_gap_and_not_granted_before_it_is_closed(cast: Cast) -> None:
    case = filed(offered(cast), category="A", later=["degree"])
    paper = text_of(case, "GAP")
    assert case.policy_version.version in str(paper["paragraphs"])
    assert "10个工作日" in str(paper["paragraphs"])
    assert [row[1] for row in text_of(case, "RECEIPT")["rows"] if row[2] == "容缺，以后补交"] == [
        cast.policy.pack.materials["degree"].name.zh
    ]
    case = bring(cast, case, "accepted")
    assert "最高学位" in str(text_of(case, "ACCEPTANCE")["paragraphs"])
    limit = case.deadlines.get(kind="gap")
    assert (limit.basis, limit.amount, limit.started_on, limit.met_on) == ("applicant", 10, AT.date(), None)
    assert found(case) == {"check_gap_owed": "differs"}, (
        "the officer sees it, and no offer of a decision at once"
    )
    case = bring(cast, case, "second_reviewed")
    assert why_not(cast, case, "decide", "grant", remark="同意") == ["gap_not_yet_supplied"]
    assert why_not(cast, case, "agent", "supply_gap") == ["gap_still_missing"]
    # Past the term: told once what follows; refused by an officer, never by the clock.
    day_after = AT + timedelta(days=(limit.due_on - AT.date()).days + 1)
    assert sweep(at=day_after - timedelta(days=1)).moved == 0
    sweep(at=day_after)
    assert CaseEvent.objects.filter(case=case, action="tell_gap_overdue").count() == 1
    assert "不予许可" in str(text_of(case, "GAP_OVERDUE")["paragraphs"])
    sweep(at=day_after + timedelta(days=1))
    assert papers(case).count("GAP_OVERDUE") == 1
    assert found(case, day_after) == {"check_gap_overdue": "differs"}
    data = {"reasons": ["gap_not_supplied"], "remark": "没有补交学位证书。"}
    case = go(cast, case_of(case.bundle), "decide", "refuse", at=day_after, **data)
    assert case.state == "refused"
    assert "没有在规定的期限内补交" in str(text_of(case, "REFUSAL")["rows"])


def test_the_applicant_sees_what_is_owed_uploads_it_and_the_grant_is_open(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = bring(cast, filed(offered(cast), category="A", later=["degree"]), "accepted")
    monkeypatch.setattr(clock, "now", lambda: later(1))
    signin.sign_in(client, "agent-university")
    page = client.get(reverse("portal:case", args=[case.number])).content.decode()
    assert "补交容缺材料" in page
    assert "前补交容缺材料" in page, "with its day"
    assert "待补交" in client.get(reverse("portal:bundle", args=[case.bundle.number])).content.decode()
    where = reverse("portal:step", args=[case.number, "supply_gap"])
    upload = client.get(where).content.decode()
    assert "file_degree" in upload
    assert "约定以后补交" in upload, "its own words, not those of a supplement"
    assert "一次性告知" not in upload
    refused = client.post(where, {"key": "k" * 36, "version": case.version, "do": "step"})
    assert refused.status_code in (400, 422), "without the file nothing is taken"
    kept = client.post(where, {"do": "upload", "file_degree": sheet("degree")})
    assert kept.status_code == 302
    case = go(cast, case, "agent", "supply_gap", at=later(1))
    assert case.deadlines.get(kind="gap").met_on == later(1).date()
    assert found(case) == {"check_gap_supplied": "agrees"}
    assert papers(case)[-1] == "GAP_SUPPLIED"
    assert why_not(cast, case, "agent", "supply_gap") == ["gap_nothing"]
    case = go(cast, case, "review", "first_review", at=later(1), **all_met(case))
    case = go(cast, case, "review", "second_review", at=later(1), **all_met(case))
    assert go(cast, case, "decide", "grant", at=later(1), remark="同意").state == "granted"


def test_the_health_certificate_of_a_person_abroad_follows_the_entry(cast: Cast) -> None:
    case = bring(cast, filed(cast, BRUNO, later=["health"]), "granted")
    assert "传染性肺结核" in str(text_of(case, "GAP")["paragraphs"])
    assert not case.deadlines.filter(kind__startswith="gap").exists(), "nothing runs before the entry"
    bundle, entry = case.bundle, later(20)
    record(bundle, "entered", entry.date(), at=entry)
    limit = Deadline.objects.get(case=case, kind="gap_after_entry")
    assert (limit.started_on, limit.amount, limit.unit) == (entry.date(), 30, "days")
    residence = case_of(bundle, "R")
    row = residence.bundle.items.get(code="health")
    assert row.document is None
    assert "residence" in row.for_matters, "the residence permit is applied for with it"
    day_after = entry + timedelta(days=(limit.due_on - entry.date()).days + 1)
    sweep(at=day_after)
    assert "撤销许可" in str(text_of(case_of(bundle), "GAP_OVERDUE")["paragraphs"])
    assert case_of(bundle).state == "granted", "the clock ends nothing: an officer looks into it"
    assert found(case, day_after) == {"check_gap_overdue": "differs"}
