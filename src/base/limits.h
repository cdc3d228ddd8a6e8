/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much of anything a stranger may make ruad do.  The four of struct limits
 * can be set in ruad.conf(5); the others are fixed.
 */
#ifndef RUAD_BASE_LIMITS_H
#define RUAD_BASE_LIMITS_H

#include <stdint.h>

#include "base/err.h"

struct limits {
	uint64_t message;       /* bytes of a message or file */
	uint64_t unpacked;      /* bytes one attachment may unpack to */
	uint64_t mail_unpacked; /* bytes all attachments of a message may */
	uint64_t records;       /* records in one report */
};

/*
 * X(name, default, most), the numbers as they are written: the one place from
 * which ruad.conf(5) and --limits take them.
 */
#define LIMITS_ALL(X) \
	X(message, 32, M, 64, M) \
	X(unpacked, 64, M, 1, G) \
	X(mail_unpacked, 128, M, 4, G) \
	X(records, 1000000, , 100000000, )

#define LIMITS_UNIT_
#define LIMITS_UNIT_M << 20
#define LIMITS_UNIT_G << 30
#define LIMITS_DEFAULT_OF(name, n, unit, max, max_unit) \
	.name = UINT64_C(n) LIMITS_UNIT_##unit,
#define LIMITS_DEFAULT \
	{ \
		LIMITS_ALL(LIMITS_DEFAULT_OF) \
	}

/*
 * Read a list such as "unpacked=256M,records=5000000" of the command line;
 * what it does not name stays, but mail_unpacked becomes at least unpacked.
 * ERR_USAGE, and nothing is changed: it is none.
 */
int limits_read(struct limits *, const char *list, struct err *);

/* Behind the sentence that such a limit is passed: what raises it. */
#define LIMIT_RAISED_BY(name) \
	"; limits." name " in ruad.conf, or --limits=" name "=..., raises it"

/* Bytes that a message may bring: servers lie of its size, and one passed. */
#define LIMIT_FETCHED(message) ((message) + (message) / 4 + 65536)

#define LIMIT_AUTHSERV_IDS 20         /* of authserv_ids in ruad.conf */
#define LIMIT_RECEIVED_HOPS 50        /* the most received_hops can be */
#define LIMIT_MIME_DEPTH 32           /* multiparts within multiparts */
#define LIMIT_MIME_PARTS 100          /* leaves of one message */
#define LIMIT_MIME_HEADER (256 << 10) /* bytes of one header block */
#define LIMIT_MIME_NESTED (48 << 20)  /* bytes of messages within, decoded */
#define LIMIT_ARCHIVE_ENTRIES 64      /* entries of one archive */
#define LIMIT_FILE_ENTRIES 10000      /* the same of a file by itself */
#define LIMIT_ARCHIVE_DEPTH 3         /* containers within containers */
#define LIMIT_XML_DEPTH 32            /* elements within elements */
#define LIMIT_XML_NAMES 2000          /* distinct names in one document */
#define LIMIT_XML_SILENCE (64 << 10)  /* bytes of XML without an event */
#define LIMIT_JSON_SIZE (16UL << 20)  /* bytes of one JSON document */
#define LIMIT_JSON_DEPTH 32           /* arrays and objects within others */
#define LIMIT_JSON_VALUES 200000      /* values in one document */
#define LIMIT_TEXT 4096               /* bytes kept of one text value */
#define LIMIT_SAMPLE (64 << 10)       /* bytes kept of a header block */
#define LIMIT_REPAIR (8UL << 20)      /* bytes of XML that are repaired */
#define LIMIT_RESULTS 1000        /* DKIM, SPF results or reasons a record */
#define LIMIT_LINE (8 << 20)      /* bytes of one JSON line */
#define LIMIT_REPORTS 100         /* reports in one message */
#define LIMIT_FILE_REPORTS 10000  /* the same in a file by itself */
#define LIMIT_MAIL_MESSAGES 100   /* in archives in a message */
#define LIMIT_FILE_MESSAGES 10000 /* in archives in a file */
#define LIMIT_MESSAGE_DEPTH 2     /* messages in archives in others */
#define LIMIT_PACKED_MESSAGE (16U << 20) /* bytes of one in an archive */
#define LIMIT_PROBLEMS 1000              /* told of one message or file */
#define LIMIT_SHOWN 400                  /* columns of a line for people */
#define LIMIT_REASON 300 /* columns of why a message could not be read */
#define LIMIT_COST UINT64_C(2400000000) /* of a message: parse/cost.h */

/* Of one message explained: report/explain.h. */
#define LIMIT_EXPLAIN_FIELDS 2000    /* fields of a header that are read */
#define LIMIT_EXPLAIN_FROM 20        /* addresses in From: */
#define LIMIT_EXPLAIN_HOPS 100       /* Received fields */
#define LIMIT_EXPLAIN_AUTHRES 100    /* fields with results */
#define LIMIT_EXPLAIN_RESULTS 50     /* results of one of them */
#define LIMIT_EXPLAIN_PROPERTIES 30  /* properties, comments of a result */
#define LIMIT_EXPLAIN_SIGNATURES 100 /* DKIM and ARC */
#define LIMIT_ARC_SETS 50            /* of a chain: RFC 8617, 4.2.1 */
#define LIMIT_EXPLAIN_VENDORS 50     /* fields of vendors */
#define LIMIT_EXPLAIN_ITEMS 100      /* values in one of them */
#define LIMIT_EXPLAIN_RECIPIENTS 100 /* of a bounce */
#define LIMIT_EXPLAIN_REPLIES 20     /* of servers */

#define LIMIT_PARSE_MEMORY (192UL << 20) /* address space of ruad-parse */
#define LIMIT_PARSE_CPU 10               /* CPU seconds for one message */
#define LIMIT_PARSE_WALL 30              /* seconds for one message */
#define LIMIT_FETCHERS 16                /* that poll at the same time */
#define LIMIT_SLOW 48         /* fetchers more, whose servers do not answer */
#define LIMIT_SILENT 8        /* of these, if they did not last time either */
#define LIMIT_LINGERING 64    /* fetchers that wait for mail (IDLE) */
#define LIMIT_IDLE 540        /* seconds of one IDLE command */
#define LIMIT_SILENCE 260     /* seconds of a fetcher without progress */
#define LIMIT_ANSWER_WAIT 240 /* seconds that any answer is awaited */

#define LIMIT_WAL (256LL << 20) /* of a -wal file, then it is told */
#define LIMIT_PARSE_TRIES 2     /* times a message may kill ruad-parse */

#endif
