"""The browser as a third program: it agrees with draw.py and verifier.py on random draws, names every tampering with its step,
and the button of the public page says so in words."""

from __future__ import annotations

import copy
import json
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
from tests.unit.test_supervision_verifier import TAMPERING, float_cap, published, vector_record

pytestmark = pytest.mark.browser
EACH = """async ([module, records]) => { const { verify } = await import(module); const said = [];
    for (const one of records) said.push(await verify(one).catch((error) => error.step ?? String(error)));
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
    said = page.evaluate(EACH, [static("draws/draw1.js"), good])
    assert said == ["ok"] * 151 + ["cancelled"]
    bad, steps = [], []
    for tamper, step in TAMPERING:
        if tamper is not float_cap:  # JSON.parse reads 3.0 as 3: said in draw1.js
            bad.append(copy.deepcopy(vector_record()))
            tamper(bad[-1])
            steps.append(step)
    assert page.evaluate(EACH, [static("draws/draw1.js"), bad]) == steps
    assert complaints == []
