/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"

#undef err_set
#undef err_set_errno
#undef err_prepend
#undef err_quote

static void __attribute__((format(printf, 3, 0)))
err_vset(struct err *err, enum err_class class, const char *fmt, va_list ap)
{
	char text[sizeof(err->text)];

	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	err->class = class;
	err->words = 0;
	err->code[0] = '\0';
	text_safe(err->text, sizeof(err->text), text);
}

int
err_set(struct err *err, enum err_class class, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(err, class, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_set_errno(struct err *err, enum err_class class, const char *fmt, ...)
{
	int saved = errno;
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	err_vset(err, err_is_passing(saved) ? ERR_AGAIN : class, fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(
	    err->text + len, sizeof(err->text) - len, ": %s", strerror(saved));
	return -1;
}

int
err_quote(struct err *err, const char *code, const char *words)
{
	size_t len = strlen(err->text);
	char text[sizeof(err->text)];

	err->words = len;
	snprintf(err->code, sizeof(err->code), "%s", code);
	text_safe(text, sizeof(text), words);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", text);
	return -1;
}

const char *
err_key(const struct err *err, char out[static ERR_KEY])
{
	snprintf(out, ERR_KEY, "%d %.*s%s%s", (int)err->class,
	    err->words > 0 ? (int)err->words : (int)strlen(err->text),
	    err->text, err->words > 0 ? " " : "", err->code);
	return out;
}

const char *err_class_word(enum err_class class)
{
	switch (class) {
	case ERR_AGAIN:
		return "passing";
	case ERR_NET:
		return "network";
	case ERR_AUTH:
	case ERR_EXPIRED:
		return "permission";
	case ERR_CONF:
		return "configuration";
	case ERR_BUG:
		return "bug";
	default:
		return "other";
	}
}

int
err_prepend(struct err *err, const char *fmt, ...)
{
	char head[sizeof(err->text)], text[2 * sizeof(err->text) + 4];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(head, sizeof(head), fmt, ap) < 0)
		head[0] = '\0';
	va_end(ap);
	snprintf(text, sizeof(text), "%s: %s", head, err->text);
	if (err->words > 0) {
		err->words += strlen(head) + 2;
		if (err->words >= sizeof(err->text))
			err->words = sizeof(err->text) - 1;
	}
	text_safe(err->text, sizeof(err->text), text);
	return -1;
}

bool
err_is_passing(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == EIO;
}

int err_exit_status(enum err_class class)
{
	switch (class) {
	case ERR_NONE:
		return EX_OK;
	case ERR_AGAIN:
		return EX_TEMPFAIL;
	case ERR_NET:
		return EX_UNAVAILABLE;
	case ERR_AUTH:
	case ERR_EXPIRED:
		return EX_NOPERM;
	case ERR_CONF:
		return EX_CONFIG;
	case ERR_USAGE:
		return EX_USAGE;
	case ERR_INPUT:
		return EX_NOINPUT;
	case ERR_CREATE:
		return EX_CANTCREAT;
	case ERR_DATA:
	case ERR_LIMIT:
		return EX_DATAERR;
	case ERR_BUG:
		break;
	}
	return EX_SOFTWARE;
}
