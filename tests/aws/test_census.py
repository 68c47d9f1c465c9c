"""A census sees recorders, members, other people's automation, and who changed what."""

from datetime import timedelta
from typing import Any

import pytest

from aws.sandboxed import ADMINISTRATOR, DARK, DATA, HOME, LINKED, MANAGEMENT, WEB, stage
from hubposture.aws.census import AwsCensus, facts_in
from hubposture.aws.pool import Pool
from hubposture.errors import RemoteError
from hubposture.model.targets import Because, Target, Unreadable
from hubposture.ports.census import CensusReader, Recorder

WEB_HOME = Target("acme", WEB, HOME)


def census(here: Any) -> CensusReader:
    return AwsCensus(here.gateway, Pool(4))


def test_recorders_that_are_off_and_accounts_without_a_role_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    here.sandbox.set_recorder(WEB, LINKED, on=False)
    targets = [Target("acme", account, region) for account in (WEB, DARK) for region in (HOME, LINKED)]
    found = {one.target: one for one in census(here).recorders(targets)}
    assert sorted(found) == sorted(targets)
    on, off = found[WEB_HOME], found[Target("acme", WEB, LINKED)]
    assert isinstance(on, Recorder)
    assert isinstance(off, Recorder)
    assert (on.is_on, off.is_on) == (True, False)
    dark = found[Target("acme", DARK, HOME)]
    assert isinstance(dark, Unreadable)
    assert dark.because is Because.NO_ROLE


def test_live_accounts_are_compared_with_the_members(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    members = census(here).members(here.organization.read().organization)
    assert [one.account for one in members] == sorted([MANAGEMENT, WEB, DATA, DARK])
    assert {one.account: one.status for one in members}[WEB] == "Enabled"


def test_foreign_automation_is_listed_by_region(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    client = here.sandbox.client("securityhub", account=ADMINISTRATOR, region=HOME)
    client.create_action_target(Name="To ticket", Description="d", Id="ToTicket")
    client.create_insight(
        Name="Mine", Filters={"AwsAccountId": [{"Value": WEB, "Comparison": "EQUALS"}]}, GroupByAttribute="ResourceId"
    )
    found = dict(census(here).automation((HOME, LINKED)))
    home = found[HOME]
    assert not isinstance(home, RemoteError)
    assert {(one.kind, one.name) for one in home} == {("insight", "Mine"), ("custom action", "To ticket")}
    assert found[LINKED] == ()


def test_who_changed_a_control_is_told_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    begun = here.sandbox.clock.now()
    client = here.sandbox.client("securityhub", account=WEB, region=HOME)
    for control, status in (("S3.1", "DISABLED"), ("ACM.2", "DISABLED"), ("S3.1", "ENABLED")):
        here.sandbox.wait(60)
        client.batch_update_standards_control_associations(
            StandardsControlAssociationUpdates=[
                {
                    "StandardsArn": f"arn:aws:securityhub:{HOME}::standards/aws-foundational-security-best-practices/v/1.0.0",
                    "SecurityControlId": control,
                    "AssociationStatus": status,
                    "UpdatedReason": "by hand",
                }
            ]
        )
    here.sandbox.wait(1200)
    until = here.sandbox.clock.now() + timedelta(minutes=1)
    deeds = census(here).deeds(WEB_HOME, since=begun, until=until, control="s3.1")
    assert [one.at for one in deeds] == sorted((one.at for one in deeds), reverse=True)
    assert len(deeds) == 2
    assert all("user/admin" in one.who for one in deeds)
    assert len(census(here).deeds(WEB_HOME, since=begun, until=until)) == 3
    assert census(here).deeds(Target("acme", DATA, HOME), since=begun, until=until) == ()


def test_lookups_keep_to_two_calls_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    begun = here.sandbox.clock.now()
    census(here).deeds(WEB_HOME, since=begun - timedelta(days=1), until=begun)
    assert here.calls("LookupEvents") == 5
    assert (here.sandbox.clock.now() - begun).total_seconds() == pytest.approx(1.5, abs=0.1)


def test_controls_are_found_anywhere_in_a_request_whatever_the_casing_of_its_names() -> None:
    request = {"standardsControlAssociationUpdates": [{"securityControlId": "S3.1", "standardsArn": "arn:x"}]}
    assert sorted(facts_in(request)) == ["S3.1", "arn:x"]
