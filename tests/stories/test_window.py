"""At the window (代办, S002-52, S000-18, S003-105): somebody stands there with paper, and the clerk files for the employer."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse

from foreignwork.accounts import who
from foreignwork.accounts.models import Assistance, Organisation, Post
from foreignwork.accounts.who import Side
from foreignwork.cases import clock
from foreignwork.cases.events import ASSISTED
from foreignwork.cases.intake import share
from foreignwork.cases.models import Bundle, Case, StageHand
from foreignwork.demo.cast import give_account
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.dossiers.models import AccessEntry
from foreignwork.workflow.consents import newest
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.routing import competent
from tests.stage import as_owner, case_of
from tests.stories import acts
from tests.stories.acts import House, Person, then_it_is_refused, when


def clerk_of(house: House) -> Person:
    """The window clerk of the office that will have the work permit; she may pre-review and accept as well."""
    found = competent(
        house.cast.policy.pack, ["permits"], {"category": "B", "city": "lanzhou"}, city="lanzhou"
    )
    return house.enter(house.cast.officers[found["permits"].office.code, "reception"])


def shown(**otherwise: Any) -> dict[str, Any]:
    """What the person at the window shows."""
    return {
        "do": "open",
        "site": "",
        "person": "赵办事",
        "id_kind": "resident",
        "id_last4": "123x",
        "letter": acts.sheet("授权委托书"),
        "present": "on",
        **otherwise,
    }


def when_the_clerk_assists(clerk: Person, uscc: str, **otherwise: Any) -> Any:
    """The code first, then everything else of the page that comes back."""
    page = clerk.sends("desk:assist", uscc=uscc, do="find")
    assert page.status_code == 200, page.content.decode()
    site = next(
        part.split('"')[0]
        for part in page.content.decode().split('<option value="')[1:]
        if ":" in part.split('"')[0]
    )
    return clerk.sends(
        "desk:assist",
        **shown(**{"site": site, "uscc": acts.hidden(page.content.decode(), "uscc"), **otherwise}),
    )


def when_she_files(house: House, clerk: Person, foreigner: Any = ANNA) -> Bundle:
    """The very pages of the portal, from the passport to the receipt, the paper in hand ticked."""
    dossier = acts.when_the_agent_opens_a_dossier(clerk, foreigner)
    draft = acts.when_the_agent_answers_the_questions(clerk, dossier, foreigner)
    page = clerk.looks_at("portal:materials", draft.pk)
    files = acts.files_for(acts.wanted_files(page))
    answer = clerk.sends("portal:materials", draft.pk, **files, seen=["visa_form", "passport"], do="next")
    assert answer.status_code == 302, answer.content.decode()
    return acts.when_the_agent_files(clerk, draft)


def test_a_filing_at_the_window_from_the_letter_to_the_decision(house: House) -> None:
    cast, clerk = house.cast, clerk_of(house)
    assert clerk.user is not None
    firm = cast.firms["university"]
    # Without an assistance the portal is not hers: to the desk, and no POST.
    assert clerk.browser.get(reverse("portal:home"))["Location"] == reverse("desk:home")
    assert clerk.sends("portal:dossier_new").status_code == 403
    answer = when_the_clerk_assists(clerk, firm.uscc)
    assert answer.status_code == 302, answer.content.decode()
    row = Assistance.objects.get()
    assert (row.employer, row.person, row.id_last4, row.site_zh) == (
        firm,
        "赵办事",
        "123X",
        "政务服务中心线下综合窗口",
    )
    home = clerk.looks_at("portal:home")
    assert f"正在为 {firm.name_zh} 代办" in home and reverse("desk:assist_end") in home
    # Her desk is what it was: the same posts, and no employer.
    today = clock.today(clock.now())
    desk, portal = who.actor(clerk.user, today), who.assisting(clerk.user, today)
    assert portal is not None
    assert (desk.side, desk.employers, bool(desk.posts)) == (Side.STAFF, frozenset(), True)
    assert (portal.side, portal.employers, portal.posts) == (
        Side.APPLICANT,
        frozenset({firm.pk}),
        frozenset(),
    )

    bundle = when_she_files(house, clerk)
    assert (bundle.channel, bundle.assistance, bundle.filed_by) == ("window", row, clerk.user)
    assert (bundle.employer, bundle.agency) == (firm, None)
    seen = {item.code: item.seen_by for item in bundle.items.exclude(seen_at=None)}
    assert seen == {"visa_form": clerk.user}, "only what the pack wants on paper can be ticked"
    for case in bundle.cases.all():
        event = case.events.get(seq=1)
        assert (event.actor, event.role, event.data[ASSISTED]) == (clerk.user, "applicant", row.pk)
    # The receipt is there at once: no worker has run.
    paper = bundle.cases.get(matter="permits").notices.get(kind="RECEIPT")
    assert paper.status == "queued"
    page = clerk.looks_at("portal:filed", bundle.number)
    assert "请打印并交给来人" in page and reverse("portal:paper", args=[paper.code]) in page
    printed = clerk.browser.get(reverse("portal:paper", args=[paper.code]))
    assert acts.plain(paper.number) in acts.text_of_pdf(printed.content)
    # Every look is written down under her name.
    looks = AccessEntry.objects.filter(dossier=bundle.dossier, user=clerk.user)
    assert {"dossier"} <= set(looks.values_list("what", flat=True))
    assert set(looks.values_list("purpose", flat=True)) == {"assist"}

    # The employer's own agent sees by whom; the letter is his to read, and nobody else's.
    agent, stranger = house.agent("university"), house.agent("stranger")
    page = agent.looks_at("portal:bundle", bundle.number)
    assert f"工作人员{clerk.user.display_name}" in page and "贵单位授权 赵办事 到场" in page
    assert f"申请单位（窗口代办：{clerk.user.display_name}）" in page
    letter = agent.browser.get(reverse("portal:authorisation", args=[bundle.number]))
    assert letter["Content-Type"] == "application/pdf" and "attachment" in letter["Content-Disposition"]
    stranger.looks_at("portal:authorisation", bundle.number, status=404)
    reviewer = house.officer(case_of(bundle), "review")
    read = reviewer.browser.get(reverse("desk:authorisation", args=[bundle.number]))
    assert read["Content-Type"] == "application/pdf"
    assert AccessEntry.objects.filter(user=reviewer.user, what="authorisation").count() == 1

    # She may not work on what she filed, even with the post for it; a colleague may.
    house.let_the_worker_run()
    case = case_of(bundle)
    address = reverse("desk:step", args=[case.number, "pre_review"])
    refused = clerk.browser.post(address, {"key": acts.new_key(), "version": case.version, "remark": "x"})
    then_it_is_refused(refused, 403, "您曾在窗口代申请人办理本办件")
    assert case_of(bundle).version == case.version
    with pytest.raises(IntegrityError), transaction.atomic():
        StageHand.objects.create(
            case_id=case.pk, hand="pre_review+accept", user=clerk.user, since=clock.now()
        )
    assert case.number not in clerk.looks_at("/desk/?tab=mine")
    colleague = house.cast.officers[case.office.code, "policy"]
    Post.objects.create(user=colleague, office=case.office, role="acceptance_officer", from_on=today)
    acts.tries(house.enter(colleague), case, "pre_review", remark="齐全")
    assert case_of(bundle).state == "pre_reviewed"
    assert share([bundle.jurisdiction_id], since=today, until=today) == (1, 1)

    # She ends it: the portal is closed to her again, whatever she filed.
    assert clerk.sends("desk:assist_end").status_code == 302
    assert clerk.browser.get(reverse("portal:bundle", args=[bundle.number]))["Location"] == reverse(
        "desk:home"
    )
    house.let_the_worker_run()
    # The control: an acceptance in her name is seen.
    taken_by = "UPDATE cases_caseevent SET actor_id = %s WHERE case_id = %s AND action = 'pre_review'"
    as_owner(taken_by, clerk.user.pk, case.pk)
    assert any("acted for the applicant" in breach.why for breach in verify(at=clock.now()))
    as_owner(taken_by, colleague.pk, case.pk)


def test_one_employer_for_one_day_and_nothing_more(house: House) -> None:
    """Another firm's filings are 404; the next day, a lost post or a second employer end or bar it."""
    clerk = clerk_of(house)
    other = acts.given_a_filing(house, "energy", BRUNO)
    assert clerk.user is not None
    assert when_the_clerk_assists(clerk, house.cast.firms["university"].uscc).status_code == 302
    for name, args in (
        ("portal:bundle", [other.number]),
        ("portal:filed", [other.number]),
        ("portal:withdraw", [other.number]),
        ("portal:case", [case_of(other).number]),
        ("portal:step", [case_of(other).number, "withdraw"]),
        ("portal:dossier", [other.dossier.code]),
        ("portal:company_edit", [other.employer_id]),
    ):
        clerk.looks_at(name, *args, status=404)
    assert clerk.sends("portal:filing_start", engagement=other.engagement_id).status_code == 400
    # A second employer has to wait; the database sees to it as well.
    page = clerk.sends("desk:assist", uscc=other.employer.uscc, do="find")
    assert page.status_code == 409 and "正在为" in page.content.decode()
    row = Assistance.objects.get()
    today = row.day
    row.pk, row.employer = None, other.employer
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
    # The day ends by itself; so does it with the post.
    assert who.assisting(clerk.user, today + timedelta(days=1)) is None
    assert who.assisting(clerk.user, today) is not None
    Post.objects.filter(user=clerk.user, role="window_clerk").update(until_on=today - timedelta(days=1))
    assert who.assisting(clerk.user, today) is None
    clerk.looks_at("desk:assist", status=403)


