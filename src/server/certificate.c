#include "server/certificate.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LOOK_MS   1000
#define DAYS_LOW  14    /* renewals that work come earlier */
#define ERROR_LEN (PATH_MAX + 512)

/* The names are the files' own; a link that points elsewhere is a change too. */
static void
look(const struct conf *c, struct stat seen_r[CERTIFICATE_FILES])
{
	memset(seen_r, 0, CERTIFICATE_FILES * sizeof(seen_r[0]));
	if (c->tls_client_ca[0] != '\0')
		(void)stat(c->tls_client_ca, &seen_r[CERTIFICATE_FILES - 1]);
	for (size_t i = 0; i < CONF_CERTIFICATES_MAX && c->tls_certificate[i][0] != '\0'; i++) {
		(void)stat(c->tls_certificate[i], &seen_r[2 * i]);
		if (c->tls_key[i][0] != '\0')
			(void)stat(c->tls_key[i], &seen_r[2 * i + 1]);
	}
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool
is_host(const char *name, const void *arg)
{
	const struct certificate *cert = arg;

	for (size_t i = 0; i < CONF_HOSTS_MAX && cert->hosts[i][0] != '\0'; i++)
		if (strcasecmp(cert->hosts[i], name) == 0)
			return true;
	return false;
}

/* What the configuration names; NULL with a line in error_r. */
static struct tls_context *
load_all(const struct conf *c, char *error_r, size_t error_len)
{
	/* The second is for clients that name the protocol of data connections too. */
	struct tls_context *tls = tls_context_server("\3ftp\10ftp-data", error_r, error_len);

	if (tls == NULL)
		return NULL;
	for (size_t i = 0; i < CONF_CERTIFICATES_MAX && c->tls_certificate[i][0] != '\0'; i++) {
		if (!tls_context_add(tls, c->tls_certificate[i], c->tls_key[i], error_r, error_len)) {
			tls_context_free(tls);
			return NULL;
		}
		if (tls_context_days(tls, i) < DAYS_LOW)
			log_warning("%s: the certificate ends in %d days; renew it", c->tls_certificate[i],
			    tls_context_days(tls, i));
	}
	if (c->tls_client_certificate != CONF_CLIENT_OFF &&
	    !tls_context_ask(tls, c->tls_client_ca, error_r, error_len)) {
		tls_context_free(tls);
		return NULL;
	}
	return tls;
}

bool
certificate_load(struct certificate *cert, const struct conf *c, char *error_r, size_t error_len)
{
	struct tls_context *tls = NULL;

	look(c, cert->seen);
	cert->look_again = clock_ms() + LOOK_MS;
	if (c->tls_certificate[0][0] != '\0') {
		tls = load_all(c, error_r, error_len);
		if (tls == NULL)
			return false;
		memcpy(cert->hosts, c->host_names, sizeof(cert->hosts));
		/* Who has told all names is not to be taken for another (ALPACA). */
		if (cert->hosts[0][0] != '\0')
			tls_context_refuse_others(tls, is_host, cert);
	}
	tls_context_free(cert->tls);
	cert->tls = tls;
	return true;
}

void
certificate_refresh(struct certificate *cert, const struct conf *c)
{
	char error[ERROR_LEN];
	struct stat now[CERTIFICATE_FILES];
	bool same = true;

	if (cert->tls == NULL || clock_ms() < cert->look_again)
		return;
	cert->look_again = clock_ms() + LOOK_MS;
	look(c, now);
	for (size_t i = 0; i < sizeof(now) / sizeof(now[0]); i++)
		same = same && is_same(&now[i], &cert->seen[i]);
	if (same)
		return;
	if (certificate_load(cert, c, error, sizeof(error)))
		log_info("certificate read again: %s", c->tls_certificate[0]);
	else
		log_error("%s; the certificate stays what it was", error);
}

/* Whether this kernel can do the records; that it will is known only with a connection. */
static bool
has_kernel_tls(void)
{
	char text[256];
	FILE *file = fopen("/proc/sys/net/ipv4/tcp_available_ulp", "re");
	bool found;

	if (file == NULL)
		return false;
	found = fgets(text, sizeof(text), file) != NULL && strstr(text, "tls") != NULL;
	fclose(file);
	return found;
}

void
certificate_describe(const struct certificate *cert, const struct conf *c, FILE *out)
{
	char fingerprint[FINGERPRINT_LEN];

	if (cert->tls == NULL) {
		fprintf(out, "TLS: off; tls-certificate turns it on\n");
		return;
	}
	for (size_t i = 0; i < CONF_CERTIFICATES_MAX && c->tls_certificate[i][0] != '\0'; i++) {
		tls_context_fingerprint(cert->tls, i, fingerprint);
		fprintf(out, "TLS: %s, SHA-256 %s, good for %d days\n", c->tls_certificate[i], fingerprint,
		    tls_context_days(cert->tls, i));
	}
	fprintf(out, "TLS: %s\n", has_kernel_tls() ? "this kernel can do the records" :
	    "records are done here, as this kernel has no TLS (module tls)");
}

void
certificate_free(struct certificate *cert)
{
	tls_context_free(cert->tls);
	cert->tls = NULL;
}
