/* The main() of a fuzz target that is built without libFuzzer: gives it each file named on the command
 * line, as libFuzzer does with files. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { SEED_MAX = 1 << 20 };    /* libFuzzer's own limit */

/* Exactly as many bytes as the file has, so that a sanitizer sees a read one past the end. */
static uint8_t *
read_seed(const char *path, size_t *len_r)
{
	FILE *in = fopen(path, "rb");
	uint8_t *bytes = malloc(SEED_MAX), *exact = NULL;

	if (in == NULL || bytes == NULL)
		goto out;
	*len_r = fread(bytes, 1, SEED_MAX, in);
	if (ferror(in))
		goto out;
	exact = realloc(bytes, *len_r == 0 ? 1 : *len_r);
	if (exact != NULL)
		bytes = NULL;
out:
	free(bytes);
	if (in != NULL)
		fclose(in);
	return exact;
}

int
main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		size_t len;
		uint8_t *bytes = read_seed(argv[i], &len);

		if (bytes == NULL) {
			perror(argv[i]);
			return EXIT_FAILURE;
		}
		LLVMFuzzerTestOneInput(bytes, len);
		free(bytes);
	}
	return EXIT_SUCCESS;
}
