"""What the browser tests click through: the cast, a bundle at each point of its life, and windows signed in as somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client

from foreignwork.accounts.models import User
from foreignwork.cases import clock
from foreignwork.cases.models import Bundle, Case
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import PASSWORD, Foreigner
from foreignwork.dossiers.models import Dossier
from foreignwork.outbox.relay import relay
from foreignwork.portal.models import FilingDraft
from tests.stage import bring, case_of

Window = Callable[..., Any]


@dataclass
class Scene:
    """``at`` is the database's now: pages read the same clock."""

    cast: Cast
    url: str
    at: datetime

    def file(self, firm: str, foreigner: Foreigner) -> Bundle:
        bundle = stage.file(self.cast, firm, foreigner, at=self.at)
        self.work()
        return bundle

    def bring(self, bundle: Bundle, state: str) -> Case:
        case = bring(self.cast, case_of(bundle), state, at=self.at)
        self.work()
        return case

    def work(self) -> None:
        """The worker's part: papers printed, siblings moved on."""
        while relay(at=clock.now()).total:
            pass

    def draft(self, firm: str, foreigner: Foreigner, *, all_in: bool = True) -> FilingDraft:
        """A filing with every answer given; with ``all_in`` also every material."""
        engagement = stage.engage(self.cast, firm, foreigner, at=self.at)
        form = stage.filing(self.cast, engagement, foreigner, at=self.at)
        if all_in:
            stage.hand_in(self.cast, form, foreigner, at=self.at)
        pack = self.cast.policy.pack
        answers: dict[str, Any] = {"matters": list(form.matters), **form.answers}
        for code, _question in pack.asked(answers):
            answers.setdefault(code, False if code == "treaty_exempt" else None)
        return FilingDraft.objects.create(
            user=self.cast.agents[firm],
            engagement=engagement,
            jurisdiction=self.cast.jurisdiction,
            answers=answers,
            updated_at=self.at,
        )

    def supplement(self, bundle: Bundle) -> Case:
        case = case_of(bundle)
        reason = next(iter(case.policy_version.pack.supplement_reasons))
        asked = {"ask_degree": True, "reason_degree": reason, "note_degree": "请附中文翻译件"}
        case = stage.act(
            case, self.cast.officer(case, "reception"), "request_supplement", at=self.at, data=asked
        )
        self.work()
        return case

    def holder(self, bundle: Bundle) -> User:
        """The foreign national's own login."""
        user = User.objects.create(username="anna", kind="person", display_name="Anna Maria Eriksson")
        Dossier.objects.filter(pk=bundle.dossier_id).update(holder=user)
        return user


@pytest.fixture
def scene(live_url: str) -> Scene:
    at = clock.now() - timedelta(minutes=1)
    since = (at - timedelta(days=400)).date()
    return Scene(
        stage.assemble(pack="gansu", at=at, hashed=make_password(PASSWORD), since=since), live_url, at
    )


@pytest.fixture
def seat(browser: Any, browser_context_args: dict[str, Any], live_url: str) -> Iterator[Window]:
    """``seat(user, language="en", …)`` -> a page of a window of its own, signed in as ``user``."""
    opened: list[Any] = []

    def sit(user: User | None, *, language: str = "zh-hans", width: int = 1280, **options: Any) -> Any:
        size = {"width": width, "height": 900}
        context = browser.new_context(
            **{**browser_context_args, "base_url": live_url, "viewport": size, **options}
        )
        cookies = [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_url}]
        if user is not None:
            client = Client()
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            cookies.append({"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_url})
        context.add_cookies(cookies)
        context.set_default_timeout(15_000)
        opened.append(context)
        return context.new_page()

    yield sit
    for context in opened:
        context.close()
