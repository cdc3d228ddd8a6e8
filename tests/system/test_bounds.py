# SPDX-License-Identifier: BSD-2-Clause
"""No mail makes ruad large: bombs, and mails as large as may be, through the
whole of it, while the peak of each process is measured."""

import base64
import random

import attacks
import attacks_packed   # noqa: F401  these add to attacks.ATTACKS
import attacks_repair   # noqa: F401
import gen
import rig as rigs
from longform import some
from sampler import Sampler

MIB = 1 << 20
LIMITS = {'supervisor': 64, 'fetcher': 64, 'ruad-parse': 192}

# Those that keep their bytes as mail: text, or wrapped into a mail.
BOMBS = ('mime_quoted_printable', 'mime_base64_of_base64_mails',
         'json_long_string', 'repair_cut_in_a_large_report')
WRAPPED = some(('xml_more_records_than_the_limit', 'gzip_1_gib_report',
                'zip_1_gib_of_zeros', 'xz_huge_dictionary'), 2)


def wrapped(data):
    return (b'Subject: Report domain: example.org\r\n'
            b'Content-Type: application/zip\r\n'
            b'Content-Transfer-Encoding: base64\r\n\r\n' +
            base64.encodebytes(data).replace(b'\n', b'\r\n'))


def noise(size, seed):
    return wrapped(random.Random(seed).randbytes(size))


def peaks(rig, code=0, limits=LIMITS):
    d = rig.start('-1')
    sampler = Sampler()
    sampler.start(d.pid)
    try:
        assert d.wait() == code, rigs.tail(d.lines)
    finally:
        sampler.stop()
    found = {role: peak for role, (_, peak, _) in sampler.summary().items()}
    assert set(found) == set(limits)
    assert all(0 < found[role] < limits[role] for role in found), found
    return found


def test_the_largest_mails_one_after_the_other_stay_small(rig):
    m = rig.mailbox()
    m.deliver(*[noise(22 * MIB, n) for n in range(4)],
              *[noise(5 * MIB, n) for n in range(4, 8)], stored=False)
    peaks(rig)
    assert rig.statuses() == {'failed': 8}


def test_an_honest_report_of_100_000_records_stays_small(rig):
    google = next(one for one in gen.REPORTERS if one.org == 'google.com')
    m = rig.mailbox()
    m.deliver(gen.mail('large', 0, 100000, google), stored=False)
    peaks(rig, limits=dict.fromkeys(LIMITS, 64))
    rig.check_rows = False
    assert rig.query('SELECT count(*) FROM record') == [(100000,)]


def test_bombs_stay_small(rig):
    m = rig.mailbox()
    m.deliver(*[attacks.ATTACKS[name]() for name in BOMBS],
              *[wrapped(attacks.ATTACKS[name]()) for name in WRAPPED],
              stored=False)
    rig.check_rows = False
    peaks(rig)
    assert sum(rig.statuses().values()) == len(BOMBS) + len(WRAPPED)


def test_a_server_that_lies_about_sizes_does_not_make_us_large(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    lies = [noise(22 * MIB, n) for n in some(range(3), 2)]
    m.deliver(*lies, stored=False)

    def lie(session, tag, rest):
        if 'RFC822.SIZE' not in rest:
            return False
        for n, uid in enumerate(sorted(session.selected), 1):
            session.send('* %d FETCH (UID %d RFC822.SIZE 100)\r\n' % (n, uid))
        session.ok(tag)
        return True

    server.hooks['UID FETCH'] = lie
    peaks(rig)
    assert rig.statuses() == {'failed': len(lies)}
