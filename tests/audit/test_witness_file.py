"""A witness's file: all of what was written or all of what was there before, and durable."""

import os

import pytest
from durability import noted
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import WitnessError
from audit.witness_file import MAX_FILE_BYTES, WitnessFile
from tests.audit.builders import OTHER_KEY, WITNESSES, a_log, cosigned

NOTES = (
    cosigned(a_log(7).note(), WITNESSES[0]),
    cosigned(a_log(3, OTHER_KEY).note(), WITNESSES[0]),
)


@pytest.fixture
def file(tmp_path):
    made = WitnessFile(tmp_path / "cosigned")
    made.write([])
    return made


def test_what_is_written_is_read(file):
    assert file.read() == ()
    file.write(NOTES)
    assert file.read() == NOTES


def test_a_file_that_is_not_there_is_not_an_empty_one(tmp_path):
    with pytest.raises(FileNotFoundError):
        WitnessFile(tmp_path / "cosigned").read()


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_disk_that_fails_is_heard_of_and_leaves_what_was_there(file, step, monkeypatch):
    file.write(NOTES[:1])

    def fail(*_arguments):
        raise OSError

    if step == "write":
        file.path.with_name("cosigned.new").mkdir()
    else:
        monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError):  # noqa: PT011 - whatever the disk says
        file.write(NOTES)
    monkeypatch.undo()

    assert file.read() == NOTES[:1]


def test_the_content_is_durable_before_it_takes_the_name_and_the_name_after(file, monkeypatch):
    done = noted(monkeypatch)
    file.write(NOTES)

    folder = file.path.parent.name
    assert done == [("fsync", "cosigned.new"), ("replace", "cosigned"), ("fsync", folder)]


def test_what_a_crash_left_half_written_is_not_looked_at(file):
    file.write(NOTES)
    file.path.with_name("cosigned.new").write_bytes(b"half a fi")

    assert file.read() == NOTES
    file.write(NOTES[:1])
    assert file.read() == NOTES[:1]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _data: b"", id="emptied"),
        pytest.param(lambda data: data[:-1], id="cut short"),
        pytest.param(lambda data: data[: len(data) // 2], id="cut in half"),
        pytest.param(lambda data: data + b"\n", id="longer"),
        pytest.param(lambda data: data.replace(b"cosigned", b"signed", 1), id="another header"),
        pytest.param(lambda data: data + b"x" * MAX_FILE_BYTES, id="too long"),
    ],
)
def test_a_file_is_refused_when(file, change):
    file.write(NOTES)
    file.path.write_bytes(change(file.path.read_bytes()))

    with pytest.raises(WitnessError, match="malformed, or too long"):
        file.read()


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)

    with pytest.raises(WitnessError):
        WitnessFile(path).read()
