/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/tag_list.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define MAX_NAME 32 /* of a tag that may be a slip of the finger */

const char *const tag_fault_words[] = {
	[TAG_NO_EQUALS] = "no_equals",
	[TAG_EMPTY_ITEM] = "empty_item",
	[TAG_BAD_NAME] = "bad_name",
	[TAG_CASE] = "case",
	[TAG_TWICE] = "twice",
	[TAG_UNKNOWN] = "unknown",
	[TAG_OBSOLETE] = "obsolete",
	[TAG_MISSING] = "missing",
	[TAG_EMPTY_VALUE] = "empty_value",
	[TAG_BAD_VALUE] = "bad_value",
	[TAG_NO_SEMICOLON] = "no_semicolon",
	[TAG_BAD_BYTES] = "bad_bytes",
	[TAG_BAD_SPACE] = "bad_space",
	[TAG_QUOTES] = "quotes",
	[TAG_WITHOUT] = "without",
	[TAG_BAD_URI] = "bad_uri",
	[TAG_FAULTS] = NULL,
};

const char *const tag_version_words[] = {
	[TAG_VERSION_OK] = "ok",
	[TAG_VERSION_CASE] = "case",
	[TAG_VERSION_NOT_FIRST] = "not_first",
	[TAG_VERSION_BAD] = "bad",
	[TAG_VERSION_ABSENT] = "absent",
	[TAG_VERSION_OTHER] = "other",
	NULL,
};

static bool
is_name_char(char c)
{
	return text_is_alnum(c) || c == '_';
}

static bool
is_name(const char *s)
{
	if (!text_is_letter(*s))
		return false;
	while (is_name_char(*s))
		s++;
	return *s == '\0';
}

static bool
is_same(const struct tag_kind *kind, const char *a, const char *b)
{
	return kind->is_caseless ? strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

/* The known tag of this name, whatever the case. */
static const struct tag_known *
find_known(const struct tag_kind *kind, const char *name, size_t n)
{
	const struct tag_known *k;

	for (k = kind->known; k->name != NULL; k++)
		if (strncasecmp(k->name, name, n) == 0 && k->name[n] == '\0')
			return k;
	return NULL;
}

static char *
copy_trimmed(struct arena *arena, const char *s, size_t n)
{
	const char *start = text_trim(s, &n);

	return arena_strndup(arena, start, n);
}

void
tag_list_add(struct tag_list *list, enum tag_fault fault, const char *tag,
    const char *value, const char *suggestion)
{
	struct tag_problem *p;

	if (list->space.n >= TAG_PROBLEMS || list->version == TAG_VERSION_OTHER)
		return;
	p = array_add(&list->space, sizeof(*p));
	*p = (struct tag_problem) { fault, tag, value, suggestion };
}

/* --- the tags ------------------------------------------------------------- */

/*
 * What an unknown name may have been meant to be: the only known one that is
 * one edit away and not there yet.
 */
static const char *
find_meant(const struct tag_list *list, const char *name)
{
	const char *meant = NULL;
	const struct tag_known *k;
	char lower[MAX_NAME];
	size_t n = strlen(name);

	if (n < 2 || n >= sizeof(lower))
		return NULL;
	memcpy(lower, name, n + 1);
	text_lower(lower);
	for (k = list->kind->known; k->name != NULL; k++) {
		if (k->name[1] == '\0' || k->is_obsolete ||
		    tag_list_find(list, k->name) != NULL ||
		    text_distance(lower, k->name) != 1)
			continue;
		if (meant != NULL)
			return NULL;
		meant = k->name;
	}
	return meant;
}

/*
 * The known tag that is within a name of other bytes: quotes and blanks of word
 * processors get into records.
 */
static const char *
find_within(const struct tag_list *list, const char *name)
{
	const struct tag_known *known;
	char plain[MAX_NAME];
	size_t n = 0;

	for (; *name != '\0' && n < sizeof(plain); name++)
		if (is_name_char(*name))
			plain[n++] = *name;
	known = n < sizeof(plain) ? find_known(list->kind, plain, n) : NULL;
	return known != NULL ? known->name : NULL;
}

/* Whether a value has another tag in it: white space or ",", name, "=". */
static bool
holds_tag(const struct tag_kind *kind, const char *value)
{
	const char *s = value;
	size_t n;

	while ((s = strpbrk(s, " \t,")) != NULL) {
		s += strspn(s, " \t,");
		for (n = 0; is_name_char(s[n]); n++)
			;
		if (n > 0 && s[n + strspn(s + n, " \t")] == '=' &&
		    find_known(kind, s, n) != NULL)
			return true;
	}
	return false;
}

static bool
has_bad_bytes(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x7f ||
		    ((unsigned char)*s < ' ' && *s != '\t'))
			return true;
	return false;
}

static bool
has_quotes(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && (s[0] == '"' || s[n - 1] == '"');
}

static void
check_value(
    struct tag_list *list, const struct tag *t, const struct tag_known *known)
{
	bool is_free = known == NULL || strcmp(known->name, "n") == 0;

