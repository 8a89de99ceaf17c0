#include "ctl/user.h"

#include "ctl/accounts.h"
#include "ctl/home.h"
#include "ctl/prompt.h"
#include "ctl/quota.h"
#include "ctl/rights.h"
#include "store/password.h"

#include <grp.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PASSWORD_SHORT 8        /* bytes; fewer are accepted with a warning */

/* Reads the password, or with --hash a hash, into account->hash.  False after saying why. */
static bool
read_password(const struct ctl *ctl, struct account *account)
{
	char what[NAME_ACCOUNT_MAX + 32], secret[PROMPT_SECRET_MAX];
	bool ok = false;

	snprintf(what, sizeof(what), "%s for %s", ctl->hash ? "Hash" : "Password", account->name);
	if (!prompt_secret(what, secret))
		return false;
	if (ctl->hash) {
		ok = password_is_hash(secret);
		if (ok)
			memcpy(account->hash, secret, strlen(secret) + 1);
		else
			fprintf(stderr,
			    "ferryctl: %s: it is no hash that libcrypt can verify (see crypt(5))\n",
			    what);
	} else {
		ok = password_hash(secret, account->hash);
		if (!ok)
			fprintf(stderr, "ferryctl: libcrypt makes no hash of it\n");
		else if (strlen(secret) < PASSWORD_SHORT)
			fprintf(stderr,
			    "ferryctl: warning: a password of fewer than %d characters is soon guessed\n",
			    PASSWORD_SHORT);
	}
	explicit_bzero(secret, sizeof(secret));
	return ok;
}

/* ---- ids and homes ---- */

/* The lowest id of the configured range that neither an account nor the system has, the latter not
 * as a group either: the group of the account gets the same number. */
static bool
free_uid(const struct ctl *ctl, struct store *store, uid_t *uid_r)
{
	const struct conf_range *range = &ctl->conf->account_ids;
	enum store_status status = STORE_OK;
	uid_t low = range->low;

	while ((status = store_free_uid(store, low, range->high, uid_r)) == STORE_OK) {
		if (getpwuid(*uid_r) == NULL && (ctl->has_gid || getgrgid(*uid_r) == NULL))
			return true;
		if (*uid_r == range->high)
			break;
		low = *uid_r + 1;
	}
	if (status == STORE_FAILED || status == STORE_BUSY)
		(void)accounts_fail_store(store, status, ctl->name);
	else
		fprintf(stderr,
		    "ferryctl: %s: all of account-ids (%u-%u) are taken, or were once; widen it, or give --uid\n",
		    ctl->name, range->low, range->high);
	return false;
}

/* Ids that ferryd will accept.  False after saying why not. */
static bool
check_ids(const struct ctl *ctl, const struct account *account)
{
	if (!rights_has_root() && (account->uid != geteuid() || account->gid != getegid())) {
		fprintf(stderr,
		    "ferryctl: %s: not root, so every account's files are yours: uid %u, gid %u\n",
		    ctl->name, geteuid(), getegid());
		return false;
	}
	if (account->uid < ctl->conf->min_uid || account->gid < ctl->conf->min_uid) {
		fprintf(stderr, "ferryctl: %s: uid %u, gid %u: below min-uid, which is %llu\n",
		    ctl->name, account->uid, account->gid, (unsigned long long)ctl->conf->min_uid);
		return false;
	}
	return true;
}

static bool
choose_ids(const struct ctl *ctl, struct store *store, struct account *account)
{
	if (ctl->has_uid)
		account->uid = ctl->uid;
	else if (!rights_has_root())
		account->uid = geteuid();
	else if (!free_uid(ctl, store, &account->uid))
		return false;
	account->gid = ctl->has_gid ? ctl->gid
	    : !rights_has_root()    ? getegid()
				    : (gid_t)account->uid;
	return check_ids(ctl, account);
}

/* Whether JSON can carry it. */
static bool
is_utf8(const char *text)
{
	json_t *json = json_string(text);
	bool ok = json != NULL;

	json_decref(json);
	return ok;
}

/* An absolute path, without a slash at its end, that a line of a listing and JSON can carry. */
static bool
take_home(const char *text, char home_r[PATH_MAX])
{
	size_t len = strlen(text);

	while (len > 1 && text[len - 1] == '/')
		len--;
	if (text[0] != '/' || len >= PATH_MAX || !name_is_creatable(text) || !is_utf8(text))
		return false;
	memcpy(home_r, text, len);
	home_r[len] = '\0';
	return true;
}

