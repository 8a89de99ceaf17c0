#include "server/process/privilege.h"

#include "base/file.h"
#include "base/log.h"
#include "base/user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* A session before login.  In a user namespace there is one id, so only the first is of use. */
static const cap_value_t session_caps[] = { CAP_SYS_CHROOT, CAP_SETUID, CAP_SETGID };

/* The listener: to bind low ports, to make sessions what they are, to open logs that others own, to
 * end sessions that do not end themselves, and to copy mounts (CAP_SYS_ADMIN, see detach.h). */
static const cap_value_t listener_caps[] = { CAP_SYS_CHROOT, CAP_SETUID, CAP_SETGID, CAP_SETPCAP,
	CAP_NET_BIND_SERVICE, CAP_KILL, CAP_DAC_OVERRIDE, CAP_CHOWN, CAP_SYS_ADMIN };

/* The listener in a user namespace, where the last two mean its own bounds and its own mounts. */
static const cap_value_t namespace_caps[] = { CAP_SYS_CHROOT, CAP_SETPCAP, CAP_SYS_ADMIN };

static int
session_ncaps(const struct privilege *p)
{
	return p->root ? COUNT(session_caps) : 1;
}

#define NO_ID ((uid_t)-2)

/* One of the two users, by the key that names it. */
static bool
check_user(const char *key, const char *name, bool found, uid_t *uid, gid_t *gid)
{
	if (found && *uid != 0 && *gid != 0)
		return true;
	if (found)
		log_error(
		    "%s: \"%s\" may not be root, nor of root's group: set it to a user that owns nothing",
		    key, name);
	else
		log_error(
		    "%s: no user \"%s\": make it (useradd --system --user-group --no-create-home --shell "
		    "/usr/sbin/nologin %s) or set %s",
		    key, name, name, key);
	*uid = NO_ID;
	*gid = NO_ID;
	return false;
}

bool
privilege_find_users(struct privilege *p, const struct conf *c)
{
	const char *session = c->session_user;
	bool keeper_ok, session_ok;

	*p = (struct privilege){ .root = geteuid() == 0, .empty_dir = -1 };
	if (!p->root) {
		p->keeper_uid = p->session_uid = geteuid();
		p->keeper_gid = p->session_gid = getegid();
		return true;
	}
	keeper_ok = check_user("keeper-user", c->keeper_user,
	    user_find(c->keeper_user, &p->keeper_uid, &p->keeper_gid), &p->keeper_uid,
	    &p->keeper_gid);
	if (session[0] == '\0')
		session =
		    user_find("_ferry", &p->session_uid, &p->session_gid) ? "_ferry" : "nobody";
	session_ok = check_user("session-user", session,
	    user_find(session, &p->session_uid, &p->session_gid), &p->session_uid, &p->session_gid);
	return keeper_ok && session_ok;
}

static bool
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return false;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text);
}

/* A number from a file of proc(5); -1 where there is none. */
static long
read_number(const char *path)
{
	char text[32];

	return file_first_line(path, text, sizeof(text)) ? strtol(text, NULL, 10) : -1;
}

/* What forbids an ordinary user a namespace and shows in proc(5), and its cure. */
static const struct {
	const char *path;
	long forbids;
	const char *text;
} switches[] = {
	{ "/proc/sys/user/max_user_namespaces", 0,
	    "user.max_user_namespaces is 0 here; let root run "
	    "\"sysctl user.max_user_namespaces=10000\"" },
	{ "/proc/sys/kernel/unprivileged_userns_clone", 0,
	    "kernel.unprivileged_userns_clone is 0 here; let root run "
	    "\"sysctl kernel.unprivileged_userns_clone=1\"" },
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
	    "AppArmor restricts them here; give ferryd a profile that says \"userns,\", or let root "
	    "run \"sysctl kernel.apparmor_restrict_unprivileged_userns=0\"" },
};

/* What forbids it and cannot be told for sure from inside. */
static const char *const unseen[] = {
	"in a chroot the kernel makes none; start ferryd outside of it, or in a container that has a "
	"root of its own by pivot_root(2)",
	"a container's seccomp filter may refuse unshare(2); give the container one that allows it "
	"(docker run --security-opt seccomp=FILE)",
	"ferryd needs /proc there to map its user; mount it",
};

/* One line for each cause that is found; where none is, one for each that may be. */
static void
explain_no_namespace(int why)
{
	bool found = false;

	log_error(
	    "cannot confine sessions: not root, and no user namespace (%s). Start ferryd as root, or "
	    "have user namespaces allowed:",
	    strerror(why));
	for (int i = 0; i < COUNT(switches); i++) {
		if (read_number(switches[i].path) != switches[i].forbids)
			continue;
		log_error("%s", switches[i].text);
		found = true;
	}
	for (int i = 0; i < COUNT(unseen) && !found; i++)
		log_error("%s", unseen[i]);
}

/* In a namespace of its own even an ordinary user may chroot, and copy mounts where those are its
 * own too.  Ids stay what they are. */
static bool
enter_user_namespace(void)
{
	unsigned uid = geteuid(), gid = getegid();
	char uid_map[64], gid_map[64];

	snprintf(uid_map, sizeof(uid_map), "%u %u 1", uid, uid);
	snprintf(gid_map, sizeof(gid_map), "%u %u 1", gid, gid);
	if ((unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER) == 0) &&
	    write_file("/proc/self/setgroups", "deny") &&
	    write_file("/proc/self/uid_map", uid_map) && write_file("/proc/self/gid_map", gid_map))
		return true;
	explain_no_namespace(errno);
	return false;
}

