"""What a local authority does for a child in need: the episode, and all that belongs to one.

    ChildInNeedEpisode          from a referral to its closure
      SocialCareAssessment      with the factors that were found
      ChildInNeedPlan
      Section47Enquiry          Children Act 1989, s47
      ChildProtectionPlan       with its reviews
      PreProceedings            before care proceedings, and family group decision making

Each part names the episode that it belongs to by the id of that item. The words are those of the
children in need census (Department for Education); the codes are its own.
"""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mappings.caf.items import Coding, Item

Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]  # an integer of FHIR, and of most databases


class ChildInNeedEpisode(Item, frozen=True, kw_only=True, omit_defaults=True):
    """One episode of need: from the referral, by whom and why, to its closure.

    *initial_conference_on* is the initial child protection conference of an episode that had no
    section 47 enquiry. A referral that *is_no_further_action* led to nothing after it.
    """

    referred_on: date
    referral_source: Coding | None = None
    primary_need: Coding | None = None
    is_no_further_action: bool | None = None
    initial_conference_on: date | None = None
    closed_on: date | None = None
    closure_reason: Coding | None = None


class EpisodePart(Item, frozen=True, kw_only=True, omit_defaults=True):
    """What belongs to an episode: *episode* is the id of that item in this assessment.

    It is None where a reader may not see the episode.
    """

    episode: str | None = None


class SocialCareAssessment(EpisodePart, frozen=True, kw_only=True, omit_defaults=True):
    """A social worker's assessment: when, and which *factors* were found in child, parent, other.

    *reviewed_on* is the internal review date, *authorised_on* the day that ended it.
    """

    started_on: date
    reviewed_on: date | None = None
    authorised_on: date | None = None
    factors: tuple[Coding, ...] = ()


class ChildInNeedPlan(EpisodePart, frozen=True, kw_only=True, omit_defaults=True):
    """A child in need plan, open until *ended_on*."""

    started_on: date
    ended_on: date | None = None


class Section47Enquiry(EpisodePart, frozen=True, kw_only=True, omit_defaults=True):
    """An enquiry whether a child suffers significant harm, and the conference that followed.

    *conference_due_on* is the day by which the initial child protection conference had to be held.
    """

    started_on: date | None = None
    conference_due_on: date | None = None
    conference_on: date | None = None
    is_conference_not_required: bool | None = None


class ChildProtectionPlan(EpisodePart, frozen=True, kw_only=True, omit_defaults=True):
    """A child protection plan: its category of abuse first and last, and when it was reviewed."""

    started_on: date
    ended_on: date | None = None
    initial_category: Coding | None = None
    latest_category: Coding | None = None
    previous_plans: Count | None = None
    reviewed_on: tuple[date, ...] = ()


class PreProceedings(EpisodePart, frozen=True, kw_only=True, omit_defaults=True):
    """What came before care proceedings: letters, meetings, and the decision.

    The family meeting is one of family group decision making.
    """

    started_on: date | None = None
    letter_sent_on: date | None = None
    is_family_meeting_offered: bool | None = None
    is_family_meeting_held: bool | None = None
    first_meeting_on: date | None = None
    review_meetings: Count | None = None
    decided_on: date | None = None
    outcome: Coding | None = None
    court_application_on: date | None = None
    conference_letter_on: date | None = None
