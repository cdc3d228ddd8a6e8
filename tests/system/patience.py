# SPDX-License-Identifier: BSD-2-Clause
"""How tests wait.  A test waits for what must happen, on however slow and busy
a machine; how long it took decides nothing.  The only limit is for what hangs,
and for what would happen later in any case: IDLE is begun anew after 9 minutes,
intervals in tests are an hour.  What must be shorter than a limit of ruad is
made so by a yardstick of the same run."""

import time

PATIENCE = 300                  # seconds after which something hangs
SOON = 90                       # less than what a silent server gets


def wait_until(what, *, look=0.05):
    """Until what() is true."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, 'it does not happen'
        time.sleep(look)


class Stopwatch:
    def __init__(self):
        self.start = time.monotonic()

    def seconds(self):
        return time.monotonic() - self.start

    def assert_soon(self):
        """That nobody waited for a limit of minutes to pass."""
        assert self.seconds() < SOON
