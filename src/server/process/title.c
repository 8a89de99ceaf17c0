#include "server/process/title.h"

#include "base/sb.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TITLE_LEN 1024

/* The title is the one thing that a process shows once, so its place is this file's own. */
static struct {
	char *memory;           /* NULL: there is none */
	size_t len;             /* of it, the last byte stays NUL */
	char **argv, **env;     /* copies, kept for whoever points to them */
} title;

/* How far the strings of the list go on from end, one behind the other. */
static char *
end_of(char **list, char *end)
{
	for (; *list != NULL && *list == end; list++)
		end += strlen(end) + 1;
	return end;
}

/* A list of copies, in one piece of memory; NULL without memory. */
static char **
copy_list(char **list)
{
	size_t n = 0, len = 0;
	char **copy, *text;

	for (; list[n] != NULL; n++)
		len += strlen(list[n]) + 1;
	copy = malloc((n + 1) * sizeof(copy[0]) + len);
	if (copy == NULL)
		return NULL;
	text = (char *)(copy + n + 1);
	for (size_t i = 0; i < n; i++) {
		copy[i] = text;
		text = stpcpy(text, list[i]) + 1;
	}
	copy[n] = NULL;
	return copy;
}

char **
title_init(int argc, char **argv)
{
	static char name[] = "ferryd";
	char **args, **env, *end;

	if (argc < 1)
		return argv;
	args = copy_list(argv);
	env = args == NULL ? NULL : copy_list(environ);
	if (env == NULL) {
		free(args);
		return argv;
	}
	end = end_of(environ, end_of(argv, argv[0]));
	title.memory = argv[0];
	title.len = (size_t)(end - argv[0]);
	title.argv = args;
	title.env = env;
	environ = env;
	/* They point to what a title will be written over. */
	program_invocation_name = name;
	program_invocation_short_name = name;
	return args;
}

void
title_set(const char *fmt, ...)
{
	char text[TITLE_LEN];
	size_t len;
	va_list ap;
	struct sb out;

	if (title.memory == NULL)
		return;
	sb_init(&out, text, sizeof(text));
	sb_puts(&out, "ferryd: ");
	va_start(ap, fmt);
	sb_vprintf(&out, fmt, ap);
	va_end(ap);
	/* Which of several servers it is. */
	for (char **arg = title.argv + 1; title.argv[0] != NULL && *arg != NULL; arg++)
		sb_printf(&out, "%s%s%s", arg == title.argv + 1 ? " [" : " ", *arg,
		    arg[1] == NULL ? "]" : "");
	len = out.len < title.len - 1 ? out.len : title.len - 1;
	memcpy(title.memory, text, len);
	memset(title.memory + len, 0, title.len - len);
}
