#include "ctl/home.h"

#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
complain(const char *path, const char *why)
{
	fprintf(stderr, "ferryctl: %s: %s\n", path, why);
	return false;
}

/* Every directory above path that is missing, mode 0755. */
static bool
make_parents(const char *path)
{
	char part[PATH_MAX];

	for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		size_t len = (size_t)(slash - path);

		if (len >= sizeof(part))
			return complain(path, strerror(ENAMETOOLONG));
		memcpy(part, path, len);
		part[len] = '\0';
		if (mkdir(part, 0755) == -1 && errno != EEXIST)
			return complain(part, strerror(errno));
	}
	return true;
}

/* A directory of this owner and mode.  It is made private and given away through its descriptor, so that
 * nobody can put a link in its place meanwhile. */
static bool
make_directory(const char *path, uid_t uid, gid_t gid, mode_t mode, bool *made_r)
{
	struct stat st;
	int fd;
	bool ok;

	if (!make_parents(path))
		return false;
	*made_r = mkdir(path, 0700) == 0;
	if (!*made_r && errno != EEXIST)
		return complain(path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return complain(path, errno == ENOTDIR || errno == ELOOP ?
		        "it is there already, and no directory (a symbolic link counts as none)" : strerror(errno));
	ok = fstat(fd, &st) == 0;
	if (*made_r)
		ok = (geteuid() != 0 || fchown(fd, uid, gid) == 0) && fchmod(fd, mode) == 0;
	else if (ok && st.st_uid != uid)
		fprintf(stderr, "ferryctl: warning: %s is there already and belongs to uid %u, not %u\n", path,
		    st.st_uid, uid);
	if (!ok) {
		complain(path, strerror(errno));
		if (*made_r)
			(void)rmdir(path);
	}
	close(fd);
	return ok;
}

bool
home_make(const char *home, uid_t uid, gid_t gid, bool *made_r)
{
	return make_directory(home, uid, gid, 0750, made_r);
}

void
home_unmake(const char *home)
{
	(void)rmdir(home);
}

/* The keeper's ids, as ferryd will take them from the configuration. */
static bool
keeper_ids(const struct conf *c, uid_t *uid_r, gid_t *gid_r)
{
	const struct passwd *pw;
	uint64_t id;

	if (geteuid() != 0) {
		*uid_r = geteuid();
		*gid_r = getegid();
		return true;
	}
	if (num_parse(c->keeper_user, UINT32_MAX - 1, &id)) {
		*uid_r = (uid_t)id;
		*gid_r = (gid_t)id;
		return true;
	}
	pw = getpwnam(c->keeper_user);
	if (pw == NULL) {
		fprintf(stderr, "ferryctl: no user \"%s\" to own the store: make it (useradd --system --user-group "
				"--no-create-home --shell /usr/sbin/nologin %s) or set keeper-user\n",
		    c->keeper_user, c->keeper_user);
		return false;
	}
	*uid_r = pw->pw_uid;
	*gid_r = pw->pw_gid;
	return true;
}

bool
home_make_store_directory(const struct conf *c)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(c->store, '/');
	size_t len = slash == c->store ? 1 : (size_t)(slash - c->store);
	uid_t uid;
	gid_t gid;
	bool made;

	memcpy(dir, c->store, len);
	dir[len] = '\0';
	if (access(dir, F_OK) == 0)
		return true;
	return keeper_ids(c, &uid, &gid) && make_directory(dir, uid, gid, 0700, &made);
}
