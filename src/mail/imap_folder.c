/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "mail/imap_priv.h"

#define SELECT_SECONDS 120 /* the first one reads the whole folder */

/* --- names
 * -------------------------------------------------------------------- */

void
imap_add_quoted(struct buf *out, const char *s)
{
	buf_add_char(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *s);
	}
	buf_add_char(out, '"');
}

/* Characters that go into modified base64 rather than as they are. */
static bool
utf7_is_shifted(uint32_t c)
{
	return c < 0x20 || c > 0x7e;
}

/* The run of shifted characters at s: UTF-16 in base64 with ',' for '/'. */
static size_t
utf7_add_run(struct buf *out, const char *s, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz0123456789+,";
	uint64_t bits = 0;
	unsigned int have = 0;
	size_t used = 0, len;
	uint32_t c;

	buf_add_char(out, '&');
	while (used < n && (len = text_utf8_char(s + used, n - used, &c)) > 0 &&
	    utf7_is_shifted(c)) {
		used += len;
		if (c >= 0x10000) {
			c -= 0x10000;
			bits = bits << 16 | (0xd800 | c >> 10);
			c = 0xdc00 | (c & 0x3ff);
			have += 16;
		}
		bits = bits << 16 | c;
		for (have += 16; have >= 6; have -= 6)
			buf_add_char(out, digits[bits >> (have - 6) & 63]);
	}
	if (have > 0)
		buf_add_char(out, digits[bits << (6 - have) & 63]);
	buf_add_char(out, '-');
	return used;
}

char *
imap_utf7(const char *s)
{
	struct buf out = { 0 };
	size_t n = strlen(s), len;

	if (!text_is_utf8(s, n))
		return NULL;
	while (n > 0) {
		if (*s == '&') {
			buf_add_str(&out, "&-");
			len = 1;
		} else if (utf7_is_shifted((unsigned char)*s))
			len = utf7_add_run(&out, s, n);
		else {
			buf_add_char(&out, *s);
			len = 1;
		}
		s += len;
		n -= len;
	}
	buf_str(&out);
	return out.at;
}

static bool
folder_is_inbox(const char *folder)
{
	return strcasecmp(folder, "INBOX") == 0;
}

