"""`hubposture demo --central`: the main job with configuration policies, as a newcomer sees it."""

import os
from pathlib import Path
from unittest import mock

import pytest

from hubposture.cli.main import run
from hubposture.errors import InputError
from hubposture.wiring import connect, put_workbook, rehearsal, workplace

LOCAL = """
instance = "test"
[organizations.acme]
administrator = "{administrator}"
home_region = "{home}"
mode = "central"
unlisted = "enable"
administrator_reader_role = ""
administrator_writer_role = ""
external_id = "env:HUBPOSTURE_SANDBOX_EXTERNAL_ID"
"""


@pytest.mark.slow
def test_the_demo_plans_applies_looks_into_accounts_and_then_differs_in_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with mock.patch.dict(os.environ):
        status = run(["demo", "--central", "--directory", str(tmp_path / "demo")])
    shown = " ".join(capsys.readouterr().out.split())
    assert status == 0
    assert "3 policy create" in shown
    assert "hubposture-1" in shown
    assert "18 targets looked into and as the policy says, 0 not confirmed, 0 not measured" in shown
    second = shown.partition("6. A second plan")[2]
    assert "No changes: everything that could be read is as the matrix wants it, but for what is held." in second
    assert "governed by the policy platform-baseline" in second


@pytest.mark.slow
def test_mode_central_is_refused_where_the_organization_is_configured_locally(tmp_path: Path) -> None:
    with mock.patch.dict(os.environ):
        box, around = rehearsal()
        spec = box.core.spec
        text = LOCAL.format(administrator=spec.administrator, home=spec.home_region)
        (tmp_path / "hubposture.toml").write_text(text)
        put_workbook(tmp_path, {"Controls": [{"control": "S3.8", "disposition": "enforce"}]})
        connection = connect(workplace(tmp_path, surroundings=around), "acme")
        with pytest.raises(InputError, match=r"organizations.acme.mode: .* configured locally"):
            connection.plan(connection.workplace.matrix(), connection.survey())
