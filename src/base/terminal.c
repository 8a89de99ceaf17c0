#include "base/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define NO_KEY (-1)

int
terminal_open(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

/* One byte: 1, 0 at the end, or -1 with errno. */
static int
read_byte(int fd, int interrupt_fd, char *c_r)
{
	for (;;) {
		struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
			{ .fd = interrupt_fd, .events = POLLIN } };
		ssize_t n;

		if (poll(fds, 2, -1) == -1 && errno != EINTR)
			return -1;
		if (fds[1].revents != 0) {
			errno = EINTR;
			return -1;
		}
		if (fds[0].revents == 0)
			continue;       /* a stop and a continue: only the descriptor means "end" */
		n = read(fd, c_r, 1);
		if (n != -1 || (errno != EINTR && errno != EAGAIN))
			return (int)n;
	}
}

/* The errno of a line that is no answer; 0: it is one. */
static int
read_line(int fd, int key, int interrupt_fd, char *line_r, size_t cap)
{
	size_t len = 0;
	char c;

	for (;;) {
		int n = read_byte(fd, interrupt_fd, &c);

		if (n == -1)
			return errno;
		if (n == 0 && len == 0)
			return ENODATA;
		if (n == 0 || c == '\n')
			break;
		if ((unsigned char)c == key)
			return EINTR;
		if (len + 1 >= cap)
			return EMSGSIZE;
		line_r[len++] = c;
	}
	line_r[len] = '\0';
	/* What a NUL hides would silently be no part of a secret. */
	return strlen(line_r) == len ? 0 : EILSEQ;
}

static int
result(int error, char *line_r, size_t cap)
{
	if (error == 0)
		return 0;
	explicit_bzero(line_r, cap);
	errno = error;
	return -1;
}

int
terminal_read_line(int fd, char *line_r, size_t cap)
{
	return result(read_line(fd, NO_KEY, -1, line_r, cap), line_r, cap);
}

/* Without ISIG, Ctrl-C comes as a byte and not as a signal, so nothing but a kill from elsewhere
 * can leave the terminal without echo. */
int
terminal_ask(int tty, const char *question, bool echo, int interrupt_fd, char *line_r, size_t cap)
{
	struct termios before, during;
	int error = 0;

	if (tcgetattr(tty, &before) == -1)
		return result(errno, line_r, cap);
	during = before;
	during.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	during.c_lflag |= ICANON | (echo ? ECHO : ECHONL);
	during.c_cc[VEOL] = before.c_cc[VINTR];         /* the key ends the line at once */
	/* First of all: setting it drops what was typed, and an answer may be quick. */
	if (tcsetattr(tty, TCSAFLUSH, &during) == -1)
		return result(errno, line_r, cap);
	if (write(tty, question, strlen(question)) == -1)
		error = errno;
	else
		error = read_line(tty, before.c_cc[VINTR], interrupt_fd, line_r, cap);
	/* The key moves no cursor. */
	if (error != 0)
		(void)!write(tty, "\n", 1);
	/* What is left of a line that was too long is no answer to the next question. */
	(void)tcsetattr(tty, error == 0 ? TCSADRAIN : TCSAFLUSH, &before);
	return result(error, line_r, cap);
}
