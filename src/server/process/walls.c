#include "server/process/walls.h"

#include "server/process/detach.h"
#include "server/process/ids.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LINE_LEN 384

void
walls_raise(struct walls *w, const struct privilege *p, void (*tell)(const char *line))
{
	char line[LINE_LEN];

	w->ids = -1;
	w->detaches = detach_works(p->empty_dir);
	if (!w->detaches) {
		snprintf(line, sizeof(line),
		    "Homes are handed to sessions with a way out (%s): one that is taken over before "
		    "its login could leave its home after it. Linux 5.12 and CAP_SYS_ADMIN mend that",
		    strerror(errno));
		tell(line);
	}
	/* In a user namespace there are no other ids. */
	if (!p->root)
		return;
	w->ids = ids_watch(p->session_uid, p->session_gid);
	if (w->ids == -1) {
		snprintf(line, sizeof(line),
		    "Sessions take ids unwatched (%s): one that is taken over before its login could "
		    "become any from min-uid up. Linux 5.12 mends that, where nobody outside watches system calls",
		    strerror(errno));
		tell(line);
	}
}
