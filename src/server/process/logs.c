#include "conf/load.h"
#include "server/process/logs.h"

#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOW (O_WRONLY | O_APPEND | O_NOFOLLOW)

static void
fault(const char *path, int error, const char *why)
{
	log_error("cannot open the log %s: %s%s", path, why,
	    error == ENOENT ? "; make its directory, or set log or transfer-log to another file"
			    : "");
}

int
logs_open(const char *path)
{
	const char *why;
	int fd = file_open(path, HOW | O_CREAT, 0640, &why);

	if (fd == -1)
		fault(path, errno, why);
	return fd;
}

/* Whether logs_open() could. */
static bool
can_open(const char *path)
{
	const char *why, *slash = strrchr(path, '/');
	int fd = file_open(path, HOW, 0, &why), error = errno;
	char dir[PATH_MAX];

	if (fd != -1) {
		close(fd);
		return true;
	}
	(void)snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	if (error == ENOENT && slash[1] != '\0' &&
	    faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) == 0)
		return true;
	if (error == ENOENT && errno != ENOENT) {
		error = errno;
		why = strerror(error);
	}
	fault(path, error, why);
	return false;
}

bool
logs_check(const struct conf *c)
{
	bool ok = conf_log_kind(c) != CONF_LOG_FILE || can_open(c->log);

	return (c->transfer_log[0] == '\0' || can_open(c->transfer_log)) && ok;
}

static bool
will_do(const char *path)
{
	int fd = logs_open(path);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

bool
logs_try(const struct conf *c)
{
	return (conf_log_kind(c) != CONF_LOG_FILE || will_do(c->log)) &&
	    (c->transfer_log[0] == '\0' || will_do(c->transfer_log));
}

void
logs_use(const struct conf *c)
{
	log_to(
	    conf_log_kind(c) == CONF_LOG_SYSLOG ? -1 : STDERR_FILENO, (enum log_level)c->log_level);
}

bool
logs_start(const struct conf *c, int own)
{
	bool file = conf_log_kind(c) == CONF_LOG_FILE;
	int fd = file ? logs_open(c->log) : own;

	if (fd == -1)
		return false;
	(void)dup2(fd, STDERR_FILENO);
	if (file)
		close(fd);
	logs_use(c);
	return true;
}

void
logs_avoid_stderr(struct conf *c)
{
	if (conf_log_kind(c) == CONF_LOG_STDERR)
		(void)snprintf(c->log, sizeof(c->log), "syslog");
}

bool
logs_load_conf(const char *path, const struct conf_options *options, struct conf *c)
{
	char *text = NULL, *line, *rest;
	size_t len;
	FILE *errors = open_memstream(&text, &len);
	bool ok;

	if (errors == NULL)
		return false;
	ok = load_conf(c, path, options, errors);
	fclose(errors);
	for (line = text; line != NULL && *line != '\0'; line = rest) {
		rest = line + strcspn(line, "\n");
		if (*rest != '\0')
			*rest++ = '\0';
		log_error("%s", line);
	}
	free(text);
	return ok;
}
