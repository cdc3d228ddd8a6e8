/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/imap_priv.h"

/* "VERB name"; that the server refuses to tell is no error. */
static int
rights_ask(
    struct imap *imap, const char *verb, const char *folder, struct err *err)
{
	struct buf line = { 0 };
	char *name;
	int rc;

	if ((name = imap_folder_name(imap, folder, err)) == NULL)
		return -1;
	buf_printf(&line, "%s ", verb);
	imap_add_quoted(&line, name);
	free(name);
	guard_forget_told(imap->guard);
	imap_expect(imap);
	rc = imap_try(imap, buf_str(&line), ERR_AGAIN, verb, err);
	buf_done(&line);
	if (rc == 0 || imap_refusal(imap) == IMAP_NOT_REFUSED)
		return rc;
	guard_forget_told(imap->guard);
	return 0;
}

/*
 * RFC 4314 divides what RFC 2086 called c and d; its servers give those
 * letters too, for whichever part they allow.
 */
static void
read_rights(const char *letters, struct imap_rights *out)
{
	bool divided = strpbrk(letters, "kxte") != NULL;

	out->told = true;
	out->may_read = strchr(letters, 'r') != NULL;
	out->may_insert = strchr(letters, 'i') != NULL;
	out->may_remove = divided
	    ? strchr(letters, 't') != NULL && strchr(letters, 'e') != NULL
	    : strchr(letters, 'd') != NULL;
	out->may_create = strchr(letters, divided ? 'k' : 'c') != NULL;
}

int
imap_rights(struct imap *imap, const char *folder, struct imap_rights *out,
    struct err *err)
{
	const char *p, *word;
	size_t n = 0;

	*out = (struct imap_rights) { 0 };
	if (!imap_has(imap, "ACL"))
		return 0;
	if (rights_ask(imap, "MYRIGHTS", folder, err) == -1)
		return -1;
	/* "MYRIGHTS folder letters", the last perhaps in quotes. */
	p = guard_told(imap->guard);
	if (strncasecmp(p, "MYRIGHTS ", 9) != 0 ||
	    (word = strrchr(p + 9, ' ')) == NULL)
		return 0;
	for (; *word != '\0' && n + 1 < sizeof(out->letters); word++)
		if ((*word >= 'a' && *word <= 'z') ||
		    (*word >= '0' && *word <= '9'))
			out->letters[n++] = *word;
	read_rights(out->letters, out);
	return 0;
}

static bool
quota_number(const char **p, uint64_t *out)
{
	const char *from = *p + strspn(*p, " ");
	char *end;

	if (*from < '0' || *from > '9')
		return false;
	*out = strtoull(from, &end, 10);
	*p = end;
	return true;
}

/* "NAME usage limit" of the list at *p, which goes on behind it. */
static bool
quota_next(const char **p, char name[static 32], uint64_t *used, uint64_t *most)
{
	size_t n;

	*p += strspn(*p, " ");
	n = strcspn(*p, " ()");
	if (n == 0 || n >= 32)
		return false;
	memcpy(name, *p, n);
	name[n] = '\0';
	*p += n;
	return quota_number(p, used) && quota_number(p, most);
}

int
imap_quota(struct imap *imap, const char *folder, struct buf *text, bool *full,
    struct err *err)
{
	uint64_t used, most;
	const char *p;
	char name[32];

	*full = false;
	if (!imap_has(imap, "QUOTA"))
		return 0;
	if (rights_ask(imap, "GETQUOTAROOT", folder, err) == -1)
		return -1;
	/* "QUOTA root (NAME usage limit ...)", one for each root. */
	for (p = guard_told(imap->guard); (p = strchr(p, '(')) != NULL;) {
		p++;
		while (quota_next(&p, name, &used, &most)) {
			*full |= used >= most;
			buf_printf(text, "%s%s %" PRIu64 " of %" PRIu64 "%s",
			    text->len > 0 ? ", " : "", name, used, most,
			    strcasecmp(name, "STORAGE") == 0 ? " KiB" : "");
		}
	}
	return 0;
}
