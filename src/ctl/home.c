#include "ctl/home.h"

#include "base/dir.h"
#include "base/tree.h"
#include "base/user.h"
#include "ctl/rights.h"
#include "store/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PASSES_MOST 16          /* over a home in which something appears meanwhile */

bool
home_make(const char *home, uid_t uid, gid_t gid, bool *made_r)
{
	char error[PATH_MAX + 128];
	struct rights before = rights_of_root();
	struct stat st;
	bool ok = dir_make(home, uid, gid, 0750, made_r, &st, error, sizeof(error));

	rights_restore(before);
	if (!ok) {
		fprintf(stderr, "ferryctl: %s\n", error);
		return false;
	}
	if (st.st_uid != uid)
		fprintf(stderr,
		    "ferryctl: warning: %s is there already and belongs to uid %u, not %u\n", home,
		    st.st_uid, uid);
	return true;
}

void
home_unmake(const char *home)
{
	struct rights before = rights_of_root();

	(void)rmdir(home);
	rights_restore(before);
}

bool
home_open(const struct account *account, int *fd_r)
{
	struct rights before = rights_of_root();
	int fd = open(account->home, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
	    error = errno;
	struct stat st;

	rights_restore(before);
	*fd_r = -1;
	if (fd == -1 && error == ENOENT)
		return true;
	if (fd == -1) {
		fprintf(stderr, "ferryctl: %s: %s: nothing is deleted\n", account->home,
		    error == ELOOP || error == ENOTDIR ? "it is no directory" : strerror(error));
		return false;
	}
	if (fstat(fd, &st) == -1 || st.st_uid != account->uid) {
		fprintf(stderr,
		    "ferryctl: %s: it is not the account's own, of uid %u: nothing is deleted\n",
		    account->home, account->uid);
		close(fd);
		return false;
	}
	*fd_r = fd;
	return true;
}

static void
add_usage(struct usage *sum, const struct usage *more)
{
	sum->bytes += more->bytes;
	sum->files += more->files;
}

bool
home_remove(const struct account *account, int fd, struct usage *sum_r)
{
	char left[PATH_MAX] = "";
	struct rights before;
	int rc = -1, error;
	bool ok;

	*sum_r = (struct usage){ 0 };
	/* A session that has still to hear of the end may make something meanwhile. */
	for (int i = 0; i < PASSES_MOST && rc == -1; i++) {
		struct usage sum = { 0 };

		ok = rights_of_user(account->uid, account->gid, &before) &&
		    tree_remove(fd, &sum, left);
		error = errno;
		rights_restore(before);
		add_usage(sum_r, &sum);
		if (!ok)
			break;
		before = rights_of_root();
		rc = rmdir(account->home);
		error = errno;
		rights_restore(before);
		if (rc == -1 && error != ENOTEMPTY && error != EEXIST)
			break;
	}
	if (rc == 0)
		return true;
	fprintf(stderr,
	    "ferryctl: %s: deleted, but not all of its files: %s%s%s: %s; remove what is left by hand\n",
	    account->name, account->home, left[0] == '\0' ? "" : "/", left, strerror(error));
	return false;
}

bool
home_make_store_directory(const struct conf *c)
{
	char error[PATH_MAX + 128];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (uid == 0 && !user_find(c->keeper_user, &uid, &gid)) {
		fprintf(stderr,
		    "ferryctl: no user \"%s\" to own the store: make it (useradd --system --user-group "
		    "--no-create-home --shell /usr/sbin/nologin %s) or set keeper-user\n",
		    c->keeper_user, c->keeper_user);
		return false;
	}
	if (place_make(c->store, uid, gid, error, sizeof(error)))
		return true;
	fprintf(stderr, "ferryctl: %s\n", error);
	return false;
}
