/* The limits that `make bench` holds ferryd against: the same work with nothing of FTP around it.  Prints the processor
 * time that it took, in nanoseconds; reading a file in beforehand and waiting are not part of it. */
#include "ftp/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define BLOCK (64 * 1024)
#define CHUNK (1024 * 1024)

/* A file in memory. */
struct bytes {
	char *data;
	size_t n;
};

static void
need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int
open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	need(fd != -1, path);
	return fd;
}

static int
create_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	need(fd != -1, path);
	return fd;
}

static struct bytes
load(const char *path)
{
	struct bytes file;
	struct stat st;
	int fd = open_file(path);

	need(fstat(fd, &st) == 0, path);
	file.data = malloc((size_t)st.st_size + 1);
	need(file.data != NULL, path);
	for (file.n = 0; file.n < (size_t)st.st_size;) {
		ssize_t n = read(fd, file.data + file.n, (size_t)st.st_size - file.n);

		need(n > 0, path);
		file.n += (size_t)n;
	}
	close(fd);
	return file;
}

static uint64_t
cpu_ns(void)
{
	struct timespec t;

	need(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0, "clock_gettime");
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Copies each line with another end: the least that TYPE A can be.  Returns the bytes made, so that the compiler does
 * not leave the work out. */
static size_t
pass(const struct bytes *in, char delimiter, size_t strip, const char *end, size_t end_len)
{
	static char block[2 * BLOCK];
	size_t used = 0, total = 0;

	for (size_t at = 0; at < in->n;) {
		const char *line = in->data + at, *stop;
		size_t room = in->n - at < BLOCK ? in->n - at : BLOCK, n;

		stop = memchr(line, delimiter, room);
		n = stop == NULL ? room : (size_t)(stop - line);
		if (used + n + end_len > sizeof(block)) {
			total += used;
			used = 0;
		}
		memcpy(block + used, line, n);
		used += n;
		at += n;
		if (stop != NULL) {
			memcpy(block + used, end, end_len);
			used += end_len;
			at += strip;
		}
	}
	return total + used + (unsigned char)block[0];
}

static uint64_t
limit_ascii_out(char **args)
{
	struct bytes file = load(args[0]);
	uint64_t start = cpu_ns(), took;
	volatile size_t made = pass(&file, '\n', 1, "\r\n", 2);

	took = cpu_ns() - start;
	(void)made;
	free(file.data);
	return took;
}

static uint64_t
limit_ascii_in(char **args)
{
	struct bytes file = load(args[0]);
	uint64_t start = cpu_ns(), took;
	volatile size_t made = pass(&file, '\r', 2, "\n", 1);

	took = cpu_ns() - start;
	(void)made;
	free(file.data);
	return took;
}

/* One run of deflate(3) or inflate(3) over the file. */
static uint64_t
squeeze(const char *path, int work(z_stream *z, int flush))
{
	struct bytes file = load(path);
	z_stream z = { .next_in = (Bytef *)file.data, .avail_in = (uInt)file.n };
	static Bytef block[BLOCK];
	uint64_t start = cpu_ns();
	int result;

	need((work == deflate ? deflateInit(&z, WIRE_LEVEL_DEFAULT) : inflateInit(&z)) == Z_OK, "zlib");
	do {
		z.next_out = block;
		z.avail_out = sizeof(block);
		result = work(&z, work == deflate ? Z_FINISH : Z_NO_FLUSH);
	} while (result == Z_OK || (result == Z_BUF_ERROR && z.avail_out == 0));
	need(result == Z_STREAM_END, "zlib");
	(void)(work == deflate ? deflateEnd(&z) : inflateEnd(&z));
	start = cpu_ns() - start;
	free(file.data);
	return start;
}

static uint64_t
limit_deflate(char **args)
{
	return squeeze(args[0], deflate);
}

static uint64_t
limit_inflate(char **args)
{
	return squeeze(args[0], inflate);
}

/* Reading is part of it here: whoever hashes a file must. */
static uint64_t
limit_sha256(char **args)
{
	static unsigned char block[BLOCK];
	unsigned char digest[EVP_MAX_MD_SIZE];
	uint64_t start = cpu_ns();
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int fd = open_file(args[0]);
	ssize_t n;

	need(md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1, "libcrypto");
	while ((n = read(fd, block, sizeof(block))) > 0)
		need(EVP_DigestUpdate(md, block, (size_t)n) == 1, "libcrypto");
	need(n == 0 && EVP_DigestFinal_ex(md, digest, NULL) == 1, args[0]);
	EVP_MD_CTX_free(md);
	close(fd);
	return cpu_ns() - start;
}

static uint64_t
limit_crc32(char **args)
{
	static unsigned char block[BLOCK];
	uint64_t start = cpu_ns();
	volatile uLong crc = 0;
	int fd = open_file(args[0]);
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0)
		crc = crc32_z(crc, block, (size_t)n);
	need(n == 0, args[0]);
	close(fd);
	return cpu_ns() - start;
}

