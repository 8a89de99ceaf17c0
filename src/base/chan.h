/* Messages between processes: one packet of a SOCK_SEQPACKET pair is one message, with at most one
 * descriptor.  What may be said where is a table of rules, and nothing else passes.  Knows no
 * FTP. */
#ifndef FERRY_BASE_CHAN_H
#define FERRY_BASE_CHAN_H

#include <stddef.h>
#include <stdint.h>

/* One row for each type of message, indexed by type; a row of zeros allows nothing. */
struct chan_rule {
	size_t len;     /* exact length, the type included */
	size_t nfds;    /* exact number of descriptors: 0 or 1 */
	unsigned at;    /* bits of the caller's own: who may receive it, and when */
};

/* A close-on-exec pair; -1 with errno. */
int chan_pair(int sv[2]);

/* Sends one message.  msg starts with its type, a uint32_t; len and fd must be what rules[type]
 * says (fd -1: none).  fd stays the caller's.  0, or -1 with errno. */
int chan_send(int chan, const struct chan_rule *rules, size_t nrules, const void *msg, int fd);

/* Receives one message into msg[cap].  1: msg is filled, bytes after the message are zero, and
 * *fd_r is -1 or the caller's to close.  0: the peer is gone.  -1: errno, EBADMSG for what no rule
 * allows at `at` (end that peer; descriptors that came along are closed), EMFILE for a message
 * whose descriptor this process has no room for (it is lost, and no fault of the peer's). */
int chan_recv(int chan, const struct chan_rule *rules, size_t nrules, unsigned at, void *msg,
    size_t cap, int *fd_r);

#endif
