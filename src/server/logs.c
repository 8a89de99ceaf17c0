#include "server/logs.h"

#include "base/file.h"
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
logs_open(const char *path)
{
	const char *why;
	int fd = file_open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0640, &why);

	if (fd == -1)
		log_error("cannot open the log %s: %s", path, why);
	return fd;
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
	log_to(conf_log_kind(c) == CONF_LOG_SYSLOG ? -1 : STDERR_FILENO, (enum log_level)c->log_level);
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
	ok = conf_load(c, path, options, errors);
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
