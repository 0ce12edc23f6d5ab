"""FHIR R4 records, generated, and how they are read and written."""
