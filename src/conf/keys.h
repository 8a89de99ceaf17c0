/* The keys of ferryd.conf(5): THE table. */
#ifndef FERRY_CONF_KEYS_H
#define FERRY_CONF_KEYS_H

#include "base/sb.h"
#include "conf/conf.h"

#include <stddef.h>
#include <stdint.h>

/* What a value is, and what the field for it is. */
enum kind {
	KIND_LISTEN,    /* a list, char[high][CONF_TEXT_MAX], of addresses with ports */
	KIND_HOSTS,     /* the same of names of hosts */
	KIND_CHARSETS,  /* the same of names of character sets */
	KIND_PATHS,     /* the same of absolute paths */
	KIND_NUMBER,    /* uint64_t, low..high */
	KIND_TIME,      /* uint64_t, milliseconds, low..high */
	KIND_SIZE,      /* uint64_t, bytes, low..high */
	KIND_OCTAL,     /* uint64_t, low..high */
	KIND_PORTS,     /* struct conf_range; "any" is 0-0 */
	KIND_IDS,       /* struct conf_range */
	KIND_BOOL,
	KIND_TEXT,      /* char[high] */
	KIND_PATH,      /* char[high]: an absolute path, or nothing */
	KIND_ADDRESS,   /* char[high]: an IPv4 address, or nothing */
	KIND_LOG,       /* char[high]: stderr, syslog, an absolute path */
	KIND_CHOICE     /* uint64_t: which of choices[low] */
};

struct key {
	const char *name;
	enum kind kind;
	size_t offset;
	uint64_t low, high;
	const char *preset;     /* NULL: keys_put_preset() knows */
	const char *help;
};

/* No more than so many. */
#define KEYS_MAX 128

/* All of them, in the order of the manual. */
const struct key *keys_table(size_t *count_r);

/* NULL when there is none of that name. */
const struct key *keys_find(const char *name);

/* The one whose name is most like it, or NULL when none is. */
const struct key *keys_find_similar(const char *name);

/* The words of KIND_CHOICE, behind the last of which is NULL. */
const char *const *keys_choices(const struct key *key);

/* The default, which for some depends on who runs us. */
void keys_put_preset(const struct key *key, struct sb *out);

#endif
