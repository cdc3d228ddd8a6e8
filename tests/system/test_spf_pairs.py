# SPDX-License-Identifier: BSD-2-Clause
"""What ruad's SPF says is what python3-spf says, of zones made by chance; where
it is not, one of the corrections of spf_peer.py explains it.

SPF_PAIRS=10000 tries as many zones."""

import collections
import os
import subprocess

import pytest

import spf_peer
from spf_zones import DOMAINS, Zone

HERE = os.path.dirname(os.path.abspath(__file__))
ZONES = int(os.environ.get('SPF_PAIRS', 500))


@pytest.fixture(scope='module')
def says(tmp_path_factory, build):
    """What ruad says of all questions of zones: result, terms that look up,
    void look-ups, the result by a map, the way to the term."""
    top = os.path.dirname(os.path.dirname(HERE))
    program = str(tmp_path_factory.mktemp('spf') / 'spf_says')
    subprocess.run([os.environ.get('CC', 'cc'), '-std=c17', '-D_GNU_SOURCE',
                    '-O1', '-I' + top + '/src', '-I' + top + '/tests',
                    '-o', program, os.path.join(HERE, 'spf_says.c'),
                    build + '/dns.a', build + '/report.a', build + '/base.a',
                    '-lcmocka', '-lpsl', '-lnettle'], check=True)

    def ask(zones):
        lines, questions = [], []
        for zone in zones:
            lines += zone.lines()
            for question in zone.questions():
                lines.append('\t'.join(('q', *question)))
                questions.append((zone, question))
        p = subprocess.run([program], input='\n'.join(lines) + '\n',
                           encoding='utf-8', errors='surrogateescape',
                           capture_output=True, check=True)
        found = [line.split('\t', 4) for line in p.stdout.split('\n')[:-1]]
        assert len(found) == len(questions)
        return [(*pair, answer) for pair, answer in zip(questions, found)]
    return ask


def shown(zone, question):
    lines = ['%s %s %s %s' % question]
    for name, kinds in zone.records.items():
        for kind, values in kinds.items():
            lines += ['%s %s %r' % (name, kind, value) for value in values]
    return '\n'.join(lines + ['silent: %s' % sorted(zone.failing)])


def test_it_says_what_another_implementation_says(says):
    results, reasons = collections.Counter(), collections.Counter()
    for first in range(0, ZONES, 250):
        zones = [Zone(seed) for seed in range(first, min(first + 250, ZONES))]
        for zone, question, (result, lookups, voids, _, path) in says(zones):
            results[result] += 1
            if spf_peer.judge(zone, question) == result:
                continue
            why = spf_peer.explain(zone, question, result)
            assert why, '%s (%s look-ups, %s void, %s), but it says %s\n%s' % (
                result, lookups, voids, path,
                spf_peer.judge(zone, question, set(spf_peer.WHY)),
                shown(zone, question))
            reasons[' '.join(sorted(why))] += 1
    print('\n%d pairs: %s' % (sum(results.values()), dict(results)))
    for why, count in reasons.most_common():
        print('%5d %s' % (count, why))
    # All kinds of results were compared, and most without any correction.
    assert set(results) >= {'pass', 'fail', 'softfail', 'neutral',
                            'permerror', 'temperror'}
    assert sum(reasons.values()) * 5 < sum(results.values())


def test_a_map_says_what_a_check_says_or_that_it_cannot(says):
    zones = [Zone(seed) for seed in range(ZONES)]
    unknown = 0
    for zone, question, (result, _, _, by_map, path) in says(zones):
        unknown += by_map == '?'
        assert by_map in ('?', result), '%s %s\n%s' % (
            by_map, path, shown(zone, question))
    assert 0 < unknown < 2 * ZONES


ONE = 'v=spf1 ip4:192.0.2.1 '


@pytest.mark.parametrize('why, record, result', (
    ('redirect', 'v=spf1 a a a a a a a a a a ip4:192.0.2.1 redirect=d1.x.org',
     'pass'),
    ('mx', 'v=spf1 mx -all', 'pass'),
    ('ptr', 'v=spf1 ptr:h5.example.org -all', 'fail'),
    ('p', ONE + 'a:%{p}.example.org -all', 'pass'),
    ('macros', ONE + 'exists:%{dx} -all', 'permerror'),
    ('macros', ONE + 'exists:%{dr2} -all', 'permerror'),
    ('macros', 'v=spf1 exists:%{h-}.example.org -all', 'pass'),
    ('case', 'v=spf1 REDIRECT=-all', 'permerror'),
    ('repeated', 'v=spf1 x=1 x=2 -all', 'fail'),
    ('bytes', 'v=spf1 x=\x01 -all', 'permerror'),
    ('self', ONE + 'include:d0.example.org', 'pass'),
    ('names', 'v=spf1 a:a:1.example.org a:a:2.example.org '
     'a:a:3.example.org -all', 'fail')))
def test_each_correction_is_needed_and_of_use(says, why, record, result):
    zone = Zone(0)
    zone.records = {
        DOMAINS[0]: {'TXT': [[record]], 'A': ['192.0.2.9'],
                     'MX': [(1, 'h0.example.org'), (2, 'h1.example.org')]},
        'h0.example.org': {'A': ['192.0.2.1']},
        'a.b.example.org.example.org': {'A': ['127.0.0.2']}}
    zone.failing = {('h1.example.org', 'A'),
                    ('1.2.0.192.in-addr.arpa', 'PTR')}
    question = ('192.0.2.1', DOMAINS[0], 'user', 'a-b.example.org')
    zone.questions = lambda: [question]
    (_, _, answer), = says([zone])
    assert answer[0] == result
    assert spf_peer.judge(zone, question) != result
    assert spf_peer.judge(zone, question, {why}) == result
    assert spf_peer.explain(zone, question, result) == {why}
