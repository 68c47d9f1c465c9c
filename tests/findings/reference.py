"""What `hubposture.findings.fold` does, in plain Python, one row and one subject at a time.

Rows are dictionaries by column. Nothing of the statements is used here, so that the two can disagree.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Row = dict[str, Any]
Key = tuple[str, str]

CHECKED = (
    "kind", "product", "id", "account", "region", "control", "resource", "resource_type", "standard", "title",
    "compliance", "reason", "severity", "record_state", "archived_because", "created_at", "updated_at",
    "first_observed_at", "last_observed_at",
)  # fmt: skip
SAID = ("workflow", "note", "note_by", "note_at", "user_fields", "observed_at")
NO_NEWS = {"updated_at", "observed_at", "created_at", "last_observed_at"}
COMPLIANCE = ("", "PASSED", "NOT_AVAILABLE", "WARNING", "FAILED")
SEVERITY = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")
WORKFLOW = ("", "RESOLVED", "SUPPRESSED", "NOTIFIED", "NEW")
NEVER = dt.datetime(1, 1, 1)
PLACE = ("kind", "account", "region", "control", "resource")
FOUR = ("presence", "status", "aws_status", "suppressed")
NOT_BROKEN = ("", "CONFIG_RETURNS_NOT_APPLICABLE")
ENDED = ("suspended", "closing", "left")


@dataclass(frozen=True)
class World:
    """Everything held: findings by (finding, subject), subjects by key, transitions in order; and lost places."""

    findings: Mapping[Key, Row] = field(default_factory=dict)
    subjects: Mapping[str, Row] = field(default_factory=dict)
    transitions: tuple[Row, ...] = ()
    lost: frozenset[tuple[str, str]] = frozenset()


def key_of(row: Row) -> Key:
    return row["finding"], row["subject"]


# --- merging ---------------------------------------------------------------------------------------------------------


def check_order(row: Row) -> tuple[Any, ...]:
    return (
        row["updated_at"], row["record_state"] == "ARCHIVED", COMPLIANCE.index(row["compliance"]), row["reason"],
        row["severity"], row["archived_because"], row["title"], row["resource_type"], row["standard"],
        row["created_at"] or NEVER, row["first_observed_at"] or NEVER, row["last_observed_at"] or NEVER, row["tagset"],
    )  # fmt: skip


def word_order(row: Row) -> tuple[Any, ...]:
    return (
        row["observed_at"], row["workflow"], row["note"], row["note_by"], row["note_at"] or NEVER, row["user_fields"]
    )  # fmt: skip


def together(rows: Iterable[Row]) -> Row:
    """Rows of one finding as one."""
    oldest_first = sorted(rows, key=check_order)
    said = max(oldest_first, key=word_order)
    merged = {**oldest_first[-1], **{name: said[name] for name in SAID}}
    merged["tagset"] = next((row["tagset"] for row in reversed(oldest_first) if row["tagset"]), "")
    return merged


def clocked(row: Row, at: dt.datetime) -> Row:
    return {**row, "updated_at": min(row["observed_at"], at)} if row["updated_at"] > at else row


def merged(held: Row | None, came: Sequence[Row], *, stale: dt.timedelta) -> tuple[Row, dt.datetime, bool] | None:
    """The row to write, when it moved, and whether it was checked anew; None where it is no news."""
    new = together(came)
    is_seen = any(row["record_state"] == "ACTIVE" for row in came)
    if held is None:
        return {**new, "misses": 0}, new["updated_at"], True
    both = together([new, held])
    both["misses"] = 0 if is_seen else held["misses"]
    changed = {name for name in both if both[name] != held[name]}
    later = both["updated_at"] - held["updated_at"]
    if not changed - NO_NEWS and later <= stale:
        return None
    only_said = changed & set(SAID) - NO_NEWS and not changed & set(CHECKED) - NO_NEWS
    moved_at = both["observed_at"] if only_said else both["updated_at"]
    return both, moved_at, later > dt.timedelta() or both["misses"] < held["misses"]


# --- subjects --------------------------------------------------------------------------------------------------------


def worst(words: Iterable[str], ranks: Sequence[str]) -> str:
    return max(words, key=ranks.index, default=ranks[0])


def is_switch(row: Row) -> bool:
    return row["record_state"] == "ARCHIVED" and "CONSOLIDATED" in row["archived_because"]


def says_deleted(row: Row) -> bool:
    because = row["archived_because"]
    if row["record_state"] != "ARCHIVED" or "CONSOLIDATED" in because:
        return False
    judged = row["compliance"] == "NOT_AVAILABLE" and row["reason"] in NOT_BROKEN
    return judged or "DELETED" in because or "NOT_APPLICABLE" in because


def newest(rows: Iterable[Row]) -> list[Row]:
    rows = list(rows)
    last = max(row["updated_at"] for row in rows)
    return [row for row in rows if row["updated_at"] == last]


def is_active(row: Row) -> bool:
    return bool(row["record_state"] == "ACTIVE")


def is_closed(rows: Sequence[Row]) -> bool:
    """Whether rows, none of them ACTIVE, say that the resource was deleted."""
    return bool(rows) and not any(map(is_active, rows)) and any(map(says_deleted, newest(rows)))


def presence(before: str, held: Sequence[Row], rows: Sequence[Row], *, is_fresh: bool, frozen: bool) -> str:
    active = [row for row in rows if is_active(row)]
    if any(row["misses"] == 0 for row in active):
        return "present" if is_fresh or before not in ("off", "lost") else before
    if not active and is_closed(rows) and not frozen:
        return "gone"
    if before in ("off", "lost"):
        return before
    if before == "gone" and not is_closed(held):
        return "gone"  # by facts, of which these rows know nothing
    return "unsure"


def judge(rows: Sequence[Row]) -> Row:
    """What a subject is by the rows that count: the ACTIVE ones, or at first sight the archived ones."""
    kind = rows[0]["kind"]
    open_ = [row for row in rows if row["compliance"] != "PASSED"]
    counted = rows if kind == "other" else open_
    since = [
        row["first_observed_at"]
        if row["first_observed_at"] and row["first_observed_at"] <= row["updated_at"]
        else row["updated_at"]
        for row in rows
        if row["compliance"] == "FAILED"
    ]
    shown = max(
        rows,
        key=lambda row: (
            COMPLIANCE.index(row["compliance"]), SEVERITY.index(row["severity"]), row["updated_at"], row["finding"]
        ),
    )  # fmt: skip
    return {
        "status": worst((row["compliance"] for row in rows), COMPLIANCE),
        "aws_status": worst((row["compliance"] for row in rows if row["workflow"] != "SUPPRESSED"), COMPLIANCE),
        "suppressed": bool(counted) and all(row["workflow"] == "SUPPRESSED" for row in counted),
        "severity": worst((row["severity"] for row in open_), SEVERITY),
        "workflow": worst((row["workflow"] for row in rows), WORKFLOW),
        "since": min(since, default=None),
        "passed_at": max((row["updated_at"] for row in rows if row["compliance"] == "PASSED"), default=None),
        "resource_type": shown["resource_type"],
        "product": shown["product"].split("/")[-1],
        "title": shown["title"],
        "finding": shown["finding"],
        "tagset": shown["tagset"],
    }


def subject_after(
    before: Row | None,
    held: Sequence[Row],
    rows: Sequence[Row],
    *,
    is_fresh: bool,
    frozen: bool,
    at: dt.datetime,
    stays_lost: bool,
) -> Row:
    active = [row for row in rows if is_active(row)]
    old: Row = before or {
        "presence": "", "status": "", "suppressed": False, "first_seen_at": at, "first_failed_at": None,
        "failing_since": None, "last_passed_at": None, "returns": 0, "changed_at": at,
    }  # fmt: skip
    after = {"subject": rows[0]["subject"], **{name: rows[0][name] for name in PLACE}, **old, "findings": len(active)}
    after["presence"] = presence(old["presence"], held, rows, is_fresh=is_fresh, frozen=frozen)
    if stays_lost and old["presence"] == "lost":
        after["presence"] = "lost"
    if active or before is None:
        state = judge(active or rows)
        since, passed_at = state.pop("since"), state.pop("passed_at")
        after |= state
        if state["status"] != "FAILED":
            after["failing_since"] = None
        elif old["status"] != "FAILED":
            after["failing_since"] = since
            after["first_failed_at"] = min(old["first_failed_at"] or since, since)
            after["returns"] += old["last_passed_at"] is not None
        if state["status"] == "PASSED":
            after["last_passed_at"] = max(old["last_passed_at"] or passed_at, passed_at)
    if before is None or any(after[name] != before[name] for name in ("presence", "status", "suppressed")):
        after["changed_at"] = at
    return after


def cause(before: Row | None, after: Row, held: Sequence[Row], rows: Sequence[Row], written: Sequence[Row]) -> str:
    active = any(map(is_active, rows))
    was = before["presence"] if before else ""
    if any(map(is_switch, written)):
        return "switch"
    if (
        active and was == "unsure" and held and not any(map(is_active, held)) and any(map(is_switch, newest(held)))
    ):  # fmt: skip
        return "switch"
    if after["presence"] == was or after["presence"] == "present":
        return "finding"
    if not active:
        return "archived"
    return "missed" if after["presence"] == "unsure" else "finding"


def transition(
    before: Row | None, after: Row, *, why: str, version: int, at: dt.datetime, happened_at: dt.datetime
) -> Row | None:
    old: Row = before or {"presence": "", "status": "", "aws_status": "", "suppressed": False}
    if before is not None and all(old[name] == after[name] for name in FOUR):
        return None
    return {
        "subject": after["subject"], "version": version, "at": at, "happened_at": min(happened_at, at), "cause": why,
        **{name: after[name] for name in PLACE},
        **{f"from_{name}": old[name] for name in FOUR},
        **{f"to_{name}": after[name] for name in FOUR},
        "failing_since": after["failing_since"],
    }  # fmt: skip


def derive(
    world: World, written: Mapping[Key, tuple[Row, dt.datetime, bool]], *, frozen: bool, version: int, at: dt.datetime
) -> World:
    findings = {**world.findings, **{key: row for key, (row, _, _) in written.items()}}
    subjects, transitions = dict(world.subjects), list(world.transitions)
    for subject in sorted({key[1] for key in written}):
        mine = {key: one for key, one in written.items() if key[1] == subject}
        held = [row for key, row in world.findings.items() if key[1] == subject]
        rows = [row for key, row in findings.items() if key[1] == subject]
        is_fresh = any(fresh and is_active(row) for row, _, fresh in mine.values())
        before = world.subjects.get(subject)
        stays = before is not None and (before["account"], before["region"]) in world.lost
        after = subject_after(before, held, rows, is_fresh=is_fresh, frozen=frozen, at=at, stays_lost=stays)
        why = cause(before, after, held, rows, [row for row, _, _ in mine.values()])
        moved_at = max(moved for _, moved, _ in mine.values())
        moved = transition(before, after, why=why, version=version, at=at, happened_at=moved_at)
        transitions += [moved] if moved else []
        subjects[subject] = after
    return replace(world, findings=findings, subjects=subjects, transitions=tuple(transitions))


# --- the three steps -------------------------------------------------------------------------------------------------


def fold(
    world: World, rows: Sequence[Row], *, version: int, at: dt.datetime, stale_hours: int = 20, frozen: bool = False
) -> World:
    came: dict[Key, list[Row]] = {}
    for row in rows:
        came.setdefault(key_of(row), []).append(clocked(row, at))
    stale = dt.timedelta(hours=stale_hours)
    found = {key: merged(world.findings.get(key), some, stale=stale) for key, some in came.items()}
    written = {key: one for key, one in found.items() if one is not None}
    return derive(world, written, frozen=frozen, version=version, at=at)


def missed(
    world: World,
    seen: Collection[str],
    swept: Collection[str],
    *,
    started: dt.datetime,
    version: int,
    at: dt.datetime,
) -> World:
    written = {}
    for key, row in world.findings.items():
        if not is_active(row) or row["account"] not in swept:
            continue
        misses = row["misses"]
        if row["finding"] in seen:
            misses = 0
        elif row["updated_at"] < started and world.subjects[row["subject"]]["presence"] != "gone":
            misses = min(misses + 1, 2)
        if misses != row["misses"]:
            written[key] = ({**row, "misses": misses}, started, misses == 0)
    return derive(world, written, frozen=False, version=version, at=at)


@dataclass(frozen=True)
class Facts:
    """Dimensions: accounts' states, targets as (sight, profile or '', swept_at), what is on by profile, recorders."""

    accounts: Mapping[str, str]
    targets: Mapping[tuple[str, str], tuple[str, str, dt.datetime | None]]
    on: Mapping[str, Collection[str]] = field(default_factory=dict)
    recorded: Collection[tuple[str, str]] = ()
    frozen: bool = False


