# SPDX-License-Identifier: BSD-2-Clause
"""Single messages of the demo, of the senders in demo_data.py: one that a
receiver took for spam, a bounce, and a failure report."""

from email.utils import formatdate

# It passes, and is in the folder for spam all the same.
MESSAGE = b"""Received: from DB5PEPF00014B88.eurprd02.prod.outlook.com
 (2603:10a6:10:3b:cafe::3f) by DB7PR05MB0001.eurprd05.prod.outlook.com
 with HTTPS; Fri, 27 Nov 2026 09:15:07 +0000
Authentication-Results: spf=pass (sender IP is 198.51.100.10)
 smtp.mailfrom=example.org; dkim=pass (signature was verified)
 header.d=example.org;dmarc=pass action=none
 header.from=example.org;compauth=pass reason=100
Received: from mail.example.org (198.51.100.10) by
 DB5PEPF00014B88.mail.protection.outlook.com (10.167.8.216) with Microsoft SMTP
 Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.9073.11 via
 Frontend Transport; Fri, 27 Nov 2026 09:15:04 +0000
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1;
 h=from:to:subject:date:message-id;
 bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=Zm9yIGEgdGVzdCBvbmx5
From: Anna <anna@example.org>
To: bert@contoso.example
Subject: The offer that you asked for
Date: Fri, 27 Nov 2026 10:15:02 +0100
Message-ID: <offer@example.org>
Return-Path: anna@example.org
X-MS-Exchange-Organization-SCL: 5
X-Forefront-Antispam-Report: CIP:198.51.100.10;CTRY:DE;LANG:en;SCL:5;SRV:;
 IPV:NLI;SFV:SPM;H:mail.example.org;PTR:mail.example.org;CAT:SPM;DIR:INB;

Here it is.
"""

# The web server signs nothing, and is not in the SPF record.
BOUNCE = b"""Return-Path: <>
Received: by web.example.org (Postfix); Fri, 27 Nov 2026 09:15:08 +0000 (UTC)
Date: Fri, 27 Nov 2026 09:15:08 +0000 (UTC)
From: MAILER-DAEMON@web.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: shop@example.org
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"
Message-ID: <bounce@web.example.org>

--b1
Content-Type: text/plain; charset=us-ascii

This is the mail system at host web.example.org.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; web.example.org
Arrival-Date: Fri, 27 Nov 2026 09:15:07 +0000 (UTC)

Final-Recipient: rfc822; bert@gmail.example
Action: failed
Status: 5.7.26
Remote-MTA: dns; gmail-smtp-in.l.google.com
Diagnostic-Code: smtp; 550-5.7.26 This mail has been blocked because the sender
    is unauthenticated. 550-5.7.26 Gmail requires all senders to authenticate
    with either SPF or DKIM. 550 5.7.26 a12-20020a05.101 - gsmtp

--b1
Content-Type: text/rfc822-headers

Return-Path: <shop@example.org>
Received: by web.example.org (Postfix, from userid 33)
	id 4LtT3K2wZ1z1; Fri, 27 Nov 2026 09:15:07 +0000 (UTC)
From: shop@example.org
To: bert@gmail.example
Subject: Your order
Date: Fri, 27 Nov 2026 10:15:03 +0100
Message-ID: <order@web.example.org>

--b1--
"""

FAILURE = """From: Reports <ruf@receiver.example>
To: rua@example.org
Subject: Authentication of a message from example.org failed
Date: %(date)s
Message-ID: <failure@receiver.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b1"

--b1
Content-Type: text/plain

A message that claims to be from your domain failed DMARC.

--b1
Content-Type: message/feedback-report

Feedback-Type: auth-failure
Version: 1
User-Agent: Example-Filter/1.0
Auth-Failure: dmarc
Delivery-Result: delivered
Original-Mail-From: <shop@example.org>
Original-Rcpt-To: <bert@receiver.example>
Arrival-Date: %(date)s
Source-IP: 198.51.100.77
Reported-Domain: example.org
Authentication-Results: mx.receiver.example; dmarc=fail (p=none dis=none)
 header.from=example.org; spf=fail smtp.mailfrom=shop@example.org; dkim=none

--b1
Content-Type: text/rfc822-headers

From: shop@example.org
To: bert@receiver.example
Subject: Your order
Message-ID: <order2@web.example.org>

--b1--
"""


def failure(today):
    """Of yesterday; today is the second of 00:00 UTC."""
    return (FAILURE % {'date': formatdate(today - 12 * 3600)}).encode()
