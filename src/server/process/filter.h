/* The system calls that a process may make (seccomp(2)), built by libseccomp. */
#ifndef FERRY_SERVER_PROCESS_FILTER_H
#define FERRY_SERVER_PROCESS_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

/* A session's filter is two programs, both asked for each call: a list of what is allowed, and one
 * that refuses ids below the floor.  (libseccomp compares an argument once in a rule; an id must be
 * compared twice, since the kernel reads 32 of its 64 bits: 0x100000000 is above any floor and
 * means root.)
 *
 * A filter cannot be loosened when the client logs in.  So connect(2) and listen(2) are let through
 * only with a token in their sixth register, of which the kernel makes nothing: a random number,
 * another one for each session, that is put into the loaded program and nowhere else in the
 * session.  The keeper knows it, and tells it with the login. */
struct filter {
	struct sock_fprog allow, ids;
};

/* Builds both once, for the listener: min_id is the lowest uid and gid that a session may become;
 * may_connect: it may make connections of its own (PORT, EPRT).  False after saying on the log what
 * failed. */
bool filter_build(struct filter *f, uint32_t min_id, bool may_connect);
void filter_free(struct filter *f);

/* For a session: loads both for good, with that token, which is gone from its place then.  A call
 * they refuse sends IPC_REFUSED with its number on SESSION_CHAN and ends the process by SIGSYS. */
bool filter_load(const struct filter *f, uint64_t *token);

/* For the listener, once: from here on neither it nor what it starts makes a namespace or enters
 * one.  In one of its own users a process has every capability. */
bool filter_load_listener(void);

/* For the keeper: builds and loads a list of what it may do: no programs, processes, network,
 * mounts, ids.  Other calls fail with EPERM.  Threads made later are under it. */
bool filter_load_keeper(void);

/* The name of a system call of this machine, "unknown" when libseccomp has none.  name_r[64]. */
const char *filter_call_name(int call, char name_r[64]);

#endif
