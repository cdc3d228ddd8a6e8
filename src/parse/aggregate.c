/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/aggregate.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include "base/mem.h"
#include "base/text.h"
#include "parse/aggregate_build.h"

/* libxml2 gets at most so many bytes at once; guards look between them. */
#define PIECE 4096
#define CALLS_MAX 8 /* for one piece, to stop before what may be a record */

struct aggregate {
	struct aggregate_context context;
	const char *defaults[LIMIT_XML_DEPTH + 1]; /* namespaces, by depth */
	bool has_defaults;
	bool decoded; /* from another character set, by the caller */
	xmlParserCtxt *xml;
	struct err err; /* set once: nothing more is read */
	bool feedback;  /* the document was meant to be a report */
	bool broken;    /* the XML is */
	bool root_ended;
	uint64_t events;
	uint64_t cost;     /* of this piece so far, see parse/cost.h */
	size_t silence;    /* bytes since the last event */
	char failure[256]; /* libxml2's own first sentence */
	int failure_line;
	bool failure_at_end; /* nothing of the input was left then */
	struct build build;
	struct shortcut plain;
};

/* --- what libxml2 tells us ------------------------------------------------ */

static void
stop(struct aggregate *a, enum err_class class, const char *sentence)
{
	if (a->err.class == ERR_NONE)
		err_set(&a->err, class, "%s", sentence);
	xmlStopParser(a->xml);
}

static void
on_error(void *arg, xmlErrorPtr error)
{
	struct aggregate *a = arg;

	if (error->level != XML_ERR_FATAL || a->failure[0] != '\0' ||
	    error->message == NULL)
		return;
	text_safe_len(a->failure, sizeof(a->failure), error->message,
	    strcspn(error->message, "\n"));
	a->failure_line = error->line;
	a->failure_at_end = error->code == XML_ERR_DOCUMENT_END ||
	    a->xml->input == NULL || a->xml->input->cur >= a->xml->input->end;
}

/* Messages that belong to no document: nobody reads them. */
static void __attribute__((format(printf, 2, 3)))
on_generic_error(void *arg, const char *fmt, ...)
{
	(void)arg;
	(void)fmt;
}

/* The local name, also of "dmarc:feedback" when dmarc was never declared. */
static const char *
local_name(const xmlChar *name)
{
	const char *s = (const char *)name, *colon = strrchr(s, ':');

	return colon != NULL ? colon + 1 : s;
}

/*
 * What namespace an element without prefix has from here on.  libxml2 keeps
 * these strings for as long as the document.
 */
static void
note_default(struct aggregate *a, int n, const xmlChar **namespaces)
{
	size_t depth = a->build.depth;
	const char *space = a->defaults[depth];
	int i;

	a->has_defaults = true;
	for (i = 0; i < n; i++)
		if (namespaces[2 * i] == NULL)
			space = (const char *)namespaces[2 * i + 1];
	if (space != NULL && *space == '\0')
		space = NULL;
	if (depth < LIMIT_XML_DEPTH)
		a->defaults[depth + 1] = space;
}

/* In attributes libxml2 leaves "&#38;" for "&". */
static size_t
put_ampersands(char *s, size_t n)
{
	char *from, *to = s, *end = s + n;

	for (from = s; from < end; *to++ = *from++)
		if (end - from >= 5 && memcmp(from, "&#38;", 5) == 0) {
			from += 4;
			*from = '&';
		}
	return (size_t)(to - s);
}

static int
read_attributes(struct aggregate *a, const xmlChar **attributes, int n)
{
	const xmlChar **at;
	struct buf value = { 0 };
	int status = 0;

	for (at = attributes; n > 0 && status == 0; n--, at += 5) {
		/* Its name, its prefix, the namespace, the value, its end. */
		if ((at[1] != NULL &&
		        (at[2] == NULL ||
		            !build_is_own(&a->build, (const char *)at[2]))) ||
		    strchr((const char *)at[0], ':') != NULL)
			continue;
		value.len = 0;
		buf_add(&value, at[3], (size_t)(at[4] - at[3]));
		if (value.len == 0)
			continue;
		value.len = put_ampersands(value.at, value.len);
		a->cost += cost_of_foreign(value.at, value.len);
		status = build_attribute(&a->build, (const char *)at[0],
		    value.at, value.len, &a->err);
	}
	buf_done(&value);
	return status;
}

static void
on_start(void *arg, const xmlChar *local, const xmlChar *prefix,
    const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
    int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	struct aggregate *a = arg;
	const char *space = (const char *)uri;

	(void)n_defaulted;
	a->events++;
	a->cost += (uint64_t)n_attributes * COST_XML_ATTRIBUTE +
	    (uint64_t)n_namespaces * COST_XML_NAMESPACE;
	if (a->err.class != ERR_NONE)
		return;
	if (n_namespaces > 0 || a->has_defaults)
		note_default(a, n_namespaces, namespaces);
	/* A prefix that was never declared stands for itself. */
	if (space == NULL)
		space = (const char *)prefix;
	if (space != NULL && *space == '\0')
		space = NULL;
	if (build_enter(&a->build, local_name(local), space, &a->err) == -1 ||
	    (n_attributes > 0 &&
	        read_attributes(a, attributes, n_attributes) == -1))
		xmlStopParser(a->xml);
}

