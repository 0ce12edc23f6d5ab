"""What is written as UK Core, judged by others: npm `fhir`, fhir.resources, UK Core's profiles."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

import msgspec
import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir_judge import faults
from hypothesis import HealthCheck, given, settings
from lxml import etree
from strategies import assessments

from adapters.contract import Envelope
from adapters.health.fhir_r4.profiles import shipped
from adapters.health.uk_core import JSON, XML, UKCoreAdapter
from adapters.social_care.early_help import EarlyHelpAdapter
from mappings.caf.view import View

pytestmark = pytest.mark.xdist_group("fhir")
ENVELOPE = Envelope(media_type=JSON, at=datetime(2026, 2, 5, 9, tzinfo=UTC), record="ab" * 32)
UK_CORE = UKCoreAdapter()


def _written(caf, media_type):
    envelope = replace(ENVELOPE, media_type=media_type, message_id="m-1")
    return UK_CORE.write(View(content=caf, purpose="early_help"), envelope).content


def _drawn():
    """Return thirty CAFs of all kinds, and those of the examples."""
    found = []

    @settings(max_examples=30, deadline=None, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(assessments())
    def draw(caf):
        found.append(caf)

    draw()
    example = files("adapters.health") / "examples" / "uk-core-record.json"
    found.append(UK_CORE.read(example.read_bytes(), ENVELOPE).readings[0].assessment)
    early_help = EarlyHelpAdapter()
    for path in (files("adapters.social_care") / "examples").iterdir():
        if path.name.endswith(".json"):
            envelope = replace(ENVELOPE, media_type=early_help.media_types[0])
            received = early_help.read(path.read_bytes(), envelope)
            found += [one.assessment for one in received.readings]
    return found


@pytest.fixture(scope="module")
def written():
    return [_written(caf, kind) for caf in _drawn() for kind in (JSON, XML)]


def test_the_validator_of_lantana_accepts_all_that_is_written(written):
    assert [one for one in faults(written) if one] == []


def test_the_validator_tells_good_from_bad():
    bad = b'{"resourceType": "Patient", "gender": "nonsense"}'
    good, found = faults([b'{"resourceType": "Patient", "gender": "female"}', bad])

    assert not good
    assert found


def test_the_reference_model_parses_all_that_is_written(written):
    model = get_fhir_model_class("Bundle")
    for content in written:
        if content.startswith(b"{"):
            model.model_validate(json.loads(content))
        else:
            model.model_validate_xml(etree.tostring(etree.fromstring(content)))


def test_what_is_written_is_as_the_profiles_of_uk_core_have_it(written):
    for content in (one for one in written if one.startswith(b"{")):
        for entry in msgspec.json.decode(content)["entry"]:
            assert not list(shipped().check(entry["resource"], "resource"))
