/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/status_code.h"

#include <string.h>

#include "report/status_code_table.h"

static const char *const classes[STATUS_CLASSES] = {
	[STATUS_OTHER] = "other",
	[STATUS_AUTHENTICATION] = "authentication",
	[STATUS_REQUIREMENTS] = "requirements",
	[STATUS_SPF] = "spf",
	[STATUS_DKIM] = "dkim",
	[STATUS_DMARC] = "dmarc",
	[STATUS_ALIGNMENT] = "alignment",
	[STATUS_NO_RECORD] = "no_record",
	[STATUS_REPUTATION] = "reputation",
	[STATUS_CONTENT] = "content",
	[STATUS_HEADER] = "header",
	[STATUS_RATE] = "rate",
	[STATUS_REVERSE_DNS] = "reverse_dns",
	[STATUS_TLS] = "tls",
	[STATUS_NO_USER] = "no_user",
	[STATUS_MAILBOX] = "mailbox",
	[STATUS_SIZE] = "size",
	[STATUS_LOOP] = "loop",
	[STATUS_RELAY] = "relay",
	[STATUS_BLOCKED] = "blocked",
	[STATUS_DNS] = "dns",
	[STATUS_NETWORK] = "network",
	[STATUS_SYSTEM] = "system",
};

const char *status_class_word(enum status_class class)
{
	return classes[class];
}

/* --- the tables as one ---------------------------------------------------- */

struct part {
	const struct status_row *rows;
	const size_t *size;
};

