/* What every command of ferryctl is given. */
#ifndef FERRY_CTL_CTL_H
#define FERRY_CTL_CTL_H

#include "conf/conf.h"

#include <stdbool.h>
#include <sys/types.h>

enum { CTL_OK, CTL_FAILED, CTL_USAGE };         /* exit statuses */

struct ctl {
	const struct conf *conf;
	const char *conf_path;          /* what it was read from; NULL: the default */
	const struct conf_options *options;     /* and what was set over it */
	/* the account; NULL for commands without one, and for all of them */
	const char *name;
	const char *home;               /* --home; NULL: not given */
	bool has_uid, has_gid;
	uid_t uid;                      /* --uid */
	gid_t gid;                      /* --gid */
	const char *client_charset;     /* --client-charset; NULL: not given, empty: none */
	const char *certificate;        /* --cert-fingerprint */
	const char *quota_bytes;        /* --quota; NULL: not given */
	const char *quota_files;        /* --quota-files */
	bool hash;                      /* --hash: what is read is a hash, not a password */
	bool enable, disable;           /* --enable, --disable */
	bool files;                     /* --files: they go, too */
	bool yes;                       /* --yes */
	bool json;                      /* --json */
};

#endif
