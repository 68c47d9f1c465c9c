"""What docs/api.md says of the operations: read from the OpenAPI document that the service itself gives."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from hubposture.web.api.app import PREFIX, bare_api, document

_ABOUT = f"""Everything that the pages of `hubposture serve` show and do is an HTTP API under `{PREFIX}/v1`. Its OpenAPI document is at
`{PREFIX}/openapi.json`, without signing in, and in [openapi.json](openapi.json); `{PREFIX}` is a page that lists the operations.

```
curl -H "Authorization: Bearer $TOKEN" https://HOST{PREFIX}/v1/posture
curl -H "Authorization: Bearer $TOKEN" "https://HOST{PREFIX}/v1/findings?filter=severity>=HIGH&limit=500"
```

## What holds for all of it

- Where people sign in, a program shows a token of a person as `Authorization: Bearer TOKEN`. Without a sign-in, on one machine, it shows none.
- Answers are JSON. Every answer names the version of the lake that it was read from and that version's time. Times are ISO 8601 and
  UTC, days are days of the organization's zone. `''` is an empty text, `null` is a time or a number that nobody knows.
- Lists, counts and scores cover only what the access rules let the person see. What they forbid is answered by 403 with the rules that
  forbid it.
- `ETag` and `If-None-Match` save an answer that did not change. HEAD gives the headers of GET.
- `/v1/findings` goes on with `after`, in the same version for a day whatever is published meanwhile; then it answers 410, and one begins
  again.
- A question that an operation does not take, such as a misspelt name, is refused.
- What is wrong is told as problem details (RFC 9457, `application/problem+json`): `type`, `title`, `status`, `detail`, and in `errors` each
  thing that is wrong with `where`, `what` and `hint`, all at once.
- What acts takes JSON of 256 KiB at most. With the same `Idempotency-Key` and body it is done once within a day and answered the same;
  with another body it answers 409. Tokens are made and revoked on `/me` by people, and not by programs. With a session's cookie it also takes `X-Form-Token` with the token of that session's forms.
- Weekly reports and packs of evidence are files (`/reports/WEEK/report.json`, `/reports/evidence/NAME.zip`), which take tokens as well."""


def described() -> Mapping[str, Any]:
    """The OpenAPI document."""
    return document(bare_api())


def as_text() -> str:
    """The document as the file that is checked in."""
    return json.dumps(described(), indent=1, ensure_ascii=False) + "\n"


def about() -> str:
    """What holds for every operation."""
    return _ABOUT


def operations() -> Iterator[tuple[str, Sequence[tuple[str, str, Mapping[str, Any]]]]]:
    """Operations by tag: method, address, and what the document says of them."""
    found = [
        (one["tags"][0], method.upper(), f"{PREFIX}{path}", one)
        for path, methods in described()["paths"].items()
        for method, one in methods.items()
    ]
    for tag, group in groupby(found, key=lambda one: one[0]):
        yield tag, [one[1:] for one in group]


def answers(one: Mapping[str, Any]) -> str:
    """The names of what an operation answers with."""
    good = next(answer for status, answer in one["responses"].items() if status.startswith("2"))
    name = good["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    fields = described()["components"]["schemas"][name]["properties"]
    return ", ".join(f"`{field}`" for field in fields)


def parameters(one: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """What an operation takes besides a body: name, where, what."""
    found: list[tuple[str, ...]] = [
        (f"`{each['name']}`", each["in"], each.get("description") or each["schema"].get("description", ""))
        for each in one.get("parameters", ())
    ]
    if "requestBody" in one:
        name = one["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        fields = described()["components"]["schemas"][name]
        needed = fields.get("required", ())
        found += [
            (f"`{field}`", "body" if field in needed else "body, may be left out", each.get("description", ""))
            for field, each in fields["properties"].items()
        ]
    return found
