"""Steps that every case of every matter has, whatever its flow: the kernel's own, taken by the system, keeping the state."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles

from .steps import ANYWHERE, Act, step


class KernelSteps:
    @step(
        source=ANYWHERE,
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "工作日安排调整，重新计算时限"),
        recounts=True,
        cites="行政许可法 82",
    )
    def recount_limits(self, act: Act) -> None:
        """A year of the State Council's calendar arrived or changed."""