/* Can this be a folder at all?  It is from the configuration. */
static int
folder_check(const char *folder, struct err *err)
{
	const char *p;

	if (folder[0] == '\0')
		return err_set(err, ERR_CONF, "a folder without a name");
	for (p = folder; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return err_set(err, ERR_CONF,
			    "folder \"%s\": a control character in the name",
			    folder);
	if (!text_is_utf8(folder, strlen(folder)))
		return err_set(err, ERR_CONF,
		    "folder \"%s\": the name is not UTF-8", folder);
	if (folder[0] == '/' || p[-1] == '/' || strstr(folder, "//") != NULL)
		return err_set(err, ERR_CONF,
		    "folder \"%s\": a level without a name", folder);
	return 0;
}

/* Our '/' to the server's separator. */
static int
folder_add_levels(const struct imap *imap, const char *folder, bool own,
    struct buf *out, struct err *err)
{
	const char *p;

	for (p = folder; *p != '\0'; p++) {
		if (*p == '/' && imap->separator == '\0')
			return err_set(err, ERR_CONF,
			    "folder \"%s\": the server has no folders within "
			    "folders",
			    folder);
		if (*p == imap->separator && *p != '/' && !own)
			return err_set(err, ERR_CONF,
			    "folder \"%s\": a name cannot hold \"%c\", with "
			    "which the server separates levels; write \"/\" "
			    "between levels",
			    folder, *p);
		buf_add_char(out, *p == '/' ? imap->separator : *p);
	}
	return 0;
}

char *
imap_folder_name(const struct imap *imap, const char *folder, struct err *err)
{
	const char *prefix = imap->prefix != NULL ? imap->prefix : "";
	size_t len = strlen(prefix);
	struct buf name = { 0 };
	char *utf7, *whole;
	bool own;

	if (folder_check(folder, err) == -1)
		return NULL;
	if (folder_is_inbox(folder))
		return xstrdup("INBOX");
	/* In the server's own form already? */
	own = len > 0 && strncasecmp(folder, prefix, len) == 0;
	if (folder_add_levels(imap, folder, own, &name, err) == -1) {
		buf_done(&name);
		return NULL;
	}
	utf7 = imap_utf7(buf_str(&name));
	buf_done(&name);
	if (utf7 == NULL) {
		err_set(err, ERR_BUG, "folder name");
		return NULL;
	}
	if (len == 0 || strncasecmp(utf7, prefix, len) == 0)
		return utf7;
	xasprintf(&whole, "%s%s", prefix, utf7);
	free(utf7);
	return whole;
}

/* --- namespace
 * ------------------------------------------------------------------ */

/* What the server calls our folders must be sane before we send it back. */
static int
folder_set_namespace(
    struct imap *imap, const char *prefix, char separator, struct err *err)
{
	const char *p;

	for (p = prefix; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			break;
	if (*p != '\0' || p - prefix > 255 ||
	    (separator != '\0' && (separator < 0x20 || separator > 0x7e))) {
		guard_kill(imap->guard,
		    "the server has a namespace with "
		    "characters that cannot be");
		return imap_lost(imap, err);
	}
	free(imap->prefix);
	imap->prefix = xstrdup(prefix);
	imap->separator = separator;
	return 0;
}

static const struct mailimap_namespace_info *
folder_find_namespace(const struct imap *imap)
{
	const struct mailimap_response_info *info = imap->session
	                                                ->imap_response_info;
	const struct mailimap_extension_data *ext;
	const struct mailimap_namespace_data *ns;
	clistiter *it;

	if (info == NULL || info->rsp_extension_list == NULL)
		return NULL;
	for (it = clist_begin(info->rsp_extension_list); it != NULL;
	     it = clist_next(it)) {
		ext = clist_content(it);
		if (ext->ext_extension != &mailimap_extension_namespace ||
		    ext->ext_type != MAILIMAP_NAMESPACE_TYPE_NAMESPACE ||
		    (ns = ext->ext_data) == NULL || ns->ns_personal == NULL)
			continue;
		it = clist_begin(ns->ns_personal->ns_data_list);
		return it != NULL ? clist_content(it) : NULL;
	}
	return NULL;
}

static const struct mailimap_mailbox_list *
folder_find_listed(const struct imap *imap, const char *name)
{
	const struct mailimap_response_info *info = imap->session
	                                                ->imap_response_info;
	const struct mailimap_mailbox_list *mb;
	clistiter *it;

	if (info == NULL || info->rsp_mailbox_list == NULL)
		return NULL;
	for (it = clist_begin(info->rsp_mailbox_list); it != NULL;
	     it = clist_next(it)) {
		mb = clist_content(it);
		if (name == NULL || strcmp(mb->mb_name, name) == 0)
			return mb;
	}
	return NULL;
}

int
imap_ask_namespace(struct imap *imap, struct err *err)
{
	const struct mailimap_namespace_info *ns;
	const struct mailimap_mailbox_list *mb;

	if (imap_has(imap, "NAMESPACE")) {
		imap_expect(imap);
		if (imap_command(imap, "NAMESPACE", ERR_AGAIN,
		        "cannot ask for the namespace", err) == -1)
			return -1;
		if ((ns = folder_find_namespace(imap)) != NULL)
			return folder_set_namespace(
			    imap, ns->ns_prefix, ns->ns_delimiter, err);
	}
	imap_expect(imap);
	if (imap_command(imap, "LIST \"\" \"\"", ERR_AGAIN,
	        "cannot ask for the separator of folders", err) == -1)
		return -1;
	mb = folder_find_listed(imap, NULL);
	return folder_set_namespace(
	    imap, "", mb != NULL ? mb->mb_delimiter : '/', err);
}

/* --- verbs
 * ---------------------------------------------------------------------- */

/* "VERB name" with a sentence for when it fails. */
static int
folder_command(struct imap *imap, const char *verb, const char *name,
    enum err_class on_no, const char *what, struct err *err)
{
	struct buf line = { 0 };
	int rc;

	buf_printf(&line, "%s ", verb);
	imap_add_quoted(&line, name);
	rc = imap_command(imap, buf_str(&line), on_no, what, err);
	buf_done(&line);
	return rc;
}

static int
folder_open(struct imap *imap, const char *verb, const char *folder,
    struct imap_folder *out, struct err *err)
{
	struct mailimap_selection_info **info = &imap->session
	                                             ->imap_selection_info;
	char *name, *what;
	int rc;

	if ((name = imap_folder_name(imap, folder, err)) == NULL)
		return -1;
	if (*info != NULL)
		mailimap_selection_info_free(*info);
	*info = mailimap_selection_info_new();
	xasprintf(&what, "cannot open the folder \"%s\"", folder);
	guard_expect(imap->guard, SELECT_SECONDS, 1 << 20, 8192);
	rc = folder_command(imap, verb, name, ERR_CONF, what, err);
	free(what);
	free(name);
	if (rc == -1)
		return -1;
	if (*info == NULL)
		return err_set(err, ERR_AGAIN, "out of memory");
	if ((*info)->sel_uidvalidity == 0) {
		guard_kill(imap->guard, "the server gives no UIDVALIDITY");
		return imap_lost(imap, err);
	}
	guard_forget_news(imap->guard);
	out->uidvalidity = (*info)->sel_uidvalidity;
	out->exists = (*info)->sel_exists;
	return 0;
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
	rc = folder_command(imap, "CREATE", name, ERR_CONF, what, err);
	free(what);
	if (rc == -1) {
		if (strcmp(guard_reply(imap->guard)->code, "ALREADYEXISTS") !=
		    0)
			return -1;
		return 0;
	}
	imap_expect(imap);
	if (folder_command(imap, "SUBSCRIBE", name, ERR_AGAIN,
	        "cannot subscribe", &ignored) == -1 &&
	    guard_fault(imap->guard)[0] != '\0') {
		*err = ignored;
		return -1;
	}
	return 0;
}

/* name is the server's form of a folder. */
static int
folder_look(struct imap *imap, const char *name, bool *has, struct err *err)
{
	const struct mailimap_mailbox_list *mb;

	imap_expect(imap);
	/* "*" and "%" in the name are wildcards here: compare what comes. */
	if (folder_command(imap, "LIST \"\"", name, ERR_AGAIN,
	        "cannot list folders", err) == -1)
		return -1;
	mb = folder_find_listed(imap, name);
	*has = mb != NULL && folder_is_selectable(mb);
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
	if (!folder_is_inbox(name))
		rc = folder_look(imap, name, has, err);
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
	if (!folder_is_inbox(name))
		rc = folder_look(imap, name, &has, err);
	if (rc == 0 && !has)
		rc = folder_create(imap, folder, name, err);
	free(name);
	return rc;
}
