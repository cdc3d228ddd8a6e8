/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/geo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <maxminddb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "dns/geo_check.h"

#define DAY 86400

struct file {
	char *path;
	MMDB_s db;
	bool is_damaged;
};

struct geo {
	struct array files; /* of struct file */
};

/* --- opening -------------------------------------------------------------- */

static int
check_file(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) == -1 && (errno == ENOENT || errno == ENOTDIR))
		return err_set(err, ERR_INPUT,
		    "%s does not exist: get it from your vendor, or name "
		    "another file",
		    path);
	if (access(path, R_OK) == -1)
		return err_set_errno(err,
		    errno == EACCES ? ERR_AUTH : ERR_INPUT, "cannot read %s",
		    path);
	/* A pipe would never end. */
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_DATA,
		    "%s is not a MaxMind database: it is not a file", path);
	return 0;
}

/* libmaxminddb 1.7 believes a number of nodes that does not fit 32 bits. */
static bool
has_all_nodes(const MMDB_s *db)
{
	const uint64_t node = 2U * db->metadata.record_size / 8;

	return db->metadata.node_count * node <= (uint64_t)db->file_size;
}

static int
open_file(struct file *f, const char *path, struct err *err)
{
	int rc;

	if (check_file(path, err) == -1)
		return -1;
	errno = 0;
	rc = MMDB_open(path, MMDB_MODE_MMAP, &f->db);
	if (rc != MMDB_SUCCESS && err_is_passing(errno))
		return err_set_errno(err, ERR_AGAIN, "cannot read %s", path);
	if (rc == MMDB_SUCCESS && !has_all_nodes(&f->db)) {
		MMDB_close(&f->db);
		rc = MMDB_INVALID_METADATA_ERROR;
	}
	if (rc != MMDB_SUCCESS)
		return err_set(err, ERR_DATA,
		    "%s is not a MaxMind database, or is damaged: get it again",
		    path);
	f->path = xstrdup(path);
	return 0;
}

int
geo_open(struct geo **out, const char *const *paths, size_t n, struct err *err)
{
	struct geo *g = xcalloc(1, sizeof(*g));
	struct file f;
	size_t i;

	for (i = 0; i < n; i++) {
		memset(&f, 0, sizeof(f));
		if (open_file(&f, paths[i], err) == -1) {
			geo_close(g);
			return -1;
		}
		*(struct file *)array_add(&g->files, sizeof(f)) = f;
	}
	*out = g;
	return 0;
}

void
geo_close(struct geo *g)
{
	struct file *f;
	size_t i;

	if (g == NULL)
		return;
	f = g->files.at;
	for (i = 0; i < g->files.n; i++) {
		MMDB_close(&f[i].db);
		free(f[i].path);
	}
	array_done(&g->files);
	free(g);
}

size_t
geo_count(const struct geo *g)
{
	return g != NULL ? g->files.n : 0;
}

struct geo_file
geo_at(const struct geo *g, size_t i)
{
	const struct file *f = (const struct file *)g->files.at + i;
	const uint64_t built = f->db.metadata.build_epoch;

	return (struct geo_file) { .path = f->path,
		.built_ts = built <= INT32_MAX * UINT64_C(4) ? (int64_t)built
		                                             : 0,
		.is_damaged = f->is_damaged };
}

int64_t
geo_days_old(const struct geo_file *f, int64_t now)
{
	const int64_t days = (now - f->built_ts) / DAY;

	return f->built_ts > 0 && days > GEO_OLD_DAYS ? days : 0;
}

/* --- one file ------------------------------------------------------------- */

/* The bytes of a text; false: there is none. */
static bool
find_text(MMDB_entry_s *entry, const char *const *path, const char **text,
    size_t *len)
{
	MMDB_entry_data_s data;

	if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS ||
	    !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING)
		return false;
	*text = data.utf8_string;
	*len = data.data_size;
	return true;
}

static int64_t
read_number(const MMDB_entry_data_s *data)
{
	switch (data->type) {
	case MMDB_DATA_TYPE_UINT16:
		return data->uint16;
	case MMDB_DATA_TYPE_UINT32:
		return data->uint32;
	case MMDB_DATA_TYPE_INT32:
		return data->int32;
	case MMDB_DATA_TYPE_UINT64:
		return data->uint64 <= UINT32_MAX ? (int64_t)data->uint64 : 0;
	}
	return 0;
}

