"""Tasks: nothing waits unseen. Every refer and every doubt about identity has an owner and a clock.

The question, the missing facts and the owner's role come from the policies; what a task is about
is sealed under the child's key.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from gateway import identity
from gateway.disclosing import Release
from gateway.notices.document import NoticeKind
from mappings.caf.assessment import Assessment
from policies.basis import Basis
from policies.vocabulary import Obligation


class Kind(StrEnum):
    """What a task asks."""

    REFERRED = "referred"
    DUTY = "duty"
    BREAK_GLASS = "break-glass"
    MISUSE = "break-glass-misuse"
    POSSIBLE_MATCH = "possible-match"
    IDENTIFIER_INVALID = "identifier-invalid"
    IDENTIFIERS_DISAGREE = "identifiers-disagree"
    NOT_DELIVERED = "not-delivered"
    TO_TELL = "to-tell"
    NOTICE = "notice"
    CONSENT_DOUBT = "consent-doubt"
    CONSENT_ENDS = "consent-ends"
    WITNESSES_SILENT = "witnesses-silent"
    WITNESS_REFUSES = "witness-refuses"
    LOG_FAULT = "log-fault"
    REVIEW = "review"
    AGREEMENT = "agreement"
    ATTACHMENT = "attachment"


class Progress(Struct, frozen=True, omit_defaults=True):
    """How far a task has come: who took it on, and how many of its roles were told it is late.

    Of an urgent one it *is_announced* to its owner that it waits, before it is late.
    """

    claimed_by: str | None = None
    told: int = 0
    is_announced: bool = False


class Subject(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a task is about, and what resolving it does again; sealed when stored.

    *assessment* is the id of the assessment, *recipient* and *holder* ids of services, *missing*
    the names of the facts whose recording answers the question. *content* is the assessment itself
    where it is not to be stored: it waits here, and nowhere else, until the task is resolved.
    *service* is the one whose own person is asked, where not anybody in the owner's role is.
    *attachment* is the id of the one it is about.
    *is_ask* where somebody asked and was answered with what there was: they ask again. *notice* is
    the id of the notice whose answer is waited for.

    Of a duty, *obligation* is what it carries out and *says* the words for the family; of a broken
    glass, *user* is who broke it, *justification* why, and *outcome* how that was reviewed. What
    *is_urgent* is told to everybody in the *escalation* as soon as it is late.
    """

    question: str
    assessment: str | None = None
    recipient: str | None = None
    holder: str | None = None
    purpose: str | None = None
    rules: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    other_child: str | None = None
    escalation: tuple[str, ...] = ()
    content: Assessment | None = None
    is_ask: bool = False
    notice: str | None = None
    attachment: str | None = None
    service: str | None = None
    obligation: str | None = None
    says: str = ""
    user: str | None = None
    justification: str = ""
    outcome: str | None = None
    is_urgent: bool = False
    progress: Progress = Progress()

    @property
    def matter(self) -> "Subject":
        """What is asked, whoever brought it up: two of one matter are one question."""
        return replace(self, content=None, is_ask=False, progress=Progress())


class Task(Struct, frozen=True, kw_only=True):
    """One question to a role, due at a time; *escalate_at* is when the next role is told."""

    kind: Kind
    owner_role: str
    due_at: datetime
    escalate_at: datetime
    subject: Subject

    @property
    def is_done_once(self) -> bool:
        """Whether deciding the same again asks nobody again: a duty, but what a release awaits."""
        return self.kind is Kind.DUTY and self.subject.obligation != Obligation.VERIFY_RECIPIENT


_IDENTITY = {
    "possible-match": "Is this the same child as another record with the same NHS number?",
    "identifiers-disagree": "Two identifiers name different children: whose record is this?",
    "identifier-invalid": "An identifier fails its check digit: what is the right one?",
}
_IDENTITY_DUE = timedelta(hours=24)
_QUALITY_ESCALATION = ("service_manager", "information_governance_officer")


