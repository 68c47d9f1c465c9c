"""The policies allow exactly what the code calls: every call in the source, as the role it is made with."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session as session

from hubposture.aws.iam import actions_of
from hubposture.aws.session import Purpose
from hubposture.aws.update_replies import Values, request
from yaml_text import load_template

ROOT = Path(__file__).parents[2]
TEMPLATES = {
    Purpose.READER: ("member-reader",),
    Purpose.WRITER: ("member-writer",),
    Purpose.ADMINISTRATOR: ("administrator-reader", "events", "history"),
    Purpose.ADMINISTRATOR_WRITER: ("administrator-writer",),
}
"""Where a role gets its rights: its own template, and the queue's, which lets the administrator's reader take messages."""

TAKES_MESSAGES = {"sqs:DeleteMessage", "sqs:ReceiveMessage"}
"""What a reader may do beside reading: what it has read from the queue of events goes away."""

ASKS_ATHENA = {"athena:StartQueryExecution", "cloudtrail:StartQuery", "s3:PutObject"}
"""What asking by a query takes: Athena writes the answer to where the workgroup says."""

BY_ATHENA = {
    *("glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable"),
    *("s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket", "s3:PutObject"),
}
"""What Athena calls as whoever asks it."""

UNCALLED = {Purpose.ADMINISTRATOR: BY_ATHENA, Purpose.ADMINISTRATOR_WRITER: {"securityhub:TagResource"}}
"""Beside the operations it calls: CreateConfigurationPolicy sends tags, and most services then ask for this as well.

The service authorization reference does not say so for Security Hub; without it a first policy might be refused.
"""

Seat = tuple[Purpose, str]
HUB = "securityhub"

HANDED: dict[str, tuple[Seat, ...]] = {
    "associations": ((Purpose.READER, HUB),),
    "census": ((Purpose.READER, "cloudtrail"), (Purpose.ADMINISTRATOR, "cloudtrail")),
    "central": ((Purpose.ADMINISTRATOR, HUB), (Purpose.ADMINISTRATOR_WRITER, HUB)),
    "central_writer": ((Purpose.ADMINISTRATOR_WRITER, HUB),),
    "definitions": ((Purpose.ADMINISTRATOR, HUB),),
    "enabling": ((Purpose.WRITER, HUB),),
    "findings": ((Purpose.ADMINISTRATOR, HUB),),
    "history": ((Purpose.ADMINISTRATOR, HUB),),
    "lookup": ((Purpose.READER, "cloudtrail"), (Purpose.ADMINISTRATOR, "cloudtrail")),
    "parameters": ((Purpose.READER, HUB),),
    "queue": ((Purpose.ADMINISTRATOR, "sqs"),),
    "rules": ((Purpose.ADMINISTRATOR, HUB),),
    "standards": ((Purpose.READER, HUB), (Purpose.WRITER, HUB)),
    "switching": ((Purpose.WRITER, HUB),),
    "tree": ((Purpose.ADMINISTRATOR, "organizations"),),
    "tuning": ((Purpose.WRITER, HUB),),
    "updates": ((Purpose.ADMINISTRATOR_WRITER, HUB),),
}
"""Modules whose functions are handed a seat, and which seats those are; a module that is missing here fails the test."""

INDIRECT = {"_associate"}
"""Methods that are handed the operation and call it with the seat of their object."""

ANY_OPERATION = {"calls", "gateway"}
"""Modules that make a call for others, whatever the operation."""


def used() -> dict[Purpose, set[str]]:
    found: dict[Purpose, set[str]] = {}
    for path in sorted((ROOT / "src" / "hubposture" / "aws").rglob("*.py")):
        if path.stem not in ANY_OPERATION:
            for (purpose, service), operation in _calls(path):
                found.setdefault(purpose, set()).update(actions_of(service, operation))
    return found


def _calls(path: Path) -> Iterator[tuple[Seat, str]]:
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield from _call(path, function, node, node.func.attr)


def _call(path: Path, function: ast.FunctionDef, node: ast.Call, name: str) -> Iterator[tuple[Seat, str]]:
    texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    operation = next((one for one in texts if re.fullmatch(r"[A-Z][A-Za-z]+", one)), None)
    if name in INDIRECT:
        assert operation is not None, f"{path.name}:{node.lineno}: which operation is called?"
        yield from ((seat, operation) for seat in HANDED[path.stem])
    elif name in ("call", "items", "pages") and node.args and function.name not in INDIRECT:
        if texts[:1] == ["sts"]:
            yield (Purpose.BASE, "sts"), texts[1]
            return
        assert operation is not None, f"{path.name}:{node.lineno}: which operation is called?"
        for seat in _seats(path, function, node.args[0]):
            yield seat, operation


def _seats(path: Path, function: ast.FunctionDef, expression: ast.expr) -> tuple[Seat, ...]:
    if isinstance(expression, ast.Name):
        values = [
            value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for target, value in _assigned(node)
            if isinstance(target, ast.Name) and target.id == expression.id
        ]
        if values:
            return _seats(path, function, values[0])
    if isinstance(expression, ast.Call):
        return (_made(path, expression),)
    assert path.stem in HANDED, f"{path.name}: add to HANDED whose seat {function.name} calls with"
    return HANDED[path.stem]


def _made(path: Path, expression: ast.Call) -> Seat:
    made = expression.func.id if isinstance(expression.func, ast.Name) else getattr(expression.func, "attr", "")
    arguments = [ast.unparse(one).strip("'").lower() for one in expression.args]
    match made:
        case "administrator":
            return Purpose.ADMINISTRATOR, arguments[0] if arguments else HUB
        case "reader_of":
            return Purpose.READER, arguments[1] if len(arguments) > 1 else HUB
        case "writer_of":
            return Purpose.WRITER, HUB
        case "Seat":
            return Purpose[arguments[2].rpartition(".")[2].upper()], arguments[3] if len(arguments) > 3 else HUB
    raise AssertionError(f"{path.name}:{expression.lineno}: what seat does {made} give?")


def _assigned(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            yield from zip(target.elts, node.value.elts, strict=True)
        else:
            yield target, node.value


def allowed(purpose: Purpose) -> set[str]:
    found: set[str] = set()
    for statement in statements(purpose, "Allow"):
        actions = statement["Action"]
        assert "Condition" not in statement
        found.update([actions] if isinstance(actions, str) else actions)
    return found


def statements(purpose: Purpose, effect: str) -> Iterator[dict[str, Any]]:
    """The statements of a role's policies that allow or deny."""
    for policy in (one for template in TEMPLATES[purpose] for one in policies(template)):
        yield from (one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == effect)


