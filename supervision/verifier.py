#!/usr/bin/env python3
"""Check a published DRAW1 draw (双随机) on your own computer. Python 3.10 or later, nothing else, no network.

    python3 verifier.py RECORD.json                 OK, or FAILED at step <n>: <what differs>; exit 0 or 1
    python3 verifier.py FIRST.json SECOND.json …    the same for each, then for the series: no number missing, no code used twice
    python3 verifier.py --compute INPUT.json        what the draw must give, as JSON (commit_doc, objects, inspectors,
                                                    entropy_values, reveal in; it judges nothing, but warns on stderr)

Steps: 1 plan, 2 rosters, 3 commitment, 4 public randomness, 5 key, 6 tickets, 7 samples, 8 inspectors, 9 substitution and
cancelling, 10 the record as a whole. Written apart from draw.py on purpose: two programs that agree are the proof.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import unicodedata
from math import comb
from pathlib import Path
from typing import Any

OBJECT: dict[str, Any] = {"id": str, "org": str, "stratum": str, "district": str, "need": list}
INSPECTOR: dict[str, Any] = {"id": str, "skills": list, "districts": list, "recuse": list, "load": int}
COMPUTED = {"commit_hash": 3, "entropy": 4, "reveal": 5, "prk": 5, "sizes": 7, "selected": 7, "reserve": 7}
COMPUTED.update({"round": 8, "assigned": 8, "unassignable": 8})
# Source: order of the numbers, lowest, highest, how many (0: as declared), whether a number may come twice, family.
SOURCES: dict[str, tuple[str, int, int, int, bool, str]] = {
    "dice": ("as-rolled", 0, 9, 0, True, "dice"),
    "双色球红球": ("ascending", 1, 33, 6, False, "双色球"),
    "双色球蓝球": ("ascending", 1, 16, 1, False, "双色球"),
}


class Failed(Exception):
    def __init__(self, step: int, what: str) -> None:
        super().__init__(f"FAILED at step {step}: {what}")


def need(holds: object, step: int, what: str) -> None:
    if not holds:
        raise Failed(step, what)


# --- 1–3: plan, rosters, commitment -----------------------------------------------------------------------------------


def jcs(value: Any, step: int) -> bytes:
    """RFC 8785 for text, whole numbers, lists and objects; anything else is refused."""
    if type(value) is str:
        try:
            return json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise Failed(step, f"{value!a} is not Unicode text") from None
    if type(value) is int:
        need(abs(value) < 2**53, step, f"the number {value} is too large")
        return b"%d" % value
    if type(value) is list:
        return b"[" + b",".join(jcs(item, step) for item in value) + b"]"
    need(type(value) is dict, step, f"{value!r} is neither text, whole number, list nor object")
    pairs = {
        jcs(key, step): value[key]
        for key in sorted(value, key=lambda key: key.encode("utf-16-be", "replace"))
    }
    return b"{" + b",".join(name + b":" + jcs(item, step) for name, item in pairs.items()) + b"}"


def whole(value: Any, low: int, high: int = 2**53 - 1) -> bool:
    return type(value) is int and low <= value <= high


def part(record: dict[str, Any], name: str, step: int) -> dict[str, Any]:
    found = record.get(name)
    if type(found) is not dict:
        raise Failed(step, f"{name} is missing")
    return found


def word(value: Any, step: int, where: str) -> None:
    if type(value) is not str or not value or "\0" in value:
        raise Failed(step, f"{where}: {value!a} is not a text")
    jcs(value, step)
    if not unicodedata.is_normalized("NFC", value):
        raise Failed(step, f"{where}: {value!a} is not in Unicode form NFC")


def check_plan(plan: Any) -> None:
    need(type(plan) is dict, 1, "the plan is missing")
    jcs(plan, 1)
    word(plan.get("id"), 1, "plan id")
    need(whole(plan.get("min_ppm"), 50_000, 1_000_000), 1, "min_ppm is not between 50000 and 1000000")
    need(type(plan.get("strata")) is dict, 1, "strata are missing")
    for name, stratum in plan["strata"].items():
        word(name, 1, "stratum")
        fits = (
            type(stratum) is dict and whole(stratum.get("ppm"), 0, 1_000_000) and whole(stratum.get("min"), 0)
        )
        need(fits, 1, f"stratum {name}: ppm is not between 0 and 1000000, or min is not a count")
    need(plan.get("per_visit") == 2, 1, "per_visit is not 2")
    need(whole(plan.get("cap"), 0) and whole(plan.get("rounds"), 1), 1, "cap or rounds is not a count")


def check_rows(kind: str, rows: Any, form: dict[str, Any]) -> None:
    need(type(rows) is list, 2, f"{kind} are missing")
    seen = set()
    for row in rows:  # a register may have a million rows: no message is made unless it is needed
        if type(row) is not dict or set(row) != set(form):
            raise Failed(2, f"{kind}: a row is not {{{', '.join(form)}}}: {row!r}")
        for name, kind_of in form.items():
            if type(row[name]) is not kind_of or (kind_of is int and not whole(row[name], 0)):
                raise Failed(2, f"{kind} {row['id']!a}: {name} has the wrong form")
            for item in [row[name]] if kind_of is str else row[name] if kind_of is list else []:
                word(item, 2, kind)
        if row["id"] in seen:
            raise Failed(2, f"{kind}: {row['id']} is listed twice")
        seen.add(row["id"])


def roster(kind: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    lines = [jcs(row, 2) + b"\n" for row in sorted(rows, key=lambda row: row["id"].encode())]
    return {
        "n": len(rows),
        "sha256": hashlib.sha256(f"DRAW1/roster/{kind}\n".encode() + b"".join(lines)).hexdigest(),
    }


# --- 4–6: entropy, key, tickets ---------------------------------------------------------------------------------------


def check_sources(declared: list[Any], values: list[list[int]]) -> None:
    """At least two independent sources, together 64 bits; numbers such as the source can give."""
    outcomes, families, seen = 1, set(), set()
    for source, numbers in zip(declared, values, strict=True):
        name, issue = source["src"], source.get("issue", "")
        need((name, issue) not in seen, 4, f"source {name} {issue} is declared twice")
        seen.add((name, issue))
        order, low, high, count, again, family = SOURCES.get(name, (source["order"], 0, 2**53, 0, True, name))
        families.add((family, issue))
        fixed = name not in SOURCES or source.get("issue" if count else "count")
        need(fixed, 4, f"source {name}: {'which issue' if count else 'how many'} was not fixed beforehand")
        need(source["order"] == order, 4, f"source {name}: the order must be {order}")
        need(
            all(low <= number <= high for number in numbers),
            4,
            f"source {name}: a number outside {low}–{high}",
        )
        need(again or len(set(numbers)) == len(numbers), 4, f"source {name}: a number comes twice")
        need(not count or len(numbers) == count, 4, f"source {name}: {len(numbers)} numbers, not {count}")
        if name in SOURCES:  # what an unknown source can give is unknown: it adds no counted bits
            faces = high - low + 1
            outcomes *= faces ** len(numbers) if again else comb(faces, len(numbers))
    need(len(families) >= 2, 4, "fewer than two independent sources")
    need(outcomes >= 2**64, 4, "the sources together give less than 64 bits")


def entropy_text(declared: Any, values: Any) -> str:
    need(type(declared) is list and type(values) is list, 4, "entropy is missing")
    need(len(declared) == len(values), 4, f"{len(declared)} sources declared, {len(values)} given")
    text = ""
    for source, numbers in zip(declared, values, strict=True):
        named = (
            type(source) is dict and type(source.get("src")) is str and type(source.get("issue", "")) is str
        )
        need(named, 4, f"not a source: {source!r}")
        name, order = source["src"], source.get("order")
        need(order in ("as-rolled", "ascending"), 4, f"source {name}: unknown order {order!r}")
        need(type(numbers) is list and numbers, 4, f"source {name}: no numbers")
        need(all(whole(number, 0) for number in numbers), 4, f"source {name}: not whole numbers")
        said = source.get("count", len(numbers))
        need(said == len(numbers), 4, f"source {name}: {len(numbers)} numbers, {said} declared")
        text += "".join(f"{n}." for n in (sorted(numbers) if order == "ascending" else numbers)) + "/"
    return text


def hex32(value: Any, step: int, name: str) -> bytes:
    need(
        type(value) is str and len(value) == 64 and set(value) <= set("0123456789abcdef"),
        step,
        f"{name} is not 64 hex digits",
    )
    return bytes.fromhex(value)


def ticket(key: bytes, *parts: str) -> bytes:
    return hmac.digest(key, b"\0".join([b"DRAW1", *(part.encode() for part in parts)]) + b"\1", "sha256")


# --- 7–8: samples, inspectors -----------------------------------------------------------------------------------------


def samples(key: bytes, plan: dict[str, Any], objects: list[dict[str, Any]]) -> dict[str, Any]:
    pools: dict[str, list[str]] = {name: [] for name in sorted(plan["strata"], key=str.encode)}
    for row in objects:
        if row["stratum"] not in pools:
            raise Failed(2, f"objects {row['id']}: stratum {row['stratum']} is not in the plan")
        pools[row["stratum"]].append(row["id"])
    total, sizes = len(objects), {}
    for name, pool in pools.items():
        rule = plan["strata"][name]
        sizes[name] = min(len(pool), max(rule["min"], -(-len(pool) * rule["ppm"] // 10**6)))
    wanted = -(-total * plan["min_ppm"] // 10**6)
    while sum(sizes.values()) < wanted:  # min() keeps the first of equals, and the names are in order
        name = min(
            (n for n in pools if sizes[n] < len(pools[n])),
            key=lambda n: sizes[n] * total - wanted * len(pools[n]),
        )
        sizes[name] += 1
    selected, reserve = [], {}
    for name, pool in pools.items():
        pool.sort(key=lambda i: (ticket(key, "object", name, i), i.encode()))
        selected += pool[: sizes[name]]
        reserve[name] = pool[sizes[name] :]
    return {"sizes": sizes, "selected": selected, "reserve": reserve}


def may_go(person: dict[str, Any], visit: dict[str, Any]) -> bool:
    return visit["district"] in person["districts"] and not {visit["id"], visit["org"]} & set(
        person["recuse"]
    )


def queue(
    key: bytes, round_: int, visit: dict[str, Any], people: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The people who may go, in ticket order; the cap is not looked at."""
    able = [person for person in people if may_go(person, visit)]
    return sorted(
        able, key=lambda p: (ticket(key, "inspector", str(round_), visit["id"], p["id"]), p["id"].encode())
    )


