"""SealedField: a model field whose column holds ciphertext and whose attribute reads as plaintext, on demand.

The model has `crypt_id` and `data_key` (abstract model `vault.models.Sealed`). Loading a row opens nothing;
the first read of
the attribute does. Whatever bypasses the attribute (values(), serialisers, repr) sees ciphertext.

    instance.__dict__[name] is one of:  absent (deferred) · None · Ciphertext (as loaded) · Opened (read or
    saved once) · plaintext (assigned)
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import FieldError
from django.db import models
from django.db.models import Value
from django.db.models.query_utils import DeferredAttribute

from .errors import KeyDestroyed, SealBroken
from .seal import Ciphertext, decode, encode, seal_bytes, unseal_bytes

Context = tuple[UUID, UUID]  # crypt_id, data_key_id


class Opened:
    """A value together with the ciphertext it came from, so that saving an untouched row rewrites the same
    bytes."""

    __slots__ = ("ciphertext", "context", "data", "value")

    def __init__(self, ciphertext: Ciphertext, context: Context, data: bytes, value: Any) -> None:
        self.ciphertext, self.context, self.data, self.value = ciphertext, context, data, value

    def __repr__(self) -> str:
        return repr(self.ciphertext)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Ciphertext, (bytes(self.ciphertext),))  # a pickled row carries ciphertext only

    def __deepcopy__(self, memo: dict[int, Any]) -> Opened:
        return Opened(
            self.ciphertext, self.context, self.data, decode(self.data) if self._clean() else self.value
        )

    def _clean(self) -> bool:
        return encode(self.value) == self.data

    def still_good_for(self, context: Context) -> bool:
        """False when the row got another crypt_id or key, or a dict or list was changed in place."""
        return self.context == context and self._clean()


class SealedAttribute(DeferredAttribute):
    """Opens on first read. A data descriptor, unlike Django's: it must see reads of loaded values too."""

    field: SealedField

    def __get__(self, instance: Any, cls: type | None = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            self._load(instance)
        held = instance.__dict__[name]
        if isinstance(held, Ciphertext):
            held = self.field.open(instance, held)
            instance.__dict__[name] = held
        return held.value if isinstance(held, Opened) else held

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value

    def _load(self, instance: Any) -> None:
        """A deferred column comes with its context in one query."""
        names = (self.field.attname, "crypt_id", "data_key_id")
        rows = type(instance)._base_manager.db_manager(instance._state.db).filter(pk=instance.pk)
        for name, value in zip(names, rows.values_list(*names).get(), strict=True):
            instance.__dict__.setdefault(name, value)


if TYPE_CHECKING:
    _Column = models.BinaryField[Any, Any]  # the attribute reads and takes any sealable value
else:
    _Column = models.BinaryField


class SealedField(_Column):
    """See the module. `label` is bound into every ciphertext: it is frozen in migrations and kept by copies
    (history
    tables); when a model or field is renamed, pass the old label explicitly or the rows cannot be read."""

    descriptor_class = SealedAttribute
    empty_strings_allowed = False  # the default is NULL, and '' is a value of its own

    def __init__(self, *args: Any, label: str = "", **kwargs: Any) -> None:
        if kwargs.get("unique") or kwargs.get("primary_key") or kwargs.get("db_index"):
            raise ValueError("a sealed field cannot be indexed; add a BlindIndexField beside it")
        self.label = label
        super().__init__(*args, **kwargs)

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only=private_only)
        if not self.label and not cls._meta.abstract:
            self.label = f"{cls._meta.app_label}.{cls._meta.model_name}.{name}"

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        if self.label:
            kwargs["label"] = self.label
        return name, path, args, kwargs

    def _check_str_default_value(self) -> list[Any]:
        return []  # default="" is fine here

    def get_default(self) -> Any:
        return self._get_default()  # type: ignore[attr-defined]  # BinaryField's own would turn '' into bytes

    # --- opening and sealing --------------------------------------------------------------------------------

    def context(self, instance: Any) -> Context:
        """(crypt_id, data_key_id) of a row; loads both in one query if deferred."""
        held = instance.__dict__
        if not instance._state.adding and ("crypt_id" not in held or "data_key_id" not in held):
            instance.refresh_from_db(fields=["crypt_id", "data_key"])
        if instance.data_key_id is None:
            raise SealBroken(
                f"{self.label}: the row has no data key; set data_key before sealed values are saved or read"
            )
        return instance.crypt_id, instance.data_key_id

    def open(self, instance: Any, ciphertext: Ciphertext) -> Opened:
        """Raises SealBroken, KeyDestroyed, KeyFile…"""
        context = self.context(instance)
        data = unseal_bytes(self.label, *context, ciphertext)
        return Opened(ciphertext, context, data, decode(data))

    def sealed(self, instance: Any) -> Ciphertext | None:
        """What belongs into the column now. Keeps the loaded bytes unless value, row id or key changed."""
        held = instance.__dict__.get(self.attname)
        if held is None:
            return None
        if hasattr(held, "resolve_expression"):
            raise TypeError(f"{self.label}: a sealed field takes values, not expressions")
        if isinstance(held, Ciphertext):
            # never write what could not be read back; but an erased row may still be saved for its other columns
            with contextlib.suppress(KeyDestroyed):
                instance.__dict__[self.attname] = self.open(instance, held)
            return held
        context = self.context(instance)
        if isinstance(held, Opened):
            if held.still_good_for(context):
                return held.ciphertext
            held = held.value
        data = encode(held)
        ciphertext = seal_bytes(self.label, *context, data)
        instance.__dict__[self.attname] = Opened(ciphertext, context, data, held)
        return ciphertext

    def pre_save(self, model_instance: Any, add: bool) -> Ciphertext | None:
        return self.sealed(model_instance)

    # --- the column -----------------------------------------------------------------------------------------

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Ciphertext | None:
        return None if value is None else Ciphertext(value)

    def to_python(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None and not isinstance(value, Ciphertext):
            raise TypeError(
                f"{self.label}: plaintext never goes into a query. Use save(), bulk_create(), "
                "SealedQuerySet.bulk_update(), or vault.seal.seal() for update()"
            )
        return super().get_db_prep_value(None if value is None else bytes(value), connection, prepared)

    def value_from_object(self, obj: Any) -> Any:
        """Serialisers and model_to_dict() get ciphertext."""
        return self.sealed(obj)

    def value_to_string(self, obj: Any) -> str:
        return (self.sealed(obj) or b"").hex()

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(
                f"{self.label or self.name}: a sealed field knows isnull only; search by its blind index"
            )
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        return None


class SealedQuerySet(models.QuerySet[Any]):
    """Adds bulk_update() of sealed fields, which Django would feed with plaintext (it does not call
    pre_save)."""

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        objs, fields = list(objs), list(fields)
        sealed = [
            field for name in fields if isinstance(field := self.model._meta.get_field(name), SealedField)
        ]
        kept: list[tuple[Any, str, Any]] = []
        try:
            for obj in objs:
                for field in sealed:
                    ciphertext = field.sealed(obj)
                    kept.append((obj, field.attname, obj.__dict__.get(field.attname)))
                    obj.__dict__[field.attname] = Value(ciphertext, output_field=field)
            return super().bulk_update(objs, fields, batch_size=batch_size)
        finally:
            for obj, name, held in kept:
                obj.__dict__[name] = held
