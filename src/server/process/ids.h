/* The ids that a process of ferryd may become: each setresuid(2) and setresgid(2) waits for the
 * listener's word.
 *
 * A session has CAP_SETUID until it has logged in, and a filter can only compare with what was
 * known when it was loaded.  So the listener puts a filter on itself, which all that it starts
 * inherits, and is asked by the kernel what to do (seccomp_unotify(2)).  The ids are in the call's
 * registers, where nobody changes them behind the answer. */
#ifndef FERRY_SERVER_PROCESS_IDS_H
#define FERRY_SERVER_PROCESS_IDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* One call that waits for its answer. */
struct ids_call {
	uint64_t id;            /* the kernel's name for it */
	pid_t pid;
	bool group;             /* setresgid(2) */
	uint64_t args[3];       /* as the kernel got them: 64 bits each */
};

/* For the listener, once: from here on such calls wait, of this process and all that it starts, but
 * for those that become the session's id before login, which owns nothing.  Needs no_new_privs.
 * Returns the descriptor that poll(2) finds readable when one waits; -1 with errno, EBUSY where
 * somebody outside (a manager of containers) watches system calls already, or ENOSYS where the
 * kernel is too old. */
int ids_watch(uid_t session_uid, gid_t session_gid);

/* Takes the next one.  False when it is gone already. */
bool ids_next(int watch, struct ids_call *call_r);

/* Whether it makes the process that user, or that group, and nothing else. */
bool ids_is(const struct ids_call *call, uid_t uid, gid_t gid);

/* Lets the process make it, or has it fail with EPERM.  Each call needs an answer. */
void ids_answer(int watch, const struct ids_call *call, bool allow);

#endif
