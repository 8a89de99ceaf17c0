#include "ctl/rights.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
rights_has_root(void)
{
	return getuid() == 0;
}

/* It cannot fail for root, whose ids are still the real and the saved ones. */
static bool
become(uid_t uid, gid_t gid)
{
	return seteuid(0) == 0 && setegid(gid) == 0 && seteuid(uid) == 0;
}

bool
rights_of_owner(const char *store)
{
	char copy[PATH_MAX];
	struct stat st;

	if (!rights_has_root())
		return true;
	snprintf(copy, sizeof(copy), "%s", store);
	/* Where there is no directory, the opening of the store says so. */
	if (stat(dirname(copy), &st) == -1 || become(st.st_uid, st.st_gid))
		return true;
	fprintf(stderr, "ferryctl: cannot act as uid %u, the owner of the store's directory: %s\n",
	    st.st_uid, strerror(errno));
	return false;
}

struct rights
rights_of_root(void)
{
	struct rights before = { geteuid(), getegid() };

	if (rights_has_root())
		(void)become(0, 0);
	return before;
}

void
rights_restore(struct rights before)
{
	if (rights_has_root())
		(void)become(before.uid, before.gid);
}

bool
rights_of_user(uid_t uid, gid_t gid, struct rights *before_r)
{
	*before_r = (struct rights){ geteuid(), getegid() };
	/* Root's groups do not come back: it needs none. */
	return !rights_has_root() ||
	    (seteuid(0) == 0 && setgroups(0, NULL) == 0 && become(uid, gid));
}
