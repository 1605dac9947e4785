"""When the kernel's own tasks run; a matter's tasks are added in the settings, which alone know the matters.

Seconds between two starts. Every sweep asks for what is due by now, so a start that was missed loses nothing.
"""

from __future__ import annotations

from typing import Any

TIMETABLE: dict[str, dict[str, Any]] = {
    # Expiring in their own interval: after a pause the broker does not hold a heap of the same sweep.
    "relay": {"task": "foreignwork.outbox.tasks.relay", "schedule": 5.0, "options": {"expires": 5}},
    "deadlines": {
        "task": "foreignwork.workflow.tasks.sweep_deadlines",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "calendar": {"task": "foreignwork.workflow.tasks.recount_limits", "schedule": 1800.0},
    "outbox": {"task": "foreignwork.outbox.tasks.tidy", "schedule": 86400.0, "options": {"expires": 3600}},
    "attempts": {
        "task": "foreignwork.accounts.tasks.tidy_attempts",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "reminders": {"task": "foreignwork.workflow.tasks.sweep_reminders", "schedule": 3600.0},
    "visits": {
        "task": "foreignwork.workflow.tasks.sweep_visits",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "notices": {
        "task": "foreignwork.notices.tasks.requeue_lost",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "versions": {
        "task": "foreignwork.rulebook.tasks.follow_versions",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
}
