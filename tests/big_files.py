"""Big files for tests: as many children as asked for, each of them another one."""

from collections.abc import Callable
from importlib.resources import files

_PUPIL = (b"    <Pupil>", b"</Pupil>\n")


def a_ctf(pupils: int, change: Callable[[int, bytes], bytes] | None = None) -> bytes:
    """Return a CTF with so many pupils; *change* is given each one's number, from 1, and bytes."""
    example = (files("adapters.education") / "examples" / "ctf-25.xml").read_bytes()
    begin, end = example.index(_PUPIL[0]), example.index(_PUPIL[1]) + len(_PUPIL[1])
    change = change or _renamed
    some = (change(number, example[begin:end]) for number in range(1, pupils + 1))
    return example[:begin] + b"".join(some) + example[end:]


def _renamed(number: int, pupil: bytes) -> bytes:
    return pupil.replace(b"Okafor-Byrne", b"Okafor%d" % number)
