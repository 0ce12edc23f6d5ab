"""Write `mappings/bars/definitions/`: our Questionnaire and code systems as FHIR R4 JSON.

They are what a sender builds a CAF message from (docs/caf-in-bars.md). The source is the
catalogue of elements, the code systems of the common model, and the words of the message below.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from mappings.bars.answers import ASKED
from mappings.bars.names import BASE, QUESTIONNAIRE, code_system
from mappings.caf.categories import Category
from mappings.caf.codes import CodeSystem, system
from mappings.caf.elements import CATALOGUE, Element

TARGET = Path(__file__).parents[2] / "mappings/bars/definitions"

JSON = dict[str, object]

# Code systems of the common model of which a message holds codes.
SHARED = """
    about-whom assessment-outcome assessment-trigger caf-domain caf-element case-role
    concern-threshold consent-manner ecm-outcome child-right family-refusal kind-of-help
    level-of-need may-store occupation parental-responsibility stage statement-kind
    statement-nature
""".split()  # noqa: SIM905 - a list of names reads best as text

# Code systems of the message alone.
OWN: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "use-case": (
        "What a message is for",
        {
            "early-help-referral": "Referral to early help",
            "early-help-request": "Request for early help",
            "early-help-review": "Review of early help",
            "child-in-need-referral": "Referral of a child in need (section 17)",
            "child-protection-referral": "Referral of a child in need of protection (section 47)",
            "child-protection-enquiry": "Enquiry for the protection of a child (section 47)",
            "direct-care": "Direct care",
            "education": "Education",
            "education-transfer": "Change of school",
            "youth-justice": "Youth justice",
            "housing": "Housing",
        },
    ),
    "sharing-basis": (
        "On what the sender's practitioner says that sharing rests",
        {
            "consent": "Consent of the family",
            "duty-to-share": "Duty to share, by the judgement of a named practitioner",
        },
    ),
    "referral-answer": (
        "What a service answers to a referral",
        {
            "accepted": "Accepted",
            "more-information": "More information is asked for",
            "consent-refused": "The family refuses",
            "stepped-up": "Stepped up to more help",
            "stepped-down": "Stepped down to less help",
            "closed": "Closed with no further action",
        },
    ),
    "consent-category": (
        "What a consent is about",
        {"caf-consent-statement": "Consent statement for information storage and sharing"},
    ),
    "policy-category": (
        "Kind of information about which a policy decides",
        {category.value: category.value.replace("_", " ").capitalize() for category in Category},
    ),
}


def render() -> dict[str, str]:
    """Return the text of every definition by its file name.

    >>> "Questionnaire-caf-assessment.json" in render()
    True
    """
    definitions = [_questionnaire(), *_code_systems()]
    return {
        f"{one['resourceType']}-{one['id']}.json": json.dumps(one, indent=2) + "\n"
        for one in definitions
    }


def _questionnaire() -> JSON:
    asked = [element for element in CATALOGUE if element.code in ASKED]
    groups = [
        _group(domain.code, domain.display, asked) for domain in system("caf-domain").codes.values()
    ]
    others = [_question(element) for element in asked if element.domain is None]
    before = [item for item in others if str(item["linkId"]).partition("-")[0] not in _AFTER]
    after = [item for item in others if item not in before]
    return _canonical("Questionnaire", "caf-assessment", QUESTIONNAIRE, "CAF assessment") | {
        "subjectType": ["Patient"],
        "item": [*before, *groups, *after],
    }


_AFTER = {"analysis", "plan", "checklist", "looked_after"}


def _group(code: str, title: str, asked: list[Element]) -> JSON:
    questions = [_question(element) for element in asked if element.domain == code]
    return {"linkId": code, "text": title, "type": "group", "item": questions}


def _question(element: Element) -> JSON:
    return {"linkId": element.code, "text": element.title, "type": "open-choice", "repeats": True}


def _code_systems() -> Iterator[JSON]:
    for name in SHARED:
        shared = system(name)
        yield _code_system(name, shared.title, _codes(shared))
    for name, (title, codes) in OWN.items():
        yield _code_system(name, title, codes)


def _codes(shared: CodeSystem) -> Mapping[str, str]:
    return {code.code: code.display for code in shared.codes.values()}


def _code_system(name: str, title: str, codes: Mapping[str, str]) -> JSON:
    concepts = [{"code": code, "display": display} for code, display in codes.items()]
    return _canonical("CodeSystem", name, code_system(name), title) | {
        "caseSensitive": True,
        "content": "complete",
        "concept": concepts,
    }


def _canonical(kind: str, id_: str, url: str, title: str) -> JSON:
    return {
        "resourceType": kind,
        "id": id_,
        "url": url,
        "version": "1",
        "name": "".join(word.capitalize() for word in id_.split("-")),
        "title": title,
        "status": "active",
        "experimental": False,
        "publisher": BASE.removesuffix("/fhir"),
    }


if __name__ == "__main__":
    TARGET.mkdir(exist_ok=True)
    for name, text in render().items():
        (TARGET / name).write_text(text, encoding="utf-8")
