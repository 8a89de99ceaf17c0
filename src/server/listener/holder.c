#include "server/listener/holder.h"

#include "base/listening.h"
#include "base/num.h"
#include "base/process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKETS_OF 64          /* listening at one port: one address each */

/* The sockets that are in the way. */
struct search {
	const union sock_addr *addr;
	bool both;
	unsigned long inodes[SOCKETS_OF];
	uid_t uids[SOCKETS_OF];
	size_t n;
};

static bool
overlap(const union sock_addr *a, bool both, const union sock_addr *b)
{
	union sock_addr x = *a, y = *b;

	if (x.sa.sa_family != y.sa.sa_family)
		/* An IPv6 wildcard of another may take IPv4 as well; where it does not, nothing was
		 * in the way. */
		return both || (y.sa.sa_family == AF_INET6 && sock_addr_is_wildcard(&y));
	return sock_addr_is_wildcard(&x) || sock_addr_is_wildcard(&y) ||
	    sock_addr_same_host(&x, &y);
}

static bool
note_socket(const struct listening *one, void *context)
{
	struct search *s = context;

	if (sock_addr_port(&one->addr) == sock_addr_port(s->addr) &&
	    overlap(s->addr, s->both, &one->addr)) {
		s->inodes[s->n] = one->inode;
		s->uids[s->n++] = one->uid;
	}
	return s->n < SOCKETS_OF;
}

static enum holder_kind
kind_of(pid_t pid, const char *name)
{
	if (pid == getpid())
		return HOLDER_SELF;
	/* For a socket unit; what it passes on is ferryd's then. */
	if (strcmp(name, "ferryd") == 0 || (pid == 1 && strcmp(name, "systemd") == 0))
		return HOLDER_OURS;
	return HOLDER_OTHER;
}

/* One whose descriptors this process may not see: another user's, or, in a unit that bounds
 * capabilities, that of a process that has more of them, as systemd. */
static enum holder_kind
guess(uid_t uid, bool ferryd_runs)
{
	if (uid != geteuid())
		return HOLDER_OTHER;
	return ferryd_runs ? HOLDER_OURS : uid == 0 ? HOLDER_UNSEEN : HOLDER_OTHER;
}

/* Looks at one process.  ferryd_runs_r: it is a ferryd of this user's, or was one before. */
static void
look_at(pid_t pid, struct search *s, bool *ferryd_runs_r, struct holder *h_r)
{
	char path[64], name[PROCESS_NAME_LEN];
	struct stat st;
	bool closed;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%ld", (long)pid);
	if (!process_name(pid, name))
		return;
	/* The owner of what is closed to its own user is root, in /proc. */
	if (pid != getpid() && strcmp(name, "ferryd") == 0 && stat(path, &st) == 0 &&
	    (st.st_uid == geteuid() || st.st_uid == 0))
		*ferryd_runs_r = true;
	while ((i = listening_of(pid, s->inodes, s->n, &closed)) < s->n) {
		enum holder_kind kind = kind_of(pid, name);

		if (h_r->pid == 0 || kind < h_r->kind) {
			h_r->kind = kind;
			h_r->pid = pid;
			snprintf(h_r->name, sizeof(h_r->name), "%s", name);
		}
		s->n--;
		s->inodes[i] = s->inodes[s->n];
		s->uids[i] = s->uids[s->n];
	}
}

void
holder_find(const union sock_addr *a, bool both, struct holder *h_r)
{
	struct search s = { .addr = a, .both = both };
	DIR *proc = opendir("/proc");
	bool ferryd_runs = false;
	struct dirent *e;
	uint64_t pid;

	listening_each(note_socket, &s);
	memset(h_r, 0, sizeof(*h_r));
	/* Nothing that listens: it was bound by somebody who does not, or has gone. */
	h_r->kind = s.n == 0 ? HOLDER_OTHER : HOLDER_UNSEEN;
	while (proc != NULL && (e = readdir(proc)) != NULL)
		if (num_parse(e->d_name, INT32_MAX, &pid))
			look_at((pid_t)pid, &s, &ferryd_runs, h_r);
	if (proc != NULL)
		(void)closedir(proc);
	for (size_t i = 0; i < s.n; i++) {
		enum holder_kind kind = guess(s.uids[i], ferryd_runs);

		if (kind < h_r->kind)
			*h_r = (struct holder){ .kind = kind };
	}
}
