"""BatchUpdateFindings on the wire: what is sent for equal values, and what a reply says of each finding."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from hubposture.aws.calls import Reply
from hubposture.errors import RemoteRefused
from hubposture.waivers.decision import FindingUpdate

Key = tuple[str, str]
"""(ProductArn, Id): what names a finding."""


class Values(NamedTuple):
    """What is set on findings; see `FindingUpdate`. An empty one is not sent: AWS then leaves that field as it is."""

    workflow: str
    note: str
    note_by: str
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, update: FindingUpdate) -> "Values":
        """The values of an update, without its findings."""
        return cls(update.workflow, update.note, update.note_by, update.fields)


class Said(NamedTuple):
    """What a reply says of one finding: AWS's code, '' where it was taken, and AWS's own words."""

    code: str
    words: str = ""

    @property
    def is_passing(self) -> bool:
        """Whether another try may do it."""
        return self.code in _PASSING


NOT_NAMED: Final = "NotNamed"
"""Our own code for a finding that was sent and that the reply does not mention: it may have been taken or not."""
NOT_UNDERSTOOD: Final = "NotUnderstood"
"""Our own code for a reply that names what was not sent."""
NOT_FOUND: Final = "FindingNotFound"
INVALID: Final = "InvalidInput"

_PASSING: Final = frozenset({"ConcurrentUpdateError", "InternalFailure", "DuplicatedFindingIdentifier", NOT_NAMED})
_MEANING: Final = MappingProxyType(
    {
        "ConcurrentUpdateError": "another change of the finding was under way at every try; the next run tries again",
        "InternalFailure": "AWS failed at every try; the next run tries again",
        "DuplicatedFindingIdentifier": "AWS takes it for a finding that was sent beside it; report this to AWS",
        NOT_FOUND: "AWS does not know the finding, or not any more; a sync brings what is there now",
        "FindingSizeExceeded": "with the note and the fields it would be larger than 240 KB; it stays as it is, and the "
        "product that sends it has to send less",
        INVALID: "AWS does not take these values for this finding",
        NOT_NAMED: "AWS's replies did not mention the finding; reading back decides",
    }
)


def request(values: Values, keys: Iterable[Key]) -> dict[str, Any]:
    """The request that sets values on at most 100 findings."""
    asked: dict[str, Any] = {"FindingIdentifiers": [{"ProductArn": product, "Id": id_} for product, id_ in keys]}
    if values.workflow:
        asked["Workflow"] = {"Status": values.workflow}
    if values.note:
        asked["Note"] = {"Text": values.note, "UpdatedBy": values.note_by}
    if values.fields:
        asked["UserDefinedFields"] = dict(values.fields)
    return asked


def read_reply(sent: Sequence[Key], reply: Reply) -> dict[Key, Said]:
    """What a reply says of every finding sent, by (ProductArn, Id); unprocessed counts where it says both.

    Raises RemoteRefused when it names a finding that was not sent: then nothing of it can be relied upon.
    """
    taken = [_key(one) for one in reply.get("ProcessedFindings") or ()]
    left = {
        _key(one.get("FindingIdentifier") or {}): Said(
            str(one.get("ErrorCode") or ""), str(one.get("ErrorMessage") or "")
        )
        for one in reply.get("UnprocessedFindings") or ()
    }
    known = set(sent)
    if strange := next((key for key in [*taken, *left] if key not in known), None):
        raise RemoteRefused(
            f"BatchUpdateFindings: the reply names {' '.join(strange).strip() or 'nothing'}, which was not sent: it is not "
            "understood, and reading back decides; report this to AWS",
            code=NOT_UNDERSTOOD,
        )
    said = dict.fromkeys(sent, Said(NOT_NAMED)) | dict.fromkeys(taken, Said(""))
    return said | {key: one if one.code else Said("InternalFailure", one.words) for key, one in left.items()}


def _key(one: Mapping[str, Any]) -> Key:
    return str(one.get("ProductArn") or ""), str(one.get("Id") or "")


def meaning(said: Said) -> str:
    """The error of a finding that was not taken: the code, what it means, and AWS's own words where ours say little."""
    means = _MEANING.get(said.code, "AWS did not take it")
    words = f" ({said.words.rstrip('.')})" if said.words and said.code not in (NOT_FOUND, NOT_NAMED) else ""
    return f"{said.code}: {means}{words}"
