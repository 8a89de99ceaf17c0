#include "client/terminal.h"

#include "base/clock.h"
#include "client/net.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

int
terminal_open(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

/* Signals arrive by interrupt_fd, not here, so the terminal is put right again however this ends. */
int
terminal_ask(int tty, const struct sb *question, bool echo, int interrupt_fd, char *text, size_t cap, struct fail *f)
{
	struct termios before, during;
	size_t len = 0;
	int rc = 0;

	if (tcgetattr(tty, &before) == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot use the terminal");
	during = before;
	during.c_lflag &= ~(tcflag_t)ECHO;
	during.c_lflag |= ICANON | ISIG | (echo ? ECHO : ECHONL);
	/* First of all: setting it drops what was typed, and an answer may be quick. */
	if (tcsetattr(tty, TCSAFLUSH, &during) == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot use the terminal");
	if (write(tty, question->buf, question->len) == -1)
		rc = fail_errno(f, FAIL_LOCAL, "cannot use the terminal");
	for (bool more = true; rc == 0 && more;) {
		char got[128];
		ssize_t n;

		if (net_wait_one(tty, POLLIN, CLOCK_NEVER, interrupt_fd) == -1) {
			rc = fail_errno(f, FAIL_LOCAL, "cannot read the terminal");
			break;
		}
		n = read(tty, got, sizeof(got));
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			rc = fail_set(f, FAIL_LOGIN, "no answer was given");
		for (ssize_t i = 0; rc == 0 && more && i < n; i++) {
			more = got[i] != '\n';
			if (more && len + 1 < cap)
				text[len++] = got[i];
			else if (more)
				rc = fail_set(f, FAIL_USAGE, "the answer is too long");
		}
		explicit_bzero(got, sizeof(got));
	}
	(void)tcsetattr(tty, TCSAFLUSH, &before);
	text[len] = '\0';
	return rc;
}