def pairs(
    key: bytes, plan: dict[str, Any], visits: list[dict[str, Any]], people: list[dict[str, Any]]
) -> dict[str, Any]:
    best: dict[str, Any] = {}
    room = {person["id"]: plan["cap"] - person["load"] for person in people}
    width = {v["id"]: sum(may_go(p, v) and room[p["id"]] > 0 for p in people) for v in visits}
    for number in range(plan["rounds"]):
        left, assigned, unassignable = dict(room), {}, []
        for visit in sorted(
            visits,
            key=lambda v: (width[v["id"]], ticket(key, "order", str(number), v["id"]), v["id"].encode()),
        ):
            free = [person for person in queue(key, number, visit, people) if left[person["id"]] > 0]
            lead = next((p["id"] for p in free if set(visit["need"]) <= set(p["skills"])), None)
            second = next((p["id"] for p in free if p["id"] != lead), None)
            if lead is None or second is None:
                unassignable.append(visit["id"])
                continue
            assigned[visit["id"]] = [lead, second]
            left[lead] -= 1
            left[second] -= 1
        if not best or len(unassignable) < len(best["unassignable"]):
            best = {"round": number, "assigned": assigned, "unassignable": unassignable}
        if not unassignable:
            break
    return best


def reason(visit: dict[str, Any], people: list[dict[str, Any]]) -> str:
    able = [person for person in people if may_go(person, visit)]
    if len(able) < 2:
        return "nobody-fits"
    return "cap-reached" if any(set(visit["need"]) <= set(p["skills"]) for p in able) else "no-skill"


