"""Saved filters as a page: one's own and those that others share, with forms to keep one and to take one away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubposture.errors import Problem
from hubposture.views.document import Heading, Text, Tone
from hubposture.views.pages import links
from hubposture.views.pages.forms import Ask, Button, Field, Form, Option
from hubposture.views.pages.parts import Column, Grid, Link, Page, PageCell, Part
from hubposture.views.saved_filters import Kept, said_of
from hubposture.views.words import day

PLACE = "/filters"
_LONGEST_NAME, _LONGEST_TEXT = 80, 4_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What was written into the form that keeps a filter, and what is wrong with it."""

    name: str = ""
    text: str = ""
    share: bool = False
    problems: Sequence[Problem] = ()

    def of(self, field: str) -> str:
        """What is wrong with a field, `name` or `filter`; ''."""
        found = [one for one in self.problems if one.where.startswith(field)]
        return "; ".join(f"{one.what} ({one.hint})" if one.hint else one.what for one in found)


def page(found: Sequence[Kept], draft: Draft) -> Page:
    """Every filter that is seen; one's own can be deleted."""
    mine = [one for one in found if one.is_mine]
    parts: list[Part] = [_grid(found, {one.saved.name for one in mine}), Heading("Save a filter"), _save(draft)]
    if mine:
        parts += [Heading("Delete one of yours"), _delete([one.saved.name for one in mine])]
    return Page("Saved filters", parts, place="/findings", trail=(Link("Findings", "/findings"),))


def _grid(found: Sequence[Kept], mine: set[str]) -> Grid:
    columns = (Column("Name"), Column("Filter"), Column("Whose"), Column("Since", is_spare=True))
    rows = [list(_row(one, one.is_mine or one.saved.name not in mine)) for one in found]
    return Grid("Saved filters, your own first", columns, rows, empty="You keep none, and nobody shares one.")


def _row(one: Kept, is_reached: bool) -> Iterator[PageCell]:
    wrong = "; ".join(problem.what for problem in one.problems)
    if wrong:
        yield Link(one.saved.name, links.saved(one.saved.name), Tone.WARN, more=f"cannot be read any more: {wrong}")
    elif is_reached:
        yield Link(one.saved.name, links.saved(one.saved.name))
    else:
        yield Text(f"{one.saved.name} (a filter of yours has this name)", Tone.DIM)
    yield Link(one.saved.text, links.findings(one.saved.text))
    yield said_of(one)
    yield day(one.saved.made_at)


def _save(draft: Draft) -> Form:
    hint = "As on the page of findings: severity>=HIGH account=web-prod since>30d"
    fields = (
        Field("name", "Name", value=draft.name, problem=draft.of("name"), is_required=True, longest=_LONGEST_NAME),
        Field(
            "filter", "Filter", value=draft.text, hint=hint, problem=draft.of("filter"), is_required=True,
            longest=_LONGEST_TEXT,
        ),
        Field("share", "Everybody may use it", Ask.CHECK, "yes" if draft.share else ""),
    )  # fmt: skip
    return Form("Save a filter", f"{PLACE}/save", fields, (Button("Save"),))


def _delete(names: Sequence[str]) -> Form:
    options = [Option(name, name) for name in names]
    fields = (Field("name", "Filter", Ask.CHOICE, options=options, is_required=True),)
    return Form("Delete a filter", f"{PLACE}/delete", fields, (Button("Delete", is_grave=True),))