def settled(subject: Row, rows: Sequence[Row], facts: Facts) -> tuple[str, str]:
    """The presence that facts give a subject, and the cause."""
    was = subject["presence"]
    target = facts.targets.get((subject["account"], subject["region"]))
    control = subject["kind"] == "control"
    ended = facts.accounts.get(subject["account"]) in ENDED or (target is not None and target[0] == "lost")
    if was != "gone" and (ended or (target is None and control)):
        return "lost", "facts"
    if was == "gone" or target is None or target[0] != "seen":
        return was, ""
    _, profile, swept_at = target
    if control and profile and subject["control"] not in facts.on.get(profile, ()):
        return "off", "facts"
    if was in ("off", "lost"):
        back = any(is_active(row) and row["misses"] == 0 for row in rows)
        return ("present" if back else "unsure" if was == "lost" else was), "facts"
    why = proof_of_gone(subject, rows, swept_at, facts) if was == "unsure" else ""
    return ("gone", why) if why else (was, "")


def proof_of_gone(subject: Row, rows: Sequence[Row], swept_at: dt.datetime | None, facts: Facts) -> str:
    """The cause for which a subject of a target that is seen is gone; '' without a proof."""
    is_recorded = subject["kind"] == "other" or (subject["account"], subject["region"]) in facts.recorded
    if facts.frozen or not is_recorded or facts.accounts.get(subject["account"]) not in ("active", "management"):
        return ""
    active = [row for row in rows if is_active(row)]
    if active:
        return "missed" if all(row["misses"] >= 2 for row in active) else ""
    last = newest(rows)
    broken = any(row["compliance"] == "NOT_AVAILABLE" and row["reason"] not in NOT_BROKEN for row in last)
    wait = dt.timedelta(days=30 if broken else 0)
    return "facts" if swept_at is not None and swept_at > last[0]["updated_at"] + wait else ""


def settle(world: World, facts: Facts, *, version: int, at: dt.datetime) -> World:
    subjects, transitions = dict(world.subjects), list(world.transitions)
    for key, subject in sorted(world.subjects.items()):
        rows = [row for row in world.findings.values() if row["subject"] == key]
        wanted, why = settled(subject, rows, facts)
        if wanted == subject["presence"]:
            continue
        subjects[key] = {**subject, "presence": wanted, "changed_at": at}
        moved = transition(subject, subjects[key], why=why, version=version, at=at, happened_at=at)
        transitions += [moved] if moved else []
    lost = frozenset(place for place, target in facts.targets.items() if target[0] == "lost")
    return replace(world, subjects=subjects, transitions=tuple(transitions), lost=lost)
