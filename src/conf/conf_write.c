/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"
#include "conf/conf_table.h"

static void
write_text(struct buf *out, const char *text)
{
	buf_add_char(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
	buf_add_char(out, '"');
}

/* A number with the largest unit that leaves no rest. */
static void
write_units(
    struct buf *out, uint64_t n, const char *units, const uint64_t *factors)
{
	for (; *units != '\0' && (n == 0 || n % *factors != 0); units++)
		factors++;
	if (*units != '\0')
		buf_printf(out, "\"%llu%c\"",
		    (unsigned long long)(n / *factors), *units);
	else
		buf_printf(out, "\"%llu\"", (unsigned long long)n);
}

static void
write_argv(struct buf *out, char *const *argv)
{
	buf_add_str(out, "[ ");
	for (; *argv != NULL; argv++) {
		write_text(out, *argv);
		buf_add_str(out, argv[1] != NULL ? ", " : " ]");
	}
}

static void write_group(
    struct buf *, const struct conf_key *, const void *, const char *);

static void
write_mailboxes(struct buf *out, const struct array *mailboxes)
{
	const struct conf_mailbox *m = mailboxes->at;
	size_t i;

	buf_add_str(out, "(\n");
	for (i = 0; i < mailboxes->n; i++) {
		buf_add_str(out, "  {\n");
		write_group(out, conf_mailbox_keys, &m[i], "    ");
		buf_add_str(out, i + 1 < mailboxes->n ? "  },\n" : "  }\n");
	}
	buf_add_str(out, ")");
}

static void
write_value(struct buf *out, const struct conf_key *key, const void *value)
{
	static const uint64_t times[] = { 86400, 3600, 60, 1 };
	static const uint64_t sizes[] = { 1 << 30, 1 << 20, 1 << 10 };

	switch (key->type) {
	case CONF_TEXT:
	case CONF_FILE:
		write_text(out, *(char *const *)value);
		break;
	case CONF_SECRET:
		write_text(out, "****");
		break;
	case CONF_WORD:
		write_text(out, key->words[*(const unsigned int *)value]);
		break;
	case CONF_PORT:
		buf_printf(out, "%u", *(const uint16_t *)value);
		break;
	case CONF_DURATION:
		write_units(
		    out, (uint64_t) * (const int64_t *)value, "dhms", times);
		break;
	case CONF_SIZE:
		write_units(out, *(const uint64_t *)value, "GMk", sizes);
		break;
	case CONF_COUNT:
		buf_printf(
		    out, "%llu", (unsigned long long)*(const uint64_t *)value);
		break;
	case CONF_BOOL:
		buf_add_str(out, *(const bool *)value ? "true" : "false");
		break;
	case CONF_ARGV:
	case CONF_TEXTS:
	case CONF_FILES:
		write_argv(out, *(char *const *const *)value);
		break;
	case CONF_LIMITS:
		buf_add_str(out, "{\n");
		write_group(out, conf_limits_keys, value, "  ");
		buf_add_str(out, "}");
		break;
	case CONF_LOOKUP:
		buf_add_str(out, "{\n");
		write_group(out, conf_lookup_keys, value, "  ");
		buf_add_str(out, "}");
		break;
	case CONF_OAUTH2:
		buf_add_str(out, "{\n");
		write_group(out, conf_oauth2_keys, value, "      ");
		buf_add_str(out, "    }");
		break;
	case CONF_MAILBOXES:
		write_mailboxes(out, value);
		break;
	}
}

static bool
write_is_unset(const struct conf_key *key, const void *value)
{
	switch (key->type) {
	case CONF_TEXT:
	case CONF_SECRET:
	case CONF_FILE:
	case CONF_ARGV:
	case CONF_TEXTS:
	case CONF_FILES:
		return *(void *const *)value == NULL;
	case CONF_OAUTH2:
		return !((const struct conf_oauth2 *)value)->is_set;
	case CONF_WORD:
		return key->words[*(const unsigned int *)value][0] == '\0';
	default:
		return false;
	}
}

static void
write_group(struct buf *out, const struct conf_key *keys, const void *group,
    const char *indent)
{
	const void *value;

	for (; keys->name != NULL; keys++) {
		value = (const char *)group + keys->offset;
		if (write_is_unset(keys, value))
			continue;
		buf_printf(out, "%s%s = ", indent, keys->name);
		write_value(out, keys, value);
		buf_add_str(out, ";\n");
	}
}

void
conf_write(const struct conf *conf, struct buf *out)
{
	/* What the files in include_dir contain is already in here. */
	struct conf flat = *conf;
	char none[] = "", name[512];

	flat.include_dir = none;
	buf_printf(out, "# %s and its include_dir, as ruad understands them\n",
	    text_safe(name, sizeof(name), conf->path));
	write_group(out, conf_root_keys, &flat, "");
}
