"""Reading FHIR: as the reference model reads it, exactly, and more strictly where FHIR is."""

import json
import re
from decimal import Decimal
from functools import cache

import msgspec
import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from pydantic import ValidationError
from shared_data import shared

from adapters.errors import AdapterError
from adapters.health.fhir_r4.reading import read_resource
from mappings.fhir_r4.codec import ENCODER
from mappings.fhir_r4.primitives import CODE_FORM


@cache
def examples(folder: str) -> tuple:
    files = sorted(shared(f"data/{folder}").rglob("*.*"))
    return tuple(one for one in files if one.suffix in {".json", ".xml"})


def media_type(path):
    return "application/fhir+" + path.suffix[1:]


def reference(path):
    """Return the example as the reference model reads it, or None where it refuses it."""
    try:
        if path.suffix == ".json":
            plain = json.loads(path.read_bytes())
            return get_fhir_model_class(plain["resourceType"]).model_validate(plain)
        parser = etree.XMLParser(remove_comments=True, remove_pis=True)
        root = etree.fromstring(path.read_bytes(), parser)
        model = get_fhir_model_class(etree.QName(root).localname)
        return model.model_validate_xml(etree.tostring(root))
    except (ValidationError, KeyError, ValueError):
        return None


def is_read(path):
    """Say whether we read the example; where we refuse it, we say where."""
    try:
        read_resource(path.read_bytes(), media_type(path))
    except AdapterError as error:
        return not error.where
    return True


def plain_of(resource):
    """Return *resource* as plain FHIR JSON, with what was set aside in its place."""
    return restored(json.loads(ENCODER.encode(resource), parse_float=Decimal))


