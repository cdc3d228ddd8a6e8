/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For test_dkim_pairs.py: what ruad says of the signatures of messages.  Lines
 * on standard input, with tabs between their fields: "zone" forgets all
 * records; "k", name, value is a TXT record, without a value a question that
 * fails; "now", seconds; "m", path, which is answered by a line for each
 * signature (kind, instance, result, body, lf or crlf, why, hash of the
 * header), and one "arc", status, reason, instance, oldest_pass.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "dns/arc_chain.h"
#include "parse/dkim_sig.h"
#include "unit/dns_zone.h"

static char *
next(char **at)
{
	char *field = strsep(at, "\t");

	return field != NULL ? field : (char *)"";
}

static void
read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	out->len = 0;
	do {
		n = fread(buf_reserve(out, 65536), 1, 65536, f);
		out->len += n;
	} while (n > 0);
	fclose(f);
}

static void
tell(const struct explain_signature *s, const struct signature_verdict *v)
{
	const char *why = s->fault != NULL ? s->fault : s->hash.problem;

	printf("%s\t%d\t%s\t%s\t%s\t%s\t%s\n", s->kind, (int)s->instance,
	    signature_words[v->result],
	    s->hash.body != NULL ? s->hash.body : "unknown",
	    s->hash.was_lf ? "lf" : "crlf", why != NULL ? why : "",
	    s->hash.header != NULL ? s->hash.header : "");
}

static void
answer(const struct buf *message, const struct dns_source *source, int64_t now)
{
	struct explain_header h = { 0 };
	struct signature_verdict verdicts[LIMIT_EXPLAIN_SIGNATURES];
	struct explain_signature *s;
	struct explain_authres *a;
	struct arena arena = { 0 };
	struct dkim_message m;
	struct arc_chain chain;
	const struct dkim_field *f;
	size_t i;

	dkim_message_init(&m, message->at, message->len, NULL);
	f = m.fields.at;
	for (i = 0; i < m.fields.n; i++) {
		if (f[i].arc == ARC_RESULTS) {
			a = array_add(&h.authres, sizeof(*a));
			a->kind = "arc";
			a->instance = f[i].instance;
		}
		if (dkim_sig_kind(&f[i].field) == NULL ||
		    h.signatures.n == LIMIT_EXPLAIN_SIGNATURES)
			continue;
		s = array_add(&h.signatures, sizeof(*s));
		dkim_sig_read(&m, &f[i].field, &arena, s);
		signature_verify(
		    s, source, now, &arena, &verdicts[h.signatures.n - 1]);
		tell(s, &verdicts[h.signatures.n - 1]);
	}
	arc_chain_judge(&h, verdicts, &chain);
	printf("arc\t%s\t%s\t%d\t%d\n", arc_status_words[chain.status],
	    arc_reason_words[chain.reason], (int)chain.instance,
	    (int)chain.oldest_pass);
	array_done(&h.signatures);
	array_done(&h.authres);
	dkim_message_done(&m);
	arena_done(&arena);
}

static char *
copy(struct arena *arena, const char *s)
{
	return arena_strndup(arena, s, strlen(s));
}

int
main(void)
{
	struct zone z;
	struct dns_source source;
	struct array rows = { 0 };
	struct arena arena = { 0 };
	struct buf message = { 0 };
	struct zone_row *r;
	char *line = NULL, *at, *verb;
	int64_t now = 0;
	size_t size = 0;

	while (getline(&line, &size, stdin) != -1) {
		line[strcspn(line, "\n")] = '\0';
		at = line;
		verb = next(&at);
		if (strcmp(verb, "zone") == 0) {
			rows.n = 0;
		} else if (strcmp(verb, "k") == 0) {
			r = array_add(&rows, sizeof(*r));
			r->name = copy(&arena, next(&at));
			r->type = DNS_TXT;
			r->value = at != NULL ? copy(&arena, at) : NULL;
		} else if (strcmp(verb, "now") == 0) {
			now = strtoll(next(&at), NULL, 10);
		} else {
			array_add(&rows, sizeof(*r));
			rows.n--;
			z = (struct zone) { .rows = rows.at };
			((struct zone_row *)rows.at)[rows.n].name = NULL;
			source = (struct dns_source) { zone_ask, &z };
			read_file(next(&at), &message);
			answer(&message, &source, now);
			arena_done(&z.arena);
		}
	}
	free(line);
	array_done(&rows);
	arena_done(&arena);
	buf_done(&message);
	return 0;
}
