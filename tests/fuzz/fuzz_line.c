/* Command lines and Telnet, in packets of any size: the first byte says how large. */
#include "ftp/line.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
take_lines(struct line_queue *q)
{
	char line[LINE_MAX_LEN], *arg;
	enum line_status status;

	if (line_take_first(q, "NOOP") || line_take(q, "ABOR"))
		q->nanswers = 0;
	while ((status = line_next(q, line)) != LINE_NONE) {
		if (status != LINE_OK)
			continue;
		if (memchr(line, '\0', sizeof(line)) == NULL)
			abort();
		/* An LF is part of a line only where CR NUL stood before it. */
		for (const char *lf = line; (lf = strchr(lf, '\n')) != NULL; lf++)
			if (lf == line || lf[-1] != '\r')
				abort();
		if (line_split(line, &arg) != NULL && strlen(line) > 16)
			abort();
	}
	if (line_ready(q))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct line_queue q = { 0 };
	size_t packet = len == 0 ? 1 : (size_t)data[0] + 1;

	for (size_t at = 1; at < len;) {
		size_t n = len - at < packet ? len - at : packet;

		if (n > line_room(&q))
			n = line_room(&q);
		if (n == 0 || !line_feed(&q, data + at, n))
			break;
		at += n;
		q.nanswers = 0;
		take_lines(&q);
	}
	line_clear(&q);
	return 0;
}
