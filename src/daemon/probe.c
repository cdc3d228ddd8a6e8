/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/adapt.h"

#define PROBE_SECONDS 600 /* for all of it */

/* Those of guard_step come first, by their numbers. */
enum probe_step {
	PROBE_SECRET = GUARD_STEP_CAPABILITY + 1,
	PROBE_FOLDER,
};

struct probe {
	const struct conf_mailbox *mailbox;
	int step;            /* under way */
	const char *setting; /* of it: that names a folder */
	const char *folder;  /* and which */
	struct buf quota;    /* what was printed of it last */
};

static const char *const labels[] = {
	[GUARD_STEP_NAME] = "name",
	[GUARD_STEP_CONNECT] = "TCP",
	[GUARD_STEP_TLS] = "TLS",
	[GUARD_STEP_SERVER] = "server",
	[GUARD_STEP_LOGIN] = "login",
	[GUARD_STEP_CAPABILITY] = "server",
	[PROBE_SECRET] = "secret",
	[PROBE_FOLDER] = "folder",
};

static void __attribute__((format(printf, 2, 3)))
probe_print(const struct probe *p, const char *fmt, ...)
{
	char text[1024], safe[1200];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	text_cut(text_safe(safe, sizeof(safe), text),
	    LIMIT_SHOWN - 10 - text_columns(p->mailbox->name));
	printf("%s: %-6s  %s\n", p->mailbox->name, labels[p->step], safe);
	fflush(stdout); /* the next step may take a while */
}

static void
on_step(void *arg, enum guard_step step, const char *text, const char *warning)
{
	struct probe *p = arg;

	p->step = (int)step;
	if (text != NULL)
		probe_print(p, "%s", text);
	if (warning != NULL)
		probe_print(p, "WARNING: %s", warning);
}

/* --- what can be done ----------------------------------------------------- */

static void
probe_advise_tls(const struct conf_mailbox *mb)
{
	log_error("no password or token was sent; to see what the server "
	          "presents: openssl s_client -connect %s:%u -servername %s%s",
	    mb->host, mb->port, mb->host,
	    mb->tls == CONF_TLS_STARTTLS ? " -starttls imap" : "");
}

static void
probe_advise_login(const struct conf_mailbox *mb, const struct err *err)
{
	/* If there is no common way to log in, the error says it all. */
	if (strstr(err->text, "refused the login") == NULL)
		return;
	if (mb->oauth2.is_set || mb->token_command != NULL)
		log_error("the token was refused: has %s consented to this "
		          "client, and may it use IMAP?",
		    mb->user);
	else
		log_error("try this user and password in a mail program; "
		          "Google requires an app password or oauth2, "
		          "Microsoft 365 requires oauth2");
}

static void
probe_advise(const struct probe *p, const struct err *err)
{
	const struct conf_mailbox *mb = p->mailbox;

	switch (p->step) {
	case GUARD_STEP_NAME:
		log_error(
		    "is host spelled correctly, and does this machine resolve "
		    "names? Try: getent ahosts %s",
		    mb->host);
		break;
	case GUARD_STEP_CONNECT:
		if (mb->host[0] == '/' || err->class != ERR_NET)
			break;
		log_error("is it port 993 (tls = \"implicit\") or 143 "
		          "(\"starttls\"), and does a firewall block port %u?",
		    mb->port);
		break;
	case GUARD_STEP_TLS:
		probe_advise_tls(mb);
		break;
	case GUARD_STEP_SERVER:
		if (err->class == ERR_NET)
			log_error("is this the IMAP port of %s?", mb->host);
		break;
	case GUARD_STEP_LOGIN:
		if (err->class != ERR_NET && err->class != ERR_AGAIN)
			probe_advise_login(mb, err);
		break;
	case PROBE_SECRET:
		if (geteuid() == 0)
			log_error("run this as the user of the service: sudo "
			          "-u ruad ruad -t -m %s",
			    mb->name);
		break;
	case PROBE_FOLDER:
		if (err->class == ERR_CONF)
			log_error("%s = \"%s\" must be a folder of %s, "
			          "with \"/\" between levels",
			    p->setting, p->folder, mb->user);
		break;
	default:
		break;
	}
}

/* --- the steps ------------------------------------------------------------ */

static int
probe_open(struct probe *p, struct imap **imap, struct err *err)
{
	const struct conf_mailbox *mb = p->mailbox;
	const struct credential_source source = adapt_credential(mb);
	const struct guard_watch watch = { on_step, p };
	struct guard_peer peer = adapt_peer(mb);
	struct credential *credential = credential_new(&source);
	char *secret;
	int rc;

	p->step = PROBE_SECRET;
	if ((rc = credential_load(credential, &secret, err)) == 0) {
		probe_print(p, "the %s was found",
		    mb->oauth2.is_set || mb->token_command != NULL
		        ? "token"
		        : "password");
		peer.watch = &watch;
		rc = imap_open(
		    imap, &peer, mb->user, secret, adapt_auth(mb), err);
		secret_free(secret);
	}
	credential_free(credential);
	return rc;
}

/* Write how a folder is sent, if that differs from its name here. */
static void
probe_name(const struct imap *imap, const char *folder, char *as, size_t size)
{
	char *name = imap_name_sent(imap, folder);

	as[0] = '\0';
	if (name != NULL && strcmp(name, folder) != 0)
		snprintf(as, size, ", as \"%s\"", name);
	free(name);
}

