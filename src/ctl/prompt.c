#include "ctl/prompt.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

/* One line from fd, without its end.  -1 with errno: ENODATA at the end of input, EMSGSIZE for one that
 * does not fit, EILSEQ for one with a NUL, EINTR when the byte `interrupt` (-1: none) comes. */
static int
read_line(int fd, int interrupt, char *line_r, size_t cap)
{
	size_t len = 0;

	for (;;) {
		char c;
		ssize_t n = read(fd, &c, 1);

		if (n == -1)
			return -1;
		if (n == 0 && len == 0) {
			errno = ENODATA;
			return -1;
		}
		if (n == 0 || c == '\n')
			break;
		if ((unsigned char)c == interrupt) {
			errno = EINTR;
			return -1;
		}
		if (len + 1 >= cap) {
			errno = EMSGSIZE;
			return -1;
		}
		line_r[len++] = c;
	}
	line_r[len] = '\0';
	/* What a NUL hides would silently be no part of the secret. */
	if (strlen(line_r) != len) {
		errno = EILSEQ;
		return -1;
	}
	return 0;
}

static void
say(int tty, const char *text)
{
	(void)!write(tty, text, strlen(text));
}

/* One question without echo.  Without ISIG, Ctrl-C comes as a byte and not as a signal, so nothing but a
 * kill from elsewhere can leave the terminal without echo; it is raised when echo is back. */
static int
ask(int tty, const char *question, char secret_r[PROMPT_SECRET_MAX])
{
	struct termios old, quiet;
	int rc, saved;

	if (tcgetattr(tty, &old) == -1)
		return -1;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	quiet.c_cc[VEOL] = old.c_cc[VINTR];     /* Ctrl-C ends the line at once */
	(void)tcsetattr(tty, TCSAFLUSH, &quiet);
	say(tty, question);
	rc = read_line(tty, old.c_cc[VINTR], secret_r, PROMPT_SECRET_MAX);
	saved = errno;
	(void)tcsetattr(tty, TCSAFLUSH, &old);
	say(tty, "\n");
	if (rc == -1 && saved == EINTR)
		(void)raise(SIGINT);
	errno = saved;
	return rc;
}

static bool
ask_twice(int tty, const char *what, char secret_r[PROMPT_SECRET_MAX])
{
	char question[256], again[PROMPT_SECRET_MAX];
	bool same = false;

	snprintf(question, sizeof(question), "%s: ", what);
	if (ask(tty, question, secret_r) == -1)
		return false;
	snprintf(question, sizeof(question), "%s, again: ", what);
	if (ask(tty, question, again) == 0) {
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
	bool ok = terminal ? ask_twice(STDIN_FILENO, what, secret_r) :
	                     read_line(STDIN_FILENO, -1, secret_r, PROMPT_SECRET_MAX) == 0;
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
	return read_line(STDIN_FILENO, -1, answer, sizeof(answer)) == 0 &&
	    (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0);
}
