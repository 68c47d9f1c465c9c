"""The packaged files against the facts and the sample workbook, where a checkout has them beside it."""

import contextlib
import csv
from pathlib import Path

import openpyxl
import pytest

from hubposture.catalog import load
from hubposture.model.controls import control_id

SHARED = Path(__file__).parents[3] / "shared"
FACTS = SHARED / "facts" / "controls.csv"
WORKBOOK = SHARED / "samples" / "foreign-controls-workbook.xlsx"
PACKAGED = Path(__file__).parents[2] / "src" / "hubposture" / "catalog" / "controls.csv"

SAME = {
    "control": "control_id", "severity": "severity", "rule": "config_rule", "resource": "resource_type",
    "fsbp-1.0.0": "fsbp_1_0_0", "cis-5.0.0": "cis_5_0_0", "cis-3.0.0": "cis_3_0_0", "cis-1.4.0": "cis_1_4_0",
    "cis-1.2.0": "cis_1_2_0", "nist-800-53-5.0.0": "nist_800_53_r5", "nist-800-171-2.0.0": "nist_800_171_r2",
    "pci-dss-3.2.1": "pci_dss_3_2_1", "pci-dss-4.0.1": "pci_dss_4_0_1", "tagging-1.0.0": "resource_tagging_1_0_0",
    "ai-1.0.0": "ai_security_1_0_0", "global": "global_resource", "only region": "only_region",
}  # fmt: skip


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {(row.get("control") or row["control_id"]): row for row in csv.DictReader(file)}


@pytest.mark.skipif(not FACTS.exists(), reason="the facts are not beside this checkout")
def test_the_packaged_table_says_what_the_facts_say() -> None:
    packaged, facts = rows(PACKAGED), rows(FACTS)
    assert packaged.keys() == facts.keys()
    for control, row in packaged.items():
        assert {key: row[key] for key in SAME} == {key: facts[control][name] for key, name in SAME.items()}


@pytest.mark.skipif(not WORKBOOK.exists(), reason="the sample workbook is not beside this checkout")
def test_no_title_is_one_of_aws() -> None:
    with contextlib.closing(openpyxl.load_workbook(WORKBOOK, read_only=True)) as book:
        cells = iter(list(book.worksheets[0].iter_rows(values_only=True)))
    headings = next(cells)
    at, title_at = headings.index("Security Control ID"), headings.index("Title")
    theirs = {control_id(str(row[at])): str(row[title_at]).casefold().strip(" .") for row in cells if row[at]}
    assert len(theirs) > 490
    catalog = load()
    ours = {each.id: each.title.casefold() for each in catalog.controls.values()}
    ours |= {each.id: each.title.casefold() for each in catalog.retired.values()}
    every_title = set(theirs.values())
    assert {control: title for control, title in ours.items() if title in every_title} == {}