	if (*t->value == '\0' && known != NULL && !known->can_be_empty)
		tag_list_add(list, TAG_EMPTY_VALUE, t->name, "", NULL);
	if (has_bad_bytes(t->value))
		tag_list_add(list, TAG_BAD_BYTES, t->name, t->value, NULL);
	if (has_quotes(t->value) || *t->name == '"')
		tag_list_add(list, TAG_QUOTES, t->name, t->value, NULL);
	else if (!is_free && holds_tag(list->kind, t->value))
		tag_list_add(list, TAG_NO_SEMICOLON, t->name, t->value, NULL);
}

static void
check_tag(struct tag_list *list, const struct tag *t)
{
	const struct tag_known *known = find_known(
	    list->kind, t->name, strlen(t->name));

	if (!is_name(t->name)) {
		if (*t->name != '"')
			tag_list_add(list, TAG_BAD_NAME, t->name, t->value,
			    find_within(list, t->name));
	} else if (t->is_cased) {
		tag_list_add(list, TAG_CASE, t->name, t->value, known->name);
	} else if (known == NULL) {
		tag_list_add(list, TAG_UNKNOWN, t->name, t->value,
		    find_meant(list, t->name));
	} else if (known->is_obsolete) {
		tag_list_add(list, TAG_OBSOLETE, t->name, t->value, NULL);
	}
	if (t->is_second)
		tag_list_add(list, TAG_TWICE, t->name, t->value, NULL);
	check_value(list, t, known);
}

/* The tags of the text, in list->space; items that are none are empty. */
static void
read_tags(struct tag_list *list, const char *text)
{
	const struct tag_known *known;
	size_t n, before;
	struct tag *t;
	const char *equals, *s = text;

	for (;; s += n + 1) {
		n = strcspn(s, ";");
		t = array_add(&list->space, sizeof(*t));
		equals = memchr(s, '=', n);
		before = equals != NULL ? (size_t)(equals - s) : n;
		t->name = copy_trimmed(list->arena, s, before);
		if (equals != NULL) {
			t->value = copy_trimmed(
			    list->arena, equals + 1, n - before - 1);
			known = find_known(
			    list->kind, t->name, strlen(t->name));
			t->is_cased = known != NULL &&
			    strcmp(known->name, t->name) != 0;
		}
		if (s[n] == '\0')
			return;
	}
}

/* Those that are tags, in the arena; which are there before. */
static void
keep_tags(struct tag_list *list)
{
	const struct tag *all = list->space.at;
	struct tag *tags = arena_alloc(
	    list->arena, list->space.n * sizeof(*tags));
	size_t i, j, n = 0;

	for (i = 0; i < list->space.n; i++) {
		if (all[i].value == NULL)
			continue;
		tags[n] = all[i];
		for (j = 0; j < n && !tags[n].is_second; j++)
			tags[n].is_second = is_same(
			    list->kind, tags[j].name, tags[n].name);
		n++;
	}
	list->tags = tags;
	list->n = n;
}

/* --- the version ---------------------------------------------------------- */

/* Whether a value was meant to be this version: "dmarc", "DMARC2", "DMARC 1" */
static bool
is_meant(const char *value, const char *version)
{
	value += strspn(value, "\"");
	return strncasecmp(value, version, 4) == 0;
}

static enum tag_version
judge_first(const struct tag_kind *kind, const struct tag *v)
{
	if (strcmp(v->value, kind->version) == 0)
		return v->is_cased && !kind->is_caseless ? TAG_VERSION_CASE
		                                         : TAG_VERSION_OK;
	if (strcasecmp(v->value, kind->version) == 0)
		return TAG_VERSION_CASE;
	return is_meant(v->value, kind->version) ? TAG_VERSION_BAD
	                                         : TAG_VERSION_OTHER;
}

/* Without a tag "v": whether the tags are of this kind. */
static enum tag_version
judge_absent(const struct tag_list *list)
{
	size_t i;

	if (list->kind->is_version_optional && tag_list_find(list, "p") != NULL)
		return TAG_VERSION_OK;
	for (i = 0; i < list->n; i++)
		if (find_known(list->kind, list->tags[i].name,
		        strlen(list->tags[i].name)) != NULL)
			return TAG_VERSION_ABSENT;
	return TAG_VERSION_OTHER;
}

