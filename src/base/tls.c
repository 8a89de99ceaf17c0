#include "base/tls.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Forward secret and authenticated ones only; the one first that costs least. */
#define CIPHERS "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE+AESGCM:ECDHE+CHACHA20"
#define SUITES  "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"
#define GROUPS  "X25519:P-256"

/* A session can be resumed for as long as anybody stays. */
#define SESSION_SECONDS (24L * 60 * 60)

/* Sessions kept for clients of TLS 1.2 that know no tickets; a process here has one client. */
#define SESSIONS_KEPT 16

/* What is read from the socket at once. */
#define READ_AHEAD (64 * 1024)

struct tls_context {
	SSL_CTX *ssl;
	unsigned char protocol[64];     /* as ALPN has it: a byte of length before it */
};

struct tls {
	SSL *ssl;
};

/* ---- contexts ---- */

/* Another protocol's client was led here: it must not go on (ALPACA).  One that says nothing may. */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
    unsigned int in_len, void *arg)
{
	const struct tls_context *c = arg;

	(void)ssl;
	return SSL_select_next_proto((unsigned char **)out, out_len, c->protocol, c->protocol[0] + 1U, in,
	           in_len) == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

const char *
tls_error(void)
{
	unsigned long error = ERR_peek_last_error();
	const char *text = ERR_reason_error_string(error);

	return text != NULL ? text : errno != 0 ? strerror(errno) : "the connection ended";
}

static bool
fail(char *error_r, size_t error_len, const char *file, const char *cure)
{
	/* The first error is the cause, those after it are what came of it. */
	unsigned long error = ERR_peek_error();
	const char *reason = ERR_reason_error_string(error);

	snprintf(error_r, error_len, "%s: %s; %s", file,
	    ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error)) : reason == NULL ? "unknown" : reason, cure);
	ERR_clear_error();
	return false;
}

static bool
load(SSL_CTX *ssl, const char *certificate, const char *key, char *error_r, size_t error_len)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ssl, certificate) != 1)
		return fail(error_r, error_len, certificate,
		    "it must hold the certificate and its chain, in PEM, readable by who starts ferryd");
	if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1)
		return fail(error_r, error_len, key,
		    "it must hold the private key of that certificate, in PEM, without a passphrase");
	return true;
}

static bool
configure(SSL_CTX *ssl)
{
	static const unsigned char id[] = "ferry";

	(void)SSL_CTX_set_options(ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_ENABLE_KTLS |
	    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	(void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ssl, 1);
	SSL_CTX_set_default_read_buffer_len(ssl, READ_AHEAD);
	(void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_SERVER);
	(void)SSL_CTX_sess_set_cache_size(ssl, SESSIONS_KEPT);
	(void)SSL_CTX_set_timeout(ssl, SESSION_SECONDS);
	return SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(ssl, CIPHERS) == 1 && SSL_CTX_set_ciphersuites(ssl, SUITES) == 1 &&
	    SSL_CTX_set1_groups_list(ssl, GROUPS) == 1 &&
	    SSL_CTX_set_session_id_context(ssl, id, sizeof(id) - 1) == 1;
}

struct tls_context *
tls_context_server(const char *certificate, const char *key, const char *protocol, char *error_r,
    size_t error_len)
{
	struct tls_context *c = calloc(1, sizeof(*c));
	size_t len = strlen(protocol);

	errno = 0;
	if (c == NULL || len >= sizeof(c->protocol) || (c->ssl = SSL_CTX_new(TLS_server_method())) == NULL) {
		snprintf(error_r, error_len, "TLS: %s", tls_error());
		free(c);
		return NULL;
	}
	c->protocol[0] = (unsigned char)len;
	memcpy(c->protocol + 1, protocol, len);
	SSL_CTX_set_alpn_select_cb(c->ssl, choose_protocol, c);
	if (!configure(c->ssl)) {
		snprintf(error_r, error_len, "TLS: %s", tls_error());
	} else if (load(c->ssl, certificate, key[0] == '\0' ? certificate : key, error_r, error_len)) {
		if (tls_context_days(c) >= 0)
			return c;
		snprintf(error_r, error_len, "%s: the certificate has expired; renew it", certificate);
	}
	tls_context_free(c);
	return NULL;
}

void
tls_context_free(struct tls_context *c)
{
	if (c == NULL)
		return;
	SSL_CTX_free(c->ssl);
	free(c);
}

bool
tls_context_make_private(struct tls_context *c)
{
	unsigned char keys[256];
	long len = SSL_CTX_get_tlsext_ticket_keys(c->ssl, NULL, 0);
	bool ok;

	ok = len > 0 && (size_t)len <= sizeof(keys) && RAND_bytes(keys, (int)len) == 1 &&
	    SSL_CTX_set_tlsext_ticket_keys(c->ssl, keys, len) == 1;
	OPENSSL_cleanse(keys, sizeof(keys));
	return ok;
}

int
tls_context_days(const struct tls_context *c)
{
	const ASN1_TIME *end = X509_get0_notAfter(SSL_CTX_get0_certificate(c->ssl));
	int days = 0, seconds = 0;

	if (ASN1_TIME_diff(&days, &seconds, NULL, end) != 1)
		return 0;
	return days == 0 && seconds < 0 ? -1 : days;
}

void
tls_context_fingerprint(const struct tls_context *c, char text_r[TLS_FINGERPRINT_LEN])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	text_r[0] = '\0';
	if (X509_digest(SSL_CTX_get0_certificate(c->ssl), EVP_sha256(), hash, &len) != 1)
		return;
	for (unsigned int i = 0; i < len; i++)
		snprintf(text_r + (size_t)3 * i, 4, "%02X%s", hash[i], i + 1 < len ? ":" : "");
}

