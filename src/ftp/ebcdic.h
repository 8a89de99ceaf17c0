/* TYPE E on a host of ASCII (RFC 959 section 3.1.1.2): IBM code page 1047 with Latin-1, every byte
 * to one and back.  The end of a line is NL, 0x15, as the RFC wants it; the byte that the code page
 * has there, 0x85 of Latin-1, changes places with LF. */
#ifndef FERRY_FTP_EBCDIC_H
#define FERRY_FTP_EBCDIC_H

#include <stddef.h>

/* out may be in. */
void ebcdic_encode(const char *in, size_t n, char *out);
void ebcdic_decode(const char *in, size_t n, char *out);

#endif
