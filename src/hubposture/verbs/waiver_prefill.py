"""What a form that asks for a waiver begins with: a finding, a control of an account, an account, an OU, a list under a filter."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hubposture.filters import Filter
from hubposture.ports.lake import Snapshot
from hubposture.waivers.waiver import Effect

_MOST = 200
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def prefilled(
    snapshot: Snapshot,
    *,
    control: str = "",
    resource: str = "",
    account: str = "",
    ou: str = "",
    subject: str = "",
    wanted: Filter | None = None,
) -> tuple[dict[str, str], str]:
    """The answers of a form, and a sentence where not everything could be taken over, ''.

    Of a filter the controls, resources, accounts and Regions of what it finds, in what the snapshot shows.
    """
    found = {
        "controls": control,
        "resources": resource,
        "accounts": account,
        "ous": ou,
        "effect": Effect.SUPPRESS.value,
        "covers_new": "0",
    }
    if subject and (item := snapshot.item(subject)) is not None:
        return found | _of_rows([item.fields]), ""
    if wanted is not None:
        rows = [one.fields for one in snapshot.page(wanted, limit=_MOST + 1)]
        rows = [row for row in rows if row["kind"] == "control"]
        if len(rows) > _MOST:
            return (
                found,
                f"The filter finds more than {_MOST:,} resources: write what is meant as patterns and accounts.",
            )
        return found | _of_rows(rows), "" if rows else "The filter finds nothing that a control checks."
    return found, ""


def _of_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Exactly these: what cannot be written in one line is matched by `?`."""

    def each(name: str) -> list[str]:
        return list(dict.fromkeys(str(row[name]) for row in rows))

    owners = [one for one in each("owner") if one]
    return {
        "controls": ", ".join(each("control_shown")),
        "resources": "\n".join(pattern_of(one) for one in each("resource")),
        "accounts": ", ".join(each("account")),
        "regions": ", ".join(each("region")),
        "owner": owners[0] if len(owners) == 1 else "",
    }


def pattern_of(resource: str) -> str:
    """A pattern in one line that matches a resource."""
    text = _UNWRITABLE.sub("?", resource)
    stripped = text.strip()
    return (
        "?" * (len(text) - len(text.lstrip())) + stripped + "?" * (len(text) - len(text.rstrip())) if stripped else text
    )
