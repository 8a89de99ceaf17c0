#include "server/command/cmd_data.h"

#include "base/num.h"
#include "ftp/addr.h"
#include "ftp/frame.h"
#include "ftp/param.h"
#include "server/session/reply.h"
#include "server/transfer/data.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* A port below this is some service of the client's machine, not its FTP client (RFC 2577 section
 * 3). */
#define LOWEST_PORT 1024

/* The vertical format is the file's, which is kept as it comes: N, T and C move the same bytes (RFC
 * 959 section 3.1.1.5). */
static void
choose_text(struct session *s, const struct param_type *t)
{
	s->params.form.type = t->letter == 'A' ? WIRE_ASCII : WIRE_EBCDIC;
	s->params.format = t->format;
	reply(s, 200, "TYPE is %c %c.", t->letter, t->format);
}

static void
choose_bytes(struct session *s, bool local)
{
	s->params.form.type = WIRE_IMAGE;
	s->params.local = local;
	reply(s, 200, "TYPE is %s.", local ? "L 8" : "I");
}

void
cmd_type(struct session *s, char *arg)
{
	struct param_type t;
	enum param_status status = param_parse_type(arg, &t);

	if (status == PARAM_ELSEWHERE && t.letter == 'L')
		reply(s, 504, "Bytes have 8 bits here; TYPE L 8 is built, L %u is not.",
		    (unsigned)t.bits);
	else if (status != PARAM_OK)
		reply(s, status == PARAM_ELSEWHERE ? 504 : 501,
		    "Usage: TYPE A|E [N|T|C], TYPE I, TYPE L 8");
	else if (t.format != '\0')
		choose_text(s, &t);
	else
		choose_bytes(s, t.letter == 'L');
}

void
cmd_stru(struct session *s, char *arg)
{
	char letter = param_parse_letter(arg);

	if (letter == 'P') {
		reply(s, 504, "Files have no pages here; STRU F and R are built.");
	} else if (letter != 'F' && letter != 'R') {
		reply(s, letter == '\0' ? 501 : 504, "Usage: STRU F|R");
	} else {
		s->params.form.records = letter == 'R';
		reply(s, 200, "STRU is %c.", letter);
	}
}

void
cmd_mode(struct session *s, char *arg)
{
	static const char letters[] = "SBCZ";   /* as enum wire_mode has them */
	char letter = param_parse_letter(arg);
	const char *found = letter == '\0' ? NULL : strchr(letters, letter);

	if (found == NULL) {
		reply(s, letter == '\0' ? 501 : 504, "Usage: MODE S|B|C|Z");
		return;
	}
	s->params.form.mode = (enum wire_mode)(found - letters);
	reply(s, 200, "MODE is %c.", letter);
}

static bool
is_marker(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (*p < 33 || *p > 126)
			return false;
	return strlen(text) <= FRAME_MARKER_MAX;
}

/* MODE S and Z: bytes.  MODE B and C: a marker, and whether it is one of ours counts when it is
 * used. */
void
cmd_rest(struct session *s, char *arg)
{
	struct session_params *p = &s->params;
	bool marked = p->form.mode == WIRE_BLOCK || p->form.mode == WIRE_COMPRESSED;
	uint64_t offset = 0;
	bool cr = false, good;

	good = marked ? wire_parse_marker(arg, &offset, &cr) : num_parse(arg, INT64_MAX, &offset);
	if (!good && !(marked && is_marker(arg))) {
		reply(s, 501, marked ? "Usage: REST marker" : "Usage: REST offset, in bytes");
		return;
	}
	p->rest = good ? offset : 0;
	p->rest_cr = good && cr;
	p->rest_foreign = !good;
	if (marked)
		reply(s, 350, "The next transfer goes on from that marker.");
	else
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

/* The address of PORT and EPRT, checked against the bounce attack (RFC 2577 section 3).  lftp says
 * "::" over IPv6 and means itself; as the peer is where we connect in any case, that does no
 * harm. */
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

/* With a transfer running, wait_hear() takes it; here there is none. */
void
cmd_abor(struct session *s, char *arg)
{
	(void)arg;
	data_reset(s);
	reply(s, 226, "Nothing to abort.");
}
