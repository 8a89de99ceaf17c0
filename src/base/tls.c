#include "base/tls.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Forward secret and authenticated ones only; the one first that costs least. */
#define CIPHERS \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE+AESGCM:ECDHE+CHACHA20"
#define SUITES  "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"
#define GROUPS  "X25519:P-256"

/* A session can be resumed for as long as anybody stays. */
#define SESSION_SECONDS (24L * 60 * 60)

/* Sessions kept for clients of TLS 1.2 that know no tickets; a process here has one client. */
#define SESSIONS_KEPT 16

/* What is read from the socket at once. */
#define READ_AHEAD (64 * 1024)

/* ssl is shared by those that differ in the kind of their keys alone. */
struct identity {
	SSL_CTX *ssl;
	X509 *certificate;
};

struct tls_context {
	const char *protocols;
	SSL_CTX *client;                /* NULL: it is a server's */
	struct identity ids[TLS_CERTIFICATES_MAX];
	size_t n;
	bool (*is_ours)(const char *name, const void *arg);     /* NULL: any name will do */
	const void *arg;
};

struct tls {
	SSL *ssl;
};

/* ---- contexts ---- */

/* Another protocol's client was led here: it must not go on (ALPACA).  One that says nothing
 * may. */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned int in_len, void *arg)
{
	const struct tls_context *c = arg;

	(void)ssl;
	return SSL_select_next_proto((unsigned char **)out, out_len,
		   (const unsigned char *)c->protocols, (unsigned)strlen(c->protocols), in,
		   in_len) == OPENSSL_NPN_NEGOTIATED
	    ? SSL_TLSEXT_ERR_OK
	    : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* The certificate that has the name; NULL: none. */
static const struct identity *
find_name(const struct tls_context *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (X509_check_host(c->ids[i].certificate, name, 0, 0, NULL) == 1)
			return &c->ids[i];
	return NULL;
}

static int
choose_certificate(SSL *ssl, int *alert, void *arg)
{
	const struct tls_context *c = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const struct identity *id;

	if (name == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	id = find_name(c, name);
	if (id != NULL) {
		(void)SSL_set_SSL_CTX(ssl, id->ssl);
		return SSL_TLSEXT_ERR_OK;
	}
	if (c->is_ours == NULL || c->is_ours(name, c->arg))
		return SSL_TLSEXT_ERR_NOACK;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
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
	    ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error))
		: reason == NULL    ? "unknown"
				    : reason,
	    cure);
	ERR_clear_error();
	return false;
}

/* In OpenSSL's own, somebody would be asked at the terminal. */
static int
refuse_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	*(bool *)arg = true;
	return -1;
}

static bool
fail_locked(char *error_r, size_t error_len, const char *key)
{
	ERR_clear_error();
	snprintf(error_r, error_len,
	    "%s: the key has a passphrase, and there is nobody to type it when the server starts; "
	    "take it off: openssl pkey -in %s -out NEW, and name NEW in tls-key", key, key);
	return false;
}

/* locked: refuse_passphrase() was called. */
static bool
load_files(SSL_CTX *ssl, const char *certificate, const char *key, const bool *locked,
    char *error_r, size_t error_len)
{
	if (SSL_CTX_use_certificate_chain_file(ssl, certificate) != 1)
		return fail(error_r, error_len, certificate,
		    "it must hold the certificate and its chain, in PEM, readable by who starts ferryd");
	if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) == 1)
		return true;
	if (*locked)
		return fail_locked(error_r, error_len, key);
	return fail(error_r, error_len, key,
	    "it must hold the private key of that certificate, in PEM, without a passphrase");
}

