/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "store/rules.h"
#include "store/store.h"
#include "store/store_priv.h"

#define MAX_LABEL 100
#define KEY_BITS 128
#define IPV4_BITS 32

/* One rule as it is in its table. */
struct rule {
	const char *match;
	char value[256];
	uint8_t lo[STORE_IP_KEY], hi[STORE_IP_KEY]; /* cidr */
};

/* 192.0.2.0/24, or an address: a network of one.  1: it is one of them. */
static int
read_network(const char *text, struct rule *r, struct err *err)
{
	const char *slash = strchr(text, '/');
	char *ip = slash != NULL ? xstrndup(text, (size_t)(slash - text))
	                         : xstrdup(text);
	bool is_ip = store_read_ip(ip, r->lo);
	int bits = strchr(ip, ':') != NULL ? KEY_BITS : IPV4_BITS, i;
	char shown[INET6_ADDRSTRLEN];
	int64_t prefix = bits;

	free(ip);
	if (!is_ip && slash == NULL)
		return 0;
	if (!is_ip ||
	    (slash != NULL && !text_read_int(slash + 1, 0, bits, &prefix)))
		return err_set(err, ERR_USAGE,
		    "\"%s\" is not a network such as 192.0.2.0/24 or "
		    "2001:db8::/32",
		    text);
	memcpy(r->hi, r->lo, sizeof(r->hi));
	for (i = KEY_BITS - bits + (int)prefix; i < KEY_BITS; i++) {
		r->lo[i / 8] &= (uint8_t) ~(0x80U >> (i % 8));
		r->hi[i / 8] |= (uint8_t)(0x80U >> (i % 8));
	}
	/* One form for each network, whatever its host bits were. */
	store_write_ip(r->lo, shown);
	snprintf(r->value, sizeof(r->value), "%s/%" PRId64, shown,
	    strchr(shown, ':') == NULL && bits == KEY_BITS
	        ? prefix - (KEY_BITS - IPV4_BITS)
	        : prefix);
	r->match = "cidr";
	return 1;
}

static int
read_rule(const char *text, struct rule *r, struct err *err)
{
	static const char domain_chars[] =
	    "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	int64_t asn;
	int rc;

	if ((rc = read_network(text, r, err)) != 0)
		return rc == 1 ? 0 : -1;
	if (strncasecmp(text, "AS", 2) == 0 &&
	    text_read_int(text + 2, 1, UINT32_MAX, &asn)) {
		r->match = "asn";
		snprintf(r->value, sizeof(r->value), "%" PRId64, asn);
		return 0;
	}
	r->match = "ptr_domain";
	snprintf(r->value, sizeof(r->value), "%s", text);
	text_lower(r->value);
	if (strlen(text) >= sizeof(r->value) || strchr(text, '.') == NULL ||
	    text[0] == '.' || r->value[strspn(r->value, domain_chars)] != '\0')
		return err_set(err, ERR_USAGE,
		    "\"%s\" is not a network (192.0.2.0/24), host-name domain "
		    "(example.com) or AS number (AS64500)",
		    text);
	return 0;
}

/* row: the rule's id and sender. */
static int
find_rule(struct store *s, const struct rule *r, int64_t row[static 2],
    bool *found, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_RULE_FIND];

	store_bind_text(st, 1, r->match);
	store_bind_text(st, 2, r->value);
	return store_run_row(
	    s, STMT_RULE_FIND, "look for a rule", row, 2, found, err);
}

int
store_set_sender(struct store *s, const char *label, const char *kind,
    int64_t *id, struct err *err)
{
#define KIND(kind, class) #kind,
	static const char *const kinds[] = { RULE_KINDS(KIND) };
#undef KIND
	sqlite3_stmt *st = s->stmt[STMT_SENDER_SET];
	bool found;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i]) == 0)
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return err_set(err, ERR_USAGE,
		    "\"%s\" is not a kind of sender: use own, service, "
		    "forwarder or hostile",
		    kind);
	if (label[0] == '\0' || strlen(label) > MAX_LABEL ||
	    !text_is_utf8(label, strlen(label)))
		return err_set(err, ERR_USAGE,
		    "the name of a sender must be 1 to %d bytes of UTF-8",
		    MAX_LABEL);
	if (store_check_writing(s, "name a sender", err) == -1)
		return -1;
	store_bind_text(st, 1, label);
	store_bind_text(st, 2, kind);
	return store_run_row(
	    s, STMT_SENDER_SET, "name a sender", id, 1, &found, err);
}

int
store_add_rule(
    struct store *s, int64_t sender_id, const char *text, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_RULE_ADD];
	struct rule r = { .match = NULL };
	int64_t row[2];
	bool found;

	if (store_check_writing(s, "add a rule", err) == -1 ||
	    read_rule(text, &r, err) == -1 ||
	    find_rule(s, &r, row, &found, err) == -1)
		return -1;
	if (found && row[1] == sender_id)
		return 0;
	if (found)
		return err_set(err, ERR_USAGE,
		    "%s is a rule of another sender: remove it there first",
		    r.value);
	store_bind_int(st, 1, sender_id);
	store_bind_text(st, 2, r.match);
	store_bind_text(st, 3, r.value);
	sqlite3_bind_null(st, 4);
	sqlite3_bind_null(st, 5);
	if (strcmp(r.match, "cidr") == 0) {
		sqlite3_bind_blob(st, 4, r.lo, sizeof(r.lo), SQLITE_STATIC);
		sqlite3_bind_blob(st, 5, r.hi, sizeof(r.hi), SQLITE_STATIC);
	}
	return store_run(s, STMT_RULE_ADD, "add a rule", err);
}

int
store_find_sender(
    struct store *s, const char *label, int64_t *id, struct err *err)
{
	bool found;

	store_bind_text(s->stmt[STMT_SENDER_FIND], 1, label);
	if (store_run_row(s, STMT_SENDER_FIND, "look for a sender", id, 1,
	        &found, err) == -1)
		return -1;
	if (!found)
		return err_set(err, ERR_INPUT,
		    "there is no sender \"%s\": ruactl sender lists them",
		    label);
	return 0;
}

int
store_remove_sender(struct store *s, int64_t id, struct err *err)
{
	if (store_check_writing(s, "remove a sender", err) == -1)
		return -1;
	store_bind_int(s->stmt[STMT_SENDER_REMOVE], 1, id);
	return store_run(s, STMT_SENDER_REMOVE, "remove a sender", err);
}

int
store_remove_rule(
    struct store *s, int64_t sender_id, const char *text, struct err *err)
{
	struct rule r = { .match = NULL };
	int64_t row[2];
	bool found;

	if (store_check_writing(s, "remove a rule", err) == -1 ||
	    read_rule(text, &r, err) == -1 ||
	    find_rule(s, &r, row, &found, err) == -1)
		return -1;
	if (!found || row[1] != sender_id)
		return err_set(err, ERR_INPUT,
		    "%s is not a rule of this sender: ruactl sender lists them",
		    r.value);
	store_bind_int(s->stmt[STMT_RULE_REMOVE], 1, row[0]);
	return store_run(s, STMT_RULE_REMOVE, "remove a rule", err);
}

int
store_apply_senders(struct store *s, struct err *err)
{
	if (store_check_writing(s, "name sources", err) == -1)
		return -1;
	return store_run(s, STMT_SENDER_APPLY, "name sources", err);
}
