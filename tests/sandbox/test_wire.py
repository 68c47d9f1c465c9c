from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError

from hubposture.sandbox import EmulatorError, Sandbox, models
from hubposture.sandbox.wire import Request
from sandbox.engine_world import ADMIN, HOME, WEB, arn, code_of, hub, organization


def request(method: str, path: str, body: Any = None, *, query: str = "", service: str = "securityhub") -> Request:
    scope = f"AWS4-HMAC-SHA256 Credential={WEB}/20261124/{HOME}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    return Request(method, path, query, {"authorization": scope}, orjson.dumps(body) if body is not None else b"")


def test_every_operation_of_security_hub_has_one_route_that_leads_to_it() -> None:
    model = models.service("securityhub")
    for name in model.names:
        http = models.session().get_service_model("securityhub").operation_model(name).http
        path = http["requestUri"].replace("+}", "}")
        for label in ("{", "}"):
            path = path.replace(label, "")
        found = model.route(http["method"], path)
        assert found is not None
        assert found[0] == name


def test_what_is_not_emulated_answers_501_and_names_itself() -> None:
    sandbox = Sandbox(organization())
    for service, call in (
        ("securityhub", "get_findings_v2"),
        ("iam", "list_users"),
        ("organizations", "list_handshakes_for_account"),
    ):
        client = sandbox.client(service, account=ADMIN, region=HOME)
        with pytest.raises(ClientError, match="not emulated") as caught:
            getattr(client, call)()
        assert code_of(caught) == "NotImplemented"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert sandbox.handle(request("GET", "/no/such/path")).status == 501
    assert sandbox.handle(request("GET", "/", service="nonsense")).status == 501


def test_a_request_without_a_signature_is_refused() -> None:
    reply = Sandbox(organization()).handle(Request("GET", "/accounts", "", {}, b""))
    assert (reply.status, orjson.loads(reply.body)["Code"]) == (403, "MissingAuthenticationTokenException")


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("PATCH", "/associations", "", {}),
        ("PATCH", "/associations", "", {"StandardsControlAssociationUpdates": "S3.1"}),
        ("PATCH", "/associations", "", {"StandardsControlAssociationUpdates": [{"StandardsArn": arn("x")}]}),
        ("POST", "/securityControls/batchGet", "", {"SecurityControlIds": [1]}),
        ("POST", "/securityControls/batchGet", "", {"SecurityControlIds": ["S3.1"], "Unknown": 1}),
        ("GET", "/standards", "MaxResults=101", None),
        ("GET", "/standards", "MaxResults=many", None),
        ("POST", "/standards/register", "", {"StandardsSubscriptionRequests": []}),
        ("POST", "/associations/batchGet", "", [1]),
        ("GET", "/members", "OnlyAssociated=perhaps", None),
    ],
)
def test_an_input_outside_the_model_is_refused_before_any_work(method: str, path: str, query: str, body: Any) -> None:
    reply = Sandbox(organization()).handle(request(method, path, body, query=query))
    assert reply.status == 400
    assert reply.headers["x-amzn-errortype"] in {"InvalidInputException", "SerializationException"}


def test_a_body_that_is_not_json_is_refused() -> None:
    sent = request("POST", "/standards/get")
    broken = Request(sent.method, sent.path, "", sent.headers, b"{")
    assert Sandbox(organization()).handle(broken).headers["x-amzn-errortype"] == "SerializationException"


def test_an_output_outside_the_model_is_a_defect_and_said_so() -> None:
    sandbox = Sandbox(organization())
    sandbox._operations["securityhub"] = {"DescribeHub": lambda _call, _params: {"HubArn": 7, "Extra": ""}}
    with pytest.raises(EmulatorError, match="HubArn should be string"):
        hub(sandbox).describe_hub()


def test_times_travel_as_each_protocol_writes_them() -> None:
    sandbox = Sandbox(organization())
    began = sandbox.core.began
    assert hub(sandbox, account=ADMIN).list_members()["Members"][0]["UpdatedAt"] == began
    accounts = sandbox.client("organizations", account=ADMIN, region=HOME).list_accounts()["Accounts"]
    assert accounts[0]["JoinedTimestamp"] == began
    keys = sandbox.client("sts", account=ADMIN, region=HOME).assume_role(
        RoleArn=f"arn:aws:iam::{WEB}:role/reader", RoleSessionName="test", ExternalId="secret-handshake"
    )
    assert (keys["Credentials"]["Expiration"] - sandbox.core.now()).total_seconds() == 3600


def test_other_partitions_arns_are_as_good() -> None:
    sandbox = Sandbox(organization(partition="aws-us-gov"))
    found = hub(sandbox).describe_hub()["HubArn"]
    assert found.startswith("arn:aws-us-gov:securityhub:")
    assert hub(sandbox).list_tags_for_resource(ResourceArn=found)["Tags"] == {}
