"""What the referral, its flags and its care plan say: reasons, concerns and actions."""

from collections.abc import Iterator
from typing import Final

from mappings.bars.names import extension
from mappings.bars.plan import ACTION, CONCERN, FLAG, REASON
from mappings.bars.writing.draft import Draft, is_empty
from mappings.bars.writing.extensions import concept, tell, text
from mappings.caf.codes import system
from mappings.caf.items import Action, Coded, Statement
from mappings.fhir_r4 import generated as fhir

_KIND: Final = extension("kind")


def reasons(draft: Draft, led_to: tuple[Statement, ...]) -> Iterator[fhir.CodeableConcept]:
    """Yield what has led to the referral; that each tells its kind says that it is ours."""
    for said in led_to:
        if is_empty(said):
            continue
        told = tell(said, REASON, draft) or ()
        if not any(one.url == _KIND for one in told):
            told = (fhir.Extension(url=_KIND, valueCode=said.kind), *told)
        made = concept(said.codes, said.text, extension=told, id_=draft.answers.get(said.id))
        if made is not None:
            yield made


def threshold(draft: Draft, concerns: tuple[Coded, ...]) -> Coded | None:
    """Return the first of *concerns* that is no more than a code of `concern-threshold`."""
    return next((one for one in concerns if _is_threshold(draft, one)), None)


def _is_threshold(draft: Draft, concern: Coded) -> bool:
    codes = concern.codes
    has_one = len(codes) == 1 and codes[0].system == CONCERN and not codes[0].display
    is_known = has_one and codes[0].code in system("concern-threshold").codes
    return is_known and not concern.text and tell(concern, FLAG, draft) is None


def flags(draft: Draft, concerns: tuple[Coded, ...]) -> Iterator[fhir.Flag]:
    """Yield a flag for each of *concerns* besides the threshold, which the referral says."""
    said_already = threshold(draft, concerns)
    for one in concerns:
        code = concept(one.codes, one.text)
        if code is not None and one is not said_already:
            yield fhir.Flag(
                extension=tell(one, FLAG, draft),
                status="active",
                code=code,
                subject=draft.reference("patient"),
            )


def care_plan(draft: Draft, actions: tuple[Action, ...]) -> fhir.CarePlan:
    """Return the plan with its actions; a referral has one, though it be empty."""
    activities = tuple(
        fhir.CarePlanActivity(detail=_detail(draft, one)) for one in actions if one.text
    )
    return fhir.CarePlan(
        status="active",
        intent="plan",
        subject=draft.reference("patient"),
        activity=activities or None,
    )


def _detail(draft: Draft, action: Action) -> fhir.CarePlanActivityDetail:
    by_when = action.by_when
    return fhir.CarePlanActivityDetail(
        extension=tell(action, ACTION, draft),
        status="completed" if action.done_on else "not-started",
        scheduledPeriod=None if by_when is None else fhir.Period(end=by_when.isoformat()),
        performer=(fhir.Reference(display=action.who),) if text(action.who) else None,
        description=action.text,
    )
