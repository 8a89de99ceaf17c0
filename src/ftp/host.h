/* HOST's argument (RFC 7151 section 3.1). */
#ifndef FERRY_FTP_HOST_H
#define FERRY_FTP_HOST_H

#include "base/sock.h"

enum host_kind { HOST_BAD, HOST_NAME, HOST_ADDRESS };

/* What text is: a name of letters, digits and hyphens between dots (an internationalised one as its
 * A-labels), an IPv4 address, or an IPv6 address in brackets; never with a port.  *address_r is set
 * for HOST_ADDRESS. */
enum host_kind host_parse(const char *text, union sock_addr *address_r);

#endif
