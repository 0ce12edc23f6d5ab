"""Rules about a whole child: who it is, and how its episodes go together."""

from datetime import date, timedelta

from adapters.social_care.cin_rules.rule import (
    Record,
    age_on,
    is_within,
    of_child,
    overlap,
)
from mappings.cin.children import EPISODE

_SEX_SINCE = 2025
_UPN_LENGTH = 13
_CHECKED = "ABCDEFGHJKLMNPQRTUVWXYZ"
_OLDEST = 25
_WHO = "ChildIdentifiers"
_UPN = f"{_WHO}/UPN"


def _has_no_sound_id(record: Record) -> bool:
    found = record.identifiers.get("la-child-id")
    return found is None or not found.is_valid


def _has_an_odd_upn(record: Record) -> bool:
    found = record.identifiers.get("upn")
    return found is not None and not found.is_valid


def _died(record: Record) -> bool:
    return record.died_on is not None


def _is_expected(record: Record) -> bool:
    return record.expected_on is not None


def _has_episodes(record: Record) -> bool:
    return len(record.cases) > 1


def _has_plans(record: Record) -> bool:
    return len(record.held.plans) > 1


def _has_protection_plans(record: Record) -> bool:
    return len(record.held.protection_plans) > 1


def _is_in_both(record: Record) -> bool:
    return bool(record.held.plans and record.held.protection_plans)


def _has_disabilities(record: Record) -> bool:
    return len(record.child.disabilities) > 1


@of_child(
    "8500", "the sender has to give the child's local identifier", _WHO, when=_has_no_sound_id
)
def _has_no_id(record: Record) -> bool:
    return "la-child-id" not in record.identifiers


@of_child(
    "1570",
    "the sender has to shorten the local identifier to 20 characters",
    _WHO,
    when=_has_no_sound_id,
)
def _has_a_long_id(record: Record) -> bool:
    return len(record.identifier("la-child-id") or "") > 20  # noqa: PLR2004 - of the rule


@of_child(
    "1580",
    "the sender has to use letters and digits alone in the local identifier",
    _WHO,
    when=_has_no_sound_id,
)
def _has_an_odd_id(record: Record) -> bool:
    found = record.identifier("la-child-id")
    return found is not None and not (found.isalnum() and found.isascii())


@of_child(
    "1510", "the sender has to check the UPN: its check letter is wrong", _UPN, when=_has_an_odd_upn
)
def _has_a_wrong_check_letter(record: Record) -> bool:
    upn = record.identifiers["upn"].value
    return _is_upn_of_digits(upn)


@of_child(
    "1540",
    "the sender has to check the UPN: characters 5 to 12 have to be digits",
    _UPN,
    when=_has_an_odd_upn,
)
def _has_no_digits(record: Record) -> bool:
    upn = record.identifiers["upn"].value
    return not upn[4:12].isdecimal()


@of_child(
    "1550",
    "the sender has to check the UPN: its last character is not of the list",
    _UPN,
    when=_has_an_odd_upn,
)
def _has_an_odd_end(record: Record) -> bool:
    upn = record.identifiers["upn"].value
    return not (upn[12:].isdecimal() or upn[12:] in set(_CHECKED))


@of_child(
    "1530",
    "the sender has to check the UPN: its authority is not a number",
    _UPN,
    when=_has_an_odd_upn,
)
def _has_no_authority(record: Record) -> bool:
    upn = record.identifiers["upn"].value
    return not upn[1:4].isdecimal()


@of_child("1560Q", "the sender has to check the former UPN: it is not of its format", _WHO)
def _has_an_odd_former_upn(record: Record) -> bool:
    upn = record.identifier("former-upn")
    return upn is not None and not (
        len(upn) == _UPN_LENGTH
        and upn[:1].isalpha()
        and upn[1:12].isdecimal()
        and upn[12:].isalnum()
    )


