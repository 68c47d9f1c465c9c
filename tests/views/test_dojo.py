import json

from dojo_world import EAST, NOW, A, B, World, direct, passed, subject, unknown, waived
from hubposture.render import text as as_text
from hubposture.verbs.dojo_sync import plan_sync
from hubposture.verbs.dojo_verify import dojo_verify
from hubposture.views.document import Document
from hubposture.views.dojo import plan_document, result_document, verify_document
from hubposture.work.dojo_plan import CloseGuard
from hubposture.work.subject import Subject


def said(document: Document) -> str:
    json.dumps(document.data)
    return as_text.render(document, width=200)


def planned(world: World, *subjects: Subject, **means: object) -> Document:
    return plan_document("acme", plan_sync(world.the_means(**means), world.connector.look(), subjects))


def test_a_plan_says_what_would_come_and_go() -> None:
    world, _ = direct()
    world.sync(subject("b1"), subject("b2"), subject("b4"))
    document = planned(world, passed("b1"), waived("b2"), subject("b3", account=B), unknown("b4"))
    text = said(document)
    assert "2 uploads: 1 new, 0 to open again, 1 to close" in text
    assert "1 finding of which nothing is known now" in text
    assert f"AWS {B}, {B}, eu-west-1" in text
    assert document.data["uploads"][0]["to_close"] == 1
    assert document.data["risk_acceptances"][0]["waiver"] == "W-2026-014"


def test_a_plan_of_nothing_says_so() -> None:
    world, _ = direct()
    world.sync(subject("b1"))
    assert "Nothing to do: DefectDojo is in line." in said(planned(world, subject("b1")))


def test_a_plan_says_what_is_held_back_and_what_could_not_be_read() -> None:
    world, _ = direct()
    world.sync(subject("b1"), subject("b2"), subject("b3", region=EAST))
    world.dojo.fail(503, on="GET /api/v2/findings/", times=5)
    document = planned(world, passed("b1"), passed("b2"), passed("b3", region=EAST), guard=CloseGuard(0.4, 1))
    text = said(document)
    assert "--allow-close allows it" in text
    assert "it would close" in text
    assert "503" in text
    assert len(document.data["held"]) == len(document.data["unread"]) == 1


def test_a_result_counts_what_was_done_and_names_what_failed() -> None:
    world, _ = direct()
    world.dojo.fail(403, on="reimport-scan")
    result = world.sync(subject("b1"), waived("b2", account=B))
    document = result_document("acme", result)
    text = said(document)
    assert "1 upload: 1 new, 0 opened again, 0 closed" in text
    assert "Failed: 1" in text
    assert "risk acceptances: 1 made, 0 changed, 0 deleted" in text
    assert document.data["whole"] is False
    assert document.data["failures"][0]["where"] == f"AWS {A}, {A}, eu-west-1"


def test_a_result_that_was_stopped_or_lacks_something_says_so() -> None:
    world, _ = direct()
    world.dojo.fail(401, on="reimport-scan")
    assert "Nothing more was tried" in said(result_document("acme", world.sync(subject("b1"))))


def test_disagreements_are_a_row_each_with_since_when_and_what_comes_next() -> None:
    world, _ = direct()
    world.sync(subject("b1"))
    world.dojo.close_by_hand(world.of(subject("b1")).id)
    found = dojo_verify(world.the_means(), world.connector.look(), [subject("b1")])
    document = verify_document("acme", found, at=NOW)
    text = said(document)
    assert "1 disagreement between DefectDojo and the checks" in text
    assert "the next sync opens it again" in text
    assert "21 days" in text
    assert document.data["disagreements"][0]["since"] == "2026-11-03T08:30:00Z"
    world.sync(subject("b1"))
    found = dojo_verify(world.the_means(), world.connector.look(), [subject("b1")])
    assert "DefectDojo and the checks agree." in said(verify_document("acme", found, at=NOW))
