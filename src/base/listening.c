#include "base/listening.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTENING 0x0a  /* TCP_LISTEN, as /proc/net/tcp has it */

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

/* False when one was enough. */
static bool
each_of_table(
    const char *table, bool (*each)(const struct listening *one, void *context), void *context)
{
	FILE *file = fopen(table, "re");
	char line[512], address[64];
	struct listening one;
	unsigned state;
	bool more = true;

	while (more && file != NULL && fgets(line, sizeof(line), file) != NULL) {
		/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
		if (sscanf(line, " %*u: %63s %*s %x %*s %*s %*s %u %*u %lu", address, &state,
			&one.uid, &one.inode) == 4 &&
		    state == LISTENING && parse_address(address, &one.addr))
			more = each(&one, context);
	}
	if (file != NULL)
		(void)fclose(file);
	return more;
}

void
listening_each(bool (*each)(const struct listening *one, void *context), void *context)
{
	if (each_of_table("/proc/net/tcp", each, context))
		(void)each_of_table("/proc/net/tcp6", each, context);
}

size_t
listening_of(pid_t pid, const unsigned long *inodes, size_t n, bool *closed_r)
{
	char path[64], link[64];
	size_t found = n;
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	dir = opendir(path);
	*closed_r = dir == NULL;
	while (dir != NULL && found == n && (e = readdir(dir)) != NULL) {
		ssize_t len = readlinkat(dirfd(dir), e->d_name, link, sizeof(link) - 1);
		unsigned long inode;

		link[len < 0 ? 0 : len] = '\0';
		if (strncmp(link, "socket:[", 8) != 0)
			continue;
		inode = strtoul(link + 8, NULL, 10);
		for (size_t i = 0; i < n && found == n; i++)
			if (inodes[i] == inode)
				found = i;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return found;
}