static bool
choose_home(const struct ctl *ctl, char home_r[PATH_MAX])
{
	char preset[PATH_MAX];

	if (ctl->home == NULL && !conf_home_for(ctl->conf, ctl->name, preset)) {
		(void)accounts_fail(ctl->name, "the home by the configuration is too long");
		return false;
	}
	if (take_home(ctl->home == NULL ? preset : ctl->home, home_r))
		return true;
	(void)accounts_fail(ctl->name,
	    "the home must be a path that starts with /, in UTF-8 and without control "
	    "characters");
	return false;
}

/* The character set as the configuration writes it: ferryd has no others at hand.  False after
 * saying so. */
static bool
choose_charset(const struct ctl *ctl, char charset_r[NAME_CHARSET_MAX + 1])
{
	const struct conf *c = ctl->conf;
	size_t i = 0;

	if (ctl->client_charset == NULL)
		return true;
	while (i < CONF_CHARSETS_MAX && c->client_charsets[i][0] != '\0' &&
	    strcasecmp(c->client_charsets[i], ctl->client_charset) != 0)
		i++;
	if (ctl->client_charset[0] != '\0' &&
	    (i == CONF_CHARSETS_MAX || c->client_charsets[i][0] == '\0')) {
		(void)accounts_fail(ctl->name,
		    "--client-charset must be one of client-charsets in the configuration");
		return false;
	}
	snprintf(charset_r, NAME_CHARSET_MAX + 1, "%s",
	    ctl->client_charset[0] == '\0' ? "" : c->client_charsets[i]);
	return true;
}

/* False after saying what is wrong. */
static bool
choose_certificate(const struct ctl *ctl, char certificate_r[FINGERPRINT_LEN])
{
	if (ctl->certificate == NULL)
		return true;
	if (ctl->certificate[0] == '\0') {
		certificate_r[0] = '\0';
		return true;
	}
	if (fingerprint_parse(ctl->certificate, certificate_r))
		return true;
	(void)accounts_fail(ctl->name,
	    "--cert-fingerprint must be the SHA-256 of the certificate, as "
	    "openssl x509 -noout -fingerprint -sha256 shows it");
	return false;
}

/* ---- commands ---- */

/* Everything is found out before anything is made; a home goes again if the store then refuses. */
static int
add_to(const struct ctl *ctl, struct store *store)
{
	struct account account = { .enabled = !ctl->disable,
		.quota = { USAGE_UNLIMITED, USAGE_UNLIMITED } };
	enum store_status status;
	bool made = false;

	memcpy(account.name, ctl->name, strlen(ctl->name) + 1);
	status = store_account_get(store, ctl->name, &(struct account){ 0 });
	if (status != STORE_NONE)
		return accounts_fail_store(
		    store, status == STORE_OK ? STORE_EXISTS : status, ctl->name);
	if (!choose_charset(ctl, account.charset) ||
	    !choose_certificate(ctl, account.certificate) || !quota_choose(ctl, &account.quota) ||
	    !choose_ids(ctl, store, &account) || !choose_home(ctl, account.home) ||
	    !read_password(ctl, &account) ||
	    !home_make(account.home, account.uid, account.gid, &made))
		return CTL_FAILED;
	status = store_account_add(store, &account);
	explicit_bzero(account.hash, sizeof(account.hash));
	if (status == STORE_OK) {
		printf("%s: added, uid %u, home %s%s\n", account.name, account.uid, account.home,
		    made ? " (made)" : "");
		return CTL_OK;
	}
	if (made)
		home_unmake(account.home);
	return accounts_fail_store(store, status, ctl->name);
}

int
user_add(const struct ctl *ctl)
{
	struct store *store;
	int rc;

	if (!name_is_account(ctl->name))
		return accounts_fail(ctl->name,
		    "not a name for an account: 1 to 64 of A-Z a-z 0-9 . _ @ + -, the first "
		    "neither . nor -");
	store = accounts_open(ctl, STORE_CREATE);
	if (store == NULL)
		return CTL_FAILED;
	rc = add_to(ctl, store);
	store_close(&store);
	return rc;
}

static int
update(struct store *store, const struct account *account)
{
	enum store_status status = store_account_update(store, account);

	return status == STORE_OK ? CTL_OK : accounts_fail_store(store, status, account->name);
}