@of_child("8770Q", "the sender has to give a UPN, or why there is none, for a school child", _WHO)
def _has_no_upn(record: Record) -> bool:
    if "upn" in record.identifiers or not record.is_of_school_age:
        return False
    return (record.identifier("upn-unknown") or "UN1") == "UN1"


@of_child("8772", "the sender has to say another reason for no UPN: the case went on", _WHO)
def _went_on_without_upn(record: Record) -> bool:
    if record.identifier("upn-unknown") != "UN7":
        return False
    return any(one.episode and not one.episode.is_no_further_action for one in record.cases)


@of_child("8525Q", "the sender has to give a date of birth or an expected one, not both", _WHO)
def _is_born_and_expected(record: Record) -> bool:
    return (record.born_on is None) == (record.expected_on is None)


@of_child("8520", "the sender has to check the date of birth: it is after the census year", _WHO)
def _is_born_later(record: Record) -> bool:
    return record.born_on is not None and record.born_on > record.period.end


@of_child(
    "8530Q",
    "the sender has to check when the child is expected: not in these months",
    _WHO,
    when=_is_expected,
)
def _is_expected_elsewhen(record: Record) -> bool:
    if record.expected_on is None:
        return False
    year = record.year
    return not date(year, 3, 1) <= record.expected_on <= date(year, 12, 31)


@of_child("8775Q", "the sender has to check the date of birth: the child is over 25", _WHO)
def _is_no_child(record: Record) -> bool:
    return record.born_on is not None and age_on(record.period.end, record.born_on) > _OLDEST


@of_child(
    "8535Q",
    "the sender has to check the dates: the child died before it was born",
    _WHO,
    when=_died,
)
def _died_before_birth(record: Record) -> bool:
    return None not in {record.born_on, record.died_on} and record.died_on < record.born_on  # type: ignore[operator]  # both known


@of_child(
    "8545Q", "the sender has to check the date of death: not in the census year", _WHO, when=_died
)
def _died_elsewhen(record: Record) -> bool:
    return record.died_on is not None and not is_within(record.died_on, record.period)


@of_child("4180", "the sender has to give the child's sex as M, F or U", f"{_WHO}/Sex")
def _has_no_sex(record: Record) -> bool:
    return record.year >= _SEX_SINCE and not record.child.sex


@of_child(
    "8750",
    "the sender has to give the sex of an unborn child as U",
    f"{_WHO}/Sex",
    when=_is_expected,
)
def _is_unborn_with_a_sex(record: Record) -> bool:
    if record.year < _SEX_SINCE or record.expected_on is None or record.born_on is not None:
        return False
    return any(one.code != "unknown" for sex in record.child.sex for one in sex.codes)


@of_child("4220", "the sender has to give an ethnicity of the list", "ChildCharacteristics")
def _has_no_ethnicity(record: Record) -> bool:
    return not record.child.ethnicity


@of_child(
    "8540", "the sender has to give a disability of the list, or none", "ChildCharacteristics"
)
def _has_no_disability(record: Record) -> bool:
    return not record.child.disabilities


@of_child(
    "8790",
    "the sender has to give no disability, or some: not both",
    "ChildCharacteristics",
    when=_has_disabilities,
)
def _has_none_and_some(record: Record) -> bool:
    return "NONE" in _disabilities(record)


@of_child(
    "8794",
    "the sender has to give each disability once",
    "ChildCharacteristics",
    when=_has_disabilities,
)
def _has_one_twice(record: Record) -> bool:
    given = _disabilities(record)
    return len(set(given)) < len(given)


@of_child("8590", "the sender has to give an episode of the child")
def _has_no_episode(record: Record) -> bool:
    return not record.cases


@of_child(
    "8600", "the sender has to give the date of a referral, not after the census year", EPISODE
)
def _was_never_referred(record: Record) -> bool:
    last = record.period.end
    return any(one.episode is None or one.episode.referred_on > last for one in record.cases)


