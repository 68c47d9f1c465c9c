import datetime as dt
from typing import Any

import pytest

from hubposture.errors import InputErrors
from hubposture.model.controls import Severity
from hubposture.settings.keys import keys
from hubposture.settings.load import load_settings
from hubposture.settings.model import AssumeFrom, Mode, Settings, Unlisted

TWO = """instance = "acme"
zone = "Europe/Berlin"

[organizations.main]
administrator = "111122223333"
home_region = "eu-central-1"

[organizations.gov]
partition = "aws-us-gov"
administrator = "000055556666"
home_region = "us-gov-west-1"
"""


def load(text: str = TWO, **sources: Any) -> Settings:
    return load_settings(text.encode(), **sources).settings


def problems(text: str, **sources: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputErrors) as caught:
        load(text, **sources)
    return [(problem.where, f"{problem.what} ({problem.hint})") for problem in caught.value.problems]


def test_a_small_file_is_enough_and_the_rest_has_defaults() -> None:
    settings = load()
    assert settings.organizations["gov"].administrator == "000055556666"
    assert settings.organizations["main"].mode is Mode.AUTO
    assert settings.controls.approval_from is Severity.HIGH
    assert settings.controls.settling_days == 14
    assert settings.ledger.url.startswith("sqlite:///")
    assert settings.zone_info.key == "Europe/Berlin"


def test_everything_can_be_given_in_the_file() -> None:
    main = load(
        TWO
        + """
[organizations.full]
administrator = "111122223333"
management_account = "999900001111"
home_region = "eu-central-1"
regions = ["eu-central-1", "us-east-1"]
linked = ["eu-central-1", "us-east-1"]
mode = "central"
unlisted = "disable"
reader_role = "security/reader"
writer_role = ""
assume_from = "administrator"
external_id = "env:EXTERNAL_ID"
read_account_tags = false
observe.apply = ["*", "!Sandbox"]
[[organizations.full.expected_unreadable]]
account = "777788889999"
region = "us-east-1"
reason = "bought, not joined yet"
review_by = 2027-01-31
"""
    ).organizations["full"]
    assert (main.mode, main.unlisted, main.assume_from) == (Mode.CENTRAL, Unlisted.DISABLE, AssumeFrom.ADMINISTRATOR)
    assert main.regions == main.linked == ("eu-central-1", "us-east-1")
    assert main.expected_unreadable[0].review_by == dt.date(2027, 1, 31)
    assert str(main.external_id_reference) == "env:EXTERNAL_ID"
    assert main.writer_role == ""


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().limits.threads = 3


def test_the_environment_beats_the_file_and_an_option_beats_both() -> None:
    text = TWO + "[limits]\nthreads = 3\n"
    environ = {"HUBPOSTURE_LIMITS_THREADS": "4"}
    assert load(text).limits.threads == 3
    assert load(text, environ=environ).limits.threads == 4
    assert load(text, environ=environ, options={"limits.threads": 5}).limits.threads == 5
    assert load(text, environ=environ, options={"limits.threads": "6"}).limits.threads == 6


def test_the_environment_sets_every_kind_of_value() -> None:
    settings = load(
        environ={
            "HUBPOSTURE_ORGANIZATIONS_MAIN_ADMINISTRATOR": "012345678901",
            "HUBPOSTURE_ORGANIZATIONS_MAIN_REGIONS": "us-east-1, us-west-2",
            "HUBPOSTURE_ORGANIZATIONS_MAIN_MODE": "local",
            "HUBPOSTURE_ORGANIZATIONS_GOV_OBSERVE_APPLY": "*",
            "HUBPOSTURE_CONTROLS_DISABLE_STANDARDS": "TRUE",
            "HUBPOSTURE_GUARDS_MAX_SHARE": "0.5",
            "HUBPOSTURE_ZONE": "",
        }
    )
    main = settings.organizations["main"]
    assert main.administrator == "012345678901"
    assert (main.regions, main.mode) == (("us-east-1", "us-west-2"), Mode.LOCAL)
    assert settings.organizations["gov"].observe.apply == ("*",)
    assert settings.controls.disable_standards
    assert settings.guards.limits().share == 0.5
    assert settings.zone == "Europe/Berlin"


