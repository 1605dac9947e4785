"""The service guide: what is published is what is enforced (S000-26), in both languages, of any day, without a sign-in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from foreignwork.cases import clock, registry
from foreignwork.deadlines.models import Deadline
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.policies import loader
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.publishing import publish
from foreignwork.rulebook import printing, words
from foreignwork.rulebook.guide import guide_of
from foreignwork.rulebook.process import applied_for
from foreignwork.rulebook.rows import kinds_started, may_be_needed
from tests.stage import AT, SINCE, bring, case_of
from tests.stage import cast as cast

CHINESE = re.compile(r"[\u4e00-\u9fff]+")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in loader.FOLDER.glob("*.toml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


def amend(folder: Path, change: Callable[[str], str], *, on: date) -> PolicyVersion:
    """Publish gansu with other national rules from ``on``."""
    national = folder / "national.toml"
    text = national.read_text("utf-8")
    assert change(text) != text
    national.write_text(change(text), "utf-8")
    gansu = folder / "gansu.toml"
    gansu.write_text(gansu.read_text("utf-8").replace('version = "20', 'version = "amended-20'), "utf-8")
    return publish("gansu", on=on, folder=folder)[0]


def page(name: str, *args: str, language: str = "zh-hans", status: int = 200, **query: str) -> str:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = client.get(reverse(f"portal:{name}", args=args), query)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def words_of(html: str) -> str:
    """What a reader sees, without the tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def b_limit(text: str) -> str:
    """The statutory limit of class B: 15 → 12 working days."""
    head, entry = text.split('category = "B"\namount = 15\n', 1)
    return f'{head}category = "B"\namount = 12\n{entry}'


def test_a_changed_number_changes_the_guide_and_a_new_case_s_clock(cast: Cast, folder: Path) -> None:
    """The same number on the page and on the clock, before and after; a running case keeps what it was filed under."""
    old = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "accepted")
    day = AT.date() + timedelta(days=7)
    assert "15 个工作日" in limit_of(page("guide_matter", "gansu", old.matter), "B类")
    amend(folder, b_limit, on=day)
    assert "15 个工作日" in limit_of(page("guide_matter", "gansu", old.matter), "B类")
    later = page("guide_matter", "gansu", old.matter, on=day.isoformat())
    assert "12 个工作日" in limit_of(later, "B类")
    at = AT + timedelta(days=7)
    new = bring(cast, case_of(stage.file(cast, "energy", ANNA, at=at)), "accepted", at=at)
    amounts = {
        case.pk: Deadline.objects.get(case=case, kind="decision", basis="statutory").amount
        for case in (old, new)
    }
    assert list(amounts.values()) == [15, 12]


def limit_of(html: str, fits: str) -> str:
    """The row of the limits' table which is for ``fits``."""
    table = html[html.index('id="limits"') :]
    return next(words_of(row) for row in table.split("<tr>") if fits in row)


def test_every_clock_that_runs_stands_in_the_guide(cast: Cast) -> None:
    """Each deadline of a finished bundle has its very length in the guide of its matter."""
    bundle = stage.file(cast, "university", ANNA, at=AT)
    bring(cast, case_of(bundle), "granted")
    rows = list(Deadline.objects.filter(case__bundle=bundle).select_related("case"))
    assert len(rows) >= 4
    guide = {matter.code: matter for matter in guide_of(cast.policy).matters}
    for row in rows:
        figures = {
            getattr(limit, row.basis).span
            for limit in guide[row.case.matter].limits
            if limit.kind == words.word(words.KINDS, row.kind) and getattr(limit, row.basis)
        }
        assert words.span(row.amount, row.unit) in figures, (row.case.matter, row.kind, row.basis)


def test_the_published_figure_is_shown_as_such_and_is_no_clock(cast: Cast) -> None:
    """Gansu's 90 working days (law-notes 7)."""
    seen = words_of(page("guide", "gansu"))
    assert re.search(r"90 个工作日 仅为公布的数字，不是计时依据", seen)
    assert "15 个工作日" in seen
    for matter in guide_of(cast.policy).matters:
        for row in matter.limits:
            assert "90" not in str([row.statutory, row.promised])


