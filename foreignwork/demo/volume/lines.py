"""A harvested bundle, moved some weeks back, as lines with holes: one per row, in an order in which hashes can be made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import rfc8785
from django.db import models

from foreignwork.accounts.models import Organisation
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.deadlines.models import Deadline, Pause
from foreignwork.dossiers.models import Dossier, DossierVersion
from foreignwork.notices.models import CODE_LENGTH, CODE_LETTERS, Notice
from foreignwork.outbox.models import OutboxMessage
from foreignwork.outbox.relay import KEPT
from foreignwork.vault.fields import SealedField
from foreignwork.vault.models import DataKey, Sealed
from foreignwork.vault.seal import unseal_bytes

from .cells import Cell, Copy, Id, Line, bytea, earlier, line, pattern, reseal, text, worded
from .harvest import Harvest
from .numbers import Series, case_series, notice_series, unseal_facts, words_of
from .plan import dues

XID = 3
"""All copies were written by one transaction that is long over: quality I3 compares it between case and newest event."""
PAPERS = {"notices.noticebody", "notices.noticefile"}
HOLE = "\x00"


class Template:
    """The lines of one harvest at one shift. ``sizes`` says how many ids each table needs per copy, ``facts`` who the person is."""

    def __init__(self, harvest: Harvest, weeks: int, *, at: datetime, papers: bool = False) -> None:
        self.harvest, self.back = harvest, timedelta(weeks=weeks)
        self.words = pattern(words_of(harvest))
        self.due = dues(harvest, weeks)
        versions = harvest.rows.get(DossierVersion, [])
        self.facts = unseal_facts(versions[-1]) if versions else {}
        self.place: dict[tuple[type[models.Model], Any], int] = {}
        self.sizes: dict[str, int] = {}
        self.series: list[tuple[Series, str]] = [
            *case_series(harvest, self.back),
            *notice_series(harvest, self.back),
        ]
        papers = papers or (weeks <= 0 and not harvest.at_rest)
        models_in = [m for m in harvest.rows if papers or m._meta.label_lower not in PAPERS]
        models_in.sort(
            key=lambda model: model is not CaseEvent
        )  # first, because a case carries its newest event's hash
        for model in models_in:
            for number, row in enumerate(harvest.rows[model]):
                self.place[model, row[_pk(model)]] = number
            self.sizes[model._meta.db_table] = len(harvest.rows[model])
        self.lines: list[tuple[str, list[Line]]] = []
        for model in models_in:
            rows = harvest.rows[model]
            if model is CaseEvent:
                rows = sorted(rows, key=lambda row: (row["case_id"], row["seq"]))
            self.lines.append((model._meta.db_table, [self._line(model, row) for row in rows]))
        if _messages_kept(harvest, self.back, at):
            self.place |= {(OutboxMessage, row["id"]): number for number, row in enumerate(harvest.messages)}
            self.sizes[OutboxMessage._meta.db_table] = len(harvest.messages)
            self.lines.append(
                (OutboxMessage._meta.db_table, [self._message(row) for row in harvest.messages])
            )

    def fill(self, copy: Copy) -> Iterator[tuple[str, str]]:
        """(table, COPY text of all its rows) for one copy."""
        for table, lines in self.lines:
            yield table, "".join([entry.fill(copy) for entry in lines])

    def number_words(self, copy: Copy, next_number: Callable[[Series], int]) -> None:
        """Give every paper and every case of an office its number; the texts that name it follow."""
        for key, word in self.series:
            copy.words[word] = key.word(next_number(key))

    def _line(self, model: type[models.Model], row: dict[str, Any]) -> Line:
        crypt = self._crypt(row) if issubclass(model, Sealed) else None
        cells = [self._cell(model, entry, row, crypt) for entry in model._meta.local_concrete_fields]
        if model is CaseEvent:
            return self._event(row, cells)
        return line(cells)

    def _message(self, row: dict[str, Any]) -> Line:
        """An effect long done: its key and payload name the copy's case or paper."""
        kind, old, *seq = row["key"].split(":")
        ref = self._reference(Case if kind == "event" else Notice, int(old))
        assert callable(ref), "messages are harvested for rows that are copied"
        tail = f":{seq[0]}" if seq else ""
        payload = '{"case": %s, "seq": ' + seq[0] + "}" if seq else '{"notice": %s}'
        own: dict[str, str | Cell] = {
            "key": lambda copy: f"{kind}:{ref(copy)}{tail}",
            "payload": lambda copy: payload % ref(copy),
        }
        fields = OutboxMessage._meta.local_concrete_fields
        return line([own.get(e.attname) or self._cell(OutboxMessage, e, row, None) for e in fields])

    def _crypt(self, row: dict[str, Any]) -> Callable[[Copy], Id]:
        """A row's new ``crypt_id``: made once per copy, read by its cell, its seals and its hash."""
        own = id(row)

        def crypt(copy: Copy) -> Id:
            found = copy.crypts.get(own)
            if found is None:
                found = copy.crypts[own] = copy.uuid()
            return found

        return crypt

    def _cell(self, model: type[models.Model], entry: Any, row: dict[str, Any], crypt: Any) -> str | Cell:
        value = row[entry.attname]
        special = self._special(model, entry.attname, row)
        if special is not None:
            return special
        if isinstance(entry, SealedField):
            return self._sealed(entry, row, crypt)
        if entry.attname == "crypt_id":
            return lambda copy: crypt(copy)[1]
        if isinstance(entry, models.ForeignKey):
            return self._reference(entry.remote_field.model, value)
        if entry.primary_key:
            return self._reference(model, value)
        if isinstance(value, bytes | memoryview):
            return text(value)
        moved = earlier(value, self.back)
        return worded(text(moved), self.words) if isinstance(moved, str | dict | list) else text(moved)

    def _reference(self, model: type[models.Model], value: Any) -> str | Cell:
        if value is None:
            return text(None)
        if model is DataKey and value in self.harvest.data_keys:
            return lambda copy: str(copy.key_id)
        if model is Organisation and value == self.harvest.employer:
            return lambda copy: str(copy.employer)
        if self.harvest.twins.get(model) == value:
            return lambda copy: str(copy.twins[model])
        model = _root(model)
        place = self.place.get((model, value))
        if place is None:
            return text(value)
        table, at = model._meta.db_table, place
        return lambda copy: str(copy.start[table] + at)

    def _special(self, model: type[models.Model], name: str, row: dict[str, Any]) -> str | Cell | None:
        if name == "xid":
            return str(XID)
        if name == "passport_index" and model in (Dossier, DossierVersion):
            return lambda copy: bytea(copy.passport)
        if model is Case and name == "head_hash":
            case_id = row["id"]
            return lambda copy: copy.heads[case_id]
        if model is Deadline and name in ("due_on", "provisional"):
            due = self.due[row["id"]]
            return text(due.on if name == "due_on" else due.provisional)
        if model is Case and name == "due_on":
            held = {(r["case_id"], r["kind"]) for r in self.harvest.rows.get(Pause, []) if not r["until_on"]}
            running = [
                r
                for r in self.harvest.rows.get(Deadline, [])
                if r["case_id"] == row["id"]
                and not (r["met_on"] or r["voided_at"] or (r["case_id"], r["kind"]) in held)
                and r["basis"] == Deadline.Basis.STATUTORY
            ]
            return text(min((self.due[r["id"]].on for r in running), default=None))
        if model is Notice:
            return self._notice(name, row)
        return None

    def _notice(self, name: str, row: dict[str, Any]) -> str | Cell | None:
        if name == "code":
            return lambda copy: copy.code(CODE_LETTERS, CODE_LENGTH)
        year = (row["dated_on"] - self.back).year
        if name == "year":
            return str(year)
        if name == "seq":
            word = row["number"]
            return lambda copy: copy.words[word].rsplit("〕", 1)[1].removesuffix("号")
        if name == "number":
            word = row["number"]
            return lambda copy: copy.words[word]
        return None

    def _sealed(self, entry: SealedField, row: dict[str, Any], crypt: Callable[[Copy], Id]) -> str | Cell:
        if row[entry.attname] is None:
            return text(None)
        data = unseal_bytes(entry.label, row["crypt_id"], row["data_key_id"], row[entry.attname])
        if data[:1] == b"j" and entry.model is not DossierVersion:  # a passport's days are the person's
            data = earlier(data.decode("utf-8"), self.back).encode("utf-8")
        seal = reseal(entry.label, data, self.words)
        return lambda copy: bytea(seal(copy, crypt(copy)[0]))

    def _event(self, row: dict[str, Any], cells: list[str | Cell]) -> Line:
        """An event's line: its hash is of its own content and of the event before, as ``cases.events.digest`` makes it."""
        names = [entry.attname for entry in CaseEvent._meta.local_concrete_fields]
        at = {name: names.index(name) for name in names}
        body = {
            "case": HOLE + "0",
            "seq": row["seq"],
            "at": (row["at"] - self.back).astimezone(UTC).isoformat(),
            "effective_on": (row["effective_on"] - self.back).isoformat(),
            "actor": row["actor_id"],
            "role": row["role"],
            "office": row["office_id"],
            "action": row["action"],
            "source": row["source"],
            "target": row["target"],
            "dossier_version": HOLE + "1",
            "data": HOLE + "2",
            "crypt_id": HOLE + "3",
            "sealed": HOLE + "4",
            "prev": HOLE + "5",
        }
        data = worded(rfc8785.dumps(earlier(row["data"], self.back)).decode("utf-8"), self.words)
        pieces = _split(rfc8785.dumps(body).decode("utf-8"))
        case, version = cells[at["case_id"]], cells[at["dossier_version_id"]]
        crypt, sealed, case_id = cells[at["crypt_id"]], cells[at["sealed"]], row["case_id"]
        for place, name in enumerate(("sealed", "prev_hash", "hash")):
            cells[at[name]] = lambda copy, place=place: copy.event[place]  # type: ignore[misc]
        whole = line(cells)

        def fill(copy: Copy) -> str:
            cipher = sealed(copy) if callable(sealed) else None
            prev = copy.heads.get(case_id, "") if row["seq"] > 1 else ""
            values = {
                "0": case(copy) if callable(case) else case,
                "1": version(copy) if callable(version) else ("null" if version == r"\N" else version),
                "2": data(copy) if callable(data) else data,
                "3": f'"{crypt(copy)}"' if callable(crypt) else "",
                "4": f'"{cipher[3:]}"' if cipher else "null",
                "5": f'"{prev}"',
            }
            digest = hashlib.sha256(
                "".join([values[p[1]] if p[0] == HOLE else p for p in pieces]).encode("utf-8")
            ).hexdigest()
            copy.heads[case_id] = digest
            copy.event = (cipher or r"\N", prev, digest)
            return whole.fill(copy)

        return Line("%s", [fill])


