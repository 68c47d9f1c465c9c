"""Reads hubposture.toml: everything that is wrong at once, each with file, line and column."""

import datetime as dt
import difflib
import json
import re
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hubposture.errors import InputErrors, Problem
from hubposture.settings.model import Settings
from hubposture.settings.overlay import Given, from_environment, from_options, lay_over
from hubposture.settings.positions import Positions, positions

FILE = "hubposture.toml"
_NOTHING: Mapping[str, Any] = {}
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and notes about what was probably meant as a setting but is none."""

    settings: Settings
    notes: tuple[str, ...]


def load_settings(
    text: bytes,
    *,
    file: str = FILE,
    environ: Mapping[str, str] = _NOTHING,
    options: Mapping[str, object] = _NOTHING,
) -> Loaded:
    """The settings of a file's bytes, the environment laid over them and options over both.

    `file` is the name that errors show. `options` maps dotted keys to values. Raises InputErrors with every problem.
    """
    document, places = _document(text, file)
    organizations = document.get("organizations")
    names = list(organizations) if isinstance(organizations, dict) else []
    given, notes = from_environment(environ, names)
    given += from_options(options)
    source = _Source(file, places, {one.path: one for one in given})
    whole = json.dumps(lay_over(document, given), default=_plain)
    try:
        return Loaded(Settings.model_validate_json(whole), tuple(notes))
    except ValidationError as error:
        raise InputErrors([source.problem(one) for one in error.errors(include_url=False)]) from error


def _document(text: bytes, file: str) -> tuple[dict[str, Any], Positions]:
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        before = text[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        problem = Problem(f"{file}:{line}:{column}", "not UTF-8 text", "save the file as UTF-8")
        raise InputErrors([problem]) from error
    try:
        return tomllib.loads(decoded), positions(decoded.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise InputErrors([_syntax(str(error), decoded, file)]) from error


def _syntax(message: str, text: str, file: str) -> Problem:
    if text.startswith("\ufeff"):
        return Problem(f"{file}:1:1", "starts with a byte order mark", "save the file as UTF-8 without one")
    found = _PLACE.search(message)
    what = _PLACE.sub("", message)
    if found is None or found[1] is None:
        end = text.replace("\r\n", "\n")
        line, column = end.count("\n") + 1, len(end) - end.rfind("\n")
    else:
        line, column = int(found[1]), int(found[2])
    return Problem(f"{file}:{line}:{column}", f"not valid TOML: {what[:1].lower()}{what[1:]}")


def _plain(value: object) -> str:
    """TOML's dates and times as JSON has them."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no value of TOML")


@dataclass(frozen=True, slots=True)
class _Source:
    """Knows where each setting was given."""

    file: str
    places: Positions
    given: Mapping[tuple[str, ...], Given]

    def problem(self, error: ErrorDetails) -> Problem:
        """A validation error in our words, at its place."""
        path = tuple(part for part in error["loc"] if part != "[key]")
        kind = error["type"]
        shown = ".".join(str(part) for part in path)
        if kind == "extra_forbidden":
            return Problem(self._key(path), f"{shown} is not a setting", _guess(path))
        if kind == "missing":
            return Problem(self._value(path[:-1]), f"{shown} is missing", "it must be given")
        return Problem(self._value(path), f"{shown}: {_said(error)}", _hint(kind, path))

    def _value(self, path: tuple[str | int, ...]) -> str:
        return self._outside(path) or self._at(self.places.of(path))

    def _key(self, path: tuple[str | int, ...]) -> str:
        return self._outside(path) or self._at(self.places.of_key(path))

    def _outside(self, path: tuple[str | int, ...]) -> str:
        """Where a setting was given that did not come from the file, items of a list included; else ''."""
        for length in range(len(path), 0, -1):
            if (one := self.given.get(tuple(str(part) for part in path[:length]))) is not None:
                return one.where
        return ""

    def _at(self, place: object) -> str:
        return f"{self.file}:{getattr(place, 'line', 1)}:{getattr(place, 'column', 1)}"


_SENTENCES = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "date_type": "must be a date like 2027-05-01",
    "date_from_datetime_parsing": "must be a date like 2027-05-01",
    "date_parsing": "must be a date like 2027-05-01",
    "tuple_type": "must be a list in square brackets",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "too_short": "must hold at least one entry",
}


def _said(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "enum":
        return f"must be one of {str(context['expected']).replace(chr(39), '')}"
    if kind == "greater_than":
        return f"must be more than {context['gt']:g}"
    if kind == "greater_than_equal":
        return f"must be at least {context['ge']:g}"
    if kind == "less_than_equal":
        return f"must be at most {context['le']:g}"
    return _SENTENCES.get(kind, error["msg"])


def _hint(kind: str, path: tuple[str | int, ...]) -> str:
    is_account = path[-1] in ("account", "administrator", "management_account")
    return "account numbers are text: leading zeros count" if kind == "string_type" and is_account else ""


def _guess(path: tuple[str | int, ...]) -> str:
    """The key that was probably meant."""
    model = _model_at(path[:-1])
    close = difflib.get_close_matches(str(path[-1]), model.model_fields, n=1) if model is not None else []
    return f"was {close[0]} meant?" if close else "see the settings reference for what there is"


def _model_at(path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The table that a path leads to."""
    model: Any = Settings
    for part in path:
        if typing.get_origin(model) is dict:
            model = typing.get_args(model)[1]
        elif typing.get_origin(model) is tuple:
            model = typing.get_args(model)[0]
        elif isinstance(part, str) and part in getattr(model, "model_fields", {}):
            model = typing.get_type_hints(model, include_extras=True)[part]
        else:
            return None
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None
