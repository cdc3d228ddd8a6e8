/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a web page that needs nothing but itself: no script, no other file.
 * Text comes from strangers; it cannot become markup, because the formats
 * below escape all that is not in the format itself.
 */
#ifndef RUAD_PAGE_HTML_H
#define RUAD_PAGE_HTML_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* What a page can lead to, where pages are served. */
enum html_target {
	HTML_DOMAIN,
	HTML_SENDER,   /* name: of a sender of the domain */
	HTML_ADDRESS,  /* name: an IP address */
	HTML_REPORTER, /* name: as its reports have it */
	HTML_CLASS,    /* name: of the domain's senders (source_class.h) */
	HTML_COMMAND,  /* name: of ruactl, as panel_write_command() has it */
};

/* Whose days a page shows. */
enum html_days {
	HTML_DAYS,     /* of the domain; NULL: of what is looked at */
	HTML_TLS_DAYS, /* of its TLS reports; NULL: of all */
};

struct html_links {
	/*
	 * Add the URL of a target: only characters that need no escape, but
	 * '&'.  false, and nothing is added: it has none.
	 */
	bool (*add_url)(const void *data, struct buf *, enum html_target,
	    const char *domain, const char *name);
	/* The same of days, from the first to the last one. */
	bool (*add_days_url)(const void *data, struct buf *, enum html_days,
	    const char *domain, int64_t first, int64_t last);
	const void *data;
};

struct html {
	struct buf out;
	const struct html_links *links; /* NULL: the page stands alone */
};

/*
 * Markup with values in it.  %s is text of whatever origin: made safe as by
 * text_safe(), escaped, and cut after 160 bytes or the precision; NULL is
 * nothing.  Numbers are %d, %ld, %lld, with ' as the flag that groups digits,
 * and %.1f.  There are no widths and no other conversions.
 */
void html_printf(struct html *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Write a string of ours, escaped but never cut. */
void html_text(struct html *, const char *);

/* Write what is to be copied, as code; it is never cut. */
void html_code(struct html *, const char *);

/* Write a name, 253 bytes of it at most, which may break after . : and @. */
void html_name(struct html *, const char *);

/* Write a paragraph, cut after 1000 bytes, with names that may break. */
void html_paragraph(struct html *, const char *class, const char *text);

/* Write an address, which stays on a line if it is short (IPv4). */
void html_address(struct html *, const char *ip);

/*
 * Write the name of a target (of a domain: NULL, it is the domain), as a link
 * if there are links.
 */
void html_link(
    struct html *, enum html_target, const char *domain, const char *name);

/*
 * Begin such a link, or one to days, of which the words are the caller's, and
 * so is "</a>".  false: there is none, and nothing was written.
 */
bool html_begin_target(
    struct html *, enum html_target, const char *domain, const char *name);
bool html_begin_days(struct html *, enum html_days, const char *domain,
    int64_t first, int64_t last);

/* Write a day, as html_date() does, as a link to what it shows. */
void html_link_day(struct html *, const char *domain, int64_t day);

/* Write "</a>" if there is a link. */
void html_end_link(struct html *, bool is_link);

/*
 * Write "<a href=URL>" of a URL as html_links has them; is_here: it is that of
 * this page.
 */
void html_begin_link(struct html *, const char *url, bool is_here);

/* Write the sentence that a section begins with, as html_printf() does. */
void html_lead(struct html *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Write the same where there is nothing else, as a box of its own. */
void html_empty(struct html *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Up to <body>; the style and the policy (CSP) are in it.  A page with links
 * may have forms, too, that lead to where it comes from.
 */
void html_begin(struct html *, const char *title);

/* Add that policy. */
void html_add_policy(struct buf *, bool has_forms);
void html_end(struct html *);

/* id is our own word; html_section_end() is also what ends it. */
void html_section(struct html *, const char *id, const char *title);
void html_section_end(struct html *);

/*
 * A table that scrolls by itself on a narrow screen.  The heads end with NULL;
 * "#" before one: a column of numbers; then "-" one that narrow screens do not
 * show, "=" nor do middling ones.  Rows are for html_printf(): <tr><th
 * scope=row>, then <td>, of which the classes are "n", "w" and "m" for the
 * same; "s" is a few short words, "k" one word of ruad.
 */
void html_table(struct html *, const char *caption, const char *const heads[]);
void html_table_end(struct html *);

/* The same behind a line to be clicked. */
void html_table_hidden(struct html *, const char *summary, const char *caption,
    const char *const heads[]);
void html_table_hidden_end(struct html *);

/* "1 message", "1,234 messages". */
#define HTML_COUNT 64
char *html_count(
    char buf[static HTML_COUNT], int64_t, const char *one, const char *many);

/* A share in percent, rounded down; "under 0.1 %", so that 0 means none. */
#define HTML_SHARE 32
char *html_share(char buf[static HTML_SHARE], int64_t part, int64_t whole);

/* 2026-11-23, or with the time of the day; seconds since 1970, UTC. */
#define HTML_DATE 32
char *html_date(char buf[static HTML_DATE], int64_t);
char *html_time(char buf[static HTML_DATE], int64_t);

/* 23 Nov 2026 */
char *html_day(char buf[static HTML_DATE], int64_t);

#endif
