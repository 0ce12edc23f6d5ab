"""Errors of the gateway.

    GatewayError
    ├── RequestError             no service of ours takes the request as it stands
    │   ├── MalformedRequestError    a body, parameter or header is not what the route takes
    │   ├── MissingHeaderError       a header that the route needs is absent or wrong
    │   ├── UnknownRouteError        there is nothing at this address
    │   ├── MethodNotAllowedError    the address is known, the method is not one of its own
    │   ├── NotAcceptableError       none of the formats in `Accept` can be given
    │   ├── SlowRequestError         not complete, or not answered, in time
    │   ├── ActivationError          a bundle of law cannot come into force: the message says why
    │   ├── PayloadTooLargeError     longer than the settings allow
    │   ├── UnsupportedMediaTypeError  no adapter reads the declared media type
    │   └── AgreementError           an agreement cannot take this step: the message says why
    │       ├── UnknownAgreementError  no such version of an agreement is registered
    │       ├── UnsoundAgreementError  the document does not hold together, or names a stranger
    │       ├── SignatureError         a signature is wrong, or a party's is missing
    │       ├── UnprovedError          an invariant would not hold with it
    │       └── StageError             it is not at the stage that the step begins from
    ├── SettingsError            a setting is absent or wrong
    ├── RegisterError            an entry of the registers is malformed, or names another amiss
    ├── AuthenticationError      the caller did not prove who it is
    ├── AuthorisationError       the caller is known, and may not do this
    │   ├── ScopeError             the caller's token lacks the scope that the address needs
    │   └── EntitlementError       a named person is not one who may: the message says who is
    ├── UnknownServiceError      no service of that identifier is registered
    ├── UnknownTaskError         there is no such task
    ├── UnknownDecisionError     no entry of this index records a decision
    ├── UnknownChildError        there is no such child, or none whom the caller may know of
    ├── UnknownNoticeError       there is no such notice, or not to this service
    ├── ErasureRefusedError      a child cannot be erased yet: the message says who must act
    ├── BusyError                more waits to be committed than may wait: come again
    ├── ScannerError             the virus scanner gave no answer that can be relied on
    ├── WitnessesBehindError     the witnesses have not cosigned what it rests on: come again
    ├── TimeStampError           an authority gave no time, or not for what it is offered
    ├── RefusedUnitError         the committer refused one unit, and wrote nothing of it
    │   ├── ConflictError          a row had already moved on from the state it was to leave
    │   ├── DuplicateError         what may exist once exists already
    │   └── StampMovedError        what the decision was made on has changed: decide again
    ├── StorageError             the database could not do what was asked
    │   ├── DatabaseError          a statement failed: the database refused it, or is damaged
    │   │   └── UnreachableError     there is no connection to the database: try again
    │   ├── DurabilityError        the database's settings could lose a commit
    │   └── IntegrityError         the stored log was changed, or rolled back: halt
    ├── KeysError                the keys are missing, malformed, or readable by others
    │   └── SealError              sealed bytes do not open under this key and context
    └── DeliveryError            a payload could not be handed over
        └── UndeliverableError     nor will it be by trying again

A denial is no error: it is a decision, recorded and answered. A message says what is wrong, and
never repeats the input.
"""


class GatewayError(Exception):
    """Something that the gateway was asked to do could not be done."""


class RequestError(GatewayError):
    """A request that no service of ours takes as it stands.

    *where* is the place at fault: a JSON pointer, or the name of a header.
    """

    def __init__(self, message: str = "", where: str = "") -> None:
        super().__init__(message)
        self.where = where


class MalformedRequestError(RequestError):
    """A body, a parameter or a header is not what the route takes."""


class MissingHeaderError(RequestError):
    """A header that the route needs is absent, or is not what it should be."""


class UnknownRouteError(RequestError):
    """There is nothing at this address."""


class MethodNotAllowedError(RequestError):
    """The address is known, the method is not one of its own."""


class NotAcceptableError(RequestError):
    """None of the formats in `Accept` can be given."""


