"""Alive, ready, and busy: for the machines that run the gateway."""


def test_the_gateway_is_alive_though_it_is_not_ready(door):
    door.failing.append("database")
    assert door.http.get("/livez").status_code == 200
    answer = door.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["code"] == "database"
    assert answer.json()["party"] == "REC"


def test_the_gateway_is_ready_when_no_check_fails(door):
    assert door.http.get("/readyz").status_code == 200


def test_requests_are_counted_by_route_template(door):
    door.http.get("/livez")
    door.http.get("/nothing/here")
    page = door.http.get("/metrics").text
    assert 'caf_gateway_requests_total{method="GET",route="/livez",status="200"} 1.0' in page
    assert 'route="none",status="404"' in page
