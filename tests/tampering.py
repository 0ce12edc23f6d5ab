"""Changing a database as somebody does who has its password and none of our keys."""

from sqlalchemy import text

from gateway.storage.database import Database

_UNGUARDED = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS audit_leaf_update",
        "DROP TRIGGER IF EXISTS audit_leaf_delete",
    ),
    # No trigger and no foreign key is looked at in this transaction.
    "postgresql": ("SET LOCAL session_replication_role = replica",),
}


def change(database: Database, *statements: str, **values: object) -> None:
    """Run *statements*, in which `:name` stands for the value of that name, if there is one.

    Nothing is in the way that keeps rows from being changed by mistake.
    """
    with database.engine.begin() as connection:
        for statement in (*_UNGUARDED[database.engine.dialect.name], *statements):
            clause = text(statement)
            connection.execute(clause, {name: values[name] for name in clause.compile().params})


def edit_entry(database: Database, index: int, old: bytes, new: bytes) -> None:
    """Write *new* for *old* in an entry of the log."""
    ((entry,),) = stored(database, "SELECT entry FROM audit_leaf WHERE seq = :n", n=index)
    edited = bytes(entry).replace(old, new)
    assert edited != entry
    change(database, "UPDATE audit_leaf SET entry = :v WHERE seq = :n", v=edited, n=index)


def stored(database: Database, statement: str, **values: object) -> list[tuple]:
    """Return what is stored, past the gateway."""
    with database.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]
