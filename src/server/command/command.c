#include "server/command/command.h"

#include "ftp/words.h"

#include <string.h>

bool
command_take_arg(enum command_arg kind, char *arg)
{
	switch (kind) {
	case ARG_NONE:
		words_tidy(arg);
		return *arg == '\0';
	case ARG_MAY:
		return true;
	case ARG_MUST:
		return *arg != '\0';
	case ARG_SOME_WORDS:
		words_tidy(arg);
		return true;
	case ARG_WORDS:
		words_tidy(arg);
		return *arg != '\0';
	case ARG_WORD_FIRST:
		memmove(arg, arg + strspn(arg, " "), strlen(arg + strspn(arg, " ")) + 1);
		return *arg != '\0';
	}
	return false;
}
