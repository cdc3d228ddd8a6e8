/* SPDX-License-Identifier: BSD-2-Clause */
/* unpack: every container, nested, damaged, hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "parse/unpack.h"

#define XML "<feedback><version>1.0</version></feedback>"
#define MIB (1UL << 20)

/* What was delivered: "kind name: data. " or "kind name: data! " with error. */
struct seen {
	struct buf text;
	struct buf errors;
	size_t bytes;
	bool quiet; /* count bytes only */
	bool skip;  /* refuse in data() */
	int documents;
};

static int
seen_begin(void *arg, const char *name, enum unpack_kind kind)
{
	struct seen *s = arg;

	if (kind == UNPACK_OTHER)
		return -1;
	s->documents++;
	if (!s->quiet)
		buf_printf(&s->text,
		    "%s %s: ", kind == UNPACK_XML ? "xml" : "json",
		    name != NULL ? name : "-");
	return 0;
}

static int
seen_data(void *arg, const char *data, size_t len)
{
	struct seen *s = arg;

	s->bytes += len;
	if (!s->quiet)
		buf_add(&s->text, data, len);
	return s->skip ? -1 : 0;
}

static void
seen_end(void *arg, const struct err *err)
{
	struct seen *s = arg;

	if (!s->quiet)
		buf_add_str(&s->text, err != NULL ? "! " : ". ");
	if (err != NULL)
		buf_add_str(&s->errors, err->text);
}

/* Runs on a copy of exact size, for the sanitizer to watch its end. */
static int
unpack(const struct buf *blob, struct seen *s, struct err *err)
{
	const struct unpack_sink sink = { seen_begin, seen_data, seen_end, s };
	struct unpack_budget budget = { 4 * MIB, 6 * MIB, 6 * MIB,
		.entries = LIMIT_ARCHIVE_ENTRIES };
	char *copy = xmalloc(blob->len);
	int status;

	if (blob->len > 0)
		memcpy(copy, blob->at, blob->len);
	status = unpack_run(copy, blob->len, "blob", &budget, &sink, err);
	free(copy);
	return status;
}

static void
assert_unpack(struct buf *blob, const char *expected)
{
	struct err err = ERR_INIT;
	struct seen s = { 0 };
	int status = unpack(blob, &s, &err);

	assert_string_equal(err.text, "");
	assert_int_equal(status, 0);
	assert_string_equal(buf_str(&s.text), expected);
	buf_done(&s.text);
	buf_done(&s.errors);
	buf_done(blob);
}

/* Fails as a whole; what was delivered before is text. */
static void
assert_fails(
    struct buf *blob, const char *text, enum err_class class, const char *why)
{
	struct err err = ERR_INIT;
	struct seen s = { 0 };

	assert_int_equal(unpack(blob, &s, &err), -1);
	assert_int_equal(err.class, class);
	if (strstr(err.text, why) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", why, err.text);
	assert_string_equal(buf_str(&s.text), text);
	buf_done(&s.text);
	buf_done(&s.errors);
	buf_done(blob);
}

/* --- containers of our own making ----------------------------------------- */

struct writer {
	struct archive *a;
	struct buf *out;
};

static la_ssize_t
writer_write(struct archive *a, void *arg, const void *data, size_t len)
{
	(void)a;
	buf_add(arg, data, len);
	return (la_ssize_t)len;
}

static void
writer_begin(
    struct writer *w, const char *format, const char *filter, struct buf *out)
{
	w->a = archive_write_new();
	w->out = out;
	assert_non_null(w->a);
	assert_int_equal(
	    archive_write_set_format_by_name(w->a, format), ARCHIVE_OK);
	if (strcmp(filter, "none") != 0)
		assert_true(archive_write_add_filter_by_name(w->a, filter) >=
		    ARCHIVE_WARN);
	archive_write_set_bytes_per_block(w->a, 0);
	assert_int_equal(
	    archive_write_open(w->a, out, NULL, writer_write, NULL),
	    ARCHIVE_OK);
}

static void
writer_add(struct writer *w, const char *name, const void *data, size_t len)
{
	struct archive_entry *e = archive_entry_new();
	bool directory = name[strlen(name) - 1] == '/';

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, directory ? AE_IFDIR : AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)len);
	assert_int_equal(archive_write_header(w->a, e), ARCHIVE_OK);
	if (len > 0)
		assert_int_equal(archive_write_data(w->a, data, len), len);
	archive_entry_free(e);
}

static void
writer_end(struct writer *w)
{
	assert_int_equal(archive_write_close(w->a), ARCHIVE_OK);
	archive_write_free(w->a);
}

/* One file in an archive, or compressed when format is "raw". */
static struct buf
pack(const char *format, const char *filter, const char *name, const void *data,
    size_t len)
{
	struct buf out = { 0 };
	struct writer w;

	writer_begin(&w, format, filter, &out);
	writer_add(&w, name, data, len);
	writer_end(&w);
	return out;
}

