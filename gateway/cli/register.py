"""`caf-gateway register load`, and `organisation | service | client | practitioner`.

Each register has `list`, `show` and `add`; a client can be revoked. What stands there already is
not recorded again; what changes is a new version with its log entry.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.accreditation import accredit
from gateway.cli.options import AsJSON, ByOperator, Home

Id = Annotated[str, typer.Argument(metavar="ID", help="- reads YAML from standard input.")]
Role = Annotated[str | None, typer.Option(help="The role, as the policies name it.")]
TrainingUntil = Annotated[str | None, typer.Option(help="The last day of training, as 2027-05-01.")]

Name = Annotated[str | None, typer.Option(help="What people call it.")]

_OPERATOR = "operator"

_register = typer.Typer(help="All registers at once, from a file.", no_args_is_help=True)
_organisation = typer.Typer(help="The bodies that services belong to.", no_args_is_help=True)
_service = typer.Typer(help="The services that send and receive.", no_args_is_help=True)
_client = typer.Typer(help="The systems that call for a service.", no_args_is_help=True)
_practitioner = typer.Typer(help="The people of a service, in a role.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these groups to *app*."""
    app.add_typer(_register, name="register")
    groups = {
        "organisation": _organisation,
        "service": _service,
        "client": _client,
        "practitioner": _practitioner,
    }
    for kind, group in groups.items():
        _add_reading(group, kind)
        app.add_typer(group, name=kind)


def _add_reading(group: typer.Typer, kind: str) -> None:
    """Add `list` and `show`, which are the same for every register."""

    @group.command("list", help=f"List every {kind}.")
    def _list(*, home: Home = None, as_json: AsJSON = False) -> None:
        from gateway.cli.doing import register as doing  # noqa: PLC0415 - imported when asked for

        doing.print_all(home, kind, as_json=as_json)

    @group.command("show", help=f"Show one {kind}, as JSON.")
    def _show(
        id_: Annotated[str, typer.Argument(metavar="ID", help="Its id.")], home: Home = None
    ) -> None:
        from gateway.cli.doing import register as doing  # noqa: PLC0415 - imported when asked for

        typer.echo(doing.show(home, kind, id_))


@_register.callback()
def _registers() -> None:
    """Keep `load` a command of a group, though it is the only one."""


@_register.command()
def load(
    file: Annotated[
        Path | None, typer.Argument(help="YAML; else the file that the settings name.")
    ] = None,
    *,
    by: ByOperator = _OPERATOR,
    home: Home = None,
    as_json: AsJSON = False,
) -> None:
    """Record what is new or changed in a file of registers."""
    from gateway.cli.doing import register as doing  # noqa: PLC0415 - imported when asked for
    from gateway.cli.reports import to_json  # noqa: PLC0415 - imported when asked for

    loaded = doing.load(home, file, by)
    if as_json:
        typer.echo(to_json(loaded))
        return
    for one in loaded.recorded:
        typer.echo(f"recorded {one.register} {one.id}")
    typer.echo(f"{len(loaded.recorded)} recorded, {loaded.unchanged} unchanged")


@_organisation.command("add")
def add_organisation(
    id_: Id,
    name: Name = None,
    area: Annotated[str | None, typer.Option(help="Local-authority number.")] = None,
    by: ByOperator = _OPERATOR,
    home: Home = None,
) -> None:
    """Register an organisation, or record what changed of it."""
    _add("organisation", id_, {"name": name, "area": area}, by, home)


