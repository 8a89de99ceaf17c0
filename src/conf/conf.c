#include "conf/conf.h"

#include "base/num.h"
#include "base/sb.h"
#include "base/sock.h"

#include <string.h>

bool
conf_parse_listen(const char *text, char address_r[CONF_TEXT_MAX], uint16_t *port_r)
{
	const char *colon = strrchr(text, ':');
	bool brackets = text[0] == '[';
	union sock_addr a;
	uint64_t port;
	size_t len;

	if (colon == NULL || !num_parse(colon + 1, UINT16_MAX, &port))
		return false;
	len = (size_t)(colon - text);
	if (brackets) {
		if (len < 3 || text[len - 1] != ']')
			return false;
		text++;
		len -= 2;
	}
	if (len == 0 || len >= CONF_TEXT_MAX)
		return false;
	memcpy(address_r, text, len);
	address_r[len] = '\0';
	*port_r = (uint16_t)port;
	if (!brackets && strcmp(address_r, "*") == 0)
		return true;
	return sock_addr_parse(address_r, &a) && (a.sa.sa_family == AF_INET6) == brackets;
}

enum conf_log
conf_log_kind(const struct conf *c)
{
	if (c->log[0] == '/')
		return CONF_LOG_FILE;
	return strcmp(c->log, "syslog") == 0 ? CONF_LOG_SYSLOG : CONF_LOG_STDERR;
}

bool
conf_home_for(const struct conf *c, const char *name, char home_r[PATH_MAX])
{
	struct sb sb;

	sb_init(&sb, home_r, PATH_MAX);
	for (const char *p = c->home; *p != '\0'; p++) {
		if (p[0] == '%' && p[1] == 'u') {
			sb_puts(&sb, name);
			p++;
		} else {
			sb_putc(&sb, *p);
		}
	}
	return !sb.cut;
}
