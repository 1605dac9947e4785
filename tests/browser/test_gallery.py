"""Every main page as a picture, at 1280 and 390 px, in both languages; and what a picture cannot show, by axe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from foreignwork.accounts.models import User
from foreignwork.cases.models import Case
from foreignwork.demo import cast as stage
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.notices.models import Notice
from foreignwork.policies import loader
from foreignwork.policies.proposals import propose
from foreignwork.rulebook.trials import begin
from tests.browser.scene import Scene
from tests.stage import case_of

pytestmark = pytest.mark.browser
WIDTHS = (1280, 390)
LANGUAGES = {"zh": "zh-hans", "en": "en"}
LOOKED_INTO = {("zh", 1280), ("en", 390)}  # by axe: each language once, each width once


@dataclass(frozen=True)
class View:
    """A page of the gallery: the file's first name, the person who looks, the address."""

    name: str
    user: User | None
    where: str


def view(name: str, user: User | None, to: str, *args: Any, more: str = "") -> View:
    return View(name, user, (to if to.startswith("/") else reverse(to, args=args)) + more)


def public(scene: Scene) -> Iterator[View]:
    bundle = scene.file("university", ANNA)
    scene.bring(bundle, "granted")
    card = Notice.objects.get(kind="E_PERMIT")
    yield view("landing", None, "portal:landing")
    yield view("guides", None, "portal:guides")
    yield view("guide", None, "portal:guide", bundle.jurisdiction.code)
    for code in bundle.policy_version.pack.matter_codes()[:2]:
        yield view(f"guide-{code}", None, "portal:guide_matter", bundle.jurisdiction.code, code)
    yield view("guide-none", None, "portal:guide", bundle.jurisdiction.code, more="?on=2026-02-30")
    yield view("classify", None, "portal:classify")
    yield view("sign-in", None, "account_login")
    yield view("verify", None, "portal:verify")
    yield view("verify-valid", None, "portal:verify", card.code)
    yield view("verify-unknown", None, "portal:verify", "ABCDEFGHJKLMNPQR")
    yield view("not-found", None, "/nothing/")


def applicant(scene: Scene) -> Iterator[View]:
    me = scene.cast.agents["university"]
    granted, asked = scene.file("university", ANNA), scene.file("university", CLARA)
    scene.bring(granted, "granted")
    case = scene.supplement(asked)
    draft = scene.draft("university", BRUNO, all_in=False)
    company = scene.cast.firms["university"].pk
    # The longest words a tag says, beside the longest name of a matter.
    told = Case.objects.filter(pk=case_of(asked, "S").pk)
    told.update(state="exemption_due", phase="decided", outcome="granted")
    yield view("portal-home", me, "portal:home")
    yield view("portal-company", me, "portal:company")
    yield view("portal-company-edit", me, "portal:company_edit", company)
    yield view("portal-dossiers", me, "portal:dossiers")
    yield view("portal-dossier-new", me, "portal:dossier_new")
    yield view("portal-dossier", me, "portal:dossier", granted.dossier.code)
    yield view("portal-filing", me, "portal:filing", draft.pk)
    yield view("portal-question", me, "portal:question", draft.pk, "matters")
    yield view("portal-materials", me, "portal:materials", draft.pk)
    yield view("portal-check", me, "portal:check", draft.pk)
    yield view("portal-filed", me, "portal:filed", asked.number)
    yield view("portal-bundle", me, "portal:bundle", granted.number)
    yield view("portal-case", me, "portal:case", case_of(granted).number)
    yield view("portal-case-residence", me, "portal:case", case_of(granted, "R").number)
    yield view("portal-supplement", me, "portal:step", case.number, "answer_supplement")
    yield view("portal-step", me, "portal:step", case_of(granted, "S").number, "submit")
    yield view("person-home", scene.holder(granted), "portal:home")


