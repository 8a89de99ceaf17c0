/* Who a process of ferryd may be: user namespace, ids, capabilities, roots.  Nothing here knows
 * FTP. */
#ifndef FERRY_SERVER_PROCESS_PRIVILEGE_H
#define FERRY_SERVER_PROCESS_PRIVILEGE_H

#include "conf/conf.h"

#include <stdbool.h>
#include <sys/types.h>

/* What the listener finds out once and every process that it starts goes by. */
struct privilege {
	/* ids are changed; else all runs as one id in a user namespace */
	bool root;
	uid_t keeper_uid, session_uid;
	gid_t keeper_gid, session_gid;
	/* an empty directory that is already removed: nothing can be put in */
	int empty_dir;
};

/* Fills *p but for the empty directory: who keeper and sessions are to be.  False after saying on
 * the log of each what is wrong; p->root, and ids that own nothing, are there then too. */
bool privilege_find_users(struct privilege *p, const struct conf *c);

/* For the listener: enters a user namespace when not root, makes the empty directory, gives up the
 * capabilities no part of ferryd needs and sets no_new_privs.  False after saying on the log what
 * is missing and what to do; there is no way to go on without confinement. */
bool privilege_prepare(struct privilege *p);

/* Keeps what the listener needs across execve(2) of itself, which in a user namespace would take
 * it. */
bool privilege_keep_over_exec(const struct privilege *p);

/* Behind that execve(2), with *p and its directory handed over: the same rights as before. */
bool privilege_resume(const struct privilege *p);

/* For the keeper: becomes its user, without any capability. */
bool privilege_become_keeper(const struct privilege *p);

/* For a session before login: the empty root, the session's id, and the three capabilities (SETUID,
 * SETGID, SYS_CHROOT; in a user namespace SYS_CHROOT alone) that privilege_enter_home() uses up. */
bool privilege_become_session(const struct privilege *p);

/* For a session at login: the account's ids, chroot into home (borrowed), no capability left. */
bool privilege_enter_home(const struct privilege *p, uid_t uid, gid_t gid, int home);

#endif
