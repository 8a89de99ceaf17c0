/* The descriptors that a session starts with, always under these numbers. */
#ifndef FERRY_SERVER_PROCESS_SESSION_FDS_H
#define FERRY_SERVER_PROCESS_SESSION_FDS_H

enum { SESSION_CONTROL = 3, SESSION_CHAN = 4, SESSION_NFDS = 5 };

#endif
