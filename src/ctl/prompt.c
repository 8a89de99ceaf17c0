#include "ctl/prompt.h"

#include "base/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* One question without echo.  The interrupt key does what it always does, once echo is back. */
static int
ask(const char *question, char secret_r[PROMPT_SECRET_MAX])
{
	int rc = terminal_ask(STDIN_FILENO, question, false, -1, secret_r, PROMPT_SECRET_MAX);

	if (rc == -1 && errno == EINTR)
		(void)raise(SIGINT);
	return rc;
}

static bool
ask_twice(const char *what, char secret_r[PROMPT_SECRET_MAX])
{
	char question[256], again[PROMPT_SECRET_MAX];
	bool same = false;

	snprintf(question, sizeof(question), "%s: ", what);
	if (ask(question, secret_r) == -1)
		return false;
	snprintf(question, sizeof(question), "%s, again: ", what);
	if (ask(question, again) == 0) {
		same = strcmp(secret_r, again) == 0;
		if (!same)
			errno = EINVAL;
	}
	explicit_bzero(again, sizeof(again));
	return same;
}

bool
prompt_secret(const char *what, char secret_r[PROMPT_SECRET_MAX])
{
	bool terminal = isatty(STDIN_FILENO);
	bool ok = terminal ? ask_twice(what, secret_r) :
	                     terminal_read_line(STDIN_FILENO, secret_r, PROMPT_SECRET_MAX) == 0;
	const char *why;

	if (ok && secret_r[0] == '\0') {
		ok = false;
		errno = ENODATA;
	}
	if (ok)
		return true;
	explicit_bzero(secret_r, PROMPT_SECRET_MAX);
	switch (errno) {
	case EINVAL:
		why = "the two are not the same";
		break;
	case ENODATA:
		why = "it may not be empty";
		break;
	case EMSGSIZE:
		why = "it is too long; 511 bytes are the most";
		break;
	case EILSEQ:
		why = "it may not hold a NUL byte";
		break;
	default:
		why = strerror(errno);
	}
	fprintf(stderr, "ferryctl: %s: %s\n", what, why);
	return false;
}

bool
prompt_yes(const char *question)
{
	char answer[16];

	if (!isatty(STDIN_FILENO))
		return false;
	fprintf(stderr, "%s [y/N] ", question);
	return terminal_read_line(STDIN_FILENO, answer, sizeof(answer)) == 0 &&
	    (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0);
}
