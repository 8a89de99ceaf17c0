#include "conf/value.h"

#include "base/num.h"
#include "base/sock.h"
#include "ftp/host.h"
#include "ftp/name.h"

#include <string.h>
#include <strings.h>

#define SECOND 1000U
#define HOUR   (3600U * SECOND)
#define DAY    (24U * HOUR)

static void *
field(struct conf *c, const struct key *key)
{
	return (char *)c + key->offset;
}

static void
set_number(struct conf *c, const struct key *key, uint64_t value)
{
	*(uint64_t *)field(c, key) = value;
}

/* Text that fits its field. */
static bool
set_text(struct conf *c, const struct key *key, const char *text)
{
	size_t len = strlen(text);

	if (len >= key->high)
		return false;
	memcpy(field(c, key), text, len + 1);
	return true;
}

static bool
set_range(struct conf *c, const struct key *key, const char *text)
{
	struct conf_range *range = field(c, key);
	const char *dash = strchr(text, '-');
	uint64_t low, high;

	if (key->kind == KIND_PORTS && strcmp(text, "any") == 0) {
		*range = (struct conf_range){ 0, 0 };
		return true;
	}
	if (dash == NULL || !num_parse_len(text, (size_t)(dash - text), key->high, &low) ||
	    !num_parse(dash + 1, key->high, &high) || low < key->low || low > high)
		return false;
	*range = (struct conf_range){ (uint32_t)low, (uint32_t)high };
	return true;
}

static bool
set_bool(struct conf *c, const struct key *key, const char *text)
{
	static const char *const words[] = { "no", "false", "off", "yes", "true", "on" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*(bool *)field(c, key) = i >= 3;
			return true;
		}
	}
	return false;
}

static bool
set_choice(struct conf *c, const struct key *key, const char *text)
{
	const char *const *words = keys_choices(key);

	for (uint64_t i = 0; words[i] != NULL; i++) {
		if (strcmp(text, words[i]) == 0) {
			set_number(c, key, i);
			return true;
		}
	}
	return false;
}

bool
value_is_list(enum kind kind)
{
	return kind == KIND_LISTEN || kind == KIND_HOSTS || kind == KIND_CHARSETS ||
	    kind == KIND_PATHS;
}

void
value_clear(struct conf *c, const struct key *key)
{
	memset(field(c, key), 0, key->high * CONF_TEXT_MAX);
}

static bool
is_item(enum kind kind, const char *text)
{
	char address[CONF_TEXT_MAX];
	union sock_addr a;
	uint16_t port;

	if (strlen(text) >= CONF_TEXT_MAX)
		return false;
	return kind == KIND_LISTEN ? conf_parse_listen(text, address, &port) :
	    kind == KIND_HOSTS     ? host_parse(text, &a) == HOST_NAME :
	    kind == KIND_PATHS     ? text[0] == '/' && name_is_creatable(text) :
	                             name_is_charset(text);
}

/* One more of a list, in the first free place. */
static bool
add_item(struct conf *c, const struct key *key, const char *text)
{
	char(*list)[CONF_TEXT_MAX] = field(c, key);
	size_t n = 0;

	while (n < key->high && list[n][0] != '\0')
		n++;
	if (n == key->high || !is_item(key->kind, text))
		return false;
	memcpy(list[n], text, strlen(text) + 1);
	return true;
}

