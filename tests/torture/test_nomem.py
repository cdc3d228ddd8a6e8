# SPDX-License-Identifier: BSD-2-Clause
"""malloc fails at the 1st, 2nd, 3rd ... use, once or for good: a poll or a
process may end by it, but no mail is lost, doubled or said to be unreadable."""

import os
import struct

import pytest

import checker
import torture

# A process that crashes for lack of memory (a library that does not look) is
# said to have (70); out of memory is 71.  The loader crashes or says 127, and
# libconfig itself ends the process with 2.
CODES = {0, 69, 70, 71, 75}
OF_OTHERS = {-11, 127, 2}


@pytest.fixture
def nomem(tools, scene):
    """run(n, for_good): ruad -1 or another, and (allocations, failures)."""
    library = tools('nomem.c', '-shared', '-fPIC')
    path = scene.rig.path('count')

    def environment(role, n, for_good):
        with open(path, 'wb') as f:
            f.write(struct.pack('=qqq', n, 0, 0))
        return {'LD_PRELOAD': library, 'NOMEM_COUNT': path,
                'NOMEM_ROLE': role, **({'NOMEM_FOR_GOOD': '1'}
                                       if for_good else {})}

    def counted():
        with open(path, 'rb') as f:
            return struct.unpack('=qqq', f.read())[1:]
    environment.counted = counted
    return environment


def each_failure(total, few=4):
    for n in torture.points(total, few):
        yield n, False
        yield n, True


@pytest.mark.parametrize('role', ['main', 'opener', 'fetcher'])
def test_malloc_fails_in_ruad(request, scene, nomem, role):
    scene.new()
    scene.run([], env=nomem(role, 0, False))
    total, _ = nomem.counted()
    assert total > 20
    scene.finish('undisturbed')
    failed, codes = 0, set()
    for n, for_good in each_failure(total):
        scene.new()
        result = scene.run([], env=nomem(role, n, for_good))
        if nomem.counted()[1] == 0:
            continue
        failed += 1
        codes.add(result.code)
        assert result.code in CODES or (
            role == 'main' and result.code in OF_OTHERS), (n, result)
        scene.look((n, for_good, result))
        scene.finish((n, for_good, result))
    torture.note(request.node.name, failures=failed, allocations=total,
                 statuses=sorted(codes))


def parser_that_fails(scene, environment):
    """ruad-parse gets nothing of our environment: a script sets it."""
    scene.rig.replace_parser('#!/bin/sh\n%s exec REAL "$@"\n' % ' '.join(
        '%s=%s' % item for item in environment.items()))


def test_malloc_fails_in_the_parser(request, scene, nomem):
    """Also in libarchive, libxml2 and jansson: the mail is read again."""
    scene.new()
    parser_that_fails(scene, nomem('main', 0, False))
    scene.run([])
    total, _ = nomem.counted()
    assert total > 100
    scene.finish('undisturbed')
    failed, codes = 0, set()
    for n in torture.points(total, 8):
        scene.new()
        parser_that_fails(scene, nomem('main', n, False))
        result = scene.run([])
        if nomem.counted()[1] == 0:
            continue
        failed += 1
        codes.add(result.code)
        # libseccomp may make a filter that allows too little.
        assert result.code in CODES or (
            'stopped by its own sandbox' in result.log), (n, result)
        scene.look((n, result))
        scene.finish((n, result))
    torture.note(request.node.name, failures=failed, allocations=total,
                 statuses=sorted(codes))


def test_malloc_fails_in_import(request, scene, nomem):
    """What was not imported is imported by the next try."""
    path = scene.rig.path('mails')
    os.mkdir(path)
    for i, mail in enumerate(scene.mails[:4]):
        with open('%s/%d.eml' % (path, i), 'wb') as f:
            f.write(mail)
    program = [os.path.join(scene.rig.build, 'ruactl'), '-d', None, 'import',
               path]

    def run(env):
        program[2] = scene.rig.database
        return scene.run([], env=env, program=program)

    scene.new()
    os.mkdir(os.path.dirname(scene.rig.database))
    run(nomem('main', 0, False))
    total, _ = nomem.counted()
    failed, codes = 0, set()
    for n, for_good in each_failure(total):
        scene.new()
        result = run(nomem('main', n, for_good))
        if nomem.counted()[1] == 0:
            continue
        failed += 1
        codes.add(result.code)
        assert result.code in (0, 71, 75, -11, -6), (n, for_good, result)
        scene.look((n, for_good))
        result = run({})
        assert result.code == 0, (n, for_good, result)
        scene.look((n, for_good))
        checker.rows(scene.rig.database, scene.reports)
        scene.clean()
    torture.note(request.node.name, failures=failed, allocations=total,
                 statuses=sorted(codes))
