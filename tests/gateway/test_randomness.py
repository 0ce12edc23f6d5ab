"""Randomness from a pool: nothing is given twice, to another thread or to a forked process."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from gateway.randomness import draw

_FORK = """
import os
from gateway.randomness import draw
draw(16)
reader, writer = os.pipe()
if os.fork() == 0:
    os.write(writer, draw(16))
    os._exit(0)
os.wait()
print(os.read(reader, 16) != draw(16))
"""


def _many(_thread: int) -> list[bytes]:
    return [draw(12) for _ in range(5_000)]


def test_no_bytes_are_given_twice_whatever_the_thread():
    with ThreadPoolExecutor(4) as threads:
        drawn = [one for some in threads.map(_many, range(4)) for one in some]
    assert {len(one) for one in drawn} == {12}
    assert len(set(drawn)) == len(drawn)


def test_as_many_bytes_are_given_as_are_asked_for():
    assert [len(draw(count)) for count in (0, 1, 4_095, 4_096, 4_097, 1)] == [
        0,
        1,
        4_095,
        4_096,
        4_097,
        1,
    ]


def test_a_forked_process_draws_other_bytes_than_its_parent():
    ran = subprocess.run([sys.executable, "-c", _FORK], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "True"
