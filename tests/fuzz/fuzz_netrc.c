/* ~/.netrc, whatever somebody wrote into it. */
#include "client/engine/netrc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const users[] = { NULL, "u" };
	struct netrc n;
	unsigned line;

	for (size_t i = 0; i < 2; i++) {
		enum netrc_status status = netrc_find((const char *)data, len, "h", users[i], &n, &line);

		if (line < 1 || line > len + 1)
			abort();
		if (status == NETRC_FOUND && users[i] == NULL && !n.has_login)
			abort();
		if (status != NETRC_FOUND && (n.has_login || n.has_password || n.has_account))
			abort();
		netrc_clear(&n);
	}
	return 0;
}
