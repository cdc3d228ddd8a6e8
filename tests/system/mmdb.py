# SPDX-License-Identifier: BSD-2-Clause
"""Files of the MaxMind DB format, of example addresses.

    write(path, {'192.0.2.0/24': nested(64500, 'Example', 'NL')})

writes one: networks to values.  nested() and flat() are the two schemes in
which vendors say AS and country.  Values are dict, list, str, bytes, bool, int
(uint32; Int(7, 'int32') for another type), float, or Raw bytes, which are put
in as they are.  networks may be none; the tree is of IPv6 unless version=4.

The format (its public specification): a binary tree, whose nodes have two
records each, then 16 zero bytes, the data section, a marker, and metadata,
which is data, too.
"""

import ipaddress
import struct
import sys
import time

MARKER = b'\xab\xcd\xefMaxMind.com'
TYPES = {'pointer': 1, 'string': 2, 'double': 3, 'bytes': 4, 'uint16': 5,
         'uint32': 6, 'map': 7, 'int32': 8, 'uint64': 9, 'uint128': 10,
         'array': 11, 'bool': 14, 'float': 15}


class Int(int):
    """A number of a chosen type."""

    def __new__(cls, value, kind):
        self = super().__new__(cls, value)
        self.kind = kind
        return self


class Raw(bytes):
    """Encoded data, right or wrong."""


def nested(asn=None, as_name=None, country=None, **more):
    """As GeoLite2 and DB-IP do."""
    value = dict(more)
    if asn is not None:
        value['autonomous_system_number'] = asn
    if as_name is not None:
        value['autonomous_system_organization'] = as_name
    if country is not None:
        value['continent'] = {'code': 'EU', 'names': {'en': 'Europe'}}
        value['country'] = {'geoname_id': 7, 'iso_code': country,
                            'names': {'en': 'Example Land'}}
    return value


def flat(asn=None, as_name=None, country=None, **more):
    """As IPinfo Lite does."""
    value = dict(more)
    if asn is not None:
        value['asn'] = 'AS%d' % asn
    if as_name is not None:
        value['as_name'] = as_name
    if country is not None:
        value['country'] = 'Example Land'
        value['country_code'] = country
    return value


def control(kind, size):
    """The bytes before a value; a size above 65,820 is not needed."""
    number = TYPES[kind]
    more = b''
    if size >= 285:
        more = struct.pack('!H', size - 285)
        size = 30
    elif size >= 29:
        more = bytes([size - 29])
        size = 29
    if number > 7:
        return bytes([size, number - 7]) + more
    return bytes([number << 5 | size]) + more