def test_an_officer_who_worked_on_a_case_does_not_assist_in_it(house: House) -> None:
    """The other way round: who pre-reviewed it may not take it back for the applicant; who did not may."""
    bundle = acts.given_a_filing(house, "university", ANNA)
    clerk = clerk_of(house)
    when(house, bundle, "W", "reception", "pre_review", remark="齐全")
    assert when_the_clerk_assists(clerk, bundle.employer.uscc).status_code == 302
    case = case_of(bundle)
    post = {"key": acts.new_key(), "version": case.version, "remark": "不办了"}
    address = reverse("portal:step", args=[case.number, "withdraw"])
    then_it_is_refused(clerk.browser.post(address, post), 403, "您已作为工作人员经办过本办件")
    assert case_of(bundle).state == "pre_reviewed"
    # Nor does she put other files in the place of those that were handed in, by a step she may not take.
    ended = clerk.sends("desk:assist_end")
    assert ended.status_code == 302
    asked = {"ask_passport": "on", "reason_passport": "incomplete", "note_passport": "看不清"}
    when(house, bundle, "W", "reception", "request_supplement", **asked)
    assert when_the_clerk_assists(clerk, bundle.employer.uscc).status_code == 302
    before = bundle.items.get(code="passport").document_id
    answer = reverse("portal:step", args=[case.number, "answer_supplement"])
    file = {"file_passport": acts.sheet("护照"), "do": "upload"}
    then_it_is_refused(clerk.browser.post(answer, file), 403, "您已作为工作人员经办过本办件")
    assert bundle.items.get(code="passport").document_id == before


