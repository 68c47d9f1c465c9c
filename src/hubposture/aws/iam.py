"""Operations and the IAM actions they need; the shipped policies are compared with what was called, through this."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_MORE: Final[Mapping[tuple[str, str], tuple[str, ...]]] = MappingProxyType(
    {
        ("securityhub", "BatchUpdateStandardsControlAssociations"): (
            "securityhub:BatchUpdateStandardsControlAssociations",
            "securityhub:UpdateStandardsControl",
        ),
        ("sqs", "DeleteMessageBatch"): ("sqs:DeleteMessage",),
    }
)
"""Operations that need other actions than their own name (service authorization reference, dependent actions)."""


def actions_of(service: str, operation: str) -> tuple[str, ...]:
    """The IAM actions an operation needs; most need the one of their own name, written `service:Operation`."""
    return _MORE.get((service, operation), (f"{service}:{operation}",))
