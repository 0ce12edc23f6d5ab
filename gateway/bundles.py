"""The bundles of law that decide here, or did: each by its digest, from the register of policies.

A new gateway starts with the law that it ships. From then on the register says which law is in
force, and holds its text: a release that ships another changes nothing until two persons have
activated it (`gateway.activation`). What was decided under an older one is decided again under
that, byte for byte.

A law that was proposed in place of the one in force is made ready by every node that reads so, in
a thread of its own: when it is approved, to take it up is to exchange a reference.
"""

import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

import msgspec

from gateway.registers import Policy, ProposedLaw, Registers
from gateway.storage.registers import Registered
from policies import rules, tables
from policies.attributes import Facts
from policies.decision import Bundle
from policies.errors import DateError, DocumentError, PolicyError
from policies.vocabulary import Category, CourtOrder

LAW: Final = "law"

# The first decision of a day compiles the tables: any facts will do.
_ANY_FACTS: Final = Facts(identity_verified=False, court_order=CourtOrder.NONE)


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
        bundle = self._shipped if policy is None or not policy.files else self.of(policy)
        for proposed in registers.proposed_laws.values():
            if proposed.instead_of == bundle.digest and proposed.id not in self._built:
                threading.Thread(target=self._make_ready, args=(proposed,), daemon=True).start()
        return bundle

    def of(self, policy: Policy) -> Bundle:
        """Return the bundle of *policy*, or raise `DocumentError` as `in_force` does."""
        return self._bundle(policy.files, policy.digest)

    def _make_ready(self, proposed: ProposedLaw) -> None:
        # Whoever approves it is told what is wrong with it: here it is just not ready.
        with suppress(PolicyError):
            bundle = self._bundle(proposed.files, proposed.id)
            bundle.decide(_ANY_FACTS, [Category.IDENTITY], as_of=proposed.on)

    def _bundle(self, files: Mapping[str, str], digest: str) -> Bundle:
        with self._lock:
            known = self._built.get(digest)
            if known is None:
                known = self._built[digest] = build(files, digest)
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
