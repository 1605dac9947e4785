from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    name = "foreignwork.workflow"
    label = "workflow"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foreignwork.policies import rules

        from .checks import against_the_flows

        rules.also(against_the_flows)
