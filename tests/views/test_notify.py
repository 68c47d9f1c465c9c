import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.render import json, markdown, text
from hubposture.views.notify import document
from hubposture.views.notify_rows import Fate, Told, ToldRow
from hubposture.work.news import News, OwnerNews, Rules
from hubposture.work.telling import plan_messages
from render.bodies import TEXTS
from work.news_made import ALL, NEWS, RULES, news, some


@settings(max_examples=40)
@given(NEWS, RULES, st.booleans(), st.data())
def test_any_messages_can_be_shown_in_every_format_and_are_all_counted(
    world: News, rules: Rules, is_preview: bool, data: st.DataObject
) -> None:
    messages = plan_messages(world, rules).messages
    rows = [ToldRow(one, data.draw(st.sampled_from(Fate)), data.draw(TEXTS)) for one in messages]
    shown = document("acme", Told(rows, is_preview, ("data",), 3, (("announcements", data.draw(TEXTS)),)), most=3)
    assert text.render(shown, width=80, colour=False).encode()
    assert markdown.render(shown).encode()
    found = orjson.loads(json.render(shown))
    assert sum(found["counts"].values()) == len(found["messages"]) == len(messages)


def test_a_reason_is_said_once_for_all_that_it_kept_back() -> None:
    messages = plan_messages(news(owners=(OwnerNews("web", some(3), fixed=1),)), ALL).messages
    told = Told(
        [ToldRow(one, Fate.FAILED, "Slack #old: the channel is archived") for one in messages], is_preview=False
    )
    shown = text.render(document("acme", told), width=160, colour=False)
    assert len(messages) == 2
    assert shown.count("the channel is archived") == 1
    assert not told.is_complete


def test_nothing_to_tell_and_nothing_new_to_tell_are_two_things() -> None:
    (one, _) = plan_messages(news(owners=(OwnerNews("web", fixed=1),)), ALL).messages
    assert "There is nothing to tell." in text.render(
        document("acme", Told((), is_preview=False)), width=80, colour=False
    )
    same = Told([ToldRow(one, Fate.UNCHANGED)], is_preview=False)
    assert "1 message is as sent" in text.render(document("acme", same), width=80, colour=False)
    assert same.is_complete
