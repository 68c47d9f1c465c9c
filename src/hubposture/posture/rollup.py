"""The rollup: every score of a version in one small table, computed once when the version is made.

Pages read it and never touch the cube.
"""

from collections.abc import Sequence
from typing import Any

from hubposture.findings.tables import Column, Kind, Table
from hubposture.posture.queries import Execute, query
from hubposture.posture.ratio import Ratio
from hubposture.posture.scores import Dimension, Overdue, Score, WhyNot
from hubposture.posture.status import AwsCounts, aws_counts


def _number(name: str, meaning: str) -> Column:
    return Column(name, Kind.INTEGER, meaning)


ROLLUP = Table(
    "rollup",
    "Scores: one row per part of the organization, and per standard within each view.",
    ("dimension", "key", "standard"),
    (
        Column("dimension", Kind.TEXT, "organization, ou, owner, account; standard, control, severity"),
        Column("key", Kind.TEXT, "OU path, owner, account id, standard, control id, severity; '' for the organization"),
        Column("standard", Kind.TEXT, "'' for all controls; in organization, ou, owner, account also each standard"),
        Column("shown", Kind.TEXT, "the key as it is shown"),
        _number("met", "obligations that pass, or fail under a waiver"),
        _number("failing", "obligations that fail without a waiver"),
        _number("waived", "obligations that fail under a waiver; part of `met`"),
        Column("visible", Kind.INTEGER, "waived and accepted visibly; part of `waived`", before=0),
        _number("suppressed", "failing and suppressed without a waiver; part of `failing`"),
        _number("overdue", "failing for longer than their due days; part of `failing`"),
        _number("overdue_critical", "overdue of severity CRITICAL"),
        _number("overdue_high", "overdue of severity HIGH"),
        _number("overdue_medium", "overdue of severity MEDIUM"),
        _number("overdue_low", "overdue of severity LOW"),
        _number("not_measured", "subjects in force that say neither passed nor failed"),
        _number("missing", "(account, Region, control) in force without any result"),
        _number("lost", "subjects that were lost sight of"),
        _number("any_met", "subjects that pass, whatever is wanted, also where the control is off now"),
        _number("any_total", "subjects that pass or fail, whatever is wanted, also where the control is off now"),
        _number("accounts_all_met", "accounts with all obligations met and everything measured"),
        _number("accounts", "live accounts that something is asked of, and those that nothing is known of"),
        Column("why", Kind.TEXT, "of an account: the first reason why not all is met; ''"),
        _number("aws_passed", "controls that pass by AWS's rule; AWS's counts are 0 in severity"),
        _number("aws_failed", "controls that fail by AWS's rule"),
        _number("aws_unknown", "controls of unknown status by AWS's rule"),
        _number("aws_no_data", "controls without data by AWS's rule"),
        _number("aws_disabled", "controls that are off everywhere in the view"),
    ),
)
_OURS = ROLLUP.names.index("aws_passed")
_COLUMNS = ", ".join(ROLLUP.names)


def rows(execute: Execute) -> Sequence[tuple[Any, ...]]:
    """The rows of ROLLUP, from the cube and the dimensions as `execute` sees them, by key."""
    aws = aws_counts(execute)
    ours = {tuple(row[:3]): tuple(row) for row in execute(query("scores"), {})}
    empty = (*(0 for _ in range(_OURS - 5)), "")
    made = []
    for key in sorted({*ours, *aws}):
        left = ours.get(key) or (*key, key[1], *empty)
        made.append((*left, *_counts(aws.get(key, AwsCounts()))))
    return made


def _counts(aws: AwsCounts) -> tuple[int, ...]:
    return aws.passed, aws.failed, aws.unknown, aws.no_data, aws.disabled


def score_of(row: Sequence[Any]) -> Score:
    """A row of ROLLUP as a typed row."""
    (
        dimension, key, standard, shown, met, failing, waived, visible, suppressed, overdue, critical, high, medium, low,
        not_measured, missing, lost, any_met, any_total, accounts_all_met, accounts, why, *aws,
    ) = row  # fmt: skip
    return Score(
        dimension=Dimension(dimension),
        key=key,
        standard=standard,
        shown=shown,
        met=met,
        failing=failing,
        waived=waived,
        visible=visible,
        suppressed=suppressed,
        overdue=Overdue(overdue, critical, high, medium, low),
        not_measured=not_measured,
        missing=missing,
        lost=lost,
        nothing_off=Ratio(any_met, any_total),
        accounts=Ratio(accounts_all_met, accounts),
        why=WhyNot(why),
        aws=AwsCounts(*aws),
    )


def computed(execute: Execute) -> tuple[Score, ...]:
    """Every score, computed now from the cube; for moments that have no rollup."""
    return tuple(map(score_of, rows(execute)))


def scores(execute: Execute, dimension: Dimension, *, standard: str = "") -> tuple[Score, ...]:
    """The scores of a dimension from the relation `rollup`, by key; of one standard, or ('') of all controls."""
    found = execute(
        f"SELECT {_COLUMNS} FROM rollup WHERE dimension = $dimension AND standard = $standard ORDER BY key",  # noqa: S608
        {"dimension": str(dimension), "standard": standard},
    )
    return tuple(map(score_of, found))


def score(execute: Execute, dimension: Dimension, key: str = "", *, standard: str = "") -> Score | None:
    """One score from the relation `rollup`, or None where there is none."""
    found = execute(
        f"SELECT {_COLUMNS} FROM rollup WHERE dimension = $dimension AND key = $key AND standard = $standard "  # noqa: S608
        "ORDER BY dimension, key, standard",
        {"dimension": str(dimension), "key": key, "standard": standard},
    )
    return score_of(found[0]) if found else None


def by_standard(execute: Execute, dimension: Dimension, key: str = "") -> tuple[Score, ...]:
    """The scores of a view standard by standard, from the relation `rollup`."""
    found = execute(
        f"SELECT {_COLUMNS} FROM rollup WHERE dimension = $dimension AND key = $key AND standard <> '' "  # noqa: S608
        "ORDER BY standard",
        {"dimension": str(dimension), "key": key},
    )
    return tuple(map(score_of, found))
