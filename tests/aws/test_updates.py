"""Writing to findings: one answer for each, whatever a reply leaves out, refuses or names twice."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from aws.scripted import ADMINISTRATOR, HOME, Asked, Refused, Stand, standing
from hubposture.aws.gateway import Seat
from hubposture.aws.limits import CircuitOpen
from hubposture.aws.pool import Pool
from hubposture.aws.retry import Patience
from hubposture.aws.session import Purpose
from hubposture.aws.updates import AwsUpdates
from hubposture.aws.waiting import Stopped
from hubposture.ports.updates import Updated
from hubposture.waivers.decision import FindingUpdate

PRODUCT = "arn:aws:securityhub:eu-west-1::product/aws/securityhub"
OTHER_PRODUCT = "arn:aws:securityhub:eu-west-1::product/aws/config"
Key = tuple[str, str]


def keys(count: int, product: str = PRODUCT, start: int = 0) -> tuple[Key, ...]:
    return tuple((product, f"arn:finding/{at:04d}") for at in range(start, start + count))


def update(ids: Sequence[Key], *, waiver: str = "W-1", status: str = "SUPPRESSED", note: str = "why") -> FindingUpdate:
    return FindingUpdate(tuple(ids), status, note, "hubposture/acme", (("hubposture/waiver", waiver), ("team", "web")))


def no_code(key: Key, count: int) -> str:
    return ""


def as_is(reply: dict[str, Any]) -> dict[str, Any]:
    return reply


@dataclass
class Findings:
    """A hub that takes updates. `code_for` says by finding and number of its try what to leave it out with.

    `poison` are findings for which a whole call is invalid; `bad` values of the waiver field for which every call is.
    """

    code_for: Callable[[Key, int], str] = no_code
    arrange: Callable[[dict[str, Any]], dict[str, Any]] = as_is
    poison: frozenset[Key] = frozenset()
    bad: frozenset[str] = frozenset()
    held: dict[Key, dict[str, Any]] = field(default_factory=dict)
    tries: Counter[Key] = field(default_factory=Counter)
    sizes: list[int] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Any:
        if asked.operation != "BatchUpdateFindings":
            return {}
        named = [(one["ProductArn"], one["Id"]) for one in asked.params["FindingIdentifiers"]]
        assert len(named) == len(set(named)) <= 100
        self.sizes.append(len(named))
        values = {name: value for name, value in asked.params.items() if name != "FindingIdentifiers"}
        if self.poison & set(named) or values.get("UserDefinedFields", {}).get("hubposture/waiver") in self.bad:
            raise Refused("InvalidInputException", 400, "Invalid parameter")
        taken, left = [], []
        for key in named:
            self.tries[key] += 1
            identifier = {"ProductArn": key[0], "Id": key[1]}
            if code := self.code_for(key, self.tries[key]):
                left.append({"FindingIdentifier": identifier, "ErrorCode": code, "ErrorMessage": "so it is"})
            else:
                self.held[key] = values
                taken.append(identifier)
        return self.arrange({"ProcessedFindings": taken, "UnprocessedFindings": left})


@contextmanager
def writing(hub: Callable[[Asked], Any], *, threads: int = 3, tries: int = 4) -> Iterator[tuple[AwsUpdates, Stand]]:
    with standing(hub, patience=Patience(tries=tries)) as here:
        yield AwsUpdates(here.gateway, Pool(threads), home=HOME), here


def written(hub: Callable[[Asked], Any], *updates: FindingUpdate, tries: int = 4) -> dict[Key, Updated]:
    """What became of each finding; each has exactly one answer."""
    with writing(hub, tries=tries) as (adapter, here):
        found = list(adapter.update(updates))
        calls = [one for one in here.aws.asked if one.operation == "BatchUpdateFindings"]
        assert {here.aws.assumed[one.key] for one in calls} <= {f"{ADMINISTRATOR}/admin-writer"}
        assert {one.region for one in calls} <= {HOME}
    answers = {(one.product, one.id): one for one in found}
    assert len(answers) == len(found)
    assert answers.keys() == {key for one in updates for key in one.ids}
    return answers


def errors(answers: dict[Key, Updated]) -> dict[Key, str]:
    return {key: one.error for key, one in answers.items() if one.error}


def test_equal_values_go_together_at_most_a_hundred_a_call_and_nothing_is_lost() -> None:
    hub = Findings()
    some, more, other = keys(130), keys(90, start=130), keys(70, OTHER_PRODUCT)
    answers = written(hub, update(some), update(other, waiver="W-2"), update(more), update(some[:5]))
    assert errors(answers) == {}
    assert sorted(hub.sizes) == [20, 70, 100, 100]
    assert {hub.held[key]["UserDefinedFields"]["hubposture/waiver"] for key in (*some, *more)} == {"W-1"}
    assert {hub.held[key]["UserDefinedFields"]["hubposture/waiver"] for key in other} == {"W-2"}


def test_what_is_set_is_what_was_wanted_and_nothing_else() -> None:
    hub = Findings()
    written(hub, update(keys(1)))
    assert hub.held[keys(1)[0]] == {
        "Workflow": {"Status": "SUPPRESSED"},
        "Note": {"Text": "why", "UpdatedBy": "hubposture/acme"},
        "UserDefinedFields": {"hubposture/waiver": "W-1", "team": "web"},
    }


def test_what_is_empty_is_not_sent() -> None:
    hub = Findings()
    written(hub, FindingUpdate(keys(1), "NEW", "", "", ()))
    assert hub.held[keys(1)[0]] == {"Workflow": {"Status": "NEW"}}


def test_findings_of_one_id_and_two_products_are_two() -> None:
    here, there = (PRODUCT, "same"), (OTHER_PRODUCT, "same")
    hub = Findings(code_for=lambda key, _: "FindingNotFound" if key == there else "")
    answers = written(hub, update([here, there]))
    assert (answers[here].error, answers[here].is_gone) == ("", False)
    assert answers[there].is_gone


def test_a_finding_that_two_updates_want_different_is_not_sent() -> None:
    hub = Findings()
    first, second, third = keys(3)
    answers = written(hub, update([first, second]), update([second, third], status="NEW"))
    assert list(errors(answers)) == [second]
    assert hub.held.keys() == {first, third}


@pytest.mark.parametrize(
    ("code", "is_gone"),
    [
        ("FindingNotFound", True),
        ("FindingSizeExceeded", False),
        ("InvalidInput", False),
        ("SomethingNew", False),
    ],
)
def test_what_another_try_does_not_help_is_said_at_once_for_that_finding_alone(code: str, is_gone: bool) -> None:
    culprit = keys(100)[37]
    hub = Findings(code_for=lambda key, _: code if key == culprit else "")
    answers = written(hub, update(keys(100)))
    assert list(errors(answers)) == [culprit]
    assert answers[culprit].error.startswith(f"{code}: ")
    assert answers[culprit].is_gone is is_gone
    assert hub.sizes == [100]


@pytest.mark.parametrize("code", ["ConcurrentUpdateError", "InternalFailure", "DuplicatedFindingIdentifier"])
def test_what_passes_is_tried_again_and_taken(code: str) -> None:
    busy = set(keys(250)[::10])
    hub = Findings(code_for=lambda key, count: code if key in busy and count < 4 else "")
    answers = written(hub, update(keys(250)))
    assert errors(answers) == {}
    assert len(hub.held) == 250
    assert sorted(hub.sizes) == [25, 25, 25, 50, 100, 100]


def test_what_never_passes_is_given_up_after_some_pauses() -> None:
    busy = keys(3)[0]
    hub = Findings(code_for=lambda key, _: "ConcurrentUpdateError" if key == busy else "")
    with writing(hub) as (adapter, here):
        answers = {(one.product, one.id): one for one in adapter.update([update(keys(3))])}
        assert sum(here.aws.time.slept) == pytest.approx(1 + 2 + 4 + 8 + 16)
    assert list(errors(answers)) == [busy]
    assert "next run" in answers[busy].error
    assert hub.tries[busy] == 6


def test_a_finding_that_a_reply_does_not_mention_does_not_count_as_taken() -> None:
    silent = keys(5)[2]

    def forget(reply: dict[str, Any]) -> dict[str, Any]:
        return {**reply, "ProcessedFindings": [one for one in reply["ProcessedFindings"] if one["Id"] != silent[1]]}

    hub = Findings(arrange=forget)
    answers = written(hub, update(keys(5)))
    assert list(errors(answers)) == [silent]
    assert "reading back" in answers[silent].error


def test_a_finding_in_both_lists_does_not_count_as_taken() -> None:
    both = keys(2)[0]
    left = {
        "FindingIdentifier": {"ProductArn": both[0], "Id": both[1]},
        "ErrorCode": "InvalidInput",
        "ErrorMessage": "m",
    }
    hub = Findings(arrange=lambda reply: {**reply, "UnprocessedFindings": [left]})
    assert list(errors(written(hub, update(keys(2))))) == [both]


@pytest.mark.parametrize("where", ["ProcessedFindings", "UnprocessedFindings"])
def test_a_reply_that_names_what_was_never_sent_counts_for_nothing(where: str) -> None:
    stranger = {"ProductArn": PRODUCT, "Id": "stranger"}
    item = stranger if where == "ProcessedFindings" else {"FindingIdentifier": stranger, "ErrorCode": "InternalFailure"}

    def add(reply: dict[str, Any]) -> dict[str, Any]:
        is_first = any(one["Id"] == keys(1)[0][1] for one in reply["ProcessedFindings"])
        return {**reply, where: [*reply[where], item]} if is_first else reply

    answers = written(Findings(arrange=add), update(keys(150)))
    assert errors(answers).keys() == set(keys(100))
    assert all("stranger" in why for why in errors(answers).values())


@pytest.mark.parametrize("places", [(0,), (99,), (3, 4, 71), tuple(range(0, 100, 20))])
def test_a_finding_that_makes_a_call_invalid_fails_alone(places: tuple[int, ...]) -> None:
    culprits = [keys(100)[at] for at in places]
    hub = Findings(poison=frozenset(culprits))
    answers = written(hub, update(keys(100)))
    assert sorted(errors(answers)) == culprits
    assert hub.held.keys() == set(keys(100)) - set(culprits)
    assert len(hub.sizes) <= 1 + 3 * 7 * len(culprits)


def test_findings_that_all_come_back_invalid_together_are_tried_apart() -> None:
    culprit = keys(40)[11]
    hub = Findings()
    whole: list[int] = []

    def arrange(reply: dict[str, Any]) -> dict[str, Any]:
        named = reply["ProcessedFindings"]
        if not any(one["Id"] == culprit[1] for one in named):
            return reply
        whole.append(len(named))
        left = [{"FindingIdentifier": one, "ErrorCode": "InvalidInput", "ErrorMessage": "bad"} for one in named]
        return {"ProcessedFindings": [], "UnprocessedFindings": left}

    hub.arrange = arrange
    assert list(errors(written(hub, update(keys(40))))) == [culprit]
    assert whole[0] == 40
    assert whole[-1] == 1


def test_values_that_are_at_fault_are_not_tried_for_every_finding() -> None:
    hub = Findings(bad=frozenset({"W-1"}))
    answers = written(hub, update(keys(500)), update(keys(10, OTHER_PRODUCT), waiver="W-2"))
    assert errors(answers).keys() == set(keys(500))
    assert len(hub.sizes) < 30
    assert "refused for" in errors(answers)[keys(500)[-1]]


def test_a_call_that_is_refused_fails_its_findings_and_stops_no_other() -> None:
    hub = Findings()

    def answer(asked: Asked) -> Any:
        if asked.params.get("Workflow", {}).get("Status") == "NEW":
            raise Refused("AccessDeniedException", 403, "not allowed")
        return hub(asked)

    answers = written(answer, update(keys(150)), update(keys(30, OTHER_PRODUCT), status="NEW"))
    assert errors(answers).keys() == set(keys(30, OTHER_PRODUCT))
    assert all("securityhub:BatchUpdateFindings" in why for why in errors(answers).values())


def test_a_call_that_is_always_throttled_fails_its_findings_alone() -> None:
    hub = Findings()

    def answer(asked: Asked) -> Any:
        if asked.params.get("Workflow", {}).get("Status") == "NEW":
            raise Refused("TooManyRequestsException", 429)
        return hub(asked)

    answers = written(answer, update(keys(3)), update(keys(3, OTHER_PRODUCT), status="NEW"))
    assert errors(answers).keys() == set(keys(3, OTHER_PRODUCT))


def test_a_call_whose_answer_is_lost_is_made_again() -> None:
    hub = Findings()
    lost: list[int] = []

    def answer(asked: Asked) -> Any:
        reply = hub(asked)
        if asked.operation == "BatchUpdateFindings" and len(lost) < 2:
            lost.append(1)
            raise ReadTimeoutError(endpoint_url="https://hub")
        return reply

    assert errors(written(answer, update(keys(20)))) == {}
    assert hub.sizes == [20, 20, 20]


def test_what_is_taken_is_told_before_all_calls_are_made() -> None:
    hub = Findings()
    with writing(hub, threads=1) as (adapter, _):
        found = adapter.update([update(keys(1000))])
        first = next(found)
        assert first.error == ""
        assert len(hub.sizes) <= 3
        assert len(list(found)) == 999
    assert len(hub.sizes) == 10


def test_a_run_that_is_stopped_between_tries_says_so_for_what_is_left() -> None:
    hub = Findings(code_for=lambda key, _: "ConcurrentUpdateError" if key in keys(2) else "")

    def stop(_: float) -> None:
        raise Stopped("interrupted", code="Stopped")

    with writing(hub) as (adapter, here):
        here.gateway.caller.sleep = stop
        answers = {(one.product, one.id): one for one in adapter.update([update(keys(4))])}
    assert errors(answers).keys() == set(keys(2))


def test_writing_waits_for_an_account_that_is_left_alone_because_something_else_failed_there() -> None:
    hub = Findings()

    def answer(asked: Asked) -> Any:
        if asked.operation == "GetFindingHistory":
            raise Refused("InternalException", 500)
        return hub(asked)

    with writing(answer, tries=30) as (adapter, here):
        seat = Seat(ADMINISTRATOR, HOME, Purpose.ADMINISTRATOR_WRITER)
        with pytest.raises(CircuitOpen):
            here.gateway.call(seat, "GetFindingHistory", {"FindingIdentifier": {"ProductArn": PRODUCT, "Id": "one"}})
        assert not [one.error for one in adapter.update([update(keys(250))]) if one.error]
    assert hub.held.keys() == set(keys(250))


def test_what_may_have_been_written_is_told_from_what_was_surely_not() -> None:
    lost, refused, busy, gone, forgotten, large = keys(6)

    def answer(asked: Asked) -> Any:
        named = {(one["ProductArn"], one["Id"]) for one in asked.params.get("FindingIdentifiers", ())}
        if lost in named:
            raise ReadTimeoutError(endpoint_url="https://hub")
        if refused in named:
            raise Refused("AccessDeniedException", 403, "not allowed")
        return hub(asked)

    hub = Findings(
        code_for=lambda key, tries: {
            busy: "ConcurrentUpdateError",
            gone: "FindingNotFound",
            large: "InternalFailure" if tries == 1 else "FindingSizeExceeded",
        }.get(key, ""),
        arrange=lambda reply: {
            **reply, "ProcessedFindings": [one for one in reply["ProcessedFindings"] if one["Id"] != forgotten[1]]
        },
    )  # fmt: skip
    answers = written(answer, *(update([key], waiver=f"W-{at}") for at, key in enumerate(keys(7))))
    assert {key for key, one in answers.items() if one.is_doubtful} == {lost, busy, forgotten, large}
    assert errors(answers).keys() == set(keys(6))


def test_no_updates_are_no_calls() -> None:
    hub = Findings()
    assert written(hub) == {}
    assert hub.sizes == []


CODES = [
    "",
    "",
    "",
    "ConcurrentUpdateError",
    "InternalFailure",
    "FindingNotFound",
    "FindingSizeExceeded",
    "InvalidInput",
]


@settings(max_examples=20, deadline=None)
@given(
    plans=st.dictionaries(st.integers(0, 239), st.lists(st.sampled_from(CODES), max_size=8), max_size=60),
    poison=st.sets(st.integers(0, 239), max_size=4),
    waivers=st.integers(1, 4),
    turn=st.booleans(),
)
def test_an_answer_without_an_error_is_a_finding_that_holds_what_was_wanted(
    plans: dict[int, list[str]],
    poison: set[int],
    waivers: int,
    turn: bool,
) -> None:
    all_ = keys(240)
    by_key = {all_[at]: plan for at, plan in plans.items()}

    def code_for(key: Key, count: int) -> str:
        plan = by_key.get(key, [])
        return plan[count - 1] if count <= len(plan) else ""

    def arrange(reply: dict[str, Any]) -> dict[str, Any]:
        return {name: rows[::-1] for name, rows in reply.items()} if turn else reply

    hub = Findings(code_for=code_for, arrange=arrange, poison=frozenset(all_[at] for at in poison))
    answers = written(hub, *(update(all_[at::waivers], waiver=f"W-{at}") for at in range(waivers)))
    for at, key in enumerate(all_):
        if answers[key].error:
            assert key not in hub.held
        else:
            assert hub.held[key]["UserDefinedFields"]["hubposture/waiver"] == f"W-{at % waivers}"
    assert set(hub.poison) <= errors(answers).keys()
