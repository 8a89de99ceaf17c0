/* Arguments of commands: several names, the text of a link, facts to set, hosts, times with zones: text up to the
 * first LF, then another. */
#include "ftp/host.h"
#include "ftp/lsopt.h"
#include "ftp/mff.h"
#include "ftp/name.h"
#include "ftp/time.h"
#include "ftp/words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Every word lies in the text, in order, and none is empty. */
/* What no line can hold, there and back; and any form that is read is the one that is written. */
static void
check_listed(const char *text)
{
	char listed[512], name[512];
	struct sb sb;

	sb_init(&sb, listed, sizeof(listed));
	name_put_listed(&sb, text);
	if (!name_is_listable(listed))
		abort();
	if (!name_is_listable(text) && strchr(text, '/') == NULL && !sb.cut &&
	    (!name_from_listed(listed, sb.len, name, sizeof(name)) || strcmp(name, text) != 0))
		abort();
	if (name_from_listed(text, strlen(text), name, sizeof(name))) {
		sb_reset(&sb);
		name_put_listed(&sb, name);
		if (strchr(name, '/') == NULL && !sb.cut && strcmp(listed, text) != 0)
			abort();
	}
}

static void
check_words(char *text)
{
	char *words[8], *at = text, *end = text + strlen(text);
	size_t count = words_split(text, words, 8);

	for (size_t i = 0; i < count && i < 8; i++) {
		if (words[i] < at || *words[i] == '\0')
			abort();
		at = words[i] + strlen(words[i]);
		if (at > end)
			abort();
	}
}

/* No link's text climbs or starts at the root. */
static void
check_link(const char *target, const char *dir)
{
	char text[256];

	if (!name_link_text(target, dir, text, sizeof(text)))
		return;
	if (text[0] == '\0' || text[0] == '/')
		abort();
	for (const char *p = text; p != NULL; p = strchr(p, '/')) {
		p += *p == '/';
		if (strcspn(p, "/") == 2 && strncmp(p, "..", 2) == 0)
			abort();
	}
}

static void
check_facts(const char *text)
{
	struct mff m;

	switch (mff_parse(text, &m)) {
	case MFF_OK:
		if (m.mode > 0777 || *m.path == '\0' || (!m.has_mode && !m.has_modify))
			abort();
		break;
	case MFF_UNKNOWN:
	case MFF_VALUE:
		if (m.fact < text || m.fact_len <= 0 || m.fact + m.fact_len > text + strlen(text))
			abort();
		break;
	case MFF_SYNTAX:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), *other;
	union sock_addr address;
	struct lsopt options = { .all = false };
	time_t t;

	if (text == NULL)
		return 0;
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	other = text + strcspn(text, "\n");
	if (*other != '\0')
		*other++ = '\0';
	check_link(text, other);
	check_facts(text);
	lsopt_take(&options, text, strlen(text));
	(void)lsopt_is_all(text);
	(void)host_parse(text, &address);
	(void)time_parse_zoned(text, strlen(text), &t);
	check_words(text);
	check_listed(text);
	check_listed(other);
	free(text);
	return 0;
}
