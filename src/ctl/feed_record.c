/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/feed_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "ctl/feed_json.h"
#include "ctl/report_columns.h"
#include "store/rules.h"

#define SLOTS 4096 /* a power of two */

/* Members of the object of a record, of one row of another table. */
struct slot {
	bool is_filled;
	int64_t id; /* 0: of NULL */
	struct buf members;
	/* Of a profile: whether it has overrides, and one is forwarding. */
	bool is_overridden, is_forwarded;
	/* Of a source: the class of what fails, without and with that. */
	char class[2][16];
};

enum shared {
	SOURCE,
	PROFILE,
	DKIM,
	SHARED,
};

#define OVERRIDES(changed, from) \
	"json_group_array(json_object('type', type, 'comment', comment," \
	" 'forwarding', forwarding, 'changed', " changed "))" from

static const char *const shared_sql[SHARED] = {
	[SOURCE] = "SELECT " SOURCE_COLUMNS ", s.first_day, " RULE_CLASS(
	    snd.kind, 0) " AS _class0, " RULE_CLASS(snd.kind,
	    1) " AS _class1 FROM (SELECT ?1 AS id) one"
	       " LEFT JOIN source s USING (id)"
	       " LEFT JOIN sender snd ON snd.id = s.sender_id",
	[PROFILE] =
	    "SELECT p.header_from, p.envelope_from,"
	    " (SELECT " SPF_RESULTS " FROM (SELECT *"
	    "   FROM spf_item WHERE profile_id = ?1 ORDER BY seq))"
	    " AS auth_spf, iif(json_valid(p.raw), p.raw, NULL) AS raw,"
	    " (SELECT count(*) FROM override_item"
	    "   WHERE profile_id = ?1) AS _overrides,"
	    " (SELECT max(forwarding) FROM override_words"
	    "   WHERE profile_id = ?1) AS _forwarding"
	    " FROM (SELECT ?1 AS id) one LEFT JOIN profile p USING (id)",
	[DKIM] = "SELECT " DKIM_RESULTS " AS auth_dkim FROM (SELECT *"
	         " FROM dkim_item WHERE dkim_list_id = ?1 ORDER BY seq)",
};

static const char shared_json[] = " auth_spf auth_dkim raw override ";

#define COLUMNS \
	"messages, dmarc, dkim, spf, cause, disposition, envelope_to," \
	" id AS _id, coalesce(source_id, 0) AS _source," \
	" coalesce(profile_id, 0) AS _profile," \
	" coalesce(dkim_list_id, 0) AS _dkim"

enum { COUNTED, ASIDE, OVERRIDE, OVERRIDE_ASIDE, STATEMENTS };

static const char *const statements[STATEMENTS] = {
	[COUNTED] = "SELECT " COLUMNS
	            " FROM record_words WHERE report_id = ?1 ORDER BY id",
	[ASIDE] = "SELECT " COLUMNS
	          " FROM record_any WHERE report_id = ?1 ORDER BY -id",
	[OVERRIDE] = "SELECT " OVERRIDES("changed",
	    " AS override"
	    " FROM (SELECT * FROM override WHERE record_id = ?1 ORDER BY seq)"),
	[OVERRIDE_ASIDE] = "SELECT " OVERRIDES("NULL",
	    " AS override"
	    " FROM (SELECT * FROM override_words WHERE profile_id = ?1"
	    " ORDER BY seq)"),
};

/* The columns of a record that others are found by. */
static const char *const places[] = { "_id", "_source", "_profile", "_dkim",
	"dmarc" };
enum { PLACE_ID, PLACE_SHARED, PLACE_DMARC = PLACE_SHARED + SHARED, PLACES };

struct feed_records {
	struct query_db *db;
	bool flat;
	struct query *shared[SHARED];
	struct query *query[STATEMENTS];
	int at; /* COUNTED or ASIDE */
	int place[PLACES];
	struct slot slots[SHARED][SLOTS];
};

struct feed_records *
feed_records_new(struct query_db *db, bool flat)
{
	struct feed_records *r = xcalloc(1, sizeof(*r));

	r->db = db;
	r->flat = flat;
	return r;
}

