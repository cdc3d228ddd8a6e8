# SPDX-License-Identifier: BSD-2-Clause
"""Where the servers and machines of the system tests are found."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../system'), os.path.dirname(HERE)]