def test_what_is_not_shown_does_not_open_it(house: House) -> None:
    """No letter, a wrong code, an agency, hidden signs: told at the field, nothing kept; a new firm is put on file from its licence."""
    clerk, firm = clerk_of(house), house.cast.firms["university"]
    for uscc, sentence in (
        ("", "请填写统一社会信用代码"),
        ("9162010", "应为 18 位"),
        ("91620100MA0DEM0218", "校验码"),
        ("a\x00b", "control"),
    ):
        page = clerk.sends("desk:assist", uscc=uscc, do="find")
        assert page.status_code == 400
        assert sentence == "control" or sentence in page.content.decode(), uscc
    for otherwise, sentence in (
        ({"letter": ""}, "没有授权委托书不能代办"),
        ({"present": ""}, "当面核对"),
        ({"id_last4": "1-3"}, "后四位"),
        ({"counter": "9" * 30}, "1 至 999"),
        ({"site": "9:none"}, ""),
        ({"person": "a\x00"}, ""),
        ({"letter": acts.SimpleUploadedFile("a.pdf", b"MZ")}, "内容与扩展名不符"),
    ):
        page = when_the_clerk_assists(clerk, firm.uscc, **otherwise)
        assert page.status_code == 400, otherwise
        assert sentence in page.content.decode(), otherwise
    assert not Assistance.objects.exists()
    Organisation.objects.filter(pk=house.cast.firms["stranger"].pk).update(kind="agency")
    page = clerk.sends("desk:assist", uscc=house.cast.firms["stranger"].uscc, do="find")
    then_it_is_refused(page, 422, "不是用人单位")
    code = next(
        f"91620100MA0DEM0{a}{b}{c}"
        for a in "456"
        for b in "0123456789ABCDEFGHJKLMNPQRTUWXY"
        for c in "0123456789ABCDEFGHJKLMNPQRTUWXY"
        if acts_valid(f"91620100MA0DEM0{a}{b}{c}")
    )
    licence = {"name_zh": "兰州新来科技有限公司", "nature": "private", "city": "lanzhou"}
    assert "名称" in when_the_clerk_assists(clerk, code, **licence | {"name_zh": ""}).content.decode()
    assert when_the_clerk_assists(clerk, code, **licence).status_code == 302
    found = Assistance.objects.get().employer
    assert (found.uscc, found.name_zh, found.city, found.kind) == (
        code,
        "兰州新来科技有限公司",
        "lanzhou",
        "employer",
    )
    # Others at the desk have no such page; a stranger gets 404.
    case_officer = house.enter(
        next(user for (_office, desk), user in house.cast.officers.items() if desk == "review")
    )
    case_officer.looks_at("desk:assist", status=403)
    house.agent("stranger").looks_at("desk:assist", status=404)
    assert not Case.objects.exists()


