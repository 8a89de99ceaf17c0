/* ftp:// addresses (RFC 1738 section 3.2, and the [v6] hosts of RFC 3986), and ftps:// for TLS from
 * the first byte.
 *
 *     ftp[s]://[user[:password]@]host[:port][/path[;type=a|i|d]]
 *
 * The path counts from the directory a login starts in; "%2F" in front, or a second '/', makes it
 * an absolute one.  '?' and '#' are characters like any other: file names hold them. */
#ifndef FERRY_FTP_URL_H
#define FERRY_FTP_URL_H

#include "base/sb.h"

#include <stdbool.h>
#include <stdint.h>

#define URL_NAME_MAX 256        /* of user, password and host, the NUL included */
#define URL_PATH_MAX 4096

struct url {
	bool has_user, has_password;
	char user[URL_NAME_MAX];
	char password[URL_NAME_MAX];
	char host[URL_NAME_MAX];        /* without brackets */
	uint16_t port;                  /* 21 when none is given, 990 for ftps:// */
	bool tls;                       /* ftps:// */
	char path[URL_PATH_MAX];        /* decoded; "" for the login's directory itself */
	char type;                      /* 'a', 'i', 'd', or 0: not given */
};

enum url_status {
	URL_OK,
	URL_SCHEME,     /* neither ftp:// nor ftps:// */
	URL_USER,       /* an empty user name */
	URL_HOST,       /* missing, or of characters no host has */
	URL_PORT,
	URL_ESCAPE,     /* a % without two hex digits */
	URL_BYTE,       /* NUL, CR or LF, or another control character written raw */
	URL_TYPE,
	URL_LENGTH
};

/* On anything but URL_OK *url is all zeros, so that no half-read password stays behind. */
enum url_status url_parse(const char *text, struct url *url);

/* What is wrong, in words that hold nothing of the address: it may carry a password. */
const char *url_error(enum url_status status);

/* Adds the address without user and password: fit to be shown. */
void url_put(struct sb *out, const struct url *url);

/* The path's last name, "" when it ends with '/' or is empty. */
const char *url_name(const struct url *url);

/* Forgets everything, the password for good. */
void url_clear(struct url *url);

#endif
