/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruad-parse: what is in a message or report file, as JSON Lines.  Input is
 * from anybody, so that the sandbox is entered before the first byte is read.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/port.h"
#include "base/text.h"
#include "parse/aggregate.h"
#include "parse/charset.h"
#include "parse/dissect.h"
#include "parse/explain.h"
#include "parse/sandbox.h"
#include "parse/tlsrpt.h"

#define READ_SIZE 65536
#define WRITE_SIZE (256 << 10) /* bytes of answers that are kept waiting */
#define FRAME_MAX 1024         /* bytes of a request's first line */
#define KEEP_MAX (1 << 20)     /* bytes of buffers kept for the next message */

#define EXIT_NO_REPORT 1

static const int verdict_status[] = {
	[DISSECT_REPORT] = EX_OK,
	[DISSECT_OTHER] = EXIT_NO_REPORT,
	[DISSECT_FAILED] = EX_DATAERR,
};

/* ruad-parse --serve */
struct server {
	struct limits limits;
	struct dissect *input;
	struct buf in;
	size_t pos; /* bytes of in that are done with */
	struct buf out;
	bool ended; /* end of file was read */
};

static void
usage(FILE *to)
{
	fputs(
	    "usage: ruad-parse [OPTION]... < MESSAGE\n"
	    "       ruad-parse --serve [OPTION]...\n"
	    "       ruad-parse --explain [OPTION]... < MESSAGE\n"
	    "       ruad-parse -V | -h\n"
	    "Print what is in a DMARC report message or file, as JSON Lines.\n"
	    "  -n, --name NAME      the name of a bare report file\n"
	    "  -l, --limits LIMITS  such as message=32M,unpacked=64M,\n"
	    "                       mail_unpacked=128M,records=1000000\n"
	    "      --authserv-id ID     believe this server's\n"
	    "                       Authentication-Results (repeatable)\n"
	    "      --received-hops N    Received fields that your hosts add\n"
	    "      --keep-samples   header blocks of failure reports, too\n"
	    "      --explain        what one message says about its own fate,\n"
	    "                       see ruad-parse(8)\n"
	    "      --serve          many framed inputs, see ruad-parse(8)\n"
	    "  -V, --version        version, sandbox, character sets\n"
	    "  -h, --help           print this\n",
	    to);
}

/* What the command line asks for. */
struct request {
	struct dissect_options options;
	bool hops_given;
	const char *name;
	enum { FILTER, SERVER, EXPLAIN } mode;
};

/* --- the filter ----------------------------------------------------------- */

static int
run_filter(const struct dissect_options *options, const char *name)
{
	const struct limits *limits = &options->limits;
	struct dissect *input = dissect_new(options);
	struct buf in = { 0 }, out = { 0 };
	struct err err = ERR_INIT;
	int status = EX_DATAERR;

	sandbox_begin_mail();
	if (io_read_all(STDIN_FILENO, limits->message, &in, &err) == 0)
		status = verdict_status[dissect_run(
		    input, in.at, in.len, name, &out)];
	else if (err.class == ERR_LIMIT)
		dissect_refuse(limits, &out);
	else {
		log_error("standard input: %s", err.text);
		status = EX_IOERR;
	}
	if (io_write(STDOUT_FILENO, out.at, out.len) == -1) {
		log_error("standard output: %s", strerror(errno));
		status = EX_IOERR;
	}
	dissect_free(input);
	buf_done(&in);
	buf_done(&out);
	return status;
}

/* --- one message explained ------------------------------------------------ */

static int
run_explain(const struct request *request)
{
	const struct dissect_options *options = &request->options;
	const struct explain_options explain = { options->authres,
		request->hops_given };
	struct explain_facts facts = { 0 };
	struct buf in = { 0 }, out = { 0 };
	struct arena arena = { 0 };
	struct err err = ERR_INIT;
	int status = EX_IOERR;

	sandbox_begin_mail();
	if (io_read_all(STDIN_FILENO, options->limits.message, &in, &err) == 0)
		status = explain_read(in.at, in.len, &explain, &arena, &facts)
		    ? EX_OK
		    : EXIT_NO_REPORT;
	else if (err.class == ERR_LIMIT) {
		explain_refuse(&options->limits, &arena, &facts);
		status = EX_DATAERR;
	} else {
		log_error("standard input: %s", err.text);
		return EX_IOERR;
	}
	explain_wire_write(&out, &facts);
	if (io_write(STDOUT_FILENO, out.at, out.len) == -1) {
		log_error("standard output: %s", strerror(errno));
		status = EX_IOERR;
	}
	explain_facts_done(&facts);
	arena_done(&arena);
	buf_done(&in);
	buf_done(&out);
	return status;
}

