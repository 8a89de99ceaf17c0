#include "server/command/cmd_tls.h"

#include "base/num.h"
#include "ftp/param.h"
#include "server/command/cmd_access.h"
#include "server/session/reply.h"
#include "server/transfer/secure.h"

#include <string.h>
#include <strings.h>

/* What came behind AUTH in the clear may be somebody else's, to be taken for the client's
 * (CVE-2011-1575). */
static bool
is_alone(struct session *s)
{
	if (s->in.len == 0)
		return true;
	reply(s, 503, "Nothing may be sent behind AUTH before TLS stands; closing.");
	session_end(s);
	return false;
}

void
tls_begin(struct session *s, bool protect)
{
	char host[sizeof(s->tls.host)];

	reply(s, 234, "TLS it is; your turn.");
	if (!secure_control(s))
		return;
	/* All that was said in the clear may have been somebody else's (RFC 4217 section 4.2), half
	 * a word of Telnet included; data connections go on with the certificate that this one
	 * has. */
	line_clear(&s->in);
	memcpy(host, s->tls.host, sizeof(host));
	access_reset(s);
	memcpy(s->tls.host, host, sizeof(host));
	s->tls.pbsz = s->tls.protect = protect;
}

void
cmd_auth(struct session *s, char *arg)
{
	/* SSL and TLS-P are older than the RFC, and mean that data connections are private too. */
	static const struct {
		const char *name;
		bool protect;
	} mechanisms[] = { { "TLS", false }, { "TLS-C", false }, { "SSL", true },
		{ "TLS-P", true } };
	size_t i = 0;

	while (i < sizeof(mechanisms) / sizeof(mechanisms[0]) &&
	    strcasecmp(arg, mechanisms[i].name) != 0)
		i++;
	if (i == sizeof(mechanisms) / sizeof(mechanisms[0])) {
		reply(s, 504, "That mechanism is not here; AUTH TLS is.");
	} else if (s->tls.control != NULL) {
		reply(s, 534, "TLS stands already.");
	} else if (!is_alone(s)) {
		return;
	} else if (s->state == ST_IN) {
		access_give_back(s, mechanisms[i].protect ? REVIVE_AUTH_PRIVATE : REVIVE_AUTH);
	} else {
		tls_begin(s, mechanisms[i].protect);
	}
}

void
cmd_adat(struct session *s, char *arg)
{
	(void)arg;
	reply(s, 503, "AUTH TLS needs no ADAT.");
}

void
cmd_pbsz(struct session *s, char *arg)
{
	uint64_t size;

	if (s->tls.control == NULL) {
		reply(s, 503, "AUTH TLS comes first.");
	} else if (!num_parse(arg, UINT32_MAX, &size)) {
		reply(s, 501, "Usage: PBSZ 0");
	} else {
		s->tls.pbsz = true;
		reply(s, 200, "PBSZ=0");
	}
}

void
cmd_prot(struct session *s, char *arg)
{
	char letter = param_parse_letter(arg);

	if (!s->tls.pbsz) {
		reply(s, 503, "PBSZ 0 comes first.");
	} else if (letter == 'S' || letter == 'E') {
		reply(s, 536, "TLS knows PROT C and PROT P only.");
	} else if (letter != 'C' && letter != 'P') {
		reply(s, 504, "Usage: PROT C|P");
	} else if (letter == 'C' && s->conf->tls_require == CONF_TLS_DATA) {
		reply(s, 534, "Data connections need TLS here: PROT P.");
	} else {
		s->tls.protect = letter == 'P';
		reply(s, 200, "PROT is %c.", letter);
	}
}

void
cmd_ccc(struct session *s, char *arg)
{
	(void)arg;
	if (s->tls.control == NULL)
		reply(s, 533, "There is no TLS to leave.");
	else
		reply(s, 534, "The control connection stays private here.");
}

void
cmd_protected(struct session *s, char *arg)
{
	(void)arg;
	if (s->tls.control == NULL)
		reply(s, 503, "AUTH TLS comes first.");
	else
		reply(s, 537, "TLS protects all commands; single ones are not protected again.");
}
