"""Messages for the tests of what carries them."""

from dataclasses import replace

from hubposture.work.body import Body, Bullets, Link, paragraph
from hubposture.work.body import text as line
from hubposture.work.message import Carrier, Message, Subject

BODY = Body(
    (paragraph("3 new, 1 fixed. ", Link("WEB-7", "https://jira.example/browse/WEB-7")), Bullets((line("S3.8: 3"),)))
)


def slack(
    key: str = "run/acme/web/2026-11-24", to: str = "#team-web", title: str = "Security Hub: team web"
) -> Message:
    return Message(key, Subject.RUN, "web", Carrier.SLACK, to, title, BODY)


def mail(
    key: str = "run/acme/web/2026-11-24/mail", to: str = "web@example.com", title: str = "Security Hub: team web"
) -> Message:
    return replace(slack(key, to, title), carrier=Carrier.MAIL, attachment=("page.html", "<!doctype html><p>Hi</p>\n"))
