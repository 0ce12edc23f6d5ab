"""Formats of the health service: FHIR R4 and BaRS."""
