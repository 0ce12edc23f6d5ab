"""Writing FHIR: what was read comes back, in JSON and in XML."""

import msgspec
import pytest
from bars_messages import NAMES, payload_of
from hypothesis import given
from hypothesis import strategies as st
from shared_data import shared

from adapters.errors import AdapterError, UnsupportedFormatError
from adapters.health.fhir_r4.reading import read_resource
from adapters.health.fhir_r4.writing import to_xml, write_resource
from mappings.fhir_r4.generated import Patient, Unread

JSON, XML = "application/fhir+json", "application/fhir+xml"


def again(resource, media_type):
    return read_resource(write_resource(resource, media_type), media_type).resource


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("media_type", [JSON, XML])
def test_a_message_comes_back_as_it_was(name, media_type):
    whole = read_resource(payload_of(name), JSON).resource

    assert again(whole, media_type) == whole


@pytest.mark.parametrize("folder", ["fhir-bars", "fhir-ukcore"])
def test_every_published_file_comes_back_as_it_was(folder):
    count = 0
    for path in sorted(shared(f"data/{folder}").rglob("*.xml")):
        try:
            whole = read_resource(path.read_bytes(), XML).resource
        except AdapterError:
            continue
        if not isinstance(whole, Unread):
            assert again(whole, XML) == whole, path.name
            assert again(whole, JSON) == whole, path.name
            count += 1

    assert count > 50


@given(st.text(min_size=1, max_size=8))
def test_any_text_can_be_written_in_xml(text):
    patient = Patient(language="en", implicitRules=text)

    (node,) = [one for one in to_xml(patient) if one.tag.endswith("implicitRules")]

    assert len(node.get("value")) == len(text)


def test_a_resource_set_aside_as_json_is_not_made_up_in_xml():
    with pytest.raises(UnsupportedFormatError):
        to_xml(Unread(type="ValueSet", content=msgspec.json.encode({}).decode()))