static int
set_in(const struct ctl *ctl, struct store *store, struct account *account)
{
	uid_t old_uid = account->uid;
	bool made = false;
	int rc;

	if (ctl->has_uid)
		account->uid = ctl->uid;
	if (ctl->has_gid)
		account->gid = ctl->gid;
	if ((ctl->has_uid || ctl->has_gid) && !check_ids(ctl, account))
		return CTL_FAILED;
	if (!choose_charset(ctl, account->charset) ||
	    !choose_certificate(ctl, account->certificate) || !quota_choose(ctl, &account->quota))
		return CTL_FAILED;
	if (ctl->enable || ctl->disable)
		account->enabled = ctl->enable;
	if (ctl->home != NULL &&
	    (!choose_home(ctl, account->home) ||
		!home_make(account->home, account->uid, account->gid, &made)))
		return CTL_FAILED;
	rc = update(store, account);
	if (rc != CTL_OK && made)
		home_unmake(account->home);
	if (rc == CTL_OK && account->uid != old_uid && !made)
		fprintf(stderr,
		    "ferryctl: warning: what uid %u has in %s stays uid %u's; chown it to %u:%u\n",
		    old_uid, account->home, old_uid, account->uid, account->gid);
	return rc;
}

int
user_set(const struct ctl *ctl)
{
	struct account account;
	struct store *store;
	int rc;

	if (ctl->home == NULL && !ctl->has_uid && !ctl->has_gid && !ctl->enable && !ctl->disable &&
	    ctl->client_charset == NULL && ctl->certificate == NULL && ctl->quota_bytes == NULL &&
	    ctl->quota_files == NULL) {
		(void)accounts_fail(ctl->name,
		    "nothing to set; give --home, --uid, --gid, --client-charset, "
		    "--cert-fingerprint, --quota, --quota-files, --enable or --disable");
		return CTL_USAGE;
	}
	store = accounts_open_one(ctl, &account);
	if (store == NULL)
		return CTL_FAILED;
	rc = set_in(ctl, store, &account);
	store_close(&store);
	return rc;
}

int
user_passwd(const struct ctl *ctl)
{
	struct account account;
	struct store *store = accounts_open_one(ctl, &account);
	int rc = CTL_FAILED;

	if (store != NULL && read_password(ctl, &account))
		rc = update(store, &account);
	explicit_bzero(account.hash, sizeof(account.hash));
	store_close(&store);
	return rc;
}

/* For store_account_each(): looks for another account whose home is that one, or in it. */
struct sharing {
	const struct account *account;
	char home[PATH_MAX];
	char other[NAME_ACCOUNT_MAX + 1];
};

/* Without links on the way, where there is such a path; else as it stands. */
static void
resolve(const char *path, char resolved_r[PATH_MAX])
{
	struct rights before = rights_of_root();

	if (realpath(path, resolved_r) == NULL)
		snprintf(resolved_r, PATH_MAX, "%s", path);
	rights_restore(before);
}

static bool
shares(const struct account *other, void *context)
{
	struct sharing *s = context;
	size_t len = strlen(s->home);
	char home[PATH_MAX];

	if (other->id == s->account->id)
		return true;
	resolve(other->home, home);
	if (strncmp(home, s->home, len) != 0 ||
	    (home[len] != '\0' && home[len] != '/' && s->home[len - 1] != '/'))
		return true;
	snprintf(s->other, sizeof(s->other), "%s", other->name);
	return false;
}

/* False after saying why the home may not go. */
static bool
check_home(const struct account *account, struct store *store, int *home_r)
{
	struct sharing s = { .account = account };
	enum store_status status;

	resolve(account->home, s.home);
	status = store_account_each(store, shares, &s);
	if (status != STORE_OK) {
		(void)accounts_fail_store(store, status, account->name);
		return false;
	}
	if (s.other[0] != '\0') {
		fprintf(stderr,
		    "ferryctl: %s: its home %s has that of %s in it: nothing is deleted\n",
		    account->name, account->home, s.other);
		return false;
	}
	return home_open(account, home_r);
}

/* The account goes first: from then on nobody logs in, and its sessions end. */
static int
delete(const struct ctl *ctl, const struct account *account, struct store *store)
{
	enum store_status status;
	struct usage sum = { 0 };
	int home = -1, rc = CTL_OK;

	if (ctl->files && !check_home(account, store, &home))
		return CTL_FAILED;
	status = store_account_delete(store, account->id);
	if (status != STORE_OK)
		rc = accounts_fail_store(store, status, account->name);
	else if (!ctl->files)
		printf("%s: deleted; its files stay in %s\n", account->name, account->home);
	else if (home != -1 && !home_remove(account, home, &sum))
		rc = CTL_FAILED;
	else
		printf("%s: deleted, and %s with %lld files of %lld bytes\n", account->name,
		    account->home, (long long)sum.files, (long long)sum.bytes);
	if (home != -1)
		close(home);
	return rc;
}