static struct buf
pack_xml(const char *format, const char *filter)
{
	return pack(format, filter, "d/a.xml", XML, strlen(XML));
}

/* Pack what blob holds once more; blob is used up. */
static struct buf
repack(const char *format, const char *filter, struct buf blob)
{
	struct buf out = pack(format, filter, "inner", blob.at, blob.len);

	buf_done(&blob);
	return out;
}

static struct buf
text(const char *s)
{
	struct buf b = { 0 };

	buf_add_str(&b, s);
	return b;
}

/* --- tests ---------------------------------------------------------------- */

static void
plain_documents_come_through(void **state)
{
	struct buf b = text(XML);

	(void)state;
	assert_unpack(&b, "xml blob: " XML ". ");
	b = text("\r\n \xef\xbb\xbf\xef\xbb\xbf\n<a/> ");
	assert_unpack(&b, "xml blob: <a/> . ");
	b = text(" {\"a\": 1}");
	assert_unpack(&b, "json blob: {\"a\": 1}. ");
	b = text("\xff\xfe<");
	assert_unpack(&b, "xml blob: \xff\xfe<. ");
	b = text("hello");
	assert_unpack(&b, "");
	b = text("");
	assert_unpack(&b, "");
}

static void
every_container_is_opened(void **state)
{
	static const char *const forms[][3] = { { "raw", "gzip", "blob" },
		{ "raw", "bzip2", "blob" }, { "raw", "xz", "blob" },
		{ "raw", "zstd", "blob" }, { "zip", "none", "a.xml" },
		{ "7zip", "none", "a.xml" }, { "ustar", "none", "a.xml" },
		{ "pax", "none", "a.xml" }, { "gnutar", "none", "a.xml" },
		{ "ustar", "gzip", "a.xml" }, { "ustar", "xz", "a.xml" } };
	char expected[128];
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		b = pack_xml(forms[i][0], forms[i][1]);
		assert_true(unpack_is_container(b.at, b.len));
		snprintf(expected, sizeof(expected), "xml %s: " XML ". ",
		    forms[i][2]);
		assert_unpack(&b, expected);
	}
}

static void
zlib_streams_are_opened(void **state)
{
	static const int levels[] = { 1, 3, 6, 9 };
	uLongf len;
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		memset(&b, 0, sizeof(b));
		len = 256;
		compress2((Bytef *)buf_reserve(&b, len), &len,
		    (const Bytef *)XML, strlen(XML), levels[i]);
		b.len = len;
		assert_unpack(&b, "xml blob: " XML ". ");
	}
	b = text("x^2 + y^2 = z^2");
	assert_unpack(&b, "");
}

static void
gzip_may_have_things_around_it(void **state)
{
	struct buf gz = pack_xml("raw", "gzip"), b = text("\r\n");

	(void)state;
	buf_add(&b, gz.at, gz.len);
	buf_add_str(&b, "\r\n");
	assert_unpack(&b, "xml blob: " XML ". ");
	/* Two members are one document. */
	buf_add(&b, gz.at, gz.len);
	buf_add(&b, gz.at, gz.len);
	buf_add(&b, "\x1f\x8bgarbage that is no gzip", 25);
	assert_unpack(&b, "xml blob: " XML XML ". ");
	/* A wrong checksum: the document shows whether it is damaged. */
	gz.at[gz.len - 6] ^= 1;
	assert_unpack(&gz, "xml blob: " XML ". ");
}

static void
containers_in_containers_are_opened(void **state)
{
	struct buf b;

	(void)state;
	b = repack("raw", "gzip", pack_xml("raw", "gzip"));
	assert_unpack(&b, "xml blob: " XML ". ");
	b = repack("zip", "none", pack_xml("raw", "gzip"));
	assert_unpack(&b, "xml inner: " XML ". ");
	b = repack("raw", "gzip", pack_xml("zip", "none"));
	assert_unpack(&b, "xml a.xml: " XML ". ");
	b = repack(
	    "zip", "none", repack("zip", "none", pack_xml("zip", "none")));
	assert_unpack(&b, "xml a.xml: " XML ". ");
	b = repack("raw", "gzip",
	    repack(
	        "zip", "none", repack("zip", "none", pack_xml("zip", "none"))));
	assert_fails(&b, "", ERR_LIMIT, "nested more than 3 deep");
}