def test_every_setting_outside_lists_has_its_own_variable() -> None:
    names = ["main"]
    from hubposture.settings.overlay import _variables

    variables = [variable for key in keys() for variable, _ in _variables(key, names)]
    assert (
        len(variables)
        == len(set(variables))
        == sum("[]" not in key.path and ("NAME" not in key.path or key.path[0] == "organizations") for key in keys())
    )


def test_what_is_wrong_outside_the_file_is_named_by_variable_or_option() -> None:
    found = problems(TWO, environ={"HUBPOSTURE_LIMITS_THREADS": "many"}, options={"limits.colour": 1})
    assert [where for where, _ in found] == ["HUBPOSTURE_LIMITS_THREADS", "option limits.colour"]
    found = problems(TWO, environ={"HUBPOSTURE_ORGANIZATIONS_MAIN_REGIONS": "us-east-1,nowhere"})
    assert found[0][0] == "HUBPOSTURE_ORGANIZATIONS_MAIN_REGIONS"


def test_a_variable_that_is_nearly_a_setting_is_noted() -> None:
    environ = {"HUBPOSTURE_LIMIT_THREADS": "3", "HUBPOSTURE_STRICT": "1", "HOME": "/"}
    (note,) = load_settings(TWO.encode(), environ=environ).notes
    assert note == "HUBPOSTURE_LIMIT_THREADS is not a setting; was HUBPOSTURE_LIMITS_THREADS meant?"


def test_all_problems_come_at_once_each_at_its_place() -> None:
    text = """instance = "Acme Prod"
colour = 1
[organizations.main]
administrator = 111122223333
home_region = "Frankfurt"
regions = [
  "eu-west-1", "nowhere",
]
[organizations.gov]
home_region = "us-gov-west-1"
[controls]
approval_from = "HUGE"
settling_days = 1.5
setling_days = 1
"""
    places = dict(problems(text))
    assert set(places) == {
        "hubposture.toml:1:12",
        "hubposture.toml:2:1",
        "hubposture.toml:4:17",
        "hubposture.toml:5:15",
        "hubposture.toml:7:16",
        "hubposture.toml:9:1",
        "hubposture.toml:12:17",
        "hubposture.toml:13:17",
        "hubposture.toml:14:1",
    }
    assert "leading zeros count" in places["hubposture.toml:4:17"]
    assert "organizations.gov.administrator is missing" in places["hubposture.toml:9:1"]
    assert "LOW, MEDIUM, HIGH or CRITICAL" in places["hubposture.toml:12:17"]
    assert "was settling_days meant?" in places["hubposture.toml:14:1"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('instance = "a"\nzone = \n', "hubposture.toml:2:8"),
        ("a = 1\r\n\r\na = 2\r\n", "hubposture.toml:3:"),
        ("a = [1,\n", "hubposture.toml:2:1"),
        ("[a\n", "hubposture.toml:1:"),
        ("\ufeffa = 1\n", "hubposture.toml:1:1"),
    ],
)
def test_a_broken_file_is_an_error_at_its_place(text: str, place: str) -> None:
    ((where, what),) = problems(text)
    assert where.startswith(place)
    assert "at line" not in what


def test_a_file_that_is_not_utf_8_is_an_error_at_its_byte() -> None:
    with pytest.raises(InputErrors, match=r"hubposture\.toml:2:10: not UTF-8"):
        load_settings(b'zone = "UTC"\nname = "\xc3\xb6\xe9"\n')


def test_positions_hold_with_windows_line_ends() -> None:
    assert problems(TWO.replace("\n", "\r\n") + "[limits]\r\nthreads = 0\r\n")[0][0] == "hubposture.toml:13:11"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('external_id = "hunter2"', "env:NAME"),
        ('external_id = "env:"', "env:NAME"),
        ('external_id = "file:relative"', "file:/PATH"),
        ('external_id = "vault:x"', "env:NAME"),
    ],
)
def test_a_literal_secret_is_an_error_that_does_not_repeat_it(line: str, says: str) -> None:
    ((where, what),) = problems(TWO + line + "\n")
    assert where == "hubposture.toml:12:15"
    assert says in what
    assert "hunter2" not in what