/* ---- connections ---- */

struct tls *
tls_accept(struct tls_context *c, int fd, unsigned tickets)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->ssl = SSL_new(c->ssl);
	if (t->ssl == NULL || SSL_set_fd(t->ssl, fd) != 1) {
		tls_free(t);
		return NULL;
	}
	(void)SSL_set_num_tickets(t->ssl, tickets);
	SSL_set_accept_state(t->ssl);
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	free(t);
}

/* What a call that did not succeed means. */
static enum tls_status
status_of(const struct tls *t, int rc)
{
	switch (SSL_get_error(t->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_CLOSED;
	case SSL_ERROR_SSL:
		if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
			return TLS_CUT;
		return TLS_FAILED;
	default:
		return TLS_FAILED;
	}
}

/* OpenSSL tells by its queue of errors, which must be empty before. */
static void
prepare(void)
{
	ERR_clear_error();
	errno = 0;
}

enum tls_status
tls_handshake(struct tls *t)
{
	int rc;

	prepare();
	rc = SSL_do_handshake(t->ssl);
	return rc == 1 ? TLS_DONE : status_of(t, rc);
}

bool
tls_is_resumed(const struct tls *t)
{
	return SSL_session_reused(t->ssl) == 1;
}

void
tls_send_ticket(struct tls *t)
{
	if (SSL_version(t->ssl) == TLS1_3_VERSION)
		(void)SSL_new_session_ticket(t->ssl);
}

enum tls_status
tls_read(struct tls *t, void *bytes, size_t n, size_t *n_r)
{
	int rc;

	prepare();
	rc = SSL_read_ex(t->ssl, bytes, n, n_r);
	return rc == 1 ? TLS_DONE : status_of(t, rc);
}

enum tls_status
tls_write(struct tls *t, const void *bytes, size_t n, size_t *n_r)
{
	int rc;

	prepare();
	rc = SSL_write_ex(t->ssl, bytes, n, n_r);
	return rc == 1 ? TLS_DONE : status_of(t, rc);
}

bool
tls_is_pending(const struct tls *t)
{
	return SSL_has_pending(t->ssl) == 1;
}

bool
tls_has_sendfile(const struct tls *t)
{
	return BIO_get_ktls_send(SSL_get_wbio(t->ssl)) == 1;
}

enum tls_status
tls_sendfile(struct tls *t, int fd, off_t offset, size_t n, size_t *n_r)
{
	ossl_ssize_t rc;

	prepare();
	rc = SSL_sendfile(t->ssl, fd, offset, n, 0);
	*n_r = rc > 0 ? (size_t)rc : 0;
	return rc >= 0 ? TLS_DONE : status_of(t, (int)rc);
}

enum tls_status
tls_close(struct tls *t)
{
	int rc;

	prepare();
	rc = SSL_shutdown(t->ssl);
	return rc >= 0 ? TLS_DONE : status_of(t, rc);
}

enum tls_status
tls_leave(struct tls *t)
{
	SSL_set_read_ahead(t->ssl, 0);
	return tls_close(t);
}

const char *
tls_version(const struct tls *t)
{
	return SSL_get_version(t->ssl);
}

const char *
tls_cipher(const struct tls *t)
{
	return SSL_get_cipher_name(t->ssl);
}