/* Items between commas, after those that are there. */
static bool
add_items(struct conf *c, const struct key *key, const char *text)
{
	char one[CONF_TEXT_MAX];

	if (*text == '\0')
		return true;
	for (;;) {
		size_t len = strcspn(text, ",");

		if (len >= sizeof(one))
			return false;
		memcpy(one, text, len);
		one[len] = '\0';
		if (!add_item(c, key, one))
			return false;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

bool
value_set(struct conf *c, const struct key *key, const char *text)
{
	union sock_addr a;
	uint64_t value;

	switch (key->kind) {
	case KIND_LISTEN:
	case KIND_HOSTS:
	case KIND_CHARSETS:
	case KIND_PATHS:
		return add_items(c, key, text);
	case KIND_NUMBER:
	case KIND_TIME:
	case KIND_SIZE:
	case KIND_OCTAL:
		if (!(key->kind == KIND_NUMBER ? num_parse(text, key->high, &value) :
		        key->kind == KIND_TIME ? num_parse_duration(text, key->high, &value) :
		        key->kind == KIND_SIZE ? num_parse_size(text, key->high, &value) :
		                                 num_parse_octal(text, key->high, &value)) ||
		    value < key->low)
			return false;
		set_number(c, key, value);
		return true;
	case KIND_PORTS:
	case KIND_IDS:
		return set_range(c, key, text);
	case KIND_BOOL:
		return set_bool(c, key, text);
	case KIND_TEXT:
		return name_is_creatable(text) && set_text(c, key, text);
	case KIND_PATH:
		return (text[0] == '/' || text[0] == '\0') && name_is_creatable(text) &&
		    set_text(c, key, text);
	case KIND_ADDRESS:
		return (text[0] == '\0' ||
			   (sock_addr_parse(text, &a) && a.sa.sa_family == AF_INET)) &&
		    set_text(c, key, text);
	case KIND_LOG:
		return (text[0] == '/' || strcmp(text, "stderr") == 0 ||
			   strcmp(text, "syslog") == 0) &&
		    name_is_creatable(text) && set_text(c, key, text);
	case KIND_CHOICE:
		return set_choice(c, key, text);
	}
	return false;
}

/* A time as people write it. */
static void
put_time(struct sb *out, uint64_t ms)
{
	static const struct {
		uint64_t ms;
		char letter;
	} units[] = { { DAY, 'd' }, { HOUR, 'h' }, { 60 * SECOND, 'm' } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ms >= units[i].ms && ms % units[i].ms == 0) {
			sb_printf(
			    out, "%llu%c", (unsigned long long)(ms / units[i].ms), units[i].letter);
			return;
		}
	}
	sb_printf(out, "%llus", (unsigned long long)(ms / SECOND));
}

void
value_put_expected(struct sb *out, const struct key *key)
{
	switch (key->kind) {
	case KIND_LISTEN:
		sb_printf(out, "up to %d of ADDRESS:PORT, [IPV6 ADDRESS]:PORT or *:PORT",
		    CONF_LISTEN_MAX);
		break;
	case KIND_HOSTS:
		sb_printf(out, "up to %d names of hosts", CONF_HOSTS_MAX);
		break;
	case KIND_CHARSETS:
		sb_printf(out, "up to %d names of character sets", CONF_CHARSETS_MAX);
		break;
	case KIND_PATHS:
		sb_printf(out, "up to %d paths that start with / and have at most %d bytes",
		    CONF_CERTIFICATES_MAX, CONF_TEXT_MAX - 1);
		break;
	case KIND_NUMBER:
		sb_printf(out, "a number from %llu to %llu", (unsigned long long)key->low,
		    (unsigned long long)key->high);
		break;
	case KIND_TIME:
		sb_puts(out, "a number of seconds, or a number with s, m, h or d, from ");
		put_time(out, key->low);
		sb_puts(out, " to ");
		put_time(out, key->high);
		break;
	case KIND_SIZE:
		sb_puts(out, "a number of bytes, or a number with K, M, G or T");
		break;
	case KIND_OCTAL:
		sb_printf(out, "an octal number from %llo to %llo", (unsigned long long)key->low,
		    (unsigned long long)key->high);
		break;
	case KIND_PORTS:
	case KIND_IDS:
		sb_printf(out, "%sLOW-HIGH, from %llu to %llu",
		    key->kind == KIND_PORTS ? "any, or " : "", (unsigned long long)key->low,
		    (unsigned long long)key->high);
		break;
	case KIND_BOOL:
		sb_puts(out, "yes or no");
		break;
	case KIND_TEXT:
		sb_printf(
		    out, "a line of text of at most %llu bytes", (unsigned long long)key->high - 1);
		break;
	case KIND_PATH:
		sb_puts(out, "a path that starts with /");
		break;
	case KIND_ADDRESS:
		sb_puts(out, "an IPv4 address");
		break;
	case KIND_LOG:
		sb_puts(out, "stderr, syslog or a path that starts with /");
		break;
	case KIND_CHOICE:
		for (const char *const *word = keys_choices(key); *word != NULL; word++)
			sb_printf(out, "%s%s",
			    word == keys_choices(key) ? ""
				: word[1] == NULL     ? " or "
						      : ", ",
			    *word);
		break;
	}
}
