"""Papers are numbered without a gap, each as its row says (quality I2); a printed one is that whose digest is on record (I10)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from foreignwork.invariants import BATCH, Breach, invariant, rows
from foreignwork.vault import blobs
from foreignwork.vault.errors import VaultError

from .models import NUMBER, NoticeFile


@invariant("I2")
def one_paper_per_event(at: datetime) -> Iterator[Breach]:
    """One paper per event and kind, under the number that its series, year and place in it give."""
    for event, kind, n in rows(
        "SELECT event_id, kind, count(*) FROM notices_notice GROUP BY 1, 2 HAVING count(*) > 1"
    ):
        yield Breach("I2", f"event {event}", f"{n} papers of kind {kind}")
    for number, expected in rows(
        """
        SELECT number, expected FROM notices_notice
        CROSS JOIN LATERAL (SELECT format(%s, series, year, seq) AS expected) e WHERE number <> expected
        """,
        [NUMBER],
    ):
        yield Breach("I2", f"paper {number}", f"should be {expected}")


@invariant("I2")
def papers_are_counted(at: datetime) -> Iterator[Breach]:
    """Numbers of a series run 1..n without a gap, and its counter stands at n: looked at from the papers and from the counters,
    so that a series is missed that has lost all of its papers."""
    for series, office, year, count, highest, last in rows(
        """
        SELECT coalesce(n.series, substring(s.series FROM '^notice:[0-9]+:(.*)$')),
            coalesce(n.office_id::text, split_part(s.series, ':', 2)), coalesce(n.year, s.year),
            coalesce(n.count, 0), n.highest, s.last
        FROM (
            SELECT office_id, series, year, count(*) AS count, count(DISTINCT seq) AS different, max(seq) AS highest
            FROM notices_notice GROUP BY 1, 2, 3) n
        FULL JOIN (SELECT * FROM cases_numberseries WHERE series LIKE 'notice:%%') s
            ON s.series = 'notice:' || n.office_id || ':' || n.series AND s.year = n.year
        WHERE n.count IS DISTINCT FROM n.highest OR n.different IS DISTINCT FROM n.highest
            OR s.last IS DISTINCT FROM n.highest
        """
    ):
        why = f"office {office}: {count} numbers, highest {highest}, counter {last}"
        yield Breach("I2", f"{series}〔{year}〕", why)


@invariant("I10")
def papers_are_those_on_record(at: datetime) -> Iterator[Breach]:
    """``sha256`` is what anyone who holds the paper compares with. A file that cannot be read is the vault's to name."""
    files = NoticeFile.objects.select_related("blob", "notice").order_by("pk")
    for file in files.iterator(BATCH):
        try:
            data = blobs.read(file.blob)
        except VaultError:
            continue
        if hashlib.sha256(data).hexdigest() != file.sha256:
            yield Breach(
                "I10", f"paper {file.notice.number}", "its file is not the one whose digest is on record"
            )