static bool
load(SSL_CTX *ssl, const char *certificate, const char *key, char *error_r, size_t error_len)
{
	bool locked = false, ok;

	ERR_clear_error();
	SSL_CTX_set_default_passwd_cb(ssl, refuse_passphrase);
	SSL_CTX_set_default_passwd_cb_userdata(ssl, &locked);
	ok = load_files(ssl, certificate, key, &locked, error_r, error_len);
	SSL_CTX_set_default_passwd_cb(ssl, NULL);
	SSL_CTX_set_default_passwd_cb_userdata(ssl, NULL);
	return ok;
}

/* What both sides want. */
static bool
configure_any(SSL_CTX *ssl)
{
	(void)SSL_CTX_set_options(
	    ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_ENABLE_KTLS);
	(void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ssl, 1);
	SSL_CTX_set_default_read_buffer_len(ssl, READ_AHEAD);
	return SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1;
}

static bool
configure(struct tls_context *c, SSL_CTX *ssl)
{
	static const unsigned char id[] = "ferry";

	(void)SSL_CTX_set_options(ssl, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	(void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_SERVER);
	(void)SSL_CTX_sess_set_cache_size(ssl, SESSIONS_KEPT);
	(void)SSL_CTX_set_timeout(ssl, SESSION_SECONDS);
	SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, c);
	(void)SSL_CTX_set_tlsext_servername_callback(ssl, choose_certificate);
	(void)SSL_CTX_set_tlsext_servername_arg(ssl, c);
	return configure_any(ssl) && SSL_CTX_set_cipher_list(ssl, CIPHERS) == 1 &&
	    SSL_CTX_set_ciphersuites(ssl, SUITES) == 1 &&
	    SSL_CTX_set1_groups_list(ssl, GROUPS) == 1 &&
	    SSL_CTX_set_session_id_context(ssl, id, sizeof(id) - 1) == 1;
}

struct tls_context *
tls_context_server(const char *protocols, char *error_r, size_t error_len)
{
	struct tls_context *c = calloc(1, sizeof(*c));

	if (c == NULL)
		snprintf(error_r, error_len, "TLS: %s", strerror(errno));
	else
		c->protocols = protocols;
	return c;
}

struct tls_context *
tls_context_client(const char *protocols, char *error_r, size_t error_len)
{
	struct tls_context *c = calloc(1, sizeof(*c));

	errno = 0;
	if (c != NULL && (c->client = SSL_CTX_new(TLS_client_method())) != NULL &&
	    configure_any(c->client) && SSL_CTX_set_default_verify_paths(c->client) == 1) {
		c->protocols = protocols;
		/* Whether it can be trusted is for people to decide, before anything is sent. */
		SSL_CTX_set_verify(c->client, SSL_VERIFY_NONE, NULL);
		return c;
	}
	snprintf(error_r, error_len, "TLS: %s", tls_error());
	tls_context_free(c);
	return NULL;
}

/* Whether every name of b is one of a's too, and b has any. */
static bool
has_names_of(X509 *a, X509 *b)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(b, NID_subject_alt_name, NULL, NULL);
	bool all = true, any = false;

	for (int i = 0; all && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		any = true;
		all = X509_check_host(a, (const char *)ASN1_STRING_get0_data(name->d.dNSName),
		          (size_t)ASN1_STRING_length(name->d.dNSName), 0, NULL) == 1;
	}
	GENERAL_NAMES_free(names);
	return any && all;
}

/* The one that a client may get instead of this one, whose key is of another kind; NULL: none. */
static const struct identity *
find_twin(const struct tls_context *c, X509 *certificate)
{
	for (size_t i = 0; i < c->n; i++) {
		X509 *other = c->ids[i].certificate;

		if (EVP_PKEY_get_base_id(X509_get0_pubkey(other)) !=
		        EVP_PKEY_get_base_id(X509_get0_pubkey(certificate)) &&
		    has_names_of(other, certificate) && has_names_of(certificate, other))
			return &c->ids[i];
	}
	return NULL;
}

