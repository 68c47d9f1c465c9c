"""Addresses of pages, and the filters behind the numbers that lead to lists."""

from urllib.parse import quote, urlencode, urlsplit

from hubposture.filters import Comparison, Operator, to_text

REQUIRED = "obligation=yes"
OPEN = "obligation=yes status=FAILED waived=no"
WAIVED = "obligation=yes status=FAILED waived=yes"
OVERDUE = "overdue=yes"
UNAPPROVED = "unapproved=yes obligation=yes"
UNMEASURED = "kind=control disposition=enforce status=WARNING,NOT_AVAILABLE"
LOST = "kind=control presence=lost"
ANYWHERE = "presence=present,unsure,gone,off,lost"
NOTHING_OFF = "kind=control status=FAILED presence=present,unsure,off"


def term(name: str, value: str) -> str:
    """`account=111122223333`, quoted as the filter language wants it."""
    return to_text(Comparison(name, Operator.IS, (value,)))


def findings(*terms: str, one_by_one: bool = True) -> str:
    """The findings under a filter of all these terms, one by one or by control."""
    asked = {"filter": " ".join(part for part in terms if part)}
    if one_by_one:
        asked["view"] = "list"
    return f"/findings?{urlencode(asked, quote_via=quote, errors='replace')}"


def export(kind: str, text: str) -> str:
    """The same list as a file, `csv` or `xlsx`."""
    return f"/findings.{kind}?{urlencode({'filter': text}, quote_via=quote, errors='replace')}"


def after(text: str, subject: str) -> str:
    """The page of a list behind a subject."""
    asked = {"filter": text, "view": "list", "after": subject}
    return f"/findings?{urlencode(asked, quote_via=quote, errors='replace')}"


def saved(name: str) -> str:
    """The findings under a saved filter."""
    return f"/findings?{urlencode({'saved': name}, quote_via=quote, errors='replace')}"


def saving(text: str) -> str:
    """Where a filter is saved under a name."""
    return f"/filters?{urlencode({'filter': text}, quote_via=quote, errors='replace')}"


def finding(subject: str) -> str:
    """One finding."""
    return f"/findings/{segment(subject)}"


def account(number: str) -> str:
    """One account."""
    return f"/accounts/{segment(number)}"


def unit(path: str) -> str:
    """One OU by its path; `/` is the organization."""
    return f"/ous/{quote(path.strip('/'), safe='/', errors='replace')}"


def control(shown: str) -> str:
    """One control."""
    return f"/controls/{segment(shown.lower())}"


def waiver(name: str) -> str:
    """One waiver."""
    return f"/waivers/{segment(name)}"


def asking(**asked: str) -> str:
    """The form that asks for a waiver, filled with a control, a resource, an account, an OU, a subject or a filter."""
    given = {name: value for name, value in asked.items() if value}
    return "/waivers/new" + (f"?{urlencode(given, quote_via=quote, errors='replace')}" if given else "")


def waiver_request(name: str) -> str:
    """One request for a waiver."""
    return f"/waivers/requests/{segment(name)}"


def suppressing(subject: str) -> str:
    """The form that suppresses a finding for now."""
    return f"/waivers/suppress?{urlencode({'subject': subject}, quote_via=quote, errors='replace')}"


def ticket(key: str) -> str:
    """One ticket."""
    return f"/tickets/{segment(key)}"


def segment(text: str) -> str:
    """A name as one part of an address."""
    return quote(text, safe="", errors="replace")


def outside(address: str) -> str:
    """An address of somebody else if it is one of the web, else ''; no other scheme is ever linked."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    is_web = parts.scheme in ("https", "http") and bool(parts.netloc)
    return address if is_web and address.isprintable() and " " not in address else ""
