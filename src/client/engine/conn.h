/* A control connection as the client sees it: commands and replies.  Knows no terminal,
 * keeps its state in the struct, and several may live side by side. */
#ifndef FERRY_CLIENT_ENGINE_CONN_H
#define FERRY_CLIENT_ENGINE_CONN_H

#include "base/sock.h"
#include "base/tls.h"
#include "client/engine/fail.h"
#include "ftp/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* What FEAT listed. */
enum conn_feature {
	FEAT_MDTM = 1 << 0,
	FEAT_MFMT = 1 << 1,
	FEAT_MLST = 1 << 2,
	FEAT_REST = 1 << 3,     /* REST STREAM */
	FEAT_SIZE = 1 << 4,
	FEAT_UTF8 = 1 << 5
};

enum conn_tls {
	CONN_TLS_PREFER,        /* AUTH TLS; in the clear where the server has none */
	CONN_TLS_REQUIRE,
	CONN_TLS_EXPECT,        /* the same, for this server had it before */
	CONN_TLS_OFF
};

enum conn_says { CONN_SENT, CONN_RECEIVED, CONN_NOTE };

struct conn_options {
	int family;             /* AF_UNSPEC, AF_INET or AF_INET6 */
	int64_t timeout_ms;     /* of every single wait */
	int interrupt_fd;       /* readable: stop; -1: none */
	enum conn_tls tls;
	/* a password is to be sent: PREFER goes without TLS on loopback alone */
	bool secret;
	bool implicit;          /* TLS from the first byte, whatever tls says */
	/* Whether this certificate may speak for the server; problem: why not, or NULL when an
	 * authority and the name say it may.  -1 with *f ends the connection before anything is
	 * sent.  Not NULL but with CONN_TLS_OFF. */
	int (*trust)(void *arg, const char *host, uint16_t port, const struct tls_peer *certificate,
	    const char *problem, struct fail *f);
	void *trust_arg;
	/* The dialogue, line by line, raw but without passwords; NULL: nobody listens. */
	void (*trace)(void *arg, enum conn_says who, const char *line);
	void *trace_arg;
};

struct conn {
	struct conn_options opt;
	int fd;                 /* -1: not connected */
	union sock_addr peer;
	char host[256];         /* as it was asked for */
	uint16_t port;
	struct tls_context *tls_context;
	struct tls *tls;        /* NULL: in the clear */
	struct tls_peer certificate;
	bool protects_data;     /* TLS on data connections too */
	struct reply reply;     /* the last one, or the one that is coming in */
	bool replied;           /* it is whole */
	short waits;            /* what more of it waits for, as events of poll(2) */
	unsigned char in[4096];
	size_t in_at, in_len;

	char type;              /* 'A' or 'I' as last set; 0: not set yet */
	unsigned features;      /* of conn_feature, empty without FEAT */
	unsigned lacks;         /* of conn_feature: tried, and not understood */
	bool epsv_failed;       /* PASV for the rest of this connection */
	char facts[256];        /* FEAT's list of facts, "type*;size*;..." */
	bool facts_chosen, details_chosen;      /* with OPTS MLST, as far as needed */
};

/* Nothing is opened yet.  conn_close() ends it at any time, and may be called again. */
void conn_init(struct conn *c, const struct conn_options *opt);
void conn_close(struct conn *c);

/* Says goodbye and waits a moment for the answer; then conn_close(). */
void conn_quit(struct conn *c);

/* Sends one line.  arg: NULL for none; one that would end the line early is FAIL_USAGE. */
int conn_send(struct conn *c, struct fail *f, const char *verb, const char *arg);

/* Waits for a whole reply: its code, or -1; the connection is closed then, for it is out of
 * step. */
int conn_reply(struct conn *c, struct fail *f);

/* The same until then, in milliseconds of clock_ms(). */
int conn_reply_until(struct conn *c, int64_t until, struct fail *f);

/* When a wait that begins now has lasted too long. */
int64_t conn_deadline(const struct conn *c);

/* A reply if one is whole now: its code; 0 when there is none before fd shows c->waits; -1 as
 * above.  Never waits. */
int conn_try_reply(struct conn *c, struct fail *f);

/* Both: the code of the answer, 1yz not expected (FAIL_PROTOCOL), or -1. */
int conn_command(struct conn *c, struct fail *f, const char *verb, const char *arg);

/* Fills *f with the last reply: "what: 550 server's words".  -1. */
int conn_refused(const struct conn *c, struct fail *f, enum fail_kind kind, const char *what);

/* TYPE, when it is not set so already. */
int conn_set_type(struct conn *c, char type, struct fail *f);

/* 1: *size_r or *time_r is filled; 0: the server cannot or will not tell (c->reply says how);
 * -1. */
int conn_size(struct conn *c, const char *path, uint64_t *size_r, struct fail *f);
int conn_mdtm(struct conn *c, const char *path, time_t *time_r, struct fail *f);

void conn_trace(const struct conn *c, enum conn_says who, const char *line);

#endif
