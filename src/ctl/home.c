#include "ctl/home.h"

#include "base/dir.h"
#include "base/user.h"
#include "ctl/rights.h"
#include "store/place.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

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
		fprintf(stderr, "ferryctl: warning: %s is there already and belongs to uid %u, not %u\n", home,
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
home_make_store_directory(const struct conf *c)
{
	char error[PATH_MAX + 128];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (uid == 0 && !user_find(c->keeper_user, &uid, &gid)) {
		fprintf(stderr, "ferryctl: no user \"%s\" to own the store: make it (useradd --system --user-group "
				"--no-create-home --shell /usr/sbin/nologin %s) or set keeper-user\n",
		    c->keeper_user, c->keeper_user);
		return false;
	}
	if (place_make(c->store, uid, gid, error, sizeof(error)))
		return true;
	fprintf(stderr, "ferryctl: %s\n", error);
	return false;
}
