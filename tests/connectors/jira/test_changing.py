"""Updates, comments and links: ours alone is changed, and nothing is done twice."""

import dataclasses
import datetime as dt

import pytest

from connectors.jira.jira_place import LABEL, NOTE, Place, draft, key
from hubposture.ports.tracker import Wrote
from hubposture.sandbox.remote.jira import USER
from hubposture.sandbox.remote.jira_model import Permission
from hubposture.work.body import Body, paragraph
from hubposture.work.ticket import Seen

DONE = Wrote()
PUT = r"PUT .*/issue/\d+$"
COMMENT = r"POST .*/comment$"


def puts(at: Place) -> int:
    return sum(1 for one in at.jira.calls if one.method == "PUT")


def test_an_update_leaves_what_people_wrote(at: Place) -> None:
    seen = at.made(draft())
    kim = at.jira.person("kim")
    kim.label(seen.shown, *seen.labels, "sprint-9")
    kim.assign(seen.shown, "lee")
    kim.comment(seen.shown, "On it.")
    changed = draft(1, title="S3.8: one bucket is public", severity="LOW", raised=2, labels=(LABEL, "control-s3.9"))
    assert at.tracker().update(seen.id, changed) == DONE
    shown = at.shown(seen)
    assert shown["summary"] == changed.title
    assert shown["priority"]["name"] == "High"
    assert set(shown["labels"]) == {*seen.labels, "sprint-9", "control-s3.9"}
    assert shown["assignee"]["displayName"] == "Lee Wong"
    assert len(at.stored(seen).comments) == 1
    assert at.stored(seen).properties["hubposture"]["digest"] == changed.digest


def test_an_update_is_one_request(at: Place) -> None:
    seen = at.made(draft())
    tracker = at.tracker()
    before = len(at.jira.calls)
    assert tracker.update(seen.id, draft(1, title="S3.8: new")) == DONE
    assert len(at.jira.calls) - before == 1


def test_a_due_day_that_is_no_more_is_taken_out(at: Place) -> None:
    seen = at.made(draft())
    assert at.tracker().update(seen.id, draft(1, due=None)) == DONE
    assert at.shown(seen)["duedate"] is None


@pytest.mark.parametrize(
    ("severity", "raised", "name"), [("LOW", 1, "Medium"), ("MEDIUM", 9, "Highest"), ("?", 0, "Medium")]
)
def test_an_escalation_raises_the_priority_up_to_the_highest(at: Place, severity: str, raised: int, name: str) -> None:
    seen = at.made(draft(1, severity="MEDIUM"))
    assert at.tracker().update(seen.id, draft(1, severity=severity, raised=raised)) == DONE
    assert at.shown(seen)["priority"]["name"] == name


def test_an_adopted_ticket_keeps_its_words_and_gets_our_label(at: Place) -> None:
    at.jira.person("kim").label("SHOP-1", "legacy")
    issue = at.jira.find("SHOP-1")
    assert issue is not None
    assert at.tracker().update(issue.id, draft(1, keeps_text=True, due=dt.date(2027, 1, 1))) == DONE
    assert issue.fields["summary"] == "Cloud security of the shop"
    assert "description" not in issue.fields
    assert set(issue.fields["labels"]) == {"legacy", key(1), LABEL, "control-s3.8"}
    assert at.tracker().find([key(1)])[key(1)][0].shown == "SHOP-1"


def test_what_is_above_is_set_only_where_nothing_is(at: Place) -> None:
    seen = at.made(draft())

    def above() -> str | None:
        fields = at.shown(seen)
        parent = fields.get("parent") or {"key": fields.get("customfield_10101")}
        found: str | None = parent["key"]
        return found

    assert above() is None
    assert at.tracker().update(seen.id, draft(1, parent="SHOP-1")) == DONE
    assert above() == "SHOP-1"
    assert at.tracker().update(seen.id, draft(1, parent="PLAT-1")) == DONE
    assert above() == "SHOP-1"


def test_people_are_not_told_of_updates_where_that_may_be_kept_from_them(at: Place) -> None:
    seen = at.made(draft())
    at.tracker().update(seen.id, draft(1, title="S3.8: new"))
    assert any("notifyUsers=false" in one[1] for one in at.traffic.seen if one[0] == "PUT")


def test_where_people_must_be_told_an_update_is_made_all_the_same_and_remembered(at: Place) -> None:
    first, second = at.made(draft(1)), at.made(draft(2))
    tracker = at.tracker()
    at.jira.faults.fail(403, on=PUT, message="To discard the user notification either admin permissions are required.")
    before = puts(at)
    assert tracker.update(first.id, draft(1, title="S3.8: new")) == DONE
    assert tracker.update(second.id, draft(2, title="S3.8: new")) == DONE
    assert puts(at) - before == 3
    assert at.shown(second)["summary"] == "S3.8: new"


def test_permission_to_edit_that_is_taken_away_breaks_the_place(at: Place) -> None:
    seen = at.made(draft())
    at.jira.deny(USER, "SHOP", Permission.EDIT)
    wrote = at.tracker().update(seen.id, draft(1, title="S3.8: new"))
    assert wrote.is_place_broken
    assert not wrote.is_doubtful


def test_a_ticket_that_is_gone_is_an_error_of_its_own(at: Place) -> None:
    seen, other = at.made(draft()), at.made(draft(2))
    at.jira.person("kim").delete(seen.shown)
    tracker = at.tracker()
    for wrote in (
        tracker.update(seen.id, draft(1)),
        tracker.comment(seen.id, NOTE, mark="m"),
        tracker.link(seen.id, other.id, is_duplicate=True),
    ):
        assert wrote.error
        assert not wrote.is_place_broken