def check_input(record: dict[str, Any]) -> None:
    check_plan(part(record, "commit_doc", 3).get("plan"))
    check_rows("objects", record.get("objects"), OBJECT)
    check_rows("inspectors", record.get("inspectors"), INSPECTOR)


def compute(record: dict[str, Any]) -> dict[str, Any]:
    """Every field the draw must give, from an input that passed check_input; does not judge it otherwise."""
    doc = record["commit_doc"]
    committed = hashlib.sha256(b"DRAW1/commit\n" + jcs(doc, 3)).digest()
    text = entropy_text(doc.get("entropy"), record.get("entropy_values"))
    message = committed + len(text).to_bytes(4, "big") + text.encode()
    key = hmac.digest(hex32(record.get("reveal"), 5, "reveal"), message, "sha256")
    drawn = samples(key, doc["plan"], record["objects"])
    rows = {row["id"]: row for row in record["objects"]}
    visits = [rows[i] for i in drawn["selected"]]
    out = {
        "commit_doc": doc,
        "commit_hash": committed.hex(),
        "reveal": record["reveal"],
        "entropy": text,
        "prk": key.hex(),
    }
    return {**out, **drawn, **pairs(key, doc["plan"], visits, record["inspectors"])}


# --- 9–10: substitutions, the record, the series ----------------------------------------------------------------------


