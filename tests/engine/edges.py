# SPDX-License-Identifier: BSD-2-Clause
"""Reports on both sides of each border that a rule of store/rules.h, or of the
views, draws; views of an engine have these rules in SQL of its own."""

from world import DAY, LAST, TODAY, Step

SIGNED = ('<dkim><domain>example.org</domain><selector>s</selector><result>pass'
          '</result></dkim>')


def spf(scope, result='pass', domain='other.example'):
    return '<spf><domain>%s</domain>%s<result>%s</result></spf>' % (
        domain, '<scope>%s</scope>' % scope if scope else '', result)


def reason(kind, comment=''):
    return '<reason><type>%s</type><comment>%s</comment></reason>' % (
        kind, comment)


def record(ip, count=5, dkim='fail', auth='', why='', disposition='none',
           header_from='example.org'):
    return (
        '<record><row><source_ip>%s</source_ip><count>%d</count>'
        '<policy_evaluated><disposition>%s</disposition><dkim>%s</dkim>'
        '<spf>fail</spf>%s</policy_evaluated></row><identifiers><header_from>%s'
        '</header_from></identifiers><auth_results>%s</auth_results></record>'
        % (ip, count, disposition, dkim, why, header_from, auth))


class Reports:
    """Their documents."""

    def __init__(self):
        self.all = []

    def add(self, day, records, org='receiver.example', policy='none',
            domain='example.org'):
        self.all.append((
            '<?xml version="1.0"?><feedback><report_metadata><org_name>%s'
            '</org_name><email>a@receiver.example</email><report_id>%d'
            '</report_id><date_range><begin>%d</begin><end>%d</end>'
            '</date_range></report_metadata><policy_published><domain>%s'
            '</domain><p>%s</p></policy_published>%s</feedback>' % (
                org, len(self.all), day, day + DAY - 1, domain, policy,
                ''.join(records))).encode())


def of_classes():
    """What is forwarded, and what is no address."""
    signed = {'dkim': 'pass', 'auth': SIGNED}
    return [
        record('192.0.2.1', dkim='pass', auth=SIGNED + spf(None)),
        record('192.0.2.2', dkim='pass', auth=SIGNED + spf('mfrom')),
        record('192.0.2.3', dkim='pass', auth=SIGNED + spf('helo')),
        record('192.0.2.4', dkim='pass', auth=SIGNED + spf(None, 'fail')),
        record('192.0.2.5', **signed),
        record('192.0.2.6', 7, why=reason('forwarded'), auth=spf(None)),
        record('192.0.2.7', 7, why=reason('local_policy', 'arc=pass')),
        record('192.0.2.8', 7, why=reason('local_policy', 'arcx=pass')),
        record('192.0.2.9', 7, why=reason('mailing_list')),
        record('192.0.2.10', 0), record('192.0.2.11', disposition='reject'),
        record('192.0.2.12', 3), record('192.0.2.12', 1, **signed),
        record('192.0.2.13', 3), record('192.0.2.14', 3),
        record('2001:db8:0:0:1::1', disposition='quarantine'),
        record('::1'), record(''), record('192.0.2.15', **dict(
            signed, header_from='sub.example.org'))]


def documents():
    reports = Reports()
    reports.add(LAST, of_classes())
    # The newest policy of a domain, and names in upper and lower case.
    for org, policy in (('Rcv', 'none'), ('RCV', 'reject'), ('rcv', 'none'),
                        ('\xc4rzte', 'none'), ('\xe4RZTE', 'quarantine')):
        reports.add(LAST, [record('198.51.100.1')], org, policy)
    # The first and the last day of a week and of a month of data.
    for i, days in enumerate((5, 6, 7, 28, 29, 30)):
        reports.add(LAST - days * DAY, [record('198.51.100.%d' % (10 + i))],
                    domain='old.example')
    # Daily until so many days ago, or nearly daily.
    for ago in (4, 5, 6, 31, 32, 33, 34):
        for i in range(14):
            reports.add(TODAY - (ago + i) * DAY, [record('203.0.113.1')],
                        'Daily %d' % ago)
    for i in range(13):
        reports.add(TODAY - (8 + i) * DAY, [record('203.0.113.1')], 'Thirteen')
    for i in range(15):
        if i != 7:
            reports.add(TODAY - (8 + i) * DAY, [record('203.0.113.1')], 'Gap')
    return reports.all


SENDERS = (('Own', 'own', '192.0.2.2'), ('Service', 'service', '192.0.2.6'),
           ('Forwarder', 'forwarder', '192.0.2.11'),
           ('Also', 'forwarder', '192.0.2.2/31'),
           ('Bad', 'hostile', '192.0.2.4'), ('Worse', 'hostile', '192.0.2.9'))
# What is known of an address, the best first.
KNOWN = (('192.0.2.12', "ptr = 'h.x.example', ptr_domain = 'x.example',"
          " as_name = 'X', asn = 64500"),
         ('192.0.2.13', "as_name = 'X', asn = 64500"),
         ('192.0.2.14', 'asn = 64500'))
# Of its message the Date, as SQL of the report.
SENT = ('begin_ts', 'begin_ts - 1', 'end_ts', 'end_ts + 7200', 'imported_ts',
        'imported_ts + 1', 'NULL')


def fill(collector):
    Step(collector, ['import', '-q', collector.files(documents())]).run()
    for name, kind, rule in SENDERS:
        Step(collector, ['sender', 'add', name, kind, rule]).run()
    for ip, known in KNOWN:
        collector.sql('UPDATE source SET lookup_ts = 1, %s WHERE ip = ?' %
                      known, ip)
    # One that came years late is not late by more than a year.
    collector.sql('UPDATE report SET begin_ts = 1262304000, end_ts = 1262390399'
                  " WHERE org_name = 'Thirteen' AND external_id LIKE '%7'")
    for i, sent in enumerate(SENT):
        collector.sql(
            'UPDATE message SET sent_ts = (SELECT %s FROM report WHERE'
            ' message_id = message.id) WHERE id %% %d = %d' % (
                sent, len(SENT), i))
    collector.sql('UPDATE report SET id = id')
