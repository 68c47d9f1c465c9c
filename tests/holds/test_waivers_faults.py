"""Whatever goes wrong while waivers are enforced: nothing wrong is written, it is told, and calm runs end as if it had not."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from holds.holds_world import HOME
from holds.waiver_faults_world import (
    CALM,
    Right,
    Story,
    Waived,
    assert_accounted,
    assert_converged,
    assert_nothing_wrong,
    retold,
)
from hubposture.sandbox import models, wire
from hubposture.sandbox.answers import NoAnswerInTime
from hubposture.verbs.waivers import Enforced

WRITE = "BatchUpdateFindings"
READS = ("GetFindings", "ListAutomationRules", "BatchGetAutomationRules", "GetFindingHistory")
CODES = (
    "ConcurrentUpdateError", "InternalFailure", "DuplicatedFindingIdentifier", "FindingNotFound", "FindingSizeExceeded",
    "InvalidInput", "SomethingNew",
)  # fmt: skip
PASSING = ("ConcurrentUpdateError", "InternalFailure", "DuplicatedFindingIdentifier")
KINDS = ("throttled", "server_error", "timeout", "reset", "lost_answer")


def storm(there: Waived, **faults: Any) -> Enforced:
    """The due run while something goes wrong."""
    there.box.faults.update({**CALM, **faults})
    there.box.faults.reset_count()
    done = there.enforce()
    there.calm()
    assert_accounted(there, done)
    return done


def holds(there: Waived, story: Story, wanted: Right, **faults: Any) -> Enforced:
    """A storm, and what must hold in it and after it."""
    done = storm(there, **faults)
    assert_nothing_wrong(there, story, wanted)
    assert_converged(there, wanted, done.run)
    return done


@pytest.fixture
def there(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Waived:
    return retold(story, tmp_path / "b", monkeypatch)


# --- writing ----------------------------------------------------------------------------------------------------------


def test_a_third_of_a_reply_left_unprocessed_for_passing_reasons_is_tried_again_in_the_same_run(
    there: Waived, story: Story, wanted: Right
) -> None:
    done = holds(there, story, wanted, unprocessed=dict.fromkeys(PASSING, 0.1))
    assert not done.failures


@pytest.mark.slow
@pytest.mark.parametrize("code", CODES)
def test_findings_that_stay_unprocessed_are_told_with_the_code_and_written_by_a_later_run(
    code: str, there: Waived, story: Story, wanted: Right
) -> None:
    done = holds(there, story, wanted, unprocessed={code: 1.0})
    assert len(done.written.failed) == len(story.written)
    assert all(code in one.what for one in done.written.failures)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_call_that_always_fails_is_told_for_each_of_its_findings_and_made_by_a_later_run(
    kind: str, there: Waived, story: Story, wanted: Right
) -> None:
    done = storm(there, operations=[WRITE], **{kind: 1.0})
    assert len(done.written.failed) == len(story.written)
    assert (there.shown() == story.before) == (kind != "lost_answer"), "done or not, as the fault is"
    assert_nothing_wrong(there, story, wanted)
    assert_converged(there, wanted, done.run)


@pytest.mark.parametrize("kind", ["lost_answer"])
def test_a_call_whose_answer_was_lost_is_made_again_and_changes_nothing(
    kind: str, there: Waived, story: Story, wanted: Right
) -> None:
    done = holds(there, story, wanted, operations=[WRITE], script={1: kind, 3: kind})
    assert not done.failures


@pytest.mark.slow
@pytest.mark.parametrize("kind", [one for one in KINDS if one != "lost_answer"])
def test_a_call_that_fails_once_or_twice_is_made_again(kind: str, there: Waived, story: Story, wanted: Right) -> None:
    done = holds(there, story, wanted, operations=[WRITE], script={1: kind, 2: kind, 4: kind})
    assert not done.failures
    assert set(there.updates()) == story.written


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.3, 1.0])
@pytest.mark.parametrize("how", ["unnamed", "named_twice"])
def test_an_answer_that_forgets_findings_or_names_them_as_both_is_not_believed(
    how: str, share: float, there: Waived, story: Story, wanted: Right
) -> None:
    done = holds(there, story, wanted, **{how: share})
    assert bool(done.written.failed) == (share == 1.0), "told if it never came out"


@pytest.mark.slow
def test_one_poisonous_finding_fails_alone(there: Waived, story: Story, wanted: Right) -> None:
    victim = min(story.fresh)
    done = storm(there, poison=[victim])
    assert len(done.written.failed) == 1
    assert {id_ for id_, one in there.shown().items() if one != wanted.shown[id_]} == {victim}
    assert_converged(there, wanted, done.run)


@pytest.mark.slow
def test_a_timeout_after_the_work_was_done_changes_nothing(
    there: Waived, story: Story, wanted: Right, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = storm_of(there, monkeypatch, {WRITE: _too_late})
    assert done.written.failed
    assert_nothing_wrong(there, story, wanted)
    assert_converged(there, wanted, done.run)


@pytest.mark.slow
def test_a_refusal_is_told_and_nothing_is_written(
    there: Waived, story: Story, wanted: Right, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = storm_of(there, monkeypatch, {WRITE: _refuse})
    assert len(done.written.failed) == len(story.written)
    assert all("AccessDeniedException" in one.what for one in done.written.failures)
    assert there.shown() == story.before
    assert_converged(there, wanted, done.run)


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("operation", "kind"), [*zip(READS * 2, KINDS * 2, strict=False)])
def test_a_read_that_always_fails_is_told_and_lets_nothing_wrong_be_written(
    operation: str, kind: str, there: Waived, story: Story, wanted: Right
) -> None:
    done = holds(there, story, wanted, operations=[operation], **{kind: 1.0})
    assert done.failures
    opened = {one.case.region for one in done.written.sent if str(one.decision.verb) in ("release", "unresolve")}
    if operation.endswith("AutomationRules"):
        assert HOME not in opened, "a rule that nobody could read may set it back"
        assert done.outlook.held_back
    assert len(done.written.sent) + len(done.outlook.held_back) == len(story.written), "everything else is written"


@pytest.mark.slow
@pytest.mark.parametrize("operation", READS)
def test_a_refused_read_is_told_too(
    operation: str, there: Waived, story: Story, wanted: Right, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = storm_of(there, monkeypatch, {operation: _refuse})
    assert any("AccessDeniedException" in one.what for one in done.failures)
    assert_nothing_wrong(there, story, wanted)
    assert_converged(there, wanted, done.run)


# --- in pairs ---------------------------------------------------------------------------------------------------------

PAIRS: Mapping[str, Mapping[str, Any]] = {
    "answers are lost, and what was written cannot be read back": {
        "operations": [WRITE, "GetFindings"], "lost_answer": 1.0,
    },
    "half of the answers are lost, half of what comes is unprocessed": {
        "operations": [WRITE], "lost_answer": 0.5, "unprocessed": {"InternalFailure": 0.5}, "seed": 2,
    },
    "some findings stay behind, and no rule can be read": {
        "operations": ["ListAutomationRules"], "throttled": 1.0, "unprocessed": {"FindingNotFound": 0.3},
    },
    "findings are forgotten, and others are too large": {
        "unnamed": 0.4, "unprocessed": {"FindingSizeExceeded": 0.3}, "seed": 3,
    },
    "everything now and then": {
        **dict.fromkeys(KINDS, 0.1), "partial": 0.2, "unnamed": 0.05, "named_twice": 0.05, "seed": 4,
    },
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", PAIRS)
def test_two_faults_at_once_do_no_more_harm(what: str, there: Waived, story: Story, wanted: Right) -> None:
    holds(there, story, wanted, **PAIRS[what])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_three_stormy_runs_in_a_row_end_where_a_calm_one_does(
    seed: int, there: Waived, story: Story, wanted: Right
) -> None:
    runs = []
    for number, share in enumerate((0.3, 0.5, 0.2)):
        faults = {**dict.fromkeys(KINDS, share / 3), "partial": share, "seed": 10 * seed + number}
        runs.append(storm(there, **faults).run)
        assert_nothing_wrong(there, story, wanted)
        there.box.wait(240)
    assert_converged(there, wanted, *(one for one in runs if one))


@pytest.mark.slow
def test_a_ledger_in_postgresql_is_as_safe(
    postgres_ledger: str, story: Story, wanted: Right, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = moved(retold(story, tmp_path / "b", monkeypatch), postgres_ledger)
    holds(there, story, wanted, **PAIRS["everything now and then"])


def moved(there: Waived, url: str) -> Waived:
    """The same world with its ledger carried to another database."""
    from hubposture.wiring import move_ledger

    move_ledger(there.connection().workplace, url)
    with (there.directory / "hubposture.toml").open("a") as settings:
        settings.write(f'\n[ledger]\nurl = "{url}"\n')
    return there


# --- faults that the sandbox does not know ---------------------------------------------------------------------------

Twist = Callable[[Callable[[wire.Request], wire.Reply], wire.Request], wire.Reply]


def storm_of(there: Waived, patch: pytest.MonkeyPatch, twists: Mapping[str, Twist]) -> Enforced:
    """The due run while calls of some operations are twisted."""
    handle = there.box.handle

    def twisted(request: wire.Request) -> wire.Reply:
        twist = twists.get(operation_of(request))
        return handle(request) if twist is None else twist(handle, request)

    with patch.context() as patched:
        patched.setattr(there.box, "handle", twisted)
        done = there.enforce()
    assert_accounted(there, done)
    return done


def operation_of(request: wire.Request) -> str:
    """The operation of Security Hub that a request asks for; ''."""
    scope = wire.scope_of(request)
    if not scope or scope.service != "securityhub":
        return ""
    return wire.read(models.service(scope.service), request)[0].name


def _too_late(handle: Callable[[wire.Request], wire.Reply], request: wire.Request) -> wire.Reply:
    handle(request)
    raise NoAnswerInTime(WRITE)


def _refuse(_handle: Callable[[wire.Request], wire.Reply], _request: wire.Request) -> wire.Reply:
    body = {"Message": "User is not authorized", "Code": "AccessDeniedException"}
    headers = {"content-type": "application/json", "x-amzn-errortype": "AccessDeniedException"}
    return wire.Reply(403, headers, orjson.dumps(body))
