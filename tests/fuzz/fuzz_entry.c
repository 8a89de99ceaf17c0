/* Dates, OPTS MLST, patterns, and lines of listings: text up to the first LF, then a name. */
#include "ftp/entry.h"
#include "ftp/glob.h"
#include "ftp/time.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_time(const char *text)
{
	char again[32];
	struct sb sb;
	time_t t;

	if (!time_parse_val(text, strlen(text), &t))
		return;
	sb_init(&sb, again, sizeof(again));
	time_put_val(&sb, t);
	/* Second 60 is the next minute's first; every other one is itself. */
	if (memcmp(text + 12, "60", 2) != 0 && memcmp(again, text, 14) != 0)
		abort();
}

static void
check_lines(const char *name, const uint8_t *data, size_t len, unsigned facts)
{
	const struct entry_viewer viewer = { .uid = 1, .gid = 1, .name = "alice", .may_write = true };
	struct stat st = { 0 };
	struct entry e = { .name = name, .st = &st, .target = name, .dir_writable = true };
	char out[256];
	struct sb sb;

	memcpy(&st, data, len < sizeof(st) ? len : sizeof(st));
	sb_init(&sb, out, sizeof(out));
	entry_put_list(&sb, &e, &viewer, 0);
	if (sb.len > 0 && (sb.cut || memcmp(out + sb.len - 2, "\r\n", 2) != 0))
		abort();
	sb_reset(&sb);
	entry_put_facts(&sb, &e, &viewer, facts);
	if (sb.cut && sb.len > 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), *name;
	unsigned facts = FACT_ALL;

	if (text == NULL)
		return 0;
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	name = text + strcspn(text, "\n");
	if (*name != '\0')
		*name++ = '\0';
	check_time(text);
	(void)entry_parse_facts(text, &facts);
	if ((facts & ~(unsigned)FACT_ALL) != 0)
		abort();
	(void)glob_match(text, name);
	check_lines(name, data, len, facts);
	free(text);
	return 0;
}
