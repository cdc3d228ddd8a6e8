/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mail/imap_priv.h"

#define SELECT_SECONDS 120 /* the first one reads the whole folder */

/* "VERB name" with a sentence for when it fails; a BAD is a refusal. */
static int
folder_try(struct imap *imap, const char *verb, const char *name,
    enum err_class on_no, const char *what, struct err *err)
{
	struct buf line = { 0 };
	int rc;

	buf_printf(&line, "%s ", verb);
	imap_add_quoted(&line, name);
	rc = imap_try(imap, buf_str(&line), on_no, what, err);
	buf_done(&line);
	return rc;
}

static const char no_validity[] =
    "the server gives no UIDVALIDITY for the folder \"%s\", which RFC 3501 "
    "requires: without it ruad cannot recognise a message again, and reads "
    "nothing; fetch the messages with another program (mbsync, fetchmail) and "
    "read them with \"ruactl import\"";

/* SELECT or EXAMINE this, the server's form of folder. */
static int
folder_open_name(struct imap *imap, const char *verb, const char *name,
    const char *folder, struct imap_folder *out, struct err *err)
{
	struct mailimap_selection_info **info = &imap->session
	                                             ->imap_selection_info;
	char *what;
	int rc;

	if (*info != NULL)
		mailimap_selection_info_free(*info);
	*info = mailimap_selection_info_new();
	xasprintf(&what, "cannot open the folder \"%s\"", folder);
	guard_expect(imap->guard, SELECT_SECONDS, 1 << 20, 8192);
	rc = folder_try(imap, verb, name, ERR_CONF, what, err);
	/* To answer BAD to this violates IMAP. */
	if (rc == -1 && guard_reply(imap->guard)->status == GUARD_BAD &&
	    err->class == ERR_CONF)
		err->class = ERR_NET;
	free(what);
	if (rc == -1)
		return -1;
	if (*info == NULL)
		return err_set(err, ERR_AGAIN, "out of memory");
	if ((*info)->sel_uidvalidity == 0) {
		guard_kill(imap->guard, "no UIDVALIDITY");
		return err_set(err, ERR_NET, no_validity, folder);
	}
	guard_forget_news(imap->guard);
	out->uidvalidity = (*info)->sel_uidvalidity;
	out->exists = (*info)->sel_exists;
	out->read_only = strcmp(guard_reply(imap->guard)->code, "READ-ONLY") ==
	    0;
	return 0;
}

static int
folder_open(struct imap *imap, const char *verb, const char *folder,
    struct imap_folder *out, struct err *err)
{
	struct err ignored = ERR_INIT;
	char *name, *bare;
	int rc;

	if ((name = imap_folder_name(imap, folder, err)) == NULL)
		return -1;
	rc = folder_open_name(imap, verb, name, folder, out, err);
	free(name);
	if (rc == 0 || imap_refusal(imap) == IMAP_NOT_REFUSED ||
	    (bare = imap_bare_name(imap, folder)) == NULL)
		return rc;
	rc = folder_open_name(imap, verb, bare, folder, out, &ignored);
	free(bare);
	if (rc == 0)
		imap_set_bare(imap, folder);
	else if (guard_fault(imap->guard)[0] != '\0')
		*err = ignored;
	return rc;
}

int
imap_select(struct imap *imap, const char *folder, struct imap_folder *out,
    struct err *err)
{
	return folder_open(imap, "SELECT", folder, out, err);
}

int
imap_examine(struct imap *imap, const char *folder, struct imap_folder *out,
    struct err *err)
{
	return folder_open(imap, "EXAMINE", folder, out, err);
}

static bool
folder_is_selectable(const struct mailimap_mailbox_list *mb)
{
	return mb->mb_flag == NULL ||
	    mb->mb_flag->mbf_type != MAILIMAP_MBX_LIST_FLAGS_SFLAG ||
	    mb->mb_flag->mbf_sflag != MAILIMAP_MBX_LIST_SFLAG_NOSELECT;
}

/* CREATE, where "it is there already" is success, and SUBSCRIBE. */
static int
folder_create(
    struct imap *imap, const char *folder, const char *name, struct err *err)
{
	struct err ignored = ERR_INIT;
	char *what;
	int rc;

	xasprintf(&what, "cannot create the folder \"%s\"", folder);
	imap_expect(imap);
	rc = folder_try(imap, "CREATE", name, ERR_CONF, what, err);
	free(what);
	if (rc == -1) {
		if (strcmp(guard_reply(imap->guard)->code, "ALREADYEXISTS") !=
		    0)
			return -1;
		return 0;
	}
	imap_expect(imap);
	if (folder_try(imap, "SUBSCRIBE", name, ERR_AGAIN, "cannot subscribe",
	        &ignored) == -1 &&
	    guard_fault(imap->guard)[0] != '\0') {
		*err = ignored;
		return -1;
	}
	return 0;
}

/* name is the server's form of a folder; as, NULL or another way to write it */
static int
folder_look(struct imap *imap, const char *name, const char *as, bool *has,
    struct err *err)
{
	const struct mailimap_mailbox_list *mb;

	imap_expect(imap);
	/* "*" and "%" in the name are wildcards here: compare what comes. */
	if (folder_try(imap, "LIST \"\"", name, ERR_AGAIN,
	        "cannot list folders", err) == -1) {
		*has = false;
		return imap_refusal(imap) == IMAP_REFUSED ? 0 : -1;
	}
	if ((mb = imap_find_listed(imap, name)) == NULL && as != NULL)
		mb = imap_find_listed(imap, as);
	*has = mb != NULL && folder_is_selectable(mb);
	return 0;
}

/* *name: the usual name of the folder, replaced by the one found. */
static int
folder_find(struct imap *imap, const char *folder, char **name, bool *has,
    struct err *err)
{
	char *bare, *p, *raw = xstrdup(folder);
	int rc;

	/* In UTF-8, as some servers list what they want to hear in UTF-7. */
	for (p = raw; *p != '\0'; p++)
		if (*p == '/' && imap->separator != '\0')
			*p = imap->separator;
	rc = folder_look(imap, *name, raw, has, err);
	free(raw);
	if (rc == -1 || *has || (bare = imap_bare_name(imap, folder)) == NULL)
		return rc;
	if ((rc = folder_look(imap, bare, NULL, has, err)) == -1 || !*has) {
		free(bare);
		return rc;
	}
	imap_set_bare(imap, folder);
	free(*name);
	*name = bare;
	return 0;
}

int
imap_has_folder(
    struct imap *imap, const char *folder, bool *has, struct err *err)
{
	char *name;
	int rc = 0;

	if ((name = imap_folder_name(imap, folder, err)) == NULL)
		return -1;
	*has = true;
	if (strcmp(name, "INBOX") != 0)
		rc = folder_find(imap, folder, &name, has, err);
	free(name);
	return rc;
}

int
imap_ensure_folder(struct imap *imap, const char *folder, struct err *err)
{
	char *name;
	bool has = true;
	int rc = 0;

	if ((name = imap_folder_name(imap, folder, err)) == NULL)
		return -1;
	if (strcmp(name, "INBOX") != 0)
		rc = folder_find(imap, folder, &name, &has, err);
	if (rc == 0 && !has)
		rc = folder_create(imap, folder, name, err);
	free(name);
	return rc;
}

char *
imap_name_sent(const struct imap *imap, const char *folder)
{
	struct err ignored = ERR_INIT;

	return imap_folder_name(imap, folder, &ignored);
}
