"""Items of a child whom a local authority looks after: the facts of its annual return.

    episodes · placements      why and how the child is looked after · where, which is an address
    reviews · missing · deprivations_of_liberty · social_workers
    health_checks · difficulties · substance_misuse · convictions · parenthood
    leaving_care               a young person who has left care
    adoptions · placed_for_adoption · previous_permanence
    asylum_seeking

One occasion is several items where its parts are of different kinds of information: an episode of
care may be told to somebody who must not learn where the child lives. `began_on` joins them.
Codes are those of the SSDA903 return (Children Act 1989, section 83).
"""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mappings.caf.items import Coding, Item

DifficultiesScore = Annotated[int, Meta(ge=0, le=40)]
Adopters = Annotated[int, Meta(ge=1, le=2)]


class CareEpisode(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A time under one legal status in one placement; it ends where either changes.

    *ended_on* and *reason_ended* are absent while it lasts; *reason_placement_changed* says why
    the placement ended with it.
    """

    began_on: date
    reason_begun: Coding | None = None
    legal_status: Coding | None = None
    need: Coding | None = None
    placement: Coding | None = None
    provider: Coding | None = None
    ended_on: date | None = None
    reason_ended: Coding | None = None
    reason_placement_changed: Coding | None = None


class PlacementAddress(Item, frozen=True, kw_only=True, omit_defaults=True):
    """Where the child lived before and in the episode of care that *began_on* a day.

    *provider_urn* is Ofsted's number of a children's home or agency: it leads to the address.
    """

    began_on: date
    home_postcode: str | None = None
    placement_postcode: str | None = None
    provider_urn: str | None = None


class CareReview(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A statutory review of a looked-after child, and how the child took part in it."""

    held_on: date
    participation: Coding | None = None


class MissingEpisode(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A time missing from care, or away from placement without authorisation (*kind*)."""

    began_on: date
    kind: Coding | None = None
    ended_on: date | None = None


class DeprivationOfLiberty(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A time under an order of the High Court that deprives a child of liberty."""

    began_on: date
    ended_on: date | None = None


class SocialWorkerEpisode(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A time with one social worker, by registration number, and why it began."""

    worker: str
    began_on: date | None = None
    ended_on: date | None = None
    reason: Coding | None = None


class HealthChecks(Item, frozen=True, kw_only=True, omit_defaults=True):
    """Which health checks of a looked-after child are up to date at the end of the year."""

    is_checked: bool | None = None
    is_immunised: bool | None = None
    is_seen_by_dentist: bool | None = None
    is_assessed: bool | None = None


class Difficulties(Item, frozen=True, kw_only=True, omit_defaults=True):
    """The score (0-40) of the Strengths and Difficulties Questionnaire, or why there is none."""

    score: DifficultiesScore | None = None
    why_absent: Coding | None = None


class SubstanceMisuse(Item, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a substance misuse problem was identified in the year, and what was done."""

    is_identified: bool | None = None
    is_intervention_received: bool | None = None
    is_intervention_offered: bool | None = None


class Conviction(Item, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a looked-after child was convicted, or cautioned, in the year."""

    is_convicted: bool


class Parenthood(Item, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a looked-after young person is a mother, and when her first child was born."""

    is_mother: bool | None = None
    child_born_on: date | None = None


class CareLeaver(Item, frozen=True, kw_only=True, omit_defaults=True):
    """How a young person who left care lives at a birthday: in touch, activity, accommodation."""

    in_touch: Coding | None = None
    activity: Coding | None = None
    accommodation: Coding | None = None


class Adoption(Item, frozen=True, kw_only=True, omit_defaults=True):
    """The adoption of a looked-after child: the decision, the match, and by whom."""

    decided_on: date | None = None
    matched_on: date | None = None
    is_by_foster_carer: bool | None = None
    adopters: Adopters | None = None
    sexes_of_adopters: Coding | None = None
    status_of_adopters: Coding | None = None


class PlacedForAdoption(Item, frozen=True, kw_only=True, omit_defaults=True):
    """The decision that a child should be placed for adoption, and its reversal."""

    decided_on: date | None = None
    ceased_on: date | None = None
    reason_ceased: Coding | None = None


class PreviousPermanence(Item, frozen=True, kw_only=True, omit_defaults=True):
    """How a child who is looked after again had left care for a permanent home.

    *authority* arranged it; *ordered* is the day of the order as far as it is known: a year, a
    year and a month, or a date, in ISO 8601.
    """

    option: Coding | None = None
    authority: str | None = None
    ordered: str | None = None


class AsylumSeeking(Item, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a child is an unaccompanied asylum seeker, and since when no longer."""

    is_unaccompanied: bool | None = None
    ceased_on: date | None = None