@pytest.mark.parametrize("url", ["postgresql://me:hunter2@db/x", "postgresql://db/x?user=me&password=hunter2"])
def test_a_password_in_the_ledgers_url_is_an_error_that_does_not_repeat_it(url: str) -> None:
    ((_, what),) = problems(TWO + f'[ledger]\nurl = "{url}"\n')
    assert "holds a password" in what
    assert "hunter2" not in what


def test_a_secret_may_stand_in_the_environment_and_becomes_a_reference_to_it() -> None:
    environ = {
        "HUBPOSTURE_LEDGER_URL": "postgresql://me:hunter2@db/x",
        "HUBPOSTURE_ORGANIZATIONS_MAIN_EXTERNAL_ID": "hunter2",
        "HUBPOSTURE_ORGANIZATIONS_GOV_EXTERNAL_ID": "file:/run/secrets/gov",
    }
    settings = load(environ=environ)
    assert str(settings.ledger.reference) == "env:HUBPOSTURE_LEDGER_URL"
    assert load().ledger.reference is None
    assert settings.organizations["main"].external_id == "env:HUBPOSTURE_ORGANIZATIONS_MAIN_EXTERNAL_ID"
    assert settings.organizations["gov"].external_id == "file:/run/secrets/gov"
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('mode = "central"', "cannot be said"),
        ('linked = ["us-east-1"]', "always linked"),
        ('regions = ["us-east-1", "us-east-1"]', "named twice"),
        ('reader_role = "arn:aws-us-gov:iam::1:role/x"', "not by ARN"),
        ('home_region = "us-gov-west-1"', "overwrite"),
        ("observe.aply = []", "was apply meant"),
        ('expected_unreadable = [{account = "777788889999", reason = "x"}]', "review_by is missing"),
    ],
)
def test_what_does_not_go_together_is_an_error(line: str, says: str) -> None:
    text = TWO + line + "\n" + ('unlisted = "leave"\n' if "central" in line else "")
    assert says in problems(text)[0][1]


@pytest.mark.parametrize("path", ["/etc/passwd", "../other.xlsx", "a/../../b", "", ".", "a\\\\b"])
def test_a_file_outside_the_baseline_is_an_error(path: str) -> None:
    assert problems(TWO + f'[files]\ncontrols = "{path}"\n')[0][0] == "hubposture.toml:13:12"


def test_central_without_saying_what_becomes_of_unlisted_controls_is_an_error() -> None:
    assert "cannot be said" in problems(TWO + 'mode = "central"\n')[0][1]


@pytest.mark.parametrize("name", ["servicenow", "ServiceNow"])
def test_a_jira_site_that_is_called_as_the_tracker_of_servicenow_is_an_error(name: str) -> None:
    site = "url = 'https://acme.atlassian.net'\nuser = 'a@b.example'\ntoken = 'env:TOKEN'\n"
    (found,) = problems(f"{TWO}[jira.{name}]\n{site}")
    assert f"a Jira site cannot be called {name}: that is the tracker of ServiceNow; rename the site" in found[1]
    assert list(load(f"{TWO}[jira.cloud]\n{site}").jira) == ["cloud"]


def test_organizations_that_share_variables_are_an_error() -> None:
    text = TWO.replace("organizations.gov", "organizations.a-b") + TWO.partition("gov]")[2].join(
        ["[organizations.a_b]", ""]
    )
    assert "cannot be told apart" in problems(text)[0][1]


def test_without_any_organization_there_is_nothing_to_do() -> None:
    assert "at least one" in problems('instance = "a"\n[organizations]\n')[0][1]


@pytest.mark.parametrize(
    ("rules", "scopes", "observed"),
    [
        ((), {"Prod"}, False),
        (("*",), set(), True),
        (("*", "!Sandbox"), {"Sandbox", "All"}, False),
        (("*", "!Sandbox"), {"Prod"}, True),
        (("Prod",), {"Prod", "All"}, True),
        (("Prod",), {"Sandbox"}, False),
    ],
)
def test_a_scope_taken_out_of_observing_wins(rules: tuple[str, ...], scopes: set[str], observed: bool) -> None:
    observe = load(options={"organizations.main.observe.apply": list(rules)}).organizations["main"].observe
    assert observe.holds(scopes) is observed
