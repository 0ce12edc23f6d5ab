"""Items: everything that is said in an assessment, with whom it is about and where it came from.

An item is the smallest thing that is released or withheld. A statement is the item of the three
domains; a name, a carer, an action, a consent statement are items too, so that one procedure
(`mappings.caf.view.project`) decides about all of them and nothing escapes it.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from mappings.caf.categories import Category
from mappings.caf.vocabulary import (
    AddressUse,
    AssessmentOutcome,
    CaseRole,
    ChecklistAnswer,
    ChecklistQuestion,
    ChildRight,
    ClosureReason,
    ConsentAnswer,
    ConsentManner,
    ContactKind,
    ECMOutcome,
    FamilyRefusal,
    KindOfHelp,
    NameUse,
    ParentalResponsibility,
    RequirementKind,
    ReviewKind,
    ReviewResult,
    ServiceClass,
    Stage,
    StorageAnswer,
)

Moment = Annotated[datetime, Meta(tz=True)]
LevelOfNeed = Annotated[int, Meta(ge=1, le=4)]
Scale = Annotated[int, Meta(ge=0, le=10)]


class AboutWhom(StrEnum):
    """Whom an item is about; a person's place in it decides further policy categories."""

    CHILD = "child"
    PARENT_OR_CARER = "parent-or-carer"
    SIBLING = "sibling"
    PRACTITIONER = "practitioner"
    OTHER_PERSON = "other-person"


class About(Struct, frozen=True, gc=False, omit_defaults=True):
    """One person whom an item is about; *person* is that person's item id in this assessment."""

    whom: AboutWhom
    person: str | None = None


class Source(Struct, frozen=True, gc=False, omit_defaults=True):
    """Where an item came from: the received record (by a keyed digest, hex) and the place in it."""

    record: str
    place: str


class Coding(Struct, frozen=True, gc=False, omit_defaults=True):
    """A coded value: *system* is a URI, as in FHIR."""

    system: str
    code: str
    display: str | None = None


class Reduction(Struct, frozen=True):
    """What `redact` leaves of an item: only what was made to be shared (design section 3).

    *code_systems* names the systems whose codes stay (None: all of them).
    """

    keep_summary: bool = True
    code_systems: frozenset[str] | None = None
    keep_relationship: bool = False


