"""What one Jira site does and another does not: every behaviour that surprises, as a switch."""

from dataclasses import dataclass


@dataclass(slots=True)
class JiraSwitches:
    """How the emulated site behaves."""

    self_links_to_gateway: bool = True
    """Cloud: `self` is written as an address of api.atlassian.com and not of the site, as since July 2026."""

    unknown_keys_in_jql_are_errors: bool = True
    """A query by keys of which one does not exist, or may not be seen, is refused as a whole."""

    longest_counts_markup: bool = False
    """Cloud: whether the limit of a description counts the document as JSON, and not its text alone."""

    page_most: int = 5_000
    """The most issues of one page of a search; a site gives fewer than asked for where it likes."""

    is_basic_allowed: bool = False
    """Data Center: whether a name and password are taken; off by default since 11."""

    notes_bulk_in_order: bool = True
    """Whether `errors` of a bulk creation come in the order of what was sent."""

    hides_addresses: bool = False
    """Cloud: whether no user shows a mail address, as privacy settings have it."""
