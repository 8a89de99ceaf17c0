#include "ftp/xferlog.h"

static void
put_word(struct sb *out, const char *word)
{
	for (; *word != '\0'; word++) {
		unsigned char c = (unsigned char)*word;

		sb_putc(out, c <= ' ' || c == 0x7f ? '_' : *word);
	}
}

void
xferlog_put(struct sb *out, const struct xferlog_entry *e)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
		"Oct", "Nov", "Dec" };

	sb_printf(out, "%s %s %2d %02d:%02d:%02d %d %llu ", days[e->when.tm_wday], months[e->when.tm_mon],
	    e->when.tm_mday, e->when.tm_hour, e->when.tm_min, e->when.tm_sec, e->when.tm_year + 1900,
	    (unsigned long long)(e->seconds == 0 ? 1 : e->seconds));
	put_word(out, e->host);
	sb_printf(out, " %llu ", (unsigned long long)e->bytes);
	put_word(out, e->path);
	sb_printf(out, " %c _ %c %c ", e->ascii ? 'a' : 'b', e->direction, e->guest ? 'g' : 'a');
	put_word(out, e->user);
	sb_printf(out, " ftp 0 * %c\n", e->complete ? 'c' : 'i');
}
