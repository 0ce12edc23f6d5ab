"""No route without the guard, and none without a token but the listed public ones."""

import pytest
from fastapi.routing import APIRoute
from front_door import front_door

from gateway.api.app import PUBLIC
from gateway.api.guard import SCOPE_MARK
from gateway.security.clients import SCOPES
from gateway.settings import Settings


@pytest.fixture
def routes(tmp_path):
    app = front_door(Settings(home=tmp_path)).app
    return [route for route in app.routes if route.path != app.openapi_url]


def test_every_route_is_behind_the_guard(routes):
    assert len(routes) > 40
    for route in routes:
        assert isinstance(route, APIRoute)
        assert hasattr(route.endpoint, SCOPE_MARK)


def test_only_the_listed_routes_ask_for_no_token(routes):
    public = {route.path for route in routes if not getattr(route.endpoint, SCOPE_MARK)}
    assert public == PUBLIC


def test_every_scope_is_one_that_a_client_may_be_granted(routes):
    asked = {getattr(route.endpoint, SCOPE_MARK) for route in routes} - {None}
    assert asked == SCOPES.keys()


def test_no_route_has_a_method_beside_its_own(routes):
    assert all(len(route.methods) == 1 for route in routes)