def test_what_the_sources_do_not_say_is_marked(cast: Cast) -> None:
    """Class C has no limit in the sources: 15 until confirmed, and the page says so."""
    code = next(m.code for m in registry.all_matters() if cast.policy.pack.matters[m.code].categories)
    row = limit_of(page("guide_matter", "gansu", code), "C类")
    assert "待法制机构确认" in row
    assert "暂按15个工作日" in row
    assert "待法制机构确认" not in limit_of(page("guide_matter", "gansu", code), "B类")


def test_all_of_the_pack_s_entries_of_a_matter_are_on_its_page(cast: Cast) -> None:
    """Conditions, materials, sub-matters, refusal reasons, offices: S001-06, S003-68…92, S003-49, S003-76."""
    pack = cast.policy.pack
    for code in applied_for(pack):
        matter = pack.matters[code]
        seen = words_of(page("guide_matter", "gansu", code))
        said = [reason.zh for reason in (*matter.conditions.values(), *matter.refusal_reasons.values())]
        said += [sub.name.zh for sub in matter.sub_matters.values() if sub.origin == "applied"]
        said += [
            entry.called.get(code, entry.name).zh
            for entry in pack.materials.values()
            if code in entry.used_by
        ]
        offices = {rule.office for rule in pack.routing if rule.matter == code}
        said += [pack.offices[office].name.zh for office in offices]
        said += [pack.phone_for(office) for office in offices]
        missing = [text for text in said if text not in seen.replace("&quot;", '"')]
        assert not missing, code


def test_what_only_the_office_begins_is_not_offered(cast: Cast) -> None:
    """An inspection, a revocation: no guide tells how to apply for it."""
    pack = cast.policy.pack
    alone = [code for code in pack.matters if code not in applied_for(pack)]
    for code in alone:
        assert page("guide_matter", "gansu", code, status=404)
        assert pack.matters[code].name.zh not in page("landing")
    hidden = [
        sub.name.zh
        for matter in pack.matters.values()
        for sub in matter.sub_matters.values()
        if sub.origin != "applied"
    ]
    assert hidden
    seen = "".join(page("guide_matter", "gansu", code) for code in applied_for(pack))
    assert not [name for name in hidden if f"<li>{name}" in seen]


def test_one_kind_of_case_has_a_guide_of_its_own(cast: Cast) -> None:
    """What is asked of an extension, and nothing that only a new permit needs; the clocks' own figures."""
    pack = cast.policy.pack
    for code in applied_for(pack):
        for sub, entry in pack.matters[code].sub_matters.items():
            if entry.origin != "applied":
                assert page("guide_matter", "gansu", code, status=404, **{"for": sub})
                continue
            (one,) = guide_of(cast.policy, only=code, sub=sub).matters
            wanted = {
                name
                for name, material in pack.materials.items()
                if code in material.used_by and may_be_needed(material, code, entry.when)
            }
            assert {row.code for row in one.materials} == wanted
            for row in one.limits:
                assert row.fits == [] or pack.matters[code].categories
    many = next(
        code for code in applied_for(pack) if len(guide_of(cast.policy, only=code).matters[0].sub_matters) > 1
    )
    first = guide_of(cast.policy, only=many).matters[0].sub_matters[0]
    assert f"只显示“{first[1].zh}”适用的" in page("guide_matter", "gansu", many, **{"for": first[0]})
    for bad in ("nothing", "\x00", "x" * 500):
        assert page("guide_matter", "gansu", many, status=404, **{"for": bad})


def test_remedies_name_the_bodies_and_the_days(cast: Cast) -> None:
    code = cast.policy.pack.required_matters()[0]
    seen = words_of(page("guide_matter", "gansu", code))
    assert "60日内向兰州市人民政府申请行政复议" in seen
    assert "60日内向甘肃省人民政府申请行政复议" in seen
    assert "6个月内" in seen


