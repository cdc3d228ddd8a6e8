/* SPDX-License-Identifier: BSD-2-Clause */
/* For the tests of SPF: a table instead of DNS, and messages to judge by it. */
#ifndef RUAD_TESTS_SPF_ZONE_H
#define RUAD_TESTS_SPF_ZONE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "base/map.h"
#include "dns/spf.h"

/*
 * One record.  A TXT record may have several strings with "|" between them; MX
 * is "10 mx.example.org".  Type "FAIL": nothing can be asked for at that name;
 * "FAIL TXT": not this type.  Type "NAME": there is such a name.
 */
struct zone_row {
	const char *name, *type, *value;
};

struct zone {
	const struct zone_row *rows;
	size_t n;
	struct map answers; /* of struct dns_answer * */
	struct arena arena;
	int asked; /* questions, also the same one again */
};

static inline void
zone_add(struct dns_builder *b, enum dns_type type, const char *value)
{
	bool is_new = true;
	size_t n;

	if (type == DNS_MX) {
		n = strcspn(value, " ");
		dns_add_record(b, (uint16_t)strtol(value, NULL, 10),
		    value[n] == ' ' ? value + n + 1 : "");
		return;
	}
	if (type != DNS_TXT && type != DNS_SPF) {
		dns_add_record(b, 0, value);
		return;
	}
	do {
		n = strcspn(value, "|");
		dns_add_text(b, value, n, is_new);
		is_new = false;
		value += n;
	} while (*value++ == '|');
}

static inline const struct dns_answer *
zone_answer(struct zone *z, enum dns_type type, const char *name)
{
	const char *word = dns_type_word(type);
	enum dns_status status = DNS_NO_NAME;
	struct dns_builder b;
	size_t i;

	dns_begin(&b, &z->arena);
	for (i = 0; i < z->n; i++) {
		const struct zone_row *r = &z->rows[i];

		if (strcasecmp(r->name, name) != 0)
			continue;
		if (status == DNS_NO_NAME)
			status = DNS_NONE;
		if (strncmp(r->type, "FAIL", 4) == 0 &&
		    (r->type[4] == '\0' || strcmp(r->type + 5, word) == 0))
			status = DNS_FAILED;
		else if (strcmp(r->type, word) == 0)
			zone_add(&b, type, r->value);
	}
	if (status == DNS_FAILED) {
		array_done(&b.records);
		return dns_answer_none(&z->arena, status, "did not answer");
	}
	if (b.records.n > 0)
		return dns_end(&b);
	array_done(&b.records);
	return dns_answer_none(&z->arena, status, NULL);
}

static inline const struct dns_answer *
zone_ask(void *arg, enum dns_type type, const char *name)
{
	struct zone *z = arg;
	const struct dns_answer **answer;
	char key[DNS_NAME + 8];
	int n;

	/* What is asked for can be asked for. */
	assert_true(dns_is_name(name));
	z->asked++;
	n = snprintf(key, sizeof(key), "%d %s", (int)type, name);
	z->answers.size = sizeof(*answer);
	answer = map_item(&z->answers, key, (size_t)n);
	if (*answer == NULL)
		*answer = zone_answer(z, type, name);
	return *answer;
}

static inline struct dns_source
zone_source(struct zone *z)
{
	return (struct dns_source) { zone_ask, z };
}

static inline void
zone_done(struct zone *z)
{
	map_done(&z->answers);
	arena_done(&z->arena);
}

struct spf_case {
	const char *what;   /* what is tested */
	const char *from;   /* MAIL FROM; "": it is empty */
	const char *ip;     /* NULL: 192.0.2.1 */
	const char *result; /* the word */
	/* The path, or with "exp: " the explanation, "exp:" for none; NULL: not
	 * looked at. */
	const char *path;
	const char *helo; /* NULL: mail.example.org */
};

static inline void
judge_case(const struct spf_case *c, struct zone *z, struct spf_verdict *v)
{
	const char *at = strrchr(c->from, '@');
	struct dns_source source = zone_source(z);
	struct spf_query q = { .explain = true, .now = 1700000000 };
	char *local = at != NULL ? xstrndup(c->from, (size_t)(at - c->from))
	                         : NULL;

	q.ip = c->ip != NULL ? c->ip : "192.0.2.1";
	q.helo = c->helo != NULL ? c->helo : "mail.example.org";
	q.local = local;
	q.domain = *c->from == '\0' ? q.helo : at != NULL ? at + 1 : c->from;
	q.receiver = "mx.example.net";
	spf_check(&source, &q, v);
	free(local);
}

static inline void
check_case(const struct spf_case *c, const struct zone_row *rows, size_t n)
{
	struct zone z = { .rows = rows, .n = n };
	const char *path, *got = NULL;
	struct spf_verdict v;

	judge_case(c, &z, &v);
	got = spf_result_word(v.result);
	if (strcmp(got, c->result) != 0)
		fail_msg("%s: %s instead of %s (%s)", c->what, got, c->result,
		    v.path);
	path = c->path;
	if (path != NULL) {
		got = v.path;
		if (strncmp(path, "exp:", 4) == 0) {
			path += path[4] == '\0' ? 4 : 5;
			got = v.explanation != NULL ? v.explanation : "";
		}
		if (strcmp(got, path) != 0)
			fail_msg(
			    "%s: \"%s\" instead of \"%s\"", c->what, got, path);
	}
	/* An error has a reason, and nothing else has. */
	assert_int_equal(v.problem != NULL,
	    v.result == SPF_TEMPERROR || v.result == SPF_PERMERROR);
	spf_verdict_done(&v);
	zone_done(&z);
}

#define CHECK_CASES(cases, rows) \
	do { \
		size_t i_; \
\
		for (i_ = 0; i_ < sizeof(cases) / sizeof(*(cases)); i_++) \
			check_case(&(cases)[i_], rows, \
			    sizeof(rows) / sizeof(*(rows))); \
	} while (0)

#endif
