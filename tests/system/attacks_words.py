# SPDX-License-Identifier: BSD-2-Clause
"""Attacks on what looks for reports, files and notices among words."""

from attacks import HEAD, MIB, REPORT, attack


def text(body, kind=b'text/plain'):
    return HEAD + b'Content-Type: ' + kind + b'\r\n\r\n' + body


def parts(body, n=100, kind=b'text/plain'):
    part = b'--b\r\nContent-Type: ' + kind + b'\r\n\r\n' + body + b'\r\n'
    return (HEAD + b'Content-Type: multipart/mixed; boundary=b\r\n\r\n' +
            part * n + b'--b--\r\n')


@attack
def words_of_open_brackets():
    return text(b'x' + b'<' * (30 * MIB), b'text/html')


@attack
def words_of_half_comments():
    return text(b'x' + b'<!-- ' * (6 * MIB), b'text/html')


@attack
def words_of_half_styles():
    return text(b'x' + b'<style></ ' * (3 * MIB), b'text/html')


@attack
def words_of_references():
    return text(b'x' + b'&#6' * (10 * MIB), b'text/html')


@attack
def words_of_declarations():
    return text(b'y ' * 100 + b'<?xml <feedback>' * MIB)


@attack
def words_of_tiny_reports():
    return text(b'y ' * 100 + b'<feedback></feedback>' * MIB)


@attack
def words_around_reports_without_end():
    return text(b'y ' * 100 + REPORT.replace(b'</feedback>', b'</') * 50000)


@attack
def words_of_braces():
    return text(b'y ' * 100 + b'{"' * (15 * MIB) + b'"policies"')


@attack
def words_of_uuencode():
    return text(b'begin 644 a\r\n#4$L#\r\n' * MIB)


@attack
def words_of_short_lines_of_uuencode():
    return text(b'begin 644 a\r\n#4$L#\r\n' + b'M\n' * (14 * MIB))


@attack
def words_of_base64_without_end():
    return text(b'begin-base64 644 a\r\n' + b'QUJD' * (6 * MIB))


@attack
def words_of_quotes():
    return text(b'> ' * (15 * MIB))


@attack
def words_of_findings():
    return text(b'Sender IP Address: ' * MIB + b'Sender\n' * MIB)


@attack
def words_of_colons():
    return (b'Subject: ' + b'Report domain: ' * 15000 + b'\r\n' +
            HEAD.replace(b'Subject', b'X-Subject') + b'\r\nx')


@attack
def words_of_gateways():
    """In a mail that announces a report, as often as it may be."""
    return parts(b'attachment virus malware enclosure allegato ' * 7000)


@attack
def words_of_file_names():
    return parts(b'a!b!1795219200!179' * 16000)
