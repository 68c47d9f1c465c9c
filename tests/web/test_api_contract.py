"""The API against its own document: schemathesis asks every operation what the document allows, and what it does not."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance

from hubposture.web.api.app import bare_api, document
from hubposture.web.api.kinds import CURSOR_FORMAT, FILTER_FORMAT
from web.api_world import Programs, programs
from web.web_world import FIRST

pytestmark = pytest.mark.slow
_TERMS = (
    "severity>=HIGH", "status=FAILED", "kind=control", "since>1d", "NOT waived=yes", '"public access"', f"account={FIRST}",
)  # fmt: skip
schemathesis.openapi.format(FILTER_FORMAT, st.lists(st.sampled_from(_TERMS), min_size=1, max_size=3).map(" ".join))
schemathesis.openapi.format(CURSOR_FORMAT, st.just(""))
schemathesis.openapi.format("hubposture-name", st.from_regex(r"[a-zA-Z][a-z é.-]{0,20}[a-z]", fullmatch=True))
schema = schemathesis.openapi.from_dict(dict(document(bare_api())))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    with programs(tmp_path_factory.mktemp("contract")) as found:
        yield found


@pytest.fixture(scope="module")
def token(world: Programs) -> str:
    return world.token(groups=("administrator",))


AT_ONCE = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
    derandomize=True,
    database=None,
)
TOO_LONG = 413
"""A right answer to what is wrong and too long, which schemathesis does not expect."""
_NEEDS_GIT = r"/v1/(waiver-requests|changes|controls/.+/|controls/inbox|waivers/.+/|findings/.+/history)"
"""What needs a repository or AWS, which this world has not: whatever is asked, the answer must be a documented one."""


@schema.exclude(path_regex=_NEEDS_GIT).parametrize()
@AT_ONCE
def test_every_operation_keeps_to_the_document(case: schemathesis.Case[Any], world: Programs, token: str) -> None:
    response = case.call(base_url=f"{world.base}/api", headers=world.bearing(token))
    if response.status_code != TOO_LONG:
        case.validate_response(response)


@schema.include(path_regex=_NEEDS_GIT).parametrize()
@AT_ONCE
def test_what_cannot_be_done_is_told_as_documented(case: schemathesis.Case[Any], world: Programs, token: str) -> None:
    response = case.call(base_url=f"{world.base}/api", headers=world.bearing(token))
    if response.status_code != TOO_LONG:
        case.validate_response(response, excluded_checks=[positive_data_acceptance])
