from django.apps import AppConfig


class SocialsecConfig(AppConfig):
    name = "socialsec"
    default_auto_field = "django.db.models.BigAutoField"
