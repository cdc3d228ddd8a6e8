/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "store/rules.h"
#include "store/store.h"
#include "store/store_priv.h"
#include "store/store_rule.h"

#define MAX_LABEL 100

/* row: the rule's id and sender. */
static int
find_rule(struct store *s, const struct store_rule *r, int64_t row[static 2],
    bool *found, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_RULE_FIND];

	store_bind_text(st, 1, store_match_words[r->match]);
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
	struct store_rule r;
	int64_t row[2];
	bool found;

	if (store_check_writing(s, "add a rule", err) == -1 ||
	    store_read_rule(text, &r, err) == -1 ||
	    find_rule(s, &r, row, &found, err) == -1)
		return -1;
	if (found && row[1] == sender_id)
		return 0;
	if (store_check_rule(text, &r, err) == -1)
		return -1;
	if (found)
		return err_set(err, ERR_USAGE,
		    "%s is a rule of another sender: remove it there first",
		    text);
	store_bind_int(st, 1, sender_id);
	store_bind_text(st, 2, store_match_words[r.match]);
	store_bind_text(st, 3, r.value);
	sqlite3_bind_null(st, 4);
	sqlite3_bind_null(st, 5);
	if (r.match == STORE_MATCH_CIDR || r.match == STORE_MATCH_RANGE) {
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
	struct store_rule r;
	int64_t row[2];
	bool found;

	if (store_check_writing(s, "remove a rule", err) == -1 ||
	    store_read_rule(text, &r, err) == -1 ||
	    find_rule(s, &r, row, &found, err) == -1)
		return -1;
	if (!found || row[1] != sender_id)
		return err_set(err, ERR_INPUT,
		    "%s is not a rule of this sender: ruactl sender lists them",
		    text);
	store_bind_int(s->stmt[STMT_RULE_REMOVE], 1, row[0]);
	return store_run(s, STMT_RULE_REMOVE, "remove a rule", err);
}

int
store_apply_senders(struct store *s, struct err *err)
{
	if (store_check_writing(s, "name sources", err) == -1)
		return -1;
	return store_name_all(s, err);
}

int
store_find_cover(struct store *s, const char *text, struct store_cover *cover,
    struct err *err)
{
	const struct store_rule *known;
	struct store_rule r;
	size_t i;

	if (store_read_rule(text, &r, err) == -1 ||
	    store_load_rules(s, err) == -1)
		return -1;
	known = s->rules.all.at;
	for (i = 0; i < s->rules.all.n; i++)
		if (known[i].match == r.match &&
		    strcmp(known[i].value, r.value) == 0) {
			*cover = known[i].cover;
			cover->match = store_match_words[r.match];
			cover->value = known[i].value;
			return 0;
		}
	return err_set(err, ERR_INPUT, "%s is not a rule of a sender", text);
}

int
store_count_sender(struct store *s, int64_t id, int64_t first_day,
    int64_t last_day, struct store_count *count, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_SENDER_COUNT];
	int64_t row[2];
	bool found;

	store_bind_int(st, 1, id);
	store_bind_int(st, 2, first_day);
	store_bind_int(st, 3, last_day);
	if (store_run_row(s, STMT_SENDER_COUNT, "count its sources", row, 2,
	        &found, err) == -1)
		return -1;
	*count = (struct store_count) { row[0], row[1] };
	return 0;
}
