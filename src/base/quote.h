/* A stranger's text in a line of the log. */
#ifndef FERRY_BASE_QUOTE_H
#define FERRY_BASE_QUOTE_H

#define QUOTE_MAX 256

struct quote {
	char text[QUOTE_MAX];
};

/* The text between double quotes, in q, which it returns the text of.  Quotes and backslashes have
 * a backslash before them; controls and what is no UTF-8 are \xHH.  So is '=': whoever looks for
 * name=value in a line finds none that a stranger has written.  What does not fit is left out,
 * whole characters, with "..." behind the quotes. */
const char *quote(struct quote *q, const char *text);

#endif
