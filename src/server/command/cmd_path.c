#include "server/command/cmd_path.h"

#include "base/clock.h"
#include "ftp/ascii.h"
#include "server/file/change.h"
#include "server/file/counted.h"
#include "server/file/path.h"
#include "server/file/plain.h"
#include "server/session/reply.h"
#include "server/transfer/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* SIZE in TYPE A reads the whole file; a larger one is refused, as RFC 3659 section 4.2 allows. */
#define SIZE_ASCII_MAX    (64LL * 1024 * 1024)
#define SIZE_ASCII_BUFFER (64 * 1024)

static void
change_directory(struct session *s, const char *path)
{
	if (chdir(path) == -1)
		reply_errno(s, errno, "CWD", path);
	else
		reply(s, 250, "Directory changed.");
}

void
cmd_cwd(struct session *s, char *arg)
{
	change_directory(s, arg);
}

void
cmd_cdup(struct session *s, char *arg)
{
	(void)arg;
	change_directory(s, "..");
}

void
cmd_pwd(struct session *s, char *arg)
{
	char cwd[PATH_MAX];

	(void)arg;
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		reply(s, 550,
		    errno == ENOENT ? "This directory is not there any more."
				    : "The path of this directory is too long to be told.");
	else
		reply_path(s, cwd, "is the current directory.");
}

/* Names that a listing could not show or a command not name again are not made.  False after
 * 553. */
static bool
creatable(struct session *s, char *path)
{
	if (path_is_creatable(path))
		return true;
	reply(s, 553, "Names with control characters are not made here.");
	return false;
}

void
cmd_mkd(struct session *s, char *arg)
{
	char full[PATH_MAX];

	if (!creatable(s, arg))
		return;
	/* 257 names it in full (RFC 959 appendix II); what cannot be named so could not be reached
	 * again. */
	if (!path_in_full(arg, full)) {
		if (errno == ENOENT)
			reply_errno(s, errno, "MKD", arg);
		else
			reply(s, 553, "The path would be too long.");
	} else if (!change_make_directory(arg)) {
		reply_errno(s, errno, "MKD", arg);
	} else {
		reply_path(s, full, "created.");
	}
}

void
cmd_rmd(struct session *s, char *arg)
{
	if (!change_remove_directory(AT_FDCWD, arg))
		reply_errno(s, errno, "RMD", arg);
	else
		reply(s, 250, "Directory removed.");
}

void
cmd_dele(struct session *s, char *arg)
{
	if (!counted_remove(s, AT_FDCWD, arg)) {
		reply_errno(s, errno, "DELE", arg);
		return;
	}
	s->transfer = (struct session_transfer){ .what = "DELE", .started = clock_ms() };
	transfer_log(s, TRANSFER_DELETED, arg, true);
	reply(s, 250, "File deleted.");
}

void
cmd_rnfr(struct session *s, char *arg)
{
	struct stat st;

	s->params.pending = PENDING_NONE;
	if (strlen(arg) >= sizeof(s->params.from)) {
		reply_errno(s, ENAMETOOLONG, "RNFR", arg);
		return;
	}
	if (lstat(arg, &st) == -1) {
		reply_errno(s, errno, "RNFR", arg);
		return;
	}
	memcpy(s->params.from, arg, strlen(arg) + 1);
	s->params.pending = PENDING_RENAME;
	reply(s, 350, "It exists; now RNTO with the new name.");
}

void
cmd_rnto(struct session *s, char *arg)
{
	if (s->params.pending != PENDING_RENAME) {
		reply(s, 503, "Send RNFR first.");
		return;
	}
	if (!creatable(s, arg))
		return;
	if (!counted_rename(s, s->params.from, arg))
		reply_errno(s, errno, "RNTO", arg);
	else
		reply(s, 250, "Renamed.");
}

/* How many bytes a plain file would be in TYPE A.  -1 with errno. */
static int64_t
ascii_size(const char *path)
{
	int fd = plain_open_any(AT_FDCWD, path, O_RDONLY | PLAIN_FLAGS, 0);
	char *buf = malloc(SIZE_ASCII_BUFFER);
	struct ascii state = { false };
	int64_t size = 0;
	ssize_t n = -1;

	if (fd != -1 && buf != NULL)
		while ((n = read(fd, buf, SIZE_ASCII_BUFFER)) > 0)
			size += (int64_t)ascii_encoded_size(&state, buf, (size_t)n);
	free(buf);
	if (fd != -1)
		close(fd);
	return n == 0 ? size : -1;
}

/* What RETR would send in MODE S (RFC 3659 section 4): no other mode can tell without sending
 * it. */
void
cmd_size(struct session *s, char *arg)
{
	bool ascii = s->params.form.type == WIRE_ASCII;
	struct stat st;
	int64_t size;

	if (stat(arg, &st) == -1) {
		reply_errno(s, errno, "SIZE", arg);
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		reply_errno(s, S_ISDIR(st.st_mode) ? EISDIR : ENODEV, "SIZE", arg);
		return;
	}
	size = st.st_size;
	if (s->params.form.records) {
		reply(s, 550, "With STRU R that is known only by sending it; use STRU F.");
		return;
	}
	if (ascii && size > SIZE_ASCII_MAX) {
		reply(s, 550, "Too large to be counted in TYPE A; use TYPE I.");
		return;
	}
	if (ascii && (size = ascii_size(arg)) == -1)
		reply_errno(s, errno, "SIZE", arg);
	else
		reply(s, 213, "%lld", (long long)size);
}
