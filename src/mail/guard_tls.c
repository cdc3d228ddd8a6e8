/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/guard_priv.h"

#define HANDSHAKE_SECONDS 20
#define PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%PROFILE_MEDIUM"
#define NAMES_MAX 4 /* names of a wrong certificate to tell */
#define BASE64_PIN 45

/* --- the pin ----------------------------------------------------- */

static bool
pin_read_hex(const char *text, uint8_t pin[static SHA256_SIZE])
{
	gnutls_datum_t in = { (unsigned char *)text,
		(unsigned int)strlen(text) };
	size_t size = SHA256_SIZE;

	return in.size == 2 * SHA256_SIZE &&
	    gnutls_hex_decode(&in, pin, &size) == 0 && size == SHA256_SIZE;
}

static bool
pin_read_base64(const char *text, uint8_t pin[static SHA256_SIZE])
{
	gnutls_datum_t in = { (unsigned char *)text,
		(unsigned int)strlen(text) };
	gnutls_datum_t out = { NULL, 0 };
	bool ok;

	if (in.size != BASE64_PIN - 1 || gnutls_base64_decode2(&in, &out) != 0)
		return false;
	if ((ok = out.size == SHA256_SIZE))
		memcpy(pin, out.data, SHA256_SIZE);
	gnutls_free(out.data);
	return ok;
}

static bool
pin_read(const char *text, uint8_t pin[static SHA256_SIZE])
{
	return pin_read_hex(text, pin) || pin_read_base64(text, pin);
}

/* The digest of the certificate's key, as in HPKP: DER of the SPKI. */
static bool
pin_of(gnutls_x509_crt_t crt, uint8_t pin[static SHA256_SIZE])
{
	gnutls_pubkey_t key;
	gnutls_datum_t der = { NULL, 0 };
	bool ok;

	if (gnutls_pubkey_init(&key) != 0)
		return false;
	ok = gnutls_pubkey_import_x509(key, crt, 0) == 0 &&
	    gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &der) == 0;
	if (ok)
		sha256_hash(der.data, der.size, pin);
	gnutls_free(der.data);
	gnutls_pubkey_deinit(key);
	return ok;
}

/* --- sentences about a certificate ------------------------------- */

static gnutls_x509_crt_t
tls_certificate(struct guard *g)
{
	unsigned int n = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(
	    g->session, &n);
	gnutls_x509_crt_t crt;

	if (list == NULL || n == 0 || gnutls_x509_crt_init(&crt) != 0)
		return NULL;
	if (gnutls_x509_crt_import(crt, &list[0], GNUTLS_X509_FMT_DER) != 0) {
		gnutls_x509_crt_deinit(crt);
		return NULL;
	}
	return crt;
}

/*
 * The DNS names and addresses that the certificate is for: its subject
 * alternative names and no others (RFC 9525 section 2), how many.
 */
static unsigned int
tls_add_names(struct buf *out, gnutls_x509_crt_t crt)
{
	char san[256], ip[INET6_ADDRSTRLEN];
	unsigned int i, told = 0;
	size_t size;
	int type, family;

	for (i = 0;; i++) {
		size = sizeof(san) - 1;
		type = gnutls_x509_crt_get_subject_alt_name(
		    crt, i, san, &size, NULL);
		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE || i > 1000)
			break;
		san[type >= 0 ? size : 0] = '\0';
		if (type == GNUTLS_SAN_IPADDRESS) {
			family = size == 4 ? AF_INET : AF_INET6;
			if ((size != 4 && size != 16) ||
			    inet_ntop(family, san, ip, sizeof(ip)) == NULL)
				continue;
			snprintf(san, sizeof(san), "%s", ip);
		} else if (type != GNUTLS_SAN_DNSNAME)
			continue;
		if (told++ == NAMES_MAX) {
			buf_add_str(out, ", ...");
			break;
		}
		buf_printf(out, "%s%s", told > 1 ? ", " : "", san);
	}
	if (told == 0)
		buf_add_str(out, "no host");
	return told;
}

static void
tls_add_date(struct buf *out, time_t t)
{
	struct tm tm;
	char text[32];

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d", &tm) == 0)
		snprintf(text, sizeof(text), "an unknown date");
	buf_add_str(out, text);
}

/*
 * Whether a certificate is of an authority for everybody: those name where
 * their own certificate can be had, or whom to ask if it is revoked.
 */
static bool
tls_is_public(gnutls_x509_crt_t crt)
{
	gnutls_datum_t uri = { NULL, 0 };
	bool is;

	is = gnutls_x509_crt_get_authority_info_access(
	         crt, 0, GNUTLS_IA_CAISSUERS_URI, &uri, NULL) == 0;
	gnutls_free(uri.data);
	return is;
}

