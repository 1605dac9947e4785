"""The round red seal on the paper, drawn by us: the name on the arc, a star, the purpose below, and the words 电子印章.

It is a picture for the reader; what binds is the signature (seals.py).
"""

from __future__ import annotations

import math
import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

RED = "#c8161d"
PURPOSE = re.compile(r"(?P<name>.{2,}?)(?P<purpose>(?:行政许可|行政审批|受理|业务|登记)*(?:专用章|办理章))")
RADIUS = 200  # the drawing is 420 × 420 units; the stylesheet prints it 42 mm wide (国发〔1999〕25号)


def split_name(name: str) -> tuple[str, str]:
    """甘肃省科学技术厅行政许可专用章 -> (甘肃省科学技术厅, 行政许可专用章)."""
    found = PURPOSE.fullmatch(name)
    return (found["name"], found["purpose"]) if found else (name, "")


def seal_svg(name: str) -> SafeString:
    """Inline SVG of a seal; ``name`` comes from the pack, and is escaped all the same."""
    arc, purpose = split_name(name)
    drawing = "".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-210 -210 420 420">',
            f'<circle r="{RADIUS - 6}" fill="none" stroke="{RED}" stroke-width="11"/>',
            _star(58 if purpose else 66, -8),
            _on_arc(arc),
            _line(purpose, 98, 42 if len(purpose) <= 5 else 38) if purpose else "",
            _line("电子印章", 142 if purpose else 126, 27),
            "</svg>",
        ]
    )
    return mark_safe(drawing)  # noqa: S308 - numbers and escaped characters


def _star(size: float, lift: float) -> str:
    points = []
    for corner in range(10):
        reach = size if corner % 2 == 0 else size * 0.382
        angle = math.pi * corner / 5
        points.append(f"{reach * math.sin(angle):.2f},{lift - reach * math.cos(angle):.2f}")
    return f'<polygon points="{" ".join(points)}" fill="{RED}"/>'


def _on_arc(text: str) -> str:
    """Characters upright on the arc, closer and narrower the more there are."""
    count = max(len(text), 1)
    spread = min(254.0, 30.0 * (count - 1))
    apart = spread / max(count - 1, 1)
    size = min(58.0, 30 + 26 * math.sin(math.radians(apart) / 2) * 4)
    radius = RADIUS - 24 - size * 0.55
    width = min(0.92, 2 * math.pi * radius * apart / 360 / size * 0.94)
    return "".join(
        f'<g transform="rotate({-spread / 2 + apart * place:.2f}) translate(0 {-radius:.2f}) scale({width:.3f} 1)">'
        f"{_text(char, size * 0.36, size)}</g>"
        for place, char in enumerate(text)
    )


def _line(text: str, y: float, size: float) -> str:
    return _text(text, y, size)


def _text(text: str, y: float, size: float) -> str:
    return (
        f'<text x="0" y="{y:.2f}" text-anchor="middle" font-family="FW Serif" font-size="{size:.2f}" fill="{RED}"'
        f' stroke="{RED}" stroke-width="{size / 45:.2f}">'
        f"{escape(text)}</text>"
    )
