"""What else could have become of a case is looked at and undone: the house stands as before, the moments can still be opened."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from foreignwork.cases import clock
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.demo.scenes import twins
from foreignwork.demo.volume.detours import detours
from foreignwork.demo.volume.goals import unseen
from foreignwork.demo.volume.harvest import of_dossier
from foreignwork.demo.volume.lives import Life
from foreignwork.demo.volume.parts import LAST, last_walk
from foreignwork.demo.volume.walk import Seen
from foreignwork.notices.models import Notice, NoticeBody
from foreignwork.outbox.models import WAITING, OutboxMessage
from foreignwork.vault.models import Blob, DataKey
from foreignwork.vault.seal import unseal_bytes
from tests.stage import AT
from tests.stage import cast as cast


def test_a_copy_stands_in_the_register_as_its_own_firm(cast: Cast) -> None:
    """What is found by the person and points at the firm's row there must not point at the pattern's: two firms would be one."""
    bundle = stage.file(cast, "university", ANNA, at=AT)
    rows = {
        model: list(made(bundle.jurisdiction_id, [bundle.employer_id]).values())
        for model, made in twins().items()
    }
    assert rows
    assert {model: [pk] for model, pk in of_dossier(bundle).twins.items()} == rows


def test_detours_find_what_is_rare_and_leave_nothing(cast: Cast) -> None:
    bundle = stage.file(cast, "university", ANNA, at=AT)
    life = Life(
        cast=cast, firm="university", rng=Random(3), at=AT, seen=Seen(), bundle=bundle, foreigner=ANNA, strays=True,
        until=AT + timedelta(days=90),
    )  # fmt: skip
    life.look()
    before = (
        list(Case.objects.order_by("pk").values_list("pk", "state", "version", "head_hash")),
        CaseEvent.objects.count(),
        Notice.objects.count(),
        OutboxMessage.objects.filter(WAITING).count(),
    )
    detours(life)
    assert before == (
        list(Case.objects.order_by("pk").values_list("pk", "state", "version", "head_hash")),
        CaseEvent.objects.count(),
        Notice.objects.count(),
        OutboxMessage.objects.filter(WAITING).count(),
    )
    assert life.at == AT
    assert not life.taken
    ends = {("permits", state) for state in ("declined", "supplement", "withdrawn", "ended", "not_required")}
    assert ends <= life.seen.states
    for moment in life.seen.moments:
        known = set(DataKey.objects.filter(pk__in=moment.rows.data_keys).values_list("pk", flat=True))
        assert known == moment.rows.data_keys
        for body in moment.rows.rows.get(NoticeBody, []):
            assert unseal_bytes(
                "notices.noticebody.context", body["crypt_id"], body["data_key_id"], body["context"]
            )
        files = {row["blob_id"] for row in moment.rows.named("notices.noticefile")}
        assert files == set(Blob.objects.filter(pk__in=files).values_list("pk", flat=True))
    assert any(moment.rows.named("notices.noticefile") for moment in life.seen.moments)


def test_the_last_lives_come_to_what_chance_seldom_does(db: None) -> None:
    """What is only asked of a public body, and what begins when a permit or a certificate has run out."""
    rare = {("socialsec", "returned"), ("socialsec", "end_due"), ("socialsec", "exemption_due")}
    seen = Seen(states=set(unseen(set())) - rare)
    at = clock.now()
    since = (at - timedelta(days=max(LAST) + 1)).date()
    cast = stage.assemble(pack="gansu", at=at, hashed="!", since=since)
    for number, ago in enumerate(LAST[:2]):
        last_walk(cast, number, ago, seen, Random(1), at)
    assert rare <= seen.states
    assert {row["state"] for one in seen.moments for row in one.rows.named("cases.case")} >= {
        state for _matter, state in rare
    }
