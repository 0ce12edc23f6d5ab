"""FHIR R4 at the edge: JSON and XML to resources, with findings; no resource is guessed at."""
