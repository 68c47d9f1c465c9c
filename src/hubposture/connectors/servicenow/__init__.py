"""Approvals and tickets as records of a ServiceNow instance, over its Table API and its Service Catalog API."""

from hubposture.connectors.servicenow.configured import patience_of, shape_of, sign_in_of, ticket_shape_of
from hubposture.connectors.servicenow.records import ServiceNowRecords
from hubposture.connectors.servicenow.shape import Dates, Lookup, Meaning, Mode, RecordShape, Value
from hubposture.connectors.servicenow.signing import Basic, Bearer, ClientCredentials, SignIn, servicenow_http
from hubposture.connectors.servicenow.ticket_shape import TicketShape
from hubposture.connectors.servicenow.tracker import ServiceNowTracker

__all__ = [
    "Basic",
    "Bearer",
    "ClientCredentials",
    "Dates",
    "Lookup",
    "Meaning",
    "Mode",
    "RecordShape",
    "ServiceNowRecords",
    "ServiceNowTracker",
    "SignIn",
    "TicketShape",
    "Value",
    "patience_of",
    "servicenow_http",
    "shape_of",
    "sign_in_of",
    "ticket_shape_of",
]
