#include "client/face/show.h"

#include <stdbool.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* One character of text, or one byte that is none. */
struct glyph {
	size_t bytes, columns;
	bool escaped;
};

/* Marks that are no control characters but reorder what is written (Unicode TR 36 section 2.5), and
 * the C1 controls, which some terminals obey. */
static bool
misleads(wchar_t wc)
{
	return (wc >= 0x80 && wc < 0xa0) || wc == 0x061c || wc == 0x200e || wc == 0x200f ||
	    (wc >= 0x2028 && wc <= 0x202e) || (wc >= 0x2066 && wc <= 0x2069) || wc == 0xfeff;
}

static struct glyph
next_glyph(const char *text)
{
	struct glyph g = { .bytes = 1, .columns = 4, .escaped = true };
	mbstate_t state;
	wchar_t wc;
	size_t n;
	int width;

	memset(&state, 0, sizeof(state));
	n = mbrtowc(&wc, text, strlen(text), &state);
	if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
		return g;
	width = wcwidth(wc);
	if (width < 0 || misleads(wc) || !iswprint((wint_t)wc)) {
		g.bytes = n;
		g.columns = 4 * n;
		return g;
	}
	g.bytes = n;
	g.columns = (size_t)width;
	g.escaped = false;
	return g;
}

static void
put_glyph(struct sb *out, const char *text, const struct glyph *g)
{
	if (!g->escaped) {
		sb_put(out, text, g->bytes);
		return;
	}
	for (size_t i = 0; i < g->bytes; i++)
		sb_printf(out, "\\x%02X", (unsigned char)text[i]);
}

size_t
show_columns(const char *text)
{
	size_t columns = 0;

	while (*text != '\0') {
		struct glyph g = next_glyph(text);

		columns += g.columns;
		text += g.bytes;
	}
	return columns;
}

/* As much as fits into columns. */
static size_t
put_columns(struct sb *out, const char *text, size_t columns)
{
	size_t used = 0;

	while (*text != '\0') {
		struct glyph g = next_glyph(text);

		if (used + g.columns > columns)
			break;
		put_glyph(out, text, &g);
		used += g.columns;
		text += g.bytes;
	}
	return used;
}

size_t
show_text(struct sb *out, const char *text)
{
	return put_columns(out, text, SIZE_MAX);
}

size_t
show_cut(struct sb *out, const char *text, size_t columns)
{
	size_t used;

	if (show_columns(text) <= columns)
		return put_columns(out, text, columns);
	if (columns < 2)
		return 0;
	used = put_columns(out, text, columns - 2);
	sb_puts(out, "..");
	return used + 2;
}

void
show_print(FILE *out, const char *text)
{
	while (*text != '\0') {
		char shown[64];
		struct glyph g = next_glyph(text);
		struct sb piece;

		sb_init(&piece, shown, sizeof(shown));
		put_glyph(&piece, text, &g);
		fputs(shown, out);
		text += g.bytes;
	}
}

void
show_duration(struct sb *out, uint64_t seconds)
{
	if (seconds >= 360000)
		sb_puts(out, "long");
	else if (seconds >= 3600)
		sb_printf(out, "%u:%02u:%02u", (unsigned)(seconds / 3600),
		    (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
	else
		sb_printf(out, "%u:%02u", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
}
