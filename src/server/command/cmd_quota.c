#include "server/command/cmd_quota.h"

#include "base/num.h"
#include "server/file/lease.h"
#include "server/session/reply.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

void
cmd_allo(struct session *s, char *arg)
{
	char *rest = strchr(arg, ' ');
	uint64_t bytes, record;

	if (rest != NULL)
		*rest++ = '\0';
	if (!num_parse(arg, INT64_MAX, &bytes) ||
	    (rest != NULL &&
		(strncasecmp(rest, "R ", 2) != 0 || !num_parse(rest + 2, INT64_MAX, &record))))
		reply(s, 501, "Usage: ALLO bytes [R record]");
	else if (!s->lease.limited)
		reply(s, 200, "No storage needs to be allocated ahead.");
	else if (!lease_reserve(s, bytes > USAGE_MAX ? USAGE_MAX : (int64_t)bytes))
		reply_errno(s, errno, "ALLO", NULL);
	else
		reply(s, 200, "%llu bytes are reserved for the next upload.",
		    (unsigned long long)bytes);
}

/* draft-peterson-streamlined-ftp-command-extensions section 4: what may be stored there, by disk
 * and quota. */
void
cmd_avbl(struct session *s, char *arg)
{
	const char *path = *arg == '\0' ? "." : arg;
	struct usage limit, used, left;
	uint64_t bytes;
	struct statvfs fs;
	struct stat st;

	if (stat(path, &st) == -1 || statvfs(path, &fs) == -1) {
		reply_errno(s, errno, "AVBL", path);
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		reply_errno(s, ENOTDIR, "AVBL", path);
		return;
	}
	if (__builtin_mul_overflow(fs.f_bavail, fs.f_frsize, &bytes) || bytes > INT64_MAX)
		bytes = INT64_MAX;
	if (lease_ask_usage(s, &limit, &used, &left)) {
		uint64_t allowed = left.files == 0 ? 0 : (uint64_t)left.bytes;

		bytes = allowed < bytes ? allowed : bytes;
	}
	reply(s, 213, "%llu", (unsigned long long)bytes);
}

/* One kind of figures of mod_quotatab's form. */
static void
put_figures(struct session *s, const char *what, const char *end, int64_t used, int64_t limit)
{
	if (limit < 0)
		reply_line(s, "  %s\tunlimited", what);
	else
		reply_line(
		    s, "  %s\t%lld%s/%lld%s", what, (long long)used, end, (long long)limit, end);
}

/* In the form of ProFTPD's mod_quotatab, which clients and scripts know, with bytes for its
 * unit. */
static void
put_quota(struct session *s, const struct usage *limit, const struct usage *used,
    const struct usage *left)
{
	reply_first(s, 200, "The current quota for this session are [current/limit]:");
	reply_line(s, "Name: %s", s->login.name);
	reply_line(s, "Quota Type: User");
	reply_line(s, "Per Session: False");
	reply_line(s, "Limit Type: Hard");
	put_figures(s, "Uploaded bytes:", ".00", used->bytes, limit->bytes);
	put_figures(s, "Downloaded bytes:", "", 0, USAGE_UNLIMITED);
	put_figures(s, "Transferred bytes:", "", 0, USAGE_UNLIMITED);
	put_figures(s, "Uploaded files:", "", used->files, limit->files);
	put_figures(s, "Downloaded files:", "", 0, USAGE_UNLIMITED);
	put_figures(s, "Transferred files:", "", 0, USAGE_UNLIMITED);
	if (limit->bytes < 0)
		reply(s, 200, "%lld files are free.", (long long)left->files);
	else if (limit->files < 0)
		reply(s, 200, "%lld bytes are free.", (long long)left->bytes);
	else
		reply(s, 200, "%lld bytes and %lld files are free.", (long long)left->bytes,
		    (long long)left->files);
}

void
site_quota(struct session *s, char *arg)
{
	struct usage limit, used, left;

	(void)arg;
	if (lease_ask_usage(s, &limit, &used, &left))
		put_quota(s, &limit, &used, &left);
	else if (s->lease.limited)
		reply(s, 450, "Your quota cannot be told at present; try again in a moment.");
	else
		reply(s, 202, "No quotas in effect.");
}
