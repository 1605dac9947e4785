"""The words the stories are told in. Everything people do here goes through HTTP, as their browser would send it."""

from __future__ import annotations

import io
import re
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from dateutil.relativedelta import relativedelta
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import User
from foreignwork.cases import clock
from foreignwork.cases.models import Bundle, Case, CaseEvent
from foreignwork.demo import papers
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import Foreigner
from foreignwork.dossiers.models import Dossier
from foreignwork.dossiers.mrz import compose
from foreignwork.notices.models import Notice
from foreignwork.notices.service import PROOF
from foreignwork.outbox.relay import Relayed, relay
from foreignwork.portal.models import FilingDraft
from foreignwork.portal.verify import spaced
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.sweeps import sweep
from tests import signin
from tests.stage import case_of

VALID = "本文书由下列机关出具，没有被撤回。"
ISSUED = (Notice.Status.ISSUED, Notice.Status.SERVED)


@dataclass
class Person:
    """Somebody at a browser of his own, signed in by the pages."""

    user: User | None
    browser: Client = field(default_factory=Client)

    def looks_at(self, where: str, *args: Any, status: int = 200) -> str:
        """The text of the page ``where`` (a url name or an address)."""
        url = where if where.startswith("/") else reverse(where, args=args)
        answer = self.browser.get(url)
        assert answer.status_code == status, (url, answer.status_code)
        return answer.content.decode() if not answer.streaming else ""

    def sends(self, where: str, /, *args: Any, **data: Any) -> Any:
        """POST to ``where``; a page that is refused comes back with its status."""
        return self.browser.post(where if where.startswith("/") else reverse(where, args=args), data)


@dataclass
class House:
    """The cast on the stage, and who of it sits at a browser. ``at`` is a moment before the story."""

    cast: Cast
    at: datetime
    people: dict[str, Person] = field(default_factory=dict)
    nobody: Person = field(default_factory=lambda: Person(None))

    def agent(self, firm: str) -> Person:
        return self.enter(self.cast.agents[firm])

    def officer(self, case: Case, desk: str) -> Person:
        return self.enter(self.cast.officer(case, desk))

    def enter(self, user: User) -> Person:
        """Sign in with the password, and the one-time code where one is asked for; once a person."""
        if user.username not in self.people:
            person = Person(user)
            answer = signin.sign_in(person.browser, user.username)
            assert answer.status_code == 302
            assert not answer["Location"].startswith("/accounts/"), answer["Location"]
            self.people[user.username] = person
        return self.people[user.username]

    def let_the_worker_run(self, at: datetime | None = None) -> Relayed:
        """What the worker does: everything in the outbox, until nothing is left."""
        done = Relayed()
        while (turn := relay(at=at or clock.now())).total:
            done += turn
        assert (done.failed, done.quarantined) == (0, 0), done
        return done


@pytest.fixture
def house(real_cast: Cast, settings: Any, tmp_path: Path) -> House:
    """Its files in a folder of its own: a story that looks ahead would find those that other tests rolled back."""
    settings.BLOB_DIR = tmp_path
    return House(real_cast, clock.now() - timedelta(minutes=1))


# --- what browsers send -----------------------------------------------------------------------------------------------


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of the page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"the page has no hidden field {name}"
    return found[1]


def new_key() -> str:
    return str(uuid.uuid4())


def sheet(title: str = "样例") -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{title}.pdf", papers.sheet(title, ["样例"]), "application/pdf")


def locked_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers.sheet("样例", ["样例"]))) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    return out.getvalue()


def files_for(codes: Iterable[str]) -> dict[str, SimpleUploadedFile]:
    photo = SimpleUploadedFile("photo.jpg", papers.photo("AE"), "image/jpeg")
    return {f"file_{code}": photo if code == "photo" else sheet(code) for code in codes}


def passport_of(foreigner: Foreigner, today: date) -> dict[str, str]:
    """What the agent types of a passport."""
    facts = foreigner.person_facts(today)
    return {
        "mrz": compose(foreigner.passport(today)),
        **{name: facts[name] for name in ("name_zh", "phone", "email")},
    }


def answers_of(foreigner: Foreigner, today: date, city: str = "lanzhou") -> dict[str, Any]:
    started = today - relativedelta(months=foreigner.worked_months)
    return {
        "purpose": "new",
        "in_china_ground": "changed_employer",
        "person_in_china": "yes" if foreigner.in_china else "no",
        "category": "B",
        "later": [],
        "city": city,
        "work_started_on": started.isoformat() if foreigner.in_china else "",
        "treaty_exempt": "no",
        "title_basis": "permit",
    }


