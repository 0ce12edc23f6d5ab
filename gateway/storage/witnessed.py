"""What witnesses are known to have cosigned of the log, in the memory of one process."""

import threading
from dataclasses import dataclass, field

from gateway.storage.published import Published


@dataclass(slots=True)
class Witnessed:
    """Of each shard the newest checkpoint that a quorum of witnesses cosigned."""

    _newest: dict[int, Published] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, published: Published) -> None:
        """Keep *published*, whose note carries a quorum's cosignatures, if none is newer.

        Of two of one size the later one is kept: it says that nothing was added meanwhile.
        """
        number = published.shard.number
        with self._lock:
            known = self._newest.get(number)
            if known is None or published.size >= known.size:
                self._newest[number] = published

    def of_shard(self, number: int) -> Published | None:
        """Return the newest cosigned state of the shard with this *number*, if any is known."""
        return self._newest.get(number)

    def with_entry(self, seq: int) -> Published | None:
        """Return a cosigned state that holds entry *seq*, if any is known."""
        with self._lock:
            states = tuple(self._newest.values())
        return next((one for one in states if one.shard.base <= seq < one.end), None)
