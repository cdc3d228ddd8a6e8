/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/auth.h"

#include <crypt.h>
#include <fcntl.h>
#include <nettle/base64.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/sha256.h"

#define FILE_MAX (256 << 10)
#define WORD_MAX 512 /* bytes of user and password together */
#define KNOWN 16     /* words that were right and are not hashed again */
#define GUESS_MS 1000
#define SALT 32

struct user {
	char *name, *hash;
};

struct auth {
	struct array users;
	uint8_t salt[SALT];
	uint8_t known[KNOWN][SHA256_SIZE];
	int nknown, next;
	int64_t wrong_ms; /* when somebody was last wrong; 0: never */
	struct crypt_data *crypt;
};

/* --- the file ------------------------------------------------------------- */

/* Whether crypt(3) makes such hashes; where that is not known, it may. */
static bool
can_match(const char *hash)
{
#ifdef CRYPT_SALT_OK
	const int rc = crypt_checksalt(hash);

	return rc != CRYPT_SALT_INVALID && rc != CRYPT_SALT_METHOD_DISABLED;
#else
	(void)hash;
	return true;
#endif
}

static int
read_line(
    struct auth *a, const char *path, int number, char *line, struct err *err)
{
	char *colon = strchr(line, ':');
	struct user *u;

	line[strcspn(line, "\r")] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return 0;
	/* A password in clear would be a hash that nothing matches. */
	if (colon == NULL || colon == line || colon[1] != '$')
		return err_set(err, ERR_CONF,
		    "%s:%d: a line is USER:HASH, and the hash begins with a "
		    "$: mkpasswd(1) makes one",
		    path, number);
	*colon = '\0';
	if (!can_match(colon + 1))
		return err_set(err, ERR_CONF,
		    "%s:%d: the hash of %s is none of crypt(3), as is "
		    "$apr1$ of htpasswd: mkpasswd(1) makes one",
		    path, number, line);
	u = array_add(&a->users, sizeof(*u));
	u->name = xstrdup(line);
	u->hash = xstrdup(colon + 1);
	return 0;
}

static int
read_lines(struct auth *a, const char *path, char *text, struct err *err)
{
	char *line, *end;
	int number = 1;

	for (line = text; line != NULL; line = end, number++) {
		if ((end = strchr(line, '\n')) != NULL)
			*end++ = '\0';
		if (read_line(a, path, number, line, err) == -1)
			return -1;
	}
	if (a->users.n == 0)
		return err_set(err, ERR_CONF,
		    "%s names no user: a line is USER:HASH", path);
	return 0;
}

static int
read_file(const char *path, struct buf *out, struct err *err)
{
	struct stat st;
	int rc = -1, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return err_set_errno(err, ERR_CONF, "cannot open %s", path);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		err_set(err, ERR_CONF, "%s is not a file", path);
	else if (st.st_mode & (S_IRWXO | S_IWGRP))
		err_set(err, ERR_CONF,
		    "%s can be read by anybody or changed by its group: "
		    "chmod 640",
		    path);
	else
		rc = io_read_all(fd, FILE_MAX, out, err);
	close(fd);
	return rc;
}

int
auth_load(struct auth **out, const char *path, struct err *err)
{
	struct auth *a = xcalloc(1, sizeof(*a));
	struct buf text = { 0 };
	int rc;

	a->crypt = xcalloc(1, sizeof(*a->crypt));
	rc = read_file(path, &text, err);
	buf_add_char(&text, '\0');
	if (rc == 0)
		rc = read_lines(a, path, text.at, err);
	if (rc == 0 && getrandom(a->salt, sizeof(a->salt), 0) != SALT)
		rc = err_set_errno(err, ERR_BUG, "no random bytes");
	buf_wipe(&text);
	if (rc == 0)
		*out = a;
	else
		auth_free(a);
	return rc;
}

void
auth_free(struct auth *a)
{
	struct user *u;
	size_t i;

	if (a == NULL)
		return;
	u = a->users.at;
	for (i = 0; i < a->users.n; i++) {
		free(u[i].name);
		free(u[i].hash);
	}
	array_done(&a->users);
	free(a->crypt);
	free(a);
}

/* --- words ---------------------------------------------------------------- */

/* "Basic BASE64": user, colon, password.  false: it is not that. */
static bool
decode(const char *field, char out[static WORD_MAX])
{
	struct base64_decode_ctx ctx;
	size_t n, len;

	if (strncasecmp(field, "Basic ", 6) != 0)
		return false;
	field += 6;
	len = strlen(field);
	if (BASE64_DECODE_LENGTH(len) >= WORD_MAX)
		return false;
	base64_decode_init(&ctx);
	if (base64_decode_update(&ctx, &n, (uint8_t *)out, len, field) != 1 ||
	    base64_decode_final(&ctx) != 1)
		return false;
	out[n] = '\0';
	return strlen(out) == n && strchr(out, ':') != NULL;
}

/* In a time that does not tell where they differ. */
static bool
is_same(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t differ = 0;
	size_t i;

	for (i = 0; i < n; i++)
		differ |= (uint8_t)(x[i] ^ y[i]);
	return differ == 0;
}

static void
digest(const struct auth *a, const char *word, uint8_t out[static SHA256_SIZE])
{
	struct buf b = { 0 };

	buf_add(&b, a->salt, sizeof(a->salt));
	buf_add_str(&b, word);
	sha256_hash(b.at, b.len, out);
	buf_wipe(&b);
}

static bool
is_known(const struct auth *a, const uint8_t sha256[static SHA256_SIZE])
{
	bool known = false;
	int i;

	for (i = 0; i < a->nknown; i++)
		known |= is_same(a->known[i], sha256, SHA256_SIZE);
	return known;
}

static void
keep(struct auth *a, const uint8_t sha256[static SHA256_SIZE])
{
	memcpy(a->known[a->next], sha256, SHA256_SIZE);
	a->next = (a->next + 1) % KNOWN;
	if (a->nknown < KNOWN)
		a->nknown++;
}

/* Nobody learns from the time whether there is such a user. */
static bool
is_right(struct auth *a, const char *name, const char *password)
{
	const struct user *u = a->users.at, *found = NULL;
	const char *hash;
	size_t i;

	for (i = 0; i < a->users.n; i++)
		if (strcmp(u[i].name, name) == 0)
			found = &u[i];
	hash = crypt_r(
	    password, found != NULL ? found->hash : u[0].hash, a->crypt);
	return found != NULL && hash != NULL && hash[0] != '*' &&
	    strlen(hash) == strlen(found->hash) &&
	    is_same(hash, found->hash, strlen(hash));
}

static enum auth_answer
check_word(struct auth *a, char *word)
{
	char *colon = strchr(word, ':');
	uint8_t sha256[SHA256_SIZE];

	digest(a, word, sha256);
	if (is_known(a, sha256))
		return AUTH_YES;
	if (a->wrong_ms > 0 && io_clock_ms() - a->wrong_ms < GUESS_MS)
		return AUTH_LATER;
	*colon = '\0';
	if (is_right(a, word, colon + 1)) {
		keep(a, sha256);
		return AUTH_YES;
	}
	a->wrong_ms = io_clock_ms();
	return AUTH_NO;
}

enum auth_answer
auth_check(struct auth *a, const char *field)
{
	char word[WORD_MAX];
	enum auth_answer answer = AUTH_NO;

	if (field != NULL && decode(field, word))
		answer = check_word(a, word);
	explicit_bzero(word, sizeof(word));
	return answer;
}
