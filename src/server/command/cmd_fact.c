#include "server/command/cmd_fact.h"

#include "base/sb.h"
#include "ftp/mff.h"
#include "ftp/time.h"
#include "server/file/change.h"
#include "server/file/path.h"
#include "server/session/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void
put_time(char text_r[32], time_t t)
{
	struct sb sb;

	sb_init(&sb, text_r, 32);
	time_put_val(&sb, t);
}

/* "YYYYMMDDHHMMSS[+-minutes] path", which old clients send to set the time.  False when it is not
 * that, or there is no such path. */
static bool
set_by_mdtm(struct session *s, const char *arg)
{
	size_t len = strcspn(arg, " ");
	const char *path = arg + len + 1;
	struct stat st;
	char text[32];
	time_t t;

	if (arg[len] == '\0' || !time_parse_zoned(arg, len, &t) || stat(path, &st) == -1)
		return false;
	if (!change_times(path, NULL, t)) {
		reply_errno(s, errno, "MDTM", path);
		return true;
	}
	put_time(text, t);
	reply(s, 213, "%s", text);
	return true;
}

/* RFC 3659 section 3.4: a file may be named like the old form, and then that is what is meant. */
void
cmd_mdtm(struct session *s, char *arg)
{
	char text[32];
	struct stat st;

	if (stat(arg, &st) == 0) {
		put_time(text, st.st_mtime);
		reply(s, 213, "%s", text);
	} else {
		int error = errno;

		if ((error != ENOENT && error != ENOTDIR && error != ENAMETOOLONG) ||
		    !set_by_mdtm(s, arg))
			reply_errno(s, error, "MDTM", arg);
	}
}

void
cmd_mfmt(struct session *s, char *arg)
{
	size_t len = strcspn(arg, " ");
	char *path = arg + len + 1;
	char text[32];
	time_t t;

	if (arg[len] == '\0' || *path == '\0' || !time_parse_val(arg, len, &t)) {
		reply(s, 501, "Usage: MFMT YYYYMMDDHHMMSS path");
		return;
	}
	path_from_listed(path);
	if (!change_times(path, NULL, t)) {
		reply_errno(s, errno, "MFMT", path);
		return;
	}
	put_time(text, t);
	reply(s, 213, "Modify=%s; %s", text, path);
}

void
cmd_mfct(struct session *s, char *arg)
{
	(void)arg;
	reply(s, 504,
	    "When a file was made is the system's to know; MFMT sets when it was modified.");
}

static void
change(struct session *s, const struct mff *m)
{
	char time[32], facts[128];
	struct sb sb;

	if ((m->has_mode && !change_mode(m->path, (mode_t)m->mode)) ||
	    (m->has_modify && !change_times(m->path, NULL, m->modify))) {
		reply_errno(s, errno, "MFF", m->path);
		return;
	}
	sb_init(&sb, facts, sizeof(facts));
	if (m->has_modify) {
		put_time(time, m->modify);
		sb_printf(&sb, "Modify=%s;", time);
	}
	if (m->has_mode)
		sb_printf(&sb, "UNIX.mode=%04o;", m->mode);
	reply(s, 213, "%s %s", facts, m->path);
}

void
cmd_mff(struct session *s, char *arg)
{
	struct mff m;

	switch (mff_parse(arg, &m)) {
	case MFF_OK:
		path_from_listed(arg + (m.path - arg));
		change(s, &m);
		break;
	case MFF_SYNTAX:
		reply(s, 501, "Usage: MFF fact=value;... path");
		break;
	case MFF_UNKNOWN:
		reply(s, 504, "%.*s cannot be set here; %s can.", m.fact_len, m.fact, MFF_FACTS);
		break;
	case MFF_VALUE:
		reply(s, 501, "The value of %.*s is not right.", m.fact_len, m.fact);
		break;
	}
}
