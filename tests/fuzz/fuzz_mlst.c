/* A line of MLSD. */
#include "ftp/mlst.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *line = malloc(len + 1);
	struct mlst m;

	if (line == NULL)
		abort();
	if (len > 0)
		memcpy(line, data, len);
	line[len] = '\0';
	if (mlst_parse(line, &m)) {
		if (m.name <= line || m.name > line + strlen(line) || m.name[0] == '\0' || m.mode > 07777)
			abort();
		if (mlst_name_is_plain(m.name) && strchr(m.name, '/') != NULL)
			abort();
	}
	free(line);
	return 0;
}
