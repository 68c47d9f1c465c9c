"""The audit trail as a page: who may see it, what is found, its copies, and a chain that was broken."""

import json
from collections.abc import Iterator

import pytest

from hubposture.access.people import Person
from hubposture.ports.ledger import Entry
from hubposture.verbs.audit import checked_copy
from hubposture.web.caller import LocalDoor
from web.web_world import MARKUP, Pages, Read, pages, served


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with pages(tmp_path_factory.mktemp("trail")) as found:
        found.desk.store.ledger.audit(
            Entry(f"person-{number % 2}", f"thing {number} {MARKUP}", MARKUP, (number, MARKUP), MARKUP, "01RUN")
            for number in range(1, 251)
        )
        yield found


def rows(page: Read) -> list[str]:
    return [text for _, text in page.of("tr")][1:]


def test_the_newest_records_are_shown_and_older_ones_are_a_link_away(trail: Pages) -> None:
    first = Read(trail.text("/audit?who=person-1&until=2099-01-01"))
    assert len(rows(first)) == 100
    (older,) = [attributes["href"] for attributes, text in first.of("a") if text == "Older"]
    second = Read(trail.text(older))
    assert len(rows(second)) == 25
    assert not set(rows(first)) & set(rows(second))
    assert "No record is like that" in trail.text("/audit?who=nobody")


def test_hostile_text_is_text_in_the_page(trail: Pages) -> None:
    page = Read(trail.text("/audit"))
    assert not [tag for tag, _ in page.elements if tag in ("script", "img")]


def test_a_time_that_cannot_be_read_is_said_at_its_field_and_all_is_kept(trail: Pages) -> None:
    found = trail.get("/audit?since=yesterday&who=kim")
    assert found.status_code == 422
    page = Read(found.text)
    values = {attributes["name"]: attributes.get("value") for attributes, _ in page.of("input") if "name" in attributes}
    assert values["since"] == "yesterday"
    assert values["who"] == "kim"
    assert "is no time" in page.said


def test_the_chain_is_computed_again_when_asked(trail: Pages) -> None:
    assert "each as it was written" in Read(trail.text("/audit?check=yes")).said
    assert "each as it was written" not in Read(trail.text("/audit")).said


def test_copies_are_what_the_command_line_writes(trail: Pages) -> None:
    whole = trail.get("/audit.ndjson")
    found = checked_copy(whole.content.splitlines(), anchor=trail.desk.store.ledger.head())
    assert (found.records, list(found.faults)) == (trail.desk.store.ledger.head().seq, [])
    part = trail.get("/audit.ndjson?who=person-1").content.splitlines()
    assert {json.loads(line)["who"] for line in part[1:]} == {"person-1"}
    table = trail.get("/audit.csv").content.decode("utf-8-sig")
    assert table.startswith("seq,at,who")
    assert "attachment" in trail.get("/audit.csv").headers["content-disposition"]


def test_only_who_runs_hubposture_may_see_it(trail: Pages) -> None:
    for groups, status in ((("analyst", "risk-approver", "reader"), 403), (("administrator",), 200)):
        door = LocalDoor("lee", Person("lee", groups), "secret", is_asked=True)
        with served(trail.desk, door=door) as client:
            for path in ("/audit", "/audit.ndjson", "/audit.csv"):
                assert client.get(path).status_code == status, path
