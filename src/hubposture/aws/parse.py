"""Hot answers are read with orjson: botocore walks its model for every field, which costs six times as much.

Results are equal to botocore's but for two things: timestamps stay the text that came over the wire (ISO 8601), and
fields that the installed botocore does not know yet survive.
"""

from typing import Any, Final

import orjson

FAST_OPERATIONS: Final = (
    "BatchGetSecurityControls",
    "BatchGetStandardsControlAssociations",
    "BatchUpdateFindings",
    "BatchUpdateStandardsControlAssociations",
    "DescribeHub",
    "GetEnabledStandards",
    "GetFindings",
    "ListConfigurationPolicyAssociations",
    "ListSecurityControlDefinitions",
)
"""Operations of Security Hub whose answers are read this way."""

_ERRORS_FROM: Final = 300


def read_body(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """Botocore's `before-parse`: put the parsed body into the answer; errors and broken bodies are left to botocore."""
    if response_dict["status_code"] >= _ERRORS_FROM:
        return
    try:
        body = orjson.loads(response_dict["body"])
    except orjson.JSONDecodeError:
        return
    if isinstance(body, dict):
        customized_response_dict.update((name, value) for name, value in body.items() if value is not None)
        response_dict["body"] = b""


def register_fast_parsing(events: Any) -> None:
    """Read the hot operations' answers quickly in the client that owns these events."""
    for operation in FAST_OPERATIONS:
        events.register(f"before-parse.securityhub.{operation}", read_body)
