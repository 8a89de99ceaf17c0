/* What ferryd tells systemd, and takes from it: sd_notify(3) and sd_listen_fds(3), whose protocols
 * are a datagram and two variables; the library would cost every process more memory than it saves
 * code. */
#ifndef FERRY_SERVER_LISTENER_NOTIFY_H
#define FERRY_SERVER_LISTENER_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

/* Sends "READY=1" and the like; does nothing when nobody asked ($NOTIFY_SOCKET). */
void notify_send(const char *state);

/* RELOADING=1 with the moment, as Type=notify-reload wants it. */
void notify_reloading(void);

/* How many sockets systemd has passed, numbered from NOTIFY_FIRST_FD on; the variables that told it
 * are removed.  named_r[i]: whether socket i, of the first max, has that name
 * (FileDescriptorName=). */
#define NOTIFY_FIRST_FD 3
size_t notify_listen_fds(const char *name, bool *named_r, size_t max);

#endif
