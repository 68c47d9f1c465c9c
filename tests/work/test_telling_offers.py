from dataclasses import replace

from hubposture.work.message import Carrier, Message, Subject
from hubposture.work.news import AccountDigest, Escalated, OwnerDigest, OwnerNews, Pending, TicketLink
from hubposture.work.offers import Doing, Kind, Thing
from hubposture.work.telling import plan_messages
from work.news_made import ALL, NOW, TODAY, failing, news, some

ACTS = replace(ALL, acts=True, approvers="#bosses")
TICKET = TicketLink("WEB-7", "", "shub-7")


def offered(message: Message) -> dict[Doing, list[str]]:
    return {offer.doing: [thing.id for thing in offer.things] for offer in message.offers}


def one(about: Subject, **more: object) -> Message:
    (found,) = [
        message
        for message in plan_messages(news(**more), ACTS).messages
        if (message.about, message.carrier) == (about, Carrier.SLACK)
    ]
    return found


def test_a_run_lets_people_act_on_what_it_lists_and_on_nothing_else() -> None:
    mine, other = failing("a", "s3.8"), failing("b", "iam.3")
    owner = OwnerNews("web", (mine, other), frozenset({"a"}), tickets={"a": TICKET})
    assert offered(one(Subject.RUN, owners=(owner,))) == {
        Doing.ACKNOWLEDGE: [],
        Doing.NOT_MINE: ["shub-7"],
        Doing.OPEN_TICKET: ["iam.3"],
        Doing.REQUEST_WAIVER: ["s3.8", "iam.3"],
    }


def test_messages_by_mail_and_without_an_app_offer_nothing() -> None:
    owner = OwnerNews("web", some(3), frozenset({"s3.8-0000"}))
    for rules, carriers in ((ALL, set(Carrier)), (ACTS, {Carrier.MAIL})):
        messages = plan_messages(news(owners=(owner,)), rules).messages
        assert all(not message.offers for message in messages if message.carrier in carriers)


def test_an_urgent_message_is_about_its_resource_and_its_ticket() -> None:
    grave = failing("x", "ec2.19", severity="CRITICAL")
    without = OwnerNews("web", (grave,), criticals=(grave,))
    assert set(offered(one(Subject.URGENT, owners=(without,)))) == {
        Doing.ACKNOWLEDGE, Doing.OPEN_TICKET, Doing.REQUEST_WAIVER,
    }  # fmt: skip
    ticketed = replace(without, tickets={"x": TICKET})
    assert set(offered(one(Subject.URGENT, owners=(ticketed,)))) == {
        Doing.ACKNOWLEDGE, Doing.NOT_MINE, Doing.REQUEST_WAIVER,
    }  # fmt: skip


def test_in_the_digest_of_an_account_what_others_own_is_theirs_to_act_on() -> None:
    mine, theirs = failing("a", "s3.8"), failing("b", "iam.3", owner="data")
    digest = AccountDigest("web", "111122223333", "acme", 1, 3, (mine, theirs))
    message = one(Subject.DIGEST, accounts=(digest,))
    assert [thing.id for thing in message.things] == ["s3.8"]
    assert message.things[0].account == "111122223333"
    same = OwnerDigest("web", 1, 3, (mine,))
    assert offered(one(Subject.DIGEST, weeks=(same,)))[Doing.OPEN_TICKET] == ["s3.8"]


def test_an_overdue_ticket_can_be_acknowledged_or_refused() -> None:
    late = Escalated("shub-7", TICKET, "web", "S3.8", "", 1, 7, 3, TODAY, NOW, slack="#bosses")
    assert offered(one(Subject.ESCALATION, escalated=(late,))) == {Doing.ACKNOWLEDGE: [], Doing.NOT_MINE: ["shub-7"]}


def test_a_waiver_that_waits_is_told_once_for_each_form_of_it_to_who_decides() -> None:
    waits = Pending(
        "01R", "W-2026-001", 2, "sha256:ab", "kim@example.com", NOW, TODAY, "by-design", "on purpose", "web"
    )
    message = one(Subject.REQUEST, pending=(waits,))
    assert (message.to, message.key) == ("#bosses", "request/acme/01R/2")
    (thing,) = message.things
    assert (thing.kind, thing.id) == (Kind.REQUEST, "01R 2 sha256:ab")
    told = plan_messages(news(pending=(waits,)), ACTS, told={message.key})
    assert told.messages == ()
    edited = replace(waits, revision=3)
    assert len(plan_messages(news(pending=(edited,)), ACTS, told={message.key}).messages) == 1


def test_the_name_of_a_thing_says_nothing_and_is_the_same_for_the_same() -> None:
    things = [Thing(kind, "x", "shown", owner) for kind in Kind for owner in ("", "web")]
    assert len({thing.ref for thing in things}) == len(things)
    assert replace(things[0], shown="otherwise").ref == things[0].ref
