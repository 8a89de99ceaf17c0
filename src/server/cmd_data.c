#include "server/cmd_data.h"

#include "base/num.h"
#include "ftp/addr.h"
#include "server/data.h"
#include "server/reply.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* A port below this is some service of the client's machine, not its FTP client (RFC 2577 section 3). */
#define LOWEST_PORT 1024

void
cmd_type(struct session *s, char *arg)
{
	static const struct {
		const char *arg;
		int code;
		bool ascii;
		const char *text;
	} rows[] = {
		{ "A", 200, true, "TYPE is A N." },
		{ "A N", 200, true, "TYPE is A N." },
		{ "A T", 200, true, "TYPE is A T." },
		{ "I", 200, false, "TYPE is I." },
		{ "L 8", 200, false, "TYPE is L 8." },
		{ "A C", 504, false, "TYPE A C is not built here; A N, I and L 8 are." },
		{ "E", 504, false, "TYPE E is not built here; A N, I and L 8 are." },
		{ "E N", 504, false, "TYPE E is not built here; A N, I and L 8 are." },
		{ "E T", 504, false, "TYPE E is not built here; A N, I and L 8 are." },
		{ "E C", 504, false, "TYPE E is not built here; A N, I and L 8 are." },
	};
	uint64_t bits;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcasecmp(arg, rows[i].arg) != 0)
			continue;
		if (rows[i].code == 200)
			s->params.ascii = rows[i].ascii;
		reply(s, rows[i].code, "%s", rows[i].text);
		return;
	}
	if (strncasecmp(arg, "L ", 2) == 0 && num_parse(arg + 2, 255, &bits))
		reply(s, 504, "Bytes of %u bits are not built here; L 8 is.", (unsigned)bits);
	else
		reply(s, 501, "Usage: TYPE A|I|L 8");
}

/* One letter: the only one that is built, those known beside it, or nonsense. */
static void
choose(struct session *s, const char *arg, const char *what, const char *built, const char *known)
{
	if (strcasecmp(arg, built) == 0)
		reply(s, 200, "%s is %s.", what, built);
	else if (strlen(arg) == 1 && strpbrk(arg, known) != NULL)
		reply(s, 504, "%s %s is not built here; %s is.", what, arg, built);
	else
		reply(s, 501, "Usage: %s %s", what, built);
}

void
cmd_stru(struct session *s, char *arg)
{
	choose(s, arg, "STRU", "F", "RrPp");
}

void
cmd_mode(struct session *s, char *arg)
{
	choose(s, arg, "MODE", "S", "BbCcZz");
}

void
cmd_allo(struct session *s, char *arg)
{
	char *rest = strchr(arg, ' ');
	uint64_t bytes, record;

	if (rest != NULL)
		*rest++ = '\0';
	if (!num_parse(arg, INT64_MAX, &bytes) ||
	    (rest != NULL && (strncasecmp(rest, "R ", 2) != 0 || !num_parse(rest + 2, INT64_MAX, &record))))
		reply(s, 501, "Usage: ALLO bytes [R record]");
	else
		reply(s, 202, "No storage needs to be allocated ahead.");
}

void
cmd_rest(struct session *s, char *arg)
{
	uint64_t offset;

	if (!num_parse(arg, INT64_MAX, &offset)) {
		reply(s, 501, "Usage: REST offset, in bytes");
		return;
	}
	s->params.rest = offset;
	reply(s, 350, "The next transfer starts at byte %llu.", (unsigned long long)offset);
}

/* EPSV ALL: a firewall between us was told that nothing else will come (RFC 2428 section 4). */
static bool
epsv_only(struct session *s)
{
	if (s->data.epsv_all)
		reply(s, 500, "You said EPSV ALL; only EPSV works now.");
	return s->data.epsv_all;
}

/* The address of PORT and EPRT, checked against the bounce attack (RFC 2577 section 3).  lftp says "::" over
 * IPv6 and means itself; as the peer is where we connect in any case, that does no harm. */
static void
aim(struct session *s, const union sock_addr *target)
{
	if (!s->conf->active) {
		reply(s, 502, "Active mode is switched off here; use EPSV or PASV.");
	} else if (!sock_addr_is_wildcard(target) && !sock_addr_same_host(target, &s->peer)) {
		reply(s, 501, "Data connections go to your own address only.");
	} else if (sock_addr_port(target) < LOWEST_PORT) {
		reply(s, 504, "Data connections go to ports from %d on only.", LOWEST_PORT);
	} else {
		union sock_addr where = s->peer;        /* with its zone, which text cannot carry */

		sock_addr_set_port(&where, sock_addr_port(target));
		data_aim(s, &where);
		reply(s, 200, "The next data connection goes there.");
	}
}

void
cmd_port(struct session *s, char *arg)
{
	union sock_addr target;

	if (epsv_only(s))
		return;
	if (addr_parse_port(arg, &target) != ADDR_OK)
		reply(s, 501, "Usage: PORT h1,h2,h3,h4,p1,p2");
	else
		aim(s, &target);
}

void
cmd_eprt(struct session *s, char *arg)
{
	union sock_addr target;

	if (epsv_only(s))
		return;
	switch (addr_parse_eprt(arg, &target)) {
	case ADDR_OK:
		aim(s, &target);
		break;
	case ADDR_SYNTAX:
		reply(s, 501, "Usage: EPRT |1 or 2|address|port|");
		break;
	case ADDR_FAMILY:
		reply(s, 522, "Network protocol not supported, use (1,2)");
		break;
	}
}

/* The address for 227: the configured one for peers who come from outside, else our own. */
static void
passive_address(const struct session *s, union sock_addr *a)
{
	*a = s->local;
	if (s->conf->public_address[0] != '\0' && !sock_addr_is_private(&s->peer))
		(void)sock_addr_parse(s->conf->public_address, a);
}

void
cmd_pasv(struct session *s, char *arg)
{
	union sock_addr a;
	char text[64];
	struct sb sb;
	uint16_t port;

	(void)arg;
	if (epsv_only(s))
		return;
	if (s->local.sa.sa_family != AF_INET) {
		reply(s, 500, "PASV is for IPv4; use EPSV.");
		return;
	}
	if (!data_listen(s, &port)) {
		reply(s, 425, "No port to listen on: %s.", strerror(errno));
		return;
	}
	passive_address(s, &a);
	sb_init(&sb, text, sizeof(text));
	addr_put_port(&sb, &a, port);
	reply(s, 227, "Entering Passive Mode (%s)", text);
}

void
cmd_epsv(struct session *s, char *arg)
{
	const char *own = s->local.sa.sa_family == AF_INET6 ? "2" : "1";
	uint64_t family;
	uint16_t port;

	if (strcasecmp(arg, "ALL") == 0) {
		s->data.epsv_all = true;
		reply(s, 200, "Only EPSV from here on.");
		return;
	}
	if (*arg != '\0' && strcmp(arg, own) != 0) {
		if (num_parse(arg, UINT16_MAX, &family))
			reply(s, 522, "Network protocol not supported, use (%s)", own);
		else
			reply(s, 501, "Usage: EPSV [1|2|ALL]");
		return;
	}
	if (!data_listen(s, &port)) {
		reply(s, 425, "No port to listen on: %s.", strerror(errno));
		return;
	}
	reply(s, 229, "Entering Extended Passive Mode (|||%u|)", port);
}

/* With a transfer running, transfer_hear() takes it; here there is none. */
void
cmd_abor(struct session *s, char *arg)
{
	(void)arg;
	data_reset(s);
	reply(s, 226, "Nothing to abort.");
}