def acts_valid(code: str) -> bool:
    from stdnum.cn import uscc

    return bool(uscc.is_valid(code))


def test_what_is_told_and_consented_to_is_kept_and_taken_back(house: House) -> None:
    """A row for each purpose and receiving office: duties are told, consent is asked for by itself (个人信息保护法 13, 23, 29; 15)."""
    agent = house.agent("university")
    dossier = acts.when_the_agent_opens_a_dossier(agent, ANNA)
    draft = acts.when_the_agent_answers_the_questions(agent, dossier, ANNA)
    acts.when_the_agent_hands_in_each_material_once(agent, draft)
    page = agent.looks_at("portal:check", draft.pk)
    pack = house.cast.policy.pack
    for entry in pack.processing.values():
        assert entry.text.zh in page
    assert page.count('name="consent"') == 2, "a duty is told, not asked"
    sent = agent.sends(
        "portal:check", draft.pk, key=acts.hidden(page, "key"), consent=["sensitive", "no\x00"]
    )
    assert sent.status_code == 302, sent.content.decode()
    bundle = Bundle.objects.get()
    rows = {(row.purpose, row.recipient): row for row in dossier.consents.all()}
    offices = {case.matter: case.office.name_zh for case in bundle.cases.select_related("office")}
    assert {key: row.given for key, row in rows.items()} == {
        ("handling", offices["permits"]): True,
        ("handling", offices["residence"]): True,
        ("handling", offices["socialsec"]): True,
        ("sensitive", offices["permits"]): True,
        ("sensitive", offices["residence"]): True,
        ("title_review", offices["titles"]): False,
    }
    told = rows["handling", offices["permits"]]
    assert (told.basis, told.filing, told.recorded_by) == ("duty", bundle.number, agent.user)
    assert told.text_hash == hashlib.sha256(pack.processing["handling"].text.zh.encode()).hexdigest()
    # The person sees them, and takes back what he consented to; his employer cannot.
    person = house.enter(give_account(house.cast, dossier, ANNA))
    seen = person.looks_at("portal:dossier", dossier.code)
    assert "处理敏感个人信息" in seen and "撤回同意" in seen
    assert agent.sends("portal:consent", dossier.code, purpose="sensitive").status_code == 403
    for purpose in ("handling", "title_review", "nothing", "sensitive", "sensitive"):
        assert person.sends("portal:consent", dossier.code, purpose=purpose).status_code == 302
    assert {row.purpose for row in newest(dossier) if not row.given} == {"sensitive", "title_review"}
    assert dossier.consents.count() == len(rows) + 2, "a row for each office it was given to, once"
    assert 'value="sensitive"' not in person.looks_at("portal:dossier", dossier.code)
    with pytest.raises(ProgrammingError), transaction.atomic():
        dossier.consents.update(given=True)
