#include "server/certificate.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/handover.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LOOK_MS   1000
#define DAYS_LOW  14    /* renewals that work come earlier */
#define ERROR_LEN (PATH_MAX + 512)
#define FILE_MOST (1024 * 1024)

/* The configuration's file of that place: certificate and key of each pair, and last the clients' authorities.  Empty:
 * there is none. */
static const char *
file_of(const struct conf *c, size_t place)
{
	if (place == CERTIFICATE_FILES - 1)
		return c->tls_client_ca;
	return place % 2 == 0 ? c->tls_certificate[place / 2] : c->tls_key[place / 2];
}

/* The names are the files' own; a link that points elsewhere is a change too. */
static void
look(const struct conf *c, struct stat seen_r[CERTIFICATE_FILES])
{
	memset(seen_r, 0, CERTIFICATE_FILES * sizeof(seen_r[0]));
	for (size_t i = 0; i < CERTIFICATE_FILES; i++)
		if (file_of(c, i)[0] != '\0')
			(void)stat(file_of(c, i), &seen_r[i]);
}

void
certificate_init(struct certificate *cert)
{
	memset(cert, 0, sizeof(*cert));
	for (size_t i = 0; i < CERTIFICATE_FILES; i++)
		cert->kept[i] = -1;
}

static void
forget(struct certificate *cert)
{
	for (size_t i = 0; i < CERTIFICATE_FILES; i++) {
		if (cert->kept[i] != -1)
			close(cert->kept[i]);
		cert->kept[i] = -1;
	}
}

/* A copy in memory.  -1 when it cannot be made: it will be missed only if the file is lost. */
static int
copy_file(const char *path)
{
	char *text = malloc(FILE_MOST);
	int fd = text == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC), copy = -1;
	ssize_t n = 0;
	size_t len = 0;

	while (fd != -1 && len < FILE_MOST && (n = read(fd, text + len, FILE_MOST - len)) > 0)
		len += (size_t)n;
	if (fd != -1 && n == 0)
		copy = handover_write(text, len, NULL, 0);
	if (fd != -1)
		close(fd);
	if (text != NULL)
		explicit_bzero(text, FILE_MOST);
	free(text);
	return copy;
}

static void
keep(struct certificate *cert, const struct conf *c)
{
	forget(cert);
	for (size_t i = 0; i < CERTIFICATE_FILES; i++)
		if (file_of(c, i)[0] != '\0')
			cert->kept[i] = copy_file(file_of(c, i));
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

/* One certificate, from the files of those names, into tls.  strict: it must not have expired.  False with a line in
 * error_r. */
static bool
load_one(struct tls_context *tls, size_t i, const char *certificate, const char *key, bool strict, char *error_r,
    size_t error_len)
{
	int days;

	if (!tls_context_add(tls, certificate, key, error_r, error_len))
		return false;
	days = tls_context_days(tls, i);
	if (days < 0 && strict) {
		snprintf(error_r, error_len, "%s: the certificate has expired; renew it", certificate);
		return false;
	}
	if (days < DAYS_LOW && strict)
		log_warning("%s: the certificate ends in %d days; renew it", certificate, days);
	return true;
}

/* What the configuration names, or what was kept of that; NULL with a line in error_r. */
static struct tls_context *
load_all(const struct certificate *cert, const struct conf *c, bool kept, char *error_r, size_t error_len)
{
	/* The second is for clients that name the protocol of data connections too. */
	struct tls_context *tls = tls_context_server("\3ftp\10ftp-data", error_r, error_len);
	char names[CERTIFICATE_FILES][PATH_MAX];
	bool ok = tls != NULL;

	for (size_t i = 0; i < CERTIFICATE_FILES; i++) {
		if (kept && cert->kept[i] != -1)
			snprintf(names[i], sizeof(names[i]), "/proc/self/fd/%d", cert->kept[i]);
		else
			snprintf(names[i], sizeof(names[i]), "%s", file_of(c, i));
	}
	for (size_t i = 0; ok && i < CONF_CERTIFICATES_MAX && c->tls_certificate[i][0] != '\0'; i++)
		ok = load_one(tls, i, names[2 * i], names[2 * i + 1], !kept, error_r, error_len);
	if (ok && c->tls_client_certificate != CONF_CLIENT_OFF)
		ok = tls_context_ask(tls, names[CERTIFICATE_FILES - 1], error_r, error_len);
	if (ok)
		return tls;
	tls_context_free(tls);
	return NULL;
}

static void
take_over(struct certificate *cert, struct tls_context *tls)
{
	/* Who has told all names is not to be taken for another (ALPACA). */
	if (tls != NULL && cert->hosts[0][0] != '\0')
		tls_context_refuse_others(tls, is_host, cert);
	tls_context_free(cert->tls);
	cert->tls = tls;
}

bool
certificate_load(struct certificate *cert, const struct conf *c, char *error_r, size_t error_len)
{
	struct tls_context *tls = NULL;

	look(c, cert->seen);
	cert->look_again = clock_ms() + LOOK_MS;
	if (c->tls_certificate[0][0] != '\0') {
		tls = load_all(cert, c, false, error_r, error_len);
		if (tls == NULL)
			return false;
		memcpy(cert->hosts, c->host_names, sizeof(cert->hosts));
	}
	keep(cert, c);
	take_over(cert, tls);
	return true;
}

bool
certificate_resume(struct certificate *cert, const struct conf *c, char *error_r, size_t error_len)
{
	struct tls_context *tls = NULL;

	cert->tls = NULL;
	if (c->tls_certificate[0][0] != '\0') {
		tls = load_all(cert, c, true, error_r, error_len);
		if (tls == NULL) {
			memset(cert->seen, 0, sizeof(cert->seen));
			return false;
		}
	}
	take_over(cert, tls);
	return true;
}

void
certificate_refresh(struct certificate *cert, const struct conf *c)
{
	char error[ERROR_LEN];
	struct stat now[CERTIFICATE_FILES];
	bool same = true;

	if (c->tls_certificate[0][0] == '\0' || clock_ms() < cert->look_again)
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
	forget(cert);
}
