/* Replies, in packets of any size: the first byte says how large. */
#include "ftp/reply.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
look_at(const struct reply *r)
{
	char line[64];
	size_t at = 0;

	if (r->code < 100 || r->code > 699 || strlen(r->text) != r->text_len || strlen(r->line) != r->line_len)
		abort();
	if (strlen(reply_text(r)) >= sizeof(r->line))
		abort();
	while (reply_next_line(r, &at, line, sizeof(line)))
		if (memchr(line, '\0', sizeof(line)) == NULL || strchr(line, '\n') != NULL)
			abort();
	if (at != r->text_len)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t packet = len == 0 ? 1 : (size_t)data[0] + 1;
	struct reply *r = malloc(sizeof(*r));

	if (r == NULL)
		abort();
	reply_start(r);
	for (size_t at = 1, used; at < len; at += used) {
		size_t n = len - at < packet ? len - at : packet;
		enum reply_status status = reply_feed(r, data + at, n, &used);

		if (used > n || (status == REPLY_MORE && used != n))
			abort();
		if (status == REPLY_WHOLE)
			look_at(r);
		if (status != REPLY_MORE)
			reply_start(r);
	}
	free(r);
	return 0;
}
