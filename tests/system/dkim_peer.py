# SPDX-License-Identifier: BSD-2-Clause
"""What python3-dkim says of a message, in ruad's words; and where it does not
keep to the RFCs, corrections, one by one, so that what differs can be
explained."""

import types

import dkim

# What each correction is for.
WHY = {
    'from': 'asks for one From more than h= has, so that a second one, which '
            'nobody signed, makes a good signature bad (RFC 6376, 5.4.2)',
    'sha1': 'takes rsa-sha1 (RFC 8301, 3.1: it must not be verified)',
    'empty': 'a message without a body has one that is empty; ruad cannot '
             'tell whether it was given only a header',
}


class Once(list):
    """h= as it is: nothing can be added to it."""

    def append(self, item):
        pass


class Peer(dkim.DKIM):
    def __init__(self, message, fixed):
        super().__init__(message)
        self.fixed = fixed

    def verify_headerprep(self, idx=0):
        found = super().verify_headerprep(idx)
        if found and 'from' in self.fixed:
            sig, names, headers = found
            found = sig, Once(names), headers
        return found


def at(seconds):
    """When all messages are looked at."""
    dkim.time = types.SimpleNamespace(time=lambda: seconds)


def source(records):
    def ask(name, timeout=5):
        record = records.get(name.decode().rstrip('.'), '')
        if record is None:
            raise dkim.DnsTimeoutError('no answer')
        return record.encode()
    return ask


def judge_chain(message, records):
    """pass, fail; one that was closed, which it calls nothing, is a failure."""
    cv = dkim.ARC(message).verify(dnsfunc=source(records))[0]
    return 'fail' if cv is None else cv.decode()


def judge(message, records, fixed=()):
    """good, body (which it looks at first), bad."""
    peer = Peer(message, fixed)
    try:
        return 'good' if peer.verify(dnsfunc=source(records)) else 'bad'
    except dkim.ValidationError as e:
        return 'body' if 'body hash mismatch' in str(e) else 'bad'
    except (dkim.DKIMException, ValueError, TypeError, KeyError):
        return 'bad'


# What it says to each of ruad's results.
SAME = {'pass': ('good',), 'body': ('body',), 'both': ('body',),
        'malformed': ('body', 'bad')}


def explain(message, records, result):
    """The names of the corrections after which both say the same; None: it is
    not explained."""
    theirs = judge(message, records)
    if theirs in SAME.get(result, ('bad',)):
        return ()
    if result == 'pass' and judge(message, records, ('from',)) == 'good':
        return ('from',)
    if result == 'obsolete' and theirs == 'good':
        return ('sha1',)
    if result == 'obsolete' and judge(message, records, ('from',)) == 'good':
        return ('from', 'sha1')
    if result in ('header_only', 'header') and theirs == 'body' and \
            message.endswith((b'\r\n\r\n', b'\n\n')):
        return ('empty',)
    return None
