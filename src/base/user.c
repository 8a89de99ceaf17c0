#include "base/user.h"

#include "base/num.h"

#include <pwd.h>

bool
user_find(const char *text, uid_t *uid_r, gid_t *gid_r)
{
	const struct passwd *pw;
	uint64_t id;

	if (num_parse(text, UINT32_MAX - 1, &id)) {
		*uid_r = (uid_t)id;
		*gid_r = (gid_t)id;
		return true;
	}
	pw = getpwnam(text);
	if (pw == NULL)
		return false;
	*uid_r = pw->pw_uid;
	*gid_r = pw->pw_gid;
	return true;
}
