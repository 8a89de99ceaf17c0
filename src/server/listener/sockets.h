/* The listening sockets: one for each address of the configuration, or those that systemd gave. */
#ifndef FERRY_SERVER_LISTENER_SOCKETS_H
#define FERRY_SERVER_LISTENER_SOCKETS_H

#include "base/sock.h"
#include "conf/conf.h"

#include <stdbool.h>
#include <stddef.h>

#define SOCKETS_MAX (2 * CONF_LISTEN_MAX)

/* Without a pointer, so that it can cross execve(2) as it is. */
struct sockets {
	int fd[SOCKETS_MAX];
	bool tls[SOCKETS_MAX];                          /* clients begin with TLS there */
	/* of conf.listen or conf.listen_tls; empty for systemd's */
	char text[SOCKETS_MAX][CONF_TEXT_MAX];
	size_t count;
	bool given;                                     /* by systemd: conf.listen does not count */
};

/* Takes over the count sockets that systemd passed (see notify_listen_fds()); tls says what each is
 * for.  False after saying on the log what is wrong with them. */
bool sockets_take(struct sockets *s, size_t count, const bool *tls);

/* Opens what c->listen and c->listen_tls ask for.  Sockets that stay in the list stay open, others
 * are closed.  False after saying on the log all that cannot be opened; then nothing has
 * changed. */
bool sockets_open(struct sockets *s, const struct conf *c);

/* Where passive-ports is "any": takes the range that the system chooses ports from, for sessions to
 * choose from themselves.  The system does not choose one again for a minute after its last
 * connection, and looks the longer for others the more rest so.  Where some of that range are
 * reserved for other services, the choice stays the system's. */
void sockets_choose_ports(struct conf *c);

/* Whether sockets_open() could, by a server that takes the place of one that runs: an address is
 * good too where that one listens, or systemd for a socket unit.  Leaves nothing open.  False after
 * saying on the log what is wrong. */
bool sockets_check(const struct conf *c);

void sockets_close(struct sockets *s);

/* Says on the log where each listens. */
void sockets_log(const struct sockets *s);

/* What sessions want of a control connection; accepted sockets inherit it from the listening
 * one. */
void sockets_set_options(int fd);

/* Answers a new connection with 421 and why, one line, if it takes that at once, and closes it.
 * peer: for a line of the log, or NULL: none. */
void sockets_turn_away(int fd, const union sock_addr *peer, const char *why);

#define SOCKETS_NO_SERVICE "The service cannot start; its log tells the administrator why."

#endif
