"""The browser as a third program: it agrees with draw.py and verifier.py on random draws, names every tampering with its step,
and the button of the public page says so in words."""

from __future__ import annotations

import copy
import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from django.templatetags.static import static
from django.urls import reverse
from playwright.sync_api import expect

from foreignwork.demo.cast import Cast
from supervision import verifier
from supervision.draw import publish_cancelled
from supervision.tickets import reveal_of
from tests.matters.cast_supervision import approved_part, drawn, muster
from tests.stage import real_cast as real_cast
from tests.unit.draws import SECRET, vector_commitment
from tests.unit.test_supervision_verifier import TAMPERING, published, vector_record

pytestmark = pytest.mark.browser
EACH = """async ([module, files]) => { const { read, verify } = await import(module); const said = [];
    for (const one of files) said.push(await (async () => verify(read(new TextEncoder().encode(one))))()
        .catch((error) => error.step ?? error.name));
    return said; }"""


def test_the_page_checks_a_draw_by_itself(
    page: Any, live_url: str, real_cast: Cast, screenshots: Path, tmp_path: Path
) -> None:
    house = muster(real_cast)
    draw = drawn(house, approved_part(house))
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(live_url + reverse("supervision:public_draw", args=[draw.number]))
    page.get_by_role("button", name="现在核验").click()
    expect(page.get_by_text("全部重算无误")).to_be_visible()
    page.screenshot(path=screenshots / "draw-checked-1280.png", full_page=True)

    # A kept file in which a firm was spared: the step is named.
    record = page.request.get(live_url + reverse("supervision:record", args=[draw.number])).json()
    stratum = next(name for name, rest in record["reserve"].items() if rest)
    record["selected"][-1], record["reserve"][stratum][0] = (
        record["reserve"][stratum][0],
        record["selected"][-1],
    )
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(record))
    page.set_input_files("#draw-file", kept)
    expect(page.get_by_text("不一致：第 7 步不符。")).to_be_visible()
    page.set_input_files("#draw-file", {"name": "x.json", "mimeType": "text/html", "buffer": b"<html>"})
    expect(page.get_by_text("不是抽取记录")).to_be_visible()

    # quality C1 and C9: the published vector, 150 random draws, a cancelled one, and every tampering.
    good = [vector_record(), *(published(seed, objects=24) for seed in range(150))]
    good.append(
        json.loads(json.dumps(publish_cancelled(vector_commitment(), reveal_of(SECRET), "event-failed")))
    )
    for one in good:
        verifier.verify(one)
    said = page.evaluate(EACH, [static("draws/draw1.js"), [json.dumps(one) for one in good]])
    assert said == ["ok"] * 151 + ["cancelled"]
    bad, steps = [], []
    for tamper, step in TAMPERING:
        tampered = copy.deepcopy(vector_record())
        tamper(tampered)
        bad.append(json.dumps(tampered))
        steps.append(step)
    for text, step in files_read_two_ways(json.dumps(vector_record())):
        kept.write_text(text)
        assert ("OK" if step == "ok" else "FAILED") in says_of(kept)
        bad.append(text)
        steps.append(step)
    assert page.evaluate(EACH, [static("draws/draw1.js"), bad]) == steps
    assert complaints == []


def files_read_two_ways(text: str) -> list[tuple[str, Any]]:
    """What a lenient reader of JSON would let pass, as verifier.py must not; and what only looks like it."""
    more = text[:-1]
    return [
        (text.replace('"round": 0', '"round": 0.0'), 8),
        (text.replace('"round": 0', '"round": 0e0'), 8),
        (more + ', "round": 0}', 10),
        (more + ', "r\\u006fund" : 0}', 10),
        (more + ', "x": [{"a": 1, "b": {}, "a": 2}]}', 10),
        (text.replace('"substitutions": []', '"substitutions": null'), 10),
        (more + ', "x": NaN}', "SyntaxError"),
        ("\ufeff" + text, "SyntaxError"),
        (more + ', "x": "{\\"a\\": 1.5, \\"a\\": 2}", "y": {"a": "a"}}', "ok"),
    ]


def says_of(path: Path) -> str:
    """What the citizen's program prints."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        verifier.main([str(path)])
    return printed.getvalue()
