"""What Alembic runs for each command: it is handed a connection, and reads no settings."""

from alembic import context

from gateway.storage.tables import metadata

if hasattr(context, "config"):  # imported by anybody but Alembic, there is nothing to run
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        render_as_batch=True,  # SQLite changes a table by copying it
    )
    with context.begin_transaction():
        context.run_migrations()
