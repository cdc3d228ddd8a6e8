# SPDX-License-Identifier: BSD-2-Clause
"""What costs most has a short form in "make check", which must find all that is
likely to break; "make check-long" runs the whole."""

import os

LONG = bool(os.environ.get('RUAD_LONG'))


def some(cases, each):
    """One of each so many, spread over all; all in the long form."""
    return list(cases)[::1 if LONG else each]
