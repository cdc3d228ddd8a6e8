/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/serve.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/port.h"
#include "page/html.h"
#include "web/cache.h"
#include "web/route.h"

#define CONNECTIONS 256U
#define CROWDED 192            /* from so many on nobody may dawdle */
#define MEMORY ((size_t)32768) /* for the head of a request, cookies twice */
#define ASK_MS 10000           /* to send a request */
#define ASK_CROWDED_MS 1000    /* the same when it is crowded */
#define TAKE_MS 60000          /* to take an answer */
#define TICK_MS 500
#define QUIET_MS 1000  /* without an answer, before memory is given back */
#define AGAIN_MS 60000 /* before the same error is logged again */
/* Bytes of answers that are under way: beyond, there are no others. */
#define HELD_MAX ((size_t)32 << 20)

/* A connection; no client can stay for longer than its deadline. */
struct peer {
	struct peer *next, *before;
	int fd;
	int64_t since;    /* when this part of it began */
	bool is_answered; /* it is to take an answer */
};

struct request {
	char *target; /* as it came; NULL: too long */
	int64_t since;
	bool is_judged; /* it is for us */
	size_t held;    /* bytes of its answer */
};

struct serve {
	const struct serve_settings *settings;
	struct MHD_Daemon *daemon;
	int epoll;
	struct peer *peers;
	int npeers;
	int64_t busy_ms;   /* that answers took, while nobody was heard */
	size_t held;       /* bytes of all answers that are under way */
	struct buf policy; /* Content-Security-Policy of pages */
	struct cache cache;
	struct err told; /* the last error that was logged */
	int64_t told_ms; /* when */
	int64_t made_ms; /* when the last answer was made; 0: memory was given
	                    back since */
};

/* --- connections ---------------------------------------------------------- */

/* The clock of clients, which stands while they wait for answers to others. */
static int64_t
peer_clock(const struct serve *s)
{
	return io_clock_ms() - s->busy_ms;
}

static void
note_connection(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	struct serve *s = cls;
	struct peer *p = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		p = xcalloc(1, sizeof(*p));
		p->fd = MHD_get_connection_info(
		    c, MHD_CONNECTION_INFO_CONNECTION_FD)
		            ->connect_fd;
		p->since = peer_clock(s);
		p->next = s->peers;
		if (p->next != NULL)
			p->next->before = p;
		s->peers = p;
		s->npeers++;
		*context = p;
		return;
	}
	if (p == NULL)
		return;
	if (p->next != NULL)
		p->next->before = p->before;
	if (p->before != NULL)
		p->before->next = p->next;
	else
		s->peers = p->next;
	s->npeers--;
	*context = NULL;
	free(p);
}

static void
set_part(const struct serve *s, struct MHD_Connection *c, bool is_answered)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct peer *p = info != NULL ? info->socket_context : NULL;

	if (p == NULL)
		return;
	p->is_answered = is_answered;
	p->since = peer_clock(s);
}

/*
 * libmicrohttpd would wait for as long as a byte comes now and then, or by a
 * clock that goes on while a request cannot be read.
 */
static void
drop_slow(struct serve *s)
{
	const int64_t now = peer_clock(s);
	const int64_t ask = s->npeers >= CROWDED ? ASK_CROWDED_MS : ASK_MS;
	struct peer *p;

	for (p = s->peers; p != NULL; p = p->next)
		if (now - p->since > (p->is_answered ? TAKE_MS : ask))
			shutdown(p->fd, SHUT_RDWR);
}

/* --- answers -------------------------------------------------------------- */

