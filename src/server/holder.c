#include "server/holder.h"

#include "base/num.h"
#include "base/process.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LISTENING  0x0a        /* TCP_LISTEN, as /proc/net/tcp has it */
#define SOCKETS_OF 64          /* listening at one port: one address each */

/* A listening socket at the port. */
struct seen {
	unsigned long inode;
	unsigned uid;
};

static bool
overlap(const union sock_addr *a, bool both, const union sock_addr *b)
{
	union sock_addr x = *a, y = *b;

	if (x.sa.sa_family != y.sa.sa_family)
		/* An IPv6 wildcard of another may take IPv4 as well; where it does not, nothing was in the way. */
		return both || (y.sa.sa_family == AF_INET6 && sock_addr_is_wildcard(&y));
	return sock_addr_is_wildcard(&x) || sock_addr_is_wildcard(&y) || sock_addr_same_host(&x, &y);
}

/* "0100007F:0015": words of 32 bits as they lie in memory. */
static bool
parse_address(const char *text, union sock_addr *a_r)
{
	size_t len = strcspn(text, ":"), words = len / 8;
	uint32_t part[4] = { 0 };

	if ((len != 8 && len != 32) || text[len] != ':')
		return false;
	for (size_t i = 0; i < words; i++) {
		char one[9] = { 0 };

		memcpy(one, text + i * 8, 8);
		part[i] = (uint32_t)strtoul(one, NULL, 16);
	}
	memset(a_r, 0, sizeof(*a_r));
	a_r->sa.sa_family = words == 1 ? AF_INET : AF_INET6;
	if (words == 1)
		memcpy(&a_r->in4.sin_addr, part, 4);
	else
		memcpy(&a_r->in6.sin6_addr, part, 16);
	sock_addr_set_port(a_r, (uint16_t)strtoul(text + len + 1, NULL, 16));
	return true;
}

/* Adds those of one table. */
static size_t
find_sockets(const char *table, const union sock_addr *a, bool both, struct seen *seen, size_t n)
{
	FILE *file = fopen(table, "re");
	char line[512], address[64];
	union sock_addr b;
	unsigned state;

	while (file != NULL && n < SOCKETS_OF && fgets(line, sizeof(line), file) != NULL) {
		/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
		if (sscanf(line, " %*u: %63s %*s %x %*s %*s %*s %u %*u %lu", address, &state, &seen[n].uid,
		        &seen[n].inode) == 4 && state == LISTENING && parse_address(address, &b) &&
		    sock_addr_port(&b) == sock_addr_port(a) && overlap(a, both, &b))
			n++;
	}
	if (file != NULL)
		(void)fclose(file);
	return n;
}

/* Which of the sockets a process has open; n: none. */
static size_t
has_open(pid_t pid, const struct seen *seen, size_t n)
{
	char path[64], link[64];
	size_t found = n;
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	dir = opendir(path);
	while (dir != NULL && found == n && (e = readdir(dir)) != NULL) {
		ssize_t len = readlinkat(dirfd(dir), e->d_name, link, sizeof(link) - 1);
		unsigned long inode;

		link[len < 0 ? 0 : len] = '\0';
		if (strncmp(link, "socket:[", 8) != 0)
			continue;
		inode = strtoul(link + 8, NULL, 10);
		for (size_t i = 0; i < n && found == n; i++)
			if (seen[i].inode == inode)
				found = i;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return found;
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

/* One whose descriptors this process may not see: a user's ferryd is closed to the user's other processes, since it has
 * entered a user namespace, and in a unit so is systemd. */
static enum holder_kind
guess(const struct seen *s, bool ferryd_runs)
{
	if (s->uid != geteuid())
		return HOLDER_OTHER;
	return ferryd_runs ? HOLDER_OURS : s->uid == 0 ? HOLDER_UNSEEN : HOLDER_OTHER;
}

/* Looks at one process.  ferryd_runs_r: it is a ferryd of this user's, or was one before. */
static void
look_at(pid_t pid, struct seen *seen, size_t *n, bool *ferryd_runs_r, struct holder *h_r)
{
	char path[64], name[PROCESS_NAME_LEN];
	struct stat st;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%ld", (long)pid);
	if (!process_name(pid, name))
		return;
	/* The owner of what is closed to its own user is root, in /proc. */
	if (pid != getpid() && strcmp(name, "ferryd") == 0 && stat(path, &st) == 0 &&
	    (st.st_uid == geteuid() || st.st_uid == 0))
		*ferryd_runs_r = true;
	while ((i = has_open(pid, seen, *n)) < *n) {
		enum holder_kind kind = kind_of(pid, name);

		if (h_r->pid == 0 || kind < h_r->kind) {
			h_r->kind = kind;
			h_r->pid = pid;
			snprintf(h_r->name, sizeof(h_r->name), "%s", name);
		}
		seen[i] = seen[--*n];
	}
}

void
holder_find(const union sock_addr *a, bool both, struct holder *h_r)
{
	struct seen seen[SOCKETS_OF + 1];
	size_t n = find_sockets("/proc/net/tcp", a, both, seen, 0);
	DIR *proc = opendir("/proc");
	bool ferryd_runs = false;
	struct dirent *e;
	uint64_t pid;

	n = find_sockets("/proc/net/tcp6", a, both, seen, n);
	memset(h_r, 0, sizeof(*h_r));
	/* Nothing that listens: it was bound by somebody who does not, or has gone. */
	h_r->kind = n == 0 ? HOLDER_OTHER : HOLDER_UNSEEN;
	while (proc != NULL && (e = readdir(proc)) != NULL)
		if (num_parse(e->d_name, INT32_MAX, &pid))
			look_at((pid_t)pid, seen, &n, &ferryd_runs, h_r);
	if (proc != NULL)
		(void)closedir(proc);
	for (size_t i = 0; i < n; i++) {
		enum holder_kind kind = guess(&seen[i], ferryd_runs);

		if (kind < h_r->kind)
			*h_r = (struct holder){ .kind = kind };
	}
}
