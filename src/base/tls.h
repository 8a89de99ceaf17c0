/* TLS over a non-blocking socket, by OpenSSL.  Knows no FTP. */
#ifndef FERRY_BASE_TLS_H
#define FERRY_BASE_TLS_H

#include "base/fingerprint.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct tls_context;     /* certificates, their keys, and how connections are to be */
struct tls;             /* one connection */

enum tls_status {
	TLS_DONE,
	TLS_WANT_READ,  /* again, when the socket can be read */
	TLS_WANT_WRITE, /* again, when it can be written */
	TLS_CLOSED,     /* the peer has ended it, and said so (close_notify) */
	TLS_CUT,        /* the connection has ended, and the peer has not said so */
	TLS_FAILED      /* tls_error() */
};

/* ---- contexts ---- */

#define TLS_CERTIFICATES_MAX 16

/* A server's, still without a certificate.  protocols: the names that are right here, as ALPN has
 * them, each behind a byte of its length (RFC 7301); borrowed.  NULL, with the reason in
 * error_r. */
struct tls_context *tls_context_server(const char *protocols, char *error_r, size_t error_len);

/* A client's, which trusts the system's certification authorities.  protocols: as above, for
 * control connections. */
struct tls_context *tls_context_client(const char *protocols, char *error_r, size_t error_len);

/* One more certificate with its chain, for a server's.  key: its file; empty: it is in the
 * certificate's.  The first is for clients that name no host, or none that a certificate has; of
 * two with the same names and keys of different kinds each client gets the one it can do.  False,
 * with what is wrong, where, and the cure in error_r. */
bool tls_context_add(struct tls_context *c, const char *certificate, const char *key, char *error_r,
    size_t error_len);

/* From here on clients that name a host (SNI, RFC 6066) which no certificate has are refused,
 * unless is_ours() knows it; arg goes to is_ours(). */
void tls_context_refuse_others(
    struct tls_context *c, bool (*is_ours)(const char *name, const void *arg), const void *arg);

/* Whether a certificate has the name. */
bool tls_context_has_name(const struct tls_context *c, const char *name);

void tls_context_free(struct tls_context *c);

/* From here on this process alone can make and read session tickets of this context, so that what
 * resumes a session can only resume one that this process made. */
bool tls_context_make_private(struct tls_context *c);

/* When certificate i, in the order in which they were added, ends, as days from now; negative when
 * it has. */
int tls_context_days(const struct tls_context *c, size_t i);

/* From here on clients are asked for a certificate; any will do for the handshake, and
 * tls_problem() says whether one of the authorities in the file vouches for it.  authorities: empty
 * for none.  After all of tls_context_add(). */
bool tls_context_ask(
    struct tls_context *c, const char *authorities, char *error_r, size_t error_len);

/* Its fingerprint. */
void tls_context_fingerprint(const struct tls_context *c, size_t i, char text_r[FINGERPRINT_LEN]);

/* ---- connections ---- */

/* The server's side over fd, which stays the caller's.  tickets: how many the client gets to resume
 * by.  host: the name of the certificate for a client that names none, or empty.  NULL: no
 * memory. */
struct tls *tls_accept(struct tls_context *c, int fd, unsigned tickets, const char *host);

/* From here on what has been read does not stay in memory: it may be a password. */
void tls_wipe(struct tls *t);

/* The client's side over fd, which stays the caller's.  host: the name, or numeric address, that
 * the certificate must have.  like: a connection whose session is to be resumed, or NULL: a first
 * one, which offers the protocols.  NULL: no memory.  The handshake is done with any certificate;
 * tls_problem() says whether it is one to be trusted. */
struct tls *tls_connect(struct tls_context *c, int fd, const char *host, const struct tls *like);

/* NULL when the other side has proven who it is; else why not, for people.  After the handshake. */
const char *tls_problem(const struct tls *t);

/* What the other side's certificate says.  Texts are as they are there: whoever shows them makes
 * them harmless. */
struct tls_peer {
	char fingerprint[FINGERPRINT_LEN];
	char name[256], issuer[256];    /* common names, else the whole */
	time_t from, until;
};

/* False when it has none. */
bool tls_peer(const struct tls *t, struct tls_peer *peer_r);

/* Goes on with the handshake. */
enum tls_status tls_handshake(struct tls *t);

/* The host that the client named (SNI), or NULL; valid as long as t is. */
const char *tls_host(const struct tls *t);

/* Whether the handshake resumed an earlier session. */
bool tls_is_resumed(const struct tls *t);

/* Gives the client one more ticket, with what is written next. */
void tls_send_ticket(struct tls *t);

/* Up to n bytes.  TLS_DONE: *n_r of them, at least one. */
enum tls_status tls_read(struct tls *t, void *bytes, size_t n, size_t *n_r);

/* TLS_DONE: *n_r of them are taken, at least one; after TLS_WANT_ the same bytes must come
 * again. */
enum tls_status tls_write(struct tls *t, const void *bytes, size_t n, size_t *n_r);

/* Whether bytes have come that poll(2) no longer shows.  They may be a part of a record, which
 * gives nothing to read until its rest has come: it is tls_read() that tells whether to wait. */
bool tls_is_pending(const struct tls *t);

/* Whether the kernel does the records, so that tls_sendfile() works. */
bool tls_has_sendfile(const struct tls *t);

/* As sendfile(2), with TLS_DONE and *n_r, which is 0 at the file's end. */
enum tls_status tls_sendfile(struct tls *t, int fd, off_t offset, size_t n, size_t *n_r);

/* Says that nothing more will be sent.  TLS_DONE: said; the peer's own word may still come. */
enum tls_status tls_close(struct tls *t);

/* 
 * The same for a connection that goes on in the clear: from here on tls_read() takes no byte behind
 * the peer's own word from the socket. / */
enum tls_status tls_leave(struct tls *t);

/* "TLSv1.3 TLS_AES_128_GCM_SHA256" */
const char *tls_version(const struct tls *t);
const char *tls_cipher(const struct tls *t);

/* Why it failed, for people; valid until the next call of OpenSSL. */
const char *tls_error(void);

void tls_free(struct tls *t);

#endif