/* The last certificate that the server shows: its end of the chain. */
static gnutls_x509_crt_t
tls_last_certificate(struct guard *g)
{
	unsigned int n = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(
	    g->session, &n);
	gnutls_x509_crt_t crt;

	if (list == NULL || n == 0 || gnutls_x509_crt_init(&crt) != 0)
		return NULL;
	if (gnutls_x509_crt_import(crt, &list[n - 1], GNUTLS_X509_FMT_DER) !=
	    0) {
		gnutls_x509_crt_deinit(crt);
		return NULL;
	}
	return crt;
}

/*
 * The chain ends with an unknown issuer: an authority of its own, which may be
 * shown, or an intermediate one whose certificate the server does not send.
 */
static void
tls_add_issuer(struct guard *g, struct buf *out)
{
	const char *own = g->ca_file == NULL
	    ? " (set ca_file if it is your own)"
	    : " (according to the configured ca_file)";
	gnutls_x509_crt_t last = tls_last_certificate(g);
	gnutls_datum_t dn = { NULL, 0 };
	int n;

	if (last == NULL || gnutls_x509_crt_get_issuer_dn3(last, &dn, 0) != 0) {
		buf_printf(out, "is signed by an untrusted authority%s", own);
		goto out;
	}
	n = dn.size < 120 ? (int)dn.size : 120;
	if (gnutls_x509_crt_check_issuer(last, last))
		buf_printf(out, "is signed by an untrusted authority%s: %.*s",
		    own, n, (const char *)dn.data);
	else if (tls_is_public(last))
		buf_printf(out,
		    "is signed by %.*s, an intermediate authority whose "
		    "certificate is missing: the server must send it, and does "
		    "not (some programs fetch it themselves)",
		    n, (const char *)dn.data);
	else
		buf_printf(out,
		    "is signed by an untrusted authority%s: %.*s, "
		    "whose certificate is missing; if it is an intermediate "
		    "authority, the server must send it, and does not",
		    own, n, (const char *)dn.data);
out:
	gnutls_free(dn.data);
	if (last != NULL)
		gnutls_x509_crt_deinit(last);
}

/* One clause of the sentence for each thing that is wrong. */
static void
tls_add_clauses(struct guard *g, gnutls_x509_crt_t crt, unsigned int status,
    struct buf *out)
{
	const char *sep = "";

	if (status &
	    (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA |
	        GNUTLS_CERT_SIGNATURE_FAILURE)) {
		tls_add_issuer(g, out);
		sep = ", and ";
	}
	if (status & GNUTLS_CERT_UNEXPECTED_OWNER) {
		buf_printf(out, "%sis for ", sep);
		tls_add_names(out, crt);
		buf_printf(out, ", not for %s", g->host);
		sep = ", and ";
	}
	if (status & GNUTLS_CERT_EXPIRED) {
		buf_printf(out, "%sexpired on ", sep);
		tls_add_date(out, gnutls_x509_crt_get_expiration_time(crt));
		sep = ", and ";
	}
	if (status & GNUTLS_CERT_NOT_ACTIVATED) {
		buf_printf(out, "%sis not valid before ", sep);
		tls_add_date(out, gnutls_x509_crt_get_activation_time(crt));
		sep = ", and ";
	}
	if (status & GNUTLS_CERT_REVOKED) {
		buf_printf(out, "%sis revoked", sep);
		sep = ", and ";
	}
	if (status & GNUTLS_CERT_INSECURE_ALGORITHM) {
		buf_printf(out, "%sis signed with a weak algorithm", sep);
		sep = ", and ";
	}
	if (status & GNUTLS_CERT_PURPOSE_MISMATCH) {
		buf_printf(out,
		    "%sis not meant for a server (its extended key usage "
		    "does not name serverAuth)",
		    sep);
		sep = ", and ";
	}
	if (sep[0] == '\0')
		buf_add_str(out, "is not valid");
}

static int
tls_bad_certificate(struct guard *g, struct err *err)
{
	unsigned int status = gnutls_session_get_verify_cert_status(g->session);
	gnutls_x509_crt_t crt = tls_certificate(g);
	struct buf text = { 0 };

	if (crt == NULL)
		return err_set(err, ERR_AUTH,
		    "%s: the server presents no readable certificate", g->host);
	tls_add_clauses(g, crt, status, &text);
	err_set(
	    err, ERR_AUTH, "the certificate of %s %s", g->host, buf_str(&text));
	buf_done(&text);
	gnutls_x509_crt_deinit(crt);
	return -1;
}