def check_promises(record: dict[str, Any]) -> None:
    """Rosters, commitment and reveal are those promised (steps 1–3 and 5)."""
    check_input(record)
    doc = record["commit_doc"]
    for kind in ("objects", "inspectors"):
        differ(2, f"{kind} (count and hash of the roster)", doc.get(kind), roster(kind, record[kind]))
    kept = {row["id"] for row in record["objects"]} | {row["id"] for row in record["inspectors"]}
    for row in record.get("excluded", []):
        stated = type(row) is dict and any(
            name != "id" and type(why) is str and why for name, why in row.items()
        )
        need(stated, 2, f"excluded: no reason given: {row!r}")
        word(row.get("id"), 2, "excluded: id")
        need(row["id"] not in kept, 2, f"excluded: {row['id']} is in a roster as well")
    need(doc.get("alg") == "DRAW1-SHA256", 3, f"unknown algorithm {doc.get('alg')!r}")
    code = part(doc, "otc", 3)
    need(code.get("n") == 16, 3, "otc.n is not 16")
    committed = hashlib.sha256(b"DRAW1/commit\n" + jcs(doc, 3)).hexdigest()
    if "commit_hash" in record:
        differ(3, "commit_hash", record["commit_hash"], committed)
    hashed = hashlib.sha256(hex32(record.get("reveal"), 5, "reveal")).hexdigest()
    differ(5, "hash of the reveal", hashed, code.get("commit"))


def differ(step: int, name: str, said: Any, found: Any) -> None:
    if type(said) is type(found) and isinstance(said, (dict, list)):
        for key in said if isinstance(said, dict) else range(min(len(said), len(found))):
            if isinstance(said, list) or key in found:
                differ(step, f"{name}[{key}]", said[key], found[key])
    if jcs(said, step) != jcs(found, step):
        raise Failed(step, f"{name} is {brief(said)}, must be {brief(found)}")


