import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.render.mail import page, text
from hubposture.render.slack import blocks
from hubposture.work.message import Carrier, Message, Subject
from hubposture.work.news import AccountDigest, Escalated, News, OwnerDigest, OwnerNews, Receiver, Rules, TicketLink
from hubposture.work.telling import ONCE, Telling, plan_messages, to_send
from work.news_made import ALL, NEWS, NOW, RULES, TODAY, coming, criticals, failing, news, notice, some

T = TypeVar("T")
TICKET = TicketLink("WEB-7", "https://jira.example/browse/WEB-7")


@dataclass(frozen=True)
class Known:
    digest: str
    state: str = "sent"
    where: str = ""


def of(telling: Telling, about: Subject, carrier: Carrier = Carrier.SLACK) -> list[Message]:
    return [one for one in telling.messages if (one.about, one.carrier) == (about, carrier)]


def shown(message: Message) -> str:
    return f"{message.title}\n{text(message.body)}"


# --- runs --------------------------------------------------------------------------------------------------------------


def test_a_team_hears_once_a_day_what_is_new_and_fixed_and_what_to_begin_with() -> None:
    old = some(3, "ec2.19", failing_since=NOW - dt.timedelta(days=60))
    fresh = failing("one", "iam.3", severity="CRITICAL")
    owner = OwnerNews("web", (*old, fresh), frozenset({"one"}), fixed=2, tickets={"one": TICKET})
    told = plan_messages(news(owners=(owner,)), replace(ALL, urgent=False))
    (message,) = of(told, Subject.RUN)
    assert (message.key, message.to) == ("run/acme/web/2026-11-24", "#team-web")
    assert message.title == "web: 1 new, 2 fixed (2026-11-24)"
    said = shown(message)
    assert "4 obligations of web fail, 3 overdue." in said
    assert said.index("IAM.3") < said.index("EC2.19")
    assert "WEB-7: https://jira.example/browse/WEB-7" in said
    assert "hubposture findings --list 'owner=web status=FAILED'" in said
    (by_mail,) = of(told, Subject.RUN, Carrier.MAIL)
    assert (by_mail.key, by_mail.to) == ("run/acme/web/2026-11-24/mail", "web@example.com")


def test_nothing_that_moved_is_nothing_to_tell() -> None:
    assert plan_messages(news(owners=(OwnerNews("web", some(9)),)), ALL).messages == ()


def test_only_as_many_controls_as_are_set_are_listed_and_the_others_counted() -> None:
    found = tuple(one for at in range(9) for one in some(1, f"s3.{at}"))
    (message,) = of(plan_messages(news(owners=(OwnerNews("web", found, fixed=1),)), ALL), Subject.RUN)
    assert "and 4 more" in shown(message)


def test_a_team_without_an_address_is_told_of_and_gets_nothing() -> None:
    told = plan_messages(news(owners=(OwnerNews("data", fixed=1), OwnerNews("web", fixed=1))), ALL)
    assert told.unreached == ("data",)
    assert {one.team for one in told.messages} == {"web"}


# --- urgent ------------------------------------------------------------------------------------------------------------


def test_each_new_critical_is_a_message_and_the_last_one_counts_the_rest() -> None:
    owner = OwnerNews("web", criticals=criticals(7), tickets={"ec2.19-0000": TICKET})
    told = plan_messages(news(owners=(owner,)), ALL)
    found = of(told, Subject.URGENT)
    assert len(found) == ALL.urgent_most
    assert ["AND 2 MORE THAT ARE NEW AND CRITICAL" in shown(one) for one in found] == [False] * 4 + [True]
    last = found[-1].key
    assert told.covered[last] == ("urgent/acme/ec2.19-0005/2026-11-21", "urgent/acme/ec2.19-0006/2026-11-21")
    assert "arn:aws:s3:::ec2.19-0000" in shown(found[0])
    assert "WEB-7" in shown(found[0])


