"""A ticket that a person asks for now."""

from dataclasses import replace

from hubposture.work.subject import Standing
from work.work_world import POLICY, hours, names, only, planned, subject, ticket, whys, world

ASKED = replace(POLICY, asked=frozenset({"a"}))


def test_it_does_not_wait_until_its_findings_settled_and_others_do() -> None:
    fresh = [subject(name, failing_since=hours(-1)) for name in ("a", "b")]
    assert planned(world(*fresh)).actions == ()
    assert names(only(planned(world(*fresh), policy=ASKED)).after) == {"a"}


def test_it_does_not_wait_for_the_other_tickets_of_the_team() -> None:
    full = replace(ASKED, in_progress=1, asked=frozenset({"new"}))
    there = ticket("old-1", "old-2", "old-3", is_full=True)
    subjects = [subject(name) for name in ("old-1", "old-2", "old-3")]
    new = subject("new", control="iam.6", shown="IAM.6")
    other = subject("other", control="ec2.19", shown="EC2.19")
    found = planned(world(*subjects, new, other, tickets=(there,)), policy=full)
    made = [one for one in found.actions if one.before is None]
    assert [names(one.after) for one in made] == [{"new"}]
    assert "1 ticket at once: others of the team go first" in whys(found)


def test_what_does_not_fail_gets_none_whoever_asks() -> None:
    assert planned(world(subject("a", Standing.PASSED)), policy=ASKED).actions == ()
    assert planned(world(subject("a", owner="ops")), policy=ASKED).actions == ()