@_service.command("add")
def add_service(  # noqa: PLR0913 - a service is registered with all of this
    id_: Id,
    *,
    organisation: Annotated[str | None, typer.Option(help="The id of its organisation.")] = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="The agency type, as the policies name it.")
    ] = None,
    name: Name = None,
    identifiers: Annotated[
        list[str] | None,
        typer.Option("--identifier", help="System and value, a bar between; may be repeated."),
    ] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="What it receives; may be repeated.")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="Where it receives: folder:NAME, or an https address.")
    ] = None,
    area: Annotated[str | None, typer.Option(help="Local-authority number.")] = None,
    role: Role = None,
    training_until: TrainingUntil = None,
    commissioned: Annotated[bool | None, typer.Option(help="Whether it acts for a body.")] = None,
    identity_verified: Annotated[
        bool | None, typer.Option(help="Whether its identity was verified.")
    ] = None,
    by: ByOperator = _OPERATOR,
    home: Home = None,
) -> None:
    """Register a service, or record what changed of it."""
    fields: dict[str, object] = {
        "organisation": organisation,
        "type": type_,
        "name": name,
        "identifiers": identifiers,
        "formats": formats,
        "endpoint": None if endpoint is None else _endpoint(endpoint),
        "area": area,
        "role": role,
        "training_until": training_until,
        "commissioned": commissioned,
        "identity_verified": identity_verified,
    }
    _add("service", id_, fields, by, home)


@_client.command("add")
def add_client(  # noqa: PLR0913 - a client is registered with all of this
    id_: Id,
    *,
    service: Annotated[str | None, typer.Option(help="The id of its service.")] = None,
    jwks: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Its public keys: a JWKS file.")
    ] = None,
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="What it may ask for; may be repeated.")
    ] = None,
    by: ByOperator = _OPERATOR,
    home: Home = None,
) -> None:
    """Register a client by its public keys, or record what changed of it."""
    from gateway.cli.doing import register as doing  # noqa: PLC0415 - imported when asked for

    fields = {"service": service, "jwks": doing.keys_in(jwks), "scopes": scopes}
    _add("client", id_, fields, by, home)


@_client.command()
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    by: ByOperator = _OPERATOR,
    home: Home = None,
) -> None:
    """Revoke a client: its tokens and its requests are refused from now on."""
    from gateway.cli.doing import register as doing  # noqa: PLC0415 - imported when asked for

    doing.revoke(home, id_, by)
    typer.echo(f"revoked client {id_}")


@_practitioner.command("add")
def add_practitioner(  # noqa: PLR0913 - a practitioner is registered with all of this
    id_: Id,
    *,
    service: Annotated[str | None, typer.Option(help="The id of the service.")] = None,
    role: Role = None,
    training_until: TrainingUntil = None,
    appointments: Annotated[
        list[str] | None, typer.Option("--appointment", help="An office; may be repeated.")
    ] = None,
    signing_key: Annotated[
        str | None, typer.Option(help="What `agreement key` gave a designated signatory.")
    ] = None,
    by: ByOperator = _OPERATOR,
    home: Home = None,
) -> None:
    """Register a practitioner, or record what changed."""
    fields: dict[str, object] = {
        "service": service,
        "role": role,
        "training_until": training_until,
        "appointments": appointments,
        "signing_key": signing_key,
    }
    _add("practitioner", id_, fields, by, home)


@_practitioner.command()
def leave(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    by: ByOperator = _OPERATOR,
    home: Home = None,
) -> None:
    """Record that somebody left: nobody acts as them, and the tasks that they had are free."""
    from gateway.cli.doing import register as doing  # noqa: PLC0415 - imported when asked for

    doing.leave(home, id_, by)
    typer.echo(f"practitioner {id_} has left")


_practitioner.command("accredit")(accredit)
_service.command("accredit")(accredit)


def _endpoint(text: str) -> dict[str, str]:
    transport, _, rest = text.partition(":")
    return {"transport": transport, "address": text if transport == "https" else rest}


def _add(kind: str, id_: str, fields: Mapping[str, object], by: str, home: Path | None) -> None:
    from gateway.cli.doing import register as doing  # noqa: PLC0415 - imported when asked for

    document, is_new = doing.add(home, kind, id_, fields, by)
    typer.echo(f"{'recorded' if is_new else 'unchanged:'} {kind} {document.id}")
