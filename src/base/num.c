#include "base/num.h"

#include <string.h>

static bool
parse_base(const char *text, size_t len, unsigned base, uint64_t max, uint64_t *value_r)
{
	uint64_t value = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)((unsigned char)text[i] - '0');

		if (digit >= base || value > (max - digit) / base || digit > max)
			return false;
		value = value * base + digit;
	}
	*value_r = value;
	return true;
}

bool
num_parse_len(const char *text, size_t len, uint64_t max, uint64_t *value_r)
{
	return parse_base(text, len, 10, max, value_r);
}

bool
num_parse(const char *text, uint64_t max, uint64_t *value_r)
{
	return parse_base(text, strlen(text), 10, max, value_r);
}

bool
num_parse_octal(const char *text, uint64_t max, uint64_t *value_r)
{
	return parse_base(text, strlen(text), 8, max, value_r);
}

/* A number and at most one letter of units; the letter's place is its factor's. */
static bool
parse_unit(const char *text, const char *units, const uint64_t *factors, uint64_t plain,
    uint64_t max, uint64_t *value_r)
{
	size_t len = strlen(text);
	uint64_t factor = plain, value;
	const char *unit;

	if (len > 0 && (unit = strchr(units, text[len - 1])) != NULL) {
		factor = factors[unit - units];
		len--;
	}
	if (!parse_base(text, len, 10, max / factor, &value))
		return false;
	*value_r = value * factor;
	return true;
}

bool
num_parse_duration(const char *text, uint64_t max_ms, uint64_t *ms_r)
{
	static const uint64_t factors[] = { 1000, 60 * 1000, 3600 * 1000, 86400 * 1000 };

	return parse_unit(text, "smhd", factors, 1000, max_ms, ms_r);
}

bool
num_parse_size(const char *text, uint64_t max, uint64_t *bytes_r)
{
	static const uint64_t factors[] = { 1ULL << 10, 1ULL << 20, 1ULL << 30, 1ULL << 40 };

	return parse_unit(text, "KMGT", factors, 1, max, bytes_r);
}
