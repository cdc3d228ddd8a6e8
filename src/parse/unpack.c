/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "parse/unpack_form.h"

#define CHUNK 65536
#define SNIFF 512               /* bytes that tell what a stream is */
#define NESTED_MAX (32UL << 20) /* bytes of an archive in an archive */
#define NAME_MAX_LEN 256        /* bytes kept of an entry's name */

static const char *const form_names[] = {
	[FORM_GZIP] = "gzip data",
	[FORM_ZLIB] = "zlib data",
	[FORM_BZIP2] = "bzip2 data",
	[FORM_XZ] = "xz data",
	[FORM_ZSTD] = "zstd data",
	[FORM_ZIP] = "zip archive",
	[FORM_TAR] = "tar archive",
	[FORM_7ZIP] = "7-Zip archive",
};

/*
 * What a byte costs that goes in, and that comes out; see parse/cost.h.  And
 * what it costs to open one, whatever is in it: tables and dictionaries are
 * made for the largest block that it may have.
 */
struct price {
	unsigned int packed, unpacked, opened;
};
static const struct price form_prices[] = {
	[FORM_GZIP] = { 8, 4, COST_CONTAINER },
	[FORM_ZLIB] = { 8, 4, COST_CONTAINER },
	[FORM_BZIP2] = { 200, 75, COST_BZIP2 },
	[FORM_XZ] = { 90, 10, COST_XZ },
	[FORM_ZSTD] = { 8, 4, COST_ZSTD },
	[FORM_ZIP] = { 8, 4, COST_CONTAINER },
	[FORM_TAR] = { 1, 1, COST_CONTAINER },
	/* Whatever its method, which may be PPMd. */
	[FORM_7ZIP] = { 700, 40, COST_XZ },
};

/* The same of the methods in a zip that cost more than deflate. */
static const struct {
	const char *name; /* libarchive's */
	struct price price;
} method_prices[] = {
	{ "(bzip", { 200, 75, COST_BZIP2 } },
	{ "(lzma", { 90, 10, COST_XZ } },
	{ "(xz", { 90, 10, COST_XZ } },
	{ "(ppmd", { 700, 40, COST_XZ } },
};

/* One call of unpack_run(). */
struct job {
	struct unpack_budget *budget;
	const struct unpack_sink *sink;
	uint64_t spent; /* of budget->each */
	uint64_t price; /* of a byte that comes out, see parse/cost.h */
	bool told;      /* the error in hand was told to end() */
};

/* Bytes coming out of a container. */
struct stream {
	struct job *job;
	const char *name;
	unsigned int depth; /* containers around it */
	enum { SNIFFING, DOCUMENT, CONTAINER, SKIPPED } state;
	struct buf held; /* SNIFFING: the start; CONTAINER: all */
};

static int unpack_blob(struct job *, const char *, size_t, const char *name,
    unsigned int depth, struct err *);

/* --- streams -------------------------------------------------------------- */

static int
job_spend(struct job *job, size_t n, struct err *err)
{
	job->spent += n;
	if (job->spent > job->budget->each)
		return err_set(err, ERR_LIMIT,
		    "unpacks to more than the limit of %llu "
		    "bytes" LIMIT_RAISED_BY("unpacked"),
		    (unsigned long long)job->budget->each);
	if (n > job->budget->left)
		return err_set(err, ERR_LIMIT,
		    "the message unpacks to more than its limit of %llu "
		    "bytes" LIMIT_RAISED_BY("mail_unpacked"),
		    (unsigned long long)job->budget->all);
	job->budget->left -= n;
	return cost_pay(job->budget->cost, n * job->price, err);
}

static void
document_data(struct stream *s, const char *data, size_t len)
{
	const struct unpack_sink *sink = s->job->sink;

	if (len > 0 && sink->data(sink->arg, data, len) == -1) {
		sink->end(sink->arg, NULL);
		s->state = SKIPPED;
	}
}

/* The first bytes, without what stands before a document proper. */
static void
document_start(struct stream *s, enum form form, const char *data, size_t len)
{
	static const enum unpack_kind kinds[] = {
		[FORM_XML] = UNPACK_XML,
		[FORM_JSON] = UNPACK_JSON,
		[FORM_OTHER] = UNPACK_OTHER,
	};
	const struct unpack_sink *sink = s->job->sink;
	const char *start = data;

	if (sink->begin(sink->arg, s->name, kinds[form]) == -1) {
		s->state = SKIPPED;
		return;
	}
	s->state = DOCUMENT;
	if (form != FORM_OTHER)
		start = unpack_skip_blank(data, data + len);
	document_data(s, start, len - (size_t)(start - data));
}