def desk(scene: Scene) -> Iterator[View]:
    bundle, fresh = scene.file("university", ANNA), scene.file("energy", BRUNO)
    case = scene.bring(bundle, "first_reviewed")
    new = case_of(fresh)
    reception, review, leader = (scene.cast.officer(case, one) for one in ("reception", "review", "decide"))
    yield view("desk-home", reception, "desk:home")
    yield view("desk-home-office", reception, "desk:home", more="?tab=office")
    yield view("desk-case", reception, "desk:case", new.number)
    yield view("desk-supplement", reception, "desk:step", new.number, "request_supplement")
    yield view("desk-review", review, "desk:step", case.number, "second_review")
    yield view("desk-refused", leader, "desk:step", case.number, "second_review")
    yield view("desk-bundle", review, "desk:bundle", bundle.number)
    yield view("desk-search", review, "desk:search")
    yield view("desk-window", reception, "desk:window")
    yield view("desk-entry", reception, "desk:entry", new.number)
    yield view("desk-overview", leader, "desk:overview")


def rules(scene: Scene) -> Iterator[View]:
    """The desk's pages of policy packs."""
    bundle = scene.file("university", ANNA)
    scene.bring(bundle, "accepted")
    keeper = next(user for (_office, desk), user in scene.cast.officers.items() if desk == "policy")
    leader = scene.cast.officer(case_of(bundle), "decide")
    text = (loader.FOLDER / f"{scene.cast.policy.pack_code}.toml").read_text("utf-8")
    text = text.replace('version = "20', 'version = "new-20', 1).replace("amount = 15", "amount = 3", 1)
    day = (scene.at + timedelta(days=40)).date()
    actor = stage.actor(keeper, scene.at)
    made = propose(text, on=day, reason="按新的承诺办理", actor=actor, at=scene.at)
    trial = begin(made, since=(scene.at - timedelta(days=9)).date(), until=day, by=keeper, at=scene.at)
    scene.work()
    version = scene.cast.policy.pk
    yield view("packs", leader, "desk:packs")
    yield view("packs-version", keeper, "desk:pack_version", version)
    yield view("packs-compare", keeper, "desk:pack_compare", more=f"?before=v{version}&after=p{made.pk}")
    yield view("packs-propose", keeper, "desk:pack_propose")
    yield view("packs-own", keeper, "desk:pack_proposal", made.pk)
    yield view("packs-proposal", leader, "desk:pack_proposal", made.pk)
    yield view("packs-simulate", leader, "desk:pack_simulate")
    yield view("packs-trial", leader, "desk:pack_trial", trial.pk)


@pytest.mark.parametrize(
    "part", [public, applicant, desk, rules], ids=["public", "applicant", "desk", "rules"]
)
def test_every_main_page_looks_right(part: Any, scene: Scene, seat: Any, screenshots: Path) -> None:
    """One picture a page, width and language; axe finds nothing; nothing runs out of a phone's edge; the console is silent."""
    wrong: list[str] = []
    windows: dict[Any, Any] = {}
    for shot in list(part(scene)):
        for short, language in LANGUAGES.items():
            window = (shot.user and shot.user.pk, short)
            if window not in windows:
                windows[window] = seat(shot.user, language=language)
                windows[window].on("console", partial(_blocked, wrong))
            page = windows[window]
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                if width == WIDTHS[0]:
                    page.goto(f"{scene.url}{shot.where}")
                name = f"{shot.name}-{width}-{short}"
                page.screenshot(path=screenshots / f"{name}.png", full_page=True, animations="disabled")
                wide = page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                if wide > 0:
                    wrong.append(f"{name}: {wide} px too wide: {_culprits(page)}")
                if (short, width) in LOOKED_INTO:
                    wrong += [f"{name}: {line}" for line in _axe(page)]
    assert not wrong, "\n".join(wrong)


def _axe(page: Any) -> list[str]:
    """What axe-core finds, one line a rule: the rule and where."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']} {[node['target'] for node in one['nodes']][:3]} {one['help']}" for one in found]


def _culprits(page: Any) -> Any:
    """The elements that stick out at the right."""
    return page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(
            e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && e.clientWidth
        ).slice(0, 4).map(e => e.tagName + '.' + e.className)"""
    )


def _blocked(wrong: list[str], said: Any) -> None:
    """What the browser's console complains of: our own policy broken, a script that failed."""
    if said.type == "error" and not said.text.startswith("Failed to load resource"):
        wrong.append(f"{said.page.url}: {said.text}")
