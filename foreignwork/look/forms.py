"""FORM_RENDERER: forms get the faces below ``templates/components/forms``."""

from __future__ import annotations

from typing import Any, Final

from django.forms.renderers import DjangoTemplates
from django.template.loader import get_template

from . import faces


class HouseRenderer(DjangoTemplates):
    """``{{ form }}``, ``{{ form.name.as_field_group }}`` and single widgets; widgets without a face of ours keep Django's."""

    form_template_name = "components/forms/form.html"
    field_template_name = faces.FIELD
    ours: Final[dict[str, str]] = {
        "django/forms/errors/list/default.html": "components/forms/errors.html",
        "django/forms/errors/list/ul.html": "components/forms/errors.html",
        "django/forms/widgets/radio.html": "components/forms/options.html",
        "django/forms/widgets/checkbox_select.html": "components/forms/options.html",
        "django/forms/widgets/clearable_file_input.html": "components/forms/file.html",
    }

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        face = faces.WRITTEN.get(template_name)
        return face(context) if face else super().render(template_name, context, request)

    def get_template(self, template_name: str) -> Any:
        name = self.ours.get(template_name, template_name)
        return get_template(name) if name.startswith("components/") else super().get_template(name)
