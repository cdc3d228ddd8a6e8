# SPDX-License-Identifier: BSD-2-Clause
"""The DNS records of the domains of the demo, as zones for nameserver.py: what
the reports of demo_data.py tell is true of them, and not all is in order."""

# Their other halves were thrown away.
KEY_2048 = (
    'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2PAepcbCatWC00zPceim0W+2ye0bJ'
    'afv0i7XZxfZjD8PeZ7R97dx8TTNaT5X/Gh+2JwECnE0nO0md1J5KRkW6Bo8fb2WW9BweaLSDw'
    'fA+CK+qPLsQwkQbtMxcyhnM2z7hpczDGZq+8yQr8T2ajpHOLUKdoTZQJ/yDSz5NDmlLiSiedp'
    'OKJvEpWRp/fTT/4qVd+XZ+ywu8TGgko9Mf2kUIQHg7BCchhb5fncC454EE7aKtmNHiZwabRv2'
    'bk9JAERLrLaoNtso/y04iSuNz0CtqkNj9swrETx5PebHebl4MVhAPO7srwXpjvKgmoZ95P5d2'
    '3LCG76YSp8lOphKxvgFSQIDAQAB')
KEY_1024 = (
    'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDKPN/w6mWq7p6ULlkw/f+R+Zc0/giFe/kOh'
    'eoHLr9PEm28lR1F4fYBF6SOSPGY7+zl4vMKGMEWbMvz5MAtZ8YM9XVIkDSDsqZAb2V28gANDE'
    'APhyE8LS7jMow6ua0Rkq7uJESnnEhWz7T+LhMVIzqeC1N6St0Xa6Qii+5ir4B1GQIDAQAB')


def key(base64):
    """A key as strings of at most 255 bytes."""
    text = 'v=DKIM1; k=rsa; p=' + base64
    return ' '.join('"%s"' % text[i:i + 250] for i in range(0, len(text), 250))


def zone(policy, spf):
    return '''
        @              TXT "%s"
        @              MX  10 mx
        mx             A   198.51.100.10
        _dmarc         TXT "v=DMARC1; p=%s; rua=mailto:rua@example.org"
        s1._domainkey  TXT %s
        ''' % (spf, policy, key(KEY_2048))


MAILCHIMP = (11, 12, 21, 34)    # of 198.18.30.0/24
OWN = 'v=spf1 ip4:198.51.100.8/29 -all'
MAILCHIMP_KEY = 'k1._domainkey  TXT ' + key(KEY_1024)

# example.org lets a shop send that it left long ago, signs with a key that is
# short, and has forgotten its web server.
ZONES = {
    'example.org': zone('none', 'v=spf1 ip4:198.51.100.8/29'
                        ' include:spf.oldshop.example -all') + MAILCHIMP_KEY +
    '''
        _smtp._tls     TXT "v=TLSRPTv1; rua=mailto:rua@example.org"
        shop.example._report._dmarc  TXT "v=DMARC1"
        club.example._report._dmarc  TXT "v=DMARC1"
        ''',
    'shop.example': zone('quarantine', OWN) + MAILCHIMP_KEY,
    'club.example': zone('reject', OWN),
    'org': '',
    'example': '',
    'oldshop.example': '''
        spf            TXT "v=spf1 ip4:203.0.113.128/25 -all"
        ''',
    'mcsv.net': ''.join('mail%d A 198.18.30.%d\n' % (n, n)
                        for n in MAILCHIMP),
    '30.18.198.in-addr.arpa': ''.join('%d PTR mail%d.mcsv.net.\n' % (n, n)
                                      for n in MAILCHIMP),
}

# Networks and what a file of a vendor may tell of them: AS, name, country.
PLACES = {'198.18.0.0/16': (64500, 'Example Hosting', 'NL'),
          '198.51.100.0/24': (64501, 'Example Net', 'DE')}
