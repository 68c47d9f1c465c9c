"""Lists of DefectDojo, read page by page until they are whole."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from hubposture.connectors.http import Http, Reply
from hubposture.errors import RemoteUnavailable

API: Final = "/api/v2"
_PAGE: Final = 250
_MOST_PAGES: Final = 10_000

Row = Mapping[str, Any]


class Pages:
    """Reads lists and single objects. `calls` counts the requests by method and what was asked for."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self.calls: Counter[str] = Counter()

    def rows(self, name: str, params: Mapping[str, str | int] | None = None) -> list[Row]:
        """Every row of a list, sorted by id.

        Raises RemoteUnavailable where what came is not as many as the server says there are: a part is never taken for the
        whole.
        """
        found: dict[int, Row] = {}
        for number in range(_MOST_PAGES):
            asked = {**(params or {}), "limit": _PAGE, "offset": number * _PAGE}
            body = self.call("GET", name, params=asked).body
            rows = body.get("results") if isinstance(body, dict) else None
            count = body.get("count") if isinstance(body, dict) else None
            if not isinstance(rows, list) or not isinstance(count, int):
                raise self.strange("GET", name, "it is no list")
            found |= {whole(one, "id"): one for one in rows if isinstance(one, dict)}
            if (number + 1) * _PAGE >= count:
                if len(found) < count:
                    raise self.strange(
                        "GET", name, f"{len(found):,} of {count:,} came, so it changed while it was read"
                    )
                return [found[one] for one in sorted(found)]
        raise self.strange("GET", name, "its pages do not end")

    def one(self, name: str, number: int) -> Row:
        """One object by its id. Raises RemoteError."""
        return self.object("GET", f"{name}/{number}/", self.call("GET", name, number))

    def object(self, method: str, path: str, reply: Reply) -> Row:
        """The object that an answer holds; raises RemoteUnavailable where it holds none (a page for people)."""
        if not isinstance(reply.body, dict):
            raise self.strange(method, path, "it is no object")
        return reply.body

    def call(
        self,
        method: str,
        name: str,
        number: int | None = None,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        repeatable: bool = True,
        answers: tuple[int, ...] = (),
    ) -> Reply:
        """One request about a list or one of its objects, counted."""
        self.calls[f"{method} {name}"] += 1
        path = f"{API}/{name}/" if number is None else f"{API}/{name}/{number}/"
        return self.http.request(method, path, params=params, json=json, repeatable=repeatable, answers=answers)

    def strange(self, method: str, path: str, why: str) -> RemoteUnavailable:
        """The error of an answer that is none."""
        told = f"the answer cannot be used: {why}; check the URL and what stands before it, then run it again"
        return RemoteUnavailable(f"DefectDojo: {method} {API}/{path}: {told}", code="strange")


def whole(row: Row, name: str) -> int:
    """A number of a row. Raises RemoteUnavailable where it has none."""
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RemoteUnavailable(f"DefectDojo: a row has no {name}; run it again later", code="strange")
    return value


def text(row: Row, name: str) -> str:
    """A text of a row; '' where it has none."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def numbers(row: Row, name: str) -> tuple[int, ...]:
    """A list of numbers of a row, sorted; () where it has none."""
    value = row.get(name)
    some = value if isinstance(value, list) else []
    return tuple(sorted({one for one in some if isinstance(one, int) and not isinstance(one, bool)}))
