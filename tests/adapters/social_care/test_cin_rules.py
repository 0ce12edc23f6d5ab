"""Rules of the census: each finds its fault in a return, and finds nothing in the return mended."""

from typing import Final

import pytest

from adapters.contract import Severity
from adapters.social_care.cin import CINAdapter
from adapters.social_care.cin_rules import codes
from adapters.social_care.cin_rules.file import CODES
from tests.adapters.social_care.census import ENVELOPE, Edits, child, edited, file_of

WHO, WHAT = "ChildIdentifiers", "ChildCharacteristics"
CASE: Final = "CINdetails/0"
ASSESSED, PLANNED = f"{CASE}/Assessments/0", f"{CASE}/CINPlanDates/0"
ENQUIRED, PROTECTED = f"{CASE}/Section47/0", f"{CASE}/ChildProtectionPlans/0"
FACTORS: Final = f"{ASSESSED}/FactorsIdentifiedAtAssessment/AssessmentFactors"
OPEN_PLAN: Final = {"CINPlanStartDate": "2026-01-12"}
OTHER_ASSESSMENT: Final = {"AssessmentActualStartDate": "2025-06-02"}
OTHER_CASE: Final = {
    "CINreferralDate": "2026-02-10",
    "ReferralSource": "6",
    "PrimaryNeedCode": "N1",
    "ReferralNFA": "false",
}
CLOSED: Final = {f"{CASE}/CINclosureDate": "2026-03-20", f"{CASE}/ReasonForClosure": "RC7"}
UNPROTECTED: Final = {f"{CASE}/ChildProtectionPlans": None, f"{CASE}/Section47": None}

