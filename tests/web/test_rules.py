"""Rules that cannot be read show nothing to anybody but what is wrong with them, with file, line and column."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from web.matrix_world import OUTSIDE, Somebody, World, matrix, text_of

_PAGES = (
    "/",
    "/findings?view=list",
    "/findings.csv",
    "/accounts",
    "/tickets",
    "/waivers",
    "/reports",
    "/changes",
    "/metrics",
)
_WRONG = (
    'permit (principal in Group::"reader", action == Action::"view", resource is Bucket);\npermit (principal action);\n'
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with matrix(tmp_path) as made:
        (tmp_path / "access.cedar").write_text(_WRONG)
        yield made


def test_nothing_is_shown_but_what_is_wrong_with_the_rules(world: World) -> None:
    for role in ("reader", "administrator"):
        for path in _PAGES:
            answer = asked(world.people[role], path)
            said = text_of(answer)
            assert answer.status_code == 400, (role, path)
            assert "access.cedar:" in said, (role, path, said[-500:])
            assert not any(mark in said for mark in (*OUTSIDE, "alfa")), (role, path)
    for path in ("/api/v1/findings", "/api/v1/accounts", "/api/v1/posture"):
        answer = asked(world.people["administrator"], path)
        assert answer.status_code in (400, 422), path
        assert "access.cedar:" in answer.text, path
    assert asked(world.people["reader"], "/health").status_code == 200


def asked(who: Somebody, path: str) -> Any:
    return who.ask("GET", path, {}, is_api=path.startswith("/api/"))


def test_mended_rules_hold_at_once_and_so_do_changed_ones(world: World, tmp_path: Path) -> None:
    rules = tmp_path / "access.cedar"
    rules.write_text('@id("sees-data")\npermit (principal in Group::"reader", action, resource in Unit::"/Data");\n')
    first = text_of(asked(world.people["reader"], "/findings?view=list"))
    assert "zulu" in first
    assert "alfa" not in first
    rules.write_text(
        '@id("sees-web")\npermit (principal in Group::"reader", action, resource in Unit::"/Workloads");\n'
    )
    second = text_of(asked(world.people["reader"], "/findings?view=list"))
    assert "alfa" in second
    assert "zulu" not in second
    nothing = text_of(asked(world.people["administrator"], "/findings?view=list"))
    assert "alfa" not in nothing
