"""Adapters of other systems than AWS: ServiceNow, forges."""
