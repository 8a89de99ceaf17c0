/* Addresses of data connections, and the quoted path of a 257. */
#include "ftp/addr.h"
#include "ftp/name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const union sock_addr *a)
{
	char text[128];
	union sock_addr again;
	struct sb sb;

	if (sock_addr_port(a) == 0)
		abort();
	sb_init(&sb, text, sizeof(text));
	addr_put_eprt(&sb, a, sock_addr_port(a));
	if (sb.cut || addr_parse_eprt(text, &again) != ADDR_OK || !sock_addr_same_host(a, &again) ||
	    sock_addr_port(a) != sock_addr_port(&again))
		abort();
}

/* What was quoted reads back as it was. */
static void
check_name(const char *text)
{
	char quoted[2 * 4096 + 3], path[4096];
	struct sb sb;

	if (text[0] == '\0' || strlen(text) >= sizeof(path) || !name_is_creatable(text))
		return;
	sb_init(&sb, quoted, sizeof(quoted));
	name_put_quoted(&sb, text);
	if (sb.cut || !name_parse_257(quoted, path, sizeof(path)) || strcmp(path, text) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), path[64];
	union sock_addr a;
	uint16_t port;

	if (text == NULL)
		return 0;
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	if (addr_parse_port(text, &a) == ADDR_OK)
		check(&a);
	if (addr_parse_eprt(text, &a) == ADDR_OK)
		check(&a);
	if (addr_parse_227(text, &a))
		check(&a);
	if (addr_parse_229(text, &port) && port == 0)
		abort();
	if (name_parse_257(text, path, sizeof(path)) && !name_is_creatable(path))
		abort();
	check_name(text);
	free(text);
	return 0;
}
