"""Approvals as records of a ServiceNow instance, over its Table API and its Service Catalog API."""

from hubposture.connectors.servicenow.configured import patience_of, shape_of, sign_in_of
from hubposture.connectors.servicenow.records import ServiceNowRecords
from hubposture.connectors.servicenow.shape import Dates, Lookup, Meaning, Mode, RecordShape, Value
from hubposture.connectors.servicenow.signing import Basic, Bearer, ClientCredentials, SignIn, servicenow_http

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
    "SignIn",
    "Value",
    "patience_of",
    "servicenow_http",
    "shape_of",
    "sign_in_of",
]