/* --- the server ----------------------------------------------------------- */

static int
server_flush(struct server *s)
{
	if (s->out.len > 0 &&
	    io_write(STDOUT_FILENO, s->out.at, s->out.len) == -1)
		return -1;
	s->out.len = 0;
	if (s->out.cap > KEEP_MAX)
		buf_done(&s->out);
	return 0;
}

/* Drop what is done with; of a large message not even its room is kept. */
static void
server_consume(struct server *s)
{
	struct buf rest = { 0 };

	buf_consume(&s->in, s->pos);
	s->pos = 0;
	if (s->in.cap > KEEP_MAX && s->in.len <= READ_SIZE) {
		buf_add(&rest, s->in.at, s->in.len);
		buf_done(&s->in);
		s->in = rest;
	}
}

/*
 * Read on.  Whoever asks may be waiting for the answers so far, so they go
 * out first.  -1: the other end is gone, or out of step.
 */
static int
server_read(struct server *s)
{
	ssize_t n;

	if (server_flush(s) == -1)
		return -1;
	if (s->pos > 0)
		server_consume(s);
	do
		n = read(
		    STDIN_FILENO, buf_reserve(&s->in, READ_SIZE), READ_SIZE);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	s->in.len += (size_t)n;
	s->ended = n == 0;
	return 0;
}

/*
 * The first line of a request: "LENGTH" or "LENGTH NAME".  Returns 1, 0 at
 * the end of all requests, -1 when this is no request.
 */
static int
server_read_frame(struct server *s, int64_t *length, char *name)
{
	char line[FRAME_MAX], *nl, *space;
	size_t n;

	for (;;) {
		n = s->in.len - s->pos;
		nl = n > 0 ? memchr(s->in.at + s->pos, '\n', n) : NULL;
		if (nl != NULL)
			break;
		if (s->ended)
			return n == 0 ? 0 : -1;
		if (n >= FRAME_MAX || server_read(s) == -1)
			return -1;
	}
	n = (size_t)(nl - (s->in.at + s->pos));
	if (n >= sizeof(line))
		return -1;
	memcpy(line, s->in.at + s->pos, n);
	line[n] = '\0';
	s->pos += n + 1;
	name[0] = '\0';
	if ((space = strchr(line, ' ')) != NULL) {
		*space = '\0';
		memcpy(name, space + 1, strlen(space + 1) + 1);
	}
	return text_read_int(line, 0, INT64_MAX, length) ? 1 : -1;
}

/* Pass over the bytes of a request that is too large. */
static int
server_skip(struct server *s, uint64_t length)
{
	size_t n;

	for (;;) {
		n = s->in.len - s->pos;
		if (n > length)
			n = (size_t)length;
		s->pos += n;
		length -= n;
		if (length == 0)
			return 0;
		if (s->ended || server_read(s) == -1)
			return -1;
	}
}

static int
server_answer(struct server *s, uint64_t length, const char *name)
{
	if (length > s->limits.message) {
		dissect_refuse(&s->limits, &s->out);
		return server_skip(s, length);
	}
	while (s->in.len - s->pos < length)
		if (s->ended || server_read(s) == -1)
			return -1;
	sandbox_begin_mail();
	dissect_run(s->input, s->in.at + s->pos, (size_t)length,
	    name[0] != '\0' ? name : NULL, &s->out);
	s->pos += (size_t)length;
	/* The next request may have come already, and need the memory. */
	if (s->in.cap > KEEP_MAX)
		server_consume(s);
	return s->out.len > WRITE_SIZE ? server_flush(s) : 0;
}

static int
run_server(const struct dissect_options *options)
{
	struct server s = { .limits = options->limits,
		.input = dissect_new(options) };
	char name[FRAME_MAX];
	int64_t length;
	int r;

	while ((r = server_read_frame(&s, &length, name)) == 1)
		if ((r = server_answer(&s, (uint64_t)length, name)) == -1)
			break;
	if (r == 0 && server_flush(&s) == -1)
		r = -1;
	if (r == -1)
		log_error("requests end in the middle, or are none");
	dissect_free(s.input);
	buf_done(&s.in);
	buf_done(&s.out);
	return r == -1 ? EX_IOERR : EX_OK;
}

