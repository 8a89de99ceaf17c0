#include "conf/check.h"

#include <string.h>

static size_t
list_length(const char (*list)[CONF_TEXT_MAX], size_t max)
{
	size_t n = 0;

	while (n < max && list[n][0] != '\0')
		n++;
	return n;
}

/* Both lists as one: an address is for clients that begin with TLS, or for those that do not. */
static const char *
listen_item(const struct conf *c, size_t i)
{
	return i < CONF_LISTEN_MAX ? c->listen[i] : c->listen_tls[i - CONF_LISTEN_MAX];
}

static void
check_listen(struct read_context *x)
{
	for (size_t i = 0; i < (size_t)2 * CONF_LISTEN_MAX; i++) {
		const char *item = listen_item(x->c, i);

		for (size_t j = 0; j < i; j++) {
			if (item[0] != '\0' && strcmp(item, listen_item(x->c, j)) == 0) {
				fprintf(x->errors, "%s: %s: \"%s\" stands there twice\n", x->path,
				    j < CONF_LISTEN_MAX && i >= CONF_LISTEN_MAX
					? "listen and listen-tls"
					: i < CONF_LISTEN_MAX ? "listen"
							      : "listen-tls",
				    item);
				x->failed = true;
			}
		}
	}
	if (x->c->listen[0][0] == '\0' && x->c->listen_tls[0][0] == '\0') {
		fprintf(x->errors,
		    "%s: listen: expected at least one address, there or in listen-tls\n", x->path);
		x->failed = true;
	}
}

void
check_together(struct read_context *x)
{
	const char *where = x->path;
	const struct conf *c = x->c;
	size_t certificates = list_length(c->tls_certificate, CONF_CERTIFICATES_MAX);
	size_t private_keys = list_length(c->tls_key, CONF_CERTIFICATES_MAX);

	check_listen(x);
	if (private_keys != 0 && private_keys != certificates) {
		fprintf(x->errors,
		    "%s: tls-key: %zu for a tls-certificate of %zu; expected one for each, in the same "
		    "order, or none\n",
		    where, private_keys, certificates);
		x->failed = true;
	}
	if (certificates == 0 && c->listen_tls[0][0] != '\0') {
		fprintf(x->errors, "%s: listen-tls: there is no tls-certificate\n", where);
		x->failed = true;
	}
	if (certificates == 0 && c->tls_require != CONF_TLS_NONE) {
		fprintf(x->errors,
		    "%s: tls-require: it asks for TLS, and there is no tls-certificate\n", where);
		x->failed = true;
	}
	if (certificates == 0 && c->tls_client_certificate != CONF_CLIENT_OFF) {
		fprintf(x->errors,
		    "%s: tls-client-certificate: it asks for TLS, and there is no tls-certificate\n",
		    where);
		x->failed = true;
	}
	if (c->tls_client_ca[0] != '\0' && c->tls_client_certificate == CONF_CLIENT_OFF) {
		fprintf(x->errors,
		    "%s: tls-client-ca: of no use while tls-client-certificate is off\n", where);
		x->failed = true;
	}
	if (c->account_ids.low < c->min_uid) {
		fprintf(x->errors, "%s: account-ids: %u is below min-uid, which is %llu\n", where,
		    c->account_ids.low, (unsigned long long)c->min_uid);
		x->failed = true;
	}
	if (c->store[0] == '\0' || c->home[0] == '\0') {
		fprintf(x->errors, "%s: %s: expected a path that starts with /\n", where,
		    c->store[0] == '\0' ? "store" : "home");
		x->failed = true;
	}
}
