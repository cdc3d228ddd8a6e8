/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/banner.h"

#include "answer/freshness.h"

#define MAX_NOTES 6 /* with more, of the mailboxes: */
#define SHOWN_NOTES 4

/* Mailboxes come first; the last note is of the newest report, if it is old. */
static void
write_notes(struct html *h, const struct freshness *f)
{
	const struct freshness_note *note = f->notes.at;
	size_t i, n = f->notes.n;

	html_printf(
	    h, "<aside class=\"banner\" aria-label=\"Attention\"><ul>\n");
	for (i = 0; i < n; i++)
		if (n <= MAX_NOTES || i < SHOWN_NOTES || i == n - 1)
			html_printf(h,
			    "<li><b>%.300s.</b> %s: <code>%s</code></li>\n",
			    note[i].text, note[i].todo, note[i].command);
		else if (i == SHOWN_NOTES)
			html_printf(h,
			    "<li>and %d more: <code>%s</code></li>\n",
			    (int)(n - 1 - SHOWN_NOTES), note[i].command);
	html_printf(h, "</ul></aside>\n");
}

int
banner_write(struct html *h, struct query_db *db, const char *domain,
    bool has_reports, struct err *err)
{
	const struct freshness_note *note;
	struct freshness f;
	int rc = freshness_load(&f, db, domain, err);

	note = f.notes.at;
	if (!has_reports && f.notes.n > 0 && note[f.notes.n - 1].is_age)
		f.notes.n--;
	if (rc == 0 && f.notes.n > 0)
		write_notes(h, &f);
	freshness_done(&f);
	return rc;
}
