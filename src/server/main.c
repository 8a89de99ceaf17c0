#include "config.h"

#include "base/log.h"
#include "base/num.h"
#include "base/sock.h"
#include "conf/conf.h"
#include "conf/load.h"
#include "server/keeper/keeper.h"
#include "server/listener/certificate.h"
#include "server/listener/listener.h"
#include "server/listener/notify.h"
#include "server/listener/preflight.h"
#include "server/listener/sockets.h"
#include "server/process/handover.h"
#include "server/process/logs.h"
#include "server/process/title.h"
#include "server/process/walls.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

/* What ferryd was asked to be. */
struct call {
	struct listener_args args;
	const char **options;   /* what args.options points to */
	bool test;
	int keeper;             /* -1, or the file of a struct handover_keeper */
};

static const char help[] =
    "Usage: ferryd [-f FILE] [-o KEY=VALUE]... [-t] [--inetd [--ftps]]\n"
    "The FTP server of Ferry; it stays in the foreground.\n"
    "\n"
    "  -f, --config=FILE     read FILE instead of " FERRY_CONFIG_FILE "\n"
    "  -o, --option=KEY=VALUE  set a key of ferryd.conf(5), over what the file says\n"
    "  -t, --test            check the configuration and end\n"
    "      --inetd           serve the one connection on standard input\n"
    "      --ftps            whose client begins with TLS (port 990)\n"
    "      --keys            list the keys of the configuration with their defaults\n"
    "      --version         say which version this is\n"
    "      --help            show this\n"
    "\n"
    "SIGTERM ends it when running transfers are done, SIGHUP reads the configuration again.\n"
    "See ferryd(8), ferryd.conf(5), ferryctl(8).\n";

/* An inherited descriptor's number, from our own execve(2).  False after saying whose the option
 * is. */
static bool
parse_fd(const char *option, const char *text, int *fd_r)
{
	uint64_t fd;

	if (num_parse(text, INT32_MAX, &fd) && handover_is_file((int)fd)) {
		*fd_r = (int)fd;
		return true;
	}
	fprintf(stderr, "ferryd: %s is for ferryd itself\n", option);
	return false;
}

/* True to go on; false with *status_r to end with. */
static bool
parse_call(int argc, char **argv, struct call *call, int *status_r)
{
	enum { OPT_INETD = 256, OPT_FTPS, OPT_VERSION, OPT_HELP, OPT_KEYS, OPT_KEEPER, OPT_RESUME };
	static const struct option long_options[] = {
		{ "config", required_argument, NULL, 'f' },
		{ "option", required_argument, NULL, 'o' },
		{ "test", no_argument, NULL, 't' },
		{ "inetd", no_argument, NULL, OPT_INETD },
		{ "ftps", no_argument, NULL, OPT_FTPS },
		{ "keys", no_argument, NULL, OPT_KEYS },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ "help", no_argument, NULL, OPT_HELP },
		/* Of ferryd to itself: see handover.h. */
		{ "keeper", required_argument, NULL, OPT_KEEPER },
		{ "resume", required_argument, NULL, OPT_RESUME },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*status_r = 0;
	while ((c = getopt_long(argc, argv, "f:o:t", long_options, NULL)) != -1) {
		switch (c) {
		case 'f':
			call->args.conf_path = optarg;
			break;
		case 'o':
			call->options[call->args.options.count++] = optarg;
			break;
		case 't':
			call->test = true;
			break;
		case OPT_INETD:
			call->args.inetd = true;
			break;
		case OPT_FTPS:
			call->args.ftps = true;
			break;
		case OPT_KEEPER:
			if (parse_fd("--keeper", optarg, &call->keeper))
				break;
			*status_r = EXIT_USAGE;
			return false;
		case OPT_RESUME:
			if (parse_fd("--resume", optarg, &call->args.resume))
				break;
			*status_r = EXIT_USAGE;
			return false;
		case OPT_KEYS:
			load_print_keys(stdout);
			return false;
		case OPT_VERSION:
			puts("ferryd (" PACKAGE_NAME ") " PACKAGE_VERSION);
			return false;
		case OPT_HELP:
			fputs(help, stdout);
			return false;
		default:
			*status_r = EXIT_USAGE;
			return false;
		}
	}
	if (call->args.ftps && !call->args.inetd) {
		fprintf(
		    stderr, "ferryd: --ftps goes with --inetd; otherwise listen-tls says where\n");
		*status_r = EXIT_USAGE;
		return false;
	}
	if (optind < argc) {
		fprintf(
		    stderr, "ferryd: \"%s\": no such argument; see ferryd --help\n", argv[optind]);
		*status_r = EXIT_USAGE;
		return false;
	}
	return true;
}

