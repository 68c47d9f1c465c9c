"""DefectDojo over its API v2."""

from hubposture.connectors.defectdojo.dojo import DefectDojo, defectdojo_http

__all__ = ["DefectDojo", "defectdojo_http"]
