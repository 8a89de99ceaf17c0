/* Arguments of XCRC and the like, of RANG and of SITE RESUME. */
#include "base/sb.h"
#include "ftp/hasharg.h"
#include "ftp/name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define CHECK(what) \
	do { \
		if (!(what)) \
			abort(); \
	} while (0)

/* A copy with nothing behind it, so that the sanitizer sees the least step too far. */
static char *
copy(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	if (text == NULL)
		exit(1);
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	return text;
}

static bool
is_inside(const char *part, const char *text, size_t len)
{
	return part >= text && part <= text + len && strlen(part) <= len;
}

/* What was read, written again, reads as the same. */
static void
check_again(const struct hasharg *a)
{
	size_t cap = 2 * strlen(a->path) + 64;
	char *text = malloc(cap);
	struct hasharg again;
	struct sb sb;

	if (text == NULL)
		exit(1);
	sb_init(&sb, text, cap);
	name_put_quoted(&sb, a->path);
	if (a->kind == HASHARG_RANGE)
		sb_printf(&sb, " %llu %llu", (unsigned long long)a->start, (unsigned long long)a->end);
	CHECK(!sb.cut && hasharg_parse(text, &again) && again.kind == a->kind && strcmp(again.path, a->path) == 0);
	CHECK(a->kind == HASHARG_WHOLE || (again.start == a->start && again.end == a->end));
	free(text);
}

static void
check_path(const uint8_t *data, size_t len)
{
	char *text = copy(data, len);
	struct hasharg a;

	if (hasharg_parse(text, &a)) {
		CHECK(is_inside(a.path, text, len) && a.path[0] != '\0');
		CHECK(a.kind != HASHARG_RANGE || (a.start <= a.end && a.end <= INT64_MAX));
		if (a.kind != HASHARG_BAD)
			check_again(&a);
	}
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = copy(data, len), *sha256, *path;
	uint64_t start, end;
	bool set;

	if (hasharg_parse_rang(text, &set, &start, &end))
		CHECK(end <= INT64_MAX && (set ? start <= end : start == 1 && end == 0));
	free(text);
	text = copy(data, len);
	if (hasharg_parse_resume(text, &start, &sha256, &path)) {
		CHECK(start <= INT64_MAX && path[0] != '\0' && is_inside(path, text, len));
		CHECK(strspn(sha256, "0123456789abcdef") == HASHARG_SHA256_LEN && sha256[HASHARG_SHA256_LEN] == '\0');
	}
	free(text);
	check_path(data, len);
	return 0;
}
