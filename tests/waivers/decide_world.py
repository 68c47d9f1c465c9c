"""Subjects with findings in any state, and a Security Hub that does exactly what it is told."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from hubposture.findings.finding import finding_key, subject_key
from hubposture.waivers.decision import Circumstances, Decision, Mark, Memory, PersonsNote
from hubposture.waivers.note import RELEASED as STATE_RELEASED
from hubposture.waivers.note import SUPPRESSED, author_of, mark_of, persons_notes, waived_note, wanted_of
from hubposture.waivers.rule import Case, Cover, FindingFacts, Fit
from hubposture.waivers.stamp import INSTANCE, RELEASED, UNTIL, WAIVER
from hubposture.waivers.waiver import Effect

BERLIN = ZoneInfo("Europe/Berlin")
NOW = dt.datetime(2026, 11, 24, 12)
UNTIL_AT = dt.datetime(2027, 5, 1, 22)
DAY = dt.date(2027, 5, 1)
PAST = dt.datetime(2026, 11, 23, 23)
ACCOUNT, REGION, CONTROL, RESOURCE = "111122223333", "eu-central-1", "s3.8", "arn:aws:s3:::acme-public"
PRODUCT = f"arn:aws:securityhub:{REGION}::product/aws/securityhub"
SUBJECT = subject_key(ACCOUNT, REGION, CONTROL, RESOURCE)
SENTENCE = "Static web site, public on purpose. Approved by lee@example.com, PER0010042"
HOUR = dt.timedelta(hours=1)

AROUND = Circumstances(instance="acme", now=NOW, zone=BERLIN, notes={"W-1": SENTENCE, "W-2": "Another reason"})
COVERED = Cover("W-1", Fit.COVERS, Effect.SUPPRESS, UNTIL_AT, "")
VISIBLE = COVERED._replace(effect=Effect.VISIBLE)
SURPLUS = COVERED._replace(fit=Fit.SURPLUS)
BARRED = COVERED._replace(fit=Fit.BARRED)
ENDED = COVERED._replace(fit=Fit.ENDED, until=PAST, why="it expired on 2026-11-23")
OURS = {WAIVER: "W-1", UNTIL: DAY.isoformat(), INSTANCE: "acme"}


def fields(*parts: Mapping[str, str]) -> str:
    """UserDefinedFields as the lake has them."""
    found = {name: value for part in parts for name, value in part.items()}
    return json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False) if found else ""


def finding(number: int = 1, **changes: Any) -> FindingFacts:
    id_ = f"arn:aws:securityhub:{REGION}:{ACCOUNT}:security-control/S3.8/finding/{number}"
    plain = FindingFacts(
        finding=finding_key(PRODUCT, id_),
        product=PRODUCT,
        id=id_,
        compliance="FAILED",
        workflow="NEW",
        note="",
        note_by="",
        note_at=None,
        user_fields="",
        severity="MEDIUM",
        updated_at=NOW - HOUR,
        observed_at=NOW - HOUR,
        is_shared=False,
    )
    return plain._replace(**changes)


def ours(number: int = 1, **changes: Any) -> FindingFacts:
    """A finding exactly as we leave it under W-1."""
    plain = finding(
        number,
        workflow="SUPPRESSED",
        note=waived_note("W-1", DAY, SENTENCE, None),
        note_by=author_of("acme"),
        note_at=NOW - HOUR,
        user_fields=fields(OURS),
    )
    return plain._replace(**changes)


def case(*findings: FindingFacts, cover: Cover | None = None, **changes: Any) -> Case:
    plain = Case(
        subject=SUBJECT,
        account=ACCOUNT,
        region=REGION,
        control=CONTROL,
        resource=RESOURCE,
        resource_type="AwsS3Bucket",
        presence="present",
        status="FAILED",
        severity="MEDIUM",
        failing_since=NOW - 48 * HOUR,
        first_seen_at=NOW - 480 * HOUR,
        cover=cover,
        findings=findings,
    )
    return replace(plain, **changes)


def mark(one: FindingFacts, **changes: Any) -> Mark:
    """What the ledger knows of a finding that was suppressed under W-1 long ago, and seen so."""
    plain = Mark(
        organization="acme-org",
        finding=one.finding,
        subject=SUBJECT,
        product=one.product,
        id=one.id,
        waiver="W-1",
        until=UNTIL_AT,
        state=SUPPRESSED,
        wanted="long ago",
        written_at=NOW - 72 * HOUR,
        seen_at=NOW - 71 * HOUR,
        run="R-1",
    )
    return replace(plain, **changes)


def known(*findings: FindingFacts, **changes: Any) -> Memory:
    """A memory in which all these findings are ours."""
    return Memory(marks={one.finding: mark(one, **changes) for one in findings})


def applied(one: Case, decision: Decision, now: dt.datetime) -> Case:
    """The subject after BatchUpdateFindings took every update, observed at once."""
    values = {id_: update for update in decision.updates for id_ in update.ids}
    findings = []
    for old in one.findings:
        update = values.get((old.product, old.id))
        if update is None:
            findings.append(old)
            continue
        findings.append(
            old._replace(
                workflow=update.workflow,
                note=update.note,
                note_by=update.note_by,
                note_at=now,
                user_fields=fields(dict(update.fields)),
                observed_at=now,
            )
        )
    return replace(one, findings=tuple(findings))


def remembered(one: Case, decision: Decision, memory: Memory, around: Circumstances, *, seen: bool = True) -> Memory:
    """The memory after a decision was written down and sent (and seen)."""
    made = mark_of(one, decision, memory=memory, circumstances=around, organization="acme-org", run="R-2")
    noted = persons_notes(one, around.instance)
    return replace(
        memory,
        marks={
            **memory.marks,
            **{each.finding: replace(each, seen_at=around.now if seen else None) for each in made},
        },
        notes={**memory.notes, **{each.finding: each for each in noted}},
    )


# What Hypothesis draws

COVERS = st.sampled_from([None, COVERED, COVERED._replace(waiver="W-2"), VISIBLE, SURPLUS, BARRED, ENDED])
_PEOPLE = st.sampled_from(["", "kim@example.com", "arn:aws:sts::111122223333:assumed-role/Ops/kim: x"])
_NOTES = st.sampled_from(
    [
        "",
        "ok for now",
        "two\nlines || Note by lee: here",
        "ä" * 600,
        "Waived by W-9 until 2020-01-01. x || Note by a: b",
    ]
) | st.text(max_size=40)
_FIELDS = st.sampled_from(
    [
        "",
        fields({"team": "web"}),
        fields(OURS),
        fields(OURS, {"team": "web"}),
        fields({WAIVER: RELEASED, UNTIL: "2026-01-01", INSTANCE: "acme"}),
        fields({WAIVER: "W-1", UNTIL: "2027-05-01", INSTANCE: "other"}),
        fields({f"f{at}": "x" for at in range(49)}),
        fields({f"f{at}": "x" for at in range(46)}, OURS),
        fields({WAIVER: "W-1"}),
    ]
)


@st.composite
def _findings(draw: st.DrawFn, number: int) -> FindingFacts:
    note = draw(_NOTES)
    return finding(
        number,
        compliance=draw(st.sampled_from(["FAILED", "FAILED", "WARNING", "NOT_AVAILABLE", "PASSED"])),
        workflow=draw(st.sampled_from(["NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED", "SUPPRESSED"])),
        note=note,
        note_by=draw(_PEOPLE | st.just(author_of("acme")) | st.just(author_of("other"))) if note else "",
        user_fields=draw(_FIELDS),
        updated_at=NOW - draw(st.integers(0, 50)) * HOUR,
        observed_at=NOW - draw(st.integers(0, 50)) * HOUR,
        is_shared=draw(st.booleans()) and draw(st.booleans()),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A subject with up to three findings in any state."""
    findings = [draw(_findings(at)) for at in range(draw(st.integers(0, 3)))]
    presence = draw(st.sampled_from(["present", "present", "present", "unsure", "off", "lost", "gone"]))
    return case(*findings, cover=draw(COVERS), presence=presence)


@st.composite
def memories(draw: st.DrawFn, one: Case) -> Memory:
    """What may be remembered of a subject, right or wrong."""
    marks = {}
    for each in one.findings:
        if draw(st.booleans()):
            marks[each.finding] = mark(
                each,
                state=draw(st.sampled_from([SUPPRESSED, STATE_RELEASED])),
                seen_at=draw(st.sampled_from([None, NOW - 10 * HOUR])),
                until=draw(st.sampled_from([UNTIL_AT, PAST])),
                written_at=NOW - draw(st.integers(0, 72)) * HOUR,
                tries=draw(st.integers(1, 6)),
            )
    notes = {
        each.finding: PersonsNote(each.finding, "kept in full", "kim@example.com", None)
        for each in one.findings
        if draw(st.booleans())
    }
    since = {each.finding: NOW - draw(st.integers(0, 30)) * HOUR for each in one.findings if draw(st.booleans())}
    return Memory(marks, notes, since)


def wanted(decision: Decision) -> Sequence[str]:
    return [wanted_of(update) for update in decision.updates]