FAULTS: Final[list[tuple[str, Edits]]] = [
    ("8500", {f"{WHO}/LAchildID": None}),
    ("1570", {f"{WHO}/LAchildID": "A" * 21}),
    ("1580", {f"{WHO}/LAchildID": "EX-100001"}),
    ("1510", {f"{WHO}/UPN": "C801200005001"}),
    ("1530", {f"{WHO}/UPN": "BX01200005001"}),
    ("1540", {f"{WHO}/UPN": "B8012000X5001"}),
    ("1550", {f"{WHO}/UPN": "B80120000500S"}),
    ("1560Q", {f"{WHO}/FormerUPN": "B80"}),
    ("8770Q", {f"{WHO}/UPN": None}),
    ("8772", {f"{WHO}/UPN": None, f"{WHO}/UPNunknown": "UN7"}),
    ("8525Q", {f"{WHO}/PersonBirthDate": None}),
    ("8520", {f"{WHO}/PersonBirthDate": "2026-04-01"}),
    ("8530Q", {f"{WHO}/PersonBirthDate": None, f"{WHO}/ExpectedPersonBirthDate": "2025-12-01"}),
    ("8775Q", {f"{WHO}/PersonBirthDate": "1999-06-03"}),
    ("8535Q", {f"{WHO}/PersonDeathDate": "2013-06-03"}),
    ("8545Q", {f"{WHO}/PersonDeathDate": "2026-04-01"}),
    ("4180", {f"{WHO}/Sex": None}),
    ("8750", {f"{WHO}/PersonBirthDate": None, f"{WHO}/ExpectedPersonBirthDate": "2026-06-01"}),
    ("4220", {f"{WHAT}/Ethnicity": "XXXX"}),
    ("8540", {f"{WHAT}/Disabilities": None}),
    ("8790", {f"{WHAT}/Disabilities/Disability/2": "NONE"}),
    ("8794", {f"{WHAT}/Disabilities/Disability/2": "COMM"}),
    ("8590", {"CINdetails": None}),
    ("8600", {f"{CASE}/CINreferralDate": "2026-04-01"}),
    ("8600", {f"{CASE}/CINreferralDate": None}),
    ("8815", {"CINdetails/1": OTHER_CASE}),
    ("8816", {"CINdetails/1": OTHER_CASE}),
    (
        "8820",
        {
            **CLOSED,
            "CINdetails/1": OTHER_CASE,
            "CINdetails/1/CINclosureDate": "2026-03-25",
            "CINdetails/1/ReasonForClosure": "RC7",
        },
    ),
    ("4001", {f"{PLANNED}/CINPlanEndDate": None}),
    ("4016", {f"{CASE}/CINPlanDates/1": OPEN_PLAN}),
    ("4017", {f"{PLANNED}/CINPlanEndDate": "2025-10-07"}),
    (
        "8935",
        {f"{CASE}/ChildProtectionPlans/1": child()["CINdetails"][0]["ChildProtectionPlans"][0]},
    ),
    (
        "8940",
        {f"{CASE}/ChildProtectionPlans/1": child()["CINdetails"][0]["ChildProtectionPlans"][0]},
    ),
    (
        "4004",
        {f"{CASE}/CINPlanDates/1": OPEN_PLAN, f"{PLANNED}/CINPlanEndDate": None},
    ),
    ("4014", {f"{CASE}/CINPlanDates/1": OPEN_PLAN, f"{PLANNED}/CINPlanEndDate": "2026-01-13"}),
    ("8568", {f"{CASE}/ReferralNFA": "maybe"}),
    ("8866", {f"{CASE}/ReferralSource": "99"}),
    ("8610", {f"{CASE}/PrimaryNeedCode": None}),
    ("8650", {f"{CASE}/PrimaryNeedCode": "N99"}),
    ("8640", {**CLOSED, f"{CASE}/ReasonForClosure": "RC99"}),
    ("8805", {**CLOSED, f"{CASE}/ReasonForClosure": ""}),
    ("8810", {f"{CASE}/ReasonForClosure": "RC7"}),
    ("8620", {**CLOSED, f"{CASE}/CINclosureDate": "2026-04-20"}),
    ("8630", {**CLOSED, f"{CASE}/CINclosureDate": "2025-05-11"}),
    ("8555Q", {f"{WHO}/PersonDeathDate": "2025-05-11"}),
    ("8606", {f"{WHO}/PersonBirthDate": "2026-03-01"}),
    ("8585Q", {**CLOSED, f"{CASE}/ReasonForClosure": "RC2"}),
    ("1104", {f"{ENQUIRED}/DateOfInitialCPC": "2025-05-09"}),
    ("8715", {f"{ENQUIRED}/DateOfInitialCPC": "2026-04-06"}),
    ("8875", {f"{ENQUIRED}/DateOfInitialCPC": "2025-10-04"}),
    ("2884", {f"{CASE}/DateOfInitialCPC": "2025-10-06"}),
    ("2885", {f"{PROTECTED}/CPPstartDate": "2025-10-07"}),
    ("4000", {f"{CASE}/ReferralNFA": "true"}),
    ("8832", {f"{CASE}/ReferralNFA": "1"}),
    ("8831", {f"{CASE}/ReferralNFA": "TRUE"}),
    ("8565", {**CLOSED, f"{CASE}/CINclosureDate": "2025-10-01"}),
    ("8867", {**CLOSED, f"{ASSESSED}/AssessmentAuthorisationDate": None}),
    ("8868", {**CLOSED, f"{ENQUIRED}/DateOfInitialCPC": None}),
    ("2990", {**CLOSED, f"{CASE}/ReasonForClosure": "RC8"}),
    ("8825Q", {**CLOSED, f"{CASE}/ReasonForClosure": "RC9", f"{CASE}/Assessments": None}),
    ("8873Q", {**CLOSED, FACTORS: ["21"]}),
    ("2991Q", {f"{CASE}/Assessments": None}),
    (
        "8839",
        {
            f"{ENQUIRED}/DateOfInitialCPC": None,
            f"{CASE}/Section47/1": {"S47ActualStartDate": "2026-01-12", "ICPCnotRequired": "0"},
        },
    ),
    (
        "8896",
        {
            f"{ASSESSED}/AssessmentAuthorisationDate": None,
            f"{CASE}/Assessments/1": OTHER_ASSESSMENT,
        },
    ),
    ("1103", {f"{ASSESSED}/AssessmentActualStartDate": "2025-05-11"}),
    ("8608", {f"{ASSESSED}/AssessmentActualStartDate": "2025-06-21"}),
    ("8696", {f"{ASSESSED}/AssessmentAuthorisationDate": "2026-04-20"}),
    (
        "8670Q",
        {
            f"{ASSESSED}/AssessmentAuthorisationDate": None,
            f"{ASSESSED}/AssessmentActualStartDate": "2026-01-26",
        },
    ),
    (
        "8675Q",
        {
            f"{ENQUIRED}/S47ActualStartDate": "2026-03-09",
            f"{ENQUIRED}/DateOfInitialCPC": None,
        },
    ),
    (
        "8736",
        {
            f"{ASSESSED}/AssessmentAuthorisationDate": None,
            f"{ASSESSED}/AssessmentActualStartDate": "2025-03-31",
        },
    ),
    ("8614", {f"{ASSESSED}/AssessmentAuthorisationDate": None}),
    ("8897Q", {f"{ASSESSED}/FactorsIdentifiedAtAssessment": None}),
    ("8869", {FACTORS: ["21", "4B"]}),
    ("8898", {FACTORS: ["4B", "4B"]}),
    ("8945Q", {FACTORS: ["18A"]}),
    ("8950Q", {FACTORS: ["19A"]}),
    ("8863Q", {f"{CASE}/Assessments/1": OTHER_ASSESSMENT}),
    ("4010", {f"{PLANNED}/CINPlanStartDate": "2026-04-01"}),
    ("4011", {f"{PLANNED}/CINPlanEndDate": "2025-06-22"}),
    ("4012Q", {f"{PLANNED}/CINPlanEndDate": "2025-06-23"}),
    ("4013", {f"{PLANNED}/CINPlanEndDate": "2026-04-01"}),
    ("4015", {f"{PLANNED}/CINPlanStartDate": "2025-05-11"}),
    ("4008", {f"{WHO}/PersonDeathDate": "2025-06-22"}),
    ("4009Q", {f"{WHO}/PersonDeathDate": "2025-10-05"}),
    ("4003", {f"{PROTECTED}/Reviews": {"CPPreviewDate": ["2025-09-01"]}}),
    ("8615", {f"{ENQUIRED}/S47ActualStartDate": "2025-10-07"}),
    ("2889", {f"{ENQUIRED}/S47ActualStartDate": "2025-05-11"}),
    (
        "8740",
        {
            f"{ENQUIRED}/S47ActualStartDate": "2025-03-31",
            f"{ENQUIRED}/DateOfInitialCPC": None,
        },
    ),
    ("8870Q", {f"{ENQUIRED}/InitialCPCtarget": "2025-10-05"}),
    (
        "8890",
        {f"{CASE}/Section47/1": {"S47ActualStartDate": "2025-09-22", "ICPCnotRequired": "1"}},
    ),
    ("8720", {f"{PROTECTED}/CPPstartDate": "2026-04-01"}),
    ("1105", {f"{PROTECTED}/CPPstartDate": "2025-05-11"}),
    ("8925", {f"{PROTECTED}/CPPendDate": "2025-10-05"}),
    ("8840", {f"{PROTECTED}/CPPendDate": "2025-10-06"}),
    ("8930", {f"{PROTECTED}/CPPendDate": "2026-04-01"}),
    ("8915", {f"{WHO}/PersonDeathDate": "2025-10-05"}),
    (
        "8920",
        {f"{WHO}/PersonDeathDate": "2025-11-05", f"{PROTECTED}/CPPendDate": "2025-11-06"},
    ),
    ("8905", {f"{PROTECTED}/InitialCategoryOfAbuse": "XXX"}),
    ("8910", {f"{PROTECTED}/LatestCategoryOfAbuse": None}),
    ("8730", {f"{PROTECTED}/NumberOfPreviousCPP": None}),
    ("8841", {f"{PROTECTED}/Reviews": {"CPPreviewDate": ["2025-10-06"]}}),
    ("2883", {f"{CASE}/Section47": None}),
    ("2886Q", {f"{WHO}/Sex": "U"}),
]


