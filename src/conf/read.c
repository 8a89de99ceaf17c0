#include "conf/read.h"

#include "base/file.h"
#include "base/sb.h"
#include "conf/value.h"
#include "ftp/name.h"

#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (256U * 1024)   /* of the configuration */

/* What was written, on one line: a fault is one line of a log too. */
static void
put_shown(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\x%02X", c);
		else
			putc(c, out);
	}
}

void
read_fault(struct read_context *x, const char *where, const struct key *key, const char *text)
{
	char expected[256];
	struct sb sb;

	sb_init(&sb, expected, sizeof(expected));
	value_put_expected(&sb, key);
	fprintf(x->errors, "%s: %s: \"", where, key->name);
	put_shown(x->errors, text);
	fprintf(x->errors, "\" is not right; expected %s\n", expected);
	x->failed = true;
}

static void
fault_key(struct read_context *x, const char *where, const char *name)
{
	const struct key *near = keys_find_similar(name);

	fprintf(x->errors, "%s: there is no key \"", where);
	put_shown(x->errors, name);
	fprintf(x->errors, "\"; %s%s%s\n",
	    near == NULL ? "ferryd.conf(5) lists them" : "did you mean ",
	    near == NULL ? "" : near->name, near == NULL ? "" : "?");
	x->failed = true;
}

/* ---- the file ---- */

/* Only sections have a title for libconfuse to set; in the whole it is ours to carry the context to
 * the callbacks. */
static struct read_context *
context_of(cfg_t *cfg)
{
	return (struct read_context *)(void *)cfg->title;
}

static void
put_where(cfg_t *cfg, char *where, size_t cap)
{
	struct sb sb;

	sb_init(&sb, where, cap);
	sb_printf(&sb, "%s:%d", context_of(cfg)->path, cfg->line);
}

/* What libconfuse itself finds wrong. */
static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct read_context *x = context_of(cfg);
	char where[PATH_MAX + 16], text[512];

	put_where(cfg, where, sizeof(where));
	if (strncmp(fmt, "no such option", strlen("no such option")) == 0) {
		fault_key(x, where, va_arg(ap, const char *));
		return;
	}
	vsnprintf(text, sizeof(text), fmt, ap);
	fprintf(x->errors, "%s: %s\n", where, text);
	x->failed = true;
}

/* Called for each value, while its line is still known. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *value_r)
{
	struct read_context *x = context_of(cfg);
	const struct key *key = keys_find(opt->name);
	char where[PATH_MAX + 16];

	*(const char **)value_r = value;
	if (key == NULL)
		return 0;
	put_where(cfg, where, sizeof(where));
	/* The first of a list takes the place of the default. */
	if (value_is_list(key->kind) && cfg_opt_size(opt) == 1)
		value_clear(x->c, key);
	if (!value_set(x->c, key, value))
		read_fault(x, where, key, value);
	return 0;       /* to find all faults, not the first */
}

static void
parse_text(struct read_context *x, const char *text)
{
	size_t count;
	const struct key *keys = keys_table(&count);
	cfg_opt_t opts[KEYS_MAX + 1];
	cfg_opt_t end = CFG_END();
	cfg_t *cfg;
	size_t n = 0;

	for (; n < count; n++) {
		cfg_opt_t one = CFG_STR(keys[n].name, NULL, CFGF_NODEFAULT);
		cfg_opt_t list = CFG_STR_LIST(keys[n].name, NULL, CFGF_NODEFAULT);

		opts[n] = value_is_list(keys[n].kind) ? list : one;
		opts[n].parsecb = on_value;
	}
	opts[n] = end;
	cfg = cfg_init(opts, CFGF_NONE);
	if (cfg == NULL) {
		fprintf(x->errors, "%s: %s\n", x->path, strerror(errno));
		x->failed = true;
		return;
	}
	cfg->title = (char *)x;
	cfg_set_error_function(cfg, on_error);
	(void)cfg_parse_buf(cfg, text);         /* on_error() has said what was wrong */
	/* No value came after the last '=': an empty list, for which on_value() was not called. */
	for (n = 0; n < count; n++)
		if (value_is_list(keys[n].kind) &&
		    (cfg_getopt(cfg, keys[n].name)->flags & CFGF_RESET) != 0)
			value_clear(x->c, &keys[n]);
	cfg->title = NULL;      /* not libconfuse's to free */
	cfg_free(cfg);
}

/* The place of at in text, and what is wrong there. */
static bool
fault_text(struct read_context *x, const char *text, const char *at, const char *what)
{
	unsigned line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	fprintf(x->errors, "%s:%u: %s\n", x->path, line, what);
	x->failed = true;
	return false;
}

/* The quote that closes the one at p; NULL when there is none. */
static char *
quote_end(char *p)
{
	for (char *q = p + 1; *q != '\0'; q++) {
		if (*q == *p)
			return q;
		if (*q == '\\' && q[1] != '\0')
			q++;
	}
	return NULL;
}