def test_the_process_shows_stages_people_and_gates(cast: Cast) -> None:
    pack = cast.policy.pack
    seen = words_of(page("guide", "gansu"))
    for code in pack.matter_codes():
        assert pack.matters[code].name.zh in seen
    assert "预审" in seen
    assert "至少由 3 名不同的工作人员办理" in seen
    assert "取得下列结果之后申请：外国人来华工作许可" in seen


def test_the_english_guide_speaks_the_pack_s_english(cast: Cast) -> None:
    """The page's own words are the catalogue's (test_house_texts); what the pack says has an English text each."""
    with translation.override("en"):
        for matter in guide_of(cast.policy).matters:
            seen = words_of(page("guide_matter", "gansu", matter.code, language="en")).replace("&#x27;", "'")
            said = [row.name.en for row in matter.materials] + [row.text.en for row in matter.remedies]
            said += [reason.en for _head, reasons in matter.conditions for reason in reasons]
            assert said
            assert not [text for text in said if CHINESE.search(text) or text not in seen]


def test_a_day_that_is_none_is_explained(cast: Cast) -> None:
    before = (SINCE - timedelta(days=1)).isoformat()
    assert "还没有公布办事指南" in page("guide", "gansu", on=before, status=404)
    for bad in ("2026-02-30", "tomorrow", "\x00", "9" * 400, "２０２６-01-01x", "10000-01-01"):
        seen = page("guide", "gansu", on=bad, status=400)
        assert "日期不存在" in seen
        assert page("guide_matter", "gansu", "permits", on=bad, status=400)
    assert page("guide", "gansu", on="9999-12-31")
    assert page("guide", "gansu", on=SINCE.isoformat())
    assert page("guide", "nowhere", status=404)
    assert page("guide_matter", "gansu", "nothing", status=404)


def test_a_past_day_says_that_it_is_past(cast: Cast, folder: Path) -> None:
    first = cast.policy
    amend(folder, b_limit, on=AT.date())
    seen = page("guide", "gansu", on=SINCE.isoformat())
    assert f"这是 {SINCE} 适用的指南" in seen
    assert f"版本 {first.version}" in seen
    assert "版本 amended-" in page("guide", "gansu")


def test_the_landing_page_shows_the_pack_s_figures_and_leads_to_the_guide(cast: Cast, folder: Path) -> None:
    assert reverse("portal:guide", args=["gansu"]) in page("landing")
    assert "0931-12345" in page("landing")
    text = (folder / "gansu.toml").read_text("utf-8")
    (folder / "gansu.toml").write_text(text.replace("before = 20\n", "before = 23\n"), "utf-8")
    amend(folder, b_limit, on=AT.date())
    assert re.search(r"</span>23</del>", page("landing"))


@pytest.mark.parametrize("name", [name for name in loader.available() if name != "national"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_place_has_a_guide_in_both_languages(db: None, name: str, language: str) -> None:
    """Five places, one template: pages, and what the worker would print."""
    version = publish(name, on=SINCE)[0]
    place = version.jurisdiction.code
    assert version.pack.meta.name.pick(language) in page("guide", place, language=language)
    for code in applied_for(version.pack):
        seen = words_of(page("guide_matter", place, code, language=language))
        assert version.pack.matters[code].name.pick(language) in seen
    for part in printing.parts_of(version.pack):
        assert f"{version.version}" in printing.sheet(version, part, language).html


def test_every_limit_stage_and_start_of_the_packs_has_words() -> None:
    """What a pack may say of limits is said in words; the flows start no clock the guide cannot name."""
    unknown: set[str] = set()
    for name in loader.available():
        pack = loader.load(name, on=date(2026, 11, 1))
        unknown |= {entry.kind for entry in pack.limits} - words.KINDS.keys()
        unknown |= {entry.starts for entry in pack.limits if entry.starts} - words.STARTS.keys()
        unknown |= {act for matter in pack.matters.values() for act in matter.remedies} - words.ACTS.keys()
    for matter in registry.all_matters():
        unknown |= {*kinds_started(matter.code)} - words.KINDS.keys()
    assert not unknown, f"no words in rulebook/words.py for {sorted(unknown)}"


def test_a_number_of_queries_that_does_not_grow(cast: Cast, django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        page("guide", "gansu")
