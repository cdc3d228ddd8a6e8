/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf_fill.h"

#include <stdlib.h>

#include "conf/conf_table.h"

/* An empty string is the same as none. */
static void
fill_drop_empty(char **text)
{
	if (*text != NULL && (*text)[0] == '\0') {
		free(*text);
		*text = NULL;
	}
}

static void
fill_microsoft(struct conf_oauth2 *o)
{
	if (o->token_url == NULL && o->tenant != NULL)
		xasprintf(&o->token_url,
		    "https://login.microsoftonline.com/%s/oauth2/v2.0/token",
		    o->tenant);
	if (o->scope == NULL)
		o->scope = xstrdup(o->grant == CONF_GRANT_REFRESH_TOKEN
		        ? "https://outlook.office.com/IMAP.AccessAsUser.All "
		          "offline_access"
		        : "https://outlook.office365.com/.default");
}

static void
fill_google(struct conf_oauth2 *o)
{
	if (o->token_url == NULL)
		o->token_url = xstrdup("https://oauth2.googleapis.com/token");
}

void
conf_fill_lookup(struct conf_lookup *lookup)
{
	fill_drop_empty(&lookup->server);
}

void
conf_fill_mailbox(struct conf_mailbox *m)
{
	struct conf_oauth2 *o = &m->oauth2;

	fill_drop_empty(&m->ca_file);
	fill_drop_empty(&m->pin_sha256);
	fill_drop_empty(&o->ca_file);
	fill_drop_empty(&o->scope);
	fill_drop_empty(&o->token_url);
	if (m->port == 0)
		m->port = conf_tls_port(m->tls);
	if (o->preset == CONF_PRESET_MICROSOFT)
		fill_microsoft(o);
	else if (o->preset == CONF_PRESET_GOOGLE)
		fill_google(o);
}

void
conf_fill_intervals(struct conf *conf)
{
	struct conf_mailbox *m = conf->mailboxes.at;
	size_t i;

	for (i = 0; i < conf->mailboxes.n; i++)
		if (m[i].interval == 0)
			m[i].interval = conf->interval;
}
