#include "client/engine/known.h"

#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLANKS    " \t\r\n"
#define TLS_ALONE "TLS"

bool
known_path(char path[PATH_MAX])
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int n;

	/* Relative ones are to be ignored, says the XDG specification. */
	if (config != NULL && config[0] == '/')
		n = snprintf(path, PATH_MAX, "%s/ferry/known_hosts", config);
	else if (home != NULL && home[0] != '\0')
		n = snprintf(path, PATH_MAX, "%s/.config/ferry/known_hosts", home);
	else
		return false;
	return n < PATH_MAX;
}

/* What one line says of this host, as enum known; -1: it is none of the file's. */
static int
match(char *line, const char *host, uint16_t port, char fingerprint_r[FINGERPRINT_LEN])
{
	char *rest = NULL;
	const char *name = strtok_r(line, BLANKS, &rest);
	const char *number, *fingerprint;
	uint64_t value;
	bool tls_alone;

	if (name == NULL || name[0] == '#')
		return 0;
	number = strtok_r(NULL, BLANKS, &rest);
	fingerprint = strtok_r(NULL, BLANKS, &rest);
	if (number == NULL || fingerprint == NULL || !num_parse(number, UINT16_MAX, &value))
		return -1;
	tls_alone = strcmp(fingerprint, TLS_ALONE) == 0;
	if (!tls_alone && !fingerprint_parse(fingerprint, fingerprint_r))
		return -1;
	if (strcasecmp(name, host) != 0 || value != port)
		return KNOWN_NOTHING;
	return tls_alone ? KNOWN_TLS : KNOWN_CERTIFICATE;
}

int
known_find(const char *path, const char *host, uint16_t port, char fingerprint_r[FINGERPRINT_LEN],
    unsigned *line_r, struct fail *f)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int rc = KNOWN_NOTHING, best = KNOWN_NOTHING;

	if (file == NULL)
		return errno == ENOENT || errno == ENOTDIR
		    ? KNOWN_NOTHING
		    : fail_errno(f, FAIL_LOCAL, "cannot read %s", path);
	*line_r = 0;
	while (rc != -1 && rc != KNOWN_CERTIFICATE && getline(&line, &size, file) != -1) {
		++*line_r;
		rc = match(line, host, port, fingerprint_r);
		best = rc > best ? rc : best;
	}
	if (rc == -1)
		fail_set(f, FAIL_LOCAL, "%s: line %u is not understood", path, *line_r);
	else if (ferror(file))
		rc = fail_errno(f, FAIL_LOCAL, "cannot read %s", path);
	free(line);
	fclose(file);
	return rc == -1 ? -1 : best;
}

/* Every directory above the file, for the user alone. */
static void
make_directories(const char *path)
{
	char part[PATH_MAX];

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(part, 0700);        /* what is wrong with it, open(2) says */
		*slash = '/';
	}
}

/* Whether the file's last line has no end. */
static bool
is_open_ended(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char last;

	return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

int
known_add(
    const char *path, const char *host, uint16_t port, const char *fingerprint, struct fail *f)
{
	char text[512];
	int fd, n, rc = 0;

	make_directories(path);
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot write %s", path);
	n = snprintf(text, sizeof(text), "%s%s %u %s%s\n", is_open_ended(fd) ? "\n" : "", host,
	    port,
	    fingerprint == NULL ? TLS_ALONE : "SHA256:", fingerprint == NULL ? "" : fingerprint);
	errno = 0;
	if (write(fd, text, (size_t)n) != n)
		rc = fail_errno(f, FAIL_LOCAL, "cannot write %s", path);
	close(fd);
	return rc;
}