/* Enough has been seen, or all there is. */
static void
stream_sniff(struct stream *s, const char *data, size_t len)
{
	enum form form = unpack_form(data, len);

	if (form >= FORM_UNSUPPORTED) {
		s->state = CONTAINER;
		if (data != s->held.at)
			buf_add(&s->held, data, len);
		return;
	}
	document_start(s, form, data, len);
}

static int
stream_push(struct stream *s, const char *data, size_t len, struct err *err)
{
	if (job_spend(s->job, len, err) == -1)
		return -1;
	switch (s->state) {
	case SNIFFING:
		if (s->held.len == 0 && len >= SNIFF) {
			stream_sniff(s, data, len);
			break;
		}
		buf_add(&s->held, data, len);
		if (s->held.len >= SNIFF)
			stream_sniff(s, s->held.at, s->held.len);
		break;
	case DOCUMENT:
		document_data(s, data, len);
		break;
	case CONTAINER:
		if (s->held.len + len > NESTED_MAX)
			return err_set(err, ERR_LIMIT,
			    "an archive in it is larger than %lu MiB",
			    NESTED_MAX >> 20);
		buf_add(&s->held, data, len);
		break;
	case SKIPPED:
		break;
	}
	return 0;
}

/*
 * Nothing more comes.  status and err say how reading went; returns how it
 * went with what was within, too.
 */
static int
stream_end(struct stream *s, int status, struct err *err)
{
	const struct unpack_sink *sink = s->job->sink;

	s->job->told = false;
	if (s->state == SNIFFING && (status == 0 || s->held.len != 0))
		stream_sniff(s, s->held.at, s->held.len);
	if (s->state == DOCUMENT) {
		sink->end(sink->arg, status == -1 ? err : NULL);
		s->job->told = status == -1;
	} else if (s->state == CONTAINER && status == 0)
		status = unpack_blob(
		    s->job, s->held.at, s->held.len, s->name, s->depth, err);
	buf_done(&s->held);
	return status;
}

/* --- gzip and zlib -------------------------------------------------------- */

static voidpf
inflate_alloc(voidpf arg, uInt n, uInt size)
{
	(void)arg;
	return xmalloc((size_t)n * size);
}

static void
inflate_free(voidpf arg, voidpf p)
{
	(void)arg;
	free(p);
}

/* How a stream of zlib's ended: 1 well, 0 not yet, -1 badly. */
static int
inflate_status(const z_stream *z, int r, enum form form, struct err *err)
{
	const char *msg = z->msg != NULL ? z->msg : "not deflate data";

	if (r == Z_STREAM_END)
		return 1;
	if (r == Z_BUF_ERROR ||
	    (r == Z_OK && z->avail_in == 0 && z->avail_out != 0))
		return err_set(
		    err, ERR_DATA, "the %s is cut off", form_names[form]);
	if (r == Z_OK)
		return 0;
	/* A wrong checksum: what comes out shows whether it is damaged. */
	if (r == Z_DATA_ERROR &&
	    (strcmp(msg, "incorrect data check") == 0 ||
	        strcmp(msg, "incorrect length check") == 0))
		return 1;
	return err_set(
	    err, ERR_DATA, "the %s is corrupt: %s", form_names[form], msg);
}

/* Everything inflate gives, member after member, into the stream. */
static int
inflate_pump(
    z_stream *z, struct stream *s, enum form form, char *chunk, struct err *err)
{
	int status, r, members = 0;
	uInt in;

	for (;;) {
		z->next_out = (Bytef *)chunk;
		z->avail_out = CHUNK;
		in = z->avail_in;
		/* Z_FINISH spares it a window for what ends at once. */
		r = inflate(z, Z_FINISH);
		if (r == Z_BUF_ERROR &&
		    (z->avail_in < in || z->avail_out < CHUNK))
			r = Z_OK;
		if (stream_push(s, chunk, CHUNK - z->avail_out, err) == -1)
			return -1;
		if (s->state == SKIPPED)
			return 0;
		/* Trailing bytes that are no member do not matter. */
		if (members > 0 && z->total_out == 0 && r != Z_OK &&
		    r != Z_STREAM_END)
			return 0;
		if ((status = inflate_status(z, r, form, err)) == -1)
			return -1;
		if (status == 0)
			continue;
		if (form != FORM_GZIP || z->avail_in < 18 ||
		    z->next_in[0] != 0x1f || z->next_in[1] != 0x8b)
			return 0;
		inflateReset(z);
		members++;
	}
}

static int
inflate_run(struct stream *s, enum form form, const char *data, size_t len,
    struct err *err)
{
	z_stream z = { .zalloc = inflate_alloc, .zfree = inflate_free };
	char *chunk;
	int status;

