"""What should make a reader of a request pause: it is wide, or what it excuses is grave."""

from collections.abc import Iterator, Mapping

from hubposture.waivers.waiver import Criteria

_LARGE_SHARE = 0.25
_FEW = 4


def cautions(criteria: Criteria, *, matched: int, of: int, failing: Mapping[str, int]) -> tuple[str, ...]:
    """Sentences about a scope that covers `matched` of all `of` resources that its controls look at; () where it is narrow.

    `failing` counts by severity what of it fails.
    """
    return tuple(_said(criteria, matched, of, failing))


def _said(criteria: Criteria, matched: int, of: int, failing: Mapping[str, int]) -> Iterator[str]:
    if critical := failing.get("CRITICAL", 0):
        yield f"{critical:,} of what fails in it {'is' if critical == 1 else 'are'} CRITICAL."
    named = [one for one in criteria.resources if _is_named(one)]
    if not named:
        if criteria.accounts:
            yield f"It names no resource: it covers everything that its controls look at in {_listed(criteria.accounts)}."
        elif criteria.ous:
            yield f"It names no resource: it covers everything that its controls look at below {_listed(criteria.ous)}."
    elif open_ := [one for one in criteria.resources if not _is_named(one)]:
        yield f"{_listed(open_)} names no resource: everything of that kind matches."
    if matched > _FEW and of and matched / of >= _LARGE_SHARE:
        yield f"It covers {matched:,} of the {of:,} resources that its controls look at in the organization."


def _is_named(pattern: str) -> bool:
    """Whether a pattern names more than a kind of resource."""
    return bool(pattern.rpartition(":")[2].rpartition("/")[2].strip("*?"))


def _listed(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - _FEW:,} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more