def brief(value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 200 else shown[:200] + " …"


def check_substitutions(record: dict[str, Any], key: bytes) -> None:
    """{object, out, in, reason, approver}: `in` is the next after `out` in the ticket order who may go, has room, was
    not taken off this visit before and, for the lead, has the skills; null if there is nobody."""
    plan, people = record["commit_doc"]["plan"], {p["id"]: p for p in record["inspectors"]}
    visits = {row["id"]: row for row in record["objects"]}
    teams = {name: list(team) for name, team in record["assigned"].items()}
    load = {
        name: person["load"] + sum(name in team for team in teams.values()) for name, person in people.items()
    }
    gone: dict[str, set[str]] = {}
    for number, change in enumerate(record.get("substitutions", [])):
        where = f"substitutions[{number}]"
        need(
            type(change) is dict and all(change.get(k) for k in ("reason", "approver")),
            9,
            f"{where}: no reason or approver",
        )
        visit, out = str(change.get("object")), change.get("out")
        need(
            type(out) is str and out in teams.get(visit, []),
            9,
            f"{where}: {out} is not on the visit to {visit}",
        )
        order = queue(key, record["round"], visits[visit], record["inspectors"])
        slot = teams[visit].index(out)
        off = gone.setdefault(visit, set())
        off.add(out)
        skills = set(visits[visit]["need"]) if slot == 0 else set()
        after = order[[person["id"] for person in order].index(out) + 1 :]
        free = [p["id"] for p in after if load[p["id"]] < plan["cap"] and skills <= set(p["skills"])]
        found = next((name for name in free if name not in off and name not in teams[visit]), None)
        need(change.get("in") == found, 9, f"{where}: in is {change.get('in')}, must be {found}")
        teams[visit][slot] = found
        load[out] -= 1
        if found is not None:
            load[found] += 1


def verify(record: Any) -> None:
    """Raises Failed at the first step that does not hold."""
    need(type(record) is dict, 10, "the record is not a JSON object")
    for name in ("excluded", "substitutions"):
        need(type(record.get(name, [])) is list, 10, f"{name} is not a list")
    if "cancelled" in record:
        check_promises(record)
        why = record["cancelled"]
        need(
            type(why) is dict and type(why.get("reason")) is str and why["reason"],
            9,
            "cancelled without a reason",
        )
        return
    for name, step in COMPUTED.items():
        need(name in record or name == "entropy", step, f"{name} is missing")
    check_promises(record)
    text = entropy_text(record["commit_doc"].get("entropy"), record.get("entropy_values"))
    check_sources(record["commit_doc"]["entropy"], record["entropy_values"])
    if "entropy" in record:
        differ(4, "entropy", record["entropy"], text)
    found = compute(record)
    for name, step in COMPUTED.items():
        if name in record:
            differ(step, name, record[name], found[name])
    if "reasons" in record:
        rows = {row["id"]: row for row in record["objects"]}
        why = {i: reason(rows[i], record["inspectors"]) for i in found["unassignable"]}
        differ(8, "reasons", record["reasons"], why)
    check_substitutions(record, bytes.fromhex(found["prk"]))


def verify_series(records: list[dict[str, Any]]) -> None:
    codes: dict[str, str] = {}
    numbers: dict[str, set[int]] = {}
    for record in records:
        plan = record["commit_doc"]["plan"]["id"]
        code = record["commit_doc"]["otc"]["commit"]
        need(code not in codes, 3, f"{plan} uses the one-time code of {codes.get(code)} again")
        codes[code] = plan
        prefix, _, number = plan.rpartition("-")
        need(number.isascii() and number.isdigit(), 9, f"{plan} does not end in a number")
        need(int(number) not in numbers.setdefault(prefix, set()), 9, f"{plan} comes twice")
        numbers[prefix].add(int(number))
    for prefix, found in numbers.items():
        missing = sorted(set(range(min(found), max(found))) - found)
        need(not missing, 9, f"{prefix}: no record of draw {', '.join(map(str, missing[:20]))}")


def once(pairs_: list[tuple[str, Any]]) -> dict[str, Any]:
    need(len(dict(pairs_)) == len(pairs_), 10, f"a name comes twice in {brief(pairs_)}")
    return dict(pairs_)


def nowhere(name: str) -> Any:
    raise Failed(10, f"{name} is not JSON")


def read(path: str) -> Any:
    try:
        text = Path(path).read_text(encoding="utf-8")
        return json.loads(text, object_pairs_hook=once, parse_constant=nowhere)
    except (OSError, ValueError, RecursionError) as error:
        raise Failed(10, f"{path} cannot be read: {error}") from None


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 1
    asked = arguments[0] == "--compute"
    try:
        records = [read(path) for path in (arguments[1:2] if asked else arguments)]
        need(records, 10, "no file named")
        if not asked:
            for record in records:
                verify(record)
            verify_series(records if len(records) > 1 else [])
            print("OK")
            return 0
        need(type(records[0]) is dict, 10, "the input is not a JSON object")
        check_input(records[0])
        print(json.dumps(compute(records[0])))
    except Failed as failed:
        print(failed, file=sys.stderr if asked else sys.stdout)
        return 1
    except RecursionError:
        print("FAILED at step 10: nested too deeply", file=sys.stderr if asked else sys.stdout)
        return 1
    try:
        check_promises(records[0])
    except Failed as failed:
        print(f"Note: as a record this would have {failed}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
