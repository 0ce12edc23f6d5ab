"""Rules about what belongs to an episode: assessments, plans, enquiries, child protection plans."""

from adapters.social_care.cin_rules.rule import (
    Record,
    is_weekend,
    is_within,
    of_part,
    working_days,
)
from mappings.caf.social_care import (
    ChildInNeedPlan,
    ChildProtectionPlan,
    EpisodePart,
    Section47Enquiry,
    SocialCareAssessment,
)
from mappings.cin.children import Case

_START, _END = "AssessmentActualStartDate", "AssessmentAuthorisationDate"
_FACTORS = "FactorsIdentifiedAtAssessment"
_LONGEST_ASSESSMENT, _LONGEST_ENQUIRY = 45, 15  # in working days
_NONE_FOUND = "21"
_RETIRED = {"18A", "19A"}


def _is_open(one: SocialCareAssessment, _: Case, __: Record) -> bool:
    return one.authorised_on is None


def _is_complete(one: SocialCareAssessment, _: Case, __: Record) -> bool:
    return one.authorised_on is not None


def _has_factors(one: SocialCareAssessment, _: Case, __: Record) -> bool:
    return len(one.factors) > 1


def _has_a_retired_factor(one: SocialCareAssessment, _: Case, __: Record) -> bool:
    return not _RETIRED.isdisjoint([factor.code for factor in one.factors])


def _is_not_the_only_assessment(_: SocialCareAssessment, case: Case, __: Record) -> bool:
    return len(case.held.assessments) > 1


def _has_ended(plan: ChildInNeedPlan | ChildProtectionPlan, _: Case, __: Record) -> bool:
    return plan.ended_on is not None


def _is_protected(_: ChildInNeedPlan, case: Case, __: Record) -> bool:
    return bool(case.held.protection_plans)


def _died(_: EpisodePart, __: Case, record: Record) -> bool:
    return record.died_on is not None


def _goes_on(one: Section47Enquiry, _: Case, __: Record) -> bool:
    return one.conference_on is None and not one.is_conference_not_required


def _is_not_the_only_enquiry(_: Section47Enquiry, case: Case, __: Record) -> bool:
    return len(case.held.enquiries) > 1


@of_part(
    "assessments",
    "1103",
    "the sender has to check the assessment: it starts before the referral",
    _START,
)
def _assesses_before_referral(one: SocialCareAssessment, case: Case, _: Record) -> bool:
    return one.started_on < case.held.episodes[0].referred_on


@of_part(
    "assessments",
    "8608",
    "the sender has to check the assessment: it ends before it starts",
    _END,
    when=_is_complete,
)
def _assesses_backwards(one: SocialCareAssessment, _: Case, __: Record) -> bool:
    return one.authorised_on is not None and one.started_on > one.authorised_on


@of_part(
    "assessments",
    "8696",
    "the sender has to check the assessment: it ends outside the census year",
    _END,
    when=_is_complete,
)
def _assesses_elsewhen(one: SocialCareAssessment, _: Case, record: Record) -> bool:
    return one.authorised_on is not None and not is_within(one.authorised_on, record.period)


@of_part(
    "assessments",
    "8736",
    "the sender has to complete the assessment, or to check when it started",
    _START,
    when=_is_open,
)
def _assesses_since_long(one: SocialCareAssessment, _: Case, record: Record) -> bool:
    return not is_within(one.started_on, record.period)


@of_part(
    "assessments",
    "8670Q",
    "the sender has to complete the assessment: it goes on for long",
    _START,
    when=_is_open,
)
def _assesses_for_long(one: SocialCareAssessment, _: Case, record: Record) -> bool:
    return working_days(one.started_on, record.period.end) > _LONGEST_ASSESSMENT


@of_part(
    "assessments",
    "8614",
    "the sender has to complete the assessment, or to remove its factors",
    _FACTORS,
    when=_is_open,
)
def _finds_before_the_end(one: SocialCareAssessment, _: Case, __: Record) -> bool:
    return bool(one.factors)


@of_part(
    "assessments",
    "8897Q",
    "the sender has to give the factors of a completed assessment",
    _FACTORS,
    when=_is_complete,
)
def _finds_nothing(one: SocialCareAssessment, _: Case, __: Record) -> bool:
    return not one.factors


@of_part(
    "assessments",
    "8869",
    "the sender has to give no factor, or some: not both",
    _FACTORS,
    when=_has_factors,
)
def _finds_none_and_some(one: SocialCareAssessment, _: Case, __: Record) -> bool:
    return any(factor.code == _NONE_FOUND for factor in one.factors)


@of_part(
    "assessments",
    "8898",
    "the sender has to give each factor once",
    _FACTORS,
    when=_has_factors,
)
def _finds_one_twice(one: SocialCareAssessment, _: Case, __: Record) -> bool:
    return len({each.code for each in one.factors}) < len(one.factors)


