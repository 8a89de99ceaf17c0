#include "server/command/cmd_site.h"

#include "base/num.h"
#include "ftp/time.h"
#include "server/command/cmd_hash.h"
#include "server/command/cmd_quota.h"
#include "server/command/cmd_site_copy.h"
#include "server/command/cmd_site_session.h"
#include "server/command/cmd_site_tree.h"
#include "server/command/command.h"
#include "server/file/change.h"
#include "server/file/path.h"
#include "server/session/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static void site_help_command(struct session *s, char *arg);

/* The set-id and sticky bits are not a client's to set. */
#define MODE_MAX 0777

static void
site_chmod(struct session *s, char *arg)
{
	char *path = strchr(arg, ' ');
	uint64_t mode;

	if (path != NULL)
		*path++ = '\0';
	if (path == NULL || *path == '\0' || !num_parse_octal(arg, MODE_MAX, &mode)) {
		reply(s, 501, "Usage: SITE CHMOD 000..777 path");
		return;
	}
	path_from_listed(path);
	if (!change_mode(path, (mode_t)mode))
		reply_errno(s, errno, "SITE CHMOD", path);
	else
		reply(s, 200, "Mode changed.");
}

static void
set_times(struct session *s, char *path, time_t atime, time_t mtime)
{
	path_from_listed(path);
	if (!change_times(path, &atime, mtime))
		reply_errno(s, errno, "SITE UTIME", path);
	else
		reply(s, 200, "Times changed.");
}

/* "path atime mtime ctime UTC", cut from the right, since the path may hold blanks.  False when arg
 * is not of that form. */
static bool
cut_long_form(char *arg, time_t *atime, time_t *mtime)
{
	char *word[4];
	time_t ctime_ignored;

	for (int i = 3; i >= 0; i--) {
		word[i] = strrchr(arg, ' ');
		if (word[i] == NULL || word[i] == arg)
			break;
		*word[i]++ = '\0';
		if (i == 0 && strcasecmp(word[3], "UTC") == 0 &&
		    time_parse_minutes(word[0], strlen(word[0]), atime) &&
		    time_parse_minutes(word[1], strlen(word[1]), mtime) &&
		    time_parse_minutes(word[2], strlen(word[2]), &ctime_ignored))
			return true;
	}
	return false;
}

static void
site_utime(struct session *s, char *arg)
{
	char whole[PATH_MAX + 64];
	size_t len = strcspn(arg, " ");
	time_t atime, mtime;

	if (strlen(arg) < sizeof(whole)) {
		memcpy(whole, arg, strlen(arg) + 1);
		if (cut_long_form(whole, &atime, &mtime)) {
			set_times(s, whole, atime, mtime);
			return;
		}
	}
	if (arg[len] == '\0' || arg[len + 1] == '\0' || !time_parse_minutes(arg, len, &mtime)) {
		reply(s, 501,
		    "Usage: SITE UTIME YYYYMMDDhhmm[ss] path, or SITE UTIME path atime mtime ctime UTC");
		return;
	}
	set_times(s, arg + len + 1, mtime, mtime);
}

enum site_flag {
	SITE_FEATURE = 1,       /* clients look for it in FEAT */
	SITE_BY_KEY = 2         /* only where the configuration's site-rmdir allows */
};

/* Sorted by word.  Without a function it is known, and not built: what other servers have, and we
 * will not. */