class Item(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What every item carries: an opaque id, whom it is about, its labels, its holder, its source.

    *labels* are policy categories that the source itself gave it; *holder* is the id of the
    service that it came from; *recorded_at* is when it was said or written, aware UTC.

    An item holds values alone, never what could hold it: so the garbage collector need not look.
    """

    id: str = ""
    about: tuple[About, ...] = ()
    labels: tuple[Category, ...] = ()
    holder: str | None = None
    source: Source | None = None
    recorded_at: Moment | None = None

    def reduced(self, reduction: Reduction) -> "Item | None":  # noqa: ARG002 - subclasses use it
        """Return the reduced form, or None where nothing of the item was made to be shared."""
        return None

    def told_to(self, names: frozenset[str]) -> "Item":  # noqa: ARG002 - subclasses use it
        """Return what a reader with these *names* is told of the item: as a rule, all of it."""
        return self


def _kept(codes: tuple[Coding, ...], reduction: Reduction) -> tuple[Coding, ...]:
    if reduction.code_systems is None:
        return codes
    return tuple(code for code in codes if code.system in reduction.code_systems)


class Kind(StrEnum):
    """What a statement says of its element; *not assessed* is not *no concern*."""

    STRENGTH = "strength"
    NEED = "need"
    CONTEXT = "context"
    NO_CONCERN = "no-concern"
    NOT_ASSESSED = "not-assessed"


class Nature(StrEnum):
    """Whether a statement is a fact, an opinion or an allegation."""

    FACT = "fact"
    OPINION = "opinion"
    ALLEGATION = "allegation"


class Statement(Item, frozen=True, kw_only=True, omit_defaults=True):
    """One thing said in an element.

    *summary* is the shareable summary that its author wrote; *level_of_need* (1-4) belongs to
    each need, never to the child; *scale* (0-10) is how things stood when it was asked, an
    observation and no level; *outcomes* and *rights* are codes of the two outcome lists.
    """

    text: str | None = None
    summary: str | None = None
    codes: tuple[Coding, ...] = ()
    kind: Kind = Kind.CONTEXT
    nature: Nature = Nature.OPINION
    level_of_need: LevelOfNeed | None = None
    scale: Scale | None = None
    said_by: About | None = None
    outcomes: tuple[ECMOutcome, ...] = ()
    rights: tuple[ChildRight, ...] = ()

    def reduced(self, reduction: Reduction) -> "Statement | None":
        """Return only the coded values and the shareable summary; None where there are neither.

        >>> said = Statement(id="s1", text="what a neighbour told", summary="family under strain")
        >>> said.reduced(Reduction()).text is None
        True
        >>> Statement(id="s2", text="told in confidence").reduced(Reduction()) is None
        True
        """
        summary = self.summary if reduction.keep_summary else None
        codes = _kept(self.codes, reduction)
        if summary is None and not codes:
            return None
        return Statement(
            id=self.id,
            holder=self.holder,
            recorded_at=self.recorded_at,
            summary=summary,
            codes=codes,
            kind=self.kind,
            level_of_need=self.level_of_need,
        )


class Name(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A name, and what it is to the child."""

    text: str
    family: str | None = None
    given: tuple[str, ...] = ()
    use: NameUse = NameUse.USUAL


class Birth(Item, frozen=True, kw_only=True, omit_defaults=True):
    """Born on, or for an unborn child expected on; and died on."""

    born_on: date | None = None
    expected_on: date | None = None
    died_on: date | None = None


class Identifier(Item, frozen=True, kw_only=True, omit_defaults=True):
    """An identifier in a scheme (`mappings.caf.identifiers.Scheme`); invalid ones never match."""

    scheme: str
    value: str
    is_valid: bool = True
    is_verified: bool = False


class Coded(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A coded characteristic with its text: sex, ethnicity, religion, language, status."""

    codes: tuple[Coding, ...] = ()
    text: str | None = None

    def reduced(self, reduction: Reduction) -> "Coded | None":
        """Return the codes alone."""
        codes = _kept(self.codes, reduction)
        return Coded(id=self.id, holder=self.holder, codes=codes) if codes else None


class Address(Item, frozen=True, kw_only=True, omit_defaults=True):
    """Where somebody lives or may be found; *uprn* has no check digit."""

    lines: tuple[str, ...] = ()
    town: str | None = None
    postcode: str | None = None
    uprn: str | None = None
    use: AddressUse = AddressUse.HOME


class ContactPoint(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A telephone number or e-mail address."""

    kind: ContactKind
    value: str


class Person(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A parent, carer, sibling or other member of the family or household."""

    name: str | None = None
    relationship: Coding | None = None
    relationship_text: str | None = None
    parental_responsibility: ParentalResponsibility = ParentalResponsibility.UNKNOWN
    lives_with_child: bool | None = None
    born_on: date | None = None
    address: str | None = None
    phone: str | None = None
    first_language: Coding | None = None

    def reduced(self, reduction: Reduction) -> "Person | None":
        """Return the relationship without name, birth date, address or telephone number."""
        if not reduction.keep_relationship or self.relationship is None:
            return None
        return Person(id=self.id, holder=self.holder, relationship=self.relationship)


class ServiceInvolved(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A service that works with the child, or a practitioner of it and the capacity they act in.

    *role* is the part taken in the case; *occupation* what the person is by trade; *capacity*
    says for which employer a person acts, where they have two.
    """

    name: str
    role: CaseRole | None = None
    occupation: Coding | None = None
    organisation: str | None = None
    service: str | None = None
    service_class: ServiceClass | None = None
    capacity: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    period_start: date | None = None
    period_end: date | None = None


class Requirement(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A special requirement of the child or a carer: whether it is needed, whether arranged."""

    kind: RequirementKind = RequirementKind.OTHER
    text: str | None = None
    is_needed: bool | None = None
    is_arranged: bool | None = None


class Enquiry(Item, frozen=True, kw_only=True, omit_defaults=True):
    """The enquiry whether a CAF is already there: whether made, when, and what was found."""

    is_made: bool
    made_on: date | None = None
    found: str | None = None


class ChildView(Item, frozen=True, kw_only=True, omit_defaults=True):
    """The child's own words at one *stage*, or how they were sought, or why they are absent."""

    stage: Stage = Stage.ASSESSMENT
    words: str | None = None
    how_sought: str | None = None
    why_absent: str | None = None


class Conclusion(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A conclusion with its evidence: the ids of the statements that it rests on."""

    text: str
    evidence: tuple[str, ...] = ()
    outcome: AssessmentOutcome | None = None


class Dissent(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A difference of opinion on a conclusion; it travels with that conclusion."""

    on: str
    by: About
    text: str


class Comment(Item, frozen=True, kw_only=True, omit_defaults=True):
    """What a parent, carer or other person said of the assessment, the plan or a review."""

    by: About
    text: str
    stage: Stage = Stage.ASSESSMENT


class Goal(Item, frozen=True, kw_only=True, omit_defaults=True):
    """How all will know that things have improved."""

    text: str
    outcomes: tuple[ECMOutcome, ...] = ()
    rights: tuple[ChildRight, ...] = ()
    review_on: date | None = None


class Action(Item, frozen=True, kw_only=True, omit_defaults=True):
    """An agreed action: the person who does it, and the service that owes it."""

    text: str
    who: str | None = None
    owed_by: str | None = None
    by_when: date | None = None
    desired_outcome: str | None = None
    outcomes: tuple[ECMOutcome, ...] = ()
    rights: tuple[ChildRight, ...] = ()
    kind_of_help: KindOfHelp | None = None
    progress: str | None = None
    done_on: date | None = None


class Review(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A review of the plan: agreed for *due_on*, held on *reviewed_on* (None: not yet held)."""

    due_on: date | None = None
    reviewed_on: date | None = None
    kind: ReviewKind | None = None
    result: ReviewResult | None = None
    present: tuple[str, ...] = ()
    next_steps: str | None = None
    next_review_on: date | None = None
    notes: str | None = None


class Closure(Item, frozen=True, kw_only=True, omit_defaults=True):
    """The end of an episode, with its reason."""

    closed_on: date
    reason: ClosureReason
    notes: str | None = None


class NotActing(Item, frozen=True, kw_only=True, omit_defaults=True):
    """A decision not to act: a record, with its reason and the date to look again."""

    reason: str
    decided_by: str | None = None
    review_on: date | None = None


class Checklist(Item, frozen=True, kw_only=True, omit_defaults=True):
    """The pre-assessment checklist: private to its author until it is agreed."""

    answers: tuple[tuple[ChecklistQuestion, ChecklistAnswer], ...] = ()
    additional_needs: str | None = None
    can_provide: str | None = None
    assessment_needed: str | None = None
    completed_by: str | None = None
    completed_on: date | None = None
    is_agreed: bool = False


class Refusal(Struct, frozen=True, omit_defaults=True):
    """One of the three things that a family can refuse, each with a next step and a date."""

    of: FamilyRefusal
    next_step: str | None = None
    ask_again_on: date | None = None


class Signature(Struct, frozen=True, omit_defaults=True):
    """Who signed a consent statement (the child, a parent or carer, the assessor), and when."""

    by: About
    signed_on: date | None = None


class Exclusion(Struct, frozen=True, omit_defaults=True):
    """What is not to go to some: "not my health to the school"; services named as in consent."""

    services: tuple[str, ...]
    categories: tuple[Category, ...]


class ConsentStatement(Item, frozen=True, kw_only=True, omit_defaults=True):
    """One grantor's statement: what is stored, what is shared, with whom, except whom.

    *grantor* is the child or a person with parental responsibility; *may_store* is an answer of
    its own, apart from *sharing*. *services* and *except_services* are ids of services or
    service types; a service in neither was not asked about. *refused_categories* and *scope* are
    policy categories (scope None: all); *exclusions* refuse some to some. It holds from
    *begins_on* until *expires_on*, which is the first day that it does not. *doubts* are codes of
    what could not be read with certainty: such a statement is not believed, and a person is asked.
    """

    grantor: About
    may_store: StorageAnswer = StorageAnswer.NOT_ASKED
    sharing: ConsentAnswer = ConsentAnswer.NOT_ASKED
    services: tuple[str, ...] = ()
    except_services: tuple[str, ...] = ()
    scope: tuple[Category, ...] | None = None
    refused_categories: tuple[Category, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    purposes: tuple[str, ...] = ()
    how: ConsentManner | None = None
    reasons_explained: bool | None = None
    understood: bool | None = None
    exceptional_circumstances: str | None = None
    refusals: tuple[Refusal, ...] = ()
    signatures: tuple[Signature, ...] = ()
    given_on: date | None = None
    begins_on: date | None = None
    expires_on: date | None = None
    doubts: tuple[str, ...] = ()

    @property
    def refuses(self) -> bool:
        """Whether anything is refused in it, or may be, as far as it can be read.

        >>> ConsentStatement(grantor=About(AboutWhom.CHILD), sharing=ConsentAnswer.GIVEN).refuses
        False
        """
        is_against = self.sharing in {ConsentAnswer.REFUSED, ConsentAnswer.WITHDRAWN}
        parts = (self.except_services, self.refused_categories, self.exclusions, self.doubts)
        return is_against or any(parts) or self.may_store is StorageAnswer.NO

    def refused_to(self, names: frozenset[str]) -> frozenset[Category]:
        """Return the categories that the service that bears one of *names* is refused.

        >>> school = Exclusion(("school",), (Category.MENTAL_HEALTH,))
        >>> said = ConsentStatement(grantor=About(AboutWhom.CHILD), exclusions=(school,))
        >>> sorted(said.refused_to(frozenset({"school"}))), sorted(said.refused_to(frozenset()))
        ([<Category.MENTAL_HEALTH: 'mental_health'>], [])
        """
        excluded = (one.categories for one in self.exclusions if not names.isdisjoint(one.services))
        return frozenset(self.refused_categories).union(*excluded)

    def answer_to(self, names: frozenset[str]) -> ConsentAnswer:
        """Return what is answered about sharing with the service that bears one of *names*.

        An excepted service is refused; what names a service nowhere did not ask about it.
        """
        if self.sharing in {ConsentAnswer.REFUSED, ConsentAnswer.WITHDRAWN}:
            return self.sharing
        if not names.isdisjoint(self.except_services):
            return ConsentAnswer.REFUSED
        is_listed = not names.isdisjoint(self.services)
        return self.sharing if is_listed else ConsentAnswer.NOT_ASKED

    def told_to(self, names: frozenset[str]) -> "ConsentStatement":
        """Return what concerns a reader alone: the answer about them, who gave it, how, and when.

        Which other services were named, and what was refused, would tell them of what they may
        not see. So the statement is made anew of what may be told.
        """
        return ConsentStatement(
            id=self.id,
            about=self.about,
            labels=self.labels,
            holder=self.holder,
            recorded_at=self.recorded_at,
            grantor=self.grantor,
            may_store=self.may_store,
            sharing=self.answer_to(names),
            services=tuple(one for one in self.services if one in names),
            purposes=self.purposes,
            how=self.how,
            reasons_explained=self.reasons_explained,
            understood=self.understood,
            signatures=self.signatures,
            given_on=self.given_on,
            begins_on=self.begins_on,
            expires_on=self.expires_on,
        )
