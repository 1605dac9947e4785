"""What must hold between the parts of a pack: yields ``(key, reason)`` faults. shape is in ``schema.py``.

Numbers checked against are the base pack's own ``caps``; no legal number stands here. References to the
registry of matters (stages, steps, roles) are checked above all floors, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product

from . import own, rules_classification, rules_places
from .pack import PURPOSE, Pack
from .schema import ANY, BUNDLE, Matter, Text, When

Fault = tuple[str, str]

REMEDY_WORDS = {"government", "court", "office", "online"}
TEXT_WORDS = {"matters"}


_MORE: list[Callable[[Pack], Iterable[Fault]]] = []


def also(check: Callable[[Pack], Iterable[Fault]]) -> None:
    """Enter a check of a floor above, for what this one cannot know."""
    if check not in _MORE:
        _MORE.append(check)


def faults(pack: Pack) -> Iterator[Fault]:
    yield from _meta(pack)
    yield from _matters(pack)
    yield from _limits(pack)
    yield from _caps(pack)
    yield from _references(pack)
    yield from _conditions(pack)
    if pack.classification is not None:
        categories = [category for matter in pack.matters.values() for category in matter.categories]
        yield from rules_classification.faults(pack.classification, pack.materials, categories)
    yield from _windows(pack)
    yield from rules_places.places(pack)
    yield from rules_places.conflicts(pack)
    if not pack.meta.base:
        yield from rules_places.offices(pack)
    for check in _MORE:
        yield from check(pack)


def _meta(pack: Pack) -> Iterator[Fault]:
    if not pack.meta.base and pack.meta.jurisdiction is None:
        yield "meta.jurisdiction", "a pack that is no base must name its jurisdiction"


def _matters(pack: Pack) -> Iterator[Fault]:
    for code, matter in pack.matters.items():
        at = f"matters.{code}"
        if code in (BUNDLE, ANY):
            yield at, "this name is reserved"
        for gate in matter.gates:
            for need in gate.needs:
                if need not in pack.matters or need == code:
                    yield f"{at}.gates", f"needs {need!r}, which is no other matter of the pack"
        stamped = [stage for hand in matter.hands for stage in hand]
        for stage in stamped:
            if stage not in matter.stages:
                yield f"{at}.hands", f"stage {stage!r} is not among the stages {list(matter.stages)}"
        if len(stamped) != len(set(stamped)) or any(not hand for hand in matter.hands):
            yield f"{at}.hands", "each hand holds at least one stage, and no stage is in two hands"
        if matter.distinct_people > max(len(matter.hands), 1):
            yield (
                f"{at}.distinct_people",
                (f"{matter.distinct_people} different people need as many hands, not {len(matter.hands)}"),
            )
        for code_, promise in matter.commitments.items():
            for name in promise.materials:
                if name not in pack.materials:
                    yield f"{at}.commitments.{code_}", f"there is no material {name!r}"
        for ground, entry in matter.office_grounds.items():
            for sub in entry.within:
                if sub not in matter.sub_matters or matter.sub_matters[sub].origin == "applied":
                    yield (
                        f"{at}.office_grounds.{ground}",
                        f"{sub!r} is no sub-matter the office begins itself",
                    )
        for sub, kind in matter.sub_matters.items():
            if kind.origin != "applied" and kind.when:
                yield (
                    f"{at}.sub_matters.{sub}",
                    "what the office begins itself has no answers that lead to it",
                )
        if matter.opened_by == "office" and (matter.required or matter.gates):
            yield at, "a matter that offices open is never required of an applicant and waits for no gate"
        yield from ((f"{at}.own.{key}", reason) for key, reason in own.faults(code, matter.own))
        yield from _kinds(at, matter)
        for act, remedy in matter.remedies.items():
            if remedy not in pack.remedies:
                yield f"{at}.remedies.{act}", f"there are no remedies named {remedy!r}"
    for circle in _circles(pack):
        yield f"matters.{circle}.gates", "the matters wait for each other in a circle"


def _kinds(at: str, matter: Matter) -> Iterator[Fault]:
    """Classes of sub-matters are classes of the matter; what is limited to sub-matters names existing ones."""
    for code, sub in matter.sub_matters.items():
        for category in sorted(set(sub.categories) - set(matter.categories)):
            yield f"{at}.sub_matters.{code}", f"there is no category {category!r}"
    for kind in ("conditions", "decline_reasons", "refusal_reasons"):
        for name, reason in getattr(matter, kind).items():
            for unknown in sorted(set(reason.within) - set(matter.sub_matters)):
                yield f"{at}.{kind}.{name}", f"there is no sub-matter {unknown!r}"


def _circles(pack: Pack) -> Iterator[str]:
    for start in pack.matters:
        todo, seen = [start], set()
        while todo:
            for gate in pack.matters[todo.pop()].gates:
                for need in gate.needs:
                    if need == start:
                        yield start
                        return
                    if need in pack.matters and need not in seen:
                        seen.add(need)
                        todo.append(need)


def _limits(pack: Pack) -> Iterator[Fault]:
    seen = set()
    for entry in pack.limits:
        at = f"limits[{entry.label}]"
        if entry.key in seen:
            yield at, "two entries for the same thing are in force on the same day"
        seen.add(entry.key)
        if entry.matter not in (*pack.matters, BUNDLE, ANY):
            yield at, f"there is no matter {entry.matter!r}"
            continue
        matter = pack.matters.get(entry.matter)
        if entry.sub_matter and (matter is None or entry.sub_matter not in matter.sub_matters):
            yield at, f"{entry.matter} has no sub-matter {entry.sub_matter!r}"
        if entry.category and matter is not None and entry.category not in matter.categories:
            yield at, f"{entry.matter} has no category {entry.category!r}"
        licensing = matter is None or matter.opened_by == "applicant"
        if licensing and entry.basis != "applicant" and entry.unit != "wd":
            yield at, "an authority's limit is in working days (行政许可法 82)"
        if entry.published_limit and entry.amount is None:
            yield at, "a published figure needs its amount"


def _caps(pack: Pack) -> Iterator[Fault]:
    """Statutory and promised limits of the kinds a cap covers must not, taken together, exceed it."""
    for cap in pack.caps:
        if cap.matter not in (*pack.matters, BUNDLE):
            yield f"caps[{cap.matter}]", f"there is no matter {cap.matter!r}"
            continue
        covered = [e for e in pack.limits if e.matter in (cap.matter, ANY) and e.kind in cap.kinds]
        subs = {None, *(e.sub_matter for e in covered)}
        categories = {None, *(e.category for e in covered)}
        reported = set()
        for basis, sub, category in product(
            ("statutory", "promised"), sorted(subs, key=str), sorted(categories, key=str)
        ):
            found = [pack.limit(cap.matter, kind, basis, sub, category) for kind in cap.kinds]  # type: ignore[arg-type]
            amounts = [entry.amount for entry in found if entry is not None and entry.amount is not None]
            label = next((e.label for e in reversed(found) if e is not None), "")
            if sum(amounts) > cap.amount and label not in reported:
                reported.add(label)
                what = " + ".join(cap.kinds)
                yield (
                    f"limits[{label}]",
                    (
                        f"{what} = {sum(amounts)} {cap.unit} exceeds "
                        f"the {cap.amount} {cap.unit} of {', '.join(cap.cites)}"
                    ),
                )


def _references(pack: Pack) -> Iterator[Fault]:
    for code, material in pack.materials.items():
        for matter in (*material.used_by, *material.called):
            if matter not in pack.matters:
                yield f"materials.{code}", f"there is no matter {matter!r}"
    for code, waiver in pack.waivers.items():
        for name in waiver.waives:
            if name not in pack.materials:
                yield f"waivers.{code}.waives", f"there is no material {name!r}"
        for matter in waiver.matters:
            if matter not in pack.matters:
                yield f"waivers.{code}.matters", f"there is no matter {matter!r}"
        for name in waiver.evidence:
            shown = pack.materials.get(name)
            if shown is None:
                yield f"waivers.{code}.evidence", f"there is no material {name!r}"
            elif any(waiver.when.get(key) != wanted for key, wanted in shown.when.items()):
                yield f"waivers.{code}.evidence", f"{name!r} is not asked for whenever the waiver holds"
    for code, gap in pack.gaps.items():
        for name in gap.materials:
            if name not in pack.materials:
                yield f"gaps.{code}.materials", f"there is no material {name!r}"
        for matter in gap.matters:
            if matter not in pack.matters:
                yield f"gaps.{code}.matters", f"there is no matter {matter!r}"
        stated = [entry for entry in pack.limits if entry.kind == gap.limit_kind and entry.amount is not None]
        if gap.offered and not any(entry.matter in gap.matters for entry in stated):
            yield f"gaps.{code}.offered", f"no limit {gap.limit_kind!r} says by when the materials follow"
    for code, remedy in pack.remedies.items():
        unknown = remedy.text.placeholders() - REMEDY_WORDS - set(pack.values)
        if unknown:
            yield f"remedies.{code}", f"unknown placeholder {{{min(unknown)}}}"
    for code, text in pack.texts.items():
        unknown = text.placeholders() - TEXT_WORDS
        if unknown:
            yield f"texts.{code}", f"unknown placeholder {{{min(unknown)}}}"
    for kind, notice in pack.notices.items():
        if Text(zh=notice.series, en=notice.series).placeholders() - {"short"}:
            yield f"notices.{kind}.series", "only {short} may be filled in"
        if notice.remedies and not any(notice.remedies in m.remedies for m in pack.matters.values()):
            yield f"notices.{kind}.remedies", f"no matter names remedies for {notice.remedies!r}"
    series = [notice.series for notice in pack.notices.values()]
    for kind, notice in pack.notices.items():
        if series.count(notice.series) > 1:
            yield f"notices.{kind}.series", f"{notice.series!r} is used twice, numbers would collide"
    for name, value in pack.values.items():
        if (value.value is None) == (not value.by):
            yield f"values.{name}", "give either value or by"


def _windows(pack: Pack) -> Iterator[Fault]:
    """A window belongs to offices, and is booked for matters, that the pack knows."""
    for code, window in pack.windows.items():
        for office in window.offices:
            if office not in pack.offices:
                yield f"windows.{code}.offices", f"there is no office {office!r}"
        if window.booking is None:
            continue
        if not window.offices:
            yield f"windows.{code}.booking", "a window that is booked belongs to an office"
        for matter in window.booking.matters:
            if matter not in pack.matters:
                yield f"windows.{code}.booking", f"there is no matter {matter!r}"


def _conditions(pack: Pack) -> Iterator[Fault]:
    """Every ``when`` asks for a known question and a possible answer, or it would silently never hold."""
    for where, when in _whens(pack):
        for key, wanted in when.items():
            if key not in pack.questions:
                yield where, f"asks for {key!r}, which is no question of the pack"
                continue
            question = pack.questions[key]
            allowed = {True, False} if question.type == "bool" else {o.value for o in pack.options(key)}
            for value in wanted if isinstance(wanted, list | tuple) else [wanted]:
                if question.type != "date" and value not in allowed:
                    yield where, f"{value!r} is no answer to {key!r}"
    for code, question in pack.questions.items():
        if question.type in ("choice", "multi") and not pack.options(code):
            yield f"questions.{code}.options", "a choice needs options"
        values = [option.value for option in question.options]
        for value in {value for value in values if values.count(value) > 1}:
            yield f"questions.{code}.options", f"{value!r} stands there twice"
        if question.held_of is not None and question.held_of not in pack.matters:
            yield f"questions.{code}.held_of", f"there is no matter {question.held_of!r}"
    for option in pack.options(PURPOSE) if PURPOSE in pack.questions else ():
        if not any(pack.fitting(code, {PURPOSE: option.value}) for code in pack.matters):
            yield f"questions.{PURPOSE}.options", f"no sub-matter of any matter fits {option.value!r}"


def _whens(pack: Pack) -> Iterator[tuple[str, When]]:
    for code, matter in pack.matters.items():
        for sub, entry in matter.sub_matters.items():
            yield f"matters.{code}.sub_matters.{sub}.when", entry.when
        for gate in matter.gates:
            yield f"matters.{code}.gates", gate.when
        yield f"matters.{code}.required_when", matter.required_when
    for code, matter in pack.matters.items():
        for name, promise in matter.commitments.items():
            yield f"matters.{code}.commitments.{name}.when", promise.when
    for code, material in pack.materials.items():
        yield f"materials.{code}.when", material.when
        for user, when in material.used_when.items():
            yield f"materials.{code}.used_when.{user}", when
    for code, waiver in pack.waivers.items():
        yield f"waivers.{code}.when", waiver.when
    for code, gap in pack.gaps.items():
        yield f"gaps.{code}.when", gap.when
    for code, question in pack.questions.items():
        yield f"questions.{code}.when", question.when
        for option in question.options:
            yield f"questions.{code}.options", option.when
