"""What `hubposture.waivers.match` finds, in plain Python, one waiver and one subject at a time.

Rows are dictionaries by column. Nothing of the statements is used here, so that the two can disagree.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubposture.waivers.rule import Case, Cover, FindingFacts, Fit, Judged, Rule, Tally
from hubposture.waivers.waiver import Effect

Row = dict[str, Any]
Place = tuple[str, str, str]

IN_SIGHT = ("present", "unsure")
BEST_FIRST = (Fit.COVERS, Fit.SURPLUS, Fit.BARRED, Fit.ENDED)
COMPLIANCE = ("FAILED", "WARNING", "NOT_AVAILABLE", "", "PASSED")
SEVERITY = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL")


@dataclass(frozen=True)
class World:
    """What a version says: subjects and findings; accounts by id with path and state; ids of OUs by path; tags by tagset.

    `waivable` is by (account, Region, control) what the row of the matrix allows; what is not in it is not limited.
    """

    subjects: Sequence[Row] = ()
    findings: Sequence[Row] = ()
    accounts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    ous: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    waivable: Mapping[Place, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """One waiver and one subject that it speaks of."""

    rule: Rule
    subject: Row
    is_within: bool
    is_barred: bool
    is_taken: bool = False

    @property
    def fit(self) -> Fit:
        if not self.rule.holds:
            return Fit.ENDED
        if self.is_barred:
            return Fit.BARRED
        return Fit.COVERS if self.is_within else Fit.SURPLUS


def judge(
    world: World, rules: Sequence[Rule], *, version: int, ours: Collection[str], only: Collection[str] | None = None
) -> Judged:
    controls = [row for row in world.subjects if row["kind"] == "control"]
    asked = {row["subject"] for row in controls if only is None or row["subject"] in only}
    by_rule = {rule.waiver: matches(world, rule, asked) for rule in rules}
    covers = {row["subject"]: cover(by_rule.values(), row["subject"]) for row in controls}
    in_sight = [row for row in controls if row["subject"] in asked and row["presence"] in IN_SIGHT]
    failing = [row["subject"] for row in in_sight if is_failing(row)]
    suppressed = {key for key, one in covers.items() if one and (one.fit, one.effect) == (Fit.COVERS, Effect.SUPPRESS)}
    chosen = [
        row
        for row in sorted(controls, key=lambda row: str(row["subject"]))
        if row["subject"] in asked and is_case(world, row, covers[row["subject"]], ours)
    ]
    cases = [case(world, row, covers[row["subject"]], suppressed) for row in chosen]
    return Judged(
        version=version,
        cases=tuple(cases),
        tallies={rule.waiver: tally(rule, by_rule[rule.waiver], asked, only) for rule in rules},
        covered=tuple(
            (key, one.waiver, one.until, str(one.effect))
            for key, one in sorted(covers.items())
            if key in asked and one is not None and one.fit is Fit.COVERS
        ),
        failing=len(failing),
        open=len(set(failing) - {one.subject for one in cases}),
    )


# --- matching --------------------------------------------------------------------------------------------------------


def fills(pattern: str, text: str) -> bool:
    """Sign by sign: a `*` is nothing, or one more character."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return fills(pattern[1:], text) or (bool(text) and fills(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and fills(pattern[1:], text[1:])


def is_under(world: World, account: str, ou: str) -> bool:
    """Whether an account that did not leave is in an OU, given by path or id, or below it."""
    path, state = world.accounts.get(account, ("", "left"))
    if state == "left":
        return False
    meant = {held for held, id_ in world.ous.items() if ou in (held, id_)}
    return any(above in ("/", path) or path.startswith(f"{above}/") for above in meant)


def speaks(world: World, rule: Rule, row: Row) -> bool:
    """All that is given must fit; of a list one entry."""
    want, tags = rule.criteria, world.tags.get(row["tagset"], {})
    return (
        row["control"] in want.controls
        and (not want.resources or any(fills(pattern, row["resource"]) for pattern in want.resources))
        and (not want.accounts or row["account"] in want.accounts)
        and (not want.ous or any(is_under(world, row["account"], ou) for ou in want.ous))
        and (not want.regions or row["region"] in want.regions)
        and all(name in tags for name, _ in want.tags)
        and all(
            any(fills(pattern, tags[name]) for other, pattern in want.tags if other == name) for name, _ in want.tags
        )
    )


