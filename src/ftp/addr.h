/* Addresses of data connections: PORT and 227 (RFC 959 section 4.1.2), EPRT and 229 (RFC 2428). */
#ifndef FERRY_FTP_ADDR_H
#define FERRY_FTP_ADDR_H

#include "base/sb.h"
#include "base/sock.h"

#include <stdbool.h>
#include <stdint.h>

enum addr_status {
	ADDR_OK,
	ADDR_SYNTAX,    /* not of the command's form */
	ADDR_FAMILY     /* EPRT: a protocol other than 1 and 2 */
};

/* "h1,h2,h3,h4,p1,p2" and nothing else, but for blanks around commas; port 0 is a syntax error. */
enum addr_status addr_parse_port(const char *text, union sock_addr *a);

/* "<d>family<d>address<d>port<d>" and nothing else; d is any of 33..126; port 0 is a syntax
 * error. */
enum addr_status addr_parse_eprt(const char *text, union sock_addr *a);

/* The first six comma-separated numbers of 0..255 in the text of a 227, in parentheses or not. */
bool addr_parse_227(const char *text, union sock_addr *a);

/* The port of a 229's text: the first "(<d><d><d>port<d>", the closing parenthesis may be
 * missing. */
bool addr_parse_229(const char *text, uint16_t *port_r);

/* Adds "h1,h2,h3,h4,p1,p2" of an IPv4 address and a port. */
void addr_put_port(struct sb *out, const union sock_addr *a, uint16_t port);

/* Adds "|family|address|port|". */
void addr_put_eprt(struct sb *out, const union sock_addr *a, uint16_t port);

#endif
