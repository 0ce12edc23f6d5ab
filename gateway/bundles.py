"""The bundles of law that decide here, or did: each by its digest, from the register of policies.

A new gateway starts with the law that it ships. From then on the register says which law is in
force, and holds its text: a release that ships another changes nothing until two persons have
activated it (`gateway.activation`). What was decided under an older one is decided again under
that, byte for byte.
"""

import threading
from collections.abc import Iterable, Mapping

import msgspec

from gateway.registers import Policy, Registers
from gateway.storage.registers import Registered
from policies import rules, tables
from policies.decision import Bundle
from policies.errors import DateError, DocumentError

LAW = "law"


class Bundles:
    """Builds bundles of law, each once; it is the one that its digest names, or an error."""

    def __init__(self) -> None:
        self._shipped = Bundle.load()
        self._built = {self._shipped.digest: self._shipped}
        self._lock = threading.Lock()

    def in_force(self, registers: Registers) -> Bundle:
        """Return the bundle that the *registers* say is in force; the shipped one where none is.

        Raises `DocumentError` where its text is not what its digest says, or does not hold
        together.
        """
        policy = policy_of(registers)
        return self._shipped if policy is None or not policy.files else self.of(policy)

    def of(self, policy: Policy) -> Bundle:
        """Return the bundle of *policy*, or raise `DocumentError` as `in_force` does."""
        with self._lock:
            known = self._built.get(policy.digest)
            if known is None:
                known = self._built[policy.digest] = build(policy.files, policy.digest)
            return known


def build(files: Mapping[str, str], digest: str) -> Bundle:
    """Return the bundle of these *files*, which must have this *digest*; else `DocumentError`.

    >>> build(rules.shipped().text, rules.shipped().digest).digest == rules.shipped().digest
    True
    >>> build(rules.shipped().text, "00" * 32)
    Traceback (most recent call last):
        ...
    policies.errors.DocumentError: law 000000000000: its text is not what its digest says
    """
    name = f"law {digest[:12]}"
    law = rules.parse(files, name)
    if law.digest != digest:
        message = f"{name}: its text is not what its digest says"
        raise DocumentError(message)
    return Bundle(law)


def policy_of(registers: Registers) -> Policy | None:
    """Return the policy that is in force by the *registers*."""
    found = registers.find("policy", LAW)
    return found if isinstance(found, Policy) else None


def document(bundle: Bundle, registers: Registers) -> Policy:
    """Return what the register says of *bundle*, which is in force: as it was said, where it was.

    The digest of the tables is that of this release, so that a new one is seen in the log.
    """
    known = policy_of(registers)
    if known is None or known.digest != bundle.digest:
        known = Policy(id=LAW, digest=bundle.digest)
    return msgspec.structs.replace(known, files=bundle.law.text, tables=tables.digest())


class History:
    """The laws of a gateway's past, by their digest, from every version of the register's row."""

    def __init__(self, versions: Iterable[Registered], bundles: Bundles) -> None:
        policies = (msgspec.json.decode(row.document, type=Policy) for row in versions)
        self._policies = {one.digest: one for one in policies if one.files}
        self._bundles = bundles

    def bundle(self, digest: str) -> Bundle:
        """Return the bundle with this *digest*, or raise `DateError` where none is kept."""
        if digest not in self._policies:
            message = "the law that decided then is not in the register of policies"
            raise DateError(message)
        return self._bundles.of(self._policies[digest])
