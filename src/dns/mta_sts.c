/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/mta_sts.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define MAX_ID 32
#define MAX_WORD 16 /* of a key or mode that may be a slip of the finger */

static const struct tag_known known[] = {
	{ .name = "v" },
	{ .name = "id" },
	{ .name = NULL },
};

const struct tag_kind mta_sts_kind = {
	.version = "STSv1",
	.has_plain_version = true,
	.known = known,
};

const char *const mta_sts_fault_words[] = {
	[MTA_STS_NO_COLON] = "no_colon",
	[MTA_STS_TWICE] = "twice",
	[MTA_STS_UNKNOWN_KEY] = "unknown_key",
	[MTA_STS_NO_VERSION] = "no_version",
	[MTA_STS_BAD_VERSION] = "bad_version",
	[MTA_STS_NO_MODE] = "no_mode",
	[MTA_STS_BAD_MODE] = "bad_mode",
	[MTA_STS_NO_MX] = "no_mx",
	[MTA_STS_BAD_MX] = "bad_mx",
	[MTA_STS_NO_MAX_AGE] = "no_max_age",
	[MTA_STS_BAD_MAX_AGE] = "bad_max_age",
	[MTA_STS_BAD_BYTES] = "bad_bytes",
	[MTA_STS_TOO_LONG] = "too_long",
	[MTA_STS_FAULTS] = NULL,
};

/* --- the record ----------------------------------------------------------- */

static bool
is_id(const char *s)
{
	size_t n;

	for (n = 0; s[n] != '\0'; n++)
		if (!text_is_alnum(s[n]))
			return false;
	return n > 0 && n <= MAX_ID;
}

void
mta_sts_record_parse(
    const char *text, struct arena *arena, struct mta_sts_record *r)
{
	struct tag_list *list = &r->tags;
	const struct tag *id;

	*r = (struct mta_sts_record) {
		.text = arena_strndup(arena, text, strlen(text)),
	};
	tag_list_begin(list, &mta_sts_kind, r->text, arena);
	r->version = list->version;
	id = tag_list_find(list, "id");
	r->id = id != NULL ? id->value : NULL;
	r->is_id_good = id != NULL && is_id(id->value);
	if (id == NULL)
		tag_list_add(list, TAG_MISSING, "id", NULL, NULL);
	else if (!r->is_id_good && *id->value != '\0')
		tag_list_add(list, TAG_BAD_VALUE, "id", id->value, NULL);
	r->is_usable = r->version == TAG_VERSION_OK && r->is_id_good;
	tag_list_end(list);
	r->problems = list->problems;
	r->nproblems = list->nproblems;
}

/* --- the policy ----------------------------------------------------------- */

enum key {
	KEY_VERSION,
	KEY_MODE,
	KEY_MX,
	KEY_MAX_AGE,
	KEYS,
};

static const char *const keys[] = { "version", "mode", "mx", "max_age", NULL };
static const char *const modes[] = { "none", "testing", "enforce", NULL };

/* A policy that is being read. */
struct reading {
	struct arena *arena;
	struct mta_sts_policy *policy;
	struct array problems; /* of struct mta_sts_problem */
	struct array mx;       /* of const char * */
	bool is_there[KEYS];
	bool is_bad;
	size_t line;
};

const char *
mta_sts_mode_word(enum mta_sts_mode mode)
{
	return mode < MTA_STS_NONE ? NULL : modes[mode - MTA_STS_NONE];
}

static void
add_problem(struct reading *r, enum mta_sts_fault fault, const char *key,
    const char *value, const char *suggestion)
{
	struct mta_sts_problem *p;

	if (fault != MTA_STS_TWICE && fault != MTA_STS_UNKNOWN_KEY)
		r->is_bad = true;
	if (r->problems.n >= TAG_PROBLEMS)
		return;
	p = array_add(&r->problems, sizeof(*p));
	*p = (struct mta_sts_problem) { fault, r->line, key, value,
		suggestion };
}

static int
find_word(const char *const words[], const char *s)
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], s) == 0)
			return i;
	return -1;
}

/* The word that was meant: the case is wrong, or it is one edit away. */
static const char *
find_meant(const char *const words[], const char *s)
{
	size_t i;

	if (strlen(s) >= MAX_WORD)
		return NULL;
	for (i = 0; words[i] != NULL; i++)
		if (strcasecmp(words[i], s) == 0 ||
		    text_distance(words[i], s) == 1)
			return words[i];
	return NULL;
}

static void
read_mode(struct reading *r, const char *value)
{
	int mode = find_word(modes, value);

	r->policy->mode = MTA_STS_INVALID;
	if (mode >= 0)
		r->policy->mode = (enum mta_sts_mode)((int)MTA_STS_NONE + mode);
	else
		add_problem(r, MTA_STS_BAD_MODE, "mode", value,
		    find_meant(modes, value));
}

static void
read_mx(struct reading *r, const char *value)
{
	const char *name = strncmp(value, "*.", 2) == 0 ? value + 2 : value;
	char lower[DNS_NAME];
	char *pattern;
	size_t size;

	if (!dns_write_name(name, lower)) {
		add_problem(r, MTA_STS_BAD_MX, "mx", value, NULL);
		return;
	}
	size = strlen(lower) + 3;
	pattern = arena_alloc(r->arena, size);
	memcpy(pattern, "*.", 2);
	memcpy(pattern + 2, lower, size - 2);
	*(const char **)array_add(
	    &r->mx, sizeof(char *)) = name == value ? pattern + 2 : pattern;
}

