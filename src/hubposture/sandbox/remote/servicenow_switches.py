"""What one instance of ServiceNow does and another does not: every behaviour that surprises, as a switch."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Switches:
    """How the emulated instance behaves. The defaults are those of a new instance."""

    invalid_query_returns_no_rows: bool = False
    """The property of that name: a query with a part that is not understood gives nothing. By default such a part is
    ignored, and if it was the only one the whole table is given."""

    has_grc: bool = True
    """Whether Policy and Compliance Management is licensed; without it its table does not exist."""

    client_credentials: bool = False
    """The property glide.oauth.inbound.client.credential.grant_type.enabled, false on a new instance."""

    application_user: str = ""
    """The OAuth Application User of the client; without one client credentials are refused even where allowed."""

    token_seconds: int = 1800
    """How long an access token is taken."""

    default_limit: int = 10_000
    """Rows of a page where sysparm_limit is not given."""

    not_persisted: set[tuple[str, str]] = field(default_factory=set)
    """(table, field) that are answered 200 or 201 and are not kept, at any write."""

    cleared_on_insert: set[tuple[str, str]] = field(default_factory=set)
    """(table, field) that are lost when a row is made and kept when they are written again."""

    hidden_rows: set[str] = field(default_factory=set)
    """sys_ids that access rules hide: left out of pages *after* the limit was applied, and 404 by themselves."""

    hidden_tables: set[str] = field(default_factory=set)
    """Tables of which every row is hidden, without a word."""

    forbidden_tables: set[str] = field(default_factory=set)
    """Tables that are refused with 403."""

    hidden_fields: set[tuple[str, str]] = field(default_factory=set)
    """(table, field) that access rules leave out of every answer; a query by one is one that is not understood."""

    unwritable_tables: set[str] = field(default_factory=set)
    """Tables to which nothing may be written: 403."""

    flow_asks: bool = True
    """Whether the instance's flow makes rows of approvers when a record is made."""

    change_model_guards: bool = True
    """Whether the change model refuses that REST sets the state or the approval of a change."""

    approvals_by_rest: bool = False
    """Whether rows of sysapproval_approver may be made and decided over REST; most instances refuse."""

    closed_is_final: bool = True
    """Whether records of the desk that are closed or canceled take nothing but notes over REST; else they open again."""

    close_needs_code: bool = True
    """Whether a data policy asks for close_code and close_notes where an incident is resolved or closed."""

    mandatory_by_policy: set[tuple[str, str]] = field(default_factory=set)
    """(table, field) that a data policy asks for whenever a record is made."""

    is_asleep: bool = False
    """A developer instance that hibernates: every request is answered 200 with a page for people."""
