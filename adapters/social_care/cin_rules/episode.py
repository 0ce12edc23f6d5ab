"""Rules about one episode: its referral, its closure, and what may stand in it."""

from collections.abc import Iterator
from datetime import date, timedelta

from adapters.social_care.cin_rules.rule import (
    Record,
    is_weekend,
    is_within,
    of_case,
    stands,
)
from mappings.caf.social_care import ChildInNeedEpisode
from mappings.cin.children import Case

_AFTER_ASSESSMENT = {"RC8", "RC9"}
_LONGEST_PREGNANCY = timedelta(weeks=40)
_CLOSURE = "CINclosureDate"
_REASON = "ReasonForClosure"
_NEED = "PrimaryNeedCode"


def _is_closed(episode: ChildInNeedEpisode, _: Case, __: Record) -> bool:
    return episode.closed_on is not None


def _has_a_reason(episode: ChildInNeedEpisode, _: Case, __: Record) -> bool:
    return episode.closure_reason is not None


def _led_to_nothing(episode: ChildInNeedEpisode, _: Case, __: Record) -> bool:
    return episode.is_no_further_action is True


def _has_no_known_need(episode: ChildInNeedEpisode, _: Case, __: Record) -> bool:
    return episode.primary_need is None


def _gives_a_reason(_: ChildInNeedEpisode, case: Case, __: Record) -> bool:
    return stands(case.tree, _REASON)


def _assessed_twice(_: ChildInNeedEpisode, case: Case, __: Record) -> bool:
    return len(case.held.assessments) > 1


def _conferred(_: ChildInNeedEpisode, case: Case, __: Record) -> bool:
    return bool(case.conferences)


def _enquired(_: ChildInNeedEpisode, case: Case, __: Record) -> bool:
    return bool(case.held.enquiries)


def _protected(_: ChildInNeedEpisode, case: Case, __: Record) -> bool:
    return bool(case.held.protection_plans)


def _died(_: ChildInNeedEpisode, __: Case, record: Record) -> bool:
    return record.died_on is not None


@of_case("8568", "the sender has to say whether the referral led to further action", "ReferralNFA")
def _says_nothing_of_action(episode: ChildInNeedEpisode, _: Case, __: Record) -> bool:
    return episode.is_no_further_action is None


@of_case("8866", "the sender has to give a source of the referral of the list", "ReferralSource")
def _has_no_source(episode: ChildInNeedEpisode, _: Case, __: Record) -> bool:
    return episode.referral_source is None


