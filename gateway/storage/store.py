"""The store: all reads, by what they are about. Writing is the committer's alone."""

from gateway.security.keys import Keys
from gateway.storage.attachments import Attachments
from gateway.storage.child_keys import ChildKeys
from gateway.storage.children import Children
from gateway.storage.database import Database
from gateway.storage.indexing import IndexKeys
from gateway.storage.outbox import Outbox
from gateway.storage.records import Records
from gateway.storage.registers import Registers
from gateway.storage.requests import Requests
from gateway.storage.stamps import Stamps
from gateway.storage.tasks import Tasks
from gateway.storage.vault import Vault


class Store:
    """Reads from one *database*; *vault* is what its values are sealed and opened with.

    `with store.moment():` makes all reads inside see the database as of one moment.
    """

    def __init__(self, database: Database, keys: Keys, child_keys: ChildKeys) -> None:
        self.vault = Vault(child_keys, keys.detail)
        self.index_keys = IndexKeys(keys)
        self.stamps = Stamps(database)
        self.registers = Registers(database)
        self.children = Children(database, keys, self.vault)
        self.records = Records(database, self.vault)
        self.attachments = Attachments(database, self.vault)
        self.outbox = Outbox(database)
        self.tasks = Tasks(database, self.vault)
        self.requests = Requests(database, self.vault)
        self.moment = database.reading