int
user_del(const struct ctl *ctl)
{
	char question[NAME_ACCOUNT_MAX + PATH_MAX + 64];
	struct account account;
	struct store *store = accounts_open_one(ctl, &account);
	int rc;

	if (store == NULL)
		return CTL_FAILED;
	if (ctl->files)
		snprintf(question, sizeof(question), "Delete the account %s, and all in %s?",
		    account.name, account.home);
	else
		snprintf(question, sizeof(question), "Delete the account %s?", account.name);
	if (ctl->yes || prompt_yes(question))
		rc = delete(ctl, &account, store);
	else
		rc = accounts_fail(ctl->name, "not deleted; --yes deletes without a question");
	explicit_bzero(account.hash, sizeof(account.hash));
	store_close(&store);
	return rc;
}

/* ---- showing ---- */

/* NULL where memory is short, or for a row that ferryctl did not write. */
static json_t *
as_json(const struct account *a)
{
	return json_pack("{s:s, s:I, s:I, s:s, s:b, s:s, s:s, s:s, s:o, s:o}", "name", a->name,
	    "uid", (json_int_t)a->uid, "gid", (json_int_t)a->gid, "home", a->home, "enabled",
	    a->enabled, "password", password_method(a->hash), "client-charset", a->charset,
	    "cert-fingerprint", a->certificate, "quota-bytes", quota_limit_json(a->quota.bytes),
	    "quota-files", quota_limit_json(a->quota.files));
}

static bool
append_json(const struct account *account, void *context)
{
	json_t **array = context;

	if (json_array_append_new(*array, as_json(account)) == 0)
		return true;
	json_decref(*array);
	*array = NULL;
	return false;
}

static bool
print_row(const struct account *a, void *context)
{
	int width = *(const int *)context;
	char bytes[QUOTA_TEXT_LEN], files[QUOTA_TEXT_LEN];

	printf("%-*s %10u %10u %-8s %-14s %15s %10s %s\n", width, a->name, a->uid, a->gid,
	    a->enabled ? "yes" : "no", password_method(a->hash),
	    quota_limit_text(a->quota.bytes, bytes), quota_limit_text(a->quota.files, files),
	    a->home);
	return true;
}

static bool
widen(const struct account *a, void *context)
{
	int *width = context, len = (int)strlen(a->name);

	if (len > *width)
		*width = len;
	return true;
}

static enum store_status
print_table(struct store *store)
{
	int width = (int)strlen("NAME");
	enum store_status status = store_account_each(store, widen, &width);

	if (status != STORE_OK)
		return status;
	printf("%-*s %10s %10s %-8s %-14s %15s %10s %s\n", width, "NAME", "UID", "GID", "ENABLED",
	    "PASSWORD", "QUOTA", "FILES", "HOME");
	return store_account_each(store, print_row, &width);
}

int
user_list(const struct ctl *ctl)
{
	struct store *store = accounts_open(ctl, STORE_READ_WRITE);
	json_t *array = ctl->json ? json_array() : NULL;
	enum store_status status;
	int rc = CTL_OK;

	if (store == NULL) {
		json_decref(array);
		return CTL_FAILED;
	}
	status = ctl->json ? store_account_each(store, append_json, &array) : print_table(store);
	if (status != STORE_OK) {
		rc = accounts_fail_store(store, status, "user list");
		json_decref(array);
	} else if (ctl->json) {
		rc = accounts_print_json(array);
	}
	store_close(&store);
	return rc;
}

int
user_show(const struct ctl *ctl)
{
	char bytes[QUOTA_TEXT_LEN], files[QUOTA_TEXT_LEN];
	struct account a;
	struct store *store = accounts_open_one(ctl, &a);

	if (store == NULL)
		return CTL_FAILED;
	store_close(&store);
	if (ctl->json)
		return accounts_print_json(as_json(&a));
	printf(
	    "name: %s\nuid: %u\ngid: %u\nhome: %s\nenabled: %s\npassword: %s\nclient-charset: %s\ncert-fingerprint: "
	    "%s%s\nquota-bytes: %s\nquota-files: %s\n",
	    a.name, a.uid, a.gid, a.home, a.enabled ? "yes" : "no", password_method(a.hash),
	    a.charset[0] == '\0' ? "none" : a.charset,
	    a.certificate[0] == '\0' ? "none" : "SHA256:", a.certificate,
	    quota_limit_text(a.quota.bytes, bytes), quota_limit_text(a.quota.files, files));
	return CTL_OK;
}
