"""Files for DefectDojo's parser of Security Hub findings, written so that its faults do no harm.

What the parser gets wrong, and what is done about it:
- it reads neither Workflow nor RecordState: what is suppressed or archived would be open; so what is waived is sent as what
  fails and accepted afterwards, and nothing else is sent;
- without Compliance a finding counts as passed, without Resources the whole file is lost: both are always there;
- an item of another product is read by other rules, and may crash them: only Security Hub's own are written;
- the Id decides what is the same finding: it is made of the subject, so that a new id of AWS's makes no second one.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from hubposture.work.dojo import DojoFinding, Place, Upload, Wanted, unique_id
from hubposture.work.dojo_text import clean, literal, plain

LARGEST_BYTES: Final = 64 * 2**20
"""The largest file: DefectDojo takes 100 MB unless DD_SCAN_FILE_MAX_SIZE says otherwise."""

MOST_FINDINGS: Final = 10_000
"""The most findings in a file: 3,000 new ones take DefectDojo about 46 seconds."""

_HEAD: Final = b'{"Findings":['
_TAIL: Final = b"]}"
_LABELS: Final = {"Critical": "CRITICAL", "High": "HIGH", "Medium": "MEDIUM", "Low": "LOW"}


def files(upload: Upload, *, largest_bytes: int = LARGEST_BYTES, most_findings: int = MOST_FINDINGS) -> Sequence[bytes]:
    """The files of an upload, nearly always one. Equal uploads give equal bytes; at least one file, if an empty one."""
    found: list[bytes] = []
    rows: list[bytes] = []
    size = len(_HEAD) + len(_TAIL)
    for row in _rows(upload):
        if rows and (size + len(row) + 1 > largest_bytes or len(rows) >= most_findings):
            found.append(_HEAD + b",".join(rows) + _TAIL)
            rows, size = [], len(_HEAD) + len(_TAIL)
        rows.append(row)
        size += len(row) + 1
    return [*found, _HEAD + b",".join(rows) + _TAIL]


def _rows(upload: Upload) -> Iterator[bytes]:
    objects = {one.subject.subject: _of_wanted(one) for one in upload.wanted}
    objects |= {one.subject: _of_kept(one, upload.place) for one in upload.kept}
    for _, one in sorted(objects.items()):
        yield orjson.dumps(one, option=orjson.OPT_SORT_KEYS)


def _of_wanted(one: Wanted) -> dict[str, Any]:
    subject = one.subject
    control = clean(subject.shown or subject.control, 100)
    since = f"{(subject.failing_since or subject.changed_at).isoformat(timespec='milliseconds')}Z"
    return {
        **_frame(subject.subject, one.place, one.severity),
        "GeneratorId": f"security-control/{_quiet(control)}",
        "CreatedAt": since,
        "UpdatedAt": f"{subject.changed_at.isoformat(timespec='milliseconds')}Z",
        "Title": clean(f"{control} {subject.title}", 300),
        "Description": _description(one),
        "Remediation": {
            "Recommendation": {"Text": f"How to fix {control} is on AWS's page.", "Url": _url(subject.url)}
        },
        "Resources": [_resource(subject.resource, subject.resource_type, one.place)],
        "Compliance": {"Status": "FAILED", "SecurityControlId": control},
    }


def _of_kept(one: DojoFinding, place: Place) -> dict[str, Any]:
    """One that is there and of which nothing is known now: as good as its Id, by which it is found and stays."""
    title = clean(one.title.partition(" - Resource: ")[0], 300)
    return {
        **_frame(one.subject, place, one.severity),
        "Title": title or "Not seen now",
        "Description": "Nothing is known of this now, so it stays as it is.",
        "Resources": [_resource(one.component, "", place)],
        "Compliance": {"Status": "FAILED"},
    }


def _frame(subject: str, place: Place, severity: str) -> dict[str, Any]:
    return {
        "SchemaVersion": "2018-10-08",
        "Id": unique_id(subject),
        "ProductFields": {"aws/securityhub/ProductName": "Security Hub"},
        "AwsAccountId": place.account,
        "Region": place.region,
        "Severity": {"Label": _LABELS.get(severity, "INFORMATIONAL")},
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
    }


def _resource(name: str, kind: str, place: Place) -> dict[str, str]:
    """The resource; never without a name, and never of the one type for which the parser looks into details."""
    shown = clean(kind, 100)
    return {
        "Type": "Other" if shown in ("", "AwsEcrContainerImage") else shown,
        "Id": _quiet(clean(name, 400)) or f"AWS::::Account:{place.account}",
        "Region": place.region,
    }


def _quiet(text: str) -> str:
    """A name that the parser itself writes into markdown: it opens no tag there."""
    return text.replace("<", "\u2039").replace(">", "\u203a").replace("`", "'")


def _description(one: Wanted) -> str:
    subject = one.subject
    where = f"{plain(subject.account_shown or subject.account, 100)}, {plain(subject.region, 50)}"
    control = literal(subject.shown or subject.control, 100)
    lines = [
        plain(subject.title, 300),
        f"Control {control} fails for {literal(subject.resource, 400)} in {where}.",
        "This closes by itself once the check passes, or a waiver holds.",
    ]
    if one.evidence is not None and one.evidence.description:
        lines.insert(1, plain(one.evidence.description, 2000))
    if one.evidence is not None:
        lines.append(f"Finding in Security Hub: {literal(one.evidence.id, 512)}")
    return "\n\n".join(line for line in lines if line)


def _url(url: str) -> str:
    found = clean(url, 400)
    return found if found.startswith(("https://", "http://")) and " " not in found else ""
