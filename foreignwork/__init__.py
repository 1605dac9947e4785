"""The house. `app` is Celery's, found here by `celery -A foreignwork`."""

from .celery import app

__all__ = ["app"]