def _found(content: bytes) -> dict[str, Severity]:
    received = CINAdapter().read(content, ENVELOPE)
    return {one.code: one.severity for one in received.findings}


def test_nothing_is_found_in_the_return_mended():
    assert _found(file_of(child())) == {}


@pytest.mark.parametrize(("code", "edits"), FAULTS)
def test_a_rule_finds_its_fault(code, edits):
    assert code in _found(file_of(edited(child(), edits)))


def test_every_rule_has_a_fault_of_its_own():
    of_files = {"100", "8510", "1520"}  # below
    assert {code for code, _ in FAULTS} | of_files == codes() | CODES


def test_a_query_never_rejects_and_neither_does_an_identifier():
    doubted = {"1510", "1520", "1530", "1540", "1550", "1570", "1580", "100"}
    for code, edits in FAULTS:
        severity = _found(file_of(edited(child(), edits)))[code]
        is_doubt = code.endswith("Q") or code in doubted
        assert (severity is Severity.WARNING) == is_doubt, code


def test_a_child_given_twice_is_found():
    assert {"8510", "1520"} <= _found(file_of(child(), child())).keys()


@pytest.mark.parametrize("day", ["2026-03-30", "2025-03-31"])
def test_a_reference_date_that_is_not_the_end_of_the_year_is_found(day):
    head = {"CollectionDetails/ReferenceDate": day}

    assert "100" in _found(file_of(child(), head=head))


def test_a_finding_says_who_has_to_act_where_and_nothing_of_the_child():
    edits = {f"{PROTECTED}/CPPendDate": "2025-10-05"}

    received = CINAdapter().read(file_of(edited(child(), edits)), ENVELOPE)

    (found,) = received.findings
    at = "/Message/Children/Child[1]/CINdetails[1]/ChildProtectionPlans[1]/CPPendDate"
    assert (found.code, found.where) == ("8925", at)
    assert found.message.startswith("the sender has to")
