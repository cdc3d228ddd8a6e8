/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status: lines of a server's name, a reply code, an enhanced code, that of a
 * bounce, and the rest a text.  Something is always said; case does not matter;
 * no address is among the words; what is not verified is called probable.
 */
#include "fuzz.h"

#include "base/text.h"
#include "report/status_code_table.h"
#include "report/status_word.h"

/* The next line, ended in place; NULL: there is none. */
static char *
next_line(char **at)
{
	char *line = *at, *nl;

	if (line == NULL || (nl = strchr(line, '\n')) == NULL)
		return NULL;
	*nl = '\0';
	*at = nl + 1;
	return line;
}

static void
must_be_meaning(const struct status_meaning *m)
{
	MUST(m->receiver < STATUS_RECEIVERS && m->class < STATUS_CLASSES);
	MUST(m->ground < STATUS_GROUNDS);
	MUST(m->meaning != NULL && m->meaning[0] != '\0');
	MUST(!(m->is_permanent && m->is_temporary));
	MUST((m->source == NULL) == (m->ground == STATUS_BY_NOTHING));
	MUST(m->is_verified || m->source == NULL ||
	    strstr(m->meaning, "robably") != NULL);
	MUST(m->receiver != STATUS_ANY || m->ground > STATUS_BY_RECEIVER_CODE);
}

static void
see_text(const char *s)
{
	struct status_text t;

	status_text_read(&t, s);
	MUST(strlen(t.plain) < sizeof(t.plain));
	MUST(strlen(t.hosts) < sizeof(t.hosts));
	MUST(strchr(t.plain, '@') == NULL && strchr(t.hosts, '@') == NULL);
	MUST(strpbrk(t.plain, "\n\r\tABCXYZ") == NULL);
}

static void
see_words(char *at)
{
	char *field, *value;

	while ((field = next_line(&at)) != NULL &&
	    (value = next_line(&at)) != NULL) {
		microsoft_word_find(field, value);
		filter_word_find(field, value);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct status_question q = { 0 };
	struct status_meaning m, other;
	char *copy = xmalloc(len + 1), *at = copy, *s;
	int64_t code;

	memcpy(copy, data, len);
	copy[len] = '\0';
	q.remote_mta = next_line(&at);
	s = next_line(&at);
	if (s != NULL && text_read_int(s, 0, 999, &code))
		q.code = code;
	q.enhanced = next_line(&at);
	q.status = next_line(&at);
	q.text = at;
	status_code_find(&q, &m);
	must_be_meaning(&m);
	see_text(at);
	for (s = at; *s != '\0'; s++)
		if (*s >= 'a' && *s <= 'z')
			*s = (char)(*s - 'a' + 'A');
	status_code_find(&q, &other);
	MUST(memcmp(&m, &other, sizeof(m)) == 0);
	/* The reporting server speaks only if nobody else does. */
	q.reporting_mta = "mx.google.com";
	MUST(q.remote_mta == NULL || status_receiver_find(&q) == m.receiver);
	see_words(at);
	free(copy);
	return 0;
}