void
feed_records_free(struct feed_records *r)
{
	int i, k;

	if (r == NULL)
		return;
	for (i = 0; i < SHARED; i++) {
		query_free(r->shared[i]);
		for (k = 0; k < SLOTS; k++)
			buf_done(&r->slots[i][k].members);
	}
	for (i = 0; i < STATEMENTS; i++)
		query_free(r->query[i]);
	free(r);
}

/* Ask for ?1 = id, with a statement that is prepared once. */
static int
ask(struct feed_records *r, struct query **q, const char *sql, int64_t id,
    struct err *err)
{
	if (*q == NULL && query_new(q, r->db, sql, err) == -1)
		return -1;
	query_restart(*q);
	query_bind_int(*q, 1, id);
	return 0;
}

static void
fill(struct slot *s, enum shared which, struct query *q)
{
	if (which == SOURCE) {
		snprintf(s->class[0], sizeof(s->class[0]), "%s",
		    query_named_text(q, "_class0"));
		snprintf(s->class[1], sizeof(s->class[1]), "%s",
		    query_named_text(q, "_class1"));
	}
	if (which == PROFILE) {
		s->is_overridden = query_named_int(q, "_overrides") > 0;
		s->is_forwarded = query_named_int(q, "_forwarding") == 1;
	}
}

/* What is shared of this id; NULL: an error. */
static const struct slot *
find_shared(
    struct feed_records *r, enum shared which, int64_t id, struct err *err)
{
	struct slot *s = &r->slots[which][(uint64_t)id % SLOTS];
	struct query *q;

	if (s->is_filled && s->id == id)
		return s;
	s->is_filled = false;
	s->members.len = 0;
	if (ask(r, &r->shared[which], shared_sql[which], id, err) == -1 ||
	    query_step(q = r->shared[which], err) != 1)
		return NULL;
	s->id = id;
	feed_json_add_row(&s->members, q, r->flat, shared_json);
	fill(s, which, q);
	s->is_filled = true;
	query_restart(q);
	return s;
}

int
feed_records_begin(
    struct feed_records *r, int64_t report_id, bool counted, struct err *err)
{
	r->at = counted ? COUNTED : ASIDE;
	if (ask(r, &r->query[r->at], statements[r->at], report_id, err) == -1)
		return -1;
	query_find_columns(r->query[r->at], places, PLACES, r->place);
	return 0;
}

/* Whether an override changed something depends on the record, too. */
static int
add_overrides(struct feed_records *r, struct buf *b, int64_t id,
    int64_t profile_id, struct err *err)
{
	int which = r->at == COUNTED ? OVERRIDE : OVERRIDE_ASIDE;
	struct query **q = &r->query[which];

	if (ask(r, q, statements[which], which == OVERRIDE ? id : profile_id,
	        err) == -1 ||
	    query_step(*q, err) != 1)
		return -1;
	feed_json_add_row(b, *q, r->flat, shared_json);
	query_restart(*q);
	return 0;
}

int
feed_records_next(struct feed_records *r, struct buf *b, struct err *err)
{
	const char *none = r->flat ? "\"override\":\"[]\"" : "\"override\":[]";
	struct query *q = r->query[r->at];
	const struct slot *s[SHARED];
	const char *dmarc;
	int i, rc;

	if ((rc = query_step(q, err)) != 1)
		return rc;
	feed_json_add_row(b, q, r->flat, "");
	for (i = 0; i < SHARED; i++) {
		s[i] = find_shared(r, (enum shared)i,
		    query_int(q, r->place[PLACE_SHARED + i]), err);
		if (s[i] == NULL)
			return -1;
		feed_json_add(b, s[i]->members.at, s[i]->members.len);
	}
	dmarc = query_text(q, r->place[PLACE_DMARC]);
	json_add_member(b, "class",
	    dmarc != NULL && strcmp(dmarc, "pass") == 0
	        ? "compliant"
	        : s[SOURCE]->class[s[PROFILE]->is_forwarded]);
	if (!s[PROFILE]->is_overridden) {
		feed_json_add(b, none, strlen(none));
		return 1;
	}
	rc = add_overrides(r, b, query_int(q, r->place[PLACE_ID]),
	    query_int(q, r->place[PLACE_SHARED + PROFILE]), err);
	return rc == -1 ? -1 : 1;
}