def encode(value):
    if isinstance(value, Raw):
        return bytes(value)
    if isinstance(value, dict):
        return control('map', len(value)) + b''.join(
            encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return control('array', len(value)) + b''.join(map(encode, value))
    if isinstance(value, str):
        value = value.encode()
        return control('string', len(value)) + value
    if isinstance(value, bytes):
        return control('bytes', len(value)) + value
    if isinstance(value, bool):
        return control('bool', int(value))
    if isinstance(value, float):
        return control('double', 8) + struct.pack('!d', value)
    kind = getattr(value, 'kind', 'uint32')
    raw = (value & 0xffffffff).to_bytes(4, 'big') if kind == 'int32' else \
        int(value).to_bytes(16, 'big').lstrip(b'\0')
    return control(kind, len(raw)) + raw


class Tree:
    def __init__(self, version):
        self.version = version
        self.nodes = [[None, None]]

    def bits(self, network):
        address = network.network_address
        if self.version == 4 and address.version == 6:
            raise ValueError('an IPv6 network in a tree of IPv4')
        value, length = int(address), network.prefixlen
        size = 32 if self.version == 4 else 128
        if self.version == 6 and address.version == 4:
            length += 96
        return [value >> (size - 1 - i) & 1 for i in range(length)]

    def add(self, network, offset):
        at, bits = 0, self.bits(ipaddress.ip_network(network))
        for bit in bits[:-1]:
            if not isinstance(self.nodes[at][bit], int):
                self.nodes.append([None, None])
                self.nodes[at][bit] = len(self.nodes) - 1
            at = self.nodes[at][bit]
        self.nodes[at][bits[-1]] = (offset,)

    def pack(self):
        """Records of 32 bits."""
        count = len(self.nodes)

        def record(value):
            return count if value is None else \
                value if isinstance(value, int) else count + 16 + value[0]
        return b''.join(struct.pack('!II', record(a), record(b))
                        for a, b in self.nodes)


def build(networks, *, built=None, version=6, kind='Example', metadata=None):
    """The bytes of a file.  built: when, seconds; metadata: members to change,
    None for those to leave out."""
    tree, data = Tree(version), b''
    for network, value in networks.items():
        tree.add(network, len(data))
        data += encode(value)
    about = {
        'node_count': len(tree.nodes), 'record_size': Int(32, 'uint16'),
        'ip_version': Int(version, 'uint16'), 'database_type': kind,
        'languages': ['en'],
        'binary_format_major_version': Int(2, 'uint16'),
        'binary_format_minor_version': Int(0, 'uint16'),
        'build_epoch': Int(time.time() if built is None else built, 'uint64'),
        'description': {'en': 'made by a test'}, **(metadata or {})}
    return tree.pack() + bytes(16) + data + MARKER + encode(
        {k: v for k, v in about.items() if v is not None})


def write(path, networks, **how):
    with open(path, 'wb') as f:
        f.write(build(networks, **how))
    return str(path)


def deep(levels):
    """A map in a map, and so on."""
    return Raw(b'\xe1\x41a' * levels + b'\x41b')


def samples(directory):
    """For tests/unit/geo.c: good ones, and damaged in every way."""
    def put(name, networks, **how):
        write('%s/%s.mmdb' % (directory, name), networks, **how)

    def cut(name, data):
        with open('%s/%s.mmdb' % (directory, name), 'wb') as f:
            f.write(data)

    four, six = '192.0.2.0/24', '2001:db8::/32'
    put('nested', {four: nested(64500, 'Example Hosting', 'NL'),
                   six: nested(4200000000, 'Six', 'DE'),
                   '198.51.100.0/25': nested(64501, 'Other')})
    put('flat', {four: flat(64500, 'Flat Hosting', 'FR'),
                 six: flat(64502, 'Flat Six', 'it')})
    put('country', {'198.51.100.0/24': nested(country='SE'),
                    four: nested(country='BE')})
    put('old', {four: {'country': 'US', 'asn': Int(64503, 'uint16'),
                       'as_name': ' \t '}}, built=1_000_000_000)
    put('four', {four: flat(64504, 'Four', 'PL')}, version=4)
    put('shared', {four: {'country': {'names': {}, 'iso_code': Raw(
        b'\x20\x00')}}, six: 'NO'})                 # a pointer to itself
    put('empty', {})
    name = 'x' * 98 + '\u20ac' * 20
    put('hostile', {four: flat(64505, name, 'NL'),
                    six: flat(64506, 'a\x1b[2J\nb\u202e', 'NL'),
                    '198.51.100.0/24': flat(64507, b'\xff\xfe', 'N1')})
    wrong = [
        {'autonomous_system_number': 'many', 'country': 7},
        {'autonomous_system_number': -5.5, 'country': ['NL']},
        {'autonomous_system_number': Int(2 ** 40, 'uint64'),
         'country': {'iso_code': {'iso_code': 'NL'}}},
        {'autonomous_system_number': Int(-1, 'int32'), 'country': True},
        {'autonomous_system_number': Int(2 ** 100, 'uint128')},
        {'asn': 'AS', 'as_name': 7, 'country_code': ''},
        {'asn': 'AS0', 'country_code': 'NLD'},
        {'asn': 'AS4294967296', 'country_code': Int(7, 'uint16')},
        {'asn': 'ASAS1', 'country_code': b'NL'},
        {'asn': {'asn': 7}, 'as_name': ['x']},
        'NL', 7, ['NL', 64500], True, 1.5, {}]
    put('types', {'192.0.2.%d/32' % n: value
                  for n, value in enumerate(wrong)})
    put('deep', {four: deep(1_000_000),
                 six: {'country': deep(100_000)},
                 '198.51.100.0/24': deep(12)})
    put('wide', {four: Raw(b'\xff\xff\xff\xff' + b'\x41a\x41b' * 9000)})
    put('loop', {four: Raw(b'\xe1\x41a\x20\x00')})
    good = build({four: nested(64500, 'Example', 'NL')})
    marker = good.index(MARKER)
    cut('nothing', b'')
    cut('text', b'country,asn\nNL,64500\n')
    cut('half', good[:marker // 2])
    cut('head', good[:100])
    cut('no-marker', good[:marker])
    cut('marker', MARKER)
    cut('cut-metadata', good[:-20])
    cut('cut-data', good[:marker - 25] + good[marker:])
    cut('twice', good + good)
    put('no-type', {four: nested(64500)}, metadata={'database_type': None})
    put('no-count', {four: nested(64500)}, metadata={'node_count': None})
    put('many-nodes', {four: nested(64500)},
        metadata={'node_count': 2 ** 32 - 1})
    put('few-nodes', {four: nested(64500)}, metadata={'node_count': 3})
    put('size', {four: nested(64500)},
        metadata={'record_size': Int(7, 'uint16')})
    put('format', {four: nested(64500)},
        metadata={'binary_format_major_version': Int(9, 'uint16')})
    put('epoch', {four: nested(64500)}, built=2 ** 63)
    put('no-epoch', {four: nested(64500)}, metadata={'build_epoch': None})
    put('wrong-metadata', {four: nested(64500)},
        metadata={'languages': 7, 'description': 'x', 'ip_version': 'six'})
    put('deep-metadata', {four: nested(64500)},
        metadata={'description': deep(20_000)})
    cut('far', good[:100] + b'\x7f' * (marker - 120) + good[marker - 20:])


if __name__ == '__main__':
    samples(sys.argv[1])
