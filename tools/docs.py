"""Writes the generated pages of docs/ from what the code says; `--check` only says which ones are stale.

    python tools/docs.py [--check]

Commands come from click's own help, settings from the models, the workbook's columns from their one definition, and
the sandbox's quirks from their types. A command whose module is not there is left out: nothing is promised.
"""

import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import click
import docs_api
from docs_sample import sample_census, sample_plan, sample_posture, sample_report, sample_tickets, sample_waivers

from hubposture.cli.main import COMMANDS, cli
from hubposture.findings.tables import TABLES
from hubposture.findings.tables import Column as LakeColumn
from hubposture.findings.tables import Table as LakeTable
from hubposture.matrix.columns import SHEETS, Column, SheetSpec
from hubposture.owners.schema import schema as schema_of_teams
from hubposture.posture.rollup import ROLLUP
from hubposture.sandbox.findings_quirks import FindingQuirks
from hubposture.sandbox.quirks import Quirks
from hubposture.settings.keys import SettingRow, setting_rows
from hubposture.waivers.schema import schema

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
GENERATED: Final = "<!-- Written by tools/docs.py (`make docs`); changes here are lost. -->"
_WIDTH: Final = 100


def main() -> int:
    """Write the pages, or with --check say which are stale; the exit status is 1 if one was."""
    stale = [name for name, page in PAGES.items() if _stored(name) != page()]
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"docs/{name} is stale: run `make docs`")
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"docs/{name} written")
    return 0


def _stored(name: str) -> str:
    path = DOCS / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def page(title: str, opening: str, *parts: str) -> str:
    """A page: its title, an opening paragraph, and parts with a blank line between them."""
    return "\n\n".join((GENERATED, f"# {title}", opening, *parts)) + "\n"


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in markdown; bars and line ends in cells are escaped."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def commands() -> str:
    """Every command's help."""
    opening = (
        "What each command says with `--help`. Exit status: 0 in sync, 2 something differs or lint found something, "
        "1 failed or incomplete, 130 interrupted."
    )
    return page("Commands", opening, _help("hubposture", cli, None), *_commands(cli, None, "hubposture"))


def _commands(group: click.Group, above: click.Context | None, name: str) -> Iterator[str]:
    here = _context(group, above, name)
    for one in group.list_commands(here):
        if group is not cli or find_spec(COMMANDS[one][0].partition(":")[0]) is not None:
            command = group.get_command(here, one)
            assert command is not None
            yield _help(one, command, here)
            if isinstance(command, click.Group):
                yield from _commands(command, here, one)


def _context(command: click.Command, above: click.Context | None, name: str) -> click.Context:
    return click.Context(
        command, info_name=name, parent=above, terminal_width=_WIDTH, max_content_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )  # fmt: skip


def _help(name: str, command: click.Command, above: click.Context | None) -> str:
    here = _context(command, above, name)
    return f"## {here.command_path}\n\n```text\n{command.get_help(here)}\n```"


def settings() -> str:
    """Every setting of hubposture.toml."""
    opening = (
        "Every key of `hubposture.toml`. `NAME` stands for your own name of an organization, `[]` for each entry of a "
        "list of tables. A setting can also come from the environment: `guards.max_changes` from "
        "`HUBPOSTURE_GUARDS_MAX_CHANGES`, `organizations.main.mode` from `HUBPOSTURE_ORGANIZATIONS_MAIN_MODE`; lists "
        "are separated by commas there. An option of a command goes before both. Secrets never stand in the file: "
        "`env:NAME`, `file:/PATH` or `aws-secretsmanager:ARN` says where one is kept."
    )
    return page(
        "Settings", opening, table(("Key", "Takes", "Default", "Meaning"), [_setting(one) for one in setting_rows()])
    )


def _setting(row: SettingRow) -> tuple[str, ...]:
    default = f"`{row.default}`" if row.default else "must be given"
    return f"`{row.key}`", row.type, "none" if row.default == "none" else default, row.meaning