static void
on_end(
    void *arg, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	struct aggregate *a = arg;

	(void)local;
	(void)prefix;
	(void)uri;
	a->events++;
	if (a->err.class != ERR_NONE)
		return;
	if (build_leave(&a->build, &a->err) == -1)
		xmlStopParser(a->xml);
	a->root_ended = a->build.depth == 0;
}

static void
on_text(void *arg, const xmlChar *s, int n)
{
	struct aggregate *a = arg;

	a->events++;
	a->cost += cost_of_foreign((const char *)s, (size_t)n);
	build_text(&a->build, (const char *)s, (size_t)n);
}

static void
on_comment(void *arg, const xmlChar *s)
{
	struct aggregate *a = arg;

	(void)s;
	a->events++;
}

static void
on_instruction(void *arg, const xmlChar *target, const xmlChar *data)
{
	struct aggregate *a = arg;

	(void)target;
	(void)data;
	a->events++;
}

static void
on_doctype(
    void *arg, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
	struct aggregate *a = arg;

	(void)id;
	(void)system;
	if (name != NULL && element_is_root(local_name(name)))
		a->feedback = true;
	stop(a, ERR_DATA,
	    "a document type declaration (DTD) is not allowed in a report");
}

static void
on_entity(void *arg, const xmlChar *name, int type, const xmlChar *public_id,
    const xmlChar *system_id, xmlChar *content)
{
	(void)name;
	(void)type;
	(void)public_id;
	(void)system_id;
	(void)content;
	stop(arg, ERR_DATA, "an entity declaration is not allowed in a report");
}

static const xmlSAXHandler handlers = {
	.initialized = XML_SAX2_MAGIC,
	.startElementNs = on_start,
	.endElementNs = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.comment = on_comment,
	.processingInstruction = on_instruction,
	.internalSubset = on_doctype,
	.externalSubset = on_doctype,
	.entityDecl = on_entity,
	.serror = on_error,
};

static xmlParserInput *
load_nothing(const char *url, const char *id, xmlParserCtxt *xml)
{
	(void)url;
	(void)id;
	(void)xml;
	return NULL;
}

/* --- the document --------------------------------------------------------- */

/* For libxml2: NULL goes in, and out of memory never comes back. */
static void *
xml_realloc(void *old, size_t size)
{
	return xreallocarray(old, size, 1);
}

void
aggregate_init(void)
{
	xmlMemSetup(free, xmalloc, xml_realloc, xstrdup);
	xmlInitParser();
	xmlSetGenericErrorFunc(NULL, on_generic_error);
	xmlSetExternalEntityLoader(load_nothing);
}

struct aggregate *
aggregate_new(
    const struct limits *limits, const struct aggregate_context *context)
{
	struct aggregate *a = xmalloc(sizeof(*a));
	xmlSAXHandler sax = handlers;

	/* Build is cleared by itself, plain when a record is read. */
	memset(a, 0, offsetof(struct aggregate, build));
	a->context = *context;
	a->cost = COST_XML;
	build_init(&a->build, limits, &a->context);
	element_start(a->plain.next);
	/* No file name: with one, libxml2 asks for the working directory. */
	a->xml = xmlCreatePushParserCtxt(&sax, a, NULL, 0, NULL);
	if (a->xml == NULL)
		exit(MEM_EXIT_STATUS);
	xmlCtxtUseOptions(a->xml, XML_PARSE_NONET);
	return a;
}