static bool
is_comment(const char *p)
{
	return p[0] == '#' || (p[0] == '/' && (p[1] == '/' || p[1] == '*'));
}

/* What follows the comment at p; NULL when nothing closes it. */
static char *
comment_end(char *p)
{
	char *end;

	if (p[0] == '#' || p[1] == '/')
		return p + strcspn(p, "\n");
	end = strstr(p + 2, "*/");
	return end == NULL ? NULL : end + 2;
}

/* Comments become blanks: libconfuse 3.3 counts the line that a comment ends twice, and every fault
 * after it would be told with a wrong line.  What it would pass over in silence, so that a key gets
 * another value than the one written, is a fault: the signs that it drops outside quotes, a comment
 * in the midst of a word, a comment without an end. */
static bool
prepare_text(struct read_context *x, char *text)
{
	static const char mark[] = "\xEF\xBB\xBF";  /* what some editors put before UTF-8 */
	char *p = text, *end;

	if (strncmp(text, mark, strlen(mark)) == 0)
		memset(text, ' ', strlen(mark));
	while (*p != '\0') {
		if (*p == '"' || *p == '\'') {
			end = quote_end(p);
			if (end == NULL)
				return fault_text(
				    x, text, p, "nothing closes the quote that opens here");
			p = end + 1;
		} else if (is_comment(p)) {
			if (p > text && strchr(" \t\r\n=,{}\"'", p[-1]) == NULL)
				return fault_text(x, text, p,
				    "a comment inside a word; put the value between "
				    "quotes, or a blank before the comment");
			end = comment_end(p);
			if (end == NULL)
				return fault_text(
				    x, text, p, "nothing closes the comment that opens here");
			for (; p < end; p++)
				*p = *p == '\n' ? '\n' : ' ';
		} else if (*p == '*' || *p == '(' || *p == ')') {
			return fault_text(x, text, p, "* ( and ) stand only between quotes");
		} else if (!name_is_creatable((char[]){ *p, '\0' }) &&
		    strchr("\t\r\n", *p) == NULL) {
			return fault_text(x, text, p, "a control character outside quotes");
		} else {
			p++;
		}
	}
	return true;
}

/* The file's text, the caller's to free.  NULL with errno, and *why_r in words. */
static char *
load_text(const char *path, size_t *len_r, const char **why_r)
{
	int fd = file_open(path, O_RDONLY, 0, why_r);
	FILE *file = fd == -1 ? NULL : fdopen(fd, "r");
	char *text;

	if (fd == -1)
		return NULL;
	*why_r = strerror(ENOMEM);
	if (file == NULL) {
		close(fd);
		return NULL;
	}
	text = calloc(1, FILE_MAX + 2);
	if (text != NULL) {
		*len_r = fread(text, 1, FILE_MAX + 1, file);
		if (*len_r > FILE_MAX)
			errno = EFBIG;
		if (*len_r > FILE_MAX || ferror(file)) {
			*why_r = strerror(errno);
			free(text);
			text = NULL;
		}
	}
	(void)fclose(file);
	return text;
}

void
read_file(struct read_context *x, bool must_exist)
{
	const char *why;
	size_t len;
	char *text = load_text(x->path, &len, &why);

	if (text == NULL) {
		if (errno == ENOENT && !must_exist)
			return;
		fprintf(x->errors, "%s: cannot be read: %s\n", x->path, why);
		x->failed = true;
		return;
	}
	if (strlen(text) != len)
		(void)fault_text(x, text, text + strlen(text), "a NUL byte; it is no text");
	else if (prepare_text(x, text))
		parse_text(x, text);
	free(text);
}

/* ---- options ---- */

void
read_options(struct read_context *x, const struct conf_options *options)
{
	bool cleared[KEYS_MAX] = { false };
	size_t count;
	const struct key *keys = keys_table(&count);

	for (size_t i = 0; i < options->count; i++) {
		const char *item = options->items[i], *equals = strchr(item, '=');
		char where[512], name[64];
		const struct key *key;
		struct sb sb;

		sb_init(&sb, where, sizeof(where));
		sb_printf(&sb, "-o %.400s", item);
		sb_init(&sb, name, sizeof(name));
		sb_put(&sb, item, equals == NULL ? strlen(item) : (size_t)(equals - item));
		key = keys_find(name);
		if (key == NULL) {
			fault_key(x, where, name);
		} else if (equals == NULL) {
			fprintf(x->errors, "%s: expected %s=VALUE\n", where, name);
			x->failed = true;
		} else {
			/* The first replaces what the file says, the next ones add to it. */
			if (value_is_list(key->kind) && !cleared[key - keys])
				value_clear(x->c, key);
			cleared[key - keys] = true;
			if (!value_set(x->c, key, equals + 1))
				read_fault(x, where, key, equals + 1);
		}
	}
}
