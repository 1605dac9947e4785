from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo cast: people and papers that exist nowhere, moved by ``perform()`` like everyone else."""

    name = "foreignwork.demo"
    label = "demo"
