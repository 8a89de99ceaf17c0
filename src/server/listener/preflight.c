#include "server/listener/preflight.h"

#include "base/log.h"
#include "base/pidfile.h"
#include "server/process/logs.h"
#include "store/place.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ERROR_LEN (PATH_MAX + 512)

/* ---- checks that SIGHUP makes too ---- */

bool
preflight_charsets(struct charsets *charsets_r, const struct conf *conf)
{
	char error[512];

	if (charsets_open(charsets_r, conf, error, sizeof(error)))
		return true;
	log_error("%s", error);
	return false;
}

/* Says what is wrong with one pair, or with the clients' authorities (pair CONF_CERTIFICATES_MAX),
 * of several. */
static void
tell_pair(const struct conf *conf, size_t pair)
{
	struct conf one = *conf;
	struct certificate scratch;
	char error[ERROR_LEN];
	size_t which = pair < CONF_CERTIFICATES_MAX ? pair : 0;

	memset(one.tls_certificate, 0, sizeof(one.tls_certificate));
	memset(one.tls_key, 0, sizeof(one.tls_key));
	memcpy(one.tls_certificate[0], conf->tls_certificate[which], CONF_TEXT_MAX);
	memcpy(one.tls_key[0], conf->tls_key[which], CONF_TEXT_MAX);
	if (pair < CONF_CERTIFICATES_MAX)
		one.tls_client_certificate = CONF_CLIENT_OFF;
	certificate_init(&scratch);
	if (!certificate_load(&scratch, &one, error, sizeof(error)))
		log_error("%s", error);
	certificate_free(&scratch);
}

bool
preflight_certificate(struct certificate *cert, const struct listener_args *args,
    const struct sockets *sockets, const struct conf *conf)
{
	bool wanted = args->ftps, several = conf->tls_certificate[1][0] != '\0';
	char error[ERROR_LEN];

	for (size_t i = 0; sockets->given && i < sockets->count; i++)
		wanted = wanted || sockets->tls[i];
	if (wanted && conf->tls_certificate[0][0] == '\0') {
		log_error("clients are to begin with TLS, and there is no tls-certificate; set it");
		return false;
	}
	if (certificate_load(cert, conf, error, sizeof(error)))
		return true;
	if (!several)
		log_error("%s", error);
	for (size_t i = 0;
	     several && i < CONF_CERTIFICATES_MAX && conf->tls_certificate[i][0] != '\0'; i++)
		tell_pair(conf, i);
	if (several && conf->tls_client_certificate != CONF_CLIENT_OFF)
		tell_pair(conf, CONF_CERTIFICATES_MAX);
	return false;
}

/* ---- the others ---- */

static bool
check_sockets(struct preflight *p)
{
	if (p->args->inetd)
		return true;
	if (!sockets_take(&p->sockets, p->args->passed, p->args->passed_tls))
		return false;
	if (p->sockets.given)
		return true;
	return p->test ? sockets_check(p->conf) : sockets_open(&p->sockets, p->conf);
}

static bool
check_logs(struct preflight *p)
{
	return logs_check(p->conf);
}

static bool
check_certificate(struct preflight *p)
{
	return preflight_certificate(&p->certificate, p->args, &p->sockets, p->conf);
}

static bool
check_charsets(struct preflight *p)
{
	return preflight_charsets(&p->charsets, p->conf);
}

/* It may be meant so, where all accounts have one id. */
static bool
check_home(struct preflight *p)
{
	if (strstr(p->conf->home, "%u") == NULL && !p->args->inetd)
		log_warning(
		    "home: \"%s\" is one directory for all new accounts; put %%u, the account's name, into it for a "
		    "home of each one's own",
		    p->conf->home);
	return true;
}

static bool
check_users(struct preflight *p)
{
	p->has_users = privilege_find_users(&p->privilege, p->conf);
	return p->has_users;
}

/* From here on this process can do what the listener can. */
static bool
check_confinement(struct preflight *p)
{
	p->confined = privilege_prepare(&p->privilege);
	return p->confined;
}

/* The keeper's part, in a process that becomes the keeper's user. */
static void
check_store_as_keeper(const struct preflight *p)
{
	char error[ERROR_LEN];

	if (!privilege_become_keeper(&p->privilege)) {
		log_error("keeper-user: cannot become its user: %s", strerror(errno));
		_exit(1);
	}
	if (store_check(p->conf->store, error, sizeof(error)))
		_exit(0);
	log_error("store: %s", error);
	_exit(1);
}

/* From inetd the keeper itself finds it out: there is one for each connection, which should not
 * wait for two. */
static bool
check_store(struct preflight *p)
{
	char error[ERROR_LEN];
	int status = -1;
	pid_t pid;

	if (p->args->inetd && !p->test)
		return true;
	if (!place_check(p->conf->store, error, sizeof(error))) {
		log_error("store: the directory %s", error);
		return false;
	}
	if (!p->has_users || !p->confined)
		return true;    /* that is wrong already, and it cannot be known */
	pid = fork();
	if (pid == 0)
		check_store_as_keeper(p);
	if (pid == -1) {
		log_error("store: cannot be looked at: %s", strerror(errno));
		return false;
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	if (!WIFEXITED(status))
		log_error("store: %s cannot be looked at: the process that did ended by a signal",
		    p->conf->store);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Before a reload it is right that the file's server runs. */
static bool
check_pid_file(struct preflight *p)
{
	const char *path = p->conf->pid_file;
	char error[ERROR_LEN];
	enum pidfile_state state;
	pid_t pid;

	if (path[0] == '\0' || p->args->inetd)
		return true;
	state = pidfile_read(path, &pid, error, sizeof(error));
	if (state == PIDFILE_LIVE && !p->test) {
		log_error(
		    "pid-file: %s: ferryd runs already, as process %ld; stop it, or set another pid-file",
		    path, (long)pid);
		return false;
	}
	if (state != PIDFILE_BAD && pidfile_can_write(path, error, sizeof(error)))
		return true;
	log_error("pid-file: %s", error);
	return false;
}

/* In this order: ports and logs are opened before rights are given up, and the keeper is become
 * after. */
static bool (*const checks[])(struct preflight *p) = {
	check_sockets,
	check_logs,
	check_pid_file,
	check_certificate,
	check_charsets,
	check_home,
	check_users,
	check_confinement,
	check_store,
};

bool
preflight_run(
    struct preflight *p, const struct listener_args *args, const struct conf *conf, bool test)
{
	bool ok = true;

	memset(p, 0, sizeof(*p));
	p->args = args;
	p->conf = conf;
	p->test = test;
	p->privilege.empty_dir = -1;
	certificate_init(&p->certificate);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		ok = checks[i](p) && ok;
	return ok;
}

void
preflight_free(struct preflight *p)
{
	sockets_close(&p->sockets);
	certificate_free(&p->certificate);
	charsets_close(&p->charsets);
	if (p->privilege.empty_dir != -1)
		close(p->privilege.empty_dir);
	p->privilege.empty_dir = -1;
}
