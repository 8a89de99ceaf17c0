#include "server/process/charsets.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool
charsets_open(struct charsets *all, const struct conf *c, char *error_r, size_t error_len)
{
	const char *why;

	memset(all, 0, sizeof(*all));
	memcpy(all->names, c->client_charsets, sizeof(all->names));
	for (size_t i = 0; i < CONF_CHARSETS_MAX && all->names[i][0] != '\0'; i++) {
		all->sets[i] = charset_open(all->names[i], &why);
		if (all->sets[i] == NULL) {
			snprintf(
			    error_r, error_len, "client-charsets: \"%s\": %s", all->names[i], why);
			charsets_close(all);
			return false;
		}
	}
	return true;
}

void
charsets_close(struct charsets *all)
{
	for (size_t i = 0; i < CONF_CHARSETS_MAX; i++)
		charset_close(&all->sets[i]);
}

const struct charset *
charsets_find(const struct charsets *all, const char *name)
{
	for (size_t i = 0; i < CONF_CHARSETS_MAX && all->names[i][0] != '\0'; i++)
		if (strcasecmp(all->names[i], name) == 0)
			return all->sets[i];
	return NULL;
}