/* --- the command line ----------------------------------------------------- */

static void
print_version(void)
{
	struct buf there = { 0 }, missing = { 0 };

	charset_init();
	charset_list(true, &there);
	charset_list(false, &missing);
	printf(
	    "ruad-parse %s, sandbox: %s\n", RUAD_VERSION, sandbox_describe());
	printf("character sets: %s\n", buf_str(&there));
	if (missing.len > 0)
		printf("missing: %s (iconv(3) has no files for them: they "
		       "belong to "
		       "libc)\n",
		    buf_str(&missing));
	buf_done(&there);
	buf_done(&missing);
}

static int
start(const struct request *request)
{
	const struct rlimit cpu = { LIMIT_PARSE_CPU, LIMIT_PARSE_CPU + 1 };
	struct err err = ERR_INIT;

	port_tune_heap(1 << 20, 32 << 20);
	aggregate_init();
	tlsrpt_init();
	charset_init();
	/* A filter reads one input; a server has a clock for each. */
	if (request->mode != SERVER)
		setrlimit(RLIMIT_CPU, &cpu);
	if (sandbox_enter(&err) == -1) {
		log_error("no message is read without a sandbox: %s", err.text);
		return err_exit_status(err.class);
	}
	switch (request->mode) {
	case SERVER:
		return run_server(&request->options);
	case EXPLAIN:
		return run_explain(request);
	case FILTER:
		break;
	}
	return run_filter(&request->options, request->name);
}

static bool
read_hops(struct request *request, const char *text)
{
	int64_t n;

	if (!text_read_int(text, 0, LIMIT_RECEIVED_HOPS, &n))
		return false;
	request->options.authres.received_hops = (int)n;
	request->hops_given = true;
	return true;
}

static bool
add_id(struct authres_options *options, const char *id)
{
	if (id[0] == '\0' || options->n == LIMIT_AUTHSERV_IDS)
		return false;
	options->ids[options->n++] = id;
	return true;
}

/* One option; false: it is wrong, which was said. */
static bool
read_option(struct request *request, int c, const char *text)
{
	struct err err = ERR_INIT;

	switch (c) {
	case 's':
	case 'e':
		if (request->mode != FILTER) {
			log_error("--serve and --explain: once, one of them");
			return false;
		}
		request->mode = c == 's' ? SERVER : EXPLAIN;
		return true;
	case 'l':
		if (limits_read(&request->options.limits, text, &err) == 0)
			return true;
		log_error("-l: %s", err.text);
		return false;
	case 'n':
		request->name = text;
		return true;
	case 'a':
		if (add_id(&request->options.authres, text))
			return true;
		log_error("--authserv-id: not a name, or too many");
		return false;
	case 'r':
		if (read_hops(request, text))
			return true;
		log_error("--received-hops: not a number up to %d",
		    LIMIT_RECEIVED_HOPS);
		return false;
	case 'k':
		request->options.keep_samples = true;
		return true;
	default:
		usage(stderr);
		return false;
	}
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "serve", no_argument, NULL, 's' },
		{ "explain", no_argument, NULL, 'e' },
		{ "limits", required_argument, NULL, 'l' },
		{ "name", required_argument, NULL, 'n' },
		{ "keep-samples", no_argument, NULL, 'k' },
		{ "authserv-id", required_argument, NULL, 'a' },
		{ "received-hops", required_argument, NULL, 'r' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct request request = { .options.limits = LIMITS_DEFAULT,
		.options.authres.received_hops = 1 };
	int c;

	log_set_name("ruad-parse");
	log_open(NULL);
	while ((c = getopt_long(argc, argv, "l:n:Vh", options, NULL)) != -1) {
		if (c == 'V')
			print_version();
		else if (c == 'h')
			usage(stdout);
		else if (!read_option(&request, c, optarg))
			return EX_USAGE;
		if (c == 'V' || c == 'h')
			return EX_OK;
	}
	if (optind < argc) {
		log_error("no files are read here; use: ruad-parse < \"%s\"",
		    argv[optind]);
		return EX_USAGE;
	}
	return start(&request);
}