def about_identity(doubt: identity.Question, now: datetime) -> Task:
    """Return the task for a doubt about whose record it is.

    >>> from datetime import UTC
    >>> asked = about_identity(identity.Question("possible-match", "c2"), datetime.now(UTC))
    >>> asked.owner_role, asked.subject.other_child
    ('data_quality_officer', 'c2')
    """
    return Task(
        kind=Kind(doubt.code),
        owner_role="data_quality_officer",
        due_at=now + _IDENTITY_DUE,
        escalate_at=now + _IDENTITY_DUE,
        subject=Subject(
            question=_IDENTITY[doubt.code],
            other_child=doubt.other,
            escalation=_QUALITY_ESCALATION,
        ),
    )


_TELL: Mapping[NoticeKind, str] = {
    NoticeKind.WITHDRAWN: "The agreement on which this service was told something was taken back: "
    "does it know?",
    NoticeKind.CORRECTED: "What this service was told has been corrected: does it know?",
    NoticeKind.UNLINKED: "This service was told, of this child, what is another's: "
    "has it taken that out?",
    NoticeKind.WAITS: "What this service sent waits for a person: does it know?",
    NoticeKind.DECIDED: "A person has decided about what this service sent: does it know?",
    NoticeKind.RECALLED: "What this service sent was not passed on as decided: does it know?",
    NoticeKind.NOT_DELIVERED: "What this service sent could not be delivered: does it know?",
    NoticeKind.ATTACHMENT_INFECTED: "A document that this service sent holds a virus: "
    "does it know?",
    NoticeKind.CONSENT_SOUGHT: "The family is being asked about what this service sent: "
    "does it know?",
}
_ANSWER = "This service was sent a notice (`{}`): what has it done about it?"
_TELL_DUE = timedelta(hours=24)


def about_telling(kind: NoticeKind, recipient: str, holder: str, now: datetime) -> Task:
    """Return the task to tell *recipient* what nothing can send to it.

    >>> from datetime import UTC
    >>> about_telling(NoticeKind.CORRECTED, "school", "hv", datetime.now(UTC)).subject.recipient
    'school'
    """
    return _for_quality(Kind.TO_TELL, _TELL[kind], recipient, holder, now + _TELL_DUE)


def about_answering(
    kind: NoticeKind, recipient: str, holder: str, respond_by: datetime, notice: str
) -> Task:
    """Return the task that waits until *recipient* says what it did about a *notice* (its id)."""
    question = _ANSWER.format(kind)
    task = _for_quality(Kind.NOTICE, question, recipient, holder, respond_by)
    return replace(task, subject=replace(task.subject, notice=notice))


def _for_quality(kind: Kind, question: str, recipient: str, holder: str, due_at: datetime) -> Task:
    return Task(
        kind=kind,
        owner_role="data_quality_officer",
        due_at=due_at,
        escalate_at=due_at,
        subject=Subject(
            question=question,
            recipient=recipient,
            holder=holder or None,
            escalation=_QUALITY_ESCALATION,
        ),
    )


def about_doubt(now: datetime) -> Task:
    """Return the task for a consent statement that could not be read with certainty."""
    return Task(
        kind=Kind.CONSENT_DOUBT,
        owner_role="lead_professional",
        due_at=now + _TELL_DUE,
        escalate_at=now + _TELL_DUE,
        subject=Subject(
            question="A consent statement came that cannot be read with certainty, and is not "
            "believed: what did they say? Record it as they say it.",
            missing=("child_consent", "parent_consent"),
            escalation=_QUALITY_ESCALATION,
        ),
    )


_ATTACHED = {
    "infected": "A document that came with a record holds a virus and is locked away: "
    "is the sender's own system clean, and what is sent in its place?",
    "not-scanned": "A document that came with a record was not scanned for viruses in its time "
    "and is held: why does the scanner not answer?",
}
_ATTACHED_DUE = timedelta(hours=24)


def about_attachment(code: str, attachment: str, holder: str, now: datetime) -> Task:
    """Return the task for an *attachment* that is infected, or waits too long: see `_ATTACHED`.

    >>> from datetime import UTC
    >>> about_attachment("infected", "a1", "hv", datetime.now(UTC)).owner_role
    'information_governance_officer'
    """
    return Task(
        kind=Kind.ATTACHMENT,
        owner_role="information_governance_officer",
        due_at=now + _ATTACHED_DUE,
        escalate_at=now + _ATTACHED_DUE,
        subject=Subject(
            question=_ATTACHED[code],
            holder=holder,
            attachment=attachment,
            escalation=_QUALITY_ESCALATION[:1],
        ),
    )


