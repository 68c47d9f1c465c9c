"""What settings there are: every key with its kind, from the models."""

import datetime as dt
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hubposture.settings.fields import SECRET_KINDS, SHOWN
from hubposture.settings.model import Settings

ANY = "NAME"
"""Stands for a name of the user's own in a key: of an organization, a Jira site, a project."""


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting for the documentation; `default` is '' where it must be given, else as TOML writes it."""

    key: str
    type: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: its path, with `ANY` and `[]` as they stand in `path`, and its field."""

    path: tuple[str, ...]
    kind: Any
    field: FieldInfo

    @property
    def text(self) -> str:
        """`organizations.NAME.expected_unreadable[].account`."""
        return ".".join(self.path).replace(".[]", "[]")

    @property
    def is_secret(self) -> bool:
        """Whether the environment may hold it plainly; see `SECRET_KINDS`."""
        return self.kind in SECRET_KINDS


def keys() -> tuple[Key, ...]:
    """Every setting, in the order of the models."""
    return tuple(_keys(Settings, ()))


def setting_rows() -> tuple[SettingRow, ...]:
    """Every setting as documented, in the order of the models."""
    return tuple(
        SettingRow(key.text, _type(key.kind, key.field), _default(key.field), str(key.field.description))
        for key in keys()
    )


def _keys(model: type[BaseModel], prefix: tuple[str, ...]) -> Iterator[Key]:
    hints = typing.get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        kind = _without_none(hints[name])
        path = (*prefix, name)
        inner = _inner(kind)
        if inner is None:
            yield Key(path, kind, field)
        else:
            yield from _keys(inner[1], (*path, *inner[0]))


def _inner(kind: Any) -> tuple[tuple[str, ...], type[BaseModel]] | None:
    """The table a kind holds, and how it is reached: directly, by name, or in an array."""
    arguments = typing.get_args(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return (), kind
    if typing.get_origin(kind) is dict and isinstance(arguments[1], type) and issubclass(arguments[1], BaseModel):
        return (ANY,), arguments[1]
    if typing.get_origin(kind) is tuple and isinstance(arguments[0], type) and issubclass(arguments[0], BaseModel):
        return ("[]",), arguments[0]
    return None


def _without_none(kind: Any) -> Any:
    arguments = typing.get_args(kind)
    if type(None) in arguments:
        return next(argument for argument in arguments if argument is not type(None))
    return kind


def _type(kind: Any, field: FieldInfo) -> str:
    if typing.get_origin(kind) is tuple:
        return f"list of {_type(typing.get_args(kind)[0], field)}"
    if typing.get_origin(kind) is dict:
        return f"{_type(typing.get_args(kind)[1], field)} by name"
    if (shown := SHOWN.get(kind)) is not None:
        return shown
    if typing.get_origin(kind) is typing.Annotated:
        return _type(typing.get_args(kind)[0], field)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " | ".join(str(member.value) for member in kind)
    return {bool: "true | false", int: "whole number", float: "number", dt.date: "date", str: "text"}[kind]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    default = field.get_default(call_default_factory=True)
    return "none" if default is None else toml(default)


def toml(value: object) -> str:
    """A default as TOML writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case StrEnum() | str():
            return f'"{value}"'
        case tuple():
            return f"[{', '.join(toml(item) for item in value)}]"
        case dict():
            return f"{{{', '.join(f'{name} = {toml(item)}' for name, item in value.items())}}}"
        case _:
            return str(value)
