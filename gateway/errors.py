"""What the gateway could not do.

    GatewayError
    ├─ RequestError                 the request itself is at fault
    │  ├─ MalformedRequestError
    │  ├─ MissingHeaderError
    │  ├─ UnknownRouteError
    │  ├─ MethodNotAllowedError
    │  ├─ NotAcceptableError
    │  ├─ SlowRequestError
    │  ├─ PayloadTooLargeError
    │  └─ UnsupportedMediaTypeError
    ├─ SettingsError
    ├─ AuthenticationError
    ├─ AuthorisationError
    ├─ UnknownServiceError
    ├─ DuplicateError
    ├─ ConflictError
    ├─ StampMovedError
    ├─ BusyError
    ├─ DurabilityError
    ├─ IntegrityError
    ├─ StorageError
    └─ DeliveryError

A denial is not among them: it is a decision, and is recorded. Messages name positions in
backticks, never what was sent or held. `gateway.problems` says what a caller sees of each.
"""


class GatewayError(Exception):
    """Something that the gateway could not do."""


class RequestError(GatewayError):
    """A request that no service of ours takes as it stands.

    *where* is the place at fault: a JSON pointer, or the name of a header.
    """

    def __init__(self, message: str = "", *, where: str = "") -> None:
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


class SlowRequestError(RequestError):
    """The request was not complete, or not answered, in time."""


class PayloadTooLargeError(RequestError):
    """The body or the headers are longer than the settings allow."""


class UnsupportedMediaTypeError(RequestError):
    """No adapter reads the declared media type."""


class SettingsError(GatewayError):
    """A setting is absent or wrong; the message says which, and what would be right."""


class AuthenticationError(GatewayError):
    """Nobody knows who asks: no token, or not one of ours, or no longer good."""


class AuthorisationError(GatewayError):
    """It is known who asks, and that caller may not use this door."""


class UnknownServiceError(GatewayError):
    """No service of this identifier is registered."""


class DuplicateError(GatewayError):
    """The message was processed before."""


class ConflictError(GatewayError):
    """What was to be changed is no longer in the state that the change began from."""


class StampMovedError(GatewayError):
    """Consent, an agreement or the policy changed between the decision and its commit."""


class BusyError(GatewayError):
    """More waits than the gateway takes at once."""


class DurabilityError(GatewayError):
    """The database does not promise that what is committed stays."""


class IntegrityError(GatewayError):
    """Stored bytes are not those that were committed."""


class StorageError(GatewayError):
    """The database could not do what it was asked."""


class DeliveryError(GatewayError):
    """A recipient did not take what was sent."""
