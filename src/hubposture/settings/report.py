"""The weekly report, where it is made by itself."""

from pydantic import Field

from hubposture.settings.part import Part
from hubposture.settings.tickets import Address


class ReportSettings(Part):
    """Who gets the weekly report by mail."""

    mail_to: tuple[Address, ...] = Field(
        default=(),
        description="Addresses that the job `report` mails the organization's frozen report to, with the page attached; "
        "needs `messages.mail`. Empty for nobody: it is frozen all the same.",
    )
