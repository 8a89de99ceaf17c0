#include "server/session/session.h"

void
session_end(struct session *s)
{
	s->ending = true;
}

const struct charset *
session_charset(const struct session *s)
{
	return s->params.utf8 ? NULL : s->login.charset;
}

void
session_forget_rest(struct session *s)
{
	s->params.rest = 0;
	s->params.rest_cr = s->params.rest_foreign = false;
}

void
session_forget_range(struct session *s)
{
	s->params.range = (struct session_range){ .set = false };
}
