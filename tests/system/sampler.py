# SPDX-License-Identifier: BSD-2-Clause
"""What the processes of one ruad take."""

import os
import threading
import time

TICKS = os.sysconf('SC_CLK_TCK')


class Sampler:
    """Peak RSS and CPU of each process of a family, looked at every 5 ms.
    VmHWM and not ru_maxrss: that includes what was there before exec."""

    def __init__(self):
        self.found, self.end, self.thread = {}, False, None

    def start(self, pid):
        self.thread = threading.Thread(target=self.run, args=(pid,))
        self.thread.start()

    def stop(self):
        self.end = True
        self.thread.join()

    def run(self, root):
        while not self.end:
            self.look(root, 'supervisor')
            time.sleep(0.005)

    def look(self, pid, role):
        try:
            with open('/proc/%d/status' % pid, encoding='ascii') as f:
                status = dict(line.split(':', 1) for line in f)
            with open('/proc/%d/stat' % pid, encoding='ascii') as f:
                fields = f.read().rpartition(')')[2].split()
            with open('/proc/%d/task/%d/children' % (pid, pid),
                      encoding='ascii') as f:
                below = f.read().split()
        except (OSError, ValueError):
            return
        name = status['Name'].strip()
        if role != 'supervisor':
            role = 'fetcher' if name == 'ruad' else name
        if 'VmHWM' in status:
            peak = int(status['VmHWM'].split()[0]) / 1024
            self.found[pid] = (role, peak, (int(fields[11]) + int(fields[12]))
                               / TICKS)
        for child in below:
            self.look(int(child), 'child')

    def summary(self):
        """{role: (number, peak MB, CPU seconds)}"""
        out = {}
        for role, peak, cpu in self.found.values():
            n, p, c = out.get(role, (0, 0, 0))
            out[role] = (n + 1, max(p, peak), c + cpu)
        return out
