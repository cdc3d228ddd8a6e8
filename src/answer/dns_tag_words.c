/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/dns_tag_words.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"

#define SHOWN 60 /* columns of a foreign word */

/* {tag}, {value}; what follows if there is a suggestion is in words. */
static const struct {
	const char *text;
	bool suggests_value; /* the suggestion is for the value */
} words[TAG_FAULTS] = {
	[TAG_NO_EQUALS] = { "\"{value}\" has no \"=\"", false },
	[TAG_EMPTY_ITEM] = { "there is nothing between two \";\"", false },
	[TAG_BAD_NAME] = { "\"{tag}\" cannot be the name of a tag", false },
	[TAG_CASE] = { "the tag \"{tag}\" is in capitals, so that not "
	               "everybody knows it",
	    false },
	[TAG_TWICE] = { "the tag {tag}= is there twice", false },
	[TAG_UNKNOWN] = { "the tag {tag}= is unknown and ignored", false },
	[TAG_OBSOLETE] = { "the tag {tag}= is obsolete and ignored", false },
	[TAG_MISSING] = { "the tag {tag}= is missing", false },
	[TAG_EMPTY_VALUE] = { "the tag {tag}= is empty", false },
	[TAG_BAD_VALUE] = { "{tag}={value} is not a value of this tag", true },
	[TAG_NO_SEMICOLON] = { "a \";\" is missing within "
	                       "\"{tag}={value}\"",
	    false },
	[TAG_BAD_BYTES] = { "{tag}={value} has characters that are not ASCII",
	    false },
	[TAG_BAD_SPACE] = { "there is a blank at \"{tag}={value}\" where none "
	                    "may be",
	    false },
	[TAG_QUOTES] = { "{tag}={value} has a quotation mark within the "
	                 "record",
	    false },
	[TAG_WITHOUT] = { "{tag}= has no effect without {value}=", false },
	[TAG_BAD_URI] = { "{value} cannot be used", true },
};

static const char *const uri_words[REPORT_URI_FAULTS] = {
	[REPORT_URI_EMPTY] = "there is nothing between two commas",
	[REPORT_URI_NO_SCHEME] = "it has no \"mailto:\" before it",
	[REPORT_URI_SCHEME] = "nobody sends reports to such an address",
	[REPORT_URI_ADDRESS] = "it is not one mail address",
	[REPORT_URI_ESCAPE] = "write %21 for !, %2C for comma, %25 for %",
	[REPORT_URI_SIZE] = "what follows \"!\" is not a size such as 10m",
	[REPORT_URI_BYTES] = "it has blanks or characters that are not ASCII",
};

static void
add_shown(struct buf *out, const char *word)
{
	char safe[4 * SHOWN + 8];

	text_safe(safe, sizeof(safe), word != NULL ? word : "");
	buf_add_str(out, text_cut(safe, SHOWN));
}

static void
add_template(struct buf *out, const char *text, const struct tag_problem *p)
{
	while (*text != '\0')
		if (strncmp(text, "{tag}", 5) == 0) {
			add_shown(out, p->tag);
			text += 5;
		} else if (strncmp(text, "{value}", 7) == 0) {
			add_shown(out, p->value);
			text += 7;
		} else
			buf_add_char(out, *text++);
}

static const char *
take(struct dns_findings *f, struct buf *text)
{
	const char *kept = dns_print(f, "%s", buf_str(text));

	buf_done(text);
	return kept;
}

const char *
dns_tag_problem(struct dns_findings *f, const struct tag_problem *p)
{
	struct buf text = { 0 };

	add_template(&text, words[p->fault].text, p);
	if (p->suggestion != NULL) {
		buf_add_str(&text, " (did you mean \"");
		add_shown(&text, p->suggestion);
		buf_add_str(&text, "\"?)");
	}
	return take(f, &text);
}

const char *
dns_uri_problem(struct dns_findings *f, const struct report_uri *uri)
{
	struct buf text = { 0 };

	add_shown(&text, uri->text);
	if (uri_words[uri->fault] != NULL)
		buf_printf(&text, "%s%s", uri->text[0] != '\0' ? ": " : "",
		    uri_words[uri->fault]);
	return take(f, &text);
}

/* --- a record as it should be --------------------------------------------- */

static void
add_tag(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s%s=%s", out->len > 0 ? "; " : "", name, value);
}

/* "v=DMARC1 p=none": what follows the version is a tag. */
static void
add_behind_version(
    struct buf *out, const struct tag_list *list, const char *value)
{
	const size_t n = strlen(list->kind->version);

	if (strncasecmp(value, list->kind->version, n) != 0)
		return;
	value += n + strspn(value + n, " \t,:");
	if (strchr(value, '=') != NULL)
		buf_printf(out, "; %s", value);
}

const char *
dns_tag_rewrite(struct dns_findings *f, const struct tag_list *list,
    const char *tag, const char *value)
{
	struct buf text = { 0 };
	bool is_set = tag == NULL || value == NULL;
	size_t i;

	add_tag(&text, "v", list->kind->version);
	if (!is_set && strcmp(tag, "p") == 0 &&
	    tag_list_find(list, tag) == NULL) {
		add_tag(&text, tag, value);
		is_set = true;
	}
	for (i = 0; i < list->n; i++) {
		const struct tag *t = &list->tags[i];

		if (strcasecmp(t->name, "v") == 0) {
			add_behind_version(&text, list, t->value);
			continue;
		}
		if (t->is_second || t->name[0] == '\0')
			continue;
		if (tag == NULL || strcasecmp(t->name, tag) != 0)
			add_tag(&text, t->name, t->value);
		else if (!is_set) {
			add_tag(&text, tag, value);
			is_set = true;
		}
	}
	if (!is_set)
		add_tag(&text, tag, value);
	return take(f, &text);
}
