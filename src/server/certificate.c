#include "server/certificate.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

#define LOOK_MS   1000
#define DAYS_LOW  14    /* renewals that work come earlier */
#define ERROR_LEN (PATH_MAX + 512)

/* The names are the files' own; a link that points elsewhere is a change too. */
static void
look(const struct conf *c, struct stat seen_r[2])
{
	memset(seen_r, 0, 2 * sizeof(seen_r[0]));
	(void)stat(c->tls_certificate, &seen_r[0]);
	if (c->tls_key[0] != '\0')
		(void)stat(c->tls_key, &seen_r[1]);
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool
certificate_load(struct certificate *cert, const struct conf *c, char *error_r, size_t error_len)
{
	struct tls_context *tls = NULL;

	if (c->tls_certificate[0] == '\0' && c->tls_require != CONF_TLS_NONE) {
		snprintf(error_r, error_len, "tls-require asks for TLS, and there is no tls-certificate");
		return false;
	}
	look(c, cert->seen);
	cert->look_again = clock_ms() + LOOK_MS;
	if (c->tls_certificate[0] != '\0') {
		tls = tls_context_server(c->tls_certificate, c->tls_key, "ftp", error_r, error_len);
		if (tls == NULL)
			return false;
		if (tls_context_days(tls) < DAYS_LOW)
			log_warning("%s: the certificate ends in %d days; renew it", c->tls_certificate,
			    tls_context_days(tls));
	}
	tls_context_free(cert->tls);
	cert->tls = tls;
	return true;
}

void
certificate_refresh(struct certificate *cert, const struct conf *c)
{
	char error[ERROR_LEN];
	struct stat now[2];

	if (cert->tls == NULL || clock_ms() < cert->look_again)
		return;
	cert->look_again = clock_ms() + LOOK_MS;
	look(c, now);
	if (is_same(&now[0], &cert->seen[0]) && is_same(&now[1], &cert->seen[1]))
		return;
	if (certificate_load(cert, c, error, sizeof(error)))
		log_info("certificate read again: %s", c->tls_certificate);
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
certificate_describe(const struct certificate *cert, const struct conf *c, char *text_r, size_t len)
{
	char fingerprint[TLS_FINGERPRINT_LEN];

	if (cert->tls == NULL) {
		snprintf(text_r, len, "TLS: off; tls-certificate turns it on");
		return;
	}
	tls_context_fingerprint(cert->tls, fingerprint);
	snprintf(text_r, len, "TLS: %s, SHA-256 %s, good for %d days; %s", c->tls_certificate, fingerprint,
	    tls_context_days(cert->tls), has_kernel_tls() ? "this kernel can do the records" :
	    "records are done here, as this kernel has no TLS (module tls)");
}

void
certificate_free(struct certificate *cert)
{
	tls_context_free(cert->tls);
	cert->tls = NULL;
}
