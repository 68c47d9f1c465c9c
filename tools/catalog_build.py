"""Refresh the packaged catalog from a facts table, keeping the titles written here.

    python tools/catalog_build.py controls FACTS.csv
    python tools/catalog_build.py parameters WORKBOOK.xlsx

`controls` rewrites src/hubposture/catalog/controls.csv: ids, severities, rules and memberships come from the facts
table, titles stay as they are in the file; a control without a title stops the run and is named, because titles are
written by people in this project's own words. `parameters` rewrites the rows of parameters.csv whose source is
`hub` (definitions exported from a live hub, in the layout of the sample workbook) and keeps the rows with another
source (`guide`: the user guide's parameter tables; `family`: what every control of the same family takes).
"""

import ast
import csv
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "hubposture" / "catalog"
CONTROLS, PARAMETERS = PACKAGE / "controls.csv", PACKAGE / "parameters.csv"

FACTS = {
    "service": "service",
    "severity": "severity",
    "schedule": "schedule_type",
    "resource": "resource_type",
    "rule": "config_rule",
    "customizable": "supports_custom_parameters",
    "global": "global_resource",
    "only region": "only_region",
    "fsbp-1.0.0": "fsbp_1_0_0",
    "cis-1.2.0": "cis_1_2_0",
    "cis-1.4.0": "cis_1_4_0",
    "cis-3.0.0": "cis_3_0_0",
    "cis-5.0.0": "cis_5_0_0",
    "nist-800-53-5.0.0": "nist_800_53_r5",
    "nist-800-171-2.0.0": "nist_800_171_r2",
    "pci-dss-3.2.1": "pci_dss_3_2_1",
    "pci-dss-4.0.1": "pci_dss_4_0_1",
    "tagging-1.0.0": "resource_tagging_1_0_0",
    "ai-1.0.0": "ai_security_1_0_0",
}
CONTROL_COLUMNS = ["control", "title", "status", "since", *FACTS]
PARAMETER_COLUMNS = ["control", "name", "kind", "default", "minimum", "maximum", "choices", "max items", "source"]


def natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key: EC2.2 before EC2.10."""
    return [(1, int(p), "") if p.isdigit() else (0, 0, p) for p in re.split(r"(\d+)", text.casefold()) if p]


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, none if it does not exist."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, columns: Sequence[str], rows: Iterable[dict[str, str]]) -> None:
    """Write a CSV file with Unix line ends, sorted by control."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: (natural(row["control"]), row.get("name", ""))))


def status(text: str) -> tuple[str, str]:
    """The status of a facts row and its date: live, retiring (announced, not before that date) or retired."""
    dates = re.findall(r"\d{4}-\d{2}-\d{2}", text)
    if text == "active":
        return "", ""
    return ("retiring" if "announced" in text else "retired"), dates[0]


def build_controls(facts: Path) -> None:
    """Rewrite controls.csv; exits with the ids that have no title yet."""
    titles = {row["control"].casefold(): row["title"] for row in read(CONTROLS)}
    rows, untitled = [], []
    for fact in read(facts):
        shown = fact["control_id"]
        if not (title := titles.get(shown.casefold(), "")):
            untitled.append(shown)
        state, since = status(fact["status"])
        row = {"control": shown, "title": title, "status": state, "since": since}
        row |= {column: {"No": "", "Yes": "yes"}.get(fact[name], fact[name]) for column, name in FACTS.items()}
        rows.append(row)
    if untitled:
        sys.exit(f"no title in {CONTROLS.name} for: {', '.join(untitled)}; add rows 'control,title' and run again")
    write(CONTROLS, CONTROL_COLUMNS, rows)
    print(f"{CONTROLS}: {len(rows)} controls")


def exported(shown: str, text: str) -> Iterable[dict[str, str]]:
    """The parameters in one cell of an export: blocks of `Heading: value` lines closed by `---`."""
    for block in text.split("---"):
        found = dict(re.findall(r"^(Parameter|Type|Default Value|Min|Max): ?(.*)$", block, flags=re.MULTILINE))
        if not found:
            continue
        clean = {key: "" if value.strip() == "N/A" else value.strip() for key, value in found.items()}
        default = clean["Default Value"]
        if default.startswith("["):
            default = ";".join(str(item) for item in ast.literal_eval(default))
        yield {
            "control": shown,
            "name": clean["Parameter"],
            "kind": clean["Type"],
            "default": default.lower() if clean["Type"] == "Boolean" else default,
            "minimum": clean["Min"],
            "maximum": clean["Max"],
            "source": "hub",
        }


def build_parameters(workbook: Path) -> None:
    """Rewrite the `hub` rows of parameters.csv; choices and item limits, which an export lacks, are kept."""
    import openpyxl  # noqa: PLC0415 - only this half of the tool needs it

    known = read(PARAMETERS)
    extra = {(row["control"], row["name"]): row for row in known}
    takes = {row["control"].casefold(): row["control"] for row in read(CONTROLS) if row["customizable"]}
    with closing(openpyxl.load_workbook(workbook, read_only=True)) as book:
        cells = iter(list(book.worksheets[0].iter_rows(values_only=True)))
    headings = [str(heading) for heading in next(cells)]
    at, text_at = headings.index("Security Control ID"), headings.index("Parameters")
    rows = [row for row in known if row["source"] != "hub"]
    for cell in cells:
        if cell[text_at] and (shown := takes.get(str(cell[at]).casefold())):
            for row in exported(shown, str(cell[text_at])):
                old = extra.get((shown, row["name"]), {})
                rows.append(row | {key: old.get(key, "") for key in ("choices", "max items")})
    write(PARAMETERS, PARAMETER_COLUMNS, rows)
    print(f"{PARAMETERS}: {len(rows)} parameters")


def main(arguments: list[str]) -> None:
    """Run one half, by name."""
    match arguments:
        case ["controls", path]:
            build_controls(Path(path))
        case ["parameters", path]:
            build_parameters(Path(path))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