# --- the applicant ----------------------------------------------------------------------------------------------------


def when_the_agent_opens_a_dossier(agent: Person, foreigner: Foreigner) -> Dossier:
    """Passport by its machine-readable lines, then the work by the contract."""
    today = clock.today(clock.now())
    key = hidden(agent.looks_at("portal:dossier_new"), "key")
    answer = agent.sends("portal:dossier_new", **passport_of(foreigner, today), key=key)
    assert answer.status_code == 302, answer.content.decode()
    work = answer["Location"]
    key = hidden(agent.looks_at(work), "key")
    answer = agent.sends(work, **foreigner.work_facts(today), key=key)
    assert answer.status_code == 302, answer.content.decode()
    return Dossier.objects.latest("pk")


def when_the_agent_answers_the_questions(
    agent: Person, dossier: Dossier, foreigner: Foreigner, **otherwise: str
) -> FilingDraft:
    """One question a page, until the house has no more; then the list of materials is there.

    ``otherwise``: answers that differ from the person's usual ones.
    """
    answer = agent.sends("portal:filing_start", engagement=dossier.engagements.get().pk)
    page = agent.looks_at(answer["Location"])
    city = dossier.engagements.get().employer.city
    given = answers_of(foreigner, clock.today(clock.now()), city) | otherwise
    following = re.search(r'href="([^"]*/questions/\w+/)"', page)
    assert following
    where = following[1]
    while found := re.search(r"/questions/(\w+)/", where):
        code = found[1]
        ticked = re.findall(rf'name="{code}"[^>]*value="(\w+)"', agent.looks_at(where))
        answer = agent.sends(where, **{code: given.get(code, ticked)})
        assert answer.status_code == 302, answer.content.decode()
        where = answer["Location"]
    assert where.endswith("/materials/")
    return FilingDraft.objects.latest("updated_at")


def wanted_files(page: str) -> list[str]:
    return re.findall(r'type="file"[^>]*name="file_(\w+)"', page)


def when_the_agent_hands_in_each_material_once(agent: Person, draft: FilingDraft) -> list[str]:
    codes = wanted_files(agent.looks_at("portal:materials", draft.pk))
    answer = agent.sends("portal:materials", draft.pk, **files_for(codes), do="next")
    assert answer.status_code == 302, answer.content.decode()
    return codes


def when_the_agent_files(agent: Person, draft: FilingDraft) -> Bundle:
    key = hidden(agent.looks_at("portal:check", draft.pk), "key")
    answer = agent.sends("portal:check", draft.pk, key=key)
    assert answer.status_code == 302, answer.content.decode()
    return Bundle.objects.latest("pk")


def given_a_filing(house: House, firm: str, foreigner: Foreigner) -> Bundle:
    """The applicant's whole part, from the passport to the bundle, and the papers it owes printed."""
    agent = house.agent(firm)
    dossier = when_the_agent_opens_a_dossier(agent, foreigner)
    draft = when_the_agent_answers_the_questions(agent, dossier, foreigner)
    when_the_agent_hands_in_each_material_once(agent, draft)
    bundle = when_the_agent_files(agent, draft)
    house.let_the_worker_run()
    return bundle


# --- any step, by anyone ----------------------------------------------------------------------------------------------


def step_address(person: Person, case: Case, step: str) -> str:
    assert person.user is not None
    desk = person.user.kind == User.Kind.STAFF
    return reverse(f"{'desk' if desk else 'portal'}:step", args=[case.number, step])


def tries(person: Person, case: Case, step: str, **data: Any) -> Any:
    """Press the button of a step's own page, with the key and version that stand in it."""
    where = step_address(person, case, step)
    page = person.looks_at(where)
    return person.sends(where, **{"key": hidden(page, "key"), "version": hidden(page, "version"), **data})


def when(house: House, bundle: Bundle, letter: str, desk: str, step: str, **data: Any) -> Case:
    """``desk`` (or "agent") takes ``step`` of the bundle's case with this letter; the worker does what follows."""
    case = case_of(bundle, letter)
    person = house.enter(agent_of(house, bundle)) if desk == "agent" else house.officer(case, desk)
    answer = tries(person, case, step, **data)
    assert answer.status_code == 302, (step, answer.status_code, said(answer))
    house.let_the_worker_run()
    return case_of(bundle, letter)


