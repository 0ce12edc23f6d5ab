"""Labels of what is said in words alone, beside reasons and diagnoses that are coded.

A note to the whole, or a reason without a code, tells of what the message is about: it may be about
whatever the coded reasons and the diagnoses are.
"""

from msgspec import structs

from mappings.caf.assessment import Assessment
from mappings.caf.categories import Category
from mappings.caf.items import Kind, Statement


def with_labelled_notes(assessment: Assessment) -> Assessment:
    """Return *assessment* with each reason in words labelled as those in codes are."""
    led_to = assessment.information.led_to
    needs = (one for one in assessment.development.general_health if one.kind is Kind.NEED)
    labels = tuple(dict.fromkeys(label for one in (*led_to, *needs) for label in one.labels))
    if not labels:
        return assessment
    labelled = tuple([_labelled(one, labels) for one in led_to])
    information = structs.replace(assessment.information, led_to=labelled)
    return structs.replace(assessment, information=information)


def _labelled(statement: Statement, labels: tuple[Category, ...]) -> Statement:
    if statement.codes or not statement.text:
        return statement
    every = tuple(dict.fromkeys((*statement.labels, *labels)))
    return structs.replace(statement, labels=every)
