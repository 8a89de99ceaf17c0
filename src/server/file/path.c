#include "server/file/path.h"

#include "ftp/name.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
path_in_full(const char *path, char full_r[PATH_MAX])
{
	size_t len = strlen(path), at = 0;

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (path[0] != '/') {
		if (getcwd(full_r, PATH_MAX) == NULL)
			return false;
		at = strlen(full_r);
		if (at > 1)
			full_r[at++] = '/';
	}
	if (at + len >= PATH_MAX) {
		errno = ERANGE;
		return false;
	}
	memcpy(full_r + at, path, len);
	full_r[at + len] = '\0';
	return true;
}

/* Whether a path that goes on at end is there so far; what cannot be looked at counts as there. */
static bool
is_there(const char *path, char *end)
{
	char kept = *end;
	struct stat st;
	bool there;

	*end = '\0';
	there = lstat(path, &st) == 0 || (errno != ENOENT && errno != ENAMETOOLONG);
	*end = kept;
	return there;
}

/* The components before end, or all of them. */
static void
from_listed(char *path, const char *end)
{
	char listed[3 * NAME_MAX], name[NAME_MAX + 1];

	if (strstr(path, "%0") == NULL)
		return;
	for (char *part = path, *rest; *part != '\0' && part != end;
	     part = rest + strspn(rest, "/")) {
		size_t len = strcspn(part, "/"), name_len;

		rest = part + len;
		if (!name_from_listed(part, len, name, sizeof(name)) || is_there(path, rest))
			continue;
		name_len = strlen(name);
		memcpy(listed, part, len);
		memcpy(part, name, name_len);
		if (is_there(path, part + name_len)) {
			memmove(part + name_len, rest, strlen(rest) + 1);
			rest = part + name_len;
			end = end == NULL ? NULL : end - (len - name_len);
		} else {
			memcpy(part, listed, len);
		}
	}
}

void
path_from_listed(char *path)
{
	from_listed(path, NULL);
}

void
path_parent_from_listed(char *path)
{
	size_t len = strlen(path);

	while (len > 0 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	from_listed(path, path + len);
}

bool
path_is_creatable(char *path)
{
	char *rest;

	for (char *part = path; *part != '\0'; part = rest + strspn(rest, "/")) {
		char kept;
		bool plain;

		rest = part + strcspn(part, "/");
		kept = *rest;
		*rest = '\0';
		plain = name_is_creatable(part);
		*rest = kept;
		if (!plain && (*rest == '\0' || !is_there(path, rest)))
			return false;
	}
	return true;
}
