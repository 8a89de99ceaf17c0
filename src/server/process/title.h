/* What ps(1) shows for a process of ferryd: its role, and what ferryd was called with. */
#ifndef FERRY_SERVER_PROCESS_TITLE_H
#define FERRY_SERVER_PROCESS_TITLE_H

/* Takes the memory of the command line and of the environment for titles.  Returns argv as a copy
 * that stays, to be used from here on.  Without memory it returns argv itself, and titles stay what
 * they are. */
char **title_init(int argc, char **argv);

/* Shows "ferryd: " and that, cut where there is no more room.  It takes no system call, so a
 * confined session may do it.  The text shows to every user of the machine, and holds no stranger's
 * words. */
void title_set(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
