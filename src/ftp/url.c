#include "ftp/url.h"

#include "base/num.h"

#include <string.h>
#include <strings.h>

#define DEFAULT_PORT     21
#define DEFAULT_PORT_TLS 990

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	at = c == '\0' ? NULL : strchr(digits, c);
	return at == NULL ? -1 : (int)(at - digits);
}

/* Decodes text[len] into out[cap].  A command line carries what comes out of this, so the bytes
 * that end one are refused, however they are written. */
static enum url_status
decode(const char *text, size_t len, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7f)
			return URL_BYTE;
		if (c == '%') {
			int high, low;

			if (len - i < 3 || (high = hex(text[i + 1])) < 0 ||
			    (low = hex(text[i + 2])) < 0)
				return URL_ESCAPE;
			c = (unsigned char)(high << 4 | low);
			if (c == '\0' || c == '\r' || c == '\n')
				return URL_BYTE;
			i += 2;
		}
		if (n + 1 >= cap)
			return URL_LENGTH;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return URL_OK;
}

static enum url_status
parse_login(struct url *url, const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);
	size_t user_len = colon == NULL ? len : (size_t)(colon - text);
	enum url_status status;

	status = decode(text, user_len, url->user, sizeof(url->user));
	if (status != URL_OK)
		return status;
	if (url->user[0] == '\0')
		return URL_USER;
	url->has_user = true;
	if (colon == NULL)
		return URL_OK;
	url->has_password = true;
	return decode(colon + 1, len - user_len - 1, url->password, sizeof(url->password));
}

static bool
is_host(const char *host, bool six)
{
	static const char name[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
	size_t len = strlen(host), address;

	if (len == 0)
		return false;
	if (!six)
		return strspn(host, name) == len;
	/* An address, and behind '%' the interface a link-local one needs. */
	address = strspn(host, "0123456789abcdefABCDEF:.");
	if (address == 0 || memchr(host, ':', address) == NULL)
		return false;
	return address == len || (host[address] == '%' && address + 1 < len &&
	                             strspn(host + address + 1, name) == len - address - 1);
}

static uint16_t
default_port(const struct url *url)
{
	return url->tls ? DEFAULT_PORT_TLS : DEFAULT_PORT;
}

static enum url_status
parse_host(struct url *url, const char *text, size_t len)
{
	bool six = len > 0 && text[0] == '[';
	const char *end = six ? memchr(text, ']', len) : memchr(text, ':', len);
	size_t host_len, rest;
	enum url_status status;
	uint64_t port;

	if (six && end == NULL)
		return URL_HOST;
	host_len = end == NULL ? len : (size_t)(end - text);
	status = decode(text + six, host_len - six, url->host, sizeof(url->host));
	if (status != URL_OK)
		return status;
	if (!is_host(url->host, six))
		return URL_HOST;
	rest = host_len + six;
	url->port = default_port(url);
	if (rest == len)
		return URL_OK;
	if (text[rest] != ':')
		return URL_HOST;
	/* "host:" is allowed and means the default (RFC 3986 section 3.2.3). */
	if (rest + 1 == len)
		return URL_OK;
	if (!num_parse_len(text + rest + 1, len - rest - 1, UINT16_MAX, &port) || port == 0)
		return URL_PORT;
	url->port = (uint16_t)port;
	return URL_OK;
}

static enum url_status
parse_path(struct url *url, const char *text)
{
	static const char type[] = ";type=";
	size_t len = strlen(text), mark = strlen(type);
	const char *found = NULL;

	/* The last one counts, and only at the very end; a name that holds it writes %3B. */
	for (size_t i = 0; i + mark <= len; i++)
		if (strncasecmp(text + i, type, mark) == 0)
			found = text + i;
	if (found != NULL) {
		if (found[mark] == '\0' || found[mark + 1] != '\0')
			return URL_TYPE;
		url->type = (char)(found[mark] | 0x20);
		if (strchr("aid", url->type) == NULL)
			return URL_TYPE;
		len = (size_t)(found - text);
	}
	return decode(text, len, url->path, sizeof(url->path));
}

static enum url_status
parse(const char *text, struct url *url)
{
	const char *scheme, *slash, *at = NULL;
	enum url_status status = URL_OK;
	size_t len;

	url->tls = strncasecmp(text, "ftps:", 5) == 0;
	scheme = url->tls ? "ftps://" : "ftp://";
	if (strncasecmp(text, scheme, strlen(scheme)) != 0)
		return URL_SCHEME;
	text += strlen(scheme);
	slash = strchr(text, '/');
	len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	/* The last '@': people write passwords with one. */
	for (size_t i = 0; i < len; i++)
		if (text[i] == '@')
			at = text + i;
	if (at != NULL) {
		status = parse_login(url, text, (size_t)(at - text));
		len -= (size_t)(at - text) + 1;
		text = at + 1;
	}
	if (status == URL_OK)
		status = parse_host(url, text, len);
	if (status == URL_OK && slash != NULL)
		status = parse_path(url, slash + 1);
	return status;
}

enum url_status
url_parse(const char *text, struct url *url)
{
	enum url_status status;

	memset(url, 0, sizeof(*url));
	status = parse(text, url);
	if (status != URL_OK)
		url_clear(url);
	return status;
}

const char *
url_error(enum url_status status)
{
	switch (status) {
	case URL_OK:
		return "all right";
	case URL_SCHEME:
		return "it does not begin with ftp:// or ftps://";
	case URL_USER:
		return "the user name is empty";
	case URL_HOST:
		return "the host is missing or is none";
	case URL_PORT:
		return "the port is not a number from 1 to 65535";
	case URL_ESCAPE:
		return "a % is not followed by two hexadecimal digits (a % itself is written %25)";
	case URL_BYTE:
		return "it holds a control character";
	case URL_TYPE:
		return ";type= is not followed by a, i or d";
	case URL_LENGTH:
		return "a part of it is too long";
	}
	return "it is none";
}

/* What would be read as something else again, or not be seen, is written as %XX. */
static void
put_encoded(struct sb *out, const char *path)
{
	for (; *path != '\0'; path++) {
		unsigned char c = (unsigned char)*path;

		if (c <= 0x20 || c == 0x7f || c == '%' || c == ';')
			sb_printf(out, "%%%02X", c);
		else
			sb_putc(out, (char)c);
	}
}

void
url_put(struct sb *out, const struct url *url)
{
	bool six = strchr(url->host, ':') != NULL;

	sb_printf(out, "ftp%s://%s", url->tls ? "s" : "", six ? "[" : "");
	put_encoded(out, url->host);
	sb_puts(out, six ? "]" : "");
	if (url->port != default_port(url))
		sb_printf(out, ":%u", url->port);
	sb_putc(out, '/');
	if (url->path[0] == '/') {
		sb_puts(out, "%2F");
		put_encoded(out, url->path + 1);
	} else {
		put_encoded(out, url->path);
	}
	if (url->type != '\0')
		sb_printf(out, ";type=%c", url->type);
}

const char *
url_name(const struct url *url)
{
	const char *slash = strrchr(url->path, '/');

	return slash == NULL ? url->path : slash + 1;
}

void
url_clear(struct url *url)
{
	explicit_bzero(url, sizeof(*url));
}