/* Permitted and effective become just these, inheritable empty or the same. */
static bool
set_caps(const cap_value_t *caps, int ncaps, bool inheritable)
{
	cap_t set = cap_init();
	bool ok;

	if (set == NULL)
		return false;
	ok = (ncaps == 0 || (cap_set_flag(set, CAP_PERMITTED, ncaps, caps, CAP_SET) == 0 &&
	                     cap_set_flag(set, CAP_EFFECTIVE, ncaps, caps, CAP_SET) == 0 &&
	                     (!inheritable ||
	                         cap_set_flag(set, CAP_INHERITABLE, ncaps, caps, CAP_SET) == 0))) &&
	    cap_set_proc(set) == 0;
	cap_free(set);
	return ok;
}

/* The bounding set loses all but these.  It needs SETPCAP, so the order of calls matters. */
static bool
bound_caps(const cap_value_t *caps, int ncaps)
{
	for (cap_value_t cap = 0; cap <= cap_max_bits() - 1; cap++) {
		bool keep = false;

		for (int i = 0; i < ncaps; i++)
			keep |= caps[i] == cap;
		if (!keep && cap_get_bound(cap) == 1 && cap_drop_bound(cap) == -1)
			return false;
	}
	return true;
}

static bool
keep_listener_caps(void)
{
	static const cap_value_t needed[] = { CAP_SYS_CHROOT, CAP_SETUID, CAP_SETGID, CAP_SETPCAP };
	cap_value_t have[COUNT(listener_caps)];
	cap_t now = cap_get_proc();
	cap_flag_value_t set;
	int nhave = 0;

	if (now == NULL)
		return false;
	for (int i = 0; i < COUNT(listener_caps); i++)
		if (cap_get_flag(now, listener_caps[i], CAP_PERMITTED, &set) == 0 && set == CAP_SET)
			have[nhave++] = listener_caps[i];
	cap_free(now);
	for (int i = 0; i < COUNT(needed); i++) {
		bool found = false;
		char *name;

		for (int j = 0; j < nhave; j++)
			found |= have[j] == needed[i];
		if (found)
			continue;
		name = cap_to_name(needed[i]);
		log_error(
		    "cannot confine sessions: root without %s. Give the container or the unit that "
		    "capability, or start ferryd as an ordinary user",
		    name == NULL ? "a capability" : name);
		cap_free(name);
		return false;
	}
	if (bound_caps(have, nhave) && set_caps(have, nhave, false))
		return true;
	log_error("cannot give up capabilities: %s", strerror(errno));
	return false;
}

static bool
enter_confined_namespace(void)
{
	if (!enter_user_namespace())
		return false;
	if (bound_caps(namespace_caps, COUNT(namespace_caps)) &&
	    set_caps(namespace_caps, COUNT(namespace_caps), false))
		return true;
	/* AppArmor lets one make the namespace, and then refuses what its capabilities are for. */
	explain_no_namespace(errno);
	return false;
}

/* A directory that is removed while we hold it stays an empty root for ever: the kernel lets
 * nobody, root included, make a name in it. */
static int
make_empty_dir(void)
{
	char path[] = "/tmp/ferryd-empty-XXXXXX";
	int fd;

	if (mkdtemp(path) == NULL) {
		log_error("cannot make the empty root of sessions: %s: %s", path, strerror(errno));
		return -1;
	}
	fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (rmdir(path) == -1 || fd == -1) {
		log_error("cannot make the empty root of sessions: %s: %s", path, strerror(errno));
		if (fd != -1)
			close(fd);
		return -1;
	}
	return fd;
}

bool
privilege_prepare(struct privilege *p)
{
	if (p->root ? !keep_listener_caps() : !enter_confined_namespace())
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		log_error("no_new_privs: %s", strerror(errno));
		return false;
	}
	p->empty_dir = make_empty_dir();
	return p->empty_dir != -1;
}

bool
privilege_resume(const struct privilege *p)
{
	return !p->root || keep_listener_caps();
}

bool
privilege_keep_over_exec(const struct privilege *p)
{
	if (p->root)
		return true;
	if (!set_caps(namespace_caps, COUNT(namespace_caps), true))
		return false;
	for (int i = 0; i < COUNT(namespace_caps); i++)
		if (cap_set_ambient(namespace_caps[i], CAP_SET) == -1)
			return false;
	return true;
}

bool
privilege_become_keeper(const struct privilege *p)
{
	if (p->root &&
	    (setgroups(0, NULL) == -1 ||
		setresgid(p->keeper_gid, p->keeper_gid, p->keeper_gid) == -1 ||
		setresuid(p->keeper_uid, p->keeper_uid, p->keeper_uid) == -1))
		return false;
	return cap_reset_ambient() == 0 && set_caps(NULL, 0, false);
}

bool
privilege_become_session(const struct privilege *p)
{
	int ncaps = session_ncaps(p);

	if (fchdir(p->empty_dir) == -1 || chroot(".") == -1)
		return false;
	if (!bound_caps(session_caps, ncaps))
		return false;
	if (p->root && (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1 ||
	                   setgroups(0, NULL) == -1 ||
	                   setresgid(p->session_gid, p->session_gid, p->session_gid) == -1 ||
	                   setresuid(p->session_uid, p->session_uid, p->session_uid) == -1 ||
	                   prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1))
		return false;
	return set_caps(session_caps, ncaps, false);
}

bool
privilege_enter_home(const struct privilege *p, uid_t uid, gid_t gid, int home)
{
	if (p->root && (setresgid(gid, gid, gid) == -1 || setresuid(uid, uid, uid) == -1))
		return false;
	if (fchdir(home) == -1 || chroot(".") == -1)
		return false;
	return set_caps(NULL, 0, false);
}