/* "AS64500" or "64500"; 0: neither. */
static int64_t
read_as(const char *text, size_t len)
{
	char digits[16];
	int64_t asn;

	if (len > 2 && strncasecmp(text, "AS", 2) == 0) {
		text += 2;
		len -= 2;
	}
	if (len >= sizeof(digits))
		return 0;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return text_read_int(digits, 1, UINT32_MAX, &asn) ? asn : 0;
}

/* The number of the AS; 0: not known. */
static int64_t
find_as(MMDB_entry_s *entry)
{
	static const char *const paths[][2] = {
		{ "autonomous_system_number", NULL },
		{ "asn", NULL },
	};
	MMDB_entry_data_s data;
	int64_t asn = 0;
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]) && asn == 0; i++) {
		if (MMDB_aget_value(entry, &data, paths[i]) != MMDB_SUCCESS ||
		    !data.has_data)
			continue;
		asn = data.type == MMDB_DATA_TYPE_UTF8_STRING
		    ? read_as(data.utf8_string, data.data_size)
		    : read_number(&data);
	}
	return asn > 0 ? asn : 0;
}

static void
find_as_name(MMDB_entry_s *entry, char name[static GEO_NAME])
{
	static const char *const paths[][2] = {
		{ "autonomous_system_organization", NULL },
		{ "as_name", NULL },
	};
	const char *text;
	size_t i, len;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (find_text(entry, paths[i], &text, &len)) {
			text = text_trim(text, &len);
			if (len == 0)
				continue;
			text_safe_len(name, GEO_NAME, text, len);
			return;
		}
}

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* country is a text of two letters in older files of the flat scheme. */
static void
find_country(MMDB_entry_s *entry, char country[static GEO_COUNTRY])
{
	static const char *const paths[][3] = {
		{ "country", "iso_code", NULL },
		{ "country_code", NULL },
		{ "country", NULL },
	};
	const char *text;
	size_t i, len;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (find_text(entry, paths[i], &text, &len) && len == 2 &&
		    is_letter(text[0]) && is_letter(text[1])) {
			country[0] = text[0] & ~0x20;
			country[1] = text[1] & ~0x20;
			country[2] = '\0';
			return;
		}
}

/* What one file says; found is all zero. */
static void
find_in(struct file *f, const struct sockaddr *address, struct geo_found *found)
{
	MMDB_lookup_result_s result;
	int rc;

	result = MMDB_lookup_sockaddr(&f->db, address, &rc);
	if (rc == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR)
		return;
	if (rc != MMDB_SUCCESS) {
		f->is_damaged = true;
		return;
	}
	if (!result.found_entry)
		return;
	if (!geo_check_value(f->db.data_section, f->db.data_section_size,
	        result.entry.offset)) {
		f->is_damaged = true;
		return;
	}
	found->asn = find_as(&result.entry);
	if (found->asn != 0)
		find_as_name(&result.entry, found->as_name);
	find_country(&result.entry, found->country);
}

/* --- all of them ---------------------------------------------------------- */

static void
add(struct geo_found *all, const struct geo_found *one)
{
	if (all->asn == 0)
		all->asn = one->asn;
	if (all->asn == one->asn && all->as_name[0] == '\0')
		memcpy(all->as_name, one->as_name, sizeof(all->as_name));
	if (all->country[0] == '\0')
		memcpy(all->country, one->country, sizeof(all->country));
}

void
geo_find(struct geo *g, const char *ip, struct geo_found *found)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	const struct sockaddr *address;
	struct geo_found one;
	struct file *f;
	size_t i;

	memset(found, 0, sizeof(*found));
	if (g == NULL)
		return;
	if (inet_pton(AF_INET, ip, &four.sin_addr) == 1)
		address = (const struct sockaddr *)&four;
	else if (inet_pton(AF_INET6, ip, &six.sin6_addr) == 1)
		address = (const struct sockaddr *)&six;
	else
		return;
	f = g->files.at;
	for (i = 0; i < g->files.n; i++) {
		memset(&one, 0, sizeof(one));
		find_in(&f[i], address, &one);
		add(found, &one);
	}
}
