from django.apps import AppConfig
from django.core.checks import Tags, register


class VaultConfig(AppConfig):
    name = "foreignwork.vault"
    label = "vault"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .checks import check_places

        register(check_places, Tags.security, deploy=True)