static void
add_headers(
    const struct serve *s, struct MHD_Response *r, const struct answer *answer)
{
	static const char *const all[][2] = {
		{ "X-Content-Type-Options", "nosniff" },
		{ "X-Frame-Options", "DENY" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
		{ "Cache-Control", "private, no-cache" },
	};
	struct buf file = { 0 };
	const char *policy = s->policy.at;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		MHD_add_response_header(r, all[i][0], all[i][1]);
	MHD_add_response_header(r, "Content-Security-Policy", policy);
	if (answer->type != NULL)
		MHD_add_response_header(r, "Content-Type", answer->type);
	if (answer->file != NULL) {
		buf_printf(&file, "attachment; filename=\"%s\"", answer->file);
		MHD_add_response_header(
		    r, "Content-Disposition", buf_str(&file));
		buf_done(&file);
	}
	/* What comes behind it may be part of it. */
	if (answer->status == 400)
		MHD_add_response_header(r, "Connection", "close");
	if (answer->status == 401)
		MHD_add_response_header(r, "WWW-Authenticate",
		    "Basic realm=\"ruad\", charset=\"UTF-8\"");
	if (answer->status == 405)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	if (answer->status == 429 || answer->status == 503)
		MHD_add_response_header(r, "Retry-After", "5");
}

/* Takes the body of the answer. */
static enum MHD_Result
send_answer(const struct serve *s, struct MHD_Connection *c,
    struct answer *answer, const char *tag)
{
	struct MHD_Response *r;
	enum MHD_Result rc;

	r = MHD_create_response_from_buffer(
	    answer->body.len, answer->body.at, MHD_RESPMEM_MUST_FREE);
	if (r == NULL)
		return MHD_NO;
	answer->body = (struct buf) { 0 };
	add_headers(s, r, answer);
	if (tag != NULL)
		MHD_add_response_header(r, "ETag", tag);
	rc = MHD_queue_response(c, (unsigned int)answer->status, r);
	MHD_destroy_response(r);
	return rc;
}

static enum MHD_Result
send_refusal(const struct serve *s, struct MHD_Connection *c, int status,
    const char *text)
{
	struct answer answer = { 0 };

	answer_refuse(&answer, status, text);
	return send_answer(s, c, &answer, NULL);
}

/* --- whether a request is for us ------------------------------------------ */

static const char *
field(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

bool
serve_is_host(const char *const *hosts, const char *host)
{
	const char *end;
	size_t n;

	if (hosts == NULL)
		return true;
	if (host == NULL)
		return false;
	end = host[0] == '[' ? strchr(host, ']') : NULL;
	n = end != NULL ? (size_t)(end - host) + 1 : strcspn(host, ":");
	if (host[n] != '\0' &&
	    (host[n] != ':' ||
	        host[n + 1 + strspn(host + n + 1, "0123456789")] != '\0'))
		return false;
	for (; *hosts != NULL; hosts++)
		if (strlen(*hosts) == n && strncasecmp(*hosts, host, n) == 0)
			return true;
	return false;
}

/* What a name may have in it: RFC 9110, 5.6.2. */
static bool
is_token(const char *s)
{
	return s[0] != '\0' &&
	    s[strspn(s,
	        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

static enum MHD_Result
count_fields(
    void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	int *n = cls;

	(void)kind;
	(void)value;
	n[0] += strcasecmp(name, "Host") == 0;
	n[1] += strcasecmp(name, "Content-Length") == 0;
	n[2] += !is_token(name);
	return MHD_YES;
}

/*
 * Whoever is in between may have read the other one of two, or a length where
 * there is a blank in its name.
 */
static bool
is_ambiguous(struct MHD_Connection *c)
{
	int n[3] = { 0 };

	MHD_get_connection_values(c, MHD_HEADER_KIND, count_fields, n);
	return n[0] > 1 || n[1] > 1 || n[2] > 0;
}

bool
serve_has_tag(const char *field, const char *tag)
{
	const size_t n = strlen(tag);
	const char *s = field, *end;

	for (; *s != '\0'; s = end + 1) {
		s += strspn(s, " \t,");
		if (strncmp(s, "W/", 2) == 0)
			s += 2;
		if (s[0] != '"' || (end = strchr(s + 1, '"')) == NULL)
			return false;
		if ((size_t)(end - s) + 1 == n && strncmp(s, tag, n) == 0)
			return true;
	}
	return false;
}

/* A page of elsewhere that wants to read ours, which a browser tells. */
static bool
is_foreign(struct MHD_Connection *c)
{
	const char *site = field(c, "Sec-Fetch-Site");
	const char *mode = field(c, "Sec-Fetch-Mode");
	const char *dest = field(c, "Sec-Fetch-Dest"); /* or a frame */

	return site != NULL && strcmp(site, "cross-site") == 0 &&
	    (mode == NULL || strcmp(mode, "navigate") != 0 ||
	        (dest != NULL && strcmp(dest, "document") != 0));
}

static bool
has_body(struct MHD_Connection *c)
{
	const char *length = field(c, "Content-Length");

	return field(c, "Transfer-Encoding") != NULL ||
	    (length != NULL && strcmp(length, "0") != 0);
}

/* What tells nothing but that the service works. */
static bool
is_health(const struct request *r)
{
	return r->target != NULL && strcmp(r->target, "/health") == 0;
}

/* The status of a refusal, with why; 0: it is for us. */
static int
judge(const struct serve *s, struct MHD_Connection *c, const struct request *r,
    const char *method, const char *version, const char **why)
{
	enum auth_answer who;

	if (strncmp(version, "HTTP/1.", 7) != 0) {
		*why = "ruad-web speaks HTTP/1.1";
		return 400;
	}
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		*why = "Only GET and HEAD are allowed";
		return 405;
	}
	if (is_ambiguous(c)) {
		*why = "A field is there twice, or has a wrong name";
		return 400;
	}
	if (has_body(c)) {
		*why = "These requests have no body";
		return 400;
	}
	if (!serve_is_host(s->settings->hosts, field(c, "Host"))) {
		*why = "ruad-web does not serve this host name: start it with "
		       "--host=NAME";
		return 421;
	}
	if (is_foreign(c)) {
		*why = "Pages of other sites cannot read this one";
		return 403;
	}
	if (s->settings->auth == NULL || is_health(r))
		return 0;
	who = auth_check(s->settings->auth, field(c, "Authorization"));
	*why = who == AUTH_LATER ? "Wait a second"
	                         : "A user name and a password are required";
	return who == AUTH_YES ? 0 : who == AUTH_LATER ? 429 : 401;
}

/* --- requests ------------------------------------------------------------- */

/* Each page that is asked for meets the same error: once is enough. */
static void
log_error_of(
    struct serve *s, const struct request *r, const struct answer *answer)
{
	const int64_t now = io_clock_ms();

	if (s->told_ms > 0 && now - s->told_ms < AGAIN_MS &&
	    strcmp(s->told.text, answer->err.text) == 0)
		return;
	s->told = answer->err;
	s->told_ms = now;
	log_warning("%s: %d: %s", r->target, answer->status, answer->err.text);
}

static void
log_answer(
    struct serve *s, const struct request *r, const struct answer *answer)
{
	const long long ms = (long long)(io_clock_ms() - r->since);

	if (answer->status >= 500)
		log_error_of(s, r, answer);
	else if (s->settings->is_verbose)
		log_info("%s: status %d, size %zu, %lld ms", r->target,
		    answer->status, answer->body.len, ms);
}

static enum MHD_Result
respond(struct serve *s, struct MHD_Connection *c, struct request *r)
{
	const char *match = field(c, "If-None-Match");
	struct answer answer = { 0 };
	char tag[ANSWER_TAG];
	int64_t begin;
	bool has_tag;

	if (s->held >= HELD_MAX && !is_health(r)) {
		err_set(&answer.err, ERR_AGAIN,
		    "too many clients take their answers too slowly");
		answer_refuse(&answer, 503,
		    "Too many answers are under way: ask again in a moment");
		log_answer(s, r, &answer);
		return send_answer(s, c, &answer, NULL);
	}
	has_tag = answer_write_tag(tag, &s->settings->answer, r->target);
	if (has_tag && match != NULL && serve_has_tag(match, tag)) {
		answer.status = 304;
		return send_answer(s, c, &answer, tag);
	}
	if (!has_tag || !cache_find(&s->cache, tag, &answer)) {
		begin = io_clock_ms();
		answer_make(&answer, &s->settings->answer, r->target);
		s->made_ms = io_clock_ms();
		s->busy_ms += s->made_ms - begin;
		if (has_tag)
			cache_keep(&s->cache, tag, &answer);
	}
	log_answer(s, r, &answer);
	r->held = answer.body.len;
	s->held += r->held;
	return send_answer(
	    s, c, &answer, has_tag && answer.status == 200 ? tag : NULL);
}

/*
 * Called twice: what is refused is refused at once, before a body is taken;
 * what is answered then would end the connection.
 */
static enum MHD_Result
handle(void *cls, struct MHD_Connection *c, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **context)
{
	struct serve *s = cls;
	struct request *r = *context;
	const char *why = NULL;
	int status;

	(void)url;
	(void)data;
	if (r == NULL || *size > 0)
		return MHD_NO;
	set_part(s, c, true);
	if (r->is_judged)
		return respond(s, c, r);
	if ((status = judge(s, c, r, method, version, &why)) != 0)
		return send_refusal(s, c, status, why);
	if (r->target == NULL)
		return send_refusal(s, c, 414, "This address is too long");
	r->is_judged = true;
	return MHD_YES;
}

/* What is called for the request line is what the handler gets. */
static void *
begin_request(void *cls, const char *target, struct MHD_Connection *c)
{
	struct request *r = xcalloc(1, sizeof(*r));
	const struct serve *s = cls;

	(void)c;
	r->since = io_clock_ms();
	*s->settings->asked_ms = r->since;
	if (strlen(target) <= ROUTE_TARGET)
		r->target = xstrdup(target);
	return r;
}

static void
end_request(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_RequestTerminationCode code)
{
	struct serve *s = cls;
	struct request *r = *context;

	(void)code;
	set_part(s, c, false);
	if (r != NULL) {
		s->held -= r->held;
		free(r->target);
	}
	free(r);
	*context = NULL;
}

/* --- all of it ------------------------------------------------------------ */

int
serve_begin(struct serve **out, const struct serve_settings *settings,
    int listener, struct err *err)
{
	struct serve *s = xcalloc(1, sizeof(*s));
	const union MHD_DaemonInfo *info;

	s->settings = settings;
	html_add_policy(&s->policy, true);
	buf_add_str(&s->policy, "; frame-ancestors 'none'");
	buf_add_char(&s->policy, '\0');
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle, s,
	    MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT,
	    CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, 0U,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY,
	    MHD_OPTION_URI_LOG_CALLBACK, begin_request, s,
	    MHD_OPTION_NOTIFY_COMPLETED, end_request, s,
	    MHD_OPTION_NOTIFY_CONNECTION, note_connection, s,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	info = s->daemon != NULL
	    ? MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)
	    : NULL;
	if (info == NULL) {
		serve_end(s);
		return err_set(err, ERR_BUG, "cannot start libmicrohttpd");
	}
	s->epoll = info->epoll_fd;
	*out = s;
	return 0;
}

/*
 * The memory of a page is kept for the next one, which people soon ask for:
 * half of what a large page costs is to have it from the kernel.  Returns how
 * long to wait until it is time to give it back; -1: there is nothing.
 */
static int
give_back(struct serve *s)
{
	const int64_t since = io_clock_ms() - s->made_ms;

	if (s->made_ms == 0)
		return -1;
	if (since < QUIET_MS)
		return (int)(QUIET_MS - since);
	port_trim_heap();
	s->made_ms = 0;
	return -1;
}

int64_t
serve_until_idle(const struct serve_settings *s)
{
	const int64_t left = *s->asked_ms + s->idle_ms - io_clock_ms();

	return s->idle_ms == 0 ? -1 : left < 0 ? 0 : left;
}

static int
sooner(int one, int other)
{
	return one == -1 || (other != -1 && other < one) ? other : one;
}

int
serve_run(struct serve *s, int signals, struct err *err)
{
	struct pollfd fds[] = { { .fd = signals, .events = POLLIN },
		{ .fd = s->epoll, .events = POLLIN } };
	MHD_UNSIGNED_LONG_LONG wait;
	int timeout, until_idle, before = 0;

	for (;;) {
		/*
		 * Once more after the last one is gone: only then does
		 * libmicrohttpd listen again, if there were too many.
		 */
		timeout = s->npeers > 0 || before > 0 ? TICK_MS : -1;
		before = s->npeers;
		until_idle = (int)serve_until_idle(s->settings);
		if (s->npeers == 0 && until_idle == 0)
			return 0;
		timeout = sooner(timeout, give_back(s));
		if (s->npeers == 0)
			timeout = sooner(timeout, until_idle);
		if (MHD_get_timeout(s->daemon, &wait) == MHD_YES)
			timeout = sooner(
			    timeout, wait < TICK_MS ? (int)wait : TICK_MS);
		if (poll(fds, 2, timeout) == -1 && errno != EINTR)
			return err_set_errno(err, ERR_BUG, "cannot wait");
		if (fds[0].revents != 0)
			return 0;
		if (MHD_run(s->daemon) != MHD_YES)
			return err_set(err, ERR_BUG, "libmicrohttpd stopped");
		drop_slow(s);
	}
}

void
serve_end(struct serve *s)
{
	if (s == NULL)
		return;
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon);
	buf_done(&s->policy);
	cache_done(&s->cache);
	free(s);
}
