/* The store, as the commands of ferryctl open it and speak of it. */
#ifndef FERRY_CTL_ACCOUNTS_H
#define FERRY_CTL_ACCOUNTS_H

#include "ctl/ctl.h"
#include "store/store.h"

#include <jansson.h>

/* "ferryctl: NAME: WHY" on standard error.  Returns CTL_FAILED. */
int accounts_fail(const char *name, const char *why);

/* The same for what went wrong with the store, in words. */
int accounts_fail_store(const struct store *store, enum store_status status, const char *name);

/* As the store's owner.  NULL after saying why. */
struct store *accounts_open(const struct ctl *ctl, enum store_mode mode);

/* Opens the store and gets the account of the command.  NULL after saying why. */
struct store *accounts_open_one(const struct ctl *ctl, struct account *account);

/* Prints what --json asks for, and frees it; NULL where memory was short. */
int accounts_print_json(json_t *json);

#endif
