"""Settings from the environment and from options, laid over those of the file."""

import difflib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubposture.settings.keys import ANY, Key, keys
from hubposture.settings.model import variable_part
from hubposture.settings.secrets import parse_reference

PREFIX = "HUBPOSTURE_"


@dataclass(frozen=True, slots=True)
class Given:
    """One setting given outside the file: its path, its value as JSON has it, and where it was given."""

    path: tuple[str, ...]
    value: Any
    where: str


def from_environment(environ: Mapping[str, str], organizations: list[str]) -> tuple[list[Given], list[str]]:
    """What the environment sets, sorted by variable, and notes about variables that look like settings but are none.

    `HUBPOSTURE_LIMITS_THREADS` sets `limits.threads`; `HUBPOSTURE_ORGANIZATIONS_MAIN_MODE` sets the mode of the
    organization `main`, which must be among `organizations`. Lists are separated by commas. An empty variable sets
    nothing. A secret may stand in the variable itself: the setting becomes a reference to it.
    """
    known = {variable: (path, key) for key in keys() for variable, path in _variables(key, organizations)}
    found, notes = [], []
    for variable in sorted(environ):
        if variable in known and environ[variable]:
            path, key = known[variable]
            found.append(Given(path, _value(key, environ[variable], variable), variable))
        elif variable not in known and (close := _similar(variable, list(known))):
            notes.append(f"{variable} is not a setting; was {close} meant?")
    return found, notes


def _similar(variable: str, known: list[str]) -> str:
    """The setting's variable that was probably meant, or ''."""
    close = difflib.get_close_matches(variable, known, n=1, cutoff=0.9) if variable.startswith(PREFIX) else []
    return close[0] if close else ""


def from_options(options: Mapping[str, object]) -> list[Given]:
    """What options set: dotted key (`limits.threads`) to value; text is read as the environment's is."""
    by_text = {key.text: key for key in keys()}
    found = []
    for dotted, value in options.items():
        path = tuple(dotted.split("."))
        general = ".".join((path[0], ANY, *path[2:])) if path[0] == "organizations" else dotted
        key = by_text.get(general)
        read = _value(key, value, "") if key is not None and isinstance(value, str) else value
        found.append(Given(path, read, f"option {dotted}"))
    return found


def lay_over(document: dict[str, Any], given: list[Given]) -> dict[str, Any]:
    """The document with what was given; later wins. The document itself is not changed."""
    result: dict[str, Any] = dict(document)
    for one in given:
        at = result
        for part in one.path[:-1]:
            inner = at.get(part)
            at[part] = dict(inner) if isinstance(inner, dict) else {}
            at = at[part]
        at[one.path[-1]] = one.value
    return result


def _variables(key: Key, organizations: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if "[]" in key.path or ANY in key.path[2:] or (ANY in key.path and key.path[0] != "organizations"):
        return
    for name in organizations if ANY in key.path else [""]:
        path = tuple(name if part == ANY else part for part in key.path)
        yield PREFIX + "_".join(variable_part(part) for part in path), path


def _value(key: Key, text: str, variable: str) -> Any:
    """A text as the JSON value of its kind; one that does not fit stays text, and validation says what is wrong."""
    if key.is_secret and variable and parse_reference(text) is None:
        return f"env:{variable}"
    if typing.get_origin(key.kind) is tuple:
        return [item.strip() for item in text.split(",") if item.strip()]
    plain = typing.get_args(key.kind)[0] if typing.get_origin(key.kind) is typing.Annotated else key.kind
    if plain is bool:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            text.casefold(), text
        )
    if plain in (int, float):
        try:
            return plain(text)
        except ValueError:
            return text
    return text