static const struct part parts[] = {
	{ status_google, &status_google_size },
	{ status_microsoft, &status_microsoft_size },
	{ status_others, &status_others_size },
	{ status_programs, &status_programs_size },
	{ status_registered, &status_registered_size },
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

size_t
status_row_count(void)
{
	size_t i, n = 0;

	for (i = 0; i < PARTS; i++)
		n += *parts[i].size;
	return n;
}

const struct status_row *
status_row_at(size_t number)
{
	size_t i;

	for (i = 0; i < PARTS - 1 && number >= *parts[i].size; i++)
		number -= *parts[i].size;
	return &parts[i].rows[number];
}

/* --- which row fits best -------------------------------------------------- */

/*
 * How well a row fits: a lower ground first, then an enhanced code before one
 * of SMTP, then more in its words.
 */
struct fit {
	const struct status_row *row;
	enum status_ground ground;
	bool is_enhanced;
	size_t words;
	size_t len;
};

static enum status_ground
ground_of(const struct status_row *row)
{
	const char *code = row->code != NULL ? row->code : "";
	const bool has_code = code[0] != '\0';

	if (row->receiver != STATUS_ANY && row->words != NULL)
		return has_code ? STATUS_BY_RECEIVER_CODE_WORDS
		                : STATUS_BY_RECEIVER_WORDS;
	if (row->receiver != STATUS_ANY)
		return STATUS_BY_RECEIVER_CODE;
	if (row->words != NULL)
		return has_code ? STATUS_BY_CODE_WORDS : STATUS_BY_WORDS;
	if (strchr(code, '*') != NULL)
		return STATUS_BY_SUBJECT;
	return strchr(code, '.') != NULL ? STATUS_BY_CODE : STATUS_BY_REPLY;
}

static size_t
count_words(const char *words)
{
	size_t n = words != NULL;

	for (; words != NULL && *words != '\0'; words++)
		n += *words == '|';
	return n;
}

static bool
is_better(const struct fit *a, const struct fit *b)
{
	if (b->row == NULL || a->ground != b->ground)
		return b->row == NULL || a->ground < b->ground;
	if (a->is_enhanced != b->is_enhanced)
		return a->is_enhanced;
	if (a->words != b->words)
		return a->words > b->words;
	return a->len > b->len;
}

static struct fit
find_best(enum status_receiver receiver, const struct status_number *number,
    int64_t code, const struct status_text *text)
{
	size_t i, n = status_row_count();
	struct fit best = { NULL, STATUS_BY_NOTHING, false, 0, 0 }, fit;
	const struct status_row *row;

	for (i = 0; i < n; i++) {
		row = status_row_at(i);
		if (row->receiver != STATUS_ANY && row->receiver != receiver)
			continue;
		fit.row = row;
		fit.ground = ground_of(row);
		fit.is_enhanced = row->code != NULL && row->code[1] == '.';
		fit.words = count_words(row->words);
		fit.len = row->words != NULL ? strlen(row->words) : 0;
		if (is_better(&fit, &best) &&
		    (row->code == NULL ||
		        status_number_fits(row->code, number, code)) &&
		    (row->words == NULL || status_text_has(text, row->words)))
			best = fit;
	}
	return best;
}

/* --- the answer ----------------------------------------------------------- */

static bool
is_code(int64_t code)
{
	return code >= 200 && code <= 599;
}

/*
 * Whether it answers a step before the message: x.1.z is about an address, as
 * the answers to MAIL and RCPT are, and what has no enhanced code may be.
 */
static bool
is_step(const struct status_number *number, const struct status_text *text)
{
	static const char *const words[] = { "sender ok", "recipient ok",
		"pipelining", "8bitmime", "smtputf8" };
	static const char *const whole[] = { " ", " ok", " okay", " accepted" };
	size_t i;

	if (number->class != 0)
		return number->subject == 1;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (status_text_has(text, words[i]))
			return true;
	for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (strcmp(text->plain, whole[i]) == 0)
			return true;
	return false;
}

/*
 * Whether the message was: only the answer to the end of its data says that,
 * 250.  A greeting (220), a farewell (221) or a login (235) is not about it.
 */
static bool
is_taken(const struct status_question *q, int class,
    const struct status_number *number, const struct status_text *text)
{
	return class == 2 &&
	    (q->fate == 2 ||
	        ((!is_code(q->code) || q->code == 250) &&
	            !is_step(number, text)));
}

/* What is said without any row. */
static const char *
say_nothing(const struct status_question *q, const struct status_meaning *m,
    bool is_answered)
{
	if (!is_answered && !m->is_taken && q->fate != 0)
		return q->text != NULL ? "ruad does not know these words."
		                       : "The log does not say why.";
	if (m->is_permanent)
		return "The server refused the message; its answer does not "
		       "say why.";
	if (m->is_temporary)
		return "The server put the message off; its answer does not "
		       "say why.";
	if (m->is_taken)
		return "What then became of the message only that server can "
		       "tell: it may be in a folder for spam or in quarantine.";
	if (m->is_step)
		return "The server has nothing against the sender or recipient "
		       "so far; whether it took the message only its answer to "
		       "the end of the data says, which is not here.";
	return "The answer does not say what became of the message.";
}

/* The enhanced code of an answer; all zero: none. */
static void
find_number(const struct status_question *q, struct status_number *number)
{
	memset(number, 0, sizeof(*number));
	if (!status_number_read(q->enhanced, number) &&
	    !status_number_find(q->text, number))
		status_number_read(q->status, number);
}

bool
status_is_expired(const struct status_question *q)
{
	static const char *const codes[] = { "5.4.7", "5.4.300" };
	static const char *const words[] = {
		"retry timeout exceeded",           /* Exim */
		"failing for a long time",          /* Exim */
		"long failure period",              /* Exim */
		"in the queue too long",            /* qmail, Postfix */
		"message expired",                  /* Exchange */
		"could not be delivered for",       /* Sendmail */
		"delivery time expired",            /* Sun, PowerMTA */
		"message delivery timeout exceed*", /* Haraka */
	};
	struct status_number number;
	struct status_text text;
	size_t i;

	find_number(q, &number);
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (status_number_fits(codes[i], &number, q->code))
			return true;
	status_text_read(&text, q->text);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (status_text_has(&text, words[i]))
			return true;
	return false;
}

void
status_code_find(const struct status_question *q, struct status_meaning *m)
{
	const struct status_row *row;
	struct status_number number;
	struct status_text text;
	struct fit best;
	int said, class;

	find_number(q, &number);
	status_text_read(&text, q->text);
	said = is_code(q->code) ? (int)(q->code / 100) : number.class;
	class = said != 0 ? said : q->fate;
	*m = (struct status_meaning) { 0 };
	m->receiver = status_receiver_find(q);
	m->is_permanent = class == 5;
	m->is_temporary = class == 4;
	m->is_taken = is_taken(q, class, &number, &text);
	m->is_step = class == 2 && q->code == 250 && !m->is_taken;
	best = find_best(m->receiver, &number, q->code, &text);
	/* Words of what was not refused explain no refusal. */
	if (class == 2)
		best = (struct fit) { .ground = STATUS_BY_NOTHING };
	m->ground = best.ground;
	row = best.row;
	m->class = row != NULL ? row->class : STATUS_OTHER;
	m->meaning = row != NULL ? row->meaning : say_nothing(q, m, said != 0);
	m->change = row != NULL ? row->change
	    : m->is_taken
	    ? "Ask the receiver's administrator to look it up, by the time and "
	      "the id in the answer."
	    : NULL;
	m->source = row != NULL ? row->source : NULL;
	m->year = row != NULL ? row->year : 0;
	m->is_verified = row != NULL && row->is_verified;
}
