"""The Celery application. Tasks carry ids only, and are safe to run twice."""

from celery import Celery

app = Celery("foreignwork")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
