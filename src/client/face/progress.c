#include "client/face/progress.h"

#include "base/amount.h"
#include "base/clock.h"
#include "client/face/show.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_BYTES   4096
#define NAME_MIN     8
#define BAR_MIN      10         /* a narrower one tells nothing */
#define BAR_MAX      40
#define STALLED_MS   3000
#define SAMPLE_MS    500

void
progress_begin(struct progress *p, int fd, bool bar, const char *name)
{
	memset(p, 0, sizeof(*p));
	p->fd = fd;
	p->bar = bar;
	p->name = name;
	p->started = p->last_move = p->sample_time = clock_ms();
}

/* Where a terminal does not tell its width, 80 is what it always was. */
static size_t
terminal_columns(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* A line that cannot be written is no reason to end a transfer. */
static void
write_line(const struct progress *p, const struct sb *line)
{
	if (write(p->fd, line->buf, line->len) == -1)
		return;
}

static void
draw(struct progress *p, int64_t now)
{
	char text[LINE_BYTES];
	size_t columns = terminal_columns(p->fd), used;
	struct sb line;

	sb_init(&line, text, sizeof(text));
	sb_putc(&line, '\r');
	/* The last column stays free: writing it makes some terminals begin a new line. */
	used = progress_line(p, &line, columns > 1 ? columns - 1 : 1, now);
	for (size_t i = used; i < p->drawn && i + 1 < columns; i++)
		sb_putc(&line, ' ');
	p->drawn = used;
	write_line(p, &line);
}

static void
measure(struct progress *p, int64_t now)
{
	int64_t span = now - p->sample_time;
	double recent;

	if (span < SAMPLE_MS)
		return;
	recent = (double)(p->seen.moved - p->sample_moved) * 1000.0 / (double)span;
	/* Half the past, half the present: steady enough to read, quick enough to be true. */
	p->rate = p->sample_moved == 0 ? recent : (p->rate + recent) / 2;
	p->sample_time = now;
	p->sample_moved = p->seen.moved;
}

void
progress_update(void *arg, const struct transfer_progress *now)
{
	struct progress *p = arg;
	int64_t time = clock_ms();

	if (now->moved != p->seen.moved)
		p->last_move = time;
	if (now->moved < p->seen.moved) {
		/* It was begun anew. */
		p->sample_moved = 0;
		p->rate = 0;
	}
	p->seen = *now;
	measure(p, time);
	if (p->bar)
		draw(p, time);
}

void
progress_leave(struct progress *p)
{
	if (p->drawn > 0 && write(p->fd, "\n", 1) == -1)
		return;
	p->drawn = 0;
}

static double
average(const struct progress *p, int64_t now)
{
	int64_t span = now - p->started;

	return (double)p->seen.moved * 1000.0 / (double)(span > 0 ? span : 1);
}

static void
put_rate(struct sb *out, double rate)
{
	amount_put(out, rate < 0 ? 0 : rate > 1e18 ? (uint64_t)1e18 : (uint64_t)rate);
	sb_puts(out, "/s");
}

struct column {
	char text[32];
	struct sb sb;
	size_t width;           /* it always takes this much, or the line would dance */
};

static void
column(struct column *c, size_t width)
{
	sb_init(&c->sb, c->text, sizeof(c->text));
	c->width = width;
}

static void
put_column(struct sb *out, const struct column *c)
{
	sb_printf(out, "  %*s", (int)c->width, c->text);
}

static unsigned
percent(const struct transfer_progress *seen)
{
	uint64_t at = seen->offset + seen->moved;

	if (seen->total == 0)
		return seen->over ? 100 : 0;
	/* 100 only when it is so, and no overflow for anything that fits a disk. */
	return at >= seen->total ? 100 : (unsigned)((double)at / (double)seen->total * 100.0);
}

static void
fill_columns(const struct progress *p, int64_t now, struct column *share, struct column *bytes,
    struct column *rate, struct column *left)
{
	const struct transfer_progress *seen = &p->seen;
	uint64_t at = seen->offset + seen->moved;
	double speed = p->rate > 0 && !seen->over ? p->rate : average(p, now);

	column(share, 4);
	if (seen->total_known)
		sb_printf(&share->sb, "%u%%", percent(seen));
	column(bytes, 10);
	amount_put(&bytes->sb, at);
	column(rate, 12);
	if (!seen->over && now - p->last_move >= STALLED_MS)
		sb_puts(&rate->sb, "stalled");
	else
		put_rate(&rate->sb, speed);
	column(left, 8);
	if (seen->over || !seen->total_known)
		show_duration(&left->sb, (uint64_t)(now - p->started) / 1000);
	else if (speed >= 1 && now - p->last_move < STALLED_MS && seen->total >= at)
		show_duration(&left->sb, (uint64_t)((double)(seen->total - at) / speed + 0.5));
	else
		sb_puts(&left->sb, "-:--");
}

static void
put_bar(struct sb *out, const struct transfer_progress *seen, size_t width)
{
	size_t inner = width - 2, done = inner * percent(seen) / 100;

	sb_puts(out, "  [");
	for (size_t i = 0; i < inner; i++)
		sb_puts(out, i < done ? "=" : i == done ? ">" : " ");
	sb_putc(out, ']');
}

size_t
progress_line(const struct progress *p, struct sb *out, size_t columns, int64_t now)
{
	struct column share, bytes, rate, left;
	/* In the order of what people look for first. */
	const struct column *wanted[] = { &share, &rate, &bytes, &left };
	bool taken[4] = { false };
	size_t room, used = 0, name, bar = 0;

	fill_columns(p, now, &share, &bytes, &rate, &left);
	if (columns < NAME_MIN + share.width + 2)
		return show_cut(out, p->seen.total_known ? share.text : bytes.text, columns);
	room = columns - NAME_MIN;
	for (size_t i = 0; i < 4; i++) {
		if (wanted[i]->width + 2 > room || wanted[i]->sb.len == 0)
			continue;
		taken[i] = true;
		room -= wanted[i]->width + 2;
		used += wanted[i]->width + 2;
	}
	name = columns - used;
	if (p->seen.total_known && room >= BAR_MIN + 2) {
		/* The name takes what it needs, up to a third of the line and more where the bar is
		 * as long as it gets. */
		size_t wish = show_columns(p->name), most = columns / 3;

		wish = wish < NAME_MIN ? NAME_MIN : wish > most && most > NAME_MIN ? most : wish;
		if (wish > name - BAR_MIN - 2)
			wish = name - BAR_MIN - 2;
		bar = name - wish - 2;
		if (bar > BAR_MAX)
			bar = BAR_MAX;
		name -= bar + 2;
	}
	for (size_t at = show_cut(out, p->name, name); at < name; at++)
		sb_putc(out, ' ');
	if (taken[0])
		put_column(out, &share);
	if (bar > 0) {
		put_bar(out, &p->seen, bar);
		used += bar + 2;
	}
	if (taken[2])
		put_column(out, &bytes);
	if (taken[1])
		put_column(out, &rate);
	if (taken[3])
		put_column(out, &left);
	return used + name;
}

void
progress_summary(const struct progress *p, struct sb *out, int64_t now)
{
	int64_t span = now - p->started;

	show_text(out, p->name);
	sb_printf(out, ": %" PRIu64 " %s in %.1f s, ", p->seen.moved, amount_word(p->seen.moved),
	    (double)span / 1000.0);
	put_rate(out, average(p, now));
}
