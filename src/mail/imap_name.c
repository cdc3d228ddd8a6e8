/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of folders in ruad.conf and on the server, and the namespaces. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "mail/imap_priv.h"

#define PREFIX_MAX 255

/* --- names ------------------------------------------------------- */

static bool
name_is_inbox(const char *folder)
{
	return strcasecmp(folder, "INBOX") == 0;
}

/*
 * DavMail's names of other people's folders ("/users/eve@example.org/INBOX")
 * begin like a path.
 */
static bool
name_is_path(const struct imap *imap, const char *folder)
{
	return imap->separator == '/' && folder[0] == '/' && folder[1] != '/' &&
	    strchr(folder + 1, '/') != NULL;
}

/* Can this be a folder at all?  It is from the configuration. */
static int
name_check(const struct imap *imap, const char *folder, struct err *err)
{
	const char *p;

	if (folder[0] == '\0')
		return err_set(err, ERR_CONF, "the folder name is empty");
	for (p = folder; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return err_set(err, ERR_CONF,
			    "folder \"%s\": the name contains a control "
			    "character",
			    folder);
	if (!text_is_utf8(folder, strlen(folder)))
		return err_set(err, ERR_CONF,
		    "folder \"%s\": the name is not UTF-8", folder);
	if ((folder[0] == '/' && !name_is_path(imap, folder)) || p[-1] == '/' ||
	    strstr(folder, "//") != NULL)
		return err_set(err, ERR_CONF,
		    "folder \"%s\": a level of the name is empty", folder);
	return 0;
}

/* Replace '/' by the server's separator, in UTF-8. */
static int
name_add_levels(const char *folder, char separator, bool own, struct buf *out,
    struct err *err)
{
	const char *p;

	for (p = folder; *p != '\0'; p++) {
		if (*p == '/' && separator == '\0')
			return err_set(err, ERR_CONF,
			    "folder \"%s\": the server does not support nested "
			    "folders",
			    folder);
		if (*p == separator && *p != '/' && !own)
			return err_set(err, ERR_CONF,
			    "folder \"%s\": a name cannot contain \"%c\", the "
			    "server's separator; write \"/\" between levels",
			    folder, *p);
		buf_add_char(out, *p == '/' ? separator : *p);
	}
	return 0;
}

/* The server's form of folder, in modified UTF-7. */
static char *
name_convert(const char *folder, char separator, bool own, struct err *err)
{
	struct buf name = { 0 };
	char *utf7;

	if (name_add_levels(folder, separator, own, &name, err) == -1) {
		buf_done(&name);
		return NULL;
	}
	utf7 = imap_utf7(buf_str(&name));
	buf_done(&name);
	if (utf7 == NULL)
		err_set(err, ERR_BUG, "folder name");
	return utf7;
}

/*
 * Return whether a folder is in this namespace, its name in the server's form
 * (*own) or in that of ruad.conf.
 */
static bool
name_has_prefix(const char *folder, const struct imap_space *space, bool *own)
{
	char *utf7 = imap_utf7(folder);
	const char *p = space->prefix, *q = utf7;

	*own = false;
	for (; q != NULL && *p != '\0'; p++, q++) {
		if (*p == space->separator && (*q == *p || *q == '/')) {
			*own |= *q == *p && *p != '/';
			continue;
		}
		if (tolower((unsigned char)*p) != tolower((unsigned char)*q))
			break;
	}
	if (q == NULL || *p != '\0' || *q == '\0' || p == space->prefix)
		q = NULL;
	free(utf7);
	return q != NULL;
}

/* The namespace, other than the user's first, of a folder, or NULL. */
static const struct imap_space *
name_find_space(const struct imap *imap, const char *folder, bool *own)
{
	const struct imap_space *best = NULL;
	size_t i;
	bool in_server_form;

	for (i = 0; i < imap->nspaces; i++) {
		if (!name_has_prefix(
		        folder, &imap->spaces[i], &in_server_form) ||
		    (best != NULL &&
		        strlen(best->prefix) >= strlen(imap->spaces[i].prefix)))
			continue;
		best = &imap->spaces[i];
		*own = in_server_form;
	}
	return best;
}

/* The name of a folder in the user's namespace. */
static char *
name_of_ours(const struct imap *imap, const char *folder, struct err *err)
{
	const char *prefix = imap->prefix != NULL ? imap->prefix : "";
	size_t len = strlen(prefix);
	char *utf7, *whole;
	bool own;

	/* In the server's own form already? */
	own = len > 0 && strncasecmp(folder, prefix, len) == 0;
	utf7 = name_convert(folder, imap->separator, own, err);
	if (utf7 == NULL || len == 0 || strncasecmp(utf7, prefix, len) == 0)
		return utf7;
	xasprintf(&whole, "%s%s", prefix, utf7);
	free(utf7);
	return whole;
}

/* Whether a folder was found to be one of the namespace without a prefix. */
static bool
name_is_bare(const struct imap *imap, const char *folder)
{
	char *const *bare = imap->bare.at;
	size_t i;

	for (i = 0; i < imap->bare.n; i++)
		if (strcmp(bare[i], folder) == 0)
			return true;
	return false;
}

char *
imap_folder_name(const struct imap *imap, const char *folder, struct err *err)
{
	const struct imap_space *space;
	bool own = false;

	if (name_check(imap, folder, err) == -1)
		return NULL;
	if (name_is_inbox(folder))
		return xstrdup("INBOX");
	if (name_is_path(imap, folder) || name_is_bare(imap, folder))
		return name_convert(folder, imap->separator, false, err);
	if ((space = name_find_space(imap, folder, &own)) != NULL)
		return name_convert(folder, space->separator, own, err);
	return name_of_ours(imap, folder, err);
}

char *
imap_bare_name(const struct imap *imap, const char *folder)
{
	struct err ignored = ERR_INIT;
	bool own;
	size_t i;

	if (imap->prefix == NULL || imap->prefix[0] == '\0' ||
	    name_check(imap, folder, &ignored) == -1 || name_is_inbox(folder) ||
	    name_is_bare(imap, folder) ||
	    strncasecmp(folder, imap->prefix, strlen(imap->prefix)) == 0 ||
	    name_find_space(imap, folder, &own) != NULL)
		return NULL;
	for (i = 0; i < imap->nspaces; i++)
		if (imap->spaces[i].prefix[0] == '\0')
			return name_convert(
			    folder, imap->spaces[i].separator, false, &ignored);
	return NULL;
}

void
imap_set_bare(struct imap *imap, const char *folder)
{
	*(char **)array_add(&imap->bare, sizeof(char *)) = xstrdup(folder);
}

/* --- namespaces -------------------------------------------------- */

static bool
space_is_sane(const char *prefix, char separator)
{
	const char *p;

	for (p = prefix; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			return false;
	return p - prefix <= PREFIX_MAX &&
	    (separator == '\0' || (separator >= 0x20 && separator <= 0x7e));
}

/* The server's prefix must be sane before it is sent back. */
static int
space_set_ours(
    struct imap *imap, const char *prefix, char separator, struct err *err)
{
	if (!space_is_sane(prefix, separator)) {
		guard_kill(imap->guard,
		    "the server has a namespace with "
		    "invalid characters");
		return imap_lost(imap, err);
	}
	free(imap->prefix);
	imap->prefix = xstrdup(prefix);
	imap->separator = separator;
	return 0;
}

static const struct mailimap_namespace_data *
space_find_answer(const struct imap *imap)
{
	const struct mailimap_response_info *info = imap->session
	                                                ->imap_response_info;
	const struct mailimap_extension_data *ext;
	clistiter *it;

	if (info == NULL || info->rsp_extension_list == NULL)
		return NULL;
	for (it = clist_begin(info->rsp_extension_list); it != NULL;
	     it = clist_next(it)) {
		ext = clist_content(it);
		if (ext->ext_extension == &mailimap_extension_namespace &&
		    ext->ext_type == MAILIMAP_NAMESPACE_TYPE_NAMESPACE &&
		    ext->ext_data != NULL)
			return ext->ext_data;
	}
	return NULL;
}

/* Keep the namespaces of one kind, but for the first so many. */
static void
space_keep(struct imap *imap, const struct mailimap_namespace_item *item,
    enum imap_whose whose, size_t skip)
{
	const struct mailimap_namespace_info *ns;
	struct imap_space *space;
	clistiter *it;

	if (item == NULL)
		return;
	for (it = clist_begin(item->ns_data_list);
	     it != NULL && imap->nspaces < IMAP_SPACES; it = clist_next(it)) {
		ns = clist_content(it);
		if (skip > 0) {
			skip--;
			continue;
		}
		if (!space_is_sane(ns->ns_prefix, ns->ns_delimiter))
			continue;
		space = &imap->spaces[imap->nspaces++];
		space->prefix = xstrdup(ns->ns_prefix);
		space->separator = ns->ns_delimiter;
		space->whose = whose;
	}
}

/* 1: the server has told its namespaces, and which is the user's. */
static int
space_ask(struct imap *imap, struct err *err)
{
	const struct mailimap_namespace_data *answer;
	const struct mailimap_namespace_info *ns = NULL;
	clistiter *it;

	imap_expect(imap);
	if (imap_try(imap, "NAMESPACE", ERR_AGAIN,
	        "cannot ask for the namespace", err) == -1)
		return -1;
	if ((answer = space_find_answer(imap)) == NULL)
		return 0;
	if (answer->ns_personal != NULL &&
	    (it = clist_begin(answer->ns_personal->ns_data_list)) != NULL)
		ns = clist_content(it);
	space_keep(imap, answer->ns_personal, IMAP_OURS, 1);
	space_keep(imap, answer->ns_other, IMAP_OTHERS, 0);
	space_keep(imap, answer->ns_shared, IMAP_SHARED, 0);
	if (ns == NULL)
		return 0;
	return space_set_ours(imap, ns->ns_prefix, ns->ns_delimiter, err) == -1
	    ? -1
	    : 1;
}

int
imap_ask_namespace(struct imap *imap, struct err *err)
{
	const struct mailimap_mailbox_list *mb;
	int rc;

	if (imap_has(imap, "NAMESPACE") && (rc = space_ask(imap, err)) != 0)
		return rc == 1 ? 0 : -1;
	imap_expect(imap);
	if (imap_command(imap, "LIST \"\" \"\"", ERR_AGAIN,
	        "cannot ask for the folder separator", err) == -1)
		return -1;
	mb = imap_find_listed(imap, NULL);
	return space_set_ours(
	    imap, "", mb != NULL ? mb->mb_delimiter : '/', err);
}

void
imap_add_spaces(const struct imap *imap, struct buf *out)
{
	static const char *const whose[] = { [IMAP_OURS] = "yours",
		[IMAP_OTHERS] = "other users'",
		[IMAP_SHARED] = "shared" };
	size_t i;

	if (imap->separator != '\0')
		buf_printf(out, "separator \"%c\", yours \"%s\"",
		    imap->separator, imap->prefix);
	else
		buf_add_str(out, "no nested folders");
	for (i = 0; i < imap->nspaces; i++) {
		buf_printf(out, ", %s \"%s\"", whose[imap->spaces[i].whose],
		    imap->spaces[i].prefix);
		if (imap->spaces[i].separator != imap->separator &&
		    imap->spaces[i].separator != '\0')
			buf_printf(
			    out, " by \"%c\"", imap->spaces[i].separator);
	}
}

void
imap_forget_spaces(struct imap *imap)
{
	char **bare = imap->bare.at;
	size_t i;

	for (i = 0; i < imap->nspaces; i++)
		free(imap->spaces[i].prefix);
	imap->nspaces = 0;
	for (i = 0; i < imap->bare.n; i++)
		free(bare[i]);
	array_done(&imap->bare);
}
