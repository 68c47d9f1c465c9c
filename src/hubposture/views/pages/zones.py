"""The page on which somebody chooses the zone in which they see times."""

import datetime as dt
from collections.abc import Sequence

from hubposture.views.document import Lines
from hubposture.views.pages.forms import Ask, Button, Field, Form, Option
from hubposture.views.pages.parts import Facts, Page, Part
from hubposture.views.words import moment


def page(names: Sequence[str], *, chosen: str, organization: str, now: dt.datetime, problem: str = "") -> Page:
    """`names` are all zones; `chosen` is '' for the organization's. `now` is naive UTC."""
    options = [Option("", f"As the organization ({organization})"), *(Option(name, name) for name in names)]
    hint = "It is kept in this browser. Days, on which waivers end and tickets are due, are the organization's."
    fields = (Field("zone", "Times are shown in", Ask.CHOICE, chosen, options, hint, problem),)
    parts: list[Part] = [
        Lines(
            ["Times on pages are shown in this zone, and in UTC where one points at them. Files and the API have UTC."]
        ),
        Facts([("Now", moment(now))]),
        Form("Choose a zone", "/zone", fields, (Button("Show times so"),)),
    ]
    return Page("Times", parts)
