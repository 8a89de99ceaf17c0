/* The session's part of the account's quota.
 *
 * What a session may add to the account's files is a lease that the keeper has charged already, so
 * that the files of all sessions together never pass the limit and a small upload needs no message.
 * What is deleted makes the lease larger.  The keeper may recall it at any moment; before the next
 * change it is then asked again.  An account without a quota has none of this: every call here
 * returns at once. */
#ifndef FERRY_SERVER_FILE_LEASE_H
#define FERRY_SERVER_FILE_LEASE_H

#include "server/session/session.h"

#include <stdbool.h>
#include <stdint.h>

/* Takes over what the keeper said at the login, or later of a changed account. */
void lease_start(struct session *s, const struct ipc_leased *first);

/* The account has got a quota, or has none any more. */
void lease_set_limited(struct session *s, bool limited);

/* Must be asked before any change of what the account has; holds until the session next waits.
 * False with errno EDQUOT, for which reply_errno() then has the words. */
bool lease_begin(struct session *s);

/* Makes room for so many files and bytes.  False as with lease_begin(). */
bool lease_hold(struct session *s, int64_t bytes, int64_t files);

/* Makes room for so many bytes, or for as many as there are: at least one.  False as with
 * lease_begin(). */
bool lease_stretch(struct session *s, int64_t bytes);

/* Reserves so many bytes for the next upload, from which they then are taken (ALLO).  0: no
 * more. */
bool lease_reserve(struct session *s, int64_t bytes);

/* The account's files have become so much more, below zero less. */
void lease_count(struct session *s, int64_t bytes, int64_t files);

/* It has changed in a way that nobody could follow: its files are to be counted. */
void lease_doubt(struct session *s);

/* A command is over: what the session need not have goes back. */
void lease_rest(struct session *s);

/* The keeper wants it back. */
void lease_recall(struct session *s);

/* The session ends, or its connection goes on without it. */
void lease_end(struct session *s);

/* What the account may have, has, and may add now, all its sessions asked.  False when it has no
 * quota or the keeper cannot tell. */
bool lease_ask_usage(
    struct session *s, struct usage *limit_r, struct usage *used_r, struct usage *free_r);

#endif
