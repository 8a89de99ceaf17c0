#include "server/command/cmd_site_session.h"

#include "base/num.h"
#include "ftp/time.h"
#include "server/session/link.h"
#include "server/session/reply.h"

#include <sys/stat.h>
#include <unistd.h>

void
site_idle(struct session *s, char *arg)
{
	unsigned long long most = s->conf->idle_timeout / 1000;
	uint64_t seconds;

	if (*arg != '\0') {
		if (!num_parse(arg, most, &seconds) || seconds == 0) {
			reply(s, 501, "Usage: SITE IDLE seconds, from 1 to %llu", most);
			return;
		}
		s->params.idle_timeout = seconds * 1000;
	}
	reply(s, 200,
	    "A session that does nothing is closed after %llu seconds; %llu are the most.",
	    (unsigned long long)s->params.idle_timeout / 1000, most);
}

/* The words are those of other servers, which some clients look for. */
void
site_umask(struct session *s, char *arg)
{
	uint64_t mask;

	if (*arg == '\0') {
		mode_t now = umask(0);

		(void)umask(now);
		reply(s, 200, "Your current UMASK is %03o", (unsigned)now);
	} else if (!num_parse_octal(arg, 0777, &mask)) {
		reply(s, 501, "Usage: SITE UMASK [000..777]");
	} else {
		(void)umask((mode_t)mask);
		reply(s, 200, "UMASK set to %03o", (unsigned)mask);
	}
}

static void
show_session(struct session *s, const struct ipc_whos_row *row)
{
	char when[32];
	struct sb sb;

	sb_init(&sb, when, sizeof(when));
	time_put_val(&sb, (time_t)row->since);
	reply_line(s, "%llu from %s since %.4s-%.2s-%.2s %.2s:%.2s:%.2s UTC%s",
	    (unsigned long long)row->number, row->peer, when, when + 4, when + 6, when + 8,
	    when + 10, when + 12, row->self ? " *" : "");
}

/* The account's own sessions; of others' nothing is told. */
void
site_who(struct session *s, char *arg)
{
	unsigned long long count = 0;
	uint64_t after = 0;
	struct ipc m;
	int fd;

	(void)arg;
	reply_first(s, 200, "Sessions of %s, yours with a star:", s->login.name);
	do {
		m = (struct ipc){ .type = IPC_WHO, .u.who.after = after };
		if (!link_ask(s, &m, 0, &fd)) {
			reply_line(s, "The list ends here: the server does not answer.");
			break;
		}
		if (fd != -1)
			close(fd);
		for (uint32_t i = 0; i < m.u.whos.count; i++, count++) {
			show_session(s, &m.u.whos.rows[i]);
			after = m.u.whos.rows[i].number;
		}
	} while (m.u.whos.count == IPC_WHOS_MAX);
	reply(s, 200, "%llu in all.", count);
}
