from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OutboxConfig(AppConfig):
    name = "foreignwork.outbox"
    label = "outbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foreignwork import celery  # noqa: F401  (a web process that nudges needs the configured Celery app)

        autodiscover_modules("effects")
