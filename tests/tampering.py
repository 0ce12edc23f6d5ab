"""Changing a database as somebody does who has its password and none of our keys."""

from sqlalchemy import text

from gateway.storage.database import Database

_UNGUARDED = {
    "sqlite": ("DROP TRIGGER audit_leaf_update", "DROP TRIGGER audit_leaf_delete"),
    "postgresql": ("DROP TRIGGER audit_leaf_append_only ON audit_leaf",),
}


def change(database: Database, *statements: str, **values: object) -> None:
    """Run *statements*, in which `:name` stands for the value of that name."""
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), values)


def change_the_log(database: Database, *statements: str, **values: object) -> None:
    """Run *statements* with nothing in the way that keeps leaves from being changed by mistake."""
    change(database, *_UNGUARDED[database.engine.dialect.name], *statements, **values)


def stored(database: Database, statement: str, **values: object) -> list[tuple]:
    """Return what is stored, past the gateway."""
    with database.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]