	if (len > UINT32_MAX)
		return err_set(err, ERR_LIMIT, "the %s is larger than 4 GiB",
		    form_names[form]);
	/* Window bits of any size; 16 more mean gzip. */
	if (inflateInit2(&z, form == FORM_GZIP ? 15 + 16 : 15) != Z_OK)
		return err_set(err, ERR_BUG, "zlib does not work");
	chunk = xmalloc(CHUNK);
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	status = inflate_pump(&z, s, form, chunk, err);
	inflateEnd(&z);
	free(chunk);
	/* Any text may start with what looks like zlib's two bytes. */
	if (form == FORM_ZLIB && status == -1 && err->class == ERR_DATA &&
	    s->state == SNIFFING &&
	    unpack_form(s->held.at, s->held.len) == FORM_OTHER) {
		buf_done(&s->held);
		*err = (struct err)ERR_INIT;
		return 0;
	}
	return stream_end(s, status, err);
}

/* --- libarchive ----------------------------------------------------------- */

static int
archive_err(struct archive *a, enum form form, struct err *err)
{
	const char *msg = archive_error_string(a);

	/* Where the zip reader meets the end of the file it has no words. */
	if (msg == NULL || strcasestr(msg, "truncated") != NULL)
		return err_set(
		    err, ERR_DATA, "the %s is cut off", form_names[form]);
	/* A dictionary or window that only an attacker has use for. */
	if (strstr(msg, "memory") != NULL)
		return err_set(err, ERR_LIMIT,
		    "the %s asks for more memory than it may have",
		    form_names[form]);
	return err_set(
	    err, ERR_DATA, "the %s cannot be read: %s", form_names[form], msg);
}

static struct archive *
archive_open(enum form form, const char *data, size_t len, struct err *err)
{
	struct archive *a = archive_read_new();
	int r = ARCHIVE_OK;

	if (a == NULL)
		exit(MEM_EXIT_STATUS);
	/* Only what is needed: setting all of them up costs 5 us a blob. */
	switch (form) {
	case FORM_BZIP2:
		r = archive_read_support_filter_bzip2(a);
		break;
	case FORM_XZ:
		r = archive_read_support_filter_xz(a);
		break;
	case FORM_ZSTD:
		r = archive_read_support_filter_zstd(a);
		break;
	case FORM_ZIP:
		r = archive_read_support_format_zip_streamable(a);
		break;
	case FORM_TAR:
		r = archive_read_support_format_tar(a);
		break;
	default:
		r = archive_read_support_format_7zip(a);
		break;
	}
	if (form < FORM_ZIP)
		archive_read_support_format_raw(a);
	if (r >= ARCHIVE_WARN)
		r = archive_read_open_memory(a, data, len);
	if (r < ARCHIVE_WARN) {
		archive_err(a, form, err);
		archive_read_free(a);
		return NULL;
	}
	return a;
}

/* The base name of an entry, printable; false for what is not to be read. */
static bool
entry_name(struct archive_entry *e, char *out, size_t size)
{
	const char *path = archive_entry_pathname(e), *base;

	if (path == NULL)
		path = archive_entry_pathname_utf8(e);
	if (path == NULL)
		path = "?";
	base = strrchr(path, '/');
	base = base != NULL ? base + 1 : path;
	text_safe(out, size, base);
	if (archive_entry_filetype(e) != AE_IFREG &&
	    archive_entry_filetype(e) != 0)
		return false;
	/* AppleDouble: macOS's attributes beside each file. */
	return strncmp(path, "__MACOSX/", 9) != 0 &&
	    strncmp(base, "._", 2) != 0;
}

/* What is paid for the bytes of this entry, beside what the archive cost. */
static struct price
entry_price(struct archive *a, enum form form)
{
	const char *name = archive_format_name(a);
	size_t i;

	if (form == FORM_ZIP && name != NULL)
		for (i = 0; i < sizeof(method_prices) / sizeof(*method_prices);
		     i++)
			if (strstr(name, method_prices[i].name) != NULL)
				return method_prices[i].price;
	return (struct price) { 0, form_prices[form].unpacked, 0 };
}

/*
 * Whether an entry's data were all read, and only their checksum or size is
 * not what it should be.  For a zip, libarchive 3.6 says so with a warning, 3.7
 * with a failure, which differs from one to read on only in its words.
 */
static bool
entry_only_differs(struct archive *a, int status)
{
	const char *msg = archive_error_string(a);

	return status == ARCHIVE_WARN ||
	    (status == ARCHIVE_FAILED && msg != NULL &&
	        (strncmp(msg, "ZIP bad CRC", 11) == 0 ||
	            strstr(msg, " data is wrong size ") != NULL));
}

