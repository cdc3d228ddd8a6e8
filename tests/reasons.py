# SPDX-License-Identifier: BSD-2-Clause
"""What the reasons of a record mean, told again in another language."""

import re

TYPES = ('forwarded', 'trusted_forwarder', 'mailing_list')
ARC = re.compile(r'''[\s"'`(<\[{]*arc\s*["'(:=\s-]+pass(?![a-z0-9])''', re.I)


def forwarding(kind, comment):
    """Whether the receiver says that somebody forwarded it."""
    return kind in TYPES or (
        kind == 'local_policy' and bool(ARC.match(comment or '')))


def changed(passed, disposition, own, p, sp=None, np=None):
    """Whether it came out otherwise than the policy asks; own: not of a
    subdomain."""
    if disposition is None:
        return False
    if passed:
        return disposition in ('quarantine', 'reject')
    p = p or 'none'
    asked = (p,) if own else (sp or p, np or sp or p)
    return ('none' if disposition == 'pass' else disposition) not in asked


def has_envelope(auth_spf):
    """Whether SPF passes for an envelope sender; (domain, scope, result)."""
    return any(scope != 'helo' and result == 'pass'
               for _, scope, result, *_ in auth_spf)