static int
run_keeper(int fd)
{
	struct handover_keeper start;

	if (!handover_read(fd, 0, &start, sizeof(start))) {
		log_error("cannot read what the keeper starts with: %s", strerror(errno));
		return 1;
	}
	close(fd);
	title_set("keeper");
	logs_use(&start.conf);
	return keeper_run(&start);
}

/* inetd and xinetd make standard error the client's connection; systemd and others leave it a
 * log. */
static bool
load_for_inetd(struct listener_args *args, struct conf *c)
{
	union sock_addr here, peer;

	args->no_stderr = sock_local_addr(STDERR_FILENO, &here);
	if (args->no_stderr)
		log_to(-1, LOG_LV_INFO);
	if (args->no_stderr ? !logs_load_conf(args->conf_path, &args->options, c) :
	                      !load_conf(c, args->conf_path, &args->options, stderr)) {
		if (sock_peer_addr(STDIN_FILENO, &peer))
			sockets_turn_away(STDIN_FILENO, &peer, SOCKETS_NO_SERVICE);
		return false;
	}
	if (args->no_stderr)
		logs_avoid_stderr(c);
	return true;
}

/* A listener that executed itself goes by what it had, not by a file that may be half edited. */
static bool
load(struct call *call, struct conf *c)
{
	memset(c, 0, sizeof(*c));
	if (call->args.resume != -1)
		return true;
	if (call->args.inetd && !call->test)
		return load_for_inetd(&call->args, c);
	return load_conf(c, call->args.conf_path, &call->args.options, stderr);
}

static void
say(const char *line)
{
	printf("%s.\n", line);
}

/* What -t says of a configuration that can be read. */
static int
test(const struct listener_args *args, const struct conf *c)
{
	struct preflight p;
	struct walls walls;
	bool ok;

	log_plainly();
	(void)signal(SIGCHLD, SIG_DFL);
	ok = preflight_run(&p, args, c, true);
	if (ok) {
		certificate_describe(&p.certificate, c, stdout);
		/* How well sessions will be confined. */
		walls_raise(&walls, &p.privilege, say);
		puts("The configuration is good.");
	}
	preflight_free(&p);
	return ok ? 0 : 1;
}

/* Of what the parent had open, only what is for us stays; what stays closed of the standard streams
 * would be the number of another file. */
static void
settle_descriptors(struct call *call)
{
	size_t count = notify_listen_fds("ftps", call->args.passed_tls, SOCKETS_MAX);
	int null;

	do
		null = open("/dev/null", O_RDWR);
	while (null != -1 && null <= STDERR_FILENO);
	call->args.passed = call->args.inetd ? 0 : count;
	(void)close_range(NOTIFY_FIRST_FD + (unsigned)call->args.passed, ~0U, 0);
}

static int
run(struct call *call)
{
	struct conf c;

	if (call->keeper != -1)
		return run_keeper(call->keeper);
	if (call->args.resume == -1)
		settle_descriptors(call);
	if (!load(call, &c))
		return 1;
	if (call->test)
		return test(&call->args, &c);
	return listener_run(&call->args, &c);
}

int
main(int argc, char **argv)
{
	struct call call = { .args = { .resume = -1 }, .keeper = -1 };
	int status;

	/* Executed anew it would have the number of a descriptor for its name. */
	(void)prctl(PR_SET_NAME, "ferryd");
	argv = title_init(argc, argv);
	call.options = calloc((size_t)argc, sizeof(call.options[0]));
	if (call.options == NULL) {
		perror("ferryd");
		return 1;
	}
	call.args.options.items = call.options;
	if (parse_call(argc, argv, &call, &status))
		status = run(&call);
	free(call.options);
	return status;
}