def when_a_visit_is_booked(house: House, bundle: Bundle, *, letter: str = "R", nth: int = 0) -> Case:
    """The agent opens the page of the step, sees the free times and takes the ``nth``."""
    case = case_of(bundle, letter)
    agent = house.enter(agent_of(house, bundle))
    times = re.findall(r'name="slot" value="([^"]+)"', agent.looks_at(step_address(agent, case, "apply")))
    assert times, "no time is free"
    return when(house, bundle, letter, "agent", "apply", slot=times[nth], comes="in_person")


def agent_of(house: House, bundle: Bundle) -> User:
    return next(
        house.cast.agents[key] for key, firm in house.cast.firms.items() if firm.pk == bundle.employer_id
    )


def when_the_permit_is_granted(house: House, bundle: Bundle) -> Case:
    """From the filing to the grant by three people of the office."""
    met = conditions_met(case_of(bundle))
    when(house, bundle, "W", "reception", "pre_review", remark="材料齐全")
    when(house, bundle, "W", "reception", "accept")
    when(house, bundle, "W", "review", "first_review", **met)
    if "second_review" in case_of(bundle).policy_version.pack.matters["permits"].stages:
        when(house, bundle, "W", "review", "second_review", **met)
    return when(house, bundle, "W", "decide", "grant", remark="同意")


def conditions_met(case: Case) -> dict[str, str]:
    entries = case.policy_version.pack.matters[case.matter].conditions
    codes = [code for code, entry in entries.items() if entry.belongs_to(case.sub_matter)]
    return {f"condition_{code}": "met" for code in codes}


# --- what must be so --------------------------------------------------------------------------------------------------


def said(answer: Any) -> str:
    """The sentences of a refused page."""
    text = answer.content.decode() if hasattr(answer, "content") else str(answer)
    found = re.findall(
        r'<div class="(?:error-summary|banner )[^>]*>.*?</div>|<p class="reason">.*?</p>', text, re.S
    )
    return re.sub(r"<[^>]+>|\s+", " ", " ".join(found))


def then_it_is_refused(answer: Any, status: int, *sentences: str) -> str:
    """Refused with this status, in these words. Returns the page."""
    page = str(answer.content.decode())
    assert answer.status_code == status, (answer.status_code, said(answer))
    for sentence in sentences:
        assert sentence in page, (sentence, said(answer))
    return page


def plain(text: str) -> str:
    """Without white space; NFKC, since PDF readers give some radicals their compatibility form."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def text_of_pdf(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    return plain("".join(page.get_textpage().get_text_range() for page in document))


def then_every_paper_can_be_read_and_verified(house: House, bundle: Bundle, *, name: str) -> dict[str, int]:
    """Each notice is a signed PDF with its number, the person's name and the code of a public page that says it is valid.

    The proof of service names the papers instead of the person. Returns how many there are of each kind.
    """
    agent = house.enter(agent_of(house, bundle))
    counted: dict[str, int] = {}
    for notice in Notice.objects.filter(case__bundle=bundle).order_by("pk"):
        assert notice.status in ISSUED, (notice.kind, notice.status, notice.failure)
        answer = agent.browser.get(reverse("portal:paper", args=[notice.code]))
        assert answer["Content-Type"] == "application/pdf"
        data = answer.content
        assert b"/ByteRange" in data, "the PDF is signed"
        text = text_of_pdf(data)
        about = notice.case.number if notice.kind == PROOF else name
        for words in (notice.number, about, spaced(notice.code), f"/v/{notice.code}/"):
            assert plain(words) in text, (notice.kind, words)
        public = house.nobody.looks_at("portal:verify", notice.code)
        assert VALID in public
        assert notice.number in public
        assert name not in public, "the public page names nobody"
        counted[notice.kind] = counted.get(notice.kind, 0) + 1
    return counted


def then_the_house_is_in_order() -> None:
    """At its last moment, once the worker and the sweep have come round, every invariant holds."""
    last = CaseEvent.objects.order_by("-at").values_list("at", flat=True).first()
    now = clock.now()
    at = max(last or now, now)
    sweep(at=at)
    while relay(at=at).total:
        pass
    breaches = verify(at=at, worked=True)
    assert not breaches, "\n".join(map(str, breaches))