/* Print a right that is missing, and the letters of those that are not. */
static void
probe_lacks(const struct probe *p, const struct imap_rights *r,
    const char *folder, const char *what)
{
	probe_print(p, "WARNING: %s may not %s %s (its rights are \"%s\")",
	    p->mailbox->user, what, folder, r->letters);
}

/* Print what is used of a quota, unless that was printed for another folder. */
static int
probe_quota(struct probe *p, struct imap *imap, struct err *err)
{
	struct buf text = { 0 };
	bool full;

	if (imap_quota(imap, p->folder, &text, &full, err) == -1) {
		buf_done(&text);
		return -1;
	}
	if (text.len > 0 && strcmp(buf_str(&text), buf_str(&p->quota)) != 0)
		probe_print(p, "%squota of %s: %s used%s",
		    full ? "WARNING: " : "", p->folder, buf_str(&text),
		    full ? ": there is no room to file messages" : "");
	if (text.len > 0) {
		buf_done(&p->quota);
		p->quota = text;
	}
	return 0;
}

/* Print whether the missing folder can be created, as far as is known. */
static int
probe_parent(struct probe *p, struct imap *imap, struct err *err)
{
	const char *slash = strrchr(p->folder, '/');
	struct imap_rights rights;
	char *parent;
	int rc;

	if (slash == NULL)
		return 0;
	parent = xstrndup(p->folder, (size_t)(slash - p->folder));
	rc = imap_rights(imap, parent, &rights, err);
	if (rc == 0 && rights.told && !rights.may_create)
		probe_lacks(p, &rights, parent, "create folders in");
	free(parent);
	return rc;
}

static int
probe_target(struct probe *p, struct imap *imap, struct err *err)
{
	struct imap_rights rights;
	char as[512];
	bool has;

	if (p->folder[0] == '\0')
		return 0;
	if (imap_has_folder(imap, p->folder, &has, err) == -1)
		return -1;
	probe_name(imap, p->folder, as, sizeof(as));
	probe_print(p, "%s %s%s", p->folder,
	    has ? "exists" : "does not exist and will be created", as);
	if (!has)
		return probe_parent(p, imap, err);
	if (imap_rights(imap, p->folder, &rights, err) == -1)
		return -1;
	if (rights.told && !rights.may_insert)
		probe_lacks(p, &rights, p->folder, "put messages into");
	return probe_quota(p, imap, err);
}

/* SELECT, as a poll does: EXAMINE would not tell who may not write. */
static int
probe_source(struct probe *p, struct imap *imap, bool files, struct err *err)
{
	struct imap_folder folder;
	struct imap_rights rights;
	char as[512];

	if (imap_select(imap, p->folder, &folder, err) == -1)
		return -1;
	probe_name(imap, p->folder, as, sizeof(as));
	probe_print(p, "%s contains %u message%s%s", p->folder, folder.exists,
	    folder.exists == 1 ? "" : "s", as);
	if (imap_rights(imap, p->folder, &rights, err) == -1)
		return -1;
	if (rights.told && !rights.may_read)
		probe_lacks(p, &rights, p->folder, "read");
	if (!files)
		return 0;
	if (folder.read_only)
		probe_print(p,
		    "WARNING: %s is read-only for %s: reports are stored, but "
		    "no message can be moved out of it; archive = \"\" and "
		    "failed = \"\" say that this is intended",
		    p->folder, p->mailbox->user);
	else if (rights.told && !rights.may_remove)
		probe_lacks(p, &rights, p->folder, "move messages out of");
	return probe_quota(p, imap, err);
}

static int
probe_folders(struct probe *p, struct imap *imap, struct err *err)
{
	const struct conf_mailbox *mb = p->mailbox;
	const struct {
		const char *setting, *folder;
	} targets[] = {
		{ "archive", mb->archive },
		{ "failed", mb->failed },
		{ "other", mb->other },
	};
	bool files = false;
	size_t i, k;

	for (i = 0; i < 3; i++)
		files |= targets[i].folder[0] != '\0';
	p->step = PROBE_FOLDER;
	p->setting = "folder";
	p->folder = mb->folder;
	if (probe_source(p, imap, files, err) == -1)
		return -1;
	for (i = 0; i < 3; i++) {
		for (k = 0; k < i; k++)
			if (strcmp(targets[i].folder, targets[k].folder) == 0)
				break;
		p->setting = targets[i].setting;
		p->folder = targets[i].folder;
		if (k == i && probe_target(p, imap, err) == -1)
			return -1;
	}
	return 0;
}

int
probe_run(const struct conf_mailbox *mailbox)
{
	struct probe p = { .mailbox = mailbox };
	struct imap *imap = NULL;
	struct err err = ERR_INIT;
	int rc;

	alarm(PROBE_SECONDS);
	if ((rc = probe_open(&p, &imap, &err)) == 0)
		rc = probe_folders(&p, imap, &err);
	imap_close(imap);
	buf_done(&p.quota);
	if (rc == 0) {
		printf("%s: OK\n", mailbox->name);
		return 0;
	}
	log_set_mailbox(mailbox->name);
	log_error("failed at %s: %s", labels[p.step], err.text);
	probe_advise(&p, &err);
	return err_exit_status(err.class);
}
