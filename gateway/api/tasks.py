"""`POST /api/v1/tasks/...` and `/api/v1/break-glass/...`: what waits for the people of a service.

Each body names the person (`by`) for whom the caller's system acts. A task that is not theirs is
answered as if there were none; nobody is told how much waits for others, since a number that grows
after a question tells that it waits.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import bodies, visit
from gateway.api.contract import TaskDesk
from gateway.api.description import Route
from gateway.api.guard import Guard, Handler
from gateway.errors import MalformedRequestError, UnknownTaskError, UnsupportedMediaTypeError
from gateway.obligations.reviewing import Misused, Outcome, Review
from gateway.observability import Event, log
from gateway.requests import Caller
from gateway.worklists.accounts import Matter, RoleCount, counted
from gateway.worklists.answering import Answered
from gateway.worklists.decisions import Chosen
from gateway.worklists.desk import Handler as Person
from policies.errors import VocabularyError
from policies.person_decisions import Choice

MAX_BODY_BYTES: Final = 16 * 1024
SCOPE: Final = "system/tasks.ru"

_TASK_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_JSON: Final = "application/json"

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Reason = Annotated[str, msgspec.Meta(max_length=4000)]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    by: _Id


class _Search(_Body, frozen=True, kw_only=True):
    skip: Annotated[int, msgspec.Meta(ge=0)] = 0
    count: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class _Claim(_Body, frozen=True, kw_only=True):
    reason: _Reason = ""


class _HandOver(_Body, frozen=True, kw_only=True):
    to: _Id
    reason: _Reason = ""


class _Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: _Id
    value: _Reason
    until: date | None = None


class _Resolution(_Body, frozen=True, kw_only=True):
    facts: Annotated[tuple[_Fact, ...], msgspec.Meta(max_length=20)] = ()
    decide: Choice | None = None
    until: date | None = None
    reason: _Reason = ""


class _Withdrawal(_Body, frozen=True, kw_only=True):
    reason: _Reason


class _Review(_Body, frozen=True, kw_only=True):
    outcome: Outcome
    reason: _Reason


class _Tasks(msgspec.Struct, frozen=True):
    counts: Sequence[RoleCount]
    tasks: Sequence[Matter]


class _Broken(msgspec.Struct, frozen=True):
    reviews: Sequence[Review]
    people: Sequence[Misused]


Body = TypeVar("Body", bound=_Body)


@dataclass(frozen=True, slots=True)
class Tasks:
    """Handles tasks for people, at the *desk*."""

    desk: TaskDesk

    async def search(self, request: Request, caller: Caller) -> Response:
        """Return a page of a person's open tasks, the soonest due first, and counts of them all."""
        _, person, page = await _read(request, caller, _Search)
        found = await self.desk.worklist(person)
        shown = found[page.skip : page.skip + page.count]
        return _given(_Tasks(counted(one.waiting for one in found), shown))

    async def read(self, request: Request, caller: Caller) -> Response:
        """Return one task of a person, open or resolved."""
        task, person, _ = await _read(request, caller, _Body)
        return _given(await self.desk.shown(person, task))

    async def claim(self, request: Request, caller: Caller) -> Response:
        """Have a person take a task on; of a late one, for a reason, whoever was told of it."""
        task, person, body = await _read(request, caller, _Claim)
        return _done(request, await self.desk.claim(person, task, body.reason))

    async def hand_over(self, request: Request, caller: Caller) -> Response:
        """Hand a person's task over to another, or to an office."""
        task, person, body = await _read(request, caller, _HandOver)
        return _done(request, await self.desk.hand_over(person, task, body.to, body.reason))

    async def resolve(self, request: Request, caller: Caller) -> Response:
        """Record what answers a task, decide again, and close it: says what is released now."""
        task, person, body = await _read(request, caller, _Resolution)
        answers = tuple(Answered(name=f.name, value=f.value, until=f.until) for f in body.facts)
        try:
            report = await self.desk.resolve(person, task, answers, body.reason, _chosen(body))
        except VocabularyError:
            message = "there is no such fact, or it has no such value"
            raise MalformedRequestError(message, where="/facts") from None
        log(Event.TASK_RESOLVED, request_id=visit.of(request.scope).request_id, task=task)
        return _given(report)

    async def withdraw(self, request: Request, caller: Caller) -> Response:
        """Withdraw what a person decided of a task: the question is open again."""
        task, person, body = await _read(request, caller, _Withdrawal)
        return _done(request, await self.desk.withdraw(person, task, body.reason))

    async def broken(self, request: Request, caller: Caller) -> Response:
        """Return the broken glasses that wait for a person's review, and who broke how many."""
        _, person, _ = await _read(request, caller, _Body)
        return _given(_Broken(await self.desk.reviews(person), await self.desk.misuse(person)))

    async def review(self, request: Request, caller: Caller) -> Response:
        """Record what a second person found of a broken glass."""
        task, person, body = await _read(request, caller, _Review)
        return _done(request, await self.desk.review(person, task, body.outcome, body.reason))


def _chosen(body: _Resolution) -> Chosen | None:
    if body.decide is not None:
        return Chosen(choice=body.decide, until=body.until)
    if body.until is not None:
        message = "a decision is until a day: a fact names its own"
        raise MalformedRequestError(message, where="/until")
    return None


async def _read(request: Request, caller: Caller, kind: type[Body]) -> tuple[str, Person, Body]:
    """Return the task that the address names, if any, who handles it, and the body."""
    task = request.path_params.get("task_id", "-")
    if not _TASK_ID.fullmatch(task):
        raise UnknownTaskError
    if bodies.media_type(request) != _JSON:
        raise UnsupportedMediaTypeError(where="Content-Type")
    body = bodies.decode(await bodies.read(request, MAX_BODY_BYTES), kind)
    return task, Person(body.by, caller.service_id), body


def _given(report: object) -> Response:
    return Response(msgspec.json.encode(report), 200, media_type=_JSON)


def _done(request: Request, entry: int) -> Response:
    log(Event.TASK_HANDLED, request_id=visit.of(request.scope).request_id, entry=entry)
    return _given({"entry": entry})


def routes(desk: TaskDesk, guard: Guard) -> tuple[Route, ...]:
    """Return the routes of tasks and of broken glasses."""
    tasks = Tasks(desk)

    def route(path: str, handle: Handler) -> Route:
        return Route("POST", f"/api/v1/{path}", guard.needs(SCOPE, handle), takes=(_JSON,))

    return (
        route("tasks/search", tasks.search),
        route("tasks/{task_id}/read", tasks.read),
        route("tasks/{task_id}/claim", tasks.claim),
        route("tasks/{task_id}/hand-over", tasks.hand_over),
        route("tasks/{task_id}/resolve", tasks.resolve),
        route("tasks/{task_id}/withdraw", tasks.withdraw),
        route("break-glass/search", tasks.broken),
        route("break-glass/{task_id}/review", tasks.review),
    )
