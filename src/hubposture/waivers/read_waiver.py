"""One waiver from its mapping; everything that is wrong with it at once, what is missing with what to write."""

import datetime as dt
import re

from hubposture.model.controls import ControlId, control_id, is_control_id
from hubposture.model.organization import ACCOUNT_PATTERN, OU_PATTERN, REGION_PATTERN
from hubposture.texts.fields import Fields, Report, shown
from hubposture.texts.yaml_nodes import Entries, Node, Scalar
from hubposture.waivers.waiver import (
    Approval,
    Criteria,
    Effect,
    Revocation,
    SystemOfApproval,
    Waiver,
    WaiverType,
)

WAIVER_KEYS = (
    "id", "controls", "resources", "accounts", "ous", "regions", "tags", "type", "reason", "compensating", "owner",
    "risk_owner", "requested_by", "valid_from", "expires", "covers_new", "effect", "approvals", "revoked",
)  # fmt: skip
"""The entries of a waiver, in the order in which they are written."""
APPROVAL_KEYS = ("system", "number", "by", "on", "until", "digest", "subjects")
"""The entries of an approval, in the order in which they are written."""
REVOCATION_KEYS = ("on", "by", "reason")
"""The entries of a revocation, in the order in which they are written."""

ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
DIGEST_PATTERN = r"sha256:[0-9a-f]{64}"
SET_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.subjects"
MAX_PATTERN = 2_048
"""The longest pattern, in characters; no ARN is longer."""
MAX_TAG = 128
"""The longest name of a tag, in characters; a value has twice as many at most."""

_ID = re.compile(ID_PATTERN)
_DIGEST = re.compile(DIGEST_PATTERN)
_SET = re.compile(SET_PATTERN)
_ACCOUNT = re.compile(ACCOUNT_PATTERN)
_OU = re.compile(OU_PATTERN)
_REGION = re.compile(REGION_PATTERN)


def read_waiver(node: Node, report: Report) -> Waiver | None:
    """The waiver of a mapping; None where anything is wrong with it, all of which is in the report then."""
    if not isinstance(node, Entries):
        hint = "a waiver is a mapping: id, controls, resources, type, reason and so on"
        report.add(node, "a text or a list where a waiver is meant", hint)
        return None
    before = report.count
    read = Fields(node, WAIVER_KEYS, report, "a waiver")
    id_ = _matching(read, "id", _ID, "write id: W-2026-014 (letters, digits, dot, hyphen and underscore)")
    criteria = _criteria(read)
    type_ = read.choice("type", WaiverType)
    reason = read.text("reason", "write why this is excused")
    owner = read.line("owner", "write which team owns what is excused")
    requested_by = read.line("requested_by", "write who asks for it: requested_by: kim@example.com")
    valid_from = read.date("valid_from", "write the first day on which it holds: valid_from: 2026-11-02")
    expires = read.date("expires", "write the last day on which it holds: expires: 2027-05-01")
    needed = "write which measure compensates" if type_ is WaiverType.COMPENSATING else ""
    compensating = read.text("compensating", needed)
    risk_owner = read.line("risk_owner")
    covers_new = read.count("covers_new")
    effect = read.choice("effect", Effect, Effect.SUPPRESS)
    approvals = tuple(one for entry in read.mappings("approvals") if (one := _approval(entry, report, expires)))
    revoked = _revocation(read)
    if valid_from is not None and expires is not None and expires < valid_from:
        report.add(read.get("expires") or node, f"expires on {expires}, before it is valid from {valid_from}")
    if report.count > before:
        return None
    if id_ is None or type_ is None or reason is None or owner is None or requested_by is None:
        return None
    if valid_from is None or expires is None or compensating is None or risk_owner is None:
        return None
    if covers_new is None or effect is None:
        return None
    return Waiver(
        id=id_,
        criteria=criteria,
        type=type_,
        reason=reason,
        owner=owner,
        requested_by=requested_by,
        valid_from=valid_from,
        expires=expires,
        compensating=compensating,
        risk_owner=risk_owner,
        covers_new=covers_new,
        effect=effect,
        approvals=approvals,
        revoked=revoked,
        file=report.file,
        source=report.where(node),
    )


def _matching(read: Fields, key: str, pattern: re.Pattern[str], hint: str) -> str | None:
    text = read.line(key, hint)
    if text is not None and not pattern.fullmatch(text):
        read.report.add(read.get(key) or read.node, f"{key} is {shown(text)}, which cannot be", hint)
        return None
    return text


def _criteria(read: Fields) -> Criteria:
    report = read.report
    if read.get("controls") is None:
        read.missing("controls", "write which controls it speaks of: controls: [S3.2, S3.8]")
    found = Criteria(
        controls=read.each("controls", lambda item: _control(item, report)),
        resources=read.each("resources", lambda item: _pattern(item, report)),
        accounts=read.each("accounts", lambda item: _account(item, report)),
        ous=read.each("ous", lambda item: _ou(item, report)),
        regions=read.each("regions", lambda item: _region(item, report)),
        tags=_tags(read),
    )
    given = [key for key in ("resources", "accounts", "ous") if read.get(key) is not None]
    if not given:
        hint = "write at least one of resources, accounts and ous; regions and tags only narrow"
        read.missing("resources", hint)
    elif given == ["resources"] and (wide := [one for one in found.resources if not one.strip("*?")]):
        what = f"the pattern {shown(wide[0])} alone means every resource of the organization"
        report.add(read.get("resources") or read.node, what, "write a longer pattern, or add accounts or ous")
    return found


