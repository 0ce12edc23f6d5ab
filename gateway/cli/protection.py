"""`caf-gateway enquiry open | close`, `shield raise | lift`, `order record | discharge`.

Each has a history, which `fact show` shows: nothing is edited.
"""

from typing import Annotated

import typer

from gateway.cli.options import AsJSON, By, Child, Home, Reason, Source

_enquiry = typer.Typer(help="Section 47 enquiries.", no_args_is_help=True)
_shield = typer.Typer(help="Children whose whereabouts are shielded.", no_args_is_help=True)
_order = typer.Typer(help="Court orders about a child's information.", no_args_is_help=True)

_Reference = Annotated[str, typer.Argument(help="The court's reference, or one of your own.")]


def add_to(app: typer.Typer) -> None:
    """Add these groups to *app*."""
    app.add_typer(_enquiry, name="enquiry")
    app.add_typer(_shield, name="shield")
    app.add_typer(_order, name="order")


def _add_act(group: typer.Typer, name: str, words: str) -> None:
    """Add one of the acts that a person does with a reason, to *group*."""

    @group.command(name, help=words)
    def _act(  # noqa: PLR0913 - each act has all of this
        child: Child,
        *,
        by: By,
        reason: Reason,
        source: Source = "",
        home: Home = None,
        as_json: AsJSON = False,
    ) -> None:
        from gateway.cli.doing import protection as doing  # noqa: PLC0415 - imported when asked for
        from gateway.cli.reports import recorded  # noqa: PLC0415 - the same

        typer.echo(recorded(doing.act(home, name, child, reason, source, by), as_json=as_json))


_add_act(_enquiry, "open", "Record that a section 47 enquiry was opened; by a social worker.")
_add_act(_enquiry, "close", "Record that the enquiry was closed; by a social worker.")
_add_act(_shield, "raise", "Shield a child, or keep it shielded; by the safeguarding lead.")
_add_act(_shield, "lift", "Lift a shield; by the safeguarding lead.")


@_order.command("record")
def record_order(  # noqa: PLR0913 - an order has all of this
    child: Child,
    reference: _Reference,
    *,
    effect: Annotated[str, typer.Option(help="prohibit, disclose, or unverified: not read yet.")],
    by: By,
    scope: Annotated[
        list[str] | None, typer.Option(help="A category that it covers; repeatable. Else all.")
    ] = None,
    source: Source = "",
    reason: Reason = "",
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Record an order, or what it was found to say; by the legal officer."""
    from gateway.cli.doing import protection as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import recorded  # noqa: PLC0415 - the same
    from gateway.facts.orders import Effect  # noqa: PLC0415 - the same
    from policies.attributes import word_of  # noqa: PLC0415 - the same

    read = word_of(Effect, effect, "an order prohibits, discloses or is unverified")
    covered = None if scope is None else tuple(scope)
    entry = doing.record(home, child, reference, read, covered, source, reason, by)
    typer.echo(recorded(entry, as_json=as_json))


@_order.command()
def discharge(  # noqa: PLR0913 - which order, and why
    child: Child,
    reference: _Reference,
    *,
    by: By,
    reason: Reason = "",
    source: Source = "",
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Record that an order binds no longer; by the legal officer."""
    from gateway.cli.doing import protection as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import recorded  # noqa: PLC0415 - the same

    entry = doing.discharged(home, child, reference, source, reason, by)
    typer.echo(recorded(entry, as_json=as_json))