static const struct site_row {
	const char *word;
	void (*run)(struct session *s, char *arg);
	enum command_arg arg;
	enum session_state from;
	unsigned flags;
	const char *help;
} rows[] = {
	{ "CHGRP", NULL, ARG_MUST, ST_IN, 0, "SITE CHGRP group path" },
	{ "CHMOD", site_chmod, ARG_WORD_FIRST, ST_IN, 0, "SITE CHMOD mode path" },
	{ "COPY", site_copy, ARG_MUST, ST_IN, SITE_FEATURE, "SITE COPY from to" },
	{ "CPFR", site_cpfr, ARG_MUST, ST_IN, 0, "SITE CPFR path" },
	{ "CPTO", site_cpto, ARG_MUST, ST_IN, 0, "SITE CPTO path" },
	{ "EXEC", NULL, ARG_MUST, ST_IN, 0, "SITE EXEC command" },
	{ "GPASS", NULL, ARG_MUST, ST_IN, 0, "SITE GPASS password" },
	{ "GROUP", NULL, ARG_MUST, ST_IN, 0, "SITE GROUP group" },
	{ "HELP", site_help_command, ARG_SOME_WORDS, ST_ANY, 0, "SITE HELP [command]" },
	{ "IDLE", site_idle, ARG_SOME_WORDS, ST_IN, 0, "SITE IDLE [seconds]" },
	{ "INDEX", NULL, ARG_MUST, ST_IN, 0, "SITE INDEX text" },
	{ "LINK", NULL, ARG_MUST, ST_IN, 0, "SITE LINK target link" },
	{ "MKDIR", site_mkdir, ARG_MUST, ST_IN, SITE_FEATURE, "SITE MKDIR path" },
	{ "MSG", NULL, ARG_MUST, ST_IN, 0, "SITE MSG text" },
	{ "PSWD", NULL, ARG_MUST, ST_IN, 0, "SITE PSWD old new" },
	{ "QUOTA", site_quota, ARG_NONE, ST_IN, 0, "SITE QUOTA" },
	{ "RESUME", hash_site_resume, ARG_WORD_FIRST, ST_IN, SITE_FEATURE,
	    "SITE RESUME offset sha256 path" },
	{ "RMDIR", site_rmdir, ARG_MUST, ST_IN, SITE_FEATURE | SITE_BY_KEY, "SITE RMDIR path" },
	{ "SET", NULL, ARG_MUST, ST_IN, 0, "SITE SET name value" },
	{ "SYMLINK", site_symlink, ARG_MUST, ST_IN, SITE_FEATURE, "SITE SYMLINK target link" },
	{ "UMASK", site_umask, ARG_SOME_WORDS, ST_IN, 0, "SITE UMASK [mask]" },
	{ "UTIME", site_utime, ARG_MUST, ST_IN, SITE_FEATURE, "SITE UTIME YYYYMMDDhhmm[ss] path" },
	{ "WHO", site_who, ARG_NONE, ST_IN, 0, "SITE WHO" },
	{ "ZONE", NULL, ARG_MAY, ST_IN, 0, "SITE ZONE" },
};

#define NROWS (sizeof(rows) / sizeof(rows[0]))

static bool
is_on(const struct session *s, const struct site_row *row)
{
	return row->run != NULL && ((row->flags & SITE_BY_KEY) == 0 || s->conf->site_rmdir);
}

/* The row of a word of len bytes, or NULL. */
static const struct site_row *
find_row(const char *word, size_t len)
{
	for (size_t i = 0; i < NROWS; i++)
		if (strlen(rows[i].word) == len && strncasecmp(rows[i].word, word, len) == 0)
			return &rows[i];
	return NULL;
}

void
site_help(struct session *s, const char *word)
{
	const struct site_row *row;

	if (*word != '\0') {
		row = find_row(word, strlen(word));
		if (row == NULL || !is_on(s, row))
			reply(s, 502, "There is no such SITE command here.");
		else
			reply(s, 214, "Usage: %s", row->help);
		return;
	}
	reply_first(s, 214, "SITE commands:");
	for (size_t i = 0; i < NROWS; i++)
		if (is_on(s, &rows[i]))
			reply_line(s, "%s", rows[i].help);
	reply(s, 214, "End");
}

void
site_features(struct session *s)
{
	for (size_t i = 0; i < NROWS; i++)
		if ((rows[i].flags & SITE_FEATURE) != 0 && is_on(s, &rows[i]))
			reply_line(s, "SITE %s", rows[i].word);
}

static void
site_help_command(struct session *s, char *arg)
{
	site_help(s, arg);
}

void
cmd_site(struct session *s, char *arg)
{
	size_t len = strcspn(arg, " ");
	char *rest = arg[len] == ' ' ? arg + len + 1 : arg + len;
	const struct site_row *row = find_row(arg, len);

	if (row == NULL)
		reply(s, 504, "There is no such SITE command here; SITE HELP lists them.");
	else if (!is_on(s, row))
		reply(s, 502, "That SITE command is not to be had here.");
	else if (s->state < row->from)
		reply(s, 530, "Log in with USER and PASS first.");
	else if (!command_take_arg(row->arg, rest))
		reply(s, 501, "Usage: %s", row->help);
	else
		row->run(s, rest);
	/* Between CPFR and CPTO nothing else may come. */
	if (row == NULL || row->run != site_cpfr)
		s->params.pending = PENDING_NONE;
}
