"""Our own adapters, held to what anybody's are."""

from importlib.resources import files
from pathlib import Path

from adapters.education.ctf import CTFAdapter
from adapters.health.bars import BaRSAdapter
from adapters.health.e_rs import ERSAdapter
from adapters.health.hl7v2 import HL7v2Adapter
from adapters.health.uk_core import UKCoreAdapter
from adapters.social_care.cin import CINAdapter
from adapters.social_care.early_help import EarlyHelpAdapter
from adapters.social_care.early_help_csv import EarlyHelpCSVAdapter
from adapters.social_care.early_help_xml import EarlyHelpXMLAdapter
from adapters.social_care.ssda903 import SSDA903Adapter
from adapters.testing import conformance
from adapters.testing.kit import envelope
from mappings.caf.view import View
from mappings.cin import years
from mappings.ctf import editions
from mappings.e_rs import referral
from mappings.early_help import sheet
from mappings.hl7v2.messages import message
from mappings.ssda903 import editions as returns
from mappings.uk_core import shape

HEALTH, SCHOOLS, SOCIAL_CARE = (
    Path(str(files("adapters").joinpath(sector, "examples")))
    for sector in ("health", "education", "social_care")
)
OTHERS = ("e-rs-", "uk-core-")
MESSAGES = Path(str(files("adapters.health.hl7v2"))) / "examples"
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


class Written:
    """An example that is in no file: *maker*'s adapter writes a CAF that has every part.

    It writes the media type that ends as *name* does, else its first.
    """

    def __init__(self, maker, name) -> None:
        self.name = name
        whole = (SOCIAL_CARE / "every_part.json").read_bytes()
        early_help, adapter = EarlyHelpAdapter(), maker()
        (reading,) = early_help.read(whole, envelope(early_help.media_types[0])).readings
        view = View(content=reading.assessment, purpose="early_help")
        ending = name.rpartition(".")[2]
        types = [one for one in adapter.media_types if one.endswith(ending)]
        wanted = (types or adapter.media_types)[0]
        self.content = adapter.write(view, envelope(wanted)).content

    def is_file(self):
        return True

    def read_bytes(self):
        return self.content


TestCIN = conformance(
    CINAdapter,
    examples=sorted(SOCIAL_CARE.glob("cin-*.xml")),
    schema=Path(str(files("mappings.cin"))) / "cin-2026.xsd",
    translations=[years.child(2026).identity, years.child(2026).episode],
    normalised={"/Message/Header/*": "a return that leaves has a header of its own"},
)
TestBaRS = conformance(
    BaRSAdapter,
    examples=[
        HEALTH / name
        for name in (
            "camhs-with-refusal.json",
            "health-visitor-to-early-help.json",
            "health-visitor-to-early-help.xml",
            "siblings-in-one-message.json",
            "unborn-child-to-social-care.json",
        )
    ],
)
TestUKCore = conformance(
    UKCoreAdapter,
    examples=sorted(HEALTH.glob("uk-core-*.*")),
    translations=[shape.translation()],
)
TestERS = conformance(
    ERSAdapter,
    examples=sorted(HEALTH.glob("e-rs-*.json")),
    translations=[referral.translation()],
)
TestSSDA903 = conformance(
    SSDA903Adapter,
    examples=sorted(SOCIAL_CARE.glob("ssda903-*.xml")),
    schema=Path(str(files("mappings.ssda903"))) / "ssda903-2026.xsd",
    translations=[returns.child(edition) for edition in (2024, 2027)],
    normalised={
        "/EXPSSDA903/CHILD/HEADER/DOLO/*": "the example is of a year that has more than this one",
        "looked_after.deprivations_of_liberty": "the example is of a year that has more",
    },
)
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
    examples=[*sorted(MESSAGES.glob("*.hl7")), Written(HL7v2Adapter, "every_part.hl7")],
    translations=[message()],
    normalised={"MSH-*": "a message that leaves has a header of its own"},
)
TestEarlyHelpXML = conformance(
    EarlyHelpXMLAdapter,
    examples=[SOCIAL_CARE / f"{name}.xml" for name in ("every_part", "school")],
    schema=Path(str(files("adapters.schemas"))) / "early-help.xsd",
    normalised={
        "/EarlyHelp/message/*": "a document that leaves says who sends it to whom",
        "/EarlyHelp/marks/*": "a document that leaves is marked by what its own decision binds",
    },
)
TestEarlyHelpCSV = conformance(
    EarlyHelpCSVAdapter,
    examples=[SOCIAL_CARE / "early_help.csv"],
    translations=[sheet.translation()],
)
TestSSDA903Set = conformance(
    SSDA903Adapter,
    examples=[Written(SSDA903Adapter, "written.zip")],
    lacking={"no-child"},
    normalised={"looked_after.deprivations_of_liberty": "the return for 2025-26 has none"},
)
