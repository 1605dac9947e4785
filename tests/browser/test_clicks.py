"""The applicant's and the officers' parts by clicking, in Chinese, in English at one click, and without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from foreignwork.accounts.models import User
from foreignwork.cases import clock
from foreignwork.cases.models import Bundle
from foreignwork.demo import papers
from foreignwork.demo.people import ANNA, PASSWORD, Foreigner
from foreignwork.dossiers.mrz import compose
from foreignwork.workflow.invariants import verify
from tests.browser.scene import Scene
from tests.signin import code
from tests.stage import case_of

pytestmark = pytest.mark.browser


def sign_in(page: Any, scene: Scene, user: User) -> None:
    """As people do: name, password, and for officers the code of the authenticator."""
    page.goto(f"{scene.url}/accounts/login/")
    page.get_by_label("用户名").fill(user.username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    if user.kind == User.Kind.STAFF:
        page.get_by_label("验证码").fill(code())
        page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text(str(user)).first).to_be_visible()


def press(page: Any, role: Any, name: str, *, exact: bool = False) -> None:
    """Press and be on the next page: what is read without waiting (``count``, ``all``, ``url``) must not see the old one."""
    with page.expect_navigation():
        page.get_by_role(role, name=name, exact=exact).click()


def files(folder: Path) -> tuple[Path, Path]:
    sheet, photo = folder / "材料.pdf", folder / "照片.jpg"
    sheet.write_bytes(papers.sheet("材料", ["样例"]))
    photo.write_bytes(papers.photo("AE"))
    return sheet, photo


def file_one_bundle(page: Any, foreigner: Foreigner, folder: Path) -> str:
    """From the agent's first page to the number of the bundle; every button by its words."""
    today = clock.today(clock.now())
    page.get_by_role("link", name="外国人档案").click()
    page.get_by_role("link", name="建立").first.click()
    page.locator("[name=mrz]").fill(compose(foreigner.passport(today)))
    page.get_by_label("中文姓名").fill(foreigner.name_zh)
    page.get_by_label("联系电话").fill("+86 931 1234567")
    page.get_by_label("电子邮箱").fill("anna@example.com")
    page.get_by_role("button", name="建立档案").click()
    for name, value in foreigner.work_facts(today).items():
        page.locator(f"[name={name}]").fill(str(value))
    press(page, "button", "保存")
    page.get_by_role("link", name="为此人办理").click()
    page.get_by_role("button", name="继续").click()
    press(page, "link", "办理事项和情况")
    for _question in range(20):
        if not re.search(r"/questions/", page.url):
            break
        for name, value in (
            ("purpose", "new"),
            ("person_in_china", "yes"),
            ("category", "B"),
            ("city", "lanzhou"),
            ("treaty_exempt", "no"),
            ("title_basis", "permit"),
            ("commit", "no"),
        ):
            if page.locator(f"[name={name}]").count():
                page.locator(f"[name={name}][value={value}]").check(force=True)
        if page.locator("[name=work_started_on]").count():
            page.locator("[name=work_started_on]").fill((today - timedelta(days=300)).isoformat())
        for radio in page.locator("main input[type=radio]").all():  # no answer of its own above: the first
            group = page.locator(f"main input[type=radio][name={radio.get_attribute('name')}]:checked")
            if not group.count():
                radio.check(force=True)
        press(page, "button", "保存并继续")
    assert "/questions/" not in page.url, page.inner_text("main")
    sheet, photo = files(folder)
    for field in page.locator("input[type=file]").all():
        field.set_input_files(photo if field.get_attribute("name") == "file_photo" else sheet)
    page.get_by_role("button", name="上传并继续").click()
    expect(page.get_by_role("heading", name="核对并提交")).to_be_visible()
    page.get_by_role("button", name="提交申请").click()
    bundle = Bundle.objects.get()
    expect(page.get_by_text(bundle.number).first).to_be_visible()
    return bundle.number


def test_the_agent_files_by_clicking_and_reads_english_at_one_click(
    page: Any, scene: Scene, tmp_path: Path
) -> None:
    sign_in(page, scene, scene.cast.agents["university"])
    number = file_one_bundle(page, ANNA, tmp_path)
    scene.work()
    page.goto(f"{scene.url}/bundles/{number}/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url.endswith(f"/bundles/{number}/"), "the same page, in English"
    expect(page.get_by_role("heading", name="Materials")).to_be_visible()
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")


def test_filing_works_without_javascript(scene: Scene, seat: Any, tmp_path: Path) -> None:
    page = seat(None, java_script_enabled=False)
    sign_in(page, scene, scene.cast.agents["university"])
    number = file_one_bundle(page, ANNA, tmp_path)
    assert Bundle.objects.get().number == number


def test_the_officers_decide_by_clicking(scene: Scene, seat: Any) -> None:
    bundle = scene.file("university", ANNA)
    case = case_of(bundle)
    way = [
        ("reception", [("预审通过", ""), ("受理", "")]),
        ("review", [("一级审查", "met"), ("二级审查", "met")]),
        ("decide", [("准予许可", "")]),
    ]
    for desk, steps in way:
        page = seat(None)
        sign_in(page, scene, scene.cast.officer(case, desk))
        page.get_by_role("link", name=re.compile("ERIKSSON|" + case.number)).first.click()
        for label, value in steps:
            take(page, label, value)
    assert case_of(bundle).state == "granted"
    scene.work()
    agent = seat(scene.cast.agents["university"])
    agent.goto(f"{scene.url}/bundles/{bundle.number}/")
    expect(agent.get_by_text("准予许可").first).to_be_visible()
    expect(agent.get_by_text("预约到窗口申请").first).to_be_visible()
    assert verify(at=clock.now()) == []


def take(page: Any, label: str, value: str) -> None:
    """The step in the panel, or on a page of its own when its form is long."""
    if value:
        press(page, "link", label, exact=True)
        for line in page.locator(f"input[type=radio][value={value}]").all():
            line.check(force=True)
    page.get_by_role("button", name=label, exact=True).click()
    expect(page.get_by_text(f"已完成：{label}")).to_be_visible()


def test_a_supplement_is_asked_for_and_answered_by_clicking(scene: Scene, seat: Any, tmp_path: Path) -> None:
    bundle = scene.file("university", ANNA)
    case = case_of(bundle)
    officer = seat(scene.cast.officer(case, "reception"))
    officer.goto(f"{scene.url}/desk/cases/{case.number}/")
    officer.get_by_role("link", name="一次性告知补正").click()
    officer.locator("[name=ask_degree]").check(force=True)
    officer.locator("[name=reason_degree]").select_option(index=1)
    officer.locator("[name=note_degree]").fill("请附中文翻译件")
    officer.get_by_role("button", name="一次性告知补正").click()
    expect(officer.get_by_text("已完成：一次性告知补正")).to_be_visible()
    scene.work()

    agent = seat(scene.cast.agents["university"])
    agent.goto(f"{scene.url}/home/")
    agent.get_by_role("link", name=re.compile("提交补正材料")).first.click()
    expect(agent.get_by_text("请附中文翻译件")).to_be_visible()
    sheet, _photo = files(tmp_path)
    agent.locator("[name=file_degree]").set_input_files(sheet)
    agent.get_by_role("button", name="提交补正材料").click()
    expect(agent.get_by_text("已完成：提交补正材料")).to_be_visible()
    assert case_of(bundle).state == "filed"