@of_part(
    "assessments",
    "8945Q",
    "the sender has to use 18B or 18C in place of a retired factor",
    _FACTORS,
    when=_has_a_retired_factor,
)
def _finds_what_was_retired(one: SocialCareAssessment, _: Case, __: Record) -> bool:
    return any(factor.code == "18A" for factor in one.factors)


@of_part(
    "assessments",
    "8950Q",
    "the sender has to use 19B or 19C in place of a retired factor",
    _FACTORS,
    when=_has_a_retired_factor,
)
def _finds_what_was_retired_too(one: SocialCareAssessment, _: Case, __: Record) -> bool:
    return any(factor.code == "19A" for factor in one.factors)


@of_part(
    "assessments",
    "8863Q",
    "the sender has to check the assessments: one starts within another",
    _START,
    when=_is_not_the_only_assessment,
)
def _assesses_twice(one: SocialCareAssessment, case: Case, _: Record) -> bool:
    return any(
        other is not one
        and other.started_on <= one.started_on
        and (other.authorised_on is None or one.started_on < other.authorised_on)
        for other in case.held.assessments
    )


@of_part(
    "plans",
    "4010",
    "the sender has to check the plan: it starts after the census year",
    "CINPlanStartDate",
)
def _plans_later(plan: ChildInNeedPlan, _: Case, record: Record) -> bool:
    return plan.started_on > record.period.end


@of_part(
    "plans",
    "4011",
    "the sender has to check the plan: it ends before it starts",
    "CINPlanEndDate",
    when=_has_ended,
)
def _plans_backwards(plan: ChildInNeedPlan, _: Case, __: Record) -> bool:
    return plan.ended_on is not None and plan.ended_on < plan.started_on


@of_part(
    "plans",
    "4012Q",
    "the sender has to check the plan: it ends on the day of its start",
    "CINPlanEndDate",
    when=_has_ended,
)
def _plans_for_a_day(plan: ChildInNeedPlan, _: Case, __: Record) -> bool:
    return plan.ended_on == plan.started_on


@of_part(
    "plans",
    "4013",
    "the sender has to check the plan: it ends outside the census year",
    "CINPlanEndDate",
    when=_has_ended,
)
def _plans_elsewhen(plan: ChildInNeedPlan, _: Case, record: Record) -> bool:
    return plan.ended_on is not None and not is_within(plan.ended_on, record.period)


@of_part(
    "plans",
    "4015",
    "the sender has to check the plan: it starts before the referral",
    "CINPlanStartDate",
)
def _plans_before_referral(plan: ChildInNeedPlan, case: Case, _: Record) -> bool:
    return plan.started_on < case.held.episodes[0].referred_on


@of_part(
    "plans",
    "4008",
    "the sender has to check the plan: it starts after the child died",
    "CINPlanStartDate",
    when=_died,
)
def _plans_after_death(plan: ChildInNeedPlan, _: Case, record: Record) -> bool:
    return record.died_on is not None and plan.started_on > record.died_on


@of_part(
    "plans",
    "4009Q",
    "the sender has to check the plan: it ends after the child died",
    "CINPlanEndDate",
    when=_died,
)
def _plans_beyond_death(plan: ChildInNeedPlan, _: Case, record: Record) -> bool:
    return None not in {record.died_on, plan.ended_on} and plan.ended_on > record.died_on  # type: ignore[operator]  # both known


@of_part(
    "plans",
    "4003",
    "the sender has to check the plan: a protection plan was reviewed within it",
    "CINPlanStartDate",
    when=_is_protected,
)
def _plans_amid_reviews(plan: ChildInNeedPlan, case: Case, _: Record) -> bool:
    return any(
        plan.started_on <= day < (plan.ended_on or day) and day != protection.ended_on
        for protection in case.held.protection_plans
        for day in protection.reviewed_on
    )


@of_part(
    "enquiries",
    "8615",
    "the sender has to give when the enquiry started: before its conference",
    "S47ActualStartDate",
)
def _enquires_after_conference(one: Section47Enquiry, _: Case, __: Record) -> bool:
    if one.started_on is None:
        return True
    return one.conference_on is not None and one.started_on > one.conference_on


@of_part(
    "enquiries",
    "2889",
    "the sender has to check the enquiry: it starts before the referral",
    "S47ActualStartDate",
)
def _enquires_before_referral(one: Section47Enquiry, case: Case, _: Record) -> bool:
    return one.started_on is not None and one.started_on < case.held.episodes[0].referred_on


@of_part(
    "enquiries",
    "8740",
    "the sender has to complete the enquiry, or to check when it started",
    "S47ActualStartDate",
    when=_goes_on,
)
def _enquires_since_long(one: Section47Enquiry, _: Case, record: Record) -> bool:
    return one.started_on is not None and not is_within(one.started_on, record.period)


