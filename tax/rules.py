"""What a taxpayer identification number gives. Pure: context in, draft out."""

from __future__ import annotations

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act, Draft


def tax_draft(context: Context, act: Act) -> Draft:
    """The number is for life; its own digits stand sealed in the register, not here."""
    return Draft(
        number=context.case.number,
        category="",
        post=str(context.work.get("post_title", ""))[:120],
        valid_from=act.today,
        valid_until=None,
    )