def about_ending(due_at: datetime) -> Task:
    """Return the task to ask the family, before their consent ends, whether it goes on."""
    return Task(
        kind=Kind.CONSENT_ENDS,
        owner_role="lead_professional",
        due_at=due_at,
        escalate_at=due_at,
        subject=Subject(
            question="A consent statement is about to end: does the family want it to go on?",
            escalation=_QUALITY_ESCALATION,
        ),
    )


_ASKED_BEFORE = timedelta(days=21)


def is_for_later(kind: str, due_at: datetime, now: datetime) -> bool:
    """Whether a task of this *kind* need not be done yet: the end of a consent is far away."""
    return kind == Kind.CONSENT_ENDS and now < due_at - _ASKED_BEFORE


def about_referral(
    release: Release,
    assessment_id: str,
    *,
    content: Assessment | None = None,
    is_ask: bool = False,
) -> Iterator[Task]:
    """Yield a task for each question that waits for a person before more can be released.

    *content* and *is_ask* are those of its `Subject`. Only what is held is asked about: a
    question about what the record does not have would be work for nothing. A request on a basis
    that the case does not bear out is a question to the asker's own service, and to nobody else.
    """
    if release.unsupported is not None:
        yield _about_basis(release, release.unsupported, assessment_id, content, is_ask=is_ask)
        return
    for verdict in release.verdicts:
        held = release.referred(verdict)
        if not held:
            continue
        now = verdict.question.asked_at
        for spec in verdict.judgements.questions(held):
            yield Task(
                kind=Kind.REFERRED,
                owner_role=spec.owner,
                due_at=now + spec.due,
                escalate_at=now + spec.due,
                subject=Subject(
                    question=spec.question,
                    assessment=assessment_id,
                    recipient=verdict.question.recipient.id,
                    holder=release.question.holder.id,
                    purpose=verdict.question.purpose,
                    rules=spec.rules,
                    categories=tuple(sorted(spec.categories)),
                    missing=tuple(sorted(spec.answers)),
                    escalation=spec.escalation,
                    content=content,
                    is_ask=is_ask,
                    is_urgent=verdict.judgements.is_protective,
                ),
            )


def _about_basis(
    release: Release,
    basis: Basis,
    assessment_id: str,
    content: Assessment | None,
    *,
    is_ask: bool,
) -> Task:
    """Return the question to whoever claimed a *basis* that the case does not bear out.

    To one who asks, it tells nothing of who holds what.
    """
    question = release.question
    due_at = question.asked_at + timedelta(hours=basis.due_in_hours)
    asker = question.recipient if is_ask else question.holder
    return Task(
        kind=Kind.REFERRED,
        owner_role=basis.owner,
        due_at=due_at,
        escalate_at=due_at,
        subject=Subject(
            question=basis.asks,
            service=asker.id,
            assessment=None if is_ask else assessment_id,
            recipient=question.recipient.id,
            holder=None if is_ask else question.holder.id,
            purpose=question.purpose,
            missing=tuple(sorted(basis.supported_by)),
            escalation=_QUALITY_ESCALATION,
            content=content,
            is_ask=is_ask,
        ),
    )


def told(
    subject: Subject, created_at: datetime, escalate_at: datetime | None, now: datetime
) -> tuple[str, ...]:
    """Return the roles that have been told, since a task was not done in its time.

    The first role is told when it is due, the next when as much time again has gone by; of what is
    urgent, all are told when it is due.

    >>> from datetime import UTC
    >>> asked = Subject(question="?", escalation=("service_manager", "caldicott_guardian"))
    >>> nine, ten = (datetime(2026, 11, 2, hour, tzinfo=UTC) for hour in (9, 10))
    >>> told(asked, nine, ten, nine + timedelta(minutes=59))
    ()
    >>> told(asked, nine, ten, ten)
    ('service_manager',)
    >>> told(asked, nine, ten, ten + timedelta(hours=1))
    ('service_manager', 'caldicott_guardian')
    """
    if escalate_at is None or now < escalate_at:
        return ()
    if subject.is_urgent:
        return subject.escalation
    span = max(escalate_at - created_at, timedelta(minutes=1))
    return subject.escalation[: 1 + (now - escalate_at) // span]