static void
all_entries_are_tried_but_directories_and_attributes(void **state)
{
	struct buf b = { 0 };
	struct writer w;

	(void)state;
	writer_begin(&w, "zip", "none", &b);
	writer_add(&w, "reports/", NULL, 0);
	writer_add(&w, "reports/one.xml", "<one/>", 6);
	writer_add(&w, "__MACOSX/reports/._one.xml", "<no/>", 5);
	writer_add(&w, "reports/._two", "<no/>", 5);
	writer_add(&w, "readme.txt", "hello", 5);
	writer_add(&w, "empty.xml", "", 0);
	writer_add(&w, "t\nwo", "{}", 2);
	writer_end(&w);
	assert_unpack(&b, "xml one.xml: <one/>. json t\\x0awo: {}. ");
}

static void
one_bad_entry_does_not_cost_the_others(void **state)
{
	struct buf b = { 0 }, gz = pack_xml("raw", "gzip");
	struct writer w;

	(void)state;
	writer_begin(&w, "zip", "none", &b);
	writer_add(&w, "bad.gz", gz.at, 4);
	writer_add(&w, "good.xml", "<a/>", 4);
	writer_end(&w);
	buf_done(&gz);
	assert_fails(&b, "xml good.xml: <a/>. ", ERR_DATA, "cut off");
}

static void
a_zip_without_its_directory_is_read(void **state)
{
	/* Stored, sizes 4, a wrong checksum, a name of 5 bytes. */
	static const char local[] = "PK\3\4\12\0\0\0\0\0\0\0\0\0"
	                            "abcd\4\0\0\0\4\0\0\0\5\0\0\0"
	                            "a.xml<a/>";
	struct buf b = { 0 };

	(void)state;
	buf_add(&b, local, sizeof(local) - 1);
	assert_unpack(&b, "xml a.xml: <a/>. ");
	b = pack_xml("zip", "none");
	b.len = (size_t)((char *)memmem(b.at, b.len, "PK\1\2", 4) - b.at) + 10;
	assert_unpack(&b, "xml a.xml: " XML ". ");
}

static void
a_wrong_checksum_or_size_in_a_zip_costs_nothing(void **state)
{
	/* In what follows the data: checksum, packed size, size. */
	static const size_t places[] = { 4, 8, 12 };
	struct buf b;
	struct writer w;
	char *after;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		b = (struct buf) { 0 };
		writer_begin(&w, "zip", "none", &b);
		writer_add(&w, "a.xml", "<a/>", 4);
		writer_add(&w, "b.xml", "<b/>", 4);
		writer_end(&w);
		after = memmem(b.at, b.len, "PK\7\10", 4);
		assert_non_null(after);
		after[places[i]]++;
		assert_unpack(&b, "xml a.xml: <a/>. xml b.xml: <b/>. ");
	}
}

static void
what_is_cut_off_is_said_once_whatever_was_delivered(void **state)
{
	static const char *const forms[][2] = { { "raw", "gzip" },
		{ "raw", "bzip2" }, { "raw", "xz" }, { "raw", "zstd" },
		{ "zip", "none" }, { "7zip", "none" }, { "ustar", "none" } };
	char doc[4096];
	struct buf whole, b;
	struct err err;
	struct seen s;
	size_t i, n;
	int status;

	(void)state;
	/* Does not compress, so that the cut is in the data. */
	srandom(1);
	for (i = 0; i < sizeof(doc); i++)
		doc[i] = (char)('a' + random() % 26);
	memcpy(doc, XML, strlen(XML));
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		whole = pack(forms[i][0], forms[i][1], "a", doc, sizeof(doc));
		for (n = 8; n < whole.len - 1024; n += whole.len / 40) {
			memset(&b, 0, sizeof(b));
			buf_add(&b, whole.at, n);
			memset(&s, 0, sizeof(s));
			err = (struct err)ERR_INIT;
			status = unpack(&b, &s, &err);
			/* A tar shorter than its magic is no tar. */
			if (n > 262)
				assert_true(
				    (status == -1) != (s.errors.len != 0));
			assert_true(s.bytes < sizeof(doc));
			buf_done(&s.text);
			buf_done(&s.errors);
			buf_done(&b);
		}
		buf_done(&whole);
	}
}

static void
encrypted_and_foreign_archives_are_named(void **state)
{
	struct buf b = pack_xml("zip", "none");

	(void)state;
	b.at[6] |= 1;
	assert_string_equal(
	    unpack_unsupported(b.at, b.len), "the archive is encrypted");
	assert_fails(&b, "", ERR_DATA, "the archive is encrypted");
	b = text("Rar!\x1a\x07\x01");
	assert_fails(&b, "", ERR_DATA, "RAR");
	b = pack_xml("zip", "none");
	assert_null(unpack_unsupported(b.at, b.len));
	buf_done(&b);
}

