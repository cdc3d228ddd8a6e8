/* SPDX-License-Identifier: BSD-2-Clause */
/* adapt: what mail and ingest are given is what ruad.conf says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/adapt.h"

static char host[] = "h", file[] = "/f", command[] = "/bin/echo", id[] = "c",
            url[] = "https://x/", secret[] = "s";
static char *argv[] = { command, NULL };

static void
a_peer_has_every_mode_of_tls(void **state)
{
	static const struct {
		enum conf_tls conf;
		enum guard_tls peer;
	} tls[] = {
		{ CONF_TLS_IMPLICIT, GUARD_TLS_IMPLICIT },
		{ CONF_TLS_STARTTLS, GUARD_TLS_STARTTLS },
		{ CONF_TLS_NONE, GUARD_TLS_NONE },
	};
	struct conf_mailbox m = { .host = host, .port = 1143, .ca_file = file };
	struct guard_peer peer;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tls) / sizeof(*tls); i++) {
		m.tls = tls[i].conf;
		peer = adapt_peer(&m);
		assert_int_equal(peer.tls, tls[i].peer);
		assert_ptr_equal(peer.host, host);
		assert_int_equal(peer.port, 1143);
		assert_ptr_equal(peer.ca_file, file);
		assert_null(peer.pin_sha256);
	}
}

static void
every_way_to_log_in_has_its_own(void **state)
{
	static const struct {
		enum conf_auth conf;
		enum imap_auth auth;
	} ways[] = {
		{ CONF_AUTH_AUTO, IMAP_AUTH_AUTO },
		{ CONF_AUTH_PLAIN, IMAP_AUTH_PLAIN },
		{ CONF_AUTH_LOGIN, IMAP_AUTH_LOGIN },
		{ CONF_AUTH_SCRAM_SHA_256, IMAP_AUTH_SCRAM_SHA_256 },
		{ CONF_AUTH_XOAUTH2, IMAP_AUTH_XOAUTH2 },
	};
	struct conf_mailbox m = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		m.auth = ways[i].conf;
		assert_int_equal(adapt_auth(&m), ways[i].auth);
	}
}

static void
a_secret_comes_from_where_it_was_set(void **state)
{
	struct conf_mailbox m = { .password = secret };
	struct credential_source from = adapt_credential(&m);

	(void)state;
	assert_false(from.is_oauth);
	assert_ptr_equal(from.secret.literal, secret);
	assert_null(from.secret.name);
	m = (struct conf_mailbox) { .password_file = file };
	assert_ptr_equal(adapt_credential(&m).secret.file, file);
	m = (struct conf_mailbox) { .password_command = argv };
	assert_ptr_equal(adapt_credential(&m).secret.command, argv);
	m = (struct conf_mailbox) { .password_credential = id };
	assert_ptr_equal(adapt_credential(&m).secret.credential, id);
	m = (struct conf_mailbox) { .token_command = argv };
	from = adapt_credential(&m);
	assert_false(from.is_oauth);
	assert_string_equal(from.secret.name, "token");
	assert_ptr_equal(from.secret.command, argv);
}

static void
oauth_is_passed_on_whole(void **state)
{
	struct conf_mailbox m = { .oauth2 = { .is_set = true,
		                      .grant = CONF_GRANT_REFRESH_TOKEN,
		                      .client_id = id,
		                      .token_url = url,
		                      .refresh_token_file = file } };
	struct credential_source from = adapt_credential(&m);

	(void)state;
	assert_true(from.is_oauth);
	assert_int_equal(from.oauth.grant, OAUTH_REFRESH_TOKEN);
	assert_ptr_equal(from.oauth.client_id, id);
	assert_ptr_equal(from.oauth.token_url, url);
	assert_ptr_equal(from.oauth.refresh_token_file, file);
	assert_null(from.oauth.scope);
	m.oauth2.grant = CONF_GRANT_CLIENT_CREDENTIALS;
	m.oauth2.client_secret_file = file;
	from = adapt_credential(&m);
	assert_int_equal(from.oauth.grant, OAUTH_CLIENT_CREDENTIALS);
	assert_string_equal(from.oauth.client_secret.name, "client_secret");
	assert_ptr_equal(from.oauth.client_secret.file, file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_peer_has_every_mode_of_tls),
		cmocka_unit_test(every_way_to_log_in_has_its_own),
		cmocka_unit_test(a_secret_comes_from_where_it_was_set),
		cmocka_unit_test(oauth_is_passed_on_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
