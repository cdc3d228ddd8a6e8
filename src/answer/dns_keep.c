/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/dns_keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/map.h"
#include "store/store.h"

#define KEY (DNS_NAME + 8)

struct seen {
	enum dns_type type;
	char name[DNS_NAME];
	const struct dns_answer *answer;
};

struct dns_keep {
	struct dns_source asked;
	struct map seen;              /* type and name -> struct seen */
	char *file_name, *file_value; /* NULL: none */
};

struct dns_keep *
dns_keep_new(struct dns_source asked)
{
	struct dns_keep *k = xcalloc(1, sizeof(*k));

	k->asked = asked;
	k->seen.size = sizeof(struct seen);
	return k;
}

void
dns_keep_free(struct dns_keep *k)
{
	if (k == NULL)
		return;
	map_done(&k->seen);
	free(k->file_name);
	free(k->file_value);
	free(k);
}

static const struct dns_answer *
ask(void *arg, enum dns_type type, const char *name)
{
	struct dns_keep *k = arg;
	char lower[DNS_NAME], key[KEY];
	struct seen *seen;
	int n;

	if (!dns_write_name(name, lower))
		return dns_ask(&k->asked, type, name);
	n = snprintf(key, sizeof(key), "%d %s", (int)type, lower);
	seen = map_item(&k->seen, key, (size_t)n);
	if (seen->answer == NULL) {
		seen->type = type;
		memcpy(seen->name, lower, sizeof(lower));
		seen->answer = dns_ask(&k->asked, type, lower);
	}
	return seen->answer;
}

struct dns_source
dns_keep_source(struct dns_keep *k)
{
	return (struct dns_source) { .ask = ask, .arg = k };
}

void
dns_keep_file(struct dns_keep *k, const struct dns_findings *f)
{
	const struct dns_note *note = f->notes.at;
	size_t i;

	for (i = 0; i < f->notes.n && k->file_name == NULL; i++)
		if (strcmp(note[i].key, DNS_NOTE_FILE) == 0) {
			k->file_name = xstrdup(note[i].name);
			k->file_value = xstrdup(note[i].value);
		}
}

static int
write_file(struct store *s, const struct dns_keep *k, struct err *err)
{
	const struct store_dns row = {
		.name = k->file_name,
		.type = "FILE",
		.status = "ok",
		.value = k->file_value,
		.ts = io_time(),
	};

	return k->file_name != NULL ? store_keep_dns(s, &row, err) : 0;
}

int
dns_keep_answer(struct store *s, enum dns_type type, const char *name,
    const struct dns_answer *answer, struct err *err)
{
	static const char *const words[] = {
		[DNS_OK] = "ok",
		[DNS_NONE] = "none",
		[DNS_NO_NAME] = "no_name",
	};
	struct store_dns row = {
		.name = name,
		.type = dns_type_word(type),
		.ts = answer->asked_ts,
	};
	struct buf value = { 0 };
	int rc;

	if (answer->status == DNS_FAILED || row.ts == 0)
		return 0;
	row.status = words[answer->status];
	if (answer->n > 0) {
		dns_write_records(&value, type, answer);
		row.value = buf_str(&value);
	}
	rc = store_keep_dns(s, &row, err);
	buf_done(&value);
	return rc;
}

int
dns_keep_write(const struct dns_keep *k, const char *database, struct err *err)
{
	const struct seen *seen = k->seen.items.at;
	struct store *s = NULL;
	size_t i;
	int rc = 0;

	if (k->seen.items.n == 0)
		return 0;
	if (store_open(&s, database, err) == -1)
		return -1;
	if (store_begin(s, err) == -1) {
		store_close(s);
		return -1;
	}
	for (i = 0; rc == 0 && i < k->seen.items.n; i++)
		rc = dns_keep_answer(
		    s, seen[i].type, seen[i].name, seen[i].answer, err);
	if (rc == 0)
		rc = write_file(s, k, err);
	if (rc == 0)
		rc = store_commit(s, err);
	else
		store_rollback(s);
	store_close(s);
	return rc;
}
