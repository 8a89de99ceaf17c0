/* TYPE A on a host whose lines end with LF (RFC 959 section 3.1.1.1): whole blocks at a time. */
#ifndef FERRY_FTP_ASCII_H
#define FERRY_FTP_ASCII_H

#include <stdbool.h>
#include <stddef.h>

/* The last byte of the block before was a CR: all that one direction has to remember.  Starts
 * false. */
struct ascii {
	bool cr;
};

/* For the wire: LF becomes CR LF, a CR LF of the file stays as it is.  out holds 2 * n bytes.
 * Returns how many were written. */
size_t ascii_encode(struct ascii *state, const char *in, size_t n, char *out);

/* From the wire: CR LF becomes LF, any other CR stays.  out holds n + 1 bytes and may not overlap
 * in.  Returns how many were written. */
size_t ascii_decode(struct ascii *state, const char *in, size_t n, char *out);

/* At the end of what comes from the wire: writes the CR that was held back, 0 or 1 bytes. */
size_t ascii_decode_end(struct ascii *state, char *out);

/* How many bytes ascii_encode() would write. */
size_t ascii_encoded_size(struct ascii *state, const char *in, size_t n);

#endif
