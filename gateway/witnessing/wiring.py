"""Wiring: from the settings to the witnesses of one gateway, and what is released on their word."""

from gateway.observability import Metrics
from gateway.office import Office
from gateway.storage.cosignatures import Cosignatures
from gateway.storage.database import Database
from gateway.witnessing.alarms import Alarms
from gateway.witnessing.assurance import Assurance, Policies
from gateway.witnessing.client import WitnessClient
from gateway.witnessing.rounds import Rounds
from gateway.witnessing.sections import Witnesses


def watching(settings: Witnesses, office: Office, database: Database, metrics: Metrics) -> Rounds:
    """Return what asks the witnesses of *settings* about the log in *database*, of *office*."""
    committer, archive, ports = office.committer, office.archive, office.ports
    policies = Policies(settings, lambda: office.rulebook.registers.services)
    assurance = Assurance(committer.log, policies, ports.now)
    committer.log.awaits_witnesses = settings.quorum is not None
    if settings.witness:
        metrics.watch_witnesses(lambda: _seconds(assurance))
    return Rounds(
        _clients(settings),
        assurance=assurance,
        committer=committer,
        stored=Cosignatures(database),
        alarms=Alarms(committer, office.filing, archive.store.tasks, ports),
        metrics=metrics,
        ports=ports,
    )


def _clients(settings: Witnesses) -> list[WitnessClient]:
    """Return one client for each address: a witness that changes its key has two there."""
    return [
        WitnessClient(
            [one.key for one in settings.witness if one.url == url],
            str(url),
            seconds=settings.answer_seconds,
        )
        for url in dict.fromkeys(one.url for one in settings.witness)
    ]


def _seconds(assurance: Assurance) -> float:
    staleness = assurance.staleness
    return float("inf") if staleness is None else staleness.total_seconds()