def test_what_was_told_and_what_was_counted_with_it_is_not_told_again_but_what_came_since_is() -> None:
    first = plan_messages(news(owners=(OwnerNews("web", criticals=criticals(7)),)), ALL)
    told = {one.key for one in first.messages} | {key for keys in first.covered.values() for key in keys}
    assert plan_messages(news(owners=(OwnerNews("web", criticals=criticals(7)),)), ALL, told=told).messages == ()
    later = plan_messages(news(owners=(OwnerNews("web", criticals=criticals(8)),)), ALL, told=told)
    assert [one.key for one in of(later, Subject.URGENT)] == ["urgent/acme/ec2.19-0007/2026-11-21"]


def test_criticals_are_not_told_one_by_one_where_the_settings_say_so() -> None:
    assert plan_messages(news(owners=(OwnerNews("web", criticals=criticals(2)),)), Rules(urgent=False)).messages == ()


# --- waivers, what begins, tickets -------------------------------------------------------------------------------------


def test_notices_of_one_run_are_one_message_and_those_of_the_next_another() -> None:
    found = (
        notice("W-2"),
        notice("W-1", "surplus", surplus=4),
        notice("W-3", "expired", at=NOW + dt.timedelta(hours=2)),
    )
    messages = of(plan_messages(news(notices=found), ALL), Subject.EXPIRY)
    assert [one.title for one in messages] == ["web: 2 waivers want attention", "web: 1 waiver wants attention"]
    assert "W-1" in shown(messages[0])
    assert "matches 4 resources that nobody approved" in shown(messages[0])
    assert "ends after 2026-12-01" in shown(messages[0])


def test_those_who_will_fail_are_told_before_a_row_is_enforced_and_again_only_where_more_begins() -> None:
    begins = TODAY + dt.timedelta(days=10)
    world = news(coming=(coming(),), begins={begins: ("s3.8",)})
    (message,) = of(plan_messages(world, ALL), Subject.ANNOUNCEMENT)
    assert message.title == "web: 1 control enforced from 2026-12-04"
    assert (
        "3 resources of web fail now what becomes an obligation on 2026-12-04; until 2026-12-11 nothing counts."
        in shown(message)
    )
    fewer = replace(world, coming=(coming(places=(("acme-web-prod", 1),)),))
    assert of(plan_messages(fewer, ALL), Subject.ANNOUNCEMENT)[0].key == message.key
    more = replace(world, begins={begins: ("s3.8", "ec2.19")})
    assert of(plan_messages(more, ALL), Subject.ANNOUNCEMENT)[0].key != message.key


def test_what_begins_today_or_in_a_long_time_or_fails_nowhere_is_not_announced() -> None:
    found = (coming(days=0), coming(days=15), coming(days=3, places=()))
    assert of(plan_messages(news(coming=found), ALL), Subject.ANNOUNCEMENT) == []


def test_a_step_of_the_ladder_tells_whom_it_names_and_each_step_once() -> None:
    one = Escalated(
        "shub-1", TICKET, "web", "S3.8", "Buckets", 1, 7, 3, TODAY, NOW, slack="#leads", mail="lead@example.com"
    )
    told = plan_messages(news(receivers=(), escalated=(one,)), ALL)
    assert [(each.key, each.to) for each in told.messages] == [
        ("escalation/acme/shub-1/1", "#leads"), ("escalation/acme/shub-1/1/mail", "lead@example.com"),
    ]  # fmt: skip
    assert plan_messages(news(escalated=(one,)), ALL, told={each.key for each in told.messages}).messages == ()
    assert len(plan_messages(news(escalated=(replace(one, step=2),)), ALL, told={told.messages[0].key}).messages) == 2


# --- digests -----------------------------------------------------------------------------------------------------------


