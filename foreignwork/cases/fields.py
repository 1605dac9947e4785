"""django-fsm behind our own name, so that migrations name our class (design, decision 9)."""

from __future__ import annotations

from django_fsm import FSMField


class StateField(FSMField):
    """The state of a case: protected, moved by steps only. Its values belong to the matter."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("default", "")
        kwargs.setdefault("protected", True)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)
