"""The page that lists the operations of the API."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from hubposture.views.document import Heading, Lines
from hubposture.views.pages.parts import Column, Facts, Grid, Link, Page, Part


def page(document: Mapping[str, Any], *, prefix: str) -> Page:
    """Every operation by its tag, as the OpenAPI document has them."""
    parts: list[Part] = [
        Lines([document["info"]["description"]]),
        Facts((("For clients that are made from it", Link("OpenAPI document", f"{prefix}/openapi.json")),)),
    ]
    for tag, found in groupby(operations(document), key=lambda one: one[0]):
        rows = [(f"{method} {prefix}{path}", summary, said) for _, method, path, summary, said in found]
        columns = (Column("Address"), Column("Is"), Column("Takes and gives", is_spare=True))
        parts += [Heading(tag), Grid(tag, columns, rows)]
    return Page("The HTTP API", parts)


def operations(document: Mapping[str, Any]) -> Sequence[tuple[str, str, str, str, str]]:
    """Tag, method, path, summary and description of every operation, in the document's order."""
    return [
        (one["tags"][0], method.upper(), path, one["summary"], one["description"])
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    ]