bool
tls_context_add(struct tls_context *c, const char *certificate, const char *key, char *error_r,
    size_t error_len)
{
	struct identity *id = &c->ids[c->n];
	const struct identity *twin;

	if (c->n == TLS_CERTIFICATES_MAX) {
		snprintf(error_r, error_len, "%s: %d certificates are the most", certificate,
		    TLS_CERTIFICATES_MAX);
		return false;
	}
	if (key[0] == '\0')
		key = certificate;
	errno = 0;
	id->ssl = SSL_CTX_new(TLS_server_method());
	if (id->ssl == NULL || !configure(c, id->ssl)) {
		snprintf(error_r, error_len, "TLS: %s", tls_error());
	} else if (load(id->ssl, certificate, key, error_r, error_len)) {
		id->certificate = SSL_CTX_get0_certificate(id->ssl);
		(void)X509_up_ref(id->certificate);
		twin = find_twin(c, id->certificate);
		c->n++;
		if (twin == NULL)
			return true;
		SSL_CTX_free(id->ssl);
		id->ssl = twin->ssl;
		(void)SSL_CTX_up_ref(id->ssl);
		return load(id->ssl, certificate, key, error_r, error_len);
	}
	SSL_CTX_free(id->ssl);
	id->ssl = NULL;
	return false;
}

void
tls_context_refuse_others(struct tls_context *c, bool (*is_ours)(const char *name, const void *arg),
    const void *arg)
{
	c->is_ours = is_ours;
	c->arg = arg;
}

bool
tls_context_has_name(const struct tls_context *c, const char *name)
{
	return find_name(c, name) != NULL;
}

/* What is wrong with it is for tls_problem() to say: a reply tells people more than the end of a
 * handshake. */
static int
accept_any(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

static bool
ask(SSL_CTX *ssl, const char *authorities)
{
	STACK_OF(X509_NAME) *names;

	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, accept_any);
	if (authorities[0] == '\0')
		return true;
	/* Clients choose by the names which of their certificates to show. */
	names = SSL_load_client_CA_file(authorities);
	if (names == NULL || SSL_CTX_load_verify_file(ssl, authorities) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return false;
	}
	SSL_CTX_set_client_CA_list(ssl, names);
	return true;
}

bool
tls_context_ask(struct tls_context *c, const char *authorities, char *error_r, size_t error_len)
{
	ERR_clear_error();
	for (size_t i = 0; i < c->n; i++)
		if (!ask(c->ids[i].ssl, authorities))
			return fail(error_r, error_len, authorities,
			    "it must hold certificates of authorities, in PEM, readable by who starts ferryd");
	return true;
}

void
tls_context_free(struct tls_context *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++) {
		X509_free(c->ids[i].certificate);
		SSL_CTX_free(c->ids[i].ssl);
	}
	SSL_CTX_free(c->client);
	free(c);
}

bool
tls_context_make_private(struct tls_context *c)
{
	/* Those of the first count, whichever certificate a client gets. */
	SSL_CTX *ssl = c->ids[0].ssl;
	unsigned char keys[256];
	long len = SSL_CTX_get_tlsext_ticket_keys(ssl, NULL, 0);
	bool ok;

	ok = len > 0 && (size_t)len <= sizeof(keys) && RAND_bytes(keys, (int)len) == 1 &&
	    SSL_CTX_set_tlsext_ticket_keys(ssl, keys, len) == 1;
	OPENSSL_cleanse(keys, sizeof(keys));
	return ok;
}

int
tls_context_days(const struct tls_context *c, size_t i)
{
	const ASN1_TIME *end = X509_get0_notAfter(c->ids[i].certificate);
	int days = 0, seconds = 0;

	if (ASN1_TIME_diff(&days, &seconds, NULL, end) != 1)
		return 0;
	return days == 0 && seconds < 0 ? -1 : days;
}

static void
fingerprint(X509 *certificate, char text_r[FINGERPRINT_LEN])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	text_r[0] = '\0';
	if (X509_digest(certificate, EVP_sha256(), hash, &len) != 1)
		return;
	for (unsigned int i = 0; i < len; i++)
		snprintf(text_r + (size_t)3 * i, 4, "%02X%s", hash[i], i + 1 < len ? ":" : "");
}

