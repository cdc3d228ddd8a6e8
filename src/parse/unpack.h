/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Find the documents in a blob: gzip, zip, tar, bzip2, xz, zstd, 7z, zlib,
 * nested up to LIMIT_ARCHIVE_DEPTH, or plain.  Runs in ruad-parse; input is
 * an attachment from anybody.  The bytes decide, never a name or type.
 * Documents are streamed: memory does not grow with what they unpack to.
 */
#ifndef RUAD_PARSE_UNPACK_H
#define RUAD_PARSE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "parse/cost.h"

enum unpack_kind {
	UNPACK_XML,   /* first character after BOM and white space is '<' */
	UNPACK_JSON,  /* ... is '{', or '[' that begins a list of such */
	UNPACK_OTHER, /* anything else, also nothing at all */
};

/*
 * Where documents go.  begin may return -1 to skip this document; data may
 * return -1 to skip the rest of it.  end is called for every document that
 * begin accepted: err is NULL when all of it was delivered, else says why
 * not (corrupt archive, limit).  XML and JSON come without the byte order
 * marks and white space before them.
 */
struct unpack_sink {
	int (*begin)(void *arg, const char *name, enum unpack_kind);
	int (*data)(void *arg, const char *, size_t);
	void (*end)(void *arg, const struct err *);
	void *arg;
};

/* Bytes that may still be unpacked; shared by the attachments of a message. */
struct unpack_budget {
	uint64_t each;     /* limits.unpacked */
	uint64_t left;     /* of limits.mail_unpacked */
	uint64_t all;      /* that limit, for the sentence about it */
	int entries;       /* of one archive */
	struct cost *cost; /* pays for it; NULL: nobody */
};

/*
 * name is what to call the blob itself (its file name), or NULL; entries get
 * their own names.  Returns -1 when the blob, or an archive within it, cannot
 * be unpacked (ERR_DATA with why: cut off, corrupt, encrypted, unsupported;
 * ERR_LIMIT); what was delivered before stays delivered.  An error that was
 * told to end() is not returned a second time.
 */
int unpack_run(const char *blob, size_t len, const char *name,
    struct unpack_budget *, const struct unpack_sink *, struct err *);

/* Why bytes that are an archive cannot be read by anybody here, or NULL. */
const char *unpack_unsupported(const char *, size_t);

/* Whether the bytes are an archive or compressed, of any kind known here. */
bool unpack_is_container(const char *, size_t);

/* The same, and no words: any text may begin with zlib's two bytes, "x ". */
bool unpack_is_packed(const char *, size_t);

#endif
