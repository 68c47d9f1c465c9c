"""Saved filters on the command line, over the small world of the pages."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubposture.cli.main import cli
from hubposture.errors import InputErrors
from hubposture.ports.saved import NameTaken, SavedFilter
from hubposture.verbs.saved_filters import NoSuchFilter
from hubposture.wiring import workplace
from web.web_world import NAME, Pages, pages

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with pages(tmp_path_factory.mktemp("filters")) as found:
        yield found


@pytest.fixture
def run(there: Pages) -> Iterator[Run]:
    def ran(*arguments: str) -> Result:
        done = CliRunner().invoke(cli, ["-C", str(there.base), *arguments], standalone_mode=False)
        if done.exception is not None:
            raise done.exception
        return done

    yield ran
    ledger = there.desk.store.ledger
    for one in ledger.saved_filters(NAME):
        ledger.delete_filter(NAME, one.owner, one.name)


def someone(base: Path, name: str, text: str, *, shared: bool = True) -> None:
    at = workplace(base)
    with at.ledger() as ledger:
        ledger.save_filter(SavedFilter(NAME, name, text, "ana", shared, at.surroundings.now()))


def test_a_filter_is_saved_listed_used_and_deleted(run: Run) -> None:
    assert run("filters", "save", "severe ones", "severity>=HIGH", "status=FAILED").output == "severe ones: saved\n"
    assert run("filters", "save", "severe ones", "severity>=HIGH", "--share").output.endswith(
        "changed, for everybody\n"
    )
    (kept,) = json.loads(run("filters", "list", "--format", "json").output)["filters"]
    assert (kept["filter"], kept["is_mine"], kept["is_shared"]) == ("severity>=HIGH", True, True)
    whole = json.loads(run("findings", "severity>=HIGH", "--list", "--format", "json").output)
    saved = json.loads(run("findings", "--saved", "severe ones", "--list", "--format", "json").output)
    assert whole["subjects"] == saved["subjects"] > 0
    run("filters", "delete", "severe ones")
    assert json.loads(run("filters", "list", "--format", "json").output)["filters"] == []


def test_a_saved_filter_is_narrowed_further_whatever_it_says(run: Run) -> None:
    run("filters", "save", "either", "status=FAILED OR status=PASSED")
    found = json.loads(run("findings", "--saved", "either", "status=PASSED", "--list", "--format", "json").output)
    passed = json.loads(run("findings", "status=PASSED", "--list", "--format", "json").output)
    assert found["subjects"] == passed["subjects"] > 0


def test_all_that_is_wrong_with_a_name_and_a_filter_is_said_at_once(run: Run) -> None:
    with pytest.raises(InputErrors) as told:
        run("filters", "save", "a\nb" + "x" * 90, "severity>=HUGE", "nofield=1")
    said = str(told.value)
    for part in ("longer than 80", "not shown", "HUGE is no severity", "no field nofield"):
        assert part in said


def test_a_name_that_somebody_shares_is_shared_once_and_used_by_all(run: Run, there: Pages) -> None:
    someone(there.base, "week", "since<7d")
    assert "shared by ana" in run("filters", "list").output
    run("findings", "--saved", "week")
    with pytest.raises(NameTaken):
        run("filters", "save", "week", "since<8d", "--share")
    with pytest.raises(NoSuchFilter, match="only one's own"):
        run("filters", "delete", "week")


def test_what_others_keep_to_themselves_is_not_there(run: Run, there: Pages) -> None:
    someone(there.base, "secret", "since<7d", shared=False)
    assert "secret" not in run("filters", "list").output
    with pytest.raises(NoSuchFilter):
        run("findings", "--saved", "secret")


def test_a_filter_that_cannot_be_read_any_more_is_shown_with_its_problem(run: Run, there: Pages) -> None:
    someone(there.base, "old", "renamed=1")
    assert "there is no field renamed" in run("filters", "list").output
    with pytest.raises(InputErrors, match="there is no field renamed"):
        run("findings", "--saved", "old")
