"""What `caf-gateway judgement` and `competence` do."""

from pathlib import Path

from gateway.cli.doing.subjects import recorded_about
from gateway.facts.competence import Assessed, record_competence
from gateway.facts.judgements import Considered, record_judgement


def judge(home: Path | None, child_id: str, considered: Considered, by: str) -> int:
    """Record a judgement, and return the index of its entry."""
    return recorded_about(
        home, child_id, lambda office: record_judgement(office, child_id, considered, by=by)
    )


def assess(home: Path | None, child_id: str, assessed: Assessed, by: str) -> int:
    """Record an assessment of competence, and return the index of its entry."""
    return recorded_about(
        home, child_id, lambda office: record_competence(office, child_id, assessed, by=by)
    )
