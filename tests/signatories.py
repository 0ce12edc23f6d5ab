"""The fictional partnership's designated signatories: their keys are made from their own names.

Nobody real signs with these, and everybody may: they are as public as this file.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from gateway.agreements import signing
from gateway.agreements.activating import Activation
from gateway.agreements.register import AgreementRegister, Done, Step, name_of
from gateway.office import Office
from gateway.registers import Agreement as Document
from gateway.registers import Practitioner, Service, Signature, Stage
from policies.agreements import Agreement, Agreements, read
from policies.proving.difference import Difference, Version
from policies.rules import LawSet
from policies.vocabulary import Appointment

SAMPLES = Path(__file__).parents[1] / "policies" / "agreements"
SAMPLE = SAMPLES / "little-marsh-early-help" / "1.yaml"
OFFICERS = ("ig-officer-1", "ig-officer-2")
"""Two information governance officers of the partnership."""


@cache
def key_of(organisation: str) -> Ed25519PrivateKey:
    """Return the key of the person who signs for *organisation*."""
    return Ed25519PrivateKey.from_private_bytes(sha256(organisation.encode()).digest())


def signatories(services: Iterable[Service]) -> Iterator[Practitioner]:
    """Yield, for the organisation of each of *services*, the person who signs for it."""
    for organisation, service in {one.organisation: one.id for one in services}.items():
        yield Practitioner(
            id=f"signatory-{organisation.replace(':', '-').lower()}",
            service=service,
            role="admin",
            appointments=(Appointment.DESIGNATED_SIGNATORY,),
            signing_key=signing.verifying_key(key_of(organisation)),
        )


def with_keys(agreement: Agreement) -> Agreement:
    """Return *agreement*, in which each party names its signatory's key."""
    parties = (
        replace(party, key=signing.verifying_key(key_of(party.organisation)))
        for party in agreement.parties
    )
    return replace(agreement, parties=tuple(parties))


def signatures(agreement: Agreement) -> tuple[Signature, ...]:
    """Return the signature of each party's signatory."""
    keys = [key_of(party.organisation) for party in agreement.parties]
    return signing.merge((), (one for key in keys for one in signing.sign(agreement, key)))


def activate_for_tests(office: Office, *agreements: Agreement) -> None:
    """Have *agreements* signed by all and activated by two officers, past proofs and comparison.

    The officers are registered already. What this leaves out is tested where it lives.
    """
    register = AgreementRegister(office, OFFICERS[1])
    for one in agreements:
        content = with_keys(one)
        signed = register.register(content, signatures(content))
        active = replace(signed, stage=Stage.ACTIVE, approved_by=OFFICERS)
        register.record(Done(Step.ACTIVATED, active, {"approved_by": list(OFFICERS)}))


def nothing_broken(_law: LawSet, _agreements: Agreements, _on: date) -> tuple[str, ...]:
    """Find no fault, at once: for tests of what comes before and after the proofs."""
    return ()


def nothing_changed(_law: LawSet, _old: Agreement | None, new: Agreement, on: date) -> Difference:
    """Find no change, at once: for tests of what comes before and after the comparison."""
    return Difference(old=None, new=Version(name_of(new), new.digest), as_of=on)


def activated(office: Office, name: str) -> Document:
    """Have the two officers activate a version that all have signed; solved is nothing."""
    activation = Activation(office, nothing_broken, nothing_changed)
    proposed = activation.propose(name, OFFICERS[0])
    return activation.approve(name, OFFICERS[1], proposed.difference.digest)


def samples() -> tuple[Agreement, ...]:
    """Return the sample agreements, as they are shipped."""
    files = (path for path in sorted(SAMPLES.glob("*/*.yaml")) if path.stem.isdecimal())
    return tuple(read(path) for path in files)


def shipped_signatures() -> dict[str, str]:
    """Return the file of signatures beside each sample, by its path below the samples."""
    return {
        f"{signing.signatures_beside(Path(name_of(one))).as_posix()}": signing.rendered(
            one, signatures(one)
        )
        for one in samples()
    }