@of_case(
    "8610",
    "the sender has to give the primary need: the referral went on",
    _NEED,
    when=_has_no_known_need,
)
def _has_no_need(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    return episode.is_no_further_action is False and not stands(case.tree, _NEED)


@of_case(
    "8650", "the sender has to give a primary need of the list", _NEED, when=_has_no_known_need
)
def _has_an_odd_need(_: ChildInNeedEpisode, case: Case, __: Record) -> bool:
    return stands(case.tree, _NEED)


@of_case(
    "8640", "the sender has to give a reason for closure of the list", _REASON, when=_gives_a_reason
)
def _has_an_odd_reason(episode: ChildInNeedEpisode, _: Case, __: Record) -> bool:
    return episode.closure_reason is None


@of_case("8805", "the sender has to give the reason for the closure", _REASON, when=_is_closed)
def _closes_for_no_reason(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    return episode.closed_on is not None and not stands(case.tree, _REASON)


@of_case("8810", "the sender has to give the date of the closure", _CLOSURE, when=_gives_a_reason)
def _has_a_reason_and_no_date(episode: ChildInNeedEpisode, _: Case, __: Record) -> bool:
    return episode.closed_on is None


@of_case(
    "8620",
    "the sender has to check the closure: it is not in the census year",
    _CLOSURE,
    when=_is_closed,
)
def _closes_elsewhen(episode: ChildInNeedEpisode, _: Case, record: Record) -> bool:
    closed_on = episode.closed_on
    return closed_on is not None and not is_within(closed_on, record.period)


@of_case(
    "8630",
    "the sender has to check the closure: it is before the referral",
    _CLOSURE,
    when=_is_closed,
)
def _closes_before_it_begins(episode: ChildInNeedEpisode, _: Case, __: Record) -> bool:
    return episode.closed_on is not None and episode.closed_on < episode.referred_on


@of_case(
    "8555Q",
    "the sender has to check the referral: the child had died",
    "CINreferralDate",
    when=_died,
)
def _is_referred_after_death(episode: ChildInNeedEpisode, _: Case, record: Record) -> bool:
    return record.died_on is not None and episode.referred_on > record.died_on


@of_case("8606", "the sender has to check the referral: it is long before birth", "CINreferralDate")
def _is_referred_too_early(episode: ChildInNeedEpisode, _: Case, record: Record) -> bool:
    born_on = record.born_on or record.expected_on
    return born_on is not None and episode.referred_on < born_on - _LONGEST_PREGNANCY


@of_case(
    "8585Q",
    "the sender has to give the date on which the child died",
    _REASON,
    when=_has_a_reason,
)
def _closes_by_death_alone(episode: ChildInNeedEpisode, _: Case, record: Record) -> bool:
    return _reason(episode) == "RC2" and record.died_on is None


@of_case(
    "1104",
    "the sender has to check the conference: it is before the referral",
    "DateOfInitialCPC",
    when=_conferred,
)
def _confers_before_referral(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    referred_on = episode.referred_on
    return any(day < referred_on for day in case.conferences)


@of_case(
    "8715",
    "the sender has to check the conference: not in the census year",
    "DateOfInitialCPC",
    when=_conferred,
)
def _confers_elsewhen(_: ChildInNeedEpisode, case: Case, record: Record) -> bool:
    return any(not is_within(day, record.period) for day in case.conferences)


@of_case(
    "8875",
    "the sender has to check the conference: it is on a weekend",
    "DateOfInitialCPC",
    when=_conferred,
)
def _confers_on_a_weekend(_: ChildInNeedEpisode, case: Case, __: Record) -> bool:
    return any(is_weekend(day) for day in case.conferences)


@of_case(
    "2884",
    "the sender has to give the conference once: with the enquiry",
    "DateOfInitialCPC",
    when=_conferred,
)
def _confers_twice(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    at_episode = episode.initial_conference_on
    return at_episode is not None and any(
        one.conference_on == at_episode for one in case.held.enquiries
    )


@of_case(
    "2885",
    "the sender has to check the protection plan: it starts on the conference's day",
    "ChildProtectionPlans",
    when=_protected,
)
def _protects_from_another_day(_: ChildInNeedEpisode, case: Case, record: Record) -> bool:
    return any(
        is_within(plan.started_on, record.period) and plan.started_on not in case.conferences
        for plan in case.held.protection_plans
    )


@of_case(
    "4000",
    "the sender has to remove the plan: the referral led to no further action",
    "CINPlanDates",
    when=_led_to_nothing,
)
def _plans_without_action(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    return bool(case.held.plans) and episode.is_no_further_action is True


@of_case(
    "8832",
    "the sender has to remove the protection plan: there was no further action",
    "ChildProtectionPlans",
    when=_led_to_nothing,
)
def _protects_without_action(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    return bool(case.held.protection_plans) and episode.is_no_further_action is True


@of_case(
    "8831",
    "the sender has to remove what followed: there was no further action",
    "ReferralNFA",
    when=_led_to_nothing,
)
def _acts_without_action(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    if episode.is_no_further_action is not True:
        return False
    held = case.held
    parts = held.assessments, held.enquiries, held.plans, held.protection_plans
    return any(parts) or episode.initial_conference_on is not None


@of_case(
    "8565",
    "the sender has to check the dates: something happened after closure",
    _CLOSURE,
    when=_is_closed,
)
def _acts_after_closure(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    closed_on = episode.closed_on
    return closed_on is not None and any(day > closed_on for day in _days(case))


@of_case(
    "8867",
    "the sender has to complete the assessment: the case is closed",
    "Assessments",
    when=_is_closed,
)
def _closes_amid_assessment(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    return episode.closed_on is not None and any(
        one.authorised_on is None for one in case.held.assessments
    )


@of_case(
    "8868",
    "the sender has to complete the enquiry: the case is closed",
    "Section47",
    when=_is_closed,
)
def _closes_amid_enquiry(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    return episode.closed_on is not None and any(
        one.conference_on is None and not one.is_conference_not_required
        for one in case.held.enquiries
    )


@of_case(
    "2990",
    "the sender has to check the reason: more followed than an assessment",
    _REASON,
    when=_has_a_reason,
)
def _closes_after_more_than_assessment(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    if _reason(episode) not in _AFTER_ASSESSMENT:
        return False
    held = case.held
    followed = held.enquiries, held.plans, held.protection_plans
    return any(followed) or episode.initial_conference_on is not None


@of_case(
    "8825Q",
    "the sender has to give the assessment after which the case was closed",
    _REASON,
    when=_has_a_reason,
)
def _closes_after_no_assessment(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    return _reason(episode) in _AFTER_ASSESSMENT and not case.held.assessments


@of_case(
    "8873Q",
    "the sender has to check the reason: no factor was found, and it is not RC8",
    _REASON,
    when=_is_closed,
)
def _closes_for_another_reason(episode: ChildInNeedEpisode, case: Case, _: Record) -> bool:
    if episode.closed_on is None or len(case.held.assessments) != 1:
        return False
    only = case.held.assessments[0]
    found_none = only.authorised_on and [one.code for one in only.factors] == ["21"]
    return bool(found_none) and _reason(episode) not in _AFTER_ASSESSMENT


@of_case(
    "2991Q",
    "the sender has to give the assessment that went with the enquiry",
    "Section47",
    when=_enquired,
)
def _enquires_without_assessment(_: ChildInNeedEpisode, case: Case, __: Record) -> bool:
    return bool(case.held.enquiries) and not case.held.assessments


@of_case(
    "8839",
    "the sender has to complete all enquiries of an episode but one",
    "Section47",
    when=_enquired,
)
def _has_two_open_enquiries(_: ChildInNeedEpisode, case: Case, __: Record) -> bool:
    still_open = [
        one
        for one in case.held.enquiries
        if one.conference_on is None and not one.is_conference_not_required
    ]
    return len(still_open) > 1


@of_case(
    "8896",
    "the sender has to complete all assessments of an episode but one",
    "Assessments",
    when=_assessed_twice,
)
def _has_two_open_assessments(_: ChildInNeedEpisode, case: Case, __: Record) -> bool:
    return sum(one.authorised_on is None for one in case.held.assessments) > 1


def _reason(episode: ChildInNeedEpisode) -> str | None:
    reason = episode.closure_reason
    return reason.code if reason else None


def _days(case: Case) -> Iterator[date]:
    """Yield the days on which anything of the episode happened."""
    yield from case.conferences
    for one in case.held.assessments:
        yield from filter(None, (one.started_on, one.authorised_on))
    for enquiry in case.held.enquiries:
        yield from filter(None, (enquiry.started_on,))
    for plan in case.held.plans:
        yield from filter(None, (plan.started_on, plan.ended_on))
    for protection in case.held.protection_plans:
        yield from filter(None, (protection.started_on, protection.ended_on))
