"""The ServiceNow instance whose records are tickets."""

from pydantic import Field

from hubposture.settings.fields import Secret
from hubposture.settings.part import Part
from hubposture.settings.secrets import SecretReference, parse_reference
from hubposture.settings.servicenow import FieldName, Pair, ServiceNowAccess


class TrackerFields(Part):
    """Where each of our values goes; empty takes it out."""

    key: FieldName = Field(default="correlation_id", description="Our key, by which the record is found.")
    title: FieldName = Field(default="short_description", description="The title.")
    body: FieldName = Field(default="description", description="The text.")
    comment: FieldName = Field(default="work_notes", description="Comments.")
    group: FieldName = Field(default="assignment_group", description="The assignment group, by its name.")
    assignee: FieldName = Field(default="assigned_to", description="Who gets it, by address.")
    due: FieldName = Field(default="due_date", description="The due date.")
    parent: FieldName = Field(default="parent", description="The record it follows, or is a duplicate of.")


class TrackerStates(Part):
    """What states are, as FIELD=VALUE; several fields are set at once."""

    open: tuple[Pair, ...] = Field(default=("state=1",), description="What is written to open a record again.")
    done: tuple[Pair, ...] = Field(
        default=("state=6", "state=7", "state=8"), description="Any of these means that it is done."
    )
    fixed: tuple[Pair, ...] = Field(
        default=("state=6", "close_code=Solution provided", "close_notes=The check passes."),
        description="What is written when everything passes.",
    )
    waived: tuple[Pair, ...] = Field(
        default=("state=6", "close_code=Known error", "close_notes=An approved waiver covers it."),
        description="What is written when what still fails is waived.",
    )
    gone: tuple[Pair, ...] = Field(
        default=("state=6", "close_code=No resolution provided", "close_notes=The resource is gone."),
        description="What is written when it is gone.",
    )
    not_required: tuple[Pair, ...] = Field(
        default=("state=6", "close_code=No resolution provided", "close_notes=It is no longer required."),
        description="What is written when it is no longer required.",
    )


class TrackerSeverities(Part):
    """What is written for each severity, as FIELD=VALUE."""

    critical: tuple[Pair, ...] = Field(default=("impact=1", "urgency=1"), description="CRITICAL.")
    high: tuple[Pair, ...] = Field(default=("impact=2", "urgency=1"), description="HIGH.")
    medium: tuple[Pair, ...] = Field(default=("impact=2", "urgency=2"), description="MEDIUM.")
    low: tuple[Pair, ...] = Field(default=("impact=3", "urgency=3"), description="LOW.")


class TrackerServiceNow(ServiceNowAccess):
    """The ServiceNow instance whose records are tickets."""

    table: FieldName = Field(default="incident", description="The table.")
    fields: TrackerFields = Field(default_factory=TrackerFields, description="Fields of the table.")
    states: TrackerStates = Field(default_factory=TrackerStates, description="States.")
    severities: TrackerSeverities = Field(
        default_factory=TrackerSeverities, description="What is written for each severity."
    )
    constants: tuple[Pair, ...] = Field(
        default=(), description="Further fields and what is written into each, as FIELD=VALUE."
    )
    webhook_secret: Secret | None = Field(
        default=None, description="What its business rule sends along; without it none of its webhooks is believed."
    )

    @property
    def webhook_reference(self) -> SecretReference | None:
        """Where the secret of webhooks is kept; None where none are believed."""
        return None if self.webhook_secret is None else parse_reference(self.webhook_secret)
