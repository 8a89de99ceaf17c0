/* ftp:// addresses: what is shown of one can be read again, and means the same. */
#include "ftp/url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), shown[4 * URL_PATH_MAX];
	struct url first, second;
	struct sb out;

	if (text == NULL)
		abort();
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	if (url_parse(text, &first) == URL_OK) {
		if (first.port == 0 || first.host[0] == '\0' || strpbrk(first.path, "\r\n") != NULL ||
		    strpbrk(first.user, "\r\n") != NULL || strpbrk(first.password, "\r\n") != NULL)
			abort();
		sb_init(&out, shown, sizeof(shown));
		url_put(&out, &first);
		if (out.cut || url_parse(shown, &second) != URL_OK || second.has_user ||
		    strcmp(first.host, second.host) != 0 || first.port != second.port ||
		    strcmp(first.path, second.path) != 0 || first.type != second.type)
			abort();
	}
	free(text);
	return 0;
}
