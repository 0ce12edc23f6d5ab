"""`/livez`, `/readyz`, `/metrics`: for the machines that run the gateway."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.contract import Finding, Severity
from gateway.api.answers import problem_response
from gateway.api.contract import Readiness
from gateway.observability import METRICS_TYPE, Metrics
from gateway.problems import NOT_READY

_TEXT: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Health:
    """Says whether the gateway is alive, ready, and how busy."""

    readiness: Readiness
    metrics: Metrics

    async def live(self, _request: Request) -> Response:
        """Return 200 as long as requests are answered at all."""
        return Response(b"live\n", 200, media_type=_TEXT)

    async def ready(self, request: Request) -> Response:
        """Return 200, or 503 with the names of the checks that fail."""
        failing = await self.readiness()
        if not failing:
            return Response(b"ready\n", 200, media_type=_TEXT)
        findings = [Finding(name, Severity.ERROR, "", "this check fails") for name in failing]
        return problem_response(NOT_READY, request.scope, findings=findings)

    async def show_metrics(self, _request: Request) -> Response:
        """Return the metrics in Prometheus' text format."""
        return Response(self.metrics.page(), 200, media_type=METRICS_TYPE)
