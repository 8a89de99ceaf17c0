/* What comes on the data connection in every TYPE, STRU and MODE, in pieces: the first two bytes say which and
 * how large.  What is taken as a whole file goes out again and comes back the same. */
#include "ftp/wire.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MAX (1024 * 1024)

struct bytes {
	char *data;
	size_t len;
};

static bool
take(void *ctx, const char *bytes, size_t n)
{
	struct bytes *b = ctx;

	if (n > MAX - b->len)
		return false;
	memcpy(b->data + b->len, bytes, n);
	b->len += n;
	return true;
}

static bool
take_marker(void *ctx, const char *marker, bool cr)
{
	uint64_t offset;

	(void)ctx;
	(void)cr;
	return marker[0] != '\0' && (wire_parse_marker(marker, &offset, &cr) || true);
}

static enum wire_status
receive(const struct wire_form *form, const char *in, size_t n, size_t piece, struct bytes *out)
{
	const struct wire_start start = { 0 };
	const struct wire_target target = { take, take_marker, out };
	struct wire_receiver *w = wire_receiver_new(form, &start, &target);
	enum wire_status status = WIRE_MORE;

	if (w == NULL)
		abort();
	for (size_t at = 0; at < n && status == WIRE_MORE; at += piece)
		status = wire_receive(w, in + at, n - at < piece ? n - at : piece);
	if (status == WIRE_MORE)
		status = wire_receive_end(w);
	if (status == WIRE_BAD && wire_problem(w) == NULL)
		abort();
	wire_receiver_free(w);
	return status;
}

/* Of TYPE A only what has no CR, and no end of line that STRU R would add, is the same again. */
static bool
comes_back(const struct wire_form *form, const struct bytes *file)
{
	return form->type != WIRE_ASCII || form->records || memchr(file->data, '\r', file->len) == NULL;
}

static void
send_again(const struct wire_form *form, const struct bytes *file, struct bytes *wire, struct bytes *again)
{
	const struct wire_start start = { 0 };
	struct wire_sender *w = wire_sender_new(form, &start, take, wire);

	if (w == NULL)
		abort();
	if (wire_send(w, file->data, file->len, true) &&
	    (receive(form, wire->data, wire->len, MAX, again) != WIRE_END || again->len != file->len ||
	        memcmp(again->data, file->data, file->len) != 0))
		abort();
	wire_sender_free(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char a[MAX], b[MAX], c[MAX];
	struct bytes file = { a, 0 }, wire = { b, 0 }, again = { c, 0 };
	struct wire_form form;

	if (len < 2)
		return 0;
	form = (struct wire_form){ .type = (enum wire_type)(data[0] % 3),
		.records = data[0] / 3 % 2 == 1,
		.mode = (enum wire_mode)(data[0] / 6 % 4),
		.level = 1 };
	if (receive(&form, (const char *)data + 2, len - 2, (size_t)data[1] + 1, &file) == WIRE_END &&
	    comes_back(&form, &file))
		send_again(&form, &file, &wire, &again);
	return 0;
}
