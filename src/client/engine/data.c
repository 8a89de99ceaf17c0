#include "client/engine/data.h"

#include "base/clock.h"
#include "client/engine/net.h"
#include "ftp/addr.h"

#include <errno.h>
#include <stdio.h>

/* A port that a firewall swallows must not cost the whole timeout while there is another way. */
#define FIRST_TRY_MS 10000

static int
connect_port(struct conn *c, uint16_t port, int64_t wait_ms, struct fail *f)
{
	union sock_addr dest = c->peer;
	char text[SOCK_TEXT_LEN], note[SOCK_TEXT_LEN + 64];
	int fd;

	/* The server's own address whatever a 227 says: else any server could have us connect
	 * anywhere (CVE-2020-8284). */
	sock_addr_set_port(&dest, port);
	snprintf(
	    note, sizeof(note), "data connection to %s port %u", sock_addr_text(&dest, text), port);
	conn_trace(c, CONN_NOTE, note);
	fd = net_connect(&dest, clock_ms() + wait_ms, c->opt.interrupt_fd);
	if (fd == -1)
		fail_errno(f, FAIL_CONNECT, "cannot open the data connection to port %u", port);
	return fd;
}

static int
open_epsv(struct conn *c, bool only_way, struct fail *f)
{
	int64_t wait_ms =
	    only_way || c->opt.timeout_ms < FIRST_TRY_MS ? c->opt.timeout_ms : FIRST_TRY_MS;
	uint16_t port;
	int code;

	code = conn_command(c, f, "EPSV", NULL);
	if (code == -1)
		return -1;
	if (code != 229)
		return conn_refused(c, f, code >= 400 ? FAIL_REFUSED : FAIL_PROTOCOL, "EPSV");
	if (!addr_parse_229(reply_text(&c->reply), &port))
		return conn_refused(c, f, FAIL_PROTOCOL, "EPSV is answered without a port");
	return connect_port(c, port, wait_ms, f);
}

static int
open_pasv(struct conn *c, struct fail *f)
{
	union sock_addr told;
	int code;

	code = conn_command(c, f, "PASV", NULL);
	if (code == -1)
		return -1;
	if (code != 227)
		return conn_refused(c, f, code >= 400 ? FAIL_REFUSED : FAIL_PROTOCOL, "PASV");
	if (!addr_parse_227(reply_text(&c->reply), &told))
		return conn_refused(c, f, FAIL_PROTOCOL, "PASV is answered without an address");
	return connect_port(c, sock_addr_port(&told), c->opt.timeout_ms, f);
}

int
data_open(struct conn *c, struct fail *f)
{
	union sock_addr peer = c->peer;
	bool four;
	int fd;

	sock_addr_unmap(&peer);
	four = peer.sa.sa_family == AF_INET;
	if (!four || !c->epsv_failed) {
		fd = open_epsv(c, !four, f);
		/* PASV knows IPv4 alone; and a connection that is gone, or a user who stops, is no
		 * matter of EPSV. */
		if (fd != -1 || !four || c->fd == -1 || f->kind == FAIL_INTERRUPTED ||
		    f->code == 421)
			return fd;
	}
	fd = open_pasv(c, f);
	if (fd != -1)
		c->epsv_failed = true;
	return fd;
}