class ActivationError(RequestError):
    """A bundle of law cannot come into force, or not yet; the message says what is wanting."""


class SlowRequestError(RequestError):
    """The request was not complete, or not answered, in time."""


class PayloadTooLargeError(RequestError):
    """The body or the headers are longer than the settings allow."""


class UnsupportedMediaTypeError(RequestError):
    """No adapter reads the declared media type."""


class AgreementError(RequestError):
    """An agreement cannot take this step; the message says why, and who must act."""


class UnknownAgreementError(AgreementError):
    """No such version of an agreement is registered."""


class UnsoundAgreementError(AgreementError):
    """The document does not hold together, or names an organisation that is not registered."""


class SignatureError(AgreementError):
    """A signature is not its designated person's, or a party's is missing; *where* says whose."""


class UnprovedError(AgreementError):
    """An invariant would not hold with this agreement; *where* names it."""


class StageError(AgreementError):
    """The agreement is not at the stage that the step begins from, or has changed since."""


class SettingsError(GatewayError):
    """A setting is absent or wrong; the message says which, and what would be right."""


class RegisterError(GatewayError):
    """An entry of the registers is malformed, or names another that is not there."""


class AuthenticationError(GatewayError):
    """The caller did not prove who it is."""


class AuthorisationError(GatewayError):
    """The caller is known, and may not do this."""


class ScopeError(AuthorisationError):
    """The caller's token does not have the *scope* that an address needs."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"this address needs the scope `{scope}`")
        self.scope = scope


class EntitlementError(AuthorisationError):
    """The person named is not known here, or is not one who may do this."""


class UnknownServiceError(GatewayError):
    """No service of that identifier is registered."""


class UnknownTaskError(GatewayError):
    """There is no task with this id."""


class UnknownChildError(GatewayError):
    """There is no child with this id, or none whom the caller may know of."""


class UnknownNoticeError(GatewayError):
    """There is no notice with this id, or none to the service that asks."""


class UnknownDecisionError(GatewayError):
    """No entry of this index records a decision, or what it recorded was erased."""


class ErasureRefusedError(GatewayError):
    """A child cannot be erased yet; the message says why, and who must act."""


class BusyError(GatewayError):
    """More waits to be committed than may wait: come again in a moment."""


class ScannerError(GatewayError):
    """The virus scanner gave no answer, or none that can be relied on."""


class WitnessesBehindError(GatewayError):
    """The log's witnesses have not cosigned what was to be released: come again in a moment."""


class RefusedUnitError(GatewayError):
    """The committer refused one unit, and wrote nothing of it."""


class ConflictError(RefusedUnitError):
    """A row had already moved on from the state that it was to leave."""


class DuplicateError(RefusedUnitError):
    """What may exist once exists already, in the table *table*."""

    def __init__(self, table: str) -> None:
        super().__init__(f"there is already such a row in `{table}`")
        self.table = table


class StampMovedError(RefusedUnitError):
    """What the decision was made on has changed: decide again. *kinds* says which it was."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        super().__init__(f"changed since the decision: `{', '.join(kinds)}`")
        self.kinds = kinds


class StorageError(GatewayError):
    """The database could not do what was asked."""


class DatabaseError(StorageError):
    """A statement failed: the database refused it, or is damaged. The message has its code."""


class UnreachableError(DatabaseError):
    """There is no connection to the database, or the one there was is lost: try again."""


class DurabilityError(StorageError):
    """The database's settings could lose a commit, and with it a log entry: not started."""


class IntegrityError(StorageError):
    """The stored log was changed or rolled back behind the gateway's back: halt, and look."""


class KeysError(GatewayError):
    """The gateway's keys are missing, malformed, or readable by others."""


class SealError(KeysError):
    """Sealed bytes do not open under this key and context."""


class TimeStampError(GatewayError):
    """A time-stamping authority gave no time, or its token does not prove what it is given for."""


class DeliveryError(GatewayError):
    """A payload could not be handed over to its recipient this time."""


class UndeliverableError(DeliveryError):
    """A payload could not be handed over, and trying again would not change that."""
