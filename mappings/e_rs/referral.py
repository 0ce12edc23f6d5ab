"""The mapping of a referral of the NHS e-Referral Service, ready to be used."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from mappings.e_rs.pairs import FUNCTIONS
from mappings.language.loading import Format, load
from mappings.language.shapes import of_paths
from mappings.language.translation import Translation
from mappings.language.trees import FHIRPATH

REFERRALS: Final = ("ReferralRequest", "ServiceRequest", "CommunicationRequest", "Patient")
"""The types of resource that say something of a child."""

_SUBJECT: Final = ("id", "meta/profile*", "subject/identifier/system", "subject/identifier/value")
_CODING: Final = ("system", "code", "display")
_PATHS: Final = (
    *(f"{name}/{path}" for name in REFERRALS[:3] for path in _SUBJECT),
    *(f"{name}/identifier*/{part}" for name in REFERRALS for part in ("system", "value")),
    *(f"{name}/status" for name in REFERRALS[:3]),
    *(f"{name}/intent" for name in REFERRALS[:2]),
    *(f"ReferralRequest/specialty/coding*/{part}" for part in _CODING),
    *(f"ReferralRequest/extension*/valueCoding/{part}" for part in _CODING),
    "ReferralRequest/extension*/url",
    "ReferralRequest/supportingInfo*/reference",
    *(f"ServiceRequest/code/coding*/{part}" for part in _CODING),
    *(f"ServiceRequest/category*/coding*/{part}" for part in _CODING),
    "CommunicationRequest/payload*/contentReference/reference",
)


@cache
def translation() -> Translation:
    """Return the mapping between a referral and the CAF."""
    file = Path(str(files("mappings.e_rs"))) / "referral.yaml"
    return load(file, Format(of_paths(_PATHS), functions=FUNCTIONS, places=FHIRPATH))
