/* SPDX-License-Identifier: BSD-2-Clause */
#include "mail/credential.h"

#include <stdlib.h>

#include "base/io.h"
#include "base/mem.h"

#define RENEW_SECONDS 300 /* before a token expires, or half of its life */

struct credential {
	struct credential_source from;
	struct oauth_token token; /* access may be NULL */
	int64_t renew_ms;
};

struct credential *
credential_new(const struct credential_source *from)
{
	struct credential *c = xcalloc(1, sizeof(*c));

	c->from = *from;
	return c;
}

int
credential_load(struct credential *c, char **out, struct err *err)
{
	int64_t life;

	if (!c->from.is_oauth)
		return secret_load(&c->from.secret, out, err);
	if (c->token.access == NULL || io_clock_boot_ms() >= c->renew_ms) {
		credential_forget(c);
		if (oauth_get_token(&c->from.oauth, &c->token, err) == -1)
			return -1;
		life = c->token.seconds;
		life -= life > 2 * RENEW_SECONDS ? RENEW_SECONDS : life / 2;
		c->renew_ms = io_clock_boot_ms() + life * 1000;
	}
	*out = xstrdup(c->token.access);
	return 0;
}

void
credential_forget(struct credential *c)
{
	oauth_token_done(&c->token);
}

void
credential_free(struct credential *c)
{
	if (c == NULL)
		return;
	credential_forget(c);
	free(c);
}