static void
send_whole(int sock, const char *path)
{
	int fd = open_file(path);
	ssize_t n;

	while ((n = sendfile(sock, fd, NULL, CHUNK)) > 0)
		continue;
	need(n == 0, path);
	close(fd);
}

static void
receive_whole(int sock, const int pipe_fds[2], const char *path)
{
	int fd = create_file(path);
	ssize_t n;

	while ((n = splice(sock, NULL, pipe_fds[1], NULL, CHUNK, SPLICE_F_MOVE)) > 0)
		for (ssize_t out; n > 0; n -= out)
			need((out = splice(pipe_fds[0], NULL, fd, NULL, (size_t)n, SPLICE_F_MOVE)) > 0, path);
	need(n == 0, path);
	close(fd);
}

/* Through a large pipe: with one of 64 KiB the pipe would be what is measured. */
static void
make_pipe(int fds_r[2])
{
	need(pipe2(fds_r, O_CLOEXEC) == 0, "pipe");
	(void)fcntl(fds_r[1], F_SETPIPE_SZ, CHUNK);
}

static uint64_t
limit_sendfile(char **args)
{
	uint64_t start = cpu_ns();

	send_whole(STDIN_FILENO, args[0]);
	need(shutdown(STDIN_FILENO, SHUT_WR) == 0, "shutdown");
	return cpu_ns() - start;
}

static uint64_t
limit_splice(char **args)
{
	uint64_t start = cpu_ns();
	int fds[2];

	make_pipe(fds);
	receive_whole(STDIN_FILENO, fds, args[0]);
	return cpu_ns() - start;
}

/* One connection for each file, its port told on stdin: an EPSV without FTP. */
static int
next_connection(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	need(listener != -1 && bind(listener, (struct sockaddr *)&addr, len) == 0 && listen(listener, 1) == 0 &&
	    getsockname(listener, (struct sockaddr *)&addr, &len) == 0, "a listening socket");
	need(send(STDIN_FILENO, &addr.sin_port, sizeof(addr.sin_port), MSG_NOSIGNAL) == sizeof(addr.sin_port),
	    "stdin");
	fd = accept4(listener, (struct sockaddr *)&addr, &len, SOCK_CLOEXEC);
	need(fd != -1, "accept");
	close(listener);
	return fd;
}

/* The files 0, 1, ... of a directory. */
static uint64_t
small_files(char **args, bool out)
{
	uint64_t start = cpu_ns();
	long count = strtol(args[1], NULL, 10);
	int dir = open(args[0], O_PATH | O_DIRECTORY | O_CLOEXEC), fds[2];
	char name[32];

	need(dir != -1 && fchdir(dir) == 0, args[0]);
	make_pipe(fds);
	for (long i = 0; i < count; i++) {
		int sock = next_connection();

		snprintf(name, sizeof(name), "%ld", i);
		if (out)
			send_whole(sock, name);
		else
			receive_whole(sock, fds, name);
		close(sock);
	}
	return cpu_ns() - start;
}

static uint64_t
limit_files_out(char **args)
{
	return small_files(args, true);
}

static uint64_t
limit_files_in(char **args)
{
	return small_files(args, false);
}

static const struct {
	const char *name;
	uint64_t (*run)(char **args);
	int nargs;
} limits[] = {
	{ "ascii-in", limit_ascii_in, 1 },
	{ "ascii-out", limit_ascii_out, 1 },
	{ "crc32", limit_crc32, 1 },
	{ "deflate", limit_deflate, 1 },
	{ "files-in", limit_files_in, 2 },
	{ "files-out", limit_files_out, 2 },
	{ "inflate", limit_inflate, 1 },
	{ "sendfile", limit_sendfile, 1 },
	{ "sha256", limit_sha256, 1 },
	{ "splice", limit_splice, 1 },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (argc >= 2 && strcmp(argv[1], limits[i].name) == 0 && argc - 2 == limits[i].nargs) {
			printf("%" PRIu64 "\n", limits[i].run(argv + 2));
			return 0;
		}
	fputs("Usage: limit NAME FILE, limit files-in|files-out DIRECTORY COUNT; see tests/bench/bench.\n", stderr);
	return 2;
}