def workbook() -> str:
    """Every sheet and column of controls.xlsx."""
    opening = (
        "The sheets and columns of `controls.xlsx`, in the order in which hubposture writes them. A column with * is "
        "written by hubposture and never read as input. Other names for a heading are understood when a workbook is "
        "read; unknown headings, and sheets that are not listed here, are kept as they are."
    )
    return page("The workbook", opening, *(_sheet(one) for one in SHEETS))


def _sheet(sheet: SheetSpec) -> str:
    must = " It must be there." if sheet.required else ""
    heading = f"## {sheet.name}{'*' if sheet.ours else ''}"
    names = f" Also read as: {', '.join(sheet.aliases)}." if sheet.aliases else ""
    identity = ", ".join(sheet.column(key).heading for key in sheet.identity)
    rows = [_column(one) for one in sheet.columns]
    said = f"{sheet.help}{must}{names} A row is known by: {identity}."
    return f"{heading}\n\n{said}\n\n{table(('Column', 'Takes', 'Meaning', 'Also read as'), rows)}"


def _column(column: Column) -> tuple[str, ...]:
    takes = ", ".join(f"`{one}`" for one in column.choices) if column.choices else str(column.takes.value)
    return f"{column.heading}{'*' if column.ours else ''}", takes, column.help, ", ".join(column.aliases)


def quirks() -> str:
    """Every quirk of the sandbox."""
    opening = (
        "What AWS does not document and the emulated organization therefore has to decide. Each behaviour is a named "
        "choice; hubposture must hold its promises under every combination. The value in bold is the "
        "default. None of this is verified against AWS."
    )
    common, of_findings = Quirks(), FindingQuirks()
    names = [one.name for one in fields(Quirks)]
    more = [one.name for one in fields(FindingQuirks) if one.name not in names]
    note = "Those that follow are of findings alone: a test hands them to `population.findings`, `--quirk` does not know them."
    return page(
        "Quirks of the sandbox",
        opening,
        *(_quirk(name, getattr(common, name)) for name in names),
        note,
        *(_quirk(name, getattr(of_findings, name)) for name in more),
    )


def _quirk(name: str, default: StrEnum) -> str:
    values = ", ".join(f"**{one}**" if one == default else str(one) for one in type(default))
    return f"## {name}\n\n{inspect.getdoc(type(default))}\n\nValues: {values}"


def plan() -> str:
    """A plan of the emulated organization."""
    opening = (
        "What `hubposture plan --format markdown` says of the emulated organization, for "
        "the workbook that `init --from-catalog` makes with one parameter set and one control switched off in the test "
        "accounts. In a pull request this is the comment."
    )
    return page("A plan", opening, sample_plan().strip())


def census() -> str:
    """A census of the emulated organization."""
    opening = (
        "What `hubposture census --format markdown` says of the emulated organization. Nothing is written to see it."
    )
    return page("A census", opening, sample_census().strip())


def posture() -> str:
    """The posture of the emulated organization."""
    opening = (
        "What `hubposture posture --format markdown` says of the emulated organization after two syncs a week apart, for "
        "the same workbook as [the sample plan](sample-plan.md), which was not applied."
    )
    return page("A posture", opening, sample_posture().strip())


def report() -> str:
    """The sample report."""
    opening = (
        "What `hubposture report weekly --format markdown` says of the emulated organization after the week of "
        "[the sample posture](sample-posture.md), in the middle of a week. What each section tells: [the weekly "
        "report](report.md)."
    )
    return page("A weekly report", opening, sample_report().strip())


def waivers() -> str:
    """A waiver of the emulated organization, previewed and enforced."""
    opening = (
        "What `hubposture waivers preview --format markdown` says of a [waiver](waivers.md) that nobody has approved yet, in "
        "the emulated organization after the week of [the sample posture](sample-posture.md). With `--comment` this is the "
        "comment of a pull request."
    )
    then = (
        "Then it was approved, for exactly these resources, and this is what `hubposture waivers enforce --format markdown` "
        "says. People had suppressed some things before, which no waiver covers: `hubposture waivers provisional` makes "
        "waivers that end of those."
    )
    previewed, enforced = sample_waivers()
    return page("A waiver", opening, previewed.strip(), then, enforced.strip())