/* items: all of them; what is no tag may stand before the first tag. */
static enum tag_version
judge_version(const struct tag_list *list, const struct tag *items)
{
	const struct tag *v = NULL;
	const char *name = items[0].name;
	size_t i;

	/* Where it is optional, "V" is just another tag that is unknown. */
	for (i = 0; i < list->n && v == NULL; i++)
		if (strcasecmp(list->tags[i].name, "v") == 0 &&
		    !(list->tags[i].is_cased &&
		        list->kind->is_version_optional))
			v = &list->tags[i];
	if (v == NULL && *name == '"' && strcasecmp(name + 1, "v") == 0 &&
	    items[0].value != NULL)
		return is_meant(items[0].value, list->kind->version)
		    ? TAG_VERSION_BAD
		    : TAG_VERSION_OTHER;
	if (v == NULL && items[0].value == NULL &&
	    is_meant(name, list->kind->version))
		return TAG_VERSION_BAD; /* without "v=" */
	if (v == NULL)
		return judge_absent(list);
	if (items[0].value != NULL && v == &list->tags[0])
		return judge_first(list->kind, v);
	if (strcmp(v->value, list->kind->version) == 0)
		return TAG_VERSION_NOT_FIRST;
	return is_meant(v->value, list->kind->version) ? TAG_VERSION_BAD
	                                               : TAG_VERSION_OTHER;
}

/* White space in and around the version. */
static void
check_space(struct tag_list *list, const char *text)
{
	size_t n = strlen(list->kind->version);
	const char *after;

	if (text_is_space(*text) && !list->kind->has_free_space)
		tag_list_add(list, TAG_BAD_SPACE, "v", text, NULL);
	if (!list->kind->has_plain_version || list->version != TAG_VERSION_OK)
		return;
	if (strncmp(text, "v=", 2) != 0 ||
	    strncmp(text + 2, list->kind->version, n) != 0) {
		tag_list_add(list, TAG_BAD_SPACE, "v", text, NULL);
		list->version = TAG_VERSION_BAD;
		return;
	}
	after = text + 2 + n;
	if (*after != ';' && *after != '\0')
		tag_list_add(list, TAG_BAD_SPACE, "v", text, NULL);
}

/* --- all of it ------------------------------------------------------------ */

/* What is wrong with each item, in the order of the text. */
static void
check_items(struct tag_list *list, const struct tag *items, size_t n)
{
	const struct tag *t = list->tags;
	bool is_empty_told = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (items[i].value != NULL) {
			check_tag(list, t++);
		} else if (*items[i].name != '\0') {
			tag_list_add(
			    list, TAG_NO_EQUALS, "", items[i].name, NULL);
		} else if (i + 1 < n && !is_empty_told) {
			tag_list_add(list, TAG_EMPTY_ITEM, "", "", NULL);
			is_empty_told = true;
		}
	}
}

void
tag_list_begin(struct tag_list *list, const struct tag_kind *kind,
    const char *text, struct arena *arena)
{
	struct array items;

	*list = (struct tag_list) { .arena = arena, .kind = kind };
	read_tags(list, text);
	keep_tags(list);
	items = list->space;
	list->space = (struct array) { 0 };
	list->version = judge_version(list, items.at);
	check_space(list, text);
	check_items(list, items.at, items.n);
	array_done(&items);
}

void
tag_list_end(struct tag_list *list)
{
	size_t size = list->space.n * sizeof(struct tag_problem);

	list->nproblems = list->space.n;
	if (size > 0)
		list->problems = memcpy(
		    arena_alloc(list->arena, size), list->space.at, size);
	array_done(&list->space);
}

const struct tag *
tag_list_find(const struct tag_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (is_same(list->kind, list->tags[i].name, name))
			return &list->tags[i];
	return NULL;
}

/* The word that was meant: one edit away, or "strict" for "s". */
static const char *
find_word(const char *value, const char *const words[])
{
	const char *meant = NULL;
	size_t i, n = strlen(value);

	if (n < 2 || n >= MAX_NAME)
		return NULL;
	for (i = 0; words[i] != NULL; i++) {
		if (words[i][1] == '\0' ? words[i][0] != (value[0] | 0x20)
		                        : text_distance(value, words[i]) != 1)
			continue;
		if (meant != NULL)
			return NULL;
		meant = words[i];
	}
	return meant;
}

int
tag_list_word(
    struct tag_list *list, const struct tag *t, const char *const words[])
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcasecmp(t->value, words[i]) == 0)
			return i;
	if (*t->value != '\0')
		tag_list_add(list, TAG_BAD_VALUE, t->name, t->value,
		    find_word(t->value, words));
	return -1;
}

int64_t
tag_list_number(struct tag_list *list, const struct tag *t, int64_t max)
{
	int64_t n;

	if (text_is_digit(*t->value) && text_read_int(t->value, 0, max, &n))
		return n;
	if (*t->value != '\0')
		tag_list_add(list, TAG_BAD_VALUE, t->name, t->value, NULL);
	return -1;
}

size_t
tag_list_choose(const struct dns_answer *answer, const struct tag_kind *kind,
    const struct dns_record **one)
{
	struct arena arena = { 0 };
	struct tag_list list;
	size_t i, n = 0;

	*one = NULL;
	for (i = 0; i < answer->n; i++) {
		tag_list_begin(&list, kind, answer->records[i].text, &arena);
		tag_list_end(&list);
		if (list.version == TAG_VERSION_OK && ++n == 1)
			*one = &answer->records[i];
	}
	if (n != 1)
		*one = NULL;
	arena_done(&arena);
	return n;
}
