/* SPDX-License-Identifier: BSD-2-Clause */
/* How messages are collected, and which could not be read. */
#include "page/banner.h"
#include "web/grid.h"
#include "web/pages.h"

static void
add_status(const struct ask *a, struct buf *out)
{
	(void)a;
	buf_add_str(out, "status");
}

/* In the order of ruactl status. */
static const struct {
	const char *key, *title, *empty;
	const struct table *table;
} parts[] = {
	{ "mailboxes", "Mailboxes", "No mailboxes yet: see ruad.conf(5).",
	    &table_mailboxes },
	{ "unfiled", "Messages that cannot be filed", "None.", &table_unfiled },
	{ "undelivered", "Messages not handed over by the server", "None.",
	    &table_undelivered },
	{ "imported", "Imported files", "None.", &table_imported },
	{ "polls", "Polls that failed", "None.", &table_polls },
	{ "failed", "Messages that could not be read", "None.",
	    &table_unreadable },
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static int
write_part(struct ask *a, size_t i, struct err *err)
{
	const struct grid grid = { .key = parts[i].key,
		.caption = parts[i].title,
		.empty = parts[i].empty };
	int rc;

	if (a->out == NULL)
		html_section(&a->html, parts[i].key, parts[i].title);
	rc = grid_ask(a, parts[i].table, &grid, -1, NULL, err);
	if (a->out == NULL)
		html_section_end(&a->html);
	return rc;
}

static int
write(struct ask *a, struct err *err)
{
	size_t i;

	if (a->out == NULL &&
	    banner_write(&a->html, a->db, NULL, true, err) == -1)
		return -1;
	for (i = 0; i < PARTS; i++)
		if (write_part(a, i, err) == -1)
			return -1;
	return 0;
}

/* All of it for programs: the rows at hand are its last ones. */
static int
write_unreadable(struct ask *a, struct err *err)
{
	if (a->out != NULL)
		return write(a, err);
	return write_part(a, PARTS - 1, err);
}

const struct ask_page page_unreadable = {
	.title = "Unreadable",
	.write = write_unreadable,
	.add_command = add_status,
};

const struct ask_page page_collection = {
	.title = "Collection",
	.write = write,
	.add_command = add_status,
};
