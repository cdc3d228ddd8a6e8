/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The panels of a page: what they are given, the panels themselves, and what
 * several of them write.  A panel begins with a sentence that answers before
 * any figure; without data the sentence says what to do.
 */
#ifndef RUAD_PAGE_PANEL_H
#define RUAD_PAGE_PANEL_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/ready.h"
#include "base/err.h"
#include "page/counts.h"
#include "page/html.h"
#include "store/query.h"

/* Senders of one table, by their numbers in the list. */
struct panel_chosen {
	struct array numbers; /* of size_t, in the order of the table */
	int64_t all;          /* that are such, shown or not */
	int64_t messages, fail;
};

struct panel {
	struct html html; /* where to write */
	struct query_db *db;
	struct counts counts;
	struct ready_list ready; /* of the last days of the period */
	struct sender_list senders;
	struct panel_chosen failing, clean, new;
	struct array wanted; /* of size_t: all that are shown */
	struct map detailed; /* numbers of senders: what is behind is written */
	struct arena text;
	int64_t now;
	bool has_failures; /* reports of single messages may be shown */
};

/*
 * Each writes what is inside of its section, and returns 1 if there was
 * something to show, 0 if it could only say that there is nothing.
 */
int panel_verdict(struct panel *, struct err *);
int panel_compliance(struct panel *, struct err *);
int panel_classes(struct panel *, struct err *);
int panel_sources(struct panel *, struct err *);
int panel_new_sources(struct panel *, struct err *);
int panel_causes(struct panel *, struct err *);
int panel_readiness(struct panel *, struct err *);
int panel_dispositions(struct panel *, struct err *);
int panel_keys(struct panel *, struct err *);
int panel_reporters(struct panel *, struct err *);
int panel_subdomains(struct panel *, struct err *);
int panel_policy(struct panel *, struct err *);
int panel_tls(struct panel *, struct err *);
int panel_failures(struct panel *, struct err *);
int panel_collection(struct panel *, struct err *);

/* Why reports of single messages are not shown. */
extern const char panel_failures_hidden[];

/* Choose the senders to be shown, before anything is counted. */
void panel_choose_senders(struct panel *);

/* Copy a string for as long as the panels live; NULL stays NULL. */
const char *panel_copy(struct panel *, const char *);

/* Return the string of a column, "-" if it is NULL. */
const char *panel_text(struct query *, const char *column);

/* Write "WHAT: ruactl COMMAND ..." for the same domain and days. */
void panel_write_command(struct panel *, const char *what, const char *command);

/* Write "and 12 more: ..."; nothing if n is 0. */
void panel_write_more(struct panel *, int64_t n, const char *command);

/*
 * Whether a command with foreign words in it can be shown as it is, to be
 * copied: it is short, and of letters, digits and the marks of names.
 */
bool panel_is_typable(const char *);

/* Return the domain if it can be typed into a shell, else "DOMAIN". */
const char *panel_shell_domain(const struct panel *);

#endif
