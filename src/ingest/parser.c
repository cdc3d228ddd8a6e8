/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/parser.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "ingest/parser_proc.h"

/*
 * Under way at once.  So many because answers are only read when this is full,
 * or when there is nothing better to do: what waits here is what the fetcher
 * works on while the server moves messages.
 */
#define WINDOW_INPUTS 2000
#define WINDOW_BYTES ((size_t)8 << 20)
#define READ_SIZE ((size_t)256 << 10)
#define READ_AHEAD ((size_t)2 << 20) /* of answers, for each process */
#define STEP_SIZE ((size_t)64 << 10) /* of answers read at once */
#define KILLED_TRIES 5               /* deaths by somebody else's SIGKILL */
#define SLOW_PART 6                  /* this part of its time is slow */

/* An input that has not been answered. */
struct input {
	void *key;
	char *data;
	size_t len;
	char *name;  /* NULL: a message */
	size_t sent; /* bytes of header and data that were sent */
	int tries;   /* times it killed ruad-parse */
	int killed;  /* times somebody else did meanwhile */
	bool slow;   /* and it was said */
};

/* One ruad-parse.  The inputs go to all of them in turn. */
struct lane {
	struct parser_proc proc;
	size_t next;      /* index from head of its first not wholly sent */
	char header[320]; /* of that one: "LENGTH NAME\n" */
	size_t header_len;
	struct buf in;
	size_t used; /* bytes of in that were handed on */
	bool more;   /* after them there may be a whole line */
	bool ended;  /* it says nothing more */
};

struct parser {
	struct parser_handler handler;
	char *program;
	struct parser_settings settings;
	struct input *queue; /* ring; the head is what is being answered */
	size_t head;
	size_t n;
	size_t unanswered; /* bytes of all in the queue */
	size_t answered;   /* inputs so far */
	struct lane *lanes;
	struct pollfd *polls; /* one a lane */
	size_t nlanes;
	int64_t wall_ms;
	int64_t waited_ms; /* for the head: only while ruad did nothing else */
	bool one;          /* hand on no more than one answer */
};

struct parser *
parser_new(const char *program, const struct parser_settings *settings,
    int wall, const struct parser_handler *handler)
{
	struct parser *p = xcalloc(1, sizeof(*p));
	size_t i;

	p->handler = *handler;
	p->program = xstrdup(program);
	p->settings = *settings;
	p->wall_ms = wall * 1000;
	p->queue = xcalloc(WINDOW_INPUTS, sizeof(*p->queue));
	p->nlanes = settings->processes > 1 ? (size_t)settings->processes : 1;
	p->lanes = xcalloc(p->nlanes, sizeof(*p->lanes));
	p->polls = xcalloc(p->nlanes, sizeof(*p->polls));
	for (i = 0; i < p->nlanes; i++) {
		parser_proc_init(&p->lanes[i].proc);
		p->lanes[i].next = i;
	}
	return p;
}

static struct input *
input_at(struct parser *p, size_t i)
{
	return &p->queue[(p->head + i) % WINDOW_INPUTS];
}

/* Who reads the input at this index from head. */
static struct lane *
lane_at(struct parser *p, size_t i)
{
	return &p->lanes[(p->answered + i) % p->nlanes];
}

/* The index from head of what it is reading, or will. */
static size_t
lane_first(const struct parser *p, const struct lane *l)
{
	size_t i = (size_t)(l - p->lanes), head = p->answered % p->nlanes;

	return i >= head ? i - head : i + p->nlanes - head;
}

/* The head is answered or given up. */
static void
input_pop(struct parser *p)
{
	struct input *in = input_at(p, 0);
	size_t i;

	p->handler.done(p->handler.arg, in->key, in->data);
	free(in->name);
	p->unanswered -= in->len;
	p->head = (p->head + 1) % WINDOW_INPUTS;
	p->n--;
	/* Of the head's own lane it may be 0: then it was given up. */
	for (i = 0; i < p->nlanes; i++)
		if (p->lanes[i].next-- == 0)
			p->lanes[i].next = p->nlanes - 1;
	p->answered++;
	p->waited_ms = 0;
}