def needs(harvest: Harvest, weeks: int, *, at: datetime) -> tuple[dict[str, int], list[Series]]:
    """What one copy takes: ids per table, and the series of its papers; the same that a Template would say, without making it."""
    back = timedelta(weeks=weeks)
    sizes = {model._meta.db_table: len(rows) for model, rows in harvest.rows.items()}
    if _messages_kept(harvest, back, at):
        sizes[OutboxMessage._meta.db_table] = len(harvest.messages)
    return sizes, [key for key, _word in [*case_series(harvest, back), *notice_series(harvest, back)]]


def _messages_kept(harvest: Harvest, back: timedelta, at: datetime) -> bool:
    return any(row["at"] - back > at - KEPT for row in harvest.rows[CaseEvent])


def _split(body: str) -> list[str]:
    """The canonical JSON cut at its holes; each hole stands as NUL and its digit, without the quotes around it."""
    pieces, rest = [], body
    while "\\u0000" in rest:
        before, _mark, after = rest.partition('"\\u0000')
        pieces += [before, HOLE + after[0]]
        rest = after[2:]
    return [*pieces, rest]


def _root(model: type[models.Model]) -> type[models.Model]:
    """The model whose sequence a primary key comes from: a child of Case has its case's id."""
    while isinstance(model._meta.pk, models.ForeignKey):
        model = model._meta.pk.remote_field.model
    return model


def _pk(model: type[models.Model]) -> str:
    assert model._meta.pk is not None
    return model._meta.pk.attname
