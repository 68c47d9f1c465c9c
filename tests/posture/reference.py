"""Scores by brute force: subject by subject and account by account, as the rules say it, without SQL."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from posture.posture_world import Row, State

LIVE = ("active", "management")


class Facts:
    """Look-ups over a state."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.accounts = {row["account"]: row for row in state.rows("accounts")}
        self.targets = {(row["account"], row["region"]): row for row in state.rows("targets")}
        self.wishes = {(row["wishes"], row["control"]): row for row in state.rows("wishes")}
        self.controls = {row["control"]: row for row in state.rows("controls")}
        self.on = {(row["enablement"], row["control"]) for row in state.rows("enablement") if row["is_on"]}
        self.waived = {row["subject"] for row in state.rows("decisions")}
        self.visible = {row["subject"] for row in state.rows("decisions") if row.get("effect") == "visible"}

    def wish(self, row: Row) -> Row | None:
        target = self.targets.get((row["account"], row["region"]))
        return self.wishes.get((target["wishes"], row["control"])) if target else None

    def severity(self, row: Row) -> str:
        wish = self.wish(row)
        known = self.controls.get(row["control"], {"severity": ""})
        return str(wish["severity"] if wish else known["severity"])

    def is_owed(self, row: Row) -> bool:
        """In sight, in force, and switched on as far as is known."""
        target, wish = self.targets.get((row["account"], row["region"])), self.wish(row)
        if row["presence"] not in ("present", "unsure") or target is None or wish is None or not wish["in_force"]:
            return False
        return (target["enablement"], row["control"]) in self.on or target["sight"] == "unreadable"

    def is_late(self, row: Row) -> bool:
        wish = self.wish(row)
        day = row["failing_since"].replace(hour=0)
        return wish is not None and wish["due_before"] is not None and day < wish["due_before"]

    def is_missed(self, row: Row) -> bool:
        target, wish = self.targets.get((row["account"], row["region"])), self.wish(row)
        return target is None or target["wishes"] == "" or bool(wish and wish["in_force"])

    def missing(self, account: str) -> Iterable[tuple[str, str]]:
        """(control, severity) once for each Region in which nothing was measured."""
        for (owner, region), target in self.targets.items():
            if owner != account or target["sight"] != "seen":
                continue
            for (profile, control), wish in self.wishes.items():
                if profile == target["wishes"] and wish["in_force"] and not self._is_measured(owner, region, control):
                    yield control, wish["severity"]

    def _is_measured(self, account: str, region: str, control: str) -> bool:
        return any(
            (row["account"], row["region"], row["control"]) == (account, region, control)
            and self.is_owed(row)
            and row["status"] in ("PASSED", "FAILED")
            for row in self.state.subjects
        )

    def why(self, account: str) -> str:
        """Why an account cannot be good, whatever its subjects are."""
        sights = [target["sight"] for (owner, _), target in self.targets.items() if owner == account]
        if self.accounts[account]["state"] not in LIVE:
            return str(self.accounts[account]["state"])
        if all(sight == "closed" for sight in sights):
            return "no-hub"
        return next((sight for sight in ("lost", "unreadable") if sight in sights), "")

    def is_seen(self, account: str) -> bool:
        return any(target["sight"] == "seen" for (owner, _), target in self.targets.items() if owner == account)


@dataclass(frozen=True)
class Expected:
    met: int
    failing: int
    waived: int
    visible: int
    suppressed: int
    overdue: int
    not_measured: int
    missing: int
    lost: int
    nothing_off: tuple[int, int]
    accounts: tuple[int, int]


def expected(
    facts: Facts,
    accounts: Iterable[str],
    *,
    controls: Collection[str] | None = None,
    severity: str = "",
    is_whole: bool = False,
) -> Expected:
    """The score of some accounts, controls and severity; `is_whole` says that every live account must stand."""

    def chooses(control: str, its: str) -> bool:
        return (controls is None or control in controls) and severity in ("", its)

    accounts = sorted(accounts)
    parts = [_of_account(facts, account, chooses) for account in accounts]
    good = asked = 0
    for account, one in zip(accounts, parts, strict=True):
        if facts.accounts[account]["state"] not in LIVE:
            continue
        is_asked = one.met + one.failing + one.not_measured + one.missing > 0
        asked += is_whole or is_asked or not facts.is_seen(account)
        bad = one.failing or one.not_measured or one.missing or not one.met
        good += not bad and not facts.why(account)
    return replace(_sum(parts), accounts=(good, asked))


def _of_account(facts: Facts, account: str, chooses: Callable[[str, str], bool]) -> Expected:
    rows = [
        row
        for row in facts.state.subjects
        if row["account"] == account and chooses(row["control"], facts.severity(row))
    ]
    owed = [row for row in rows if facts.is_owed(row)]
    failed = [row for row in owed if row["status"] == "FAILED"]
    waived = [row for row in failed if row["subject"] in facts.waived]
    failing = [row for row in failed if row["subject"] not in facts.waived]
    passed = [row for row in owed if row["status"] == "PASSED"]
    known = [row for row in rows if row["presence"] in ("present", "unsure", "off")]
    good, bad = (sum(row["status"] == status for row in known) for status in ("PASSED", "FAILED"))
    return Expected(
        met=len(passed) + len(waived),
        failing=len(failing),
        waived=len(waived),
        visible=sum(row["subject"] in facts.visible for row in waived),
        suppressed=sum(row["suppressed"] for row in failing),
        overdue=sum(facts.is_late(row) for row in failing),
        not_measured=len(owed) - len(failed) - len(passed),
        missing=sum(chooses(control, severity) for control, severity in facts.missing(account)),
        lost=sum(row["presence"] == "lost" and facts.is_missed(row) for row in rows),
        nothing_off=(good, good + bad),
        accounts=(0, 0),
    )


def _sum(parts: list[Expected]) -> Expected:
    return Expected(
        met=sum(one.met for one in parts),
        failing=sum(one.failing for one in parts),
        waived=sum(one.waived for one in parts),
        visible=sum(one.visible for one in parts),
        suppressed=sum(one.suppressed for one in parts),
        overdue=sum(one.overdue for one in parts),
        not_measured=sum(one.not_measured for one in parts),
        missing=sum(one.missing for one in parts),
        lost=sum(one.lost for one in parts),
        nothing_off=(sum(one.nothing_off[0] for one in parts), sum(one.nothing_off[1] for one in parts)),
        accounts=(0, 0),
    )
