#include "ftp/addr.h"

#include "base/num.h"

#include <arpa/inet.h>
#include <string.h>

/* Six numbers of one octet with a comma between each two, and perhaps blanks around it, from *text
 * on; *text is moved behind them. */
static bool
read_six(const char **text, unsigned char octets[6])
{
	const char *p = *text;
	uint64_t value;

	for (int i = 0; i < 6; i++) {
		size_t len = strspn(p, "0123456789");

		if (len == 0 || len > 3 || !num_parse_len(p, len, 255, &value))
			return false;
		octets[i] = (unsigned char)value;
		p += len;
		if (i == 5)
			break;
		p += strspn(p, " ");
		if (*p++ != ',')
			return false;
		p += strspn(p, " ");
	}
	*text = p;
	return true;
}

static bool
from_six(const unsigned char octets[6], union sock_addr *a)
{
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = AF_INET;
	memcpy(&a->in4.sin_addr, octets, 4);
	sock_addr_set_port(a, (uint16_t)(octets[4] << 8 | octets[5]));
	return sock_addr_port(a) != 0;
}

enum addr_status
addr_parse_port(const char *text, union sock_addr *a)
{
	unsigned char octets[6];

	if (!read_six(&text, octets) || *text != '\0' || !from_six(octets, a))
		return ADDR_SYNTAX;
	return ADDR_OK;
}

bool
addr_parse_227(const char *text, union sock_addr *a)
{
	unsigned char octets[6];
	const char *p = text;

	while (*(p += strcspn(p, "0123456789")) != '\0') {
		const char *end = p;

		if (read_six(&end, octets) && (*end < '0' || *end > '9'))
			return from_six(octets, a);
		p += strspn(p, "0123456789");
	}
	return false;
}

/* Copies what stands before the next delimiter and moves *text behind that. */
static bool
field(const char **text, char delimiter, char *field_r, size_t cap)
{
	const char *end = strchr(*text, delimiter);
	size_t len;

	if (end == NULL || (len = (size_t)(end - *text)) >= cap)
		return false;
	memcpy(field_r, *text, len);
	field_r[len] = '\0';
	*text = end + 1;
	return true;
}

enum addr_status
addr_parse_eprt(const char *text, union sock_addr *a)
{
	char family[8], address[INET6_ADDRSTRLEN], port[8], delimiter = text[0];
	uint64_t family_number, port_number;

	if (delimiter < 33 || delimiter > 126)
		return ADDR_SYNTAX;
	text++;
	if (!field(&text, delimiter, family, sizeof(family)) ||
	    !num_parse(family, UINT16_MAX, &family_number))
		return ADDR_SYNTAX;
	if (family_number != 1 && family_number != 2)
		return ADDR_FAMILY;
	if (!field(&text, delimiter, address, sizeof(address)) || !sock_addr_parse(address, a) ||
	    a->sa.sa_family != (family_number == 1 ? AF_INET : AF_INET6))
		return ADDR_SYNTAX;
	if (!field(&text, delimiter, port, sizeof(port)) || *text != '\0' || strlen(port) > 5 ||
	    !num_parse(port, UINT16_MAX, &port_number) || port_number == 0)
		return ADDR_SYNTAX;
	sock_addr_set_port(a, (uint16_t)port_number);
	return ADDR_OK;
}

bool
addr_parse_229(const char *text, uint16_t *port_r)
{
	for (const char *p = text; (p = strchr(p, '(')) != NULL; p++) {
		char delimiter = p[1];
		size_t len;
		uint64_t port;

		if (delimiter < 33 || delimiter > 126 || (delimiter >= '0' && delimiter <= '9') ||
		    p[2] != delimiter || p[3] != delimiter)
			continue;
		len = strspn(p + 4, "0123456789");
		if (len > 5 || p[4 + len] != delimiter ||
		    !num_parse_len(p + 4, len, UINT16_MAX, &port) || port == 0)
			continue;
		*port_r = (uint16_t)port;
		return true;
	}
	return false;
}

void
addr_put_port(struct sb *out, const union sock_addr *a, uint16_t port)
{
	const unsigned char *h = (const unsigned char *)&a->in4.sin_addr;

	sb_printf(out, "%u,%u,%u,%u,%u,%u", h[0], h[1], h[2], h[3], port >> 8, port & 0xffU);
}

void
addr_put_eprt(struct sb *out, const union sock_addr *a, uint16_t port)
{
	char text[SOCK_TEXT_LEN];

	sb_printf(out, "|%c|%s|%u|", a->sa.sa_family == AF_INET6 ? '2' : '1',
	    sock_addr_text(a, text), port);
}
