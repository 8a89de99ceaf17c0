#include "base/process.h"

#include "base/file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first line of a file of the process. */
static bool
read_line(pid_t pid, const char *name, char *line_r, size_t cap)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	return file_first_line(path, line_r, cap);
}

bool
process_name(pid_t pid, char name_r[PROCESS_NAME_LEN])
{
	if (!read_line(pid, "comm", name_r, PROCESS_NAME_LEN))
		return false;
	for (char *p = name_r; *p != '\0'; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	return true;
}

/* The parent of one that lives; -1 when it does not. */
static pid_t
parent_of(pid_t pid)
{
	char line[512];
	const char *end;

	/* "12 (a name) S 1 ...": the name may hold anything. */
	if (!read_line(pid, "stat", line, sizeof(line)) || (end = strrchr(line, ')')) == NULL ||
	    strlen(end) < 5 || end[2] == 'Z' || end[2] == 'X')
		return -1;
	return (pid_t)strtol(end + 4, NULL, 10);
}

static bool
is_ferryd(pid_t pid)
{
	char name[PROCESS_NAME_LEN];

	return process_name(pid, name) && strcmp(name, "ferryd") == 0;
}

bool
process_is_listener(pid_t pid)
{
	pid_t parent = parent_of(pid);

	return parent != -1 && is_ferryd(pid) && !is_ferryd(parent);
}

size_t
process_count_children(pid_t pid, const char *beginning)
{
	char path[64], line[256];
	size_t count = 0;
	FILE *file;
	long child;

	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long)pid, (long)pid);
	file = fopen(path, "re");
	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
	while (file != NULL && fscanf(file, "%ld", &child) == 1)
		count += read_line((pid_t)child, "cmdline", line, sizeof(line)) &&
		    strncmp(line, beginning, strlen(beginning)) == 0;
	if (file != NULL)
		(void)fclose(file);
	return count;
}