static void
garbage_behind_a_magic_is_an_error(void **state)
{
	static const char *const magics[] = { "\x1f\x8b\x08", "BZh91AY&SY",
		"\3757zXZ", "\x28\xb5\x2f\xfd", "7z\xbc\xaf\x27\x1c" };
	struct buf b;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(magics) / sizeof(*magics); i++) {
		b = text(magics[i]);
		if (magics[i][0] == '\xfd')
			buf_add_char(&b, '\0');
		for (k = 0; k < 600; k++)
			buf_add_char(&b, (char)(0x80 + i + k % 100));
		assert_fails(&b, "", ERR_DATA, "");
	}
}

static void
bombs_stop_at_the_limits(void **state)
{
	static const char *const forms[][2] = { { "raw", "gzip" },
		{ "raw", "bzip2" }, { "raw", "xz" }, { "raw", "zstd" },
		{ "zip", "none" } };
	size_t len = 16 * MIB, i;
	char *doc = xcalloc(1, len);
	struct seen s;
	struct err err;
	struct buf b;

	(void)state;
	memset(doc, '<', len);
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		b = pack(forms[i][0], forms[i][1], "a", doc, len);
		memset(&s, 0, sizeof(s));
		s.quiet = true;
		err = (struct err)ERR_INIT;
		/* Told to end(), so not returned. */
		assert_int_equal(unpack(&b, &s, &err), 0);
		assert_true(s.bytes <= 4 * MIB);
		assert_non_null(strstr(buf_str(&s.errors), "limit of 4194304"));
		buf_done(&s.errors);
		buf_done(&b);
	}
	free(doc);
}

static void
the_budget_of_a_mail_is_shared(void **state)
{
	struct unpack_budget budget = { 4 * MIB, 6 * MIB, 6 * MIB,
		.entries = LIMIT_ARCHIVE_ENTRIES };
	struct seen s = { .quiet = true };
	const struct unpack_sink sink = { seen_begin, seen_data, seen_end, &s };
	size_t len = 5 * MIB / 2;
	char *doc = xcalloc(1, len);
	struct err err = ERR_INIT;
	struct buf b;
	int i;

	(void)state;
	memset(doc, '<', len);
	b = pack("raw", "gzip", "a", doc, len);
	for (i = 0; i < 3; i++) {
		assert_int_equal(s.errors.len, 0);
		assert_int_equal(
		    unpack_run(b.at, b.len, NULL, &budget, &sink, &err), 0);
	}
	assert_non_null(strstr(buf_str(&s.errors), "the message unpacks"));
	assert_true(s.bytes <= 6 * MIB);
	buf_done(&s.errors);
	buf_done(&b);
	free(doc);
}

static void
entries_are_counted(void **state)
{
	struct buf b = { 0 }, expected = { 0 };
	struct writer w;
	int i;

	(void)state;
	writer_begin(&w, "zip", "none", &b);
	for (i = 0; i < 5000; i++)
		writer_add(&w, "a", "<a/>", 4);
	writer_end(&w);
	for (i = 0; i < LIMIT_ARCHIVE_ENTRIES; i++)
		buf_add_str(&expected, "xml a: <a/>. ");
	assert_fails(&b, buf_str(&expected), ERR_LIMIT, "64 entries");
	buf_done(&expected);
}

static void
a_sink_can_skip_the_rest_of_a_document(void **state)
{
	size_t len = 3 * MIB;
	char *doc = xcalloc(1, len);
	struct seen s = { .quiet = true, .skip = true };
	struct err err = ERR_INIT;
	struct buf b;

	(void)state;
	memset(doc, '<', len);
	b = pack("raw", "gzip", "a", doc, len);
	assert_int_equal(unpack(&b, &s, &err), 0);
	assert_int_equal(s.documents, 1);
	assert_true(s.bytes < MIB);
	assert_int_equal(s.errors.len, 0);
	buf_done(&b);
	free(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_documents_come_through),
		cmocka_unit_test(every_container_is_opened),
		cmocka_unit_test(zlib_streams_are_opened),
		cmocka_unit_test(gzip_may_have_things_around_it),
		cmocka_unit_test(containers_in_containers_are_opened),
		cmocka_unit_test(
		    all_entries_are_tried_but_directories_and_attributes),
		cmocka_unit_test(one_bad_entry_does_not_cost_the_others),
		cmocka_unit_test(a_zip_without_its_directory_is_read),
		cmocka_unit_test(
		    a_wrong_checksum_or_size_in_a_zip_costs_nothing),
		cmocka_unit_test(
		    what_is_cut_off_is_said_once_whatever_was_delivered),
		cmocka_unit_test(encrypted_and_foreign_archives_are_named),
		cmocka_unit_test(garbage_behind_a_magic_is_an_error),
		cmocka_unit_test(bombs_stop_at_the_limits),
		cmocka_unit_test(the_budget_of_a_mail_is_shared),
		cmocka_unit_test(entries_are_counted),
		cmocka_unit_test(a_sink_can_skip_the_rest_of_a_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
