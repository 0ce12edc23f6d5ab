"""Our own adapters, held to what anybody's are."""

from importlib.resources import files
from pathlib import Path

from adapters.education.ctf import CTFAdapter
from adapters.health.bars import BaRSAdapter
from adapters.health.hl7v2 import HL7v2Adapter
from adapters.social_care.early_help import EarlyHelpAdapter
from adapters.testing import conformance
from mappings.ctf import editions
from mappings.hl7v2.messages import message

HEALTH, SCHOOLS, SOCIAL_CARE = (
    Path(str(files("adapters").joinpath(sector, "examples")))
    for sector in ("health", "education", "social_care")
)
CTF_SCHEMA = Path(str(files("mappings.ctf"))) / "ctf-25.xsd"

TestCTF = conformance(
    CTFAdapter,
    examples=sorted(SCHOOLS.glob("ctf-*.xml")),
    schema=CTF_SCHEMA,
    translations=[editions.pupil(edition) for edition in editions.WRITTEN],
    normalised={
        "/CTF/*": "a file of dirty habits is written as the format has it",
        "/CTfile/Header/*": "a file that leaves has a header of its own",
        "/CTfile/CTFpupilData/Pupil/Gender": "edition 24 has it where 25 has `Sex`",
        "/CTfile/CTFpupilData/Pupil/Address/AddressLines/*": "lines become a street",
    },
)
TestBaRS = conformance(BaRSAdapter, examples=sorted(HEALTH.glob("*.*")))
TestEarlyHelp = conformance(
    EarlyHelpAdapter,
    examples=sorted(SOCIAL_CARE.glob("*.json")),
    schema=Path(str(files("adapters.schemas"))) / "early-help.schema.json",
    normalised={
        "/message/*": "a document that leaves says who sends it to whom",
        "/marks": "a document that leaves is marked by what its own decision binds",
    },
)
TestHL7v2 = conformance(
    HL7v2Adapter,
    translations=[message()],
    normalised={"MSH-*": "a message that leaves has a header of its own"},
)