/* An entry that is not wanted is read too, for the limits to count it. */
static int
entry_read(struct archive *a, enum form form, struct stream *s, struct err *err)
{
	const void *data;
	const struct price price = entry_price(a, form);
	la_int64_t offset, before = archive_filter_bytes(a, 0), now;
	size_t len;
	int r;

	s->job->price = price.unpacked;
	if (cost_pay(s->job->budget->cost, price.opened, err) == -1)
		return -1;
	do {
		data = NULL;
		len = 0;
		r = archive_read_data_block(a, &data, &len, &offset);
		/* What is found to differ comes with the last of the data. */
		if (r != ARCHIVE_OK && !entry_only_differs(a, r))
			break;
		now = archive_filter_bytes(a, 0);
		if (price.packed > 0 && now > before &&
		    cost_pay(s->job->budget->cost,
		        (uint64_t)(now - before) * price.packed, err) == -1)
			return -1;
		before = now;
		if (len > 0 && stream_push(s, data, len, err) == -1)
			return -1;
		if (s->state == SKIPPED && form < FORM_ZIP)
			return 0;
	} while (r == ARCHIVE_OK);
	/* As for gzip: what came out shows whether it is damaged. */
	if (r == ARCHIVE_EOF || entry_only_differs(a, r))
		return 0;
	return archive_err(a, form, err);
}

static int
entry_run(struct archive *a, struct archive_entry *e, enum form form,
    const struct stream *blank, struct err *err)
{
	struct stream s = *blank;
	char own[NAME_MAX_LEN];

	if (archive_entry_is_data_encrypted(e))
		return err_set(err, ERR_DATA, "the archive is encrypted");
	if (form >= FORM_ZIP) {
		s.name = own;
		if (!entry_name(e, own, sizeof(own)))
			s.state = SKIPPED;
	}
	return stream_end(&s, entry_read(a, form, &s, err), err);
}

/*
 * All entries; what is wrong with one does not keep the others from being
 * read.  The first error is returned.
 */
static int
archive_run(const struct stream *blank, enum form form, const char *data,
    size_t len, struct err *err)
{
	struct err e = ERR_INIT;
	struct archive_entry *entry;
	struct archive *a;
	bool told = false;
	int r, n = 0, bad = 0;

	if ((a = archive_open(form, data, len, err)) == NULL)
		return -1;
	while ((r = archive_read_next_header(a, &entry)) == ARCHIVE_OK ||
	    r == ARCHIVE_WARN) {
		blank->job->told = false;
		if (++n > blank->job->budget->entries)
			err_set(&e, ERR_LIMIT,
			    "the %s has more than %d entries", form_names[form],
			    blank->job->budget->entries);
		else if (cost_pay(blank->job->budget->cost, COST_ENTRY, &e) ==
		        0 &&
		    entry_run(a, entry, form, blank, &e) == 0)
			continue;
		if (bad++ == 0) {
			*err = e;
			told = blank->job->told;
		}
		if (e.class == ERR_LIMIT)
			break;
	}
	if (r < ARCHIVE_WARN && bad == 0) {
		archive_err(a, form, &e);
		/* A zip without its directory has given what it had. */
		if (form != FORM_ZIP || n == 0 ||
		    strstr(e.text, "cut off") == NULL) {
			*err = e;
			bad++;
		}
	}
	archive_read_free(a);
	blank->job->told = told;
	return bad > 0 ? -1 : 0;
}

/* --- the blob ------------------------------------------------------------- */

static int
unpack_blob(struct job *job, const char *data, size_t len, const char *name,
    unsigned int depth, struct err *err)
{
	struct stream s = { .job = job, .name = name, .depth = depth + 1 };
	enum form form = unpack_form(data, len);
	const char *why, *start;

	if (form < FORM_UNSUPPORTED) {
		document_start(&s, form, data, len);
		return stream_end(&s, 0, err);
	}
	if (depth >= LIMIT_ARCHIVE_DEPTH)
		return err_set(err, ERR_LIMIT,
		    "archives are nested more than %d deep",
		    LIMIT_ARCHIVE_DEPTH);
	if ((why = unpack_unsupported(data, len)) != NULL)
		return err_set(err, ERR_DATA, "%s", why);
	if (cost_pay(job->budget->cost,
	        form_prices[form].opened + len * form_prices[form].packed,
	        err) == -1)
		return -1;
	job->price = form_prices[form].unpacked;
	start = form == FORM_TAR ? data : unpack_skip_blank(data, data + len);
	len -= (size_t)(start - data);
	if (form == FORM_GZIP || form == FORM_ZLIB)
		return inflate_run(&s, form, start, len, err);
	return archive_run(&s, form, start, len, err);
}

int
unpack_run(const char *blob, size_t len, const char *name,
    struct unpack_budget *budget, const struct unpack_sink *sink,
    struct err *err)
{
	struct job job = { .budget = budget, .sink = sink };

	if (unpack_blob(&job, blob, len, name, 0, err) == 0 || job.told)
		return 0;
	return -1;
}