def test_an_update_whose_answer_is_lost_is_made_again(at: Place) -> None:
    seen = at.made(draft())
    at.jira.faults.cut_after(on=PUT)
    assert at.tracker().update(seen.id, draft(1, title="S3.8: new")) == DONE
    assert at.shown(seen)["summary"] == "S3.8: new"


def test_a_field_that_the_project_does_not_take_is_left_out_of_an_update(at: Place) -> None:
    seen = at.made(draft())
    priorities = {"critical": "Blocker", "high": "Blocker", "medium": "Blocker", "low": "Blocker"}
    assert at.tracker(priorities=priorities).update(seen.id, draft(1, title="S3.8: new")) == DONE
    assert at.shown(seen)["summary"] == "S3.8: new"


def test_a_level_that_a_screen_for_changes_lacks_holds_up_no_update(at: Place) -> None:
    given = {"SEC": {"fields": ["Business impact=High"], "security_level": "Security team"}}
    seen = at.made(draft(1, "SEC"), projects=given)
    project = at.jira.projects["SEC"]
    screen = tuple(one for one in project.types[0].screen if one != "security")
    project.types = (dataclasses.replace(project.types[0], screen=screen), *project.types[1:])
    assert at.tracker(projects=given).update(seen.id, draft(1, "SEC", title="S3.8: new")) == DONE
    assert at.shown(seen)["summary"] == "S3.8: new"
    assert at.stored(seen).fields["security"]


def test_a_comment_whose_answer_is_lost_is_written_once(at: Place) -> None:
    seen = at.made(draft())
    at.jira.faults.cut_after(on=COMMENT)
    assert at.tracker().comment(seen.id, NOTE, mark="m1") == DONE
    assert at.tracker().comment(seen.id, NOTE, mark="m1") == DONE
    assert len(at.stored(seen).comments) == 1


def test_a_comment_that_was_surely_lost_is_doubtful_and_written_the_next_time(at: Place) -> None:
    seen = at.made(draft())
    at.jira.faults.cut_before(on=COMMENT)
    assert at.tracker().comment(seen.id, NOTE, mark="m1").is_doubtful
    assert at.tracker().comment(seen.id, NOTE, mark="m1") == DONE
    assert len(at.stored(seen).comments) == 1


def test_a_mark_is_found_among_many_comments(at: Place) -> None:
    seen = at.made(draft())
    assert at.tracker().comment(seen.id, NOTE, mark="m1") == DONE
    for number in range(230):
        at.jira.person("kim").comment(seen.shown, f"m1 {number}")
    assert at.tracker().comment(seen.id, NOTE, mark="m1") == DONE
    assert len(at.stored(seen).comments) == 231


def test_no_comment_is_written_while_those_that_are_there_cannot_be_seen(at: Place) -> None:
    seen = at.made(draft())
    at.jira.faults.html(on=r"GET .*/comment$")
    assert at.tracker().comment(seen.id, NOTE, mark="m1").error
    assert at.stored(seen).comments == []


def test_comments_that_may_not_be_made_break_the_place(at: Place) -> None:
    seen = at.made(draft())
    at.jira.deny(USER, "SHOP", Permission.COMMENT)
    assert at.tracker().comment(seen.id, NOTE, mark="m1").is_place_broken


def test_a_long_comment_is_cut_and_written(at: Place) -> None:
    seen = at.made(draft())
    long = Body(tuple(paragraph("x" * 3000) for _ in range(40)))
    assert at.tracker().comment(seen.id, long, mark="m1") == DONE


def links_of(at: Place, seen: Seen) -> list[tuple[str, str, str]]:
    return [link[1:] for link in at.stored(seen).links]


def test_the_younger_duplicates_the_older_and_a_successor_relates_to_what_it_follows(at: Place) -> None:
    older, younger = at.made(draft(1)), at.made(draft(2))
    tracker = at.tracker()
    for is_duplicate in (True, False, True, False):
        assert tracker.link(younger.id, older.id, is_duplicate=is_duplicate) == DONE
    assert sorted(links_of(at, younger)) == [("Duplicate", younger.id, older.id), ("Relates", younger.id, older.id)]
    assert tracker.calls["POST issueLink"] == 2
    assert tracker.calls["GET issueLinkType"] == 1


def test_a_link_whose_answer_is_lost_is_there_once(at: Place) -> None:
    older, younger = at.made(draft(1)), at.made(draft(2))
    at.jira.faults.cut_after(on="POST .*/issueLink$")
    assert at.tracker().link(younger.id, older.id, is_duplicate=True) == DONE
    assert len(links_of(at, younger)) == 1


def test_a_site_with_other_types_of_links_gets_one_that_says_the_like(at: Place) -> None:
    older, younger = at.made(draft(1)), at.made(draft(2))
    at.jira.link_types = [
        ("1", "Blocks", "is blocked by", "blocks"),
        ("2", "Doppelt", "is duplicated by", "duplicates"),
    ]
    assert at.tracker().link(younger.id, older.id, is_duplicate=True) == DONE
    assert links_of(at, younger) == [("Doppelt", younger.id, older.id)]


def test_a_site_without_links_says_so(at: Place) -> None:
    older, younger = at.made(draft(1)), at.made(draft(2))
    at.jira.link_types = []
    assert "cannot be linked" in at.tracker().link(younger.id, older.id, is_duplicate=True).error
