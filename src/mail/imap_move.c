/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mail/imap_priv.h"

#define MOVE_SECONDS LIMIT_ANSWER_WAIT
#define MOVE_BYTES 256        /* of lines about one message */
#define OTHER_BYTES (1 << 20) /* of lines that nobody asked for */

enum imap_move_how
imap_move_how(const struct imap *imap)
{
	if (imap->can_move)
		return IMAP_MOVE;
	return imap->can_uidplus ? IMAP_COPY_EXPUNGE : IMAP_COPY_FLAG;
}

bool
imap_can_expunge(const struct imap *imap)
{
	return imap->can_uidplus;
}

bool
imap_forget_move(struct imap *imap)
{
	if (!imap->can_move || !imap->can_uidplus)
		return false;
	imap->can_move = false;
	return true;
}

/* "UID VERB set rest". */
static int
move_command(struct imap *imap, const char *verb, const char *set, size_t n,
    const char *rest, const char *what, struct err *err)
{
	char *line;
	int rc;

	xasprintf(&line, "UID %s %s%s", verb, set, rest);
	guard_expect(
	    imap->guard, MOVE_SECONDS, n * MOVE_BYTES + OTHER_BYTES, 8192);
	rc = imap_try(imap, line, ERR_AGAIN, what, err);
	free(line);
	return rc;
}

/* What is in the way of moving has gone after this, if it can. */
static int
move_clear(struct imap *imap, const char *folder, struct err *err)
{
	const char *code = guard_reply(imap->guard)->code;

	if (strcmp(code, "TRYCREATE") == 0)
		return imap_ensure_folder(imap, folder, err);
	/* Some messages are gone: once it has told which, it does the rest. */
	if (strcmp(code, "EXPUNGEISSUED") != 0)
		return -1;
	imap_expect(imap);
	return imap_command(
	    imap, "NOOP", ERR_AGAIN, "cannot look at the folder again", err);
}

/* If the folder or some messages have gone, once more. */
static int
move_set(struct imap *imap, const char *verb, const char *set, size_t n,
    const char *folder, const char *name, struct err *err)
{
	struct buf rest = { 0 };
	char *what;
	bool vague;
	int rc;

	buf_add_char(&rest, ' ');
	imap_add_quoted(&rest, name);
	xasprintf(&what, "cannot move messages to the folder \"%s\"", folder);
	rc = move_command(imap, verb, set, n, buf_str(&rest), what, err);
	/* "BAD Command Error. 12" of Exchange, which offers MOVE. */
	vague = rc == -1 && imap_refusal(imap) == IMAP_REFUSED;
	if (rc == -1 && move_clear(imap, folder, err) == 0)
		rc = move_command(
		    imap, verb, set, n, buf_str(&rest), what, err);
	if (rc == -1 && vague && strcmp(verb, "MOVE") == 0)
		err->class = ERR_DATA;
	free(what);
	buf_done(&rest);
	return rc;
}

static int
move_all(struct imap *imap, const char *verb, const uint32_t *uids, size_t n,
    const char *folder, struct err *err)
{
	struct buf set = { 0 };
	size_t done = 0, k;
	char *name;
	int rc = 0;

	if ((name = imap_folder_name(imap, folder, err)) == NULL)
		return -1;
	while (rc == 0 && done < n) {
		set.len = 0;
		k = imap_add_set(&set, uids + done, n - done,
		    IMAP_COMMAND_MAX - 2 * strlen(name));
		rc = move_set(imap, verb, buf_str(&set), k, folder, name, err);
		done += k;
	}
	buf_done(&set);
	free(name);
	return rc;
}

int
imap_move(struct imap *imap, const uint32_t *uids, size_t n, const char *folder,
    bool *left, struct err *err)
{
	memset(left, 0, n * sizeof(*left));
	guard_forget_expunged(imap->guard);
	if (move_all(imap, "MOVE", uids, n, folder, err) == -1)
		return -1;
	/* It has told which have gone, as RFC 6851 demands. */
	if (guard_expunged(imap->guard) >= n)
		return 0;
	return imap_find(imap, uids, n, left, err);
}

int
imap_copy(struct imap *imap, const uint32_t *uids, size_t n, const char *folder,
    struct err *err)
{
	return move_all(imap, "COPY", uids, n, folder, err);
}

bool
imap_has_copied(const struct imap *imap)
{
	return strcmp(guard_reply(imap->guard)->code, "COPYUID") == 0;
}

static int
remove_set(struct imap *imap, const char *set, size_t n, struct err *err)
{
	if (move_command(imap, "STORE", set, n, " +FLAGS.SILENT (\\Deleted)",
	        "cannot mark moved messages as deleted", err) == -1)
		return -1;
	/* Without UIDPLUS an EXPUNGE would take other people's messages too. */
	if (!imap->can_uidplus)
		return 0;
	return move_command(imap, "EXPUNGE", set, n, "",
	    "cannot remove moved messages from the folder", err);
}

int
imap_remove(struct imap *imap, const uint32_t *uids, size_t n, struct err *err)
{
	struct buf set = { 0 };
	size_t done = 0, k;
	int rc = 0;

	while (rc == 0 && done < n) {
		set.len = 0;
		k = imap_add_set(
		    &set, uids + done, n - done, IMAP_COMMAND_MAX - 64);
		rc = remove_set(imap, buf_str(&set), k, err);
		done += k;
	}
	buf_done(&set);
	return rc;
}
