#include "ftp/xferlog.h"

#include "base/utf8.h"

/* Readers split at blanks.  Names need not be UTF-8, but what a terminal acts on is left out of
 * them too. */
static void
put_word(struct sb *out, const char *word)
{
	while (*word != '\0') {
		size_t len = utf8_length(word);
		bool byte = len == 0 && (unsigned char)*word >= 0xA0;

		if (*word == ' ' || (utf8_is_unsafe(word, len) && !byte))
			sb_putc(out, '_');
		else
			sb_put(out, word, len == 0 ? 1 : len);
		word += len == 0 ? 1 : len;
	}
}

void
xferlog_put(struct sb *out, const struct xferlog_entry *e)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };

	sb_printf(out, "%s %s %2d %02d:%02d:%02d %d %llu ", days[e->when.tm_wday],
	    months[e->when.tm_mon], e->when.tm_mday, e->when.tm_hour, e->when.tm_min,
	    e->when.tm_sec, e->when.tm_year + 1900,
	    (unsigned long long)(e->seconds == 0 ? 1 : e->seconds));
	put_word(out, e->host);
	sb_printf(out, " %llu ", (unsigned long long)e->bytes);
	put_word(out, e->path);
	sb_printf(out, " %c %c %c %c ", e->ascii ? 'a' : 'b', e->compressed ? 'C' : '_',
	    e->direction, e->guest ? 'g' : 'a');
	put_word(out, e->user);
	sb_printf(out, " ftp 0 * %c\n", e->complete ? 'c' : 'i');
}
