"""Dimensions: accounts, targets, what is on and what is wanted, as tables; what left stays as left or lost."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from controls.controls_world import ACCOUNTS, DARK, HOME, OTHER, TARGETS, state
from hubposture.catalog import load
from hubposture.controls.state import Reading
from hubposture.findings.tables import DECIDED, DIMENSIONS
from hubposture.model.controls import Severity
from hubposture.model.organization import Account
from hubposture.model.targets import Because, Target, Unreadable
from hubposture.ports.lake import Dimensions
from hubposture.verbs.dimensions import Rules, Sighting, dimensions, owner_of
from hubposture.verbs.plan import Choices, Planned, plan
from verbs.worlds import matrix, survey

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
TODAY = dt.datetime(2026, 11, 24)
ROWS = (
    {"control": "S3.8", "disposition": "enforce", "due_days": "10", "owner": "team-web"},
    {"control": "IAM.6", "disposition": "monitor"},
    {"control": "S3.1", "disposition": "enforce", "enforce_from": "2026-12-01"},
    {"control": "IAM.7", "disposition": "enforce", "our_severity": "HIGH"},
)
RULES = Rules(owner_tags=("owner", "env"), due_days={Severity.HIGH: 30, Severity.MEDIUM: 90})


def planned(readings: Sequence[Reading] | None = None, rows: Sequence[Mapping[str, str]] = ROWS) -> Planned:
    found = survey(readings or [*(state(target) for target in TARGETS[:-1]), DARK])
    return plan(matrix({"Controls": rows}), found, catalog=load(), choices=Choices(), now=NOW)


def made(
    found: Planned | None = None,
    sighting: Sighting | None = None,
    *,
    earlier: Mapping[str, Sequence[tuple[object, ...]]] | None = None,
    frozen: bool = False,
    rules: Rules = RULES,
) -> Dimensions:
    return dimensions(
        found or planned(), sighting or Sighting(members=set(ACCOUNTS)), rules=rules, today=TODAY,
        earlier=earlier or {}, known_since={}, frozen=frozen,
    )  # fmt: skip


def rows(found: Dimensions, table: str) -> list[dict[str, Any]]:
    names = next(one for one in DIMENSIONS if one.name == table).names
    return [dict(zip(names, row, strict=True)) for row in found.tables[table]]


def target(found: Dimensions, place: Target) -> dict[str, Any]:
    return next(
        one for one in rows(found, "targets") if (one["account"], one["region"]) == (place.account, place.region)
    )


def wish(found: Dimensions, place: Target, control: str) -> dict[str, Any]:
    key = target(found, place)["wishes"]
    return next(one for one in rows(found, "wishes") if (one["wishes"], one["control"]) == (key, control))


def test_every_table_has_rows_that_are_as_wide_as_its_columns() -> None:
    found = made()
    assert set(found.tables) == {table.name for table in DIMENSIONS if table not in DECIDED}
    for table in DIMENSIONS:
        if table in DECIDED:
            continue
        assert all(len(row) == len(table.columns) for row in found.tables[table.name]), table.name


def test_decisions_and_waivers_are_left_to_those_who_decide() -> None:
    held: dict[str, Sequence[tuple[object, ...]]] = {
        "decisions": [("0" * 32, "W-1", TODAY, "suppress")],
        "waivers": [("W-1",)],
    }
    assert {table.name for table in DECIDED} == held.keys()
    assert not made(earlier=held).tables.keys() & held.keys()


def test_every_target_is_there_once_and_says_whether_it_is_seen() -> None:
    found = made()
    assert len(rows(found, "targets")) == len(TARGETS)
    assert target(found, TARGETS[0])["sight"] == "seen"
    dark = target(found, TARGETS[-1])
    assert dark["sight"] == "unreadable"
    assert dark["because"].startswith(str(DARK.because))
    assert dark["enablement"] == ""


def test_targets_that_are_alike_share_what_is_on_and_what_is_wanted() -> None:
    found = made()
    assert len({one["wishes"] for one in rows(found, "targets")}) < len(TARGETS)
    keys = {(one["enablement"], one["standard"], one["control"]) for one in rows(found, "enablement")}
    assert len(keys) == len(rows(found, "enablement"))


def test_a_row_is_in_force_when_it_enforces_and_its_day_has_come() -> None:
    found = made()
    place = Target("acme", ACCOUNTS[0], HOME)
    assert wish(found, place, "s3.8")["in_force"]
    assert not wish(found, place, "iam.6")["in_force"]
    assert not wish(found, place, "s3.1")["in_force"]


@pytest.mark.parametrize(("cell", "days"), [("", -1), ("yes", -1), ("no", 0), ("0", 0), ("90", 90)])
def test_a_row_says_for_how_long_waivers_may_run(cell: str, days: int) -> None:
    found = made(planned(rows=[{"control": "S3.8", "disposition": "enforce", "waivable": cell}]))
    assert wish(found, TARGETS[0], "s3.8")["waivable"] == days


def test_due_days_of_the_row_go_before_those_of_its_severity_and_ours_goes_before_awss() -> None:
    found = made()
    place = Target("acme", ACCOUNTS[0], HOME)
    assert wish(found, place, "s3.8")["due_before"] == TODAY - dt.timedelta(days=10)
    assert (wish(found, place, "iam.7")["severity"], wish(found, place, "iam.7")["due_before"]) == (
        "HIGH",
        TODAY - dt.timedelta(days=30),
    )
    assert (wish(found, place, "s3.8")["due_days"], wish(found, place, "iam.7")["due_days"]) == (10, 30)
    assert wish(found, place, "s3.8")["owner"] == "team-web"
    assert wish(found, place, "s3.8")["row"].startswith("Controls!")


def test_what_has_no_due_days_is_never_due() -> None:
    found = made(rules=Rules())
    assert (wish(found, TARGETS[0], "iam.7")["due_days"], wish(found, TARGETS[0], "iam.7")["due_before"]) == (-1, None)


def test_a_global_control_that_is_checked_at_home_is_in_force_there_alone() -> None:
    found = made()
    assert wish(found, Target("acme", ACCOUNTS[0], HOME), "iam.7")["in_force"]
    assert not wish(found, Target("acme", ACCOUNTS[0], OTHER), "iam.7")["in_force"]


def test_an_account_that_is_no_member_is_lost_and_the_administrator_is_not_asked_for() -> None:
    found = made(sighting=Sighting(members={ACCOUNTS[2]}))
    assert target(found, Target("acme", ACCOUNTS[1], HOME))["sight"] == "lost"
    assert target(found, Target("acme", ACCOUNTS[0], HOME))["sight"] == "seen"


def test_members_that_cannot_be_read_freeze_everything() -> None:
    found = made(sighting=Sighting(members=None))
    assert found.frozen
    assert target(found, Target("acme", ACCOUNTS[1], HOME))["sight"] == "seen"


def test_a_stopped_recorder_loses_sight_until_it_was_seen_to_record_again() -> None:
    place = Target("acme", ACCOUNTS[0], HOME)
    stopped = made(sighting=Sighting(members=set(ACCOUNTS), recorders={place: "the recorder is stopped"}))
    assert target(stopped, place)["sight"] == "lost"
    unasked = made(earlier=stopped.tables)
    assert target(unasked, place)["because"] == target(stopped, place)["because"]
    again = made(sighting=Sighting(members=set(ACCOUNTS), recorders={place: ""}), earlier=unasked.tables)
    assert target(again, place)["sight"] == "seen"
    assert (place.account, place.region) in again.recorded


def test_an_unreadable_target_is_lost_only_when_its_findings_stopped_coming() -> None:
    dark = TARGETS[-1].account
    swept = dict.fromkeys(ACCOUNTS, TODAY)

    def sight(hours: int, swept: dict[str, dt.datetime]) -> object:
        fresh = {ACCOUNTS[0]: TODAY, dark: TODAY - dt.timedelta(hours=hours)}
        return target(made(sighting=Sighting(set(ACCOUNTS), fresh=fresh, swept=swept)), TARGETS[-1])["sight"]

    assert sight(47, swept) == "unreadable"
    assert sight(49, swept) == "lost"
    assert sight(49, {**swept, dark: TODAY - dt.timedelta(hours=48)}) == "unreadable", "nobody has looked since"


def test_a_hub_that_is_off_is_lost_and_a_closed_region_expects_nothing() -> None:
    readings: list[Reading] = [state(one) for one in TARGETS[:-2]]
    readings += [Unreadable(TARGETS[-2], Because.HUB_OFF, ""), Unreadable(TARGETS[-1], Because.NOT_OPTED_IN, "")]
    found = made(planned(readings))
    assert target(found, TARGETS[-2])["sight"] == "lost"
    closed = target(found, TARGETS[-1])
    assert (closed["sight"], closed["wishes"]) == ("closed", "")


def test_an_account_that_left_and_a_region_no_longer_linked_stay_as_lost() -> None:
    first = made()
    gone, cut = "999999999999", "ap-south-1"
    earlier = {
        "accounts": [*first.tables["accounts"], (gone, "old", "acme-old", f"acme-old ({gone})", "active", "", "/", "")],
        "targets": [
            *first.tables["targets"],
            (gone, HOME, "seen", "", "local", "e", "w", TODAY),
            (ACCOUNTS[0], cut, "seen", "", "local", "e", "w", None),
        ],
    }
    found = made(earlier=earlier)
    assert next(one for one in rows(found, "accounts") if one["account"] == gone)["state"] == "left"
    left, unlinked = target(found, Target("acme", gone, HOME)), target(found, Target("acme", ACCOUNTS[0], cut))
    assert (left["sight"], left["because"], left["swept_at"]) == ("lost", "the account left the organization", TODAY)
    assert (unlinked["sight"], unlinked["because"]) == ("lost", "the Region is no longer linked")
    again = made(earlier=found.tables)
    assert again.tables["accounts"] == found.tables["accounts"]
    assert again.tables["targets"] == found.tables["targets"]


def test_an_account_is_under_every_unit_above_it() -> None:
    paths = {one["ou_path"] for one in rows(made(), "units") if one["account"] == ACCOUNTS[1]}
    assert paths == {"/", "/Prod"}


def test_the_owner_is_the_first_tag_that_is_set_whatever_its_casing() -> None:
    account = Account("1", "one", "r", tags={"Team": "web", "OWNER": ""})
    assert owner_of(account, ("owner", "team")) == "web"
    assert owner_of(replace(account, tags={}), ("owner", "team")) == ""