@of_part(
    "enquiries",
    "8675Q",
    "the sender has to give the conference that followed the enquiry: it is overdue",
    "DateOfInitialCPC",
    when=_goes_on,
)
def _enquires_for_long(one: Section47Enquiry, _: Case, record: Record) -> bool:
    return one.started_on is not None and (
        working_days(one.started_on, record.period.end) > _LONGEST_ENQUIRY
    )


@of_part(
    "enquiries",
    "8870Q",
    "the sender has to check the target date: it is on a weekend",
    "InitialCPCtarget",
)
def _is_due_on_a_weekend(one: Section47Enquiry, _: Case, __: Record) -> bool:
    return is_weekend(one.conference_due_on)


@of_part(
    "enquiries",
    "8890",
    "the sender has to check the enquiries: one starts within another",
    "S47ActualStartDate",
    when=_is_not_the_only_enquiry,
)
def _enquires_twice(one: Section47Enquiry, case: Case, _: Record) -> bool:
    return one.started_on is not None and any(
        other is not one
        and other.started_on is not None
        and not other.is_conference_not_required
        and other.started_on <= one.started_on
        and (other.conference_on is None or one.started_on < other.conference_on)
        for other in case.held.enquiries
    )


@of_part(
    "protection_plans",
    "8720",
    "the sender has to check the plan: it starts after the census year",
    "CPPstartDate",
)
def _protects_later(plan: ChildProtectionPlan, _: Case, record: Record) -> bool:
    return plan.started_on > record.period.end


@of_part(
    "protection_plans",
    "1105",
    "the sender has to check the plan: it starts before the referral",
    "CPPstartDate",
)
def _protects_before_referral(plan: ChildProtectionPlan, case: Case, _: Record) -> bool:
    return plan.started_on < case.held.episodes[0].referred_on


@of_part(
    "protection_plans",
    "8925",
    "the sender has to check the plan: it ends before it starts",
    "CPPendDate",
    when=_has_ended,
)
def _protects_backwards(plan: ChildProtectionPlan, _: Case, __: Record) -> bool:
    return plan.ended_on is not None and plan.ended_on < plan.started_on


@of_part(
    "protection_plans",
    "8840",
    "the sender has to check the plan: it ends on the day of its start",
    "CPPendDate",
    when=_has_ended,
)
def _protects_for_a_day(plan: ChildProtectionPlan, _: Case, __: Record) -> bool:
    return plan.ended_on == plan.started_on


@of_part(
    "protection_plans",
    "8930",
    "the sender has to check the plan: it ends outside the census year",
    "CPPendDate",
    when=_has_ended,
)
def _protects_elsewhen(plan: ChildProtectionPlan, _: Case, record: Record) -> bool:
    return plan.ended_on is not None and not is_within(plan.ended_on, record.period)


@of_part(
    "protection_plans",
    "8915",
    "the sender has to check the plan: it starts after the child died",
    "CPPstartDate",
    when=_died,
)
def _protects_after_death(plan: ChildProtectionPlan, _: Case, record: Record) -> bool:
    return record.died_on is not None and plan.started_on > record.died_on


@of_part(
    "protection_plans",
    "8920",
    "the sender has to check the plan: it ends after the child died",
    "CPPendDate",
    when=_died,
)
def _protects_beyond_death(plan: ChildProtectionPlan, _: Case, record: Record) -> bool:
    return None not in {record.died_on, plan.ended_on} and plan.ended_on > record.died_on  # type: ignore[operator]  # both known


@of_part(
    "protection_plans",
    "8905",
    "the sender has to give an initial category of abuse of the list",
    "InitialCategoryOfAbuse",
)
def _has_no_first_category(plan: ChildProtectionPlan, _: Case, __: Record) -> bool:
    return plan.initial_category is None


@of_part(
    "protection_plans",
    "8910",
    "the sender has to give a latest category of abuse of the list",
    "LatestCategoryOfAbuse",
)
def _has_no_last_category(plan: ChildProtectionPlan, _: Case, __: Record) -> bool:
    return plan.latest_category is None


@of_part(
    "protection_plans",
    "8730",
    "the sender has to give the number of earlier protection plans",
    "NumberOfPreviousCPP",
)
def _has_no_number(plan: ChildProtectionPlan, _: Case, __: Record) -> bool:
    return plan.previous_plans is None


@of_part(
    "protection_plans",
    "8841",
    "the sender has to check the review: not after the plan's start",
    "Reviews",
)
def _reviews_before_the_start(plan: ChildProtectionPlan, _: Case, __: Record) -> bool:
    return any(day <= plan.started_on for day in plan.reviewed_on)
