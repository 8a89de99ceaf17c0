#include "server/transfer/part.h"

#include "server/session/reply.h"

/* RANG counts bytes of the file, so the wire must have the same (draft-bryan-ftp-range section 3).
 * False after the reply. */
static bool
find_range(struct session *s, uint64_t size, bool sending, struct part *part_r)
{
	const struct session_range *range = &s->params.range;
	const struct wire_form *form = &s->params.form;
	uint64_t end = range->end + 1;

	if (form->type != WIRE_IMAGE || form->records ||
	    (form->mode != WIRE_STREAM && form->mode != WIRE_DEFLATE)) {
		reply(s, 554, "RANG needs TYPE I, STRU F, and MODE S or Z.");
		return false;
	}
	if (!sending && range->start > size) {
		reply(s, 554, "RANG starts at %llu, beyond the file's end, which is at %llu.",
		    (unsigned long long)range->start, (unsigned long long)size);
		return false;
	}
	/* What is to be sent ends with the file; what is received may make it longer. */
	*part_r = (struct part){ .start = { .offset = range->start }, .end = end };
	if (sending && end > size)
		part_r->end = size;
	if (part_r->start.offset > part_r->end)
		part_r->start.offset = part_r->end;
	return true;
}

/* Where REST points to, for a file of that size.  False after the reply. */
static bool
find_start(struct session *s, uint64_t size, bool sending, struct wire_start *start_r)
{
	const struct session_params *p = &s->params;
	bool marked = p->form.mode == WIRE_BLOCK || p->form.mode == WIRE_COMPRESSED;
	unsigned long long offset = p->rest;

	*start_r = (struct wire_start){ .offset = p->rest, .cr = p->rest_cr };
	if (p->rest_foreign || (p->rest_cr && !marked)) {
		reply(s, 554, "REST gave no marker that this server made.");
		return false;
	}
	if (offset != 0 && !marked && p->form.records) {
		reply(s, 554, "With STRU R a file is gone on with in MODE B or C only.");
		return false;
	}
	if (offset != 0 && !marked && p->form.type == WIRE_ASCII) {
		/* The offset counts bytes of the wire, and the file may be longer there. */
		*start_r = (struct wire_start){ .skip = p->rest };
		if (!sending)
			reply(s, 554,
			    "In TYPE A an upload is gone on with in MODE B or C only; or use TYPE I.");
		return sending;
	}
	if (offset > size) {
		reply(s, 554, "REST %llu is beyond the file's end, which is at %llu.", offset,
		    (unsigned long long)size);
		return false;
	}
	return true;
}

bool
part_find(struct session *s, uint64_t size, bool sending, struct part *part_r)
{
	if (s->params.range.set)
		return find_range(s, size, sending, part_r);
	part_r->end = sending ? size : UINT64_MAX;
	return find_start(s, size, sending, &part_r->start);
}
