#include "base/amount.h"

void
amount_put(struct sb *out, uint64_t bytes)
{
	static const char units[][4] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t tenths;
	size_t unit = 0;

	if (bytes < 1024) {
		sb_printf(out, "%u B", (unsigned)bytes);
		return;
	}
	/* Down to a value below 1024 with one more binary step left for the tenths. */
	while (bytes >= 1024UL * 1024) {
		bytes /= 1024;
		unit++;
	}
	tenths = bytes * 10 / 1024;
	unit++;
	if (tenths < 1000)
		sb_printf(
		    out, "%u.%u %s", (unsigned)(tenths / 10), (unsigned)(tenths % 10), units[unit]);
	else
		sb_printf(out, "%u %s", (unsigned)(tenths / 10), units[unit]);
}

const char *
amount_text(int64_t bytes, char text_r[AMOUNT_LEN])
{
	struct sb sb;

	sb_init(&sb, text_r, AMOUNT_LEN);
	amount_put(&sb, bytes < 0 ? 0 : (uint64_t)bytes);
	return text_r;
}

const char *
amount_word(uint64_t bytes)
{
	return bytes == 1 ? "byte" : "bytes";
}
