#include "server/command/cmd_lang.h"

#include "server/session/reply.h"

void
cmd_lang(struct session *s, char *arg)
{
	enum lang lang = LANG_EN;

	if (*arg != '\0' && !lang_is_tag(arg)) {
		reply(s, 501, "Usage: LANG [tag], such as EN or ZH-CN");
		return;
	}
	if (*arg != '\0' && !lang_find(arg, &lang)) {
		reply(s, 504, "That language is not here; FEAT shows those that are.");
		return;
	}
	s->lang = lang;
	reply(s, 200, "Replies are in English.");
}