def matches(world: World, rule: Rule, asked: Collection[str]) -> list[Match]:
    """Every subject that a waiver speaks of; who is taken in comes last, in the order in which they were first seen."""
    beyond_before = sorted(set(rule.admitted) - set(rule.approved))[: rule.covers_new]
    found = []
    for row in world.subjects:
        if row["kind"] != "control" or row["presence"] not in IN_SIGHT or not speaks(world, rule, row):
            continue
        most = world.waivable.get((row["account"], row["region"], row["control"]), -1)
        is_barred = most == 0 or (most > 0 and rule.days > most)
        is_known = not rule.criteria.ous or row["account"] in rule.accounts
        is_listed = row["subject"] in rule.approved or row["subject"] in beyond_before
        found.append(Match(rule, row, is_listed and is_known and not is_barred, is_barred))
    taken = admissible(rule, found, asked)[: max(0, rule.covers_new - len(beyond_before))]
    return [
        Match(rule, one.subject, True, False, is_taken=True) if one.subject["subject"] in taken else one
        for one in found
    ]


def admissible(rule: Rule, found: Iterable[Match], asked: Collection[str]) -> list[str]:
    if not rule.holds or rule.new_since is None:
        return []
    new = [
        one.subject
        for one in found
        if one.subject["subject"] in asked
        and one.fit is Fit.SURPLUS
        and one.subject["first_seen_at"] > rule.new_since
        and (not rule.criteria.ous or one.subject["account"] in rule.accounts)
    ]
    return [row["subject"] for row in sorted(new, key=lambda row: (row["first_seen_at"], row["subject"]))]


def cover(by_rule: Iterable[Sequence[Match]], subject: str) -> Cover | None:
    found = [one for each in by_rule for one in each if one.subject["subject"] == subject]
    if not found:
        return None
    found.sort(key=lambda one: one.rule.waiver)
    found.sort(key=lambda one: one.rule.until, reverse=True)
    found.sort(key=lambda one: one.rule.effect is not Effect.SUPPRESS)
    found.sort(key=lambda one: BEST_FIRST.index(one.fit))
    best = found[0]
    return Cover(best.rule.waiver, best.fit, best.rule.effect, best.rule.until, best.rule.why)


def tally(rule: Rule, found: Sequence[Match], asked: Collection[str], only: Collection[str] | None) -> Tally:
    mine = [one for one in found if one.subject["subject"] in asked]
    within = [one.subject for one in mine if one.is_within]
    surplus = [one.subject for one in mine if not one.is_within and not one.is_barred]
    failing = [row for row in within if is_failing(row)]
    approved = {key for key in rule.approved if only is None or key in only}
    return Tally(
        waiver=rule.waiver,
        matched=len(mine),
        within=len(within),
        failing=len(failing),
        surplus=len(surplus),
        surplus_failing=sum(is_failing(row) for row in surplus),
        barred=sum(one.is_barred for one in mine),
        missing=len(approved - {one.subject["subject"] for one in mine}),
        admitted=tuple(sorted(one.subject["subject"] for one in mine if one.is_taken)),
        passing_since=max(row["changed_at"] for row in within) if within and not failing else None,
    )


# --- cases -----------------------------------------------------------------------------------------------------------


def is_failing(row: Row) -> bool:
    return bool(row["status"] != "PASSED")


def active(world: World, subject: str) -> list[Row]:
    return [row for row in world.findings if row["subject"] == subject and row["record_state"] == "ACTIVE"]


def is_case(world: World, row: Row, covered: Cover | None, ours: Collection[str]) -> bool:
    if row["subject"] in ours:
        return True
    if row["presence"] not in IN_SIGHT:
        return False
    return (covered is not None and is_failing(row)) or any(
        "hubposture/" in one["user_fields"]
        or (one["workflow"] in ("SUPPRESSED", "RESOLVED") and one["compliance"] != "PASSED")
        for one in active(world, row["subject"])
    )


def case(world: World, row: Row, covered: Cover | None, suppressed: Collection[str]) -> Case:
    mine = active(world, row["subject"])
    mine.sort(key=lambda one: str(one["finding"]))
    mine.sort(key=lambda one: one["updated_at"], reverse=True)
    mine.sort(key=lambda one: (COMPLIANCE.index(one["compliance"]), SEVERITY.index(one["severity"])))
    names = [name for name in Case.__slots__ if name not in ("cover", "findings", "tags")]
    return Case(
        **{name: row[name] for name in names},
        cover=covered,
        findings=tuple(facts(world, one, suppressed) for one in mine),
        tags=world.tags.get(row["tagset"], {}),
    )


def facts(world: World, row: Row, suppressed: Collection[str]) -> FindingFacts:
    others = [
        one["subject"]
        for one in world.findings
        if one["finding"] == row["finding"] and one["record_state"] == "ACTIVE" and one["subject"] != row["subject"]
    ]
    shown = {name: row[name] for name in FindingFacts._fields if name != "is_shared"}
    return FindingFacts(**shown, is_shared=any(one not in suppressed for one in others))
