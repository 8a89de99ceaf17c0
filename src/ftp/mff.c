#include "ftp/mff.h"

#include "base/num.h"
#include "ftp/time.h"

#include <string.h>
#include <strings.h>

/* The set-id and sticky bits are not a client's to set. */
#define MODE_MAX 0777

static bool
parse_mode(const char *text, size_t len, unsigned *mode_r)
{
	char digits[8];
	uint64_t mode;

	if (len >= sizeof(digits))
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (!num_parse_octal(digits, MODE_MAX, &mode))
		return false;
	*mode_r = (unsigned)mode;
	return true;
}

static bool
is_named(const struct mff *m, const char *name)
{
	return (size_t)m->fact_len == strlen(name) &&
	    strncasecmp(m->fact, name, (size_t)m->fact_len) == 0;
}

static enum mff_status
take_fact(struct mff *m, const char *value, size_t len)
{
	bool *has, good;

	if (is_named(m, "modify")) {
		has = &m->has_modify;
		good = time_parse_val(value, len, &m->modify);
	} else if (is_named(m, "UNIX.mode")) {
		has = &m->has_mode;
		good = parse_mode(value, len, &m->mode);
	} else {
		return MFF_UNKNOWN;
	}
	if (*has)
		return MFF_SYNTAX;
	*has = true;
	return good ? MFF_OK : MFF_VALUE;
}

enum mff_status
mff_parse(const char *text, struct mff *m)
{
	enum mff_status status = MFF_OK;

	*m = (struct mff){ .has_modify = false };
	while (status == MFF_OK && *text != ' ' && *text != '\0') {
		size_t name_len = strcspn(text, "=; "), len;

		if (name_len == 0 || text[name_len] != '=')
			return MFF_SYNTAX;
		m->fact = text;
		m->fact_len = (int)name_len;
		text += name_len + 1;
		len = strcspn(text, "; ");
		status = take_fact(m, text, len);
		text += len;
		text += *text == ';';
	}
	if (status != MFF_OK)
		return status;
	m->path = text + 1;
	return m->fact != NULL && text[0] == ' ' && text[1] != '\0' ? MFF_OK : MFF_SYNTAX;
}
