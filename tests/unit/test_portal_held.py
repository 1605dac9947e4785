"""From something held to a filing about it: the dossier's buttons, the first question answered, the matters that fit."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.cases import clock
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import BRUNO
from foreignwork.portal.models import FilingDraft
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


def test_a_held_permit_starts_a_filing_about_it(client: Client, cast: Cast) -> None:
    bundle = stage.file(cast, "university", BRUNO, at=AT)
    client.force_login(
        cast.agents["university"], backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    where = reverse("portal:dossier", args=[bundle.dossier.code])
    assert 'name="purpose" value' not in client.get(where).content.decode()
    bring(cast, case_of(bundle), "granted")
    page = client.get(where).content.decode()
    for purpose in ("extend", "change", "cancel"):
        assert f'name="purpose" value="{purpose}"' in page
    sent = {"engagement": bundle.engagement_id, "place": "gansu", "purpose": "extend"}
    assert client.post(reverse("portal:filing_start"), sent).status_code == 302
    draft = FilingDraft.objects.latest("updated_at")
    assert draft.answers == {"purpose": "extend"}
    question = client.get(reverse("portal:question", args=[draft.pk, "matters"])).content.decode()
    assert 'value="permits"' in question
    assert 'value="titles"' not in question
    client.post(reverse("portal:question", args=[draft.pk, "matters"]), {"matters": ["permits"]})
    client.post(reverse("portal:question", args=[draft.pk, "purpose"]), {"purpose": "cancel"})
    draft.refresh_from_db()
    assert draft.answers == {"purpose": "cancel", "matters": ["permits"]}
    client.post(reverse("portal:question", args=[draft.pk, "purpose"]), {"purpose": "new"})
    draft.refresh_from_db()
    assert draft.answers == {"purpose": "new"}, (
        "the choice of matters lacks what is required now: asked again"
    )


def test_a_purpose_nobody_offers_is_ignored(client: Client, cast: Cast) -> None:
    engagement = stage.engage(cast, "university", BRUNO, at=AT)
    client.force_login(
        cast.agents["university"], backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    for bad in ("", "nonsense", "\x00", "x" * 5000):
        sent = {"engagement": engagement.pk, "place": "gansu", "purpose": bad}
        assert client.post(reverse("portal:filing_start"), sent).status_code == 302
    assert FilingDraft.objects.get().answers == {}