def tickets() -> str:
    """Tickets of the emulated organization, as they are planned, and one of them."""
    opening = (
        "What `hubposture tickets plan --format markdown` says of the emulated organization after the week of [the sample "
        "posture](sample-posture.md), for teams that work in Jira ([tickets](tickets.md))."
    )
    then = "One of these tickets, as plain text. Jira shows headings, a table and links."
    planned, text = sample_tickets()
    return page("A ticket", opening, planned.strip(), then, f"```text\n{text.strip()}\n```")


def tables() -> str:
    """Every table of the lake."""
    opening = (
        "The tables of the lake, one Parquet schema each, as `hubposture sync` writes them. Times are UTC without a zone. "
        "How versions name files, and how to read them with other engines: [the lake](lake.md). Where a column came later, "
        "what hubposture reads in place of it in older files stands behind its meaning."
    )
    return page("Tables of the lake", opening, *(_lake_table(one) for one in (*TABLES, ROLLUP)))


def _lake_table(one: LakeTable) -> str:
    rows = [(f"`{column.name}`", column.kind.value, _lake_meaning(column)) for column in one.columns]
    key = ", ".join(f"`{name}`" for name in one.key)
    return f"## {one.name}\n\n{one.meaning} Unique by {key}.\n\n{table(('Column', 'Type', 'Meaning'), rows)}"


def _lake_meaning(column: LakeColumn) -> str:
    """What a column means, and what it reads as where an older file lacks it."""
    if column.before is None:
        return column.meaning
    before = "''" if column.before == "" else column.before
    shown = str(before).upper() if isinstance(before, bool) else before
    return f"{column.meaning} (older files: `{shown}`)"


def api() -> str:
    """Every operation of the HTTP API."""
    parts = [part for tag, found in docs_api.operations() for part in (f"## {tag}", *map(_operation, found))]
    return page("The HTTP API", docs_api.about(), *parts)


def _operation(found: tuple[str, str, Mapping[str, Any]]) -> str:
    method, address, one = found
    said = [f"### {one['summary']}", f"`{method} {address}`", one["description"]]
    if rows := docs_api.parameters(one):
        said.append(table(("Takes", "In", "Is"), rows))
    return "\n\n".join((*said, f"Answers with {docs_api.answers(one)}."))


def waiver_schema() -> str:
    """The JSON schema of waivers, for editors."""
    return json.dumps(schema(), indent=2) + "\n"


def teams_schema() -> str:
    """The JSON schema of teams.yaml, for editors."""
    return json.dumps(schema_of_teams(), indent=2) + "\n"


def index() -> str:
    """Every page of docs/, by its title."""
    pages = {name for name in {path.name for path in DOCS.glob("*")} | PAGES.keys() if name.endswith(".md")}
    rows = sorted((_title(name), f"- [{_title(name)}]({name})") for name in pages - {"README.md"})
    lines = [line for _, line in rows] + ["- [Decision records](decisions/README.md)"]
    return page("Documentation", "Begin with the [readme](../README.md).", "\n".join(lines))


def _title(name: str) -> str:
    """A page's first heading; a generated page may not be there yet."""
    lines = _stored(name).splitlines()
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), name.removesuffix(".md"))


PAGES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "commands.md": commands,
        "settings.md": settings,
        "workbook.md": workbook,
        "quirks.md": quirks,
        "sample-plan.md": plan,
        "sample-census.md": census,
        "sample-posture.md": posture,
        "sample-report.md": report,
        "sample-waivers.md": waivers,
        "sample-tickets.md": tickets,
        "tables.md": tables,
        "api.md": api,
        "openapi.json": docs_api.as_text,
        "waiver.schema.json": waiver_schema,
        "teams.schema.json": teams_schema,
        "README.md": index,
    }
)
"""The generated pages by file name."""

if __name__ == "__main__":
    sys.exit(main())
