#include "server/listener/certificate.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sb.h"
#include "server/process/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LOOK_MS   1000
#define DAYS_LOW  14    /* renewals that work come earlier */
#define ERROR_LEN (PATH_MAX + 512)
#define FILE_MOST (8 * 1024 * 1024)

/* The configuration's file of that place: certificate and key of each pair, and last the clients'
 * authorities.  Empty: there is none. */
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

/* A copy in memory: what is loaded is read once, and from what does not let us wait.  -1 with a
 * line in error_r. */
static int
copy_file(const char *path, char *error_r, size_t error_len)
{
	char *text = malloc(FILE_MOST);
	const char *why = strerror(ENOMEM);
	int fd = text == NULL ? -1 : file_open(path, O_RDONLY, 0, &why), copy = -1;
	ssize_t n = 0;
	size_t len = 0;

	while (fd != -1 && len < FILE_MOST && (n = read(fd, text + len, FILE_MOST - len)) > 0)
		len += (size_t)n;
	if (fd != -1) {
		why = strerror(n == -1 ? errno : EFBIG);
		if (n == 0 && (copy = handover_write(text, len, NULL, 0)) == -1)
			why = strerror(errno);
		close(fd);
	}
	if (text != NULL)
		explicit_bzero(text, len);
	free(text);
	if (copy == -1)
		snprintf(error_r, error_len,
		    "%s: %s; it must be a file in PEM, readable by who starts ferryd", path, why);
	return copy;
}

/* Fills kept with what the configuration names and TLS needs. */
static bool
copy_all(struct certificate *cert, const struct conf *c, char *error_r, size_t error_len)
{
	for (size_t i = 0; i < CERTIFICATE_FILES; i++) {
		bool unused =
		    i == CERTIFICATE_FILES - 1 && c->tls_client_certificate == CONF_CLIENT_OFF;

		if (unused || file_of(c, i)[0] == '\0')
			continue;
		cert->kept[i] = copy_file(file_of(c, i), error_r, error_len);
		if (cert->kept[i] == -1)
			return false;
	}
	return true;
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

/* One certificate, from the files of those names, into tls.  file: which it is, for people.
 * strict: it must not have expired.  False with a line in error_r. */
static bool
load_one(struct tls_context *tls, size_t i, const char *file, const char *certificate,
    const char *key, bool strict, char *error_r, size_t error_len)
{
	int days;

	if (!tls_context_add(tls, certificate, key, error_r, error_len))
		return false;
	days = tls_context_days(tls, i);
	if (days < 0 && strict) {
		snprintf(error_r, error_len, "%s: the certificate has expired; renew it", file);
		return false;
	}
	if (days < DAYS_LOW && strict)
		log_warning("%s: the certificate ends in %d days; renew it", file, days);
	return true;
}

/* Where a line has the name of a copy, it is to have the file's. */
static void
name_file(char *error, size_t error_len, const char *copy, const char *file)
{
	char line[2 * ERROR_LEN];
	size_t len = strlen(copy);
	const char *from = error, *at;
	struct sb out;

	if (len == 0)
		return;
	sb_init(&out, line, sizeof(line));
	while ((at = strstr(from, copy)) != NULL) {
		/* /proc/self/fd/1 is no part of /proc/self/fd/10. */
		bool whole = at[len] < '0' || at[len] > '9';

		sb_put(&out, from, (size_t)(at - from));
		sb_puts(&out, whole ? file : copy);
		from = at + len;
	}
	sb_puts(&out, from);
	snprintf(error, error_len, "%s", line);
}

/* What was kept of the files that the configuration names; NULL with a line in error_r.  strict: as
 * for load_one(). */
static struct tls_context *
load_all(const struct certificate *cert, const struct conf *c, bool strict, char *error_r,
    size_t error_len)
{
	/* The second is for clients that name the protocol of data connections too. */
	struct tls_context *tls = tls_context_server("\3ftp\10ftp-data", error_r, error_len);
	char names[CERTIFICATE_FILES][32];
	bool ok = tls != NULL;

	for (size_t i = 0; i < CERTIFICATE_FILES; i++) {
		names[i][0] = '\0';
		if (cert->kept[i] != -1)
			snprintf(names[i], sizeof(names[i]), "/proc/self/fd/%d", cert->kept[i]);
	}
	for (size_t i = 0; ok && i < CONF_CERTIFICATES_MAX && c->tls_certificate[i][0] != '\0'; i++)
		ok = load_one(tls, i, c->tls_certificate[i], names[2 * i], names[2 * i + 1], strict,
		    error_r, error_len);
	if (ok && c->tls_client_certificate != CONF_CLIENT_OFF)
		ok = tls_context_ask(tls, names[CERTIFICATE_FILES - 1], error_r, error_len);
	if (ok)
		return tls;
	for (size_t i = 0; i < CERTIFICATE_FILES; i++)
		name_file(error_r, error_len, names[i], file_of(c, i));
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
	struct certificate fresh;

	certificate_init(&fresh);
	look(c, cert->seen);
	cert->look_again = clock_ms() + LOOK_MS;
	if (c->tls_certificate[0][0] != '\0') {
		if (copy_all(&fresh, c, error_r, error_len))
			tls = load_all(&fresh, c, true, error_r, error_len);
		if (tls == NULL) {
			forget(&fresh);
			return false;
		}
		memcpy(cert->hosts, c->host_names, sizeof(cert->hosts));
	}
	forget(cert);
	memcpy(cert->kept, fresh.kept, sizeof(cert->kept));
	take_over(cert, tls);
	return true;
}

bool
certificate_resume(struct certificate *cert, const struct conf *c, char *error_r, size_t error_len)
{
	struct tls_context *tls = NULL;

	cert->tls = NULL;
	if (c->tls_certificate[0][0] != '\0') {
		tls = load_all(cert, c, false, error_r, error_len);
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

	return file_first_line("/proc/sys/net/ipv4/tcp_available_ulp", text, sizeof(text)) &&
	    strstr(text, "tls") != NULL;
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
		fprintf(out, "TLS: %s, SHA-256 %s, good for %d days\n", c->tls_certificate[i],
		    fingerprint, tls_context_days(cert->tls, i));
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
