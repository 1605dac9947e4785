"""The four lawful starts of an inspection (S004-22), as forms and models both need them."""

from django.utils.translation import gettext_lazy as _

DRAW, COMPLAINT, LEAD, TRANSFER = "draw", "complaint", "lead", "transfer"
REPORTED = [
    (COMPLAINT, _("投诉举报")),
    (LEAD, _("数据监测线索")),
    (TRANSFER, _("转办交办移送")),
]
ALL = [(DRAW, _("双随机抽取")), *REPORTED]
