#include "ftp/reply.h"

#include <string.h>

enum {
	IAC = 255,
	WILL = 251,
	SB = 250,
	SE = 240
};

void
reply_start(struct reply *r)
{
	r->code = 0;
	r->text[0] = r->line[0] = '\0';
	r->text_len = r->line_len = r->total = 0;
	r->many = false;
	r->telnet = REPLY_DATA;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The code a line begins with, when what follows it is nothing, a blank or (with dash) a '-'. */
static int
line_code(const char *line, bool dash)
{
	/* RFC 959 has 1 to 5 in front and 0 to 5 behind; RFC 2228 adds 6 in front. */
	if (line[0] < '1' || line[0] > '6' || !is_digit(line[1]) || !is_digit(line[2]))
		return 0;
	if (line[3] != '\0' && line[3] != ' ' && !(dash && line[3] == '-'))
		return 0;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static void
keep_line(struct reply *r)
{
	if (r->line_len + 2 > sizeof(r->text) - r->text_len)
		return;
	memcpy(r->text + r->text_len, r->line, r->line_len);
	r->text_len += r->line_len;
	r->text[r->text_len++] = '\n';
	r->text[r->text_len] = '\0';
}

static enum reply_status
end_line(struct reply *r)
{
	int code;

	/* CR CR LF is seen in the wild. */
	while (r->line_len > 0 && r->line[r->line_len - 1] == '\r')
		r->line_len--;
	r->line[r->line_len] = '\0';
	if (r->code == 0) {
		if (r->line_len == 0)
			return REPLY_MORE;
		code = line_code(r->line, true);
		if (code == 0)
			return REPLY_BAD;
		r->code = code;
		r->many = r->line[3] == '-';
		keep_line(r);
		return r->many ? REPLY_MORE : REPLY_WHOLE;
	}
	keep_line(r);
	return line_code(r->line, false) == r->code ? REPLY_WHOLE : REPLY_MORE;
}

static void
put(struct reply *r, unsigned char c)
{
	/* A NUL stands after a CR that belongs to a name (RFC 2640 section 3.1), or has no business
	 * here. */
	if (c != '\0' && r->line_len + 1 < sizeof(r->line))
		r->line[r->line_len++] = (char)c;
}

/* Takes Telnet out.  True when c is to be read as text. */
static bool
is_text(struct reply *r, unsigned char c)
{
	switch (r->telnet) {
	case REPLY_DATA:
		if (c != IAC)
			return true;
		r->telnet = REPLY_IAC;
		return false;
	case REPLY_IAC:
		r->telnet = REPLY_DATA;
		if (c == IAC)
			return true;
		if (c >= WILL)
			/* WILL, WONT, DO, DONT: a client negotiates nothing */
			r->telnet = REPLY_OPTION;
		else if (c == SB)
			r->telnet = REPLY_SB;
		else if (c < SE) {
			put(r, IAC);    /* no Telnet: a server that does not double the byte 255 */
			return true;
		}
		return false;
	case REPLY_OPTION:
		r->telnet = REPLY_DATA;
		return false;
	case REPLY_SB:
		if (c == IAC)
			r->telnet = REPLY_SB_IAC;
		else if (c == '\n')
			r->telnet = REPLY_DATA;         /* never ended: a line is the bound */
		return false;
	case REPLY_SB_IAC:
		r->telnet = c == SE ? REPLY_DATA : REPLY_SB;
		return false;
	}
	return true;
}

enum reply_status
reply_feed(struct reply *r, const unsigned char *bytes, size_t n, size_t *used_r)
{
	enum reply_status status = REPLY_MORE;
	size_t at = 0;

	while (at < n && status == REPLY_MORE) {
		unsigned char c = bytes[at++];

		if (++r->total > REPLY_TOTAL_MAX)
			status = REPLY_TOO_LONG;
		else if (!is_text(r, c))
			continue;
		else if (c != '\n')
			put(r, c);
		else if ((status = end_line(r)) == REPLY_MORE)
			r->line_len = 0;
	}
	*used_r = at;
	return status;
}

const char *
reply_text(const struct reply *r)
{
	return r->line_len > 4 ? r->line + 4 : "";
}

bool
reply_next_line(const struct reply *r, size_t *at, char *line_r, size_t cap)
{
	const char *line = r->text + *at, *end;
	size_t len;

	if (*at >= r->text_len || (end = memchr(line, '\n', r->text_len - *at)) == NULL)
		return false;
	*at += (size_t)(end - line) + 1;
	len = (size_t)(end - line);
	if (len >= cap)
		len = cap - 1;
	memcpy(line_r, line, len);
	line_r[len] = '\0';
	return true;
}
