"""When `hubposture listen` does what, beside the queue."""

from pydantic import Field

from hubposture.settings.fields import Schedule
from hubposture.settings.part import Part


class JobSettings(Part):
    """Schedules in the organization's zone, as cron writes them; empty for never."""

    sync: Schedule = Field(
        default="*/15 * * * *", description="Read what is new, sweep when that is due, and enforce the waivers."
    )
    run: Schedule = Field(
        default="0 6 * * *", description="Everything once: controls, findings, waivers, tickets, news, posture."
    )
    approvals: Schedule = Field(
        default="0 3 * * *", description="Read the outcome of requests, and confirm approvals with their system."
    )
    tidy: Schedule = Field(default="30 2 * * *", description="Compact the lake and retire what is no longer kept.")
    tickets: Schedule = Field(
        default="*/15 * * * *",
        description="Bring tickets in line with checks and people, and tell what must be told soon.",
    )
    digests: Schedule = Field(default="0 7 * * *", description="Weekly digests, on their day, and announcements.")
    report: Schedule = Field(
        default="30 6 * * 1",
        description="Freeze the report of the week before, and mail it where `report.mail_to` names somebody.",
    )
    outside: Schedule = Field(
        default="", description="Look for writes to Security Hub that are not hubposture's (see `outside`)."
    )