void
aggregate_ignore_encoding(struct aggregate *a)
{
	a->decoded = true;
	xmlCtxtUseOptions(a->xml, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
}

bool
aggregate_is_report(const struct aggregate *a)
{
	return a->feedback || a->build.feedback_seen;
}

bool
aggregate_is_broken(const struct aggregate *a)
{
	return a->broken;
}

int
aggregate_reports(const struct aggregate *a)
{
	return (int)a->build.reports + 1;
}

size_t
aggregate_records(const struct aggregate *a)
{
	return a->build.records + a->build.digests.n;
}

/* Why it failed, when libxml2 stopped and not we. */
static int
set_failure(struct aggregate *a, struct err *err)
{
	if (!aggregate_is_report(a) && a->build.root[0] != '\0')
		return err_set(err, ERR_DATA,
		    "not a DMARC report: the root element is <%s>",
		    a->build.root);
	return err_set(err, ERR_DATA, "not well-formed XML in line %d: %s",
	    a->failure_line,
	    a->failure[0] != '\0' ? a->failure : "unknown error");
}

/*
 * Whether libxml2 has read all that it was given, up to a place within feedback
 * where a record may begin.  Blanks are taken from it: they are in its way.
 */
static bool
is_at_record(struct aggregate *a)
{
	xmlParserInput *in = a->xml->input;

	if (!build_is_at_record(&a->build) ||
	    !build_is_own(&a->build, a->defaults[a->build.depth]) ||
	    !a->xml->wellFormed || a->xml->instate != XML_PARSER_CONTENT ||
	    a->xml->inputNr != 1 || in->buf == NULL || in->buf->encoder != NULL)
		return false;
	for (; in->cur < in->end && text_is_space((char)*in->cur); in->cur++)
		in->line += *in->cur == '\n';
	return in->cur == in->end;
}

/*
 * Plain records, as many as stand here.  Returns how many bytes they take.
 * Blanks are looked at behind a record only, lest it be done for each piece.
 */
static size_t
take_records(struct aggregate *a, const char *data, size_t len)
{
	size_t n, taken = 0;

	while (a->err.class == ERR_NONE && (taken > 0 || *data == '<') &&
	    (n = shortcut_read(&a->plain, data + taken, len - taken)) > 0) {
		if (taken == 0 && !is_at_record(a))
			break;
		taken += n;
		a->events++;
		a->xml->input->line += (int)a->plain.lines;
		if (build_record(&a->build, &a->plain, &a->err) == -1)
			xmlStopParser(a->xml);
	}
	return taken;
}

/* For n bytes, and what was in them. */
static void
pay(struct aggregate *a, size_t n, uint64_t events, size_t records)
{
	const xmlParserInput *in = a->xml->input;
	uint64_t cost = a->cost + events * COST_XML_EVENT +
	    records * COST_RECORD + n * COST_XML_BYTE;

	if (a->decoded ||
	    (in != NULL && in->buf != NULL && in->buf->encoder != NULL))
		cost += n * COST_XML_CHARSET;
	a->cost = 0;
	if (a->err.class == ERR_NONE &&
	    cost_pay(a->context.cost, cost, &a->err) == -1)
		xmlStopParser(a->xml);
}

/*
 * Feed one piece, and what follows if it is plain records, then look at the
 * guards.  Returns how many bytes were fed.  Each call of libxml2 costs as much
 * as many bytes, within CDATA far more.
 */
static size_t
push_piece(struct aggregate *a, const char *data, size_t len)
{
	size_t piece = len < PIECE ? len : PIECE, n = 0, k;
	int calls = a->xml->instate == XML_PARSER_CDATA_SECTION ? CALLS_MAX : 0;
	uint64_t before = a->events;
	size_t records = a->build.digests.n;

	for (; n < piece; n += k) {
		if ((k = take_records(a, data + n, len - n)) > 0)
			continue;
		k = piece - n;
		if (calls++ < CALLS_MAX)
			k = shortcut_skip(data + n, k);
		xmlParseChunk(a->xml, data + n, (int)k, 0);
	}
	a->silence = a->events != before ? 0 : a->silence + n;
	pay(a, n, a->events - before, a->build.digests.n - records);
	if (a->silence > LIMIT_XML_SILENCE) {
		/* After a bare "&" libxml2 waits for a ";" for ever. */
		a->broken = true;
		stop(a, ERR_LIMIT, "the XML has a tag or comment without end");
	}
	if (xmlDictSize(a->xml->dict) > LIMIT_XML_NAMES)
		stop(a, ERR_LIMIT, "the XML has too many different names");
	if (a->err.class == ERR_NONE && !a->xml->wellFormed) {
		/* Broken before its first element: was it to be a report? */
		if (a->build.root[0] == '\0' &&
		    memmem(data, n, "<feedback", 9) != NULL)
			a->feedback = true;
		a->broken = true;
		set_failure(a, &a->err);
	}
	return n;
}

int
aggregate_push(
    struct aggregate *a, const char *data, size_t len, struct err *err)
{
	size_t n;

	for (; len > 0 && a->err.class == ERR_NONE; data += n, len -= n)
		n = push_piece(a, data, len);
	if (a->err.class == ERR_NONE)
		return 0;
	*err = a->err;
	return -1;
}

int
aggregate_finish(struct aggregate *a, struct buf *out, struct err *err)
{
	int line = a->xml->input != NULL ? a->xml->input->line : 0;

	if (a->err.class == ERR_NONE)
		xmlParseChunk(a->xml, NULL, 0, 1);
	if (a->err.class != ERR_NONE) {
		*err = a->err;
		return -1;
	}
	a->broken = !a->xml->wellFormed;
	if (a->broken && a->failure_at_end && !a->root_ended &&
	    aggregate_is_report(a))
		return err_set(
		    err, ERR_DATA, "the XML ends in the middle: line %d", line);
	if (a->broken || !a->build.feedback_seen)
		return set_failure(a, err);
	build_finish(&a->build, out);
	return 0;
}

void
aggregate_free(struct aggregate *a)
{
	if (a == NULL)
		return;
	xmlFreeParserCtxt(a->xml);
	build_done(&a->build);
	free(a);
}