/* Make the header of the input that is sent next. */
static void
lane_head(struct lane *l, const struct input *in)
{
	char safe[256];
	int n;

	n = snprintf(l->header, sizeof(l->header), "%zu%s%s\n", in->len,
	    in->name != NULL ? " " : "",
	    in->name != NULL ? text_safe(safe, sizeof(safe), in->name) : "");
	l->header_len = (size_t)n;
}

/*
 * Send what the socket takes.  An input that was tried before goes alone, so
 * that the next death is certainly its own.
 */
static void
lane_write(struct parser *p, struct lane *l)
{
	struct iovec iov[2];
	struct msghdr msg = { .msg_iov = iov };
	size_t first = lane_first(p, l);
	struct input *in;
	ssize_t k;

	while (l->next < p->n) {
		in = input_at(p, l->next);
		if (l->next > first && input_at(p, first)->tries > 0)
			return;
		if (in->sent == 0)
			lane_head(l, in);
		if (in->sent < l->header_len) {
			iov[0].iov_base = l->header + in->sent;
			iov[0].iov_len = l->header_len - in->sent;
			iov[1].iov_base = in->data;
			iov[1].iov_len = in->len;
			msg.msg_iovlen = 2;
		} else {
			k = (ssize_t)(in->sent - l->header_len);
			iov[0].iov_base = in->data + k;
			iov[0].iov_len = in->len - (size_t)k;
			msg.msg_iovlen = 1;
		}
		k = sendmsg(l->proc.fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (k == -1 && errno == EINTR)
			continue;
		if (k == -1)
			return; /* full, or dead: reading will tell */
		in->sent += (size_t)k;
		if (in->sent == l->header_len + in->len)
			l->next += p->nlanes;
	}
}

/* Everything must be sent again, to a new process for the head. */
static void
parser_rewind(struct parser *p)
{
	struct lane *l = lane_at(p, 0);
	size_t i;

	for (i = 0; i < p->n; i += p->nlanes)
		input_at(p, i)->sent = 0;
	if (p->n > 0)
		input_at(p, 0)->slow = false;
	l->next = 0;
	l->in.len = l->used = 0;
	l->more = l->ended = false;
	p->waited_ms = 0;
}

/*
 * Two deaths blame the message, unless the machine is to blame: it lacks what
 * ruad-parse needs to start, or the memory that it may take.
 */
static int
parser_still_works(const struct parser *p, struct err *err)
{
	void *room = mmap(NULL, LIMIT_PARSE_MEMORY, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		return err_set_errno(err, ERR_AGAIN,
		    "ruad-parse died, and the machine does not have the %lu MB "
		    "of memory that it may need",
		    LIMIT_PARSE_MEMORY >> 20);
	munmap(room, LIMIT_PARSE_MEMORY);
	return parser_check(p->program, &p->settings, err);
}

/*
 * The head's ruad-parse has died: blame the head, or nobody.  unbelieved: we
 * killed it because of this.
 */
static int
parser_died(struct parser *p, const struct err *unbelieved, struct err *err)
{
	struct input *in = input_at(p, 0);
	struct lane *l = lane_at(p, 0);
	enum parser_death death;
	struct err why = ERR_INIT;

	death = parser_proc_reap(&l->proc, p->waited_ms >= p->wall_ms, &why);
	parser_rewind(p);
	if (death == PARSER_DEATH_UNUSABLE) {
		*err = why;
		return -1;
	}
	if (p->n == 0)
		return 0;
	if (unbelieved != NULL) {
		why = *unbelieved;
		death = PARSER_DEATH_INPUT;
	}
	if (death == PARSER_DEATH_OUTSIDE) {
		if (++in->killed >= KILLED_TRIES)
			return err_set(err, ERR_AGAIN,
			    "ruad-parse was killed %d times from outside; "
			    "is the machine out of memory?",
			    KILLED_TRIES);
	} else if (++in->tries >= LIMIT_PARSE_TRIES) {
		if (parser_still_works(p, err) == -1)
			return -1;
		if (p->handler.failed(p->handler.arg, in->key, &why, err) == -1)
			return -1;
		input_pop(p);
		return 0;
	}
	return p->handler.retry(p->handler.arg, in->key, err);
}

/*
 * Take what it says, unless enough waits here already: it should not
 * stand still while ruad stores.
 */
static void
lane_read(struct lane *l)
{
	ssize_t k;

	if (!parser_proc_runs(&l->proc) || l->ended ||
	    (l->more && l->in.len - l->used >= READ_AHEAD))
		return;
	if (l->used == l->in.len || l->used >= READ_AHEAD) {
		buf_consume(&l->in, l->used);
		l->used = 0;
	}
	k = read(l->proc.fd, buf_reserve(&l->in, READ_SIZE), READ_SIZE);
	if (k > 0) {
		l->in.len += (size_t)k;
		l->more = true;
	} else if (k == 0 || (errno != EINTR && errno != EAGAIN))
		l->ended = true;
}

/*
 * Hand complete lines to the handler, up to *room bytes, as long as they are
 * the head's; with one, of this head's.
 */
static int
parser_lines(struct parser *p, size_t *room, struct err *err)
{
	struct lane *l = lane_at(p, 0);
	size_t first = p->answered, len;
	struct input *in;
	struct err unbelieved;
	char *line, *end;
	bool last;
	int rc = 0;

	while (rc == 0 && p->n > 0) {
		if (*room == 0 || lane_at(p, 0) != l ||
		    (p->one && p->answered != first))
			return 0;
		line = l->in.at + l->used;
		if ((end = memchr(line, '\n', l->in.len - l->used)) == NULL) {
			l->more = false;
			break;
		}
		len = (size_t)(end - line);
		l->used += len + 1;
		*room -= len < *room ? len + 1 : *room;
		in = input_at(p, 0);
		last = false;
		rc = p->handler.line(
		    p->handler.arg, in->key, line, len, &last, err);
		if (rc == 0 && last)
			input_pop(p);
	}
	if (rc == 0 && l->in.len - l->used > LIMIT_LINE)
		rc = err_set(err, ERR_BUG, "ruad-parse sent an endless line");
	if (rc == 0 || err->class != ERR_BUG)
		return rc;
	unbelieved = *err;
	parser_proc_kill(&l->proc);
	return parser_died(p, &unbelieved, err);
}

/* How long may be waited now. */
static int64_t
parser_patience(struct parser *p)
{
	int64_t until = p->wall_ms;

	if (!input_at(p, 0)->slow)
		until /= SLOW_PART;
	return p->waited_ms < until ? until - p->waited_ms : 0;
}

static int
parser_tell_slow(struct parser *p, struct err *err)
{
	struct input *in = input_at(p, 0);

	if (in->slow || p->waited_ms < p->wall_ms / SLOW_PART)
		return 0;
	in->slow = true;
	if (p->handler.slow == NULL)
		return 0;
	return p->handler.slow(p->handler.arg, in->key, err);
}

/* Every process that has something to read runs and gets it. */
static int
parser_feed(struct parser *p, struct err *err)
{
	struct lane *l;

	for (l = p->lanes; l < p->lanes + p->nlanes; l++) {
		if (lane_first(p, l) >= p->n)
			continue;
		if (!parser_proc_runs(&l->proc) &&
		    parser_proc_start(
		        &l->proc, p->program, &p->settings, err) == -1)
			return -1;
		lane_write(p, l);
	}
	return 0;
}

/* What there is to wait for. */
static struct pollfd
lane_pollfd(struct parser *p, const struct lane *l)
{
	struct pollfd pfd = { -1, 0, 0 };
	size_t first = lane_first(p, l);

	if (!parser_proc_runs(&l->proc) || l->ended)
		return pfd;
	if (!l->more || l->in.len - l->used < READ_AHEAD)
		pfd.events |= POLLIN;
	if (l->next < p->n &&
	    (l->next == first || input_at(p, first)->tries == 0))
		pfd.events |= POLLOUT;
	if (pfd.events != 0)
		pfd.fd = l->proc.fd;
	return pfd;
}

/* Until a process can be read or written, or the head's is late. */
static int
parser_poll(struct parser *p, struct err *err)
{
	int64_t start = io_clock_ms();
	enum stopwatch_part before;
	size_t i;
	int rc;

	for (i = 0; i < p->nlanes; i++)
		p->polls[i] = lane_pollfd(p, &p->lanes[i]);
	before = stopwatch_switch(p->handler.stopwatch, STOPWATCH_WAIT);
	rc = poll(p->polls, p->nlanes, (int)parser_patience(p));
	stopwatch_switch(p->handler.stopwatch, before);
	p->waited_ms += io_clock_ms() - start;
	if (rc == -1 && errno != EINTR)
		return err_set_errno(err, ERR_AGAIN, "cannot wait");
	return 0;
}

/* What the head's process has said. */
static int
parser_listen(struct parser *p, struct err *err)
{
	enum stopwatch_part before;
	size_t i, room = STEP_SIZE;
	int rc;

	for (i = 0; i < p->nlanes; i++)
		lane_read(&p->lanes[i]);
	if (!lane_at(p, 0)->more)
		return lane_at(p, 0)->ended ? parser_died(p, NULL, err) : 0;
	before = stopwatch_switch(p->handler.stopwatch, STOPWATCH_STORE);
	/* With several processes the next answer is of another. */
	do
		rc = parser_lines(p, &room, err);
	while (
	    rc == 0 && room > 0 && !p->one && p->n > 0 && lane_at(p, 0)->more);
	stopwatch_switch(p->handler.stopwatch, before);
	return rc;
}

/*
 * Send and read what can be; if nothing can and wait is set, wait for it, or
 * for the deadline of the input being answered.
 */
static int
parser_work(struct parser *p, bool wait, struct err *err)
{
	if (p->n == 0)
		return 0;
	if (parser_feed(p, err) == -1)
		return -1;
	if (wait && !lane_at(p, 0)->more && parser_poll(p, err) == -1)
		return -1;
	if (parser_listen(p, err) == -1)
		return -1;
	if (p->n > 0 && parser_tell_slow(p, err) == -1)
		return -1;
	if (p->waited_ms >= p->wall_ms &&
	    parser_proc_runs(&lane_at(p, 0)->proc)) {
		parser_proc_kill(&lane_at(p, 0)->proc);
		return parser_died(p, NULL, err);
	}
	return 0;
}

int
parser_handle(struct parser *p, struct pollfd *next, struct err *err)
{
	struct lane *l;

	if (parser_work(p, false, err) == -1)
		return -1;
	l = lane_at(p, 0);
	*next = lane_pollfd(p, l);
	if (p->n == 0)
		next->fd = -1;
	return p->n > 0 && l->more;
}

int
parser_handle_one(struct parser *p, struct err *err)
{
	int rc;

	p->one = true;
	rc = parser_work(p, true, err);
	p->one = false;
	return rc;
}

int
parser_send(struct parser *p, void *key, const char *name, char *data,
    size_t len, int tries, struct err *err)
{
	struct input *in = input_at(p, p->n);
	struct lane *l = lane_at(p, p->n);

	memset(in, 0, sizeof(*in));
	in->key = key;
	in->data = data;
	in->len = len;
	in->name = xstrdup_null(name);
	in->tries = tries;
	p->n++;
	p->unanswered += len;
	if (parser_proc_runs(&l->proc))
		lane_write(p, l);
	while (p->n == WINDOW_INPUTS || p->unanswered > WINDOW_BYTES)
		if (parser_work(p, true, err) == -1)
			return -1;
	return 0;
}

int
parser_handle_all(struct parser *p, struct err *err)
{
	while (p->n > 0)
		if (parser_work(p, true, err) == -1)
			return -1;
	return 0;
}

void
parser_free(struct parser *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->nlanes; i++) {
		parser_proc_done(&p->lanes[i].proc);
		buf_done(&p->lanes[i].in);
	}
	while (p->n > 0)
		input_pop(p);
	free(p->lanes);
	free(p->polls);
	free(p->queue);
	free(p->program);
	free(p);
}
