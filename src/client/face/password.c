#include "client/face/password.h"

#include "base/terminal.h"
#include "client/face/show.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NETRC_SIZE_MAX (1024L * 1024)
#define ANONYMOUS      "anonymous"

static const char *
environment_password(void)
{
	const char *text = getenv("FERRY_PASSWORD");

	return text != NULL && text[0] != '\0' ? text : NULL;
}

static bool
netrc_path(char path[PATH_MAX])
{
	const char *named = getenv("NETRC"), *home = getenv("HOME");
	int n;

	if (named != NULL && named[0] != '\0')
		n = snprintf(path, PATH_MAX, "%s", named);
	else if (home != NULL && home[0] != '\0')
		n = snprintf(path, PATH_MAX, "%s/.netrc", home);
	else
		return false;
	return n < PATH_MAX;
}

/* The whole file, with *len_r bytes; NULL with *f, or with f->kind FAIL_NONE when there is none. */
static char *
read_netrc(const char *path, struct stat *st, size_t *len_r, struct fail *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = NULL;
	size_t len = 0;
	ssize_t n = 1;

	f->kind = FAIL_NONE;
	if (fd == -1) {
		if (errno != ENOENT && errno != ENOTDIR)
			fail_errno(f, FAIL_LOCAL, "cannot read %s", path);
		return NULL;
	}
	if (fstat(fd, st) == -1 || !S_ISREG(st->st_mode) || st->st_size > NETRC_SIZE_MAX)
		fail_set(f, FAIL_LOCAL, "%s is no ordinary file of a sensible size", path);
	else if ((text = malloc((size_t)st->st_size + 1)) == NULL)
		fail_set(f, FAIL_MEMORY, "out of memory");
	while (text != NULL && len < (size_t)st->st_size && n > 0) {
		n = read(fd, text + len, (size_t)st->st_size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (n == -1) {
		fail_errno(f, FAIL_LOCAL, "cannot read %s", path);
		explicit_bzero(text, len);
		free(text);
		return NULL;
	}
	*len_r = len;
	return text;
}

static int
look_in_netrc(struct password *p, struct fail *f)
{
	char path[PATH_MAX], *text;
	enum netrc_status status;
	struct stat st;
	unsigned line;
	size_t len;

	if (!netrc_path(path))
		return 0;
	text = read_netrc(path, &st, &len, f);
	if (text == NULL)
		return f->kind == FAIL_NONE ? 0 : -1;
	status = netrc_find(
	    text, len, p->url->host, p->url->has_user ? p->url->user : NULL, &p->netrc, &line);
	explicit_bzero(text, len);
	free(text);
	if (status == NETRC_SYNTAX)
		return fail_set(f, FAIL_LOCAL, "%s: line %u is not understood", path, line);
	if (status == NETRC_FOUND && (p->netrc.has_password || p->netrc.has_account) &&
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		netrc_clear(&p->netrc);
		return fail_set(f, FAIL_LOCAL,
		    "%s holds a password and others may read it; run: chmod 600 %s", path, path);
	}
	return 0;
}

int
password_find(struct password *p, const struct url *url, int interrupt_fd, struct fail *f)
{
	memset(p, 0, sizeof(*p));
	p->url = url;
	p->interrupt_fd = interrupt_fd;
	/* With both known there is nothing left to look for. */
	if (url->has_user && (url->has_password || environment_password() != NULL))
		return 0;
	return look_in_netrc(p, f);
}

const char *
password_warning(const struct password *p)
{
	if (p->url->has_password)
		return "a password in an address can be seen by other users; better: FERRY_PASSWORD or ~/.netrc";
	if (!p->url->has_user && !p->netrc.has_login && environment_password() != NULL)
		return "FERRY_PASSWORD is not used: there is no user name to go with it";
	return NULL;
}

const char *
password_user(const struct password *p)
{
	if (p->url->has_user)
		return p->url->user;
	return p->netrc.has_login ? p->netrc.login : ANONYMOUS;
}

static int
ask_terminal(const struct password *p, const char *what, char *text, size_t cap, struct fail *f)
{
	char question[4 * URL_NAME_MAX * 2 + 64];
	struct sb out;
	int tty, rc;

	tty = terminal_open();
	if (tty == -1)
		return fail_set(f, FAIL_LOGIN,
		    "the server wants a %s, and there is no terminal to ask on; set FERRY_PASSWORD or use ~/.netrc",
		    what);
	sb_init(&out, question, sizeof(question));
	sb_printf(&out, "%s for ", what[0] == 'p' ? "Password" : "Account");
	show_text(&out, password_user(p));
	sb_putc(&out, '@');
	show_text(&out, p->url->host);
	sb_puts(&out, ": ");
	rc = fail_asking(terminal_ask(tty, question, false, p->interrupt_fd, text, cap), f);
	close(tty);
	return rc;
}

static int
copy_secret(const char *from, char *text, size_t cap, struct fail *f)
{
	size_t len = strlen(from);

	if (len >= cap)
		return fail_set(f, FAIL_USAGE, "the password is too long");
	memcpy(text, from, len + 1);
	return 0;
}

bool
password_is_anonymous(const struct password *p)
{
	return strcmp(password_user(p), ANONYMOUS) == 0;
}

int
password_get(void *arg, char *text, size_t cap, struct fail *f)
{
	const struct password *p = arg;

	if (p->url->has_password)
		return copy_secret(p->url->password, text, cap, f);
	if (!p->url->has_user && !p->netrc.has_login)
		/* what anonymous servers like to see */
		return copy_secret("ferry@", text, cap, f);
	if (environment_password() != NULL)
		return copy_secret(environment_password(), text, cap, f);
	if (p->netrc.has_password)
		return copy_secret(p->netrc.password, text, cap, f);
	return ask_terminal(p, "password", text, cap, f);
}

int
password_account(void *arg, char *text, size_t cap, struct fail *f)
{
	const struct password *p = arg;

	if (p->netrc.has_account)
		return copy_secret(p->netrc.account, text, cap, f);
	return ask_terminal(p, "account", text, cap, f);
}

void
password_clear(struct password *p)
{
	netrc_clear(&p->netrc);
}