def test_an_account_is_told_the_shortest_way_to_all_of_its_obligations() -> None:
    found = (*some(5, "s3.8"), *some(1, "iam.3"), *some(2, "ec2.19"))
    account = AccountDigest("web", "111122223333", "acme-web-prod (111122223333)", 92, 100, found)
    told = plan_messages(news(accounts=(account,)), replace(ALL, top=2), page=page)
    (message,) = of(told, Subject.DIGEST)
    assert message.key == "digest/acme/web/111122223333/2026-W48"
    assert message.title == "acme-web-prod (111122223333): 92 of 100 obligations met (2026-W48)"
    said = shown(message)
    assert said.index("IAM.3") < said.index("EC2.19")
    assert "With these 3 resources fixed, 95 of 100 are met." in said
    assert message.attachment is None
    (by_mail,) = of(told, Subject.DIGEST, Carrier.MAIL)
    assert by_mail.attachment is not None
    name, html = by_mail.attachment
    assert name == "security-hub-111122223333-2026-W48.html"
    assert html.count("arn:aws:s3:::s3.8-") == 5


def test_a_team_is_told_its_week_with_its_waivers_and_what_begins() -> None:
    week = OwnerDigest("web", 7, 10, (*some(2), failing("x", account="2", account_shown="acme-data")))
    told = plan_messages(news(weeks=(week,), notices=(notice(),), coming=(coming(),)), ALL)
    (message,) = of(told, Subject.DIGEST)
    assert message.key == "digest/acme/web/2026-W48"
    said = shown(message)
    assert all(
        one in said
        for one in ("7 of 10 obligations met. 3 left, 3 HIGH.", "W-1", "WAIVERS", "BECOMES AN OBLIGATION", "acme-data")
    )


def test_the_digest_of_a_team_that_says_no_more_than_that_of_its_only_account_is_left_out() -> None:
    account = AccountDigest("web", "1", "acme (1)", 1, 3, some(2))
    week = OwnerDigest("web", 1, 3, some(2))
    assert [one.key for one in of(plan_messages(news(accounts=(account,), weeks=(week,)), ALL), Subject.DIGEST)] == [
        "digest/acme/web/1/2026-W48"
    ]
    more = replace(week, obligations=4, failing=some(3))
    assert len(of(plan_messages(news(accounts=(account,), weeks=(more,)), ALL), Subject.DIGEST)) == 2
    noticed = plan_messages(news(accounts=(account,), weeks=(week,), notices=(notice(),)), ALL)
    assert len(of(noticed, Subject.DIGEST)) == 2


def test_all_met_is_said_and_no_way_is_shown() -> None:
    (message,) = of(plan_messages(news(weeks=(OwnerDigest("web", 10, 10),)), ALL), Subject.DIGEST)
    assert "10 of 10 obligations met: all of them." in shown(message)
    assert "SHORTEST" not in shown(message)


def test_digests_are_made_on_their_day_and_made_up_for_later_in_the_week_once() -> None:
    week = (OwnerDigest("web", 1, 1),)
    for day, is_due in ((TODAY, True), (TODAY + dt.timedelta(days=3), True), (TODAY - dt.timedelta(days=1), False)):
        told = plan_messages(replace(news(weeks=week), day=day), ALL)
        assert bool(told.messages) is is_due
        assert (
            plan_messages(replace(news(weeks=week), day=day), ALL, told={one.key for one in told.messages}).messages
            == ()
        )


def test_a_team_at_the_pace_of_digests_gets_digests_and_urgent_messages_alone() -> None:
    receivers = (Receiver("web", "#team-web", "web@example.com", is_digest_only=True),)
    owner = OwnerNews("web", some(3), frozenset({"s3.8-0000"}), criticals(1), fixed=2)
    world = news(
        receivers=receivers,
        owners=(owner,),
        notices=(notice(),),
        coming=(coming(),),
        weeks=(OwnerDigest("web", 1, 4, some(3)),),
    )
    told = plan_messages(world, ALL)
    assert {one.about for one in told.messages} == {Subject.DIGEST, Subject.URGENT}
    assert "W-1" in shown(of(told, Subject.DIGEST)[0])


def shuffled(found: Sequence[T]) -> list[T]:
    return random.Random(7).sample(list(found), len(found))