def policies(template: str) -> Iterator[dict[str, Any]]:
    """The policies of the roles in a template: those of its own role, and those it gives to a role elsewhere."""
    path = ROOT / "deploy" / "cloudformation" / f"{template}.yaml"
    for resource in load_template(path.read_text())["Resources"].values():
        if resource["Type"] == "AWS::IAM::RolePolicy":
            yield resource["Properties"]
        elif resource["Type"] == "AWS::IAM::Role":
            yield from resource["Properties"].get("Policies", ())


@pytest.mark.parametrize("purpose", TEMPLATES, ids=str)
def test_a_role_may_do_what_the_code_calls_with_it_and_nothing_more(purpose: Purpose) -> None:
    assert sorted(allowed(purpose)) == sorted(used()[purpose] | UNCALLED.get(purpose, set()))


def test_every_role_that_the_code_acts_as_has_a_template() -> None:
    assert used().keys() == {*TEMPLATES, Purpose.BASE}


def test_without_a_role_the_code_only_assumes_roles() -> None:
    assert used()[Purpose.BASE] == {"sts:AssumeRole"}


def test_a_reader_can_write_nothing() -> None:
    reads = re.compile(r"[a-z0-9-]+:(Get|List|Describe|Lookup|BatchGet)[A-Za-z]+")
    for purpose in (Purpose.READER, Purpose.ADMINISTRATOR):
        assert all(reads.fullmatch(action) for action in allowed(purpose) - TAKES_MESSAGES - ASKS_ATHENA)


PATH = "securityhub:ASFFSyntaxPath/"


def denied() -> tuple[set[str], dict[str, set[str]]]:
    """What the administrator's writer may not set on findings: fields, and values of fields."""
    fields: set[str] = set()
    values: dict[str, set[str]] = {}
    for statement in statements(Purpose.ADMINISTRATOR_WRITER, "Deny"):
        assert (statement["Action"], statement["Resource"]) == ("securityhub:BatchUpdateFindings", "*")
        ((operator, tests),) = statement["Condition"].items()
        ((key, value),) = tests.items()
        assert key.startswith(PATH)
        if operator == "Null":
            assert value == "false"
            fields.add(key.removeprefix(PATH))
        else:
            assert operator == "StringEquals"
            values.setdefault(key.removeprefix(PATH), set()).update(value)
    return fields, values


def settable() -> set[str]:
    """Every field that BatchUpdateFindings takes, as a path down to what has no members; lists and maps as a whole."""
    shape = session().get_service_model("securityhub").operation_model("BatchUpdateFindings").input_shape
    found: set[str] = set()
    for name, member in shape.members.items():
        inner = member.members if member.type_name == "structure" else ()
        found.update(f"{name}.{one}" for one in inner) if inner else found.add(name)
    return found - {"FindingIdentifiers"}


def test_of_a_finding_only_status_note_and_own_fields_can_be_set_and_nothing_resolves_it() -> None:
    sent = request(Values("SUPPRESSED", "why", "hubposture/acme", (("hubposture/waiver", "W-1"),)), [("p", "i")])
    paths = {"UserDefinedFields", *(f"{one}.{field}" for one in ("Note", "Workflow") for field in sent[one])}
    fields, values = denied()
    assert {"UserDefinedFields", "Note", "Workflow", "FindingIdentifiers"} == sent.keys()
    assert fields == settable() - paths
    assert values == {"Workflow.Status": {"NOTIFIED", "RESOLVED"}}


def test_notified_is_set_only_by_a_role_that_was_deployed_for_it() -> None:
    path = ROOT / "deploy" / "cloudformation" / "administrator-writer.yaml"
    template = load_template(path.read_text())
    assert template["Parameters"]["WritesNotified"]["Default"] == "no"
    under = {
        statement["Sid"]: resource.get("Condition")
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::IAM::RolePolicy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    }
    assert (under["LeaveAloneNotified"], under["OnlySecurityHubResolves"]) == ("MayNotNotify", "MayWriteFindings")


def test_only_the_writer_of_findings_is_denied_anything() -> None:
    assert not [
        one
        for purpose in TEMPLATES
        if purpose is not Purpose.ADMINISTRATOR_WRITER
        for one in statements(purpose, "Deny")
    ]
