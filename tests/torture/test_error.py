# SPDX-License-Identifier: BSD-2-Clause
"""A system call fails: the disk is full or broken, descriptors, processes or
memory have run out.  The poll stops or goes on, and the next one is clean."""

import errno

import pytest

import torture

# name: the calls, what they say, and in which processes.
FAULTS = {
    'full': ('write,pwrite64,ftruncate,mkdir,fallocate', 'ENOSPC'),
    'broken-write': ('write,pwrite64,ftruncate,fsync,fdatasync', 'EIO'),
    'broken-read': ('read,pread64,lseek,newfstatat', 'EIO'),
    'process-descriptors': ('open,openat,socket,socketpair,fcntl', 'EMFILE'),
    'system-descriptors': ('open,openat,socket,socketpair', 'ENFILE'),
    'memory': ('mmap,mremap,brk', 'ENOMEM'),
    'processes': ('clone,clone3,vfork', 'EAGAIN'),
    'network': ('connect,sendto,recvfrom,sendmsg,poll', 'ENOBUFS'),
}
ROLES = ('main', 'opener', 'fetcher', 'parser')
# What ruad(8) documents for faults that pass.  Before main() it is the loader
# that speaks.
PASSING = {0, 69, 71, 75}
LOADER = 127
SANDBOX = 'the sandbox does not hold: a file could be opened'


@pytest.mark.parametrize('role', ROLES)
@pytest.mark.parametrize('fault', FAULTS)
def test_a_system_call_fails(request, scene, inject, fault, role):
    calls, name = FAULTS[fault]
    number = getattr(errno, name)
    scene.new()
    scene.run(inject(scene.report, role, calls, 0, number))
    total, _ = scene.counted()
    failed, codes = 0, set()
    for n in torture.points(total, few=1):
        for when in (n, '%d+' % n) if torture.SECONDS else ('%d+' % n,):
            scene.new()
            result = scene.run(
                inject(scene.report, role, calls, when, number))
            if scene.counted()[1] == 0:
                continue
            failed += 1
            assert result.code in PASSING or (
                result.code == LOADER and 'loading shared' in result.log) or (
                # It asks whether open() is refused, and is lied to.
                SANDBOX in result.log), (when, result)
            codes.add(result.code)
            scene.look((when, result))
            scene.finish((when, result))
    torture.note(request.node.name, faults=failed, calls=total,
                 statuses=sorted(codes))
