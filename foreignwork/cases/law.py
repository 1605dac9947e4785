"""Articles as people read them: “许可法 32(四)；S003-27” becomes “《行政许可法》第三十二条第四项”."""

from __future__ import annotations

import re

# Rows of our own requirement tables and notes stand beside the articles; outside this house they mean nothing.
OURS = re.compile(r"(S\d{3}-|law-notes|domain|decisions)")
SHORT = {
    "许可法": "行政许可法",
    "社保法": "社会保险法",
    "复议法": "行政复议法",
    "条例": "外国人入境出境管理条例",
}
CITED = re.compile(r"(?P<name>[^\d\s：（]+) (?P<articles>\d[^：]*)(?P<rest>：.*)?")
ARTICLE = re.compile(r"(?P<number>\d{1,2})(?P<items>(?:\([一二三四五六七八九十]+\))*)(?: ?(?P<part>.+))?")
DIGITS = "零一二三四五六七八九"


def in_words(cites: str) -> str:
    """``cites`` with the laws' names in full and the articles in words; our own sources left out. What has another shape
    (a document's number, a title) stays as it is."""
    parts = (part.strip() for part in cites.split("；"))
    return "；".join(_one(part) for part in parts if part and not OURS.match(part))


def _one(text: str) -> str:
    found = CITED.fullmatch(text)
    if not found:
        return text
    name = SHORT.get(found["name"], found["name"])
    return f"《{name}》" + "、".join(map(_article, found["articles"].split("、"))) + (found["rest"] or "")


def _article(text: str) -> str:
    found = ARTICLE.fullmatch(text.strip())
    if not found:
        return text
    items = "、".join(f"第{item}项" for item in re.findall(r"\((.+?)\)", found["items"]))
    part = (found["part"] or "").replace("末款", "最后一款")
    return f"第{_number(int(found['number']))}条{part}{items}"


def _number(number: int) -> str:
    """1 to 99 in Chinese: 32 → 三十二, 10 → 十."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return head + (DIGITS[ones] if ones else "")
