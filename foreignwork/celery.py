"""The Celery application. Tasks carry ids only, and are safe to run twice."""

from typing import Any

from celery import Celery, bootsteps

from foreignwork.standing import settled

app = Celery("foreignwork")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class Settled(bootsteps.Step):
    """Taken before the pool forks: its children share what their parent has loaded."""

    def create(self, parent: Any) -> None:
        settled()


app.steps["worker"].add(Settled)
