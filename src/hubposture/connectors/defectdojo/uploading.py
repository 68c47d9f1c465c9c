"""Files to DefectDojo: sent once, and after a lost answer only when the test was looked at."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from hubposture.connectors.defectdojo.pages import API, Pages, Row, whole
from hubposture.connectors.http import File
from hubposture.errors import AnswerLost, RemoteUnavailable
from hubposture.work.dojo import SERVICE, DojoTest, Upload
from hubposture.work.dojo_asff import files
from hubposture.work.dojo_result import Uploaded

SCAN_TYPE: Final = "AWS Security Hub Scan"
_LOOKS: Final = 6
_PAUSE_SECONDS: Final = 10.0

Look: TypeAlias = Callable[[], DojoTest | None]
"""Reads the test of an upload as it is now."""


class Uploads:
    """Sends uploads. `engagement` is the name of the engagement in every product, `lead` who leads it."""

    def __init__(self, pages: Pages, *, engagement: str, lead: int | None) -> None:
        self._pages = pages
        self._engagement = engagement
        self._lead = lead

    def send(self, upload: Upload, look: Look) -> Uploaded:
        """Send an upload as one file, or as several that close nothing. `look` reads its test as it is now.

        Raises RemoteError.
        """
        contents = files(upload)
        done = Uploaded(upload.test or 0, files=len(contents))
        for content in contents:
            form = self._form(upload, done.test or upload.test, closes=len(contents) == 1)
            told = self._send(upload, form, content, look)
            done = Uploaded(
                test=told.test or done.test,
                created=done.created + told.created,
                reopened=done.reopened + told.reopened,
                closed=done.closed + told.closed,
                files=len(contents),
            )
        return done

    def _form(self, upload: Upload, test: int | None, *, closes: bool) -> dict[str, str]:
        form = {
            "scan_type": SCAN_TYPE,
            "minimum_severity": "Info",
            "service": SERVICE,
            "close_old_findings": "true" if closes else "false",
            "do_not_reactivate": "false",
        }
        if test:
            return {**form, "test": str(test)}
        form |= {
            "auto_create_context": "true",
            "product_type_name": upload.product_type,
            "product_name": upload.place.product,
            "engagement_name": self._engagement,
            "test_title": upload.place.title,
        }
        return form if self._lead is None else {**form, "lead": str(self._lead)}

    def _send(self, upload: Upload, form: Mapping[str, str], content: bytes, look: Look) -> Uploaded:
        try:
            return self._post(form, content)
        except AnswerLost:
            test = self._settled(look)
            if test is not None and _holds(test, upload, closes=form["close_old_findings"] == "true"):
                return Uploaded(test.id)
            given = (
                dict(form) if test is None else self._form(upload, test.id, closes=form["close_old_findings"] == "true")
            )
            return self._post(given, content)

    def _settled(self, look: Look) -> DojoTest | None:
        """The test once two looks in a row show the same: an import whose answer was lost may still go on.

        Raises AnswerLost where it still changes after a minute.
        """
        before = look()
        for _ in range(_LOOKS):
            self._pages.http.sleep(_PAUSE_SECONDS)
            now = look()
            if now == before:
                return now
            before = now
        raise AnswerLost("DefectDojo: an import goes on and on; run it again once it is over", code="goes on")

    def _post(self, form: Mapping[str, str], content: bytes) -> Uploaded:
        self._pages.calls["POST reimport-scan"] += 1
        path = f"{API}/reimport-scan/"
        file = File("findings.json", content)
        reply = self._pages.http.request("POST", path, form=form, files={"file": file}, repeatable=False)
        row = self._pages.object("POST", "reimport-scan/", reply)
        if not row.get("test_id"):
            raise RemoteUnavailable(
                "DefectDojo: POST reimport-scan/: the answer names no test; run it again", code="strange"
            )
        return Uploaded(whole(row, "test_id"), *(_changed(row, name) for name in ("created", "reactivated", "closed")))


def _holds(test: DojoTest, upload: Upload, *, closes: bool) -> bool:
    """Whether a test holds what was sent: everything wanted is there and open, and nothing else is open."""
    there = {one.subject: one for one in reversed(test.findings)}
    for wanted in upload.wanted:
        one = there.get(wanted.subject.subject)
        if one is None or (one.is_mitigated and not (one.is_accepted or one.set_aside)):
            return False
    sent = {one.subject.subject for one in upload.wanted} | {one.subject for one in upload.kept}
    open_ones = (one for one in test.findings if not one.is_mitigated and not one.set_aside)
    return not closes or all(one.subject in sent for one in open_ones)


def _changed(row: Row, name: str) -> int:
    """A number of the statistics; a new test has all of its findings new and says so only by how many there are."""
    statistics = row.get("statistics")
    delta = statistics.get("delta") if isinstance(statistics, dict) else None
    if isinstance(delta, dict):
        return _total(delta.get(name))
    return _total(statistics.get("after")) if isinstance(statistics, dict) and name == "created" else 0


def _total(some: object) -> int:
    total = some.get("total") if isinstance(some, dict) else None
    value = total.get("total") if isinstance(total, dict) else None
    return value if isinstance(value, int) else 0
