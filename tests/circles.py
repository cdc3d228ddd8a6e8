# SPDX-License-Identifier: BSD-2-Clause
"""Circles in a layer: headers that include each other, and files that use
symbols of each other, by what nm says of the objects of a build."""

import collections
import os
import re
import subprocess


def components(edges):
    """The sets of nodes each of which reaches every other (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(edges.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return sorted(found)


def includes(src, layer):
    """header -> {header of the same layer that it includes: how}."""
    edges = {}
    for name in sorted(os.listdir(os.path.join(src, layer))):
        if name.endswith('.h'):
            with open(os.path.join(src, layer, name), encoding='utf-8') as f:
                edges[name] = {other: ['#include'] for other in re.findall(
                    r'^#include "%s/(.*)"' % layer, f.read(), re.M)}
    return edges


def calls(src, build, layer):
    """file -> {file of the same layer: the symbols of it that it uses}."""
    where = os.path.join(build, 'src', layer)
    names = {name[:-2]: name[:-2] + '.o'
             for name in os.listdir(os.path.join(src, layer))
             if name.endswith('.c')}
    objects = [o for o in names.values()
               if os.path.exists(os.path.join(where, o))]
    if not objects:
        return {}
    text = subprocess.run(['nm', '-A', '-P', *objects], cwd=where, check=True,
                          capture_output=True, text=True).stdout
    owner, used = {}, []
    for line in text.splitlines():
        place, symbol, kind = line.split()[:3]
        name = place.rstrip(':')[:-2]
        if kind in 'TDBRVWC':
            owner[symbol] = name
        elif kind == 'U':
            used.append((name, symbol))
    edges = {name: collections.defaultdict(list) for name in names}
    for name, symbol in used:
        if owner.get(symbol, name) != name:
            edges[name][owner[symbol]].append(symbol)
    return edges


def find(src, build=None, allowed={}):
    """Each circle: its layer, its files, and a line for each arrow of it.
    allowed: the arrows of a layer, pairs of names, that do not count."""
    for layer in sorted(os.listdir(src)):
        graphs = [includes(src, layer)]
        if build:
            graphs.append(calls(src, build, layer))
        for edges in graphs:
            for a, b in allowed.get(layer, ()):
                edges.get(a, {}).pop(b, None)
            for circle in components(edges):
                yield layer, circle, [
                    '%s -> %s: %s' % (a, b, ' '.join(sorted(edges[a][b])))
                    for a in circle for b in circle if b in edges[a]]
