#include "server/logs.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
logs_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0640);

	if (fd == -1)
		log_error("cannot open the log %s: %s", path,
		    errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	return fd;
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
