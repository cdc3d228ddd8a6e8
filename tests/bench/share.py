# SPDX-License-Identifier: BSD-2-Clause
"""A group of processes that has the CPU which a unit leaves its service."""

import os
import re

UNITS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     '..', '..', 'systemd')
WEIGHT = 100                    # that of a service whose unit says nothing


def of_unit(name, setting, otherwise):
    with open(os.path.join(UNITS, name), encoding='utf-8') as f:
        found = re.search('^%s=(.*)$' % setting, f.read(), re.M)
    return found[1] if found else otherwise


def root():
    """Of the controller "cpu", and whether it is of version 1."""
    with open('/proc/self/mounts', encoding='utf-8') as f:
        mounts = [line.split() for line in f]
    for _, where, kind, options, *_ in mounts:
        if kind == 'cgroup' and 'cpu' in options.split(','):
            return where, True
    for _, where, kind, *_ in mounts:
        if kind == 'cgroup2':
            write(where + '/cgroup.subtree_control', '+cpu')
            return where, False
    raise OSError('no control groups are mounted')


def write(path, text):
    with open(path, 'w', encoding='ascii') as f:
        f.write(str(text))


class Share:
    """with Share('ruad-web.service') as share: share.take(pid)

    OSError where no group can be made: who is not root cannot."""

    def __init__(self, unit):
        self.weight = int(of_unit(unit, 'CPUWeight', WEIGHT))
        self.policy = {'idle': os.SCHED_IDLE, 'other': os.SCHED_OTHER}[
            of_unit(unit, 'CPUSchedulingPolicy', 'other')]
        self.nice = int(of_unit(unit, 'Nice', 0))
        where, first = root()
        self.group = '%s/ruad-bench-%d' % (where, os.getpid())
        os.mkdir(self.group)
        if first:
            write(self.group + '/cpu.shares', 1024 * self.weight // WEIGHT)
        else:
            write(self.group + '/cpu.weight', self.weight)

    def take(self, pid):
        """The process, and what it starts later."""
        write(self.group + '/cgroup.procs', pid)
        os.setpriority(os.PRIO_PROCESS, pid, self.nice)
        os.sched_setscheduler(pid, self.policy, os.sched_param(0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.rmdir(self.group)
