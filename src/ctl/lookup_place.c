/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/lookup_place.h"

#include <string.h>

#define AT_ONCE 1000

int
lookup_place_set(
    struct store *store, const struct lookup_place *p, struct err *err)
{
	return store_set_as(store, p->id, p->found.asn,
	    p->found.as_name[0] != '\0' ? p->found.as_name : NULL,
	    p->found.country[0] != '\0' ? p->found.country : NULL, err);
}

int
lookup_place_write(struct lookup_run *run, struct err *err)
{
	const struct lookup_place *p = run->places.at;
	size_t i;

	if (run->places.n == 0)
		return 0;
	if (store_begin(run->store, err) == -1)
		return -1;
	for (i = 0; i < run->places.n; i++)
		if (lookup_place_set(run->store, &p[i], err) == -1) {
			store_rollback(run->store);
			return -1;
		}
	run->changed_as += (int64_t)run->places.n;
	run->places.n = 0;
	return store_commit(run->store, err);
}

static bool
is_other(const char *found, const char *known)
{
	return found[0] != '\0' && (known == NULL || strcmp(found, known) != 0);
}

int
lookup_place_each(void *arg, const struct lookup_row *row, struct err *err)
{
	struct lookup_run *run = arg;
	struct lookup_place *p;
	struct geo_found found;

	geo_find(run->geo, row->ip, &found);
	run->with_as += found.asn != 0 || found.country[0] != '\0';
	if ((found.asn == 0 || found.asn == row->asn) &&
	    !is_other(found.as_name, row->as_name) &&
	    !is_other(found.country, row->country))
		return 0;
	p = array_add(&run->places, sizeof(*p));
	p->id = row->id;
	p->found = found;
	return run->places.n < AT_ONCE ? 0 : lookup_place_write(run, err);
}