/*
 * GnuTLS takes the common name for the host's when there is no other; it is a
 * text for people, and an authority need not have checked it (RFC 9525 6.3).
 */
static int
tls_check_names(struct guard *g, struct err *err)
{
	gnutls_x509_crt_t crt = tls_certificate(g);
	struct buf names = { 0 };
	bool ok = crt != NULL && tls_add_names(&names, crt) > 0;

	buf_done(&names);
	if (crt != NULL)
		gnutls_x509_crt_deinit(crt);
	if (ok)
		return 0;
	return err_set(err, ERR_AUTH,
	    "the certificate of %s has no subject alternative name, the only "
	    "valid place for a host name: it needs one for %s",
	    g->host, g->host);
}

static int
tls_bad_pin(struct guard *g, const uint8_t *is, struct err *err)
{
	gnutls_datum_t in = { (unsigned char *)is, SHA256_SIZE };
	gnutls_datum_t out = { NULL, 0 };

	if (gnutls_base64_encode2(&in, &out) != 0)
		return err_set(err, ERR_AUTH,
		    "the key of %s does not match pin_sha256", g->host);
	err_set(err, ERR_AUTH,
	    "the key of %s does not match pin_sha256: it is %.*s", g->host,
	    (int)out.size, (const char *)out.data);
	gnutls_free(out.data);
	return -1;
}

static int
tls_check_pin(struct guard *g, struct err *err)
{
	uint8_t want[SHA256_SIZE], is[SHA256_SIZE];
	gnutls_x509_crt_t crt;
	bool ok;

	if (g->pin == NULL)
		return 0;
	if (!pin_read(g->pin, want) || (crt = tls_certificate(g)) == NULL)
		return err_set(err, ERR_AUTH,
		    "%s: cannot compare its key with pin_sha256", g->host);
	ok = pin_of(crt, is);
	gnutls_x509_crt_deinit(crt);
	if (!ok)
		return err_set(err, ERR_AUTH,
		    "%s: cannot compare its key with pin_sha256", g->host);
	if (memcmp(is, want, SHA256_SIZE) != 0)
		return tls_bad_pin(g, is, err);
	return 0;
}

/* --- the handshake ----------------------------------------------- */

int
guard_tls_init(struct guard *g, struct err *err)
{
	uint8_t pin[SHA256_SIZE];
	int n;

	if (g->host[0] == '/')
		return err_set(err, ERR_CONF,
		    "%s: a unix socket needs tls = \"none\"", g->host);
	if (g->pin != NULL && !pin_read(g->pin, pin))
		return err_set(err, ERR_CONF,
		    "pin_sha256 is not the SHA-256 of a key in base64 or "
		    "hexadecimal: \"%.80s\"",
		    g->pin);
	if (gnutls_certificate_allocate_credentials(&g->trust) != 0)
		return err_set(err, ERR_AGAIN, "out of memory");
	if (g->ca_file == NULL) {
		n = gnutls_certificate_set_x509_system_trust(g->trust);
		if (n <= 0)
			return err_set(err, ERR_CONF,
			    "this system has no certificate authorities: "
			    "install ca-certificates or set ca_file");
		return 0;
	}
	n = gnutls_certificate_set_x509_trust_file(
	    g->trust, g->ca_file, GNUTLS_X509_FMT_PEM);
	if (n < 0)
		return err_set(err, ERR_CONF, "cannot read ca_file %s: %s",
		    g->ca_file, gnutls_strerror(n));
	if (n == 0)
		return err_set(err, ERR_CONF,
		    "ca_file %s contains no certificate", g->ca_file);
	return 0;
}

void
guard_tls_done(struct guard *g)
{
	if (g->session != NULL)
		gnutls_deinit(g->session);
	if (g->trust != NULL)
		gnutls_certificate_free_credentials(g->trust);
}

static bool
host_is_address(const char *host)
{
	uint8_t any[16];

	return inet_pton(AF_INET, host, any) == 1 ||
	    inet_pton(AF_INET6, host, any) == 1;
}

static int
tls_failed(struct guard *g, int rc, struct err *err)
{
	const char *alert;

	switch (rc) {
	case GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR:
		return tls_bad_certificate(g, err);
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		if (gnutls_alert_get(g->session) == GNUTLS_A_PROTOCOL_VERSION)
			break;
		alert = gnutls_alert_get_name(gnutls_alert_get(g->session));
		return err_set(err, ERR_AUTH,
		    "%s: the server refused the TLS handshake: %s", g->host,
		    alert != NULL ? alert : "unknown alert");
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		break;
	case GNUTLS_E_UNEXPECTED_PACKET:
	case GNUTLS_E_UNEXPECTED_PACKET_LENGTH:
	case GNUTLS_E_RECORD_OVERFLOW:
		return err_set(err, ERR_AUTH,
		    "%s: the server on port %u does not speak TLS (use tls = "
		    "\"starttls\" on port 143, \"implicit\" on port 993)",
		    g->host, g->port);
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		return err_set(err, ERR_NET,
		    "%s: connection closed by the server during the TLS "
		    "handshake",
		    g->host);
	default:
		return err_set(err, ERR_AUTH, "%s: TLS handshake: %s", g->host,
		    gnutls_strerror(rc));
	}
	return err_set(err, ERR_AUTH,
	    "%s: the server supports TLS up to 1.1 only; 1.2 or 1.3 is needed",
	    g->host);
}

