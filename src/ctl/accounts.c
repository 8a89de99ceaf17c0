#include "ctl/accounts.h"

#include "ctl/home.h"
#include "ctl/rights.h"

#include <stdio.h>

int
accounts_fail(const char *name, const char *why)
{
	fprintf(stderr, "ferryctl: %s: %s\n", name, why);
	return CTL_FAILED;
}

int
accounts_fail_store(const struct store *store, enum store_status status, const char *name)
{
	switch (status) {
	case STORE_NONE:
		return accounts_fail(
		    name, "there is no such account; ferryctl user list shows them");
	case STORE_EXISTS:
		return accounts_fail(
		    name, "there is such an account already; ferryctl user set changes it");
	case STORE_BUSY:
		return accounts_fail(name, "the store is busy; try again");
	case STORE_COUNTING:
		return accounts_fail(
		    name, "its files are being counted already; try again when that is done");
	default:
		return accounts_fail(name, store_error(store));
	}
}

struct store *
accounts_open(const struct ctl *ctl, enum store_mode mode)
{
	struct store *store;
	char error[PATH_MAX + 256];

	if (mode == STORE_CREATE && !home_make_store_directory(ctl->conf))
		return NULL;
	if (!rights_of_owner(ctl->conf->store))
		return NULL;
	if (store_open(ctl->conf->store, mode, &store, error, sizeof(error)) != STORE_OK) {
		fprintf(stderr, "ferryctl: %s\n", error);
		return NULL;
	}
	return store;
}

struct store *
accounts_open_one(const struct ctl *ctl, struct account *account)
{
	struct store *store = accounts_open(ctl, STORE_READ_WRITE);
	enum store_status status;

	if (store == NULL)
		return NULL;
	status = store_account_get(store, ctl->name, account);
	if (status == STORE_OK)
		return store;
	(void)accounts_fail_store(store, status, ctl->name);
	store_close(&store);
	return NULL;
}

int
accounts_print_json(json_t *json)
{
	int rc = json == NULL ? -1 : json_dumpf(json, stdout, JSON_INDENT(2));

	json_decref(json);
	if (rc == -1)
		return accounts_fail("--json", "an account cannot be told in JSON");
	putchar('\n');
	return CTL_OK;
}
