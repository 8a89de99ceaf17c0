#include "server/cmd_site.h"

#include "base/num.h"
#include "ftp/time.h"
#include "server/cmd_hash.h"
#include "server/command.h"
#include "server/reply.h"

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
	if (chmod(path, (mode_t)mode) == -1)
		reply_errno(s, errno, "SITE CHMOD", path);
	else
		reply(s, 200, "Mode changed.");
}

static void
set_times(struct session *s, const char *path, time_t atime, time_t mtime)
{
	const struct timespec times[2] = { { .tv_sec = atime }, { .tv_sec = mtime } };

	if (utimensat(AT_FDCWD, path, times, 0) == -1)
		reply_errno(s, errno, "SITE UTIME", path);
	else
		reply(s, 200, "Times changed.");
}

/* "path atime mtime ctime UTC", cut from the right, since the path may hold blanks.  False when arg is not
 * of that form. */
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
		reply(s, 501, "Usage: SITE UTIME YYYYMMDDhhmm[ss] path, or SITE UTIME path atime mtime ctime UTC");
		return;
	}
	set_times(s, arg + len + 1, mtime, mtime);
}

static const struct {
	const char *word;
	void (*run)(struct session *s, char *arg);
	enum command_arg arg;
	enum session_state from;
	const char *help;
} rows[] = {
	{ "CHMOD", site_chmod, ARG_MUST, ST_IN, "SITE CHMOD mode path" },
	{ "HELP", site_help_command, ARG_MAY, ST_ANY, "SITE HELP [command]" },
	{ "RESUME", hash_site_resume, ARG_MUST, ST_IN, "SITE RESUME offset sha256 path" },
	{ "UTIME", site_utime, ARG_MUST, ST_IN, "SITE UTIME YYYYMMDDhhmm[ss] path" },
};

#define NROWS (sizeof(rows) / sizeof(rows[0]))

void
site_help(struct session *s)
{
	reply_first(s, 214, "SITE commands:");
	for (size_t i = 0; i < NROWS; i++)
		reply_line(s, "%s", rows[i].help);
	reply(s, 214, "End");
}

bool
site_help_word(struct session *s, const char *word)
{
	for (size_t i = 0; i < NROWS; i++) {
		if (strcasecmp(rows[i].word, word) == 0) {
			reply(s, 214, "Usage: %s", rows[i].help);
			return true;
		}
	}
	return false;
}

static void
site_help_command(struct session *s, char *arg)
{
	if (*arg == '\0')
		site_help(s);
	else if (!site_help_word(s, arg))
		reply(s, 502, "There is no such SITE command here.");
}

void
cmd_site(struct session *s, char *arg)
{
	size_t len = strcspn(arg, " ");
	char *rest = arg[len] == ' ' ? arg + len + 1 : arg + len;

	for (size_t i = 0; i < NROWS; i++) {
		if (strlen(rows[i].word) != len || strncasecmp(arg, rows[i].word, len) != 0)
			continue;
		if (s->state < rows[i].from)
			reply(s, 530, "Log in with USER and PASS first.");
		else if (rows[i].arg == ARG_MUST && *rest == '\0')
			reply(s, 501, "Usage: %s", rows[i].help);
		else
			rows[i].run(s, rest);
		return;
	}
	reply(s, 504, "There is no such SITE command here; SITE HELP lists them.");
}
