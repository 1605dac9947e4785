from django.apps import AppConfig


class HouseConfig(AppConfig):
    """The house itself: system checks and the commands that belong to no floor. It has no models."""

    name = "foreignwork"
    label = "house"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (registers)