static void
read_value(struct reading *r, enum key key, const char *value)
{
	switch (key) {
	case KEY_VERSION:
		if (strcmp(value, "STSv1") != 0)
			add_problem(r, MTA_STS_BAD_VERSION, "version", value,
			    strcasecmp(value, "STSv1") == 0 ? "STSv1" : NULL);
		break;
	case KEY_MODE:
		read_mode(r, value);
		break;
	case KEY_MX:
		read_mx(r, value);
		break;
	default:
		if (!text_is_digit(*value) ||
		    !text_read_int(
		        value, 0, MTA_STS_MAX_AGE, &r->policy->max_age))
			add_problem(
			    r, MTA_STS_BAD_MAX_AGE, "max_age", value, NULL);
		break;
	}
}

/* n bytes without the end of the line. */
static void
read_line(struct reading *r, const char *s, size_t n)
{
	const char *line = text_trim(s, &n), *colon, *key, *value;
	size_t before, after;
	int known_key;

	if (n == 0)
		return;
	if ((colon = memchr(line, ':', n)) == NULL) {
		add_problem(r, MTA_STS_NO_COLON, NULL,
		    arena_strndup(r->arena, line, n), NULL);
		return;
	}
	before = (size_t)(colon - line);
	after = n - before - 1;
	key = text_trim(line, &before);
	key = arena_strndup(r->arena, key, before);
	value = text_trim(colon + 1, &after);
	value = arena_strndup(r->arena, value, after);
	known_key = find_word(keys, key);
	if (known_key < 0) {
		add_problem(
		    r, MTA_STS_UNKNOWN_KEY, key, value, find_meant(keys, key));
	} else if (r->is_there[known_key] && known_key != KEY_MX) {
		add_problem(r, MTA_STS_TWICE, key, value, NULL);
	} else {
		r->is_there[known_key] = true;
		read_value(r, (enum key)known_key, value);
	}
}

static void
read_lines(struct reading *r, const char *s, size_t len)
{
	const char *end = s + len, *nl;

	while (s < end) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (nl == NULL)
			nl = end;
		r->line++;
		read_line(r, s, (size_t)(nl - s));
		s = nl + 1;
	}
	r->line = 0;
}

static void
check_missing(struct reading *r)
{
	if (!r->is_there[KEY_VERSION])
		add_problem(r, MTA_STS_NO_VERSION, "version", NULL, NULL);
	if (!r->is_there[KEY_MODE])
		add_problem(r, MTA_STS_NO_MODE, "mode", NULL, NULL);
	if (!r->is_there[KEY_MX] && r->policy->mode != MTA_STS_NONE)
		add_problem(r, MTA_STS_NO_MX, "mx", NULL, NULL);
	if (!r->is_there[KEY_MAX_AGE])
		add_problem(r, MTA_STS_NO_MAX_AGE, "max_age", NULL, NULL);
}

/* An array's items in the arena; the array is freed. */
static void *
keep(struct arena *arena, struct array *a, size_t size)
{
	void *at = NULL;

	if (a->n > 0)
		at = memcpy(
		    arena_alloc(arena, a->n * size), a->at, a->n * size);
	array_done(a);
	return at;
}

void
mta_sts_policy_parse(const void *file, size_t len, struct arena *arena,
    struct mta_sts_policy *policy)
{
	struct reading r = { .arena = arena, .policy = policy };

	*policy = (struct mta_sts_policy) { .max_age = -1 };
	if (len == 0)
		file = "";
	if (len > MTA_STS_SIZE) {
		add_problem(&r, MTA_STS_TOO_LONG, NULL, NULL, NULL);
		len = MTA_STS_SIZE;
	} else if (memchr(file, '\0', len) != NULL ||
	    !text_is_utf8(file, len)) {
		add_problem(&r, MTA_STS_BAD_BYTES, NULL, NULL, NULL);
	}
	read_lines(&r, file, len);
	check_missing(&r);
	policy->nmx = r.mx.n;
	policy->mx = keep(arena, &r.mx, sizeof(char *));
	policy->nproblems = r.problems.n;
	policy->problems = keep(
	    arena, &r.problems, sizeof(struct mta_sts_problem));
	policy->is_usable = !r.is_bad;
}

/* --- which servers -------------------------------------------------------- */

bool
mta_sts_match(const char *pattern, const char *host)
{
	char one[DNS_NAME], two[DNS_NAME];
	bool is_wild = strncmp(pattern, "*.", 2) == 0;
	const char *rest = two;

	if (!dns_write_name(pattern + (is_wild ? 2 : 0), one) ||
	    !dns_write_name(host, two))
		return false;
	if (is_wild) {
		if ((rest = strchr(two, '.')) == NULL)
			return false;
		rest++;
	}
	return strcmp(one, rest) == 0;
}

const char *
mta_sts_find_mx(const struct mta_sts_policy *policy, const char *host)
{
	size_t i;

	for (i = 0; i < policy->nmx; i++)
		if (mta_sts_match(policy->mx[i], host))
			return policy->mx[i];
	return NULL;
}
