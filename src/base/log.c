#include "base/log.h"

#include "base/sb.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static struct {
	int fd;
	enum log_level level;
	bool plain;
} log_state = { STDERR_FILENO, LOG_LV_INFO, false };

static const struct {
	int syslog;
	const char *word;
} level_names[] = {
	[LOG_LV_ERROR] = { LOG_ERR, "error: " },
	[LOG_LV_WARNING] = { LOG_WARNING, "warning: " },
	[LOG_LV_INFO] = { LOG_INFO, "" },
	[LOG_LV_DEBUG] = { LOG_DEBUG, "debug: " },
};

void
log_to(int fd, enum log_level level)
{
	log_state.fd = fd;
	log_state.level = level;
	log_state.plain = false;
}

void
log_plainly(void)
{
	log_to(STDERR_FILENO, LOG_LV_INFO);
	log_state.plain = true;
}

/* What a terminal would act on is shown as its bytes.  Strangers' text comes quoted (quote.h). */
static void
put_escaped(struct sb *out, const char *text)
{
	while (*text != '\0') {
		size_t len = utf8_length(text), count = len == 0 ? 1 : len;

		if (utf8_is_unsafe(text, len)) {
			for (size_t i = 0; i < count; i++)
				sb_printf(out, "\\x%02X", (unsigned char)text[i]);
		} else {
			sb_put(out, text, len);
		}
		text += count;
	}
}

/* One datagram (RFC 3164).  syslog(3) connects, which the keeper's filter refuses it: it would be
 * silent from the moment that the syslog daemon is started again. */
static void
send_to_syslog(int level, const char *text)
{
	static const struct sockaddr_un daemon = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	char line[8192 + 128], stamp[40];
	time_t now = time(NULL);
	struct tm tm;
	struct sb out;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return;
	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm);
	sb_init(&out, line, sizeof(line));
	sb_printf(&out, "<%d>%s %s[%ld]: %s", LOG_FTP | level, stamp, program_invocation_short_name,
	    (long)getpid(), text);
	(void)sendto(
	    fd, out.buf, out.len, MSG_NOSIGNAL, (const struct sockaddr *)&daemon, sizeof(daemon));
	close(fd);
}

void
log_vline(enum log_level level, const char *fmt, va_list ap)
{
	char text[2048], line[8192 + 64], stamp[40];
	int saved = errno;
	struct timespec now;
	struct tm tm;
	struct sb out;

	if (level > log_state.level)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	sb_init(&out, line, sizeof(line));
	if (log_state.plain) {
		sb_printf(&out, "%s: ", program_invocation_short_name);
	} else if (log_state.fd != -1) {
		clock_gettime(CLOCK_REALTIME, &now);
		gmtime_r(&now.tv_sec, &tm);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
		sb_printf(&out, "%s.%03ldZ %s[%ld]: ", stamp, now.tv_nsec / 1000000,
		    program_invocation_short_name, (long)getpid());
	}
	sb_puts(&out, level_names[level].word);
	put_escaped(&out, text);
	if (log_state.fd == -1) {
		send_to_syslog(level_names[level].syslog, out.buf);
	} else {
		sb_putc(&out, '\n');
		/* A log that cannot be written has nowhere to say so. */
		if (write(log_state.fd, out.buf, out.len) == -1)
			errno = saved;
	}
	errno = saved;
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(level, fmt, ap);
	va_end(ap);
}

#define LOG_FUNCTION(name, level)                                                                  \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		va_start(ap, fmt);                                                                 \
		log_vline(level, fmt, ap);                                                         \
		va_end(ap);                                                                        \
	}

LOG_FUNCTION(log_error, LOG_LV_ERROR)
LOG_FUNCTION(log_warning, LOG_LV_WARNING)
LOG_FUNCTION(log_info, LOG_LV_INFO)
LOG_FUNCTION(log_debug, LOG_LV_DEBUG)
