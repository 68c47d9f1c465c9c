"""The tables of a new instance, as far as approvals and tickets need them."""

from hubposture.sandbox.remote.servicenow_world import Field, Row, Table, sys_id

_MOMENT = "glide_date_time"
_SYSTEM = {
    "sys_id": Field("GUID", 32, read_only=True),
    "sys_created_on": Field(_MOMENT, read_only=True),
    "sys_created_by": Field(read_only=True),
    "sys_updated_on": Field(_MOMENT, read_only=True),
    "sys_updated_by": Field(read_only=True),
}


def tables() -> list[Table]:
    """Every table, parents first."""
    return [*_of_the_dictionary(), *_of_people(), *_of_tasks(), *_of_the_desk(), *_of_the_catalog()]


def _of_the_dictionary() -> list[Table]:
    yes_or_no = Field("boolean")
    override = dict.fromkeys(("read_only", "read_only_override", "mandatory", "mandatory_override"), yes_or_no)
    entry = {
        "internal_type": Field(),
        "max_length": Field("integer"),
        "reference": Field(),
        "default_value": Field(max_length=255),
        "read_only": yes_or_no,
        "mandatory": yes_or_no,
        "active": yes_or_no,
    }
    return [
        Table("sys_db_object", fields=_SYSTEM | {"name": Field(), "super_class": _to("sys_db_object")}),
        Table("sys_dictionary", fields=_SYSTEM | {"name": Field(), "element": Field()} | entry),
        Table("sys_dictionary_override", fields=_SYSTEM | {"name": Field(), "element": Field()} | override),
    ]


def _of_people() -> list[Table]:
    user = {"user_name": Field(), "name": Field(), "email": Field(max_length=100), "active": Field("boolean")}
    approver = {
        "sysapproval": _to("task"),
        "document_id": Field("document_id", 32),
        "source_table": Field(max_length=80),
        "approver": _to("sys_user"),
        "state": Field(default="not requested"),
        "comments": Field("journal_input", 4000),
        "due_date": Field(_MOMENT),
    }
    return [
        Table("sys_user", fields=_SYSTEM | user),
        Table("sys_user_group", fields=_SYSTEM | {"name": Field(max_length=80), "active": Field("boolean")}),
        Table("sysapproval_approver", fields=_SYSTEM | approver),
    ]


def _of_tasks() -> list[Table]:
    task = {
        "number": Field(default="javascript:getNextObjNumberPadded();"),
        "short_description": Field(max_length=160),
        "description": Field(max_length=4000),
        "state": Field("integer", default="1"),
        "approval": Field(default="not requested"),
        "correlation_id": Field(max_length=100),
        "correlation_display": Field(max_length=100),
        "assignment_group": _to("sys_user_group"),
        "assigned_to": _to("sys_user"),
        "opened_by": _to("sys_user"),
        "parent": _to("task"),
        "active": Field("boolean", default="true"),
        "impact": Field("integer", default="3"),
        "urgency": Field("integer", default="3"),
        "priority": Field("integer", default="4"),
        "close_notes": Field(max_length=4000),
        "closed_at": Field(_MOMENT),
        "closed_by": _to("sys_user"),
        "due_date": Field(_MOMENT),
        "comments": Field("journal_input", 4000),
        "work_notes": Field("journal_input", 4000),
    }
    change = {
        "justification": Field(max_length=4000),
        "start_date": Field(_MOMENT),
        "end_date": Field(_MOMENT),
        "requested_by": _to("sys_user"),
        "state": Field("integer", default="-5"),
    }
    exception = {
        "requester": _to("sys_user"),
        "reason": Field(max_length=1000),
        "justification": Field("html", 8000),
        "valid_from": Field("glide_date"),
        "valid_to": Field("glide_date"),
        "requested_valid_to": Field("glide_date"),
        "approval_group": _to("sys_user_group"),
        "approver": _to("sys_user"),
        "priority": Field("integer", default="4"),
    }
    own = {
        "number": Field(default="javascript:getNextObjNumberPadded();"),
        "u_key": Field(max_length=64),
        "u_title": Field(max_length=200),
        "u_state": Field(default="draft"),
        "u_text": Field(max_length=4000),
        "u_digest": Field(max_length=80),
        "u_until": Field("glide_date"),
    }
    return [
        Table("task", prefix="TASK", fields=_SYSTEM | task),
        Table("change_request", "task", "CHG", change),
        Table("sn_compliance_policy_exception", "task", "PER", exception),
        Table("u_waiver_request", prefix="WVR", fields=_SYSTEM | own),
    ]


def _of_the_desk() -> list[Table]:
    """Incidents, a task table of the instance's own, what may be chosen in their fields, and the entries of journals."""
    incident = {
        "close_code": Field(),
        "resolved_at": Field(_MOMENT),
        "resolved_by": _to("sys_user"),
        "caller_id": _to("sys_user"),
        "category": Field(default="inquiry"),
        "reopen_count": Field("integer", default="0"),
    }
    own = {"u_key": Field(max_length=40), "u_outcome": Field(), "u_end": Field("glide_date")}
    choice = {"name": Field(max_length=80), "element": Field(max_length=80), "value": Field(max_length=80)}
    entry = {"element_id": Field(max_length=32), "element": Field(max_length=80), "name": Field(max_length=80)}
    choices = Table("sys_choice", fields=_SYSTEM | choice | {"label": Field(), "inactive": Field("boolean")})
    choices.rows += [_choice(table, name, value) for (table, name), values in _CHOICES.items() for value in values]
    return [
        Table("incident", "task", "INC", incident),
        Table("u_security_task", "task", "SEC", own),
        choices,
        Table("sys_journal_field", fields=_SYSTEM | entry | {"value": Field(max_length=4000)}),
    ]


_CHOICES = {
    ("task", "state"): ("-5", "1", "2", "3", "4", "7"),
    ("incident", "state"): ("1", "2", "3", "6", "7", "8"),
    ("task", "impact"): ("1", "2", "3"),
    ("task", "urgency"): ("1", "2", "3"),
    ("incident", "close_code"): (
        "Duplicate",
        "Known error",
        "No resolution provided",
        "Resolved by caller",
        "Resolved by change",
        "Resolved by problem",
        "Resolved by request",
        "Solution provided",
        "User error",
        "Workaround provided",
    ),
    ("u_security_task", "u_outcome"): ("fixed", "accepted", "gone", "moved"),
}


def _choice(table: str, name: str, value: str) -> Row:
    made = {"sys_id": sys_id("choice", table, name, value), "sys_created_on": "2020-01-01 00:00:00"}
    return {**made, "name": table, "element": name, "value": value, "label": value, "inactive": "false"}


def _of_the_catalog() -> list[Table]:
    variable = {"name": Field(), "cat_item": _to("sc_cat_item"), "mandatory": Field("boolean")}
    answer = {"item_option_new": _to("item_option_new"), "value": Field(max_length=4000)}
    link = {"request_item": _to("sc_req_item"), "sc_item_option": _to("sc_item_option")}
    return [
        Table("sc_cat_item", fields=_SYSTEM | {"name": Field(max_length=100), "active": Field("boolean")}),
        Table("item_option_new", fields=_SYSTEM | variable),
        Table("sc_request", "task", "REQ", {"requested_for": _to("sys_user")}),
        Table("sc_req_item", "task", "RITM", {"request": _to("sc_request"), "cat_item": _to("sc_cat_item")}),
        Table("sc_item_option", fields=_SYSTEM | answer),
        Table("sc_item_option_mtom", fields=_SYSTEM | link),
    ]


def _to(table: str) -> Field:
    return Field("reference", 32, reference=table)
