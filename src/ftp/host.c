#include "ftp/host.h"

#include <ctype.h>
#include <string.h>

/* RFC 1123 section 2.1, RFC 1035 section 2.3.4. */
#define NAME_LEN_MAX  253
#define LABEL_LEN_MAX 63

static bool
is_label(const char *label, size_t len)
{
	if (len == 0 || len > LABEL_LEN_MAX || label[0] == '-' || label[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)label[i]) && label[i] != '-')
			return false;
	return true;
}

static bool
is_name(const char *text)
{
	const char *label = text;
	size_t len;

	if (strlen(text) > NAME_LEN_MAX)
		return false;
	while (len = strcspn(label, "."), is_label(label, len)) {
		/* Names end in no number, so that what does can only be an address, and this one
		 * was none. */
		if (label[len] == '\0')
			return strspn(label, "0123456789") < len;
		label += len + 1;
	}
	return false;
}

static bool
is_bracketed(const char *text, union sock_addr *address_r)
{
	char inner[SOCK_TEXT_LEN];
	size_t len = strlen(text);

	if (len < 2 || text[0] != '[' || text[len - 1] != ']' || len - 2 >= sizeof(inner))
		return false;
	memcpy(inner, text + 1, len - 2);
	inner[len - 2] = '\0';
	return sock_addr_parse(inner, address_r) && address_r->sa.sa_family == AF_INET6;
}

enum host_kind
host_parse(const char *text, union sock_addr *address_r)
{
	if (is_bracketed(text, address_r))
		return HOST_ADDRESS;
	if (sock_addr_parse(text, address_r))
		return address_r->sa.sa_family == AF_INET ? HOST_ADDRESS : HOST_BAD;
	return is_name(text) ? HOST_NAME : HOST_BAD;
}
