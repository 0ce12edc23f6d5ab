"""`caf-gateway judgement record`, `competence record`: what the law leaves to a named person."""

from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, Child, Home, Reason

_judgement = typer.Typer(help="Judgements under the duty to share.", no_args_is_help=True)
_competence = typer.Typer(help="Whether a child decides for themselves.", no_args_is_help=True)

_Recipient = Annotated[
    str | None, typer.Option(help="For sharing with this service alone; else for all.")
]


def add_to(app: typer.Typer) -> None:
    """Add these groups to *app*."""
    app.add_typer(_judgement, name="judgement")
    app.add_typer(_competence, name="competence")


@_judgement.callback()
def _judgements() -> None:
    """Keep `record` a command of a group, though it is the only one."""


@_competence.callback()
def _competences() -> None:
    """Keep `record` a command of a group, though it is the only one."""


@_judgement.command("record")
def record_judgement(  # noqa: PLR0913 - a judgement is all of this
    child: Child,
    *,
    holder: Annotated[str, typer.Option(help="The service that holds the information.")],
    relevant: Annotated[
        str, typer.Option(help="yes or no: relevant to safety or welfare, and helpful.")
    ],
    detriment: Annotated[
        str, typer.Option(help="yes, no or not_considered: does sharing harm more than not?")
    ],
    reason: Reason,
    by: By,
    recipient: _Recipient = None,
    without_consent: Annotated[
        str | None,
        typer.Option(
            help="Why consent is not relied on: cannot_consent, cannot_be_expected_to_obtain, "
            "would_prejudice_protection or duty_relied_on."
        ),
    ] = None,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Record what a named practitioner at the holder judged, with the reason, for 28 days."""
    from gateway.cli.doing import judgement as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import recorded  # noqa: PLC0415 - the same
    from gateway.facts import judgements as said  # noqa: PLC0415 - the same

    considered = said.considered(
        holder=holder,
        relevant=relevant,
        detriment=detriment,
        reason=reason,
        recipient=recipient,
        without_consent=without_consent,
    )
    typer.echo(recorded(doing.judge(home, child, considered, by), as_json=as_json))


@_competence.command("record")
def record_competence(  # noqa: PLR0913 - an assessment is all of this
    child: Child,
    *,
    competent: Annotated[str, typer.Option(help="yes, no or unknown.")],
    reason: Reason,
    by: By,
    recipient: _Recipient = None,
    purpose: Annotated[str | None, typer.Option(help="For this purpose alone.")] = None,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Record whether the child was found competent to decide about this sharing (Gillick)."""
    from gateway.cli.doing import judgement as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import recorded  # noqa: PLC0415 - the same
    from gateway.facts import competence as said  # noqa: PLC0415 - the same

    assessed = said.assessed(
        competent=competent, reason=reason, recipient=recipient, purpose=purpose
    )
    typer.echo(recorded(doing.assess(home, child, assessed, by), as_json=as_json))