@of_child(
    "8820",
    "the sender has to check the episodes of the child: two overlap",
    EPISODE,
    when=_has_episodes,
)
def _overlaps(record: Record) -> bool:
    episodes = [one.episode for one in record.cases if one.episode]
    going_on = [one for one in episodes if one.closed_on or not one.is_no_further_action]
    return overlap([(one.referred_on, one.closed_on) for one in going_on])


@of_child(
    "8815", "the sender has to close all episodes of a child but one", EPISODE, when=_has_episodes
)
def _has_two_open_episodes(record: Record) -> bool:
    still_open = [one.episode for one in record.cases if one.episode and not one.episode.closed_on]
    return sum(not one.is_no_further_action for one in still_open) > 1


@of_child(
    "8816",
    "the sender has to close an episode that a later one follows",
    EPISODE,
    when=_has_episodes,
)
def _is_open_before_the_latest(record: Record) -> bool:
    episodes = [one.episode for one in record.cases if one.episode]
    latest = max((one.referred_on for one in episodes), default=None)
    return any(
        not one.closed_on and not one.is_no_further_action and one.referred_on != latest
        for one in episodes
    )


@of_child(
    "4001",
    "the sender has to end the child in need plan: a protection plan is open",
    EPISODE,
    when=_is_in_both,
)
def _has_both_plans_open(record: Record) -> bool:
    return any(
        any(not plan.ended_on for plan in one.held.plans)
        and any(not plan.ended_on for plan in one.held.protection_plans)
        for one in record.cases
    )


@of_child(
    "4016",
    "the sender has to check the plans: one in need starts within one of protection",
    EPISODE,
    when=_is_in_both,
)
def _plan_starts_within_protection(record: Record) -> bool:
    return any(
        protection.started_on <= plan.started_on < (protection.ended_on or _after(record))
        for protection in record.held.protection_plans
        for plan in record.held.plans
    )


@of_child(
    "4017",
    "the sender has to check the plans: one of protection starts within one in need",
    EPISODE,
    when=_is_in_both,
)
def _protection_starts_within_plan(record: Record) -> bool:
    return any(
        plan.started_on <= protection.started_on < (plan.ended_on or _after(record))
        for protection in record.held.protection_plans
        for plan in record.held.plans
    )


@of_child(
    "8935",
    "the sender has to end all child protection plans of a child but one",
    EPISODE,
    when=_has_protection_plans,
)
def _has_two_protection_plans(record: Record) -> bool:
    plans = record.held.protection_plans
    return sum(not plan.ended_on for plan in plans) > 1


@of_child(
    "8940",
    "the sender has to check the child protection plans: two overlap",
    EPISODE,
    when=_has_protection_plans,
)
def _overlaps_in_protection(record: Record) -> bool:
    plans = record.held.protection_plans
    return overlap([(plan.started_on, plan.ended_on) for plan in plans])


@of_child(
    "4004",
    "the sender has to end all child in need plans of a child but one",
    EPISODE,
    when=_has_plans,
)
def _has_two_plans(record: Record) -> bool:
    plans = record.held.plans
    return sum(not plan.ended_on for plan in plans) > 1


@of_child(
    "4014",
    "the sender has to check the child in need plans: two overlap",
    EPISODE,
    when=_has_plans,
)
def _overlaps_in_need(record: Record) -> bool:
    plans = record.held.plans
    return overlap([(plan.started_on, plan.ended_on) for plan in plans])


def _after(record: Record) -> date:
    return record.period.end + timedelta(days=1)


def _disabilities(record: Record) -> list[str]:
    return [one.code for held in record.child.disabilities for one in held.codes]


def _is_upn_of_digits(upn: str) -> bool:
    is_whole = len(upn) == _UPN_LENGTH and upn[1:12].isdecimal()
    return is_whole and (upn[12].isdecimal() or upn[12] in _CHECKED)