def _control(item: Scalar, report: Report) -> ControlId | None:
    text = item.text.strip()
    if is_control_id(text):
        return control_id(text)
    if "*" in text or "?" in text:
        report.add(item, f"{shown(text)}: controls take no wildcards", "name each control: [S3.2, S3.8]")
    elif "," in text or ";" in text:
        report.add(item, f"{shown(text)} is not one control id", "write a list: [S3.2, S3.8]")
    else:
        report.add(item, f"{shown(text)} is not a control id", "control ids look like S3.8")
    return None


def _pattern(item: Scalar, report: Report) -> str | None:
    if not item.text.strip():
        report.add(item, "an empty pattern in resources", "write an ARN; * is any run of characters, ? exactly one")
    elif "\0" in item.text:
        report.add(item, "a pattern with a NUL character in resources", "write ? in its place")
    elif len(item.text) > MAX_PATTERN:
        report.add(item, f"a pattern of {len(item.text):,} characters", f"{MAX_PATTERN:,} are read at most")
    else:
        return item.text
    return None


def _account(item: Scalar, report: Report) -> str | None:
    text = item.text.strip()
    if _ACCOUNT.fullmatch(text):
        return text
    hint = "write all 12 digits"
    if text.isascii() and text.isdecimal() and len(text) < 12:  # noqa: PLR2004 - the length of an account id
        hint += f"; perhaps {text.zfill(12)} was meant, zeros in front count"
    report.add(item, f"{shown(text)} is not an account id", hint)
    return None


def _ou(item: Scalar, report: Report) -> str | None:
    text = item.text.strip()
    if _OU.fullmatch(text) or (text.startswith("/") and len(text) <= MAX_PATTERN and text.isprintable()):
        return text
    report.add(item, f"{shown(text)} is not an OU", "write its id (ou-ab12-cdefgh34) or its path (/Workloads/Prod)")
    return None


def _region(item: Scalar, report: Report) -> str | None:
    text = item.text.strip().casefold()
    if _REGION.fullmatch(text):
        return text
    report.add(item, f"{shown(item.text)} is not a Region", "Regions look like eu-central-1")
    return None


def _tags(read: Fields) -> tuple[tuple[str, str], ...]:
    node = read.mapping("tags")
    if node is None:
        return ()
    found: dict[str, str] = {}
    first: dict[str, Scalar] = {}
    if not node.pairs:
        read.report.add(node, "tags is empty", "write {name: pattern}, or leave it out")
    for key, value in node.pairs:
        if not key.text.strip():
            read.report.add(key, "a tag without a name", "write name: pattern")
        elif key.text in first:
            what = f"the tag {shown(key.text)} is there twice, first in line {first[key.text].line}"
            read.report.add(key, what, "keep one")
        elif not isinstance(value, Scalar) or value.is_nothing:
            what = f"the tag {shown(key.text)} has no pattern for its value"
            read.report.add(value, what, 'write a text in quotes; "*" is any value')
        elif "\0" in key.text + value.text or len(key.text) > MAX_TAG or len(value.text) > 2 * MAX_TAG:
            what = f"the tag {shown(key.text)} or its pattern is too long, or has a NUL character"
            read.report.add(key, what, f"AWS allows {MAX_TAG} characters in a name and {2 * MAX_TAG} in a value")
        else:
            found[key.text] = value.text
        first.setdefault(key.text, key)
    return tuple(sorted(found.items()))


def _approval(node: Entries, report: Report, expires: dt.date | None) -> Approval | None:
    read = Fields(node, APPROVAL_KEYS, report, "an approval")
    system = read.choice("system", SystemOfApproval)
    number_hint = "write the number of the record" if system is SystemOfApproval.SERVICENOW else ""
    number = read.line("number", number_hint)
    # A review names its approver by itself, and a provisional waiver has none.
    is_named = system in (SystemOfApproval.FILE, SystemOfApproval.SERVICENOW, SystemOfApproval.HUBPOSTURE)
    by = read.line("by", "write who approved: by: lee@example.com" if is_named else "")
    on = read.date("on", "write the day of the approval: on: 2026-11-02")
    until = read.date("until") if read.get("until") is not None else expires
    digest = _matching(read, "digest", _DIGEST, "hubposture writes it; `hubposture waivers preview` shows it")
    subjects = _matching(read, "subjects", _SET, 'write the file of the approved set: "W-2026-014.subjects"')
    if on is not None and until is not None and until < on:
        report.add(read.get("until") or node, f"the approval ends on {until}, before it was given on {on}")
        return None
    if system is None or number is None or by is None or on is None or until is None:
        return None
    if digest is None or subjects is None:
        return None
    return Approval(system, number, by, on, until, digest, subjects, report.where(node))


def _revocation(read: Fields) -> Revocation | None:
    node = read.mapping("revoked")
    if node is None:
        return None
    inner = Fields(node, REVOCATION_KEYS, read.report, "a revocation")
    on = inner.date("on", "write the first day on which it no longer holds: on: 2027-01-15")
    by = inner.line("by", "write who took it back")
    reason = inner.text("reason", "write why it was taken back")
    return None if on is None or by is None or reason is None else Revocation(on, by, reason)
