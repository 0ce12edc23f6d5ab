"""Builders: the way to make test data; synthetic, and the same each time."""


def nhs_number(serial: int) -> str:
    """Return the *serial*-th valid NHS number of the 999 range, which is given to nobody.

    The check digit is found by trial, so that it owes nothing to the code under test.
    """
    for first_nine in range(999_000_000 + serial, 1_000_000_000):
        for check in range(10):
            number = f"{first_nine}{check}"
            total = sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9]))
            if (total + check) % 11 == 0:
                return number
    message = "the 999 range has no more numbers"
    raise ValueError(message)
