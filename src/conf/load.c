#include "conf/load.h"

#include "base/sb.h"
#include "conf/check.h"
#include "conf/keys.h"
#include "conf/read.h"
#include "conf/value.h"

#include <string.h>

static void
set_presets(struct read_context *x)
{
	size_t count;
	const struct key *keys = keys_table(&count);
	char text[PATH_MAX];
	struct sb sb;

	for (size_t i = 0; i < count; i++) {
		sb_init(&sb, text, sizeof(text));
		keys_put_preset(&keys[i], &sb);
		if (!value_set(x->c, &keys[i], text))
			read_fault(x, "the default", &keys[i], text);
	}
}

bool
load_conf(struct conf *c, const char *path, const struct conf_options *options, FILE *errors)
{
	struct read_context x = {
		.c = c, .path = path != NULL ? path : FERRY_CONFIG_FILE, .errors = errors
	};

	memset(c, 0, sizeof(*c));
	set_presets(&x);
	read_file(&x, path != NULL);
	read_options(&x, options);
	if (!x.failed)
		check_together(&x);
	return !x.failed;
}

void
load_print_keys(FILE *out)
{
	size_t count;
	const struct key *keys = keys_table(&count);
	char text[PATH_MAX];
	struct sb sb;

	for (size_t i = 0; i < count; i++) {
		sb_init(&sb, text, sizeof(text));
		keys_put_preset(&keys[i], &sb);
		fprintf(out, "%-25s %-20s %s\n", keys[i].name, text[0] == '\0' ? "\"\"" : text,
		    keys[i].help);
	}
}
