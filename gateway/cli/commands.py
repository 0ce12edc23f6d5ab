"""All commands of `caf-gateway`, in their groups."""

import typer

from gateway.cli import (
    accreditation,
    adapter,
    agreement,
    attachment,
    audit,
    break_glass,
    child,
    consent,
    database,
    demonstration,
    fact,
    importing,
    judgement,
    keeping,
    mapping,
    notice,
    policy,
    protection,
    register,
    retention,
    running,
    task,
    team,
    witness,
    work,
)

app = typer.Typer(
    name="caf-gateway",
    help="Share information about children safely between agencies.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # their frames show what variables hold
    add_completion=False,
)
running.add_to(app)
app.command()(demonstration.demo)
work.add_to(app)
importing.add_to(app)
register.add_to(app)
accreditation.add_to(app)
judgement.add_to(app)
protection.add_to(app)
app.add_typer(adapter.app, name="adapter")
app.add_typer(agreement.app, name="agreement")
app.add_typer(attachment.app, name="attachment")
keeping.add_to(audit.app)
app.add_typer(audit.app, name="audit")
app.add_typer(break_glass.app, name="break-glass")
app.add_typer(child.app, name="child")
app.add_typer(consent.app, name="consent")
app.add_typer(database.app, name="db")
app.add_typer(fact.app, name="fact")
app.add_typer(keeping.keys, name="keys")
app.add_typer(mapping.app, name="map")
app.add_typer(notice.app, name="notice")
app.add_typer(policy.app, name="policy")
app.add_typer(retention.app, name="retention")
app.add_typer(task.app, name="task")
app.add_typer(team.app, name="team")
app.add_typer(witness.app, name="witness")