/* Who the server has proven to be, and for how long. */
#define RENEW_DAYS 14
static void
tls_tell(struct guard *g)
{
	gnutls_x509_crt_t crt = tls_certificate(g);
	gnutls_datum_t issuer = { NULL, 0 };
	struct buf names = { 0 }, until = { 0 };
	char warning[128], days[32];
	int64_t left;

	if (crt == NULL || gnutls_x509_crt_get_issuer_dn3(crt, &issuer, 0) != 0)
		goto out;
	tls_add_names(&names, crt);
	tls_add_date(&until, gnutls_x509_crt_get_expiration_time(crt));
	left = (gnutls_x509_crt_get_expiration_time(crt) - io_time()) / 86400;
	snprintf(days, sizeof(days), left > 0 ? "%d day%s" : "less than a day",
	    (int)left, left == 1 ? "" : "s");
	snprintf(warning, sizeof(warning),
	    "the certificate expires in %s; ruad will then not log in", days);
	guard_tell(g, GUARD_STEP_TLS, left < RENEW_DAYS ? warning : NULL,
	    "%s, certificate for %s, issued by %.*s, until %s (%s)",
	    guard_tls_version(g), buf_str(&names), (int)issuer.size,
	    (const char *)issuer.data, buf_str(&until), days);
out:
	gnutls_free(issuer.data);
	buf_done(&names);
	buf_done(&until);
	if (crt != NULL)
		gnutls_x509_crt_deinit(crt);
}

static int
tls_shake(struct guard *g, struct err *err)
{
	int rc;

	guard_expect(g, HANDSHAKE_SECONDS, 0, 0);
	while ((rc = gnutls_handshake(g->session)) < 0) {
		if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED) {
			if (guard_wait(g,
			        gnutls_record_get_direction(g->session)
			            ? POLLOUT
			            : POLLIN) == -1)
				return err_set(err, ERR_NET,
				    "%s: TLS handshake: %s", g->host, g->fault);
		} else if (gnutls_error_is_fatal(rc))
			return tls_failed(g, rc, err);
	}
	if (tls_check_names(g, err) == -1)
		return -1;
	return tls_check_pin(g, err);
}

int
guard_tls_handshake(struct guard *g, struct err *err)
{
	gnutls_typed_vdata_st want[] = {
		{ GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)g->host, 0 },
		{ GNUTLS_DT_KEY_PURPOSE_OID,
		    (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER, 0 },
	};
	int rc;

	rc = gnutls_init(
	    &g->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
	if (rc == 0)
		rc = gnutls_priority_set_direct(g->session, PRIORITY, NULL);
	if (rc == 0)
		rc = gnutls_credentials_set(
		    g->session, GNUTLS_CRD_CERTIFICATE, g->trust);
	if (rc == 0 && !host_is_address(g->host))
		rc = gnutls_server_name_set(
		    g->session, GNUTLS_NAME_DNS, g->host, strlen(g->host));
	if (rc != 0)
		return err_set(
		    err, ERR_BUG, "%s: TLS: %s", g->host, gnutls_strerror(rc));
	gnutls_session_set_verify_cert2(
	    g->session, want, sizeof(want) / sizeof(want[0]), 0);
	gnutls_transport_set_int(g->session, g->fd);
	guard_begin(g, GUARD_STEP_TLS);
	if (tls_shake(g, err) == -1) {
		guard_kill(g, "TLS failed");
		return -1;
	}
	/*
	 * It is verified, once for all: nothing renegotiates.  A session that
	 * waits for mail need not keep every authority of the system.
	 */
	gnutls_credentials_clear(g->session);
	gnutls_certificate_free_credentials(g->trust);
	g->trust = NULL;
	if (g->watch != NULL)
		tls_tell(g);
	return 0;
}

const char *
guard_tls_version(const struct guard *g)
{
	if (g->session == NULL)
		return "no TLS";
	return gnutls_protocol_get_name(
	    gnutls_protocol_get_version(g->session));
}