def restored(plain):
    if isinstance(plain, list):
        return [restored(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    if plain.get("resourceType") == "Unread":
        return json.loads(plain["content"], parse_float=Decimal)
    return {name: restored(value) for name, value in plain.items()}


@pytest.mark.parametrize("folder", ["fhir-bars", "fhir-r4-core", "fhir-ukcore/examples"])
def test_what_is_read_and_what_is_refused_is_as_the_reference_model_has_it(folder):
    differing = [
        path.name for path in examples(folder) if is_read(path) is (reference(path) is None)
    ]

    assert differing == []


@pytest.mark.parametrize("folder", ["fhir-bars", "fhir-r4-core"])
def test_json_that_is_read_is_written_again_just_as_it_came(folder):
    for path in (one for one in examples(folder) if one.suffix == ".json"):
        payload = path.read_bytes()
        try:
            read = read_resource(payload, media_type(path))
        except AdapterError:
            continue

        assert plain_of(read.resource) == json.loads(payload, parse_float=Decimal), path.name


def test_xml_is_read_with_every_leaf():
    for path in (one for one in examples("fhir-bars/Examples") if one.suffix == ".xml"):
        read = read_resource(path.read_bytes(), media_type(path))
        expected = json.loads(reference(path).model_dump_json())

        assert leaves(msgspec.json.decode(read.compact)) == leaves(expected), path.name


def leaves(plain):
    if isinstance(plain, dict):
        return sum(leaves(value) for value in plain.values())
    if isinstance(plain, list):
        return sum(leaves(value) for value in plain)
    return plain is not None


def patient(**elements: object):
    return json.dumps({"resourceType": "Patient"} | elements).encode()


@pytest.mark.parametrize(
    ("payload", "code", "where"),
    [
        pytest.param(
            patient(birthDate="2015-02-30"),
            "impossible-date",
            "Patient.birthDate",
            id="30 February",
        ),
        pytest.param(
            patient(birthDate="2015-13-01"), "bad-format", "Patient.birthDate", id="month 13"
        ),
        pytest.param(
            patient(deceasedDateTime="2023-02-29T10:00:00Z"),
            "impossible-date",
            "Patient.deceasedDateTime",
            id="a leap day of no leap year",
        ),
        pytest.param(
            patient(deceasedDateTime="2023-02-20T10:00:00"),
            "bad-format",
            "Patient.deceasedDateTime",
            id="a time without a zone",
        ),
        pytest.param(
            patient(gender="nonsense"), "unknown-code", "Patient.gender", id="a required binding"
        ),
        pytest.param(patient(id="a" * 65), "bad-format", "Patient.id", id="an id of 65 characters"),
        pytest.param(patient(id="a|b"), "bad-format", "Patient.id", id="an id with a bar"),
        pytest.param(patient(nickname="x"), "unknown-element", "Patient", id="an unknown element"),
        pytest.param(
            patient(name={"family": "x"}), "wrong-type", "Patient.name", id="an object for a list"
        ),
        pytest.param(
            patient(name=[{"family": ["x"]}]),
            "wrong-type",
            "Patient.name[0].family",
            id="a list for a value",
        ),
        pytest.param(
            patient(name=[{"family": ""}]),
            "empty-value",
            "Patient.name[0].family",
            id="an empty text",
        ),
        pytest.param(
            patient(deceasedBoolean=True, deceasedDateTime="2020"),
            "more-than-one",
            "Patient.deceased[x]",
            id="two of one choice",
        ),
        pytest.param(
            patient(extension=[{"valueCode": "x"}]),
            "missing-element",
            "Patient.extension[0].url",
            id="an extension without url",
        ),
        pytest.param(
            patient(extension=[{"url": "x", "valueCode": "x", "valueId": "y"}]),
            "more-than-one",
            "Patient.extension[0].value[x]",
            id="an extension with two values",
        ),
        pytest.param(
            patient(link=[{"other": {}}]),
            "missing-element",
            "Patient.link[0].type",
            id="a required code",
        ),
        pytest.param(patient(active=None), "null-value", "/active", id="null"),
        pytest.param(
            patient(multipleBirthInteger=2**31),
            "out-of-range",
            "Patient.multipleBirthInteger",
            id="an integer of 32 bits and one",
        ),
        pytest.param(
            b'{"resourceType": "Wizard"}',
            "unknown-resource",
            "Resource.resourceType",
            id="an unknown resource",
        ),
        pytest.param(
            b'{"gender": "male"}', "missing-element", "Resource.resourceType", id="no resource type"
        ),
        pytest.param(
            b'{"resourceType": "Observation", "status": "final", "code": {},'
            b' "valueQuantity": {"value": "NaN"}}',
            "wrong-type",
            "/valueQuantity/value",
            id="a text for a decimal",
        ),
    ],
)
def test_json_that_breaks_fhir_is_refused_with_its_place(payload, code, where):
    with pytest.raises(AdapterError) as refused:
        read_resource(payload, "application/fhir+json")

    assert (refused.value.code, refused.value.where) == (code, where)


@given(st.text(alphabet=st.sampled_from('ab"\\ \t\n\x1c\x85\xa0\u2003\xe9\U0001f600'), max_size=5))
@example("a b")
@example("a  b")
@example("a\xa0")
def test_a_common_code_is_refused_wherever_its_form_is_not_that_of_a_code(code):
    coded = {"url": "urn:x", "valueCode": code}
    coding = {"url": "urn:x", "valueCoding": {"code": code}}
    for extension, name in ((coded, "valueCode"), (coding, "valueCoding.code")):
        payload = patient(extension=[{"url": "urn:first", "valueCode": "a"}, extension])
        if re.search(CODE_FORM, code):
            assert len(read_resource(payload, "application/json").resource.extension) == 2
            continue
        with pytest.raises(AdapterError) as refused:
            read_resource(payload, "application/json")
        where = f"Patient.extension[1].{name}"
        assert (refused.value.code, refused.value.where) == ("bad-format", where)


def test_a_required_primitive_may_be_explained_instead():
    reason = [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "unknown",
        }
    ]
    payload = json.dumps(
        {
            "resourceType": "Flag",
            "_status": {"extension": reason},
            "code": {"text": "x"},
            "subject": {"display": "y"},
        }
    ).encode()

    assert read_resource(payload, "application/fhir+json").resource.status is None


FHIR = 'xmlns="http://hl7.org/fhir"'


@pytest.mark.parametrize(
    ("payload", "code", "where"),
    [
        pytest.param(
            f'<Patient {FHIR}>\n<gender value="x"/></Patient>',
            "unknown-code",
            "Patient.gender (line 2)",
            id="a required binding",
        ),
        pytest.param(
            f'<Patient {FHIR}>\n\n<name><nick value="x"/></name></Patient>',
            "unknown-element",
            "Patient.name[0] (line 3)",
            id="an unknown element",
        ),
        pytest.param(
            f'<Patient {FHIR}><active value="true"/><active value="true"/></Patient>',
            "more-than-one",
            "Patient.active (line 1)",
            id="one too many",
        ),
        pytest.param(
            f'<Patient {FHIR}><active value="yes"/></Patient>',
            "wrong-type",
            "Patient.active (line 1)",
            id="no boolean",
        ),
        pytest.param(
            f'<Patient {FHIR}>\n<extension url="u">\n<valueCode value="a "/></extension></Patient>',
            "bad-format",
            "Patient.extension[0].valueCode (line 3)",
            id="a code that ends with a space",
        ),
        pytest.param(
            f"<Patient {FHIR}><active/></Patient>",
            "empty-value",
            "Patient.active (line 1)",
            id="nothing",
        ),
        pytest.param(
            f"<Patient {FHIR}>told</Patient>",
            "stray-text",
            "Patient (line 1)",
            id="text between elements",
        ),
        pytest.param("<Patient/>", "unknown-element", "Resource (line 1)", id="no namespace"),
        pytest.param(
            f'<Patient {FHIR} secret="x"/>',
            "unknown-element",
            "Patient (line 1)",
            id="an unknown attribute",
        ),
        pytest.param(
            f"<Wizard {FHIR}/>", "unknown-resource", "Wizard (line 1)", id="an unknown resource"
        ),
        pytest.param(
            f'<Observation {FHIR}><status value="final"/><code/>'
            '<valueQuantity><value value="NaN"/></valueQuantity></Observation>',
            "wrong-type",
            "Observation.valueQuantity.value (line 1)",
            id="no decimal",
        ),
    ],
)
def test_xml_that_breaks_fhir_is_refused_with_its_place_and_line(payload, code, where):
    with pytest.raises(AdapterError) as refused:
        read_resource(payload.encode(), "application/fhir+xml")

    assert refused.value.code == code
    assert refused.value.where == where


@pytest.mark.parametrize(
    ("payload", "code", "where"),
    [
        pytest.param(
            patient(contact=[{}]), "empty-element", "Patient.contact[0]", id="an empty object"
        ),
        pytest.param(
            patient(name=[{"given": [None, "B"]}]),
            "empty-element",
            "Patient.name[0].given[0]",
            id="a null with nothing beside it",
        ),
        pytest.param(
            patient(text={"status": "generated", "div": "<div><script>x</script></div>"}),
            "active-narrative",
            "Patient",
            id="a script",
        ),
        pytest.param(
            patient(text={"status": "generated", "div": "<div onclick='x'>y</div>"}),
            "active-narrative",
            "Patient",
            id="a handler",
        ),
    ],
)
def test_what_is_doubtful_is_read_with_a_finding(payload, code, where):
    (finding,) = read_resource(payload, "application/fhir+json").findings

    assert (finding.code, finding.where) == (code, where)


def test_a_resource_of_a_type_that_is_not_read_is_kept_whole():
    payload = json.dumps(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": {"resourceType": "ValueSet", "status": "draft", "x": 1.10}}],
        }
    ).encode()

    read = read_resource(payload, "application/json")

    assert json.loads(read.resource.entry[0].resource.content)["x"] == 1.10


def test_a_null_is_refused_beside_a_resource_that_is_not_read_too():
    patient = {"resource": {"resourceType": "Patient", "gender": None}}
    unread = {"resource": {"resourceType": "ValueSet", "status": "draft"}}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [unread, patient]}

    with pytest.raises(AdapterError) as refused:
        read_resource(json.dumps(bundle).encode(), "application/json")

    assert (refused.value.code, refused.value.where) == ("null-value", "/entry/1/resource/gender")


def test_another_media_type_is_not_supported():
    with pytest.raises(AdapterError) as refused:
        read_resource(b"{}", "text/plain")

    assert refused.value.code == "unsupported-media-type"
