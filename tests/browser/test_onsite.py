"""An inspector's phone in a real browser: the network cut, the browser killed, an answer lost, a record refused; and nothing to read on it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Error, expect

from foreignwork.accounts.models import Organisation, Post, User
from foreignwork.demo.cast import Cast
from foreignwork.desk import seat as desk_seat
from foreignwork.workflow.invariants import verify
from supervision.models import Evidence, FieldDevice, FieldRecord, Inspection
from supervision.views import onsite as onsite_views
from tests.matters.cast_supervision import Oversight, drain, muster
from tests.matters.test_supervision_inspection import act, assigned
from tests.matters.test_supervision_onsite import picture
from tests.stage import AT
from tests.stage import real_cast as real_cast

pytestmark = pytest.mark.browser
PHRASE = "黄河之滨 2026"
ADDRESS = "兰州市城关区示例路 1 号"
SAID = "日常工作是联系客户"
CANARY = "金丝雀在数据库里"
OPEN = "/supervision/onsite/"

INK = "(it) => it.getContext('2d').getImageData(0, 0, it.width, it.height).data.some((part, n) => n % 4 === 0 && part < 100)"


class Phone:
    """A browser with a folder of its own, which outlives it."""

    def __init__(self, browser_type: Any, launch: dict[str, Any], folder: Path, url: str) -> None:
        self.start_args = (browser_type, launch, folder, url)
        self.folder, self.url, self.context = folder, url, None
        self.start()

    def start(self, *, offline: bool = False) -> None:
        kind, launch, folder, url = self.start_args
        self.context = kind.launch_persistent_context(
            str(folder), **launch, base_url=url, locale="zh-CN", timezone_id="Asia/Shanghai",
            viewport={"width": 390, "height": 844}, offline=offline, has_touch=True,
            geolocation={"latitude": 36.0611, "longitude": 103.8343, "accuracy": 12}, permissions=["geolocation"],
        )  # fmt: skip
        self.context.set_default_timeout(15_000)
        self.context.clock.set_fixed_time(AT)
        self.page = self.context.pages[0]
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def signs_in(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": self.url}])

    def killed(self) -> None:
        """As by the system when memory runs out: nobody is asked."""
        word = f"--user-data-dir={self.folder}".encode()
        for entry in Path("/proc").iterdir():
            if (
                entry.name.isdigit()
                and word in _words(entry / "cmdline")
                and b"--type=" not in b" ".join(_words(entry / "cmdline"))
            ):
                os.kill(int(entry.name), signal.SIGKILL)
        with contextlib.suppress(Error):
            self.context.close()
        for name in ("SingletonLock", "SingletonSocket", "SingletonCookie"):
            (self.folder / name).unlink(missing_ok=True)

    def goes(self, where: str) -> None:
        self.page.goto(where)

    def opens(self, *parts: str) -> None:
        for name in parts:
            self.page.get_by_role("link", name=name).first.click()

    def presses(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def signs(self, who: str) -> None:
        """Draw a line; again when the page moved under the pen and nothing is seen, as a person would."""
        box = self.page.locator(f"canvas[aria-label^={who}]")
        for _time in range(3):
            box.scroll_into_view_if_needed()
            area = box.bounding_box()
            self.page.mouse.move(area["x"] + 30, area["y"] + 40)
            self.page.mouse.down()
            for n in range(1, 6):
                self.page.mouse.move(area["x"] + 30 + n * 40, area["y"] + 40 + (n % 2) * 30)
            self.page.mouse.up()
            if box.evaluate(INK):
                return
        raise AssertionError(f"no line is seen on the sheet of {who}")

    def says(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()


def _words(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().split(b"\0")
    except OSError:
        return []


def lying_about(folder: Path, text: str) -> list[str]:
    """Files of the phone in which the text can be read, in any encoding a browser writes."""
    needles = [text.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")]
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path.name for path in files if any(needle in path.read_bytes() for needle in needles)]


@pytest.fixture
def visit(real_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> tuple[Oversight, Inspection]:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    house = muster(real_cast)
    Organisation.objects.filter(pk=house.firms[0].pk).update(address=ADDRESS)
    return house, act(house, assigned(house), "inspector-1", "announce", planned_on=AT.date().isoformat())


@pytest.fixture
def phone(
    browser_type: Any, browser_type_launch_args: dict[str, Any], tmp_path: Path, live_url: str
) -> Iterator[Phone]:
    found = Phone(browser_type, browser_type_launch_args, tmp_path / "phone", live_url)
    yield found
    found.context.close()


def shots(folder: Path) -> tuple[Path, Path, Path]:
    """Two photographs, and one that broke off while it was written."""
    paths = (folder / "one.jpg", folder / "broken.jpg", folder / "two.jpg")
    for path, data in zip(
        paths, (picture(), picture(color="red")[:3000], picture(color="green")), strict=True
    ):
        path.write_bytes(data)
    return paths


def test_without_network_killed_refused_and_each_record_once(
    phone: Phone,
    visit: tuple[Oversight, Inspection],
    tmp_path: Path,
    screenshots: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house, case = visit
    firm = house.firms[0].name_zh
    one, broken, two = shots(tmp_path)
    page = phone.page

    # Made ready with network: one visit, sealed.
    phone.signs_in(house.people["inspector-1"])
    phone.goes(OPEN)
    page.get_by_label("口令", exact=True).fill(PHRASE)
    page.get_by_label("再输入一次").fill(PHRASE)
    phone.presses("保存并下载检查任务")
    phone.says(firm)
    page.evaluate("navigator.serviceWorker.ready.then(() => new Promise((done) => setTimeout(done, 300)))")
    page.evaluate(
        """word => new Promise((done) => { const asked = indexedDB.open("control", 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore("rows").put(word, 1);
        asked.onsuccess = () => { asked.result.close(); done(); }; })""",
        CANARY,
    )

    # The network is gone. The page opens from the phone, by the phrase only.
    phone.context.set_offline(True)
    page.reload()
    page.get_by_label("口令", exact=True).fill("falsch geraten")
    phone.presses("打开")
    phone.says("口令不正确")
    page.get_by_label("口令", exact=True).fill(PHRASE)
    phone.presses("打开")
    phone.says(ADDRESS)
    phone.opens(firm, "到场亮证")
    page.get_by_label("主检人员已出示执法证").check()
    page.get_by_label("协检人员已出示执法证").check()
    page.get_by_label("单位接待人").fill("张经理")
    phone.presses("确认到场")
    for file, text in ((one, "门头"), (broken, "工位")):
        phone.opens("照片")
        page.set_input_files("#shot", file)
        phone.says("已定位")
        page.get_by_label("说明").fill(text)
        phone.presses("保存照片")
    phone.opens("询问")
    page.get_by_label("被询问人").fill("赵某 销售")
    page.get_by_label("询问和回答").fill(SAID)
    phone.presses("保存询问")
    phone.says("待发送 4 条")
    phone.opens("检查笔录")
    page.locator("[name=result_post_as_permitted]").select_option("to_follow")
    page.locator("[name=note_post_as_permitted]").fill("两人实际从事销售。")
    page.locator("[name=signed]").select_option("signed")
    page.locator("[name=signer]").fill("张经理")
    phone.signs("主检人员")
    page.wait_for_timeout(700)  # longer than the page waits before it saves
    assert not FieldRecord.objects.exists()

    # Killed. What lies in its folder can be read by nobody; a word put there in the clear is found.
    assert phone.complaints == []
    phone.killed()
    assert lying_about(phone.folder, CANARY), "the control: what is in the clear is found"
    for secret in (firm, ADDRESS, "张经理", SAID, "两人实际从事销售", PHRASE, case.number):
        assert lying_about(phone.folder, secret) == [], secret

    # Opened again, still without network: everything is there, the half-written record too.
    phone.start(offline=True)
    page = phone.page
    phone.goes(OPEN)
    page.get_by_label("口令", exact=True).fill(PHRASE)
    phone.presses("打开")
    phone.says("待发送 4 条")
    phone.opens(firm, "检查笔录")
    expect(page.locator("[name=note_post_as_permitted]")).to_have_value("两人实际从事销售。")
    phone.signs("协检人员")
    phone.presses("完成笔录")
    phone.says("还缺：被检查单位")
    phone.signs("被检查单位")
    phone.presses("完成笔录")
    phone.says("待发送 5 条")

    # Network, and a sign-in. The answer to one record is lost on the way; one record is refused; the others go on.
    lost: list[str] = []
    receipt = onsite_views._receipt

    def losing(row: FieldRecord) -> dict[str, Any]:
        if row.evidence and row.evidence.kind == "interview" and not lost:
            lost.append(str(row.uuid))
            raise ConnectionError("the answer does not arrive")
        return receipt(row)

    monkeypatch.setattr(onsite_views, "_receipt", losing)
    phone.context.set_offline(False)
    phone.says("请重新登录后发送")
    phone.signs_in(house.people["inspector-1"])
    page.reload()
    phone.says("1 条未被接收，请处理")
    phone.says("待发送 1 条")
    assert len(lost) == 1
    phone.goes(OPEN)  # tried again: the same key, so the same receipt
    phone.says("已发送 4 条")
    page.goto("/supervision/desk/")
    page.get_by_role("button", name="退出", exact=True).click()
    page.wait_for_url("**/onsite/#/out")
    phone.says("还有 1 条记录没有发送")

    # The refused one says why, is put right, and goes.
    phone.opens("返回检查列表", firm)
    phone.says("已损坏或不完整")
    page.screenshot(path=screenshots / "onsite-rejected-390.png", full_page=True)
    phone.opens("修改")
    page.set_input_files("#shot", two)
    phone.says("已定位")
    phone.presses("保存照片")
    phone.says("已发送 5 条")
    case.refresh_from_db()
    assert case.state == "recorded"
    assert FieldRecord.objects.count() == 5
    kinds = list(Evidence.objects.filter(inspection=case).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["photo", "interview", "sign_lead", "sign_second", "sign_firm", "photo"]

    # Signed out: nothing is left.
    phone.goes(f"{OPEN}#/out")
    phone.presses("清除并退出")
    page.wait_for_url(lambda url: "onsite" not in url)
    left = "Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker.getRegistrations()])"
    names = page.evaluate(f"{left}.then((found) => found.map((one) => one.length))")
    assert names == [0, 0, 0], names
    assert page.evaluate("localStorage.length") == 0
    device = FieldDevice.objects.get()
    assert (device.closed_how, device.secret) == ("wiped", None)
    assert phone.complaints == []
    drain()
    assert verify(at=AT) == []

    # Made ready again; then the post ends. The next time the phone asks for anything, it is told to wipe.
    phone.signs_in(house.people["inspector-1"])
    phone.goes(OPEN)
    page.get_by_label("口令", exact=True).fill(PHRASE)
    page.get_by_label("再输入一次").fill(PHRASE)
    with page.expect_response(
        "**/onsite/pack/"
    ):  # else the post ends while the first visits are still on their way
        phone.presses("保存并下载检查任务")
    Post.objects.filter(user=house.people["inspector-1"]).update(until_on=AT.date() - timedelta(days=1))
    page.reload()
    phone.says("这部手机已停用，保存的内容已经清除")
    device = FieldDevice.objects.latest("pk")
    assert (device.closed_how, device.secret) == ("revoked", None)
    assert page.evaluate("indexedDB.databases().then((found) => found.map((one) => one.name))") == []
