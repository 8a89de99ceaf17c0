#include "ftp/mlst.h"

#include "base/num.h"
#include "ftp/time.h"

#include <string.h>
#include <strings.h>

bool
mlst_name_is_plain(const char *name)
{
	return name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0;
}

/* A copy of value[len], or "" when it does not fit. */
static void
take_text(char *out, size_t cap, const char *value, size_t len)
{
	if (len >= cap)
		len = 0;
	memcpy(out, value, len);
	out[len] = '\0';
}

static bool
is_word(const char *word, const char *text, size_t len)
{
	return strlen(word) == len && strncasecmp(word, text, len) == 0;
}

static enum mlst_kind
kind_of(const char *value, size_t len)
{
	static const struct {
		const char *word;
		enum mlst_kind kind;
	} kinds[] = {
		{ "file", MLST_FILE },
		{ "dir", MLST_DIR },
		{ "cdir", MLST_CDIR },
		{ "pdir", MLST_PDIR },
		{ "OS.unix=symlink", MLST_LINK },
	};
	static const char slink[] = "OS.unix=slink";

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (is_word(kinds[i].word, value, len))
			return kinds[i].kind;
	/* "OS.unix=slink:/target" */
	return len >= strlen(slink) && strncasecmp(value, slink, strlen(slink)) == 0 ? MLST_LINK
										     : MLST_OTHER;
}

static void
take_mode(struct mlst *m, const char *value, size_t len)
{
	char octal[8];
	uint64_t mode;

	take_text(octal, sizeof(octal), value, len);
	/* Some give the file's type bits as well. */
	if (num_parse_octal(octal, 0177777, &mode)) {
		m->mode = (unsigned)mode & 07777U;
		m->has_mode = true;
	}
}

static bool
is_one_of(const char *const words[2], const char *text, size_t len)
{
	return is_word(words[0], text, len) || is_word(words[1], text, len);
}

/* A name is better than a number, whichever comes first. */
static void
take_owner(struct mlst *m, const char *fact, size_t len, const char *value, size_t value_len)
{
	static const char *const owner_ids[2] = { "UNIX.owner", "UNIX.uid" };
	static const char *const group_ids[2] = { "UNIX.group", "UNIX.gid" };

	if (is_word("UNIX.ownername", fact, len) ||
	    (m->owner[0] == '\0' && is_one_of(owner_ids, fact, len)))
		take_text(m->owner, sizeof(m->owner), value, value_len);
	else if (is_word("UNIX.groupname", fact, len) ||
	    (m->group[0] == '\0' && is_one_of(group_ids, fact, len)))
		take_text(m->group, sizeof(m->group), value, value_len);
}

static void
take_fact(struct mlst *m, const char *fact, size_t len)
{
	const char *value = memchr(fact, '=', len);
	size_t name_len, value_len;

	if (value == NULL)
		return;
	name_len = (size_t)(value - fact);
	value++;
	value_len = len - name_len - 1;
	if (is_word("type", fact, name_len))
		m->kind = kind_of(value, value_len);
	else if (is_word("size", fact, name_len))
		m->has_size = num_parse_len(value, value_len, INT64_MAX, &m->size);
	else if (is_word("modify", fact, name_len))
		m->has_mtime = time_parse_val(value, value_len, &m->mtime);
	else if (is_word("UNIX.mode", fact, name_len))
		take_mode(m, value, value_len);
	else
		take_owner(m, fact, name_len, value, value_len);
}

bool
mlst_parse(const char *line, struct mlst *m)
{
	/* The first blank ends the facts, for values hold none; not every server writes the ';' in
	 * front of it. */
	const char *blank = strchr(line, ' ');

	memset(m, 0, sizeof(*m));
	if (blank == NULL || blank[1] == '\0')
		return false;
	m->name = blank + 1;
	while (line < blank) {
		size_t len = strcspn(line, "; ");

		take_fact(m, line, len);
		line += len + 1;
	}
	return true;
}