void
tls_context_fingerprint(const struct tls_context *c, size_t i, char text_r[FINGERPRINT_LEN])
{
	fingerprint(c->ids[i].certificate, text_r);
}

/* ---- connections ---- */

struct tls *
tls_accept(struct tls_context *c, int fd, unsigned tickets, const char *host)
{
	const struct identity *id = host[0] == '\0' ? NULL : find_name(c, host);
	struct tls *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->ssl = SSL_new(c->ids[0].ssl);
	if (t->ssl == NULL || SSL_set_fd(t->ssl, fd) != 1) {
		tls_free(t);
		return NULL;
	}
	if (id != NULL)
		(void)SSL_set_SSL_CTX(t->ssl, id->ssl);
	(void)SSL_set_num_tickets(t->ssl, tickets);
	SSL_set_accept_state(t->ssl);
	return t;
}

void
tls_wipe(struct tls *t)
{
	(void)SSL_set_options(t->ssl, SSL_OP_CLEANSE_PLAINTEXT);
}

/* The name goes to the server (SNI), a numeric address does not (RFC 6066 section 3). */
static bool
expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	char address[64];

	/* A certificate knows no zone. */
	if (strchr(host, ':') != NULL) {
		snprintf(address, sizeof(address), "%.*s", (int)strcspn(host, "%"), host);
		return X509_VERIFY_PARAM_set1_ip_asc(param, address) == 1;
	}
	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1)
		return true;
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

struct tls *
tls_connect(struct tls_context *c, int fd, const char *host, const struct tls *like)
{
	struct tls *t = calloc(1, sizeof(*t));
	SSL_SESSION *session = NULL;

	if (t == NULL)
		return NULL;
	t->ssl = SSL_new(c->client);
	if (t->ssl == NULL || SSL_set_fd(t->ssl, fd) != 1 || !expect_host(t->ssl, host)) {
		tls_free(t);
		return NULL;
	}
	if (like == NULL)
		(void)SSL_set_alpn_protos(t->ssl, (const unsigned char *)c->protocols,
		    (unsigned)strlen(c->protocols));
	else
		session = SSL_get1_session(like->ssl);  /* with the newest ticket */
	if (session != NULL && SSL_SESSION_is_resumable(session) == 1)
		(void)SSL_set_session(t->ssl, session);
	SSL_SESSION_free(session);
	SSL_set_connect_state(t->ssl);
	return t;
}

const char *
tls_problem(const struct tls *t)
{
	long result = SSL_get_verify_result(t->ssl);

	return result == X509_V_OK ? NULL : X509_verify_cert_error_string(result);
}

static void
put_name(X509_NAME *name, char *text, size_t len)
{
	if (X509_NAME_get_text_by_NID(name, NID_commonName, text, (int)len) == -1)
		(void)X509_NAME_oneline(name, text, (int)len);
}

static time_t
moment(const ASN1_TIME *when)
{
	struct tm tm;

	return ASN1_TIME_to_tm(when, &tm) == 1 ? timegm(&tm) : 0;
}

bool
tls_peer(const struct tls *t, struct tls_peer *peer_r)
{
	X509 *certificate = SSL_get0_peer_certificate(t->ssl);

	if (certificate == NULL)
		return false;
	fingerprint(certificate, peer_r->fingerprint);
	put_name(X509_get_subject_name(certificate), peer_r->name, sizeof(peer_r->name));
	put_name(X509_get_issuer_name(certificate), peer_r->issuer, sizeof(peer_r->issuer));
	peer_r->from = moment(X509_get0_notBefore(certificate));
	peer_r->until = moment(X509_get0_notAfter(certificate));
	return true;
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

const char *
tls_host(const struct tls *t)
{
	return SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name);
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