# --- what holds always -------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(NEWS, RULES)
def test_equal_news_make_equal_messages_each_key_once_whatever_the_order(world: News, rules: Rules) -> None:
    told = plan_messages(world, rules, page=page)
    keys = [one.key for one in told.messages]
    assert keys == sorted(set(keys))
    mixed = replace(
        world,
        owners=[
            replace(one, failing=shuffled(one.failing), criticals=shuffled(one.criticals))
            for one in reversed(world.owners)
        ],
        receivers=shuffled(world.receivers),
        weeks=[replace(one, failing=shuffled(one.failing)) for one in reversed(world.weeks)],
        accounts=[replace(one, failing=shuffled(one.failing)) for one in reversed(world.accounts)],
    )
    assert plan_messages(mixed, rules, page=page) == told


@settings(max_examples=40)
@given(NEWS, RULES)
def test_nobody_gets_what_is_for_others_and_nobody_without_an_address_gets_anything(world: News, rules: Rules) -> None:
    addresses = {one.team: {one.slack, one.mail} - {""} for one in world.receivers}
    for one in plan_messages(world, rules).messages:
        if one.about is not Subject.ESCALATION:
            assert one.to in addresses[one.team]
    digest_only = {one.team for one in world.receivers if one.is_digest_only}
    told = {one.about for one in plan_messages(world, rules).messages if one.team in digest_only}
    assert told <= {Subject.DIGEST, Subject.URGENT, Subject.ESCALATION}


@settings(max_examples=40)
@given(NEWS, RULES)
def test_every_message_can_be_shown_in_every_way(world: News, rules: Rules) -> None:
    for one in plan_messages(world, rules, page=page).messages:
        assert one.title
        assert "\n" not in one.title
        assert blocks(one.title, one.body)
        text(one.body).encode()
        page(one.title, one.body).encode()
        one.key.encode()


@settings(max_examples=40)
@given(NEWS, RULES)
def test_after_everything_was_told_nothing_that_is_told_once_is_left(world: News, rules: Rules) -> None:
    first = plan_messages(world, rules)
    told = {one.key for one in first.messages} | {key for keys in first.covered.values() for key in keys}
    again = plan_messages(world, rules, told=told)
    assert not [one for one in again.messages if one.about in ONCE]
    assert not again.covered
    sent = {one.key: Known(one.digest) for one in first.messages}
    new, changed, _ = to_send(again.messages, sent)
    assert (new, changed) == ([], [])


@settings(max_examples=40)
@given(NEWS, RULES, st.data())
def test_every_wanted_message_is_new_changed_or_left_and_never_two_of_these(
    world: News, rules: Rules, data: st.DataObject
) -> None:
    wanted = plan_messages(world, rules).messages
    states = st.builds(
        Known, st.sampled_from(["", "x"]), st.sampled_from(["sending", "sent", "failed"]), st.sampled_from(["", "C1 1"])
    )
    sent = {one.key: data.draw(states) for one in wanted if data.draw(st.booleans())}
    new, changed, unchanged = to_send(wanted, sent)
    assert sorted(one.key for one in (*new, *changed, *unchanged)) == [one.key for one in wanted]
    for one in new:
        known = sent.get(one.key)
        assert known is None or (known.state == "failed" and not known.where)
    for one in unchanged:
        known = sent[one.key]
        assert known.state != "failed" or known.where


def test_what_is_being_sent_is_never_sent_again_and_what_failed_is() -> None:
    (message,) = of(plan_messages(news(weeks=(OwnerDigest("web", 1, 1),)), ALL), Subject.DIGEST)
    assert to_send([message], {message.key: Known("", "sending")}) == ([], [], [message])
    assert to_send([message], {message.key: Known("", "failed")}) == ([message], [], [])
    assert to_send([message], {message.key: Known("", "sent")}) == ([], [], [message])


def test_a_run_that_says_something_else_now_is_changed() -> None:
    (message,) = of(plan_messages(news(owners=(OwnerNews("web", fixed=1),)), ALL), Subject.RUN)
    assert to_send([message], {message.key: Known("x", "sent", "C1 1")}) == ([], [message], [])
    assert to_send([message], {message.key: Known("x", "sending", "C1 1")}) == ([], [message], [])
