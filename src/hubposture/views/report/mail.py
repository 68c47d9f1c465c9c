"""A frozen report as mail: its first sentences as the body, the page attached."""

from collections.abc import Iterable, Iterator

from hubposture.views.report.model import Report
from hubposture.views.report.saying import headline
from hubposture.views.report.sections import period, title
from hubposture.work.body import Body, Bullets, Paragraph, text
from hubposture.work.message import Carrier, Message, Subject


def letters(report: Report, addresses: Iterable[str], *, page: str) -> Iterator[Message]:
    """One mail to each address; its key is of the week and the address, so that each gets it once."""
    says = Bullets([text(line) for line in (*headline(report), *report.notes)])
    more = Paragraph(text("The whole report is attached, as one page that needs nothing else."))
    body = Body((Paragraph(text(period(report))), says, more))
    for address in dict.fromkeys(addresses):
        yield Message(
            key=f"report/{report.organization}/{report.week}/{address}",
            about=Subject.DIGEST,
            team="",
            carrier=Carrier.MAIL,
            to=address,
            title=title(report),
            body=body,
            attachment=(f"{report.organization}-{report.week}.html", page),
        )
