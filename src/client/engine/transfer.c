#include "client/engine/transfer.h"

#include "base/clock.h"
#include "base/num.h"
#include "client/engine/data.h"
#include "client/engine/net.h"
#include "client/engine/secure.h"
#include "client/engine/stream.h"
#include "ftp/ascii.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE     ((size_t)256 * 1024)
#define ROUNDS          16 /* reads or writes between two looks at the control connection */
#define TICK_MS         100
#define ABORT_MS        3000
#define MARKS_MAX       1000            /* 1yz replies of one transfer */
#define LISTING_MAX     (256ULL * 1024 * 1024)

/* A transfer under way. */
struct flow {
	struct conn *c;
	struct transfer *t;
	int data;               /* -1: closed by us */
	struct tls *tls;        /* of the data connection; NULL: in the clear */
	/* what the handshake waits for, as events of poll(2); 0: it is over */
	short shaking;
	short waits;            /* the same of what moves; 0: that can be tried at once */
	bool draining;          /* all is sent, and what the other side still says is thrown away */
	int data_error;         /* errno that ended the data connection, or 0 */
	bool begun;             /* a 1yz came */
	bool data_over;         /* received: end of data; sent: all is on its way */
	bool keeps;             /* what comes is of use without the rest */
	uint64_t seam;          /* bytes still to come that are here already */
	int final;              /* the final reply's code, or 0 */
	unsigned marks;
	int64_t last_move, last_tick;
	int64_t patience_ms;    /* so long may nothing move */

	char *buf;              /* BUFFER_SIZE, then room for twice as much in TYPE A */
	struct ascii ascii;
};

static void
close_data(struct flow *w)
{
	tls_free(w->tls);
	w->tls = NULL;
	w->shaking = 0;
	if (w->data != -1)
		close(w->data);
	w->data = -1;
}

static int
data_broke(const struct flow *w, struct fail *f, const char *also)
{
	if (w->data_error == EBADMSG)
		return fail_set(f, FAIL_BROKEN,
		    "the data connection was cut off: it ended, and TLS in it did not%s", also);
	errno = w->data_error;
	return fail_errno(f, FAIL_BROKEN, "the data connection broke%s", also);
}

/* The server's own words, if any come, are better than ours. */
static int
lose_data(struct flow *w, int error)
{
	w->data_error = error;
	w->data_over = true;
	close_data(w);
	return 0;
}

static void
tell_progress(struct flow *w, bool over)
{
	int64_t now = clock_ms();

	if (w->t->progress == NULL || (!over && now - w->last_tick < TICK_MS))
		return;
	w->last_tick = now;
	w->t->now.over = over;
	w->t->progress(w->t->progress_arg, &w->t->now);
}

/* "150 Opening BINARY mode data connection for x (1234 bytes)": a size where SIZE gave none. */
static void
take_size(struct flow *w)
{
	const char *text = reply_text(&w->c->reply), *open;
	uint64_t size;
	size_t digits;

	if (w->t->now.total_known || w->t->ascii || w->t->offset != 0 ||
	    strcmp(w->t->verb, "RETR") != 0)
		return;
	/* The last parentheses count, for the name in front of them may look the same. */
	open = strrchr(text, '(');
	if (open == NULL)
		return;
	digits = strspn(open + 1, "0123456789");
	if (strncmp(open + 1 + digits, " bytes", 6) == 0 &&
	    num_parse_len(open + 1, digits, INT64_MAX, &size)) {
		w->t->now.total = size;
		w->t->now.total_known = true;
	}
}

/* Codes that say the transfer, not the file, was at fault. */
static bool
is_broken(int code)
{
	return code == 421 || code == 425 || code == 426 || code == 451;
}

static int
refused(struct flow *w, struct fail *f)
{
	int code = w->final;
	char what[512];

	/* RFC 1123 section 4.1.3.4 has 554 and 555 for this, servers also say 501. */
	w->t->restart_refused =
	    w->t->offset > 0 && !w->begun && (code == 501 || code == 554 || code == 555);
	/* Not every server names the file. */
	snprintf(what, sizeof(what), "%.400s%s%s", w->t->path == NULL ? "" : w->t->path,
	    w->t->path == NULL ? "" : ": ",
	    code >= 400 ? "the server refuses" : "the server answers out of turn");
	return conn_refused(w->c, f, is_broken(code) ? FAIL_BROKEN : FAIL_REFUSED, what);
}

/* Takes the replies that are there.  -1: an end with *f. */
static int
take_replies(struct flow *w, struct fail *f)
{
	while (w->final == 0) {
		int code = conn_try_reply(w->c, f);

		if (code <= 0)
			return code;
		if (code < 200) {
			if (++w->marks > MARKS_MAX)
				return fail_set(f, FAIL_PROTOCOL, "the server begins without end");
			if (!w->begun)
				take_size(w);
			w->begun = true;
			w->last_move = clock_ms();
			continue;
		}
		w->final = code;
		w->last_move = clock_ms();
		if (code >= 300)
			return refused(w, f);
	}
	return 0;
}

/* After something on our side went wrong: leaves the control connection in step, or closed. */
static void
stop(struct flow *w)
{
	int64_t until = clock_ms() + ABORT_MS;
	struct fail ignored;
	int finals = w->final != 0;
	int code = 0;

	close_data(w);
	if (w->final != 0 || w->c->fd == -1)
		return;
	/* Two final replies follow, one for the transfer and one for ABOR (protocol: RFC 959
	 * section 4.1.3).  The user who stopped us is not asked again, so the deadline is short. */
	if (conn_send(w->c, &ignored, "ABOR", NULL) == -1)
		code = -1;
	while (code != -1 && finals < 2) {
		code = conn_try_reply(w->c, &ignored);
		if (code >= 200)
			finals++;
		else if (code == 0)
			code = net_wait_one(w->c->fd, w->c->waits, until, -1) == -1 ? -1 : 0;
	}
	if (code == -1)
		conn_close(w->c);
}

/* One step's wait.  data_events and other are what the direction waits for besides replies. */
static int
wait_step(
    struct flow *w, short data_events, struct pollfd *other, struct pollfd *data_r, struct fail *f)
{
	struct pollfd fds[3] = {
		{ .fd = w->final == 0 ? w->c->fd : -1, .events = w->c->waits },
		{ .fd = w->data_over || data_events == 0 ? -1 : w->data, .events = data_events },
		{ .fd = -1 },
	};
	bool patient = false;
	int64_t until, now;

	if (other != NULL) {
		fds[2] = *other;
		/* Who waits for a pipe of the user's waits as long as the user likes. */
		patient = true;
	}
	for (;;) {
		now = clock_ms();
		until = patient ? CLOCK_NEVER : w->last_move + w->patience_ms;
		if (now >= until) {
			errno = ETIMEDOUT;
			break;
		}
		if (w->t->progress != NULL && until > now + TICK_MS)
			until = now + TICK_MS;
		if (net_wait(fds, 3, until, w->c->opt.interrupt_fd) == 1) {
			if (other != NULL)
				*other = fds[2];
			*data_r = fds[1];
			return 0;
		}
		if (errno != ETIMEDOUT)
			break;
		tell_progress(w, false);
	}
	if (errno == ETIMEDOUT && w->data_error != 0)
		return data_broke(w, f, "");
	if (errno == ETIMEDOUT)
		return fail_set(f, FAIL_TIMEOUT, "nothing moved for %" PRId64 " seconds",
		    w->c->opt.timeout_ms / 1000);
	return fail_errno(f, FAIL_BROKEN, "waiting for the server");
}

/* A step without a wait: the user is heard all the same. */
static int
look(const struct flow *w, struct fail *f)
{
	if (net_wait(NULL, 0, 0, w->c->opt.interrupt_fd) == -1 && errno != ETIMEDOUT)
		return fail_errno(f, FAIL_BROKEN, "waiting for the server");
	return 0;
}

/* Opens the data connection and sends the command. */
static int
begin(struct flow *w, struct fail *f)
{
	struct transfer *t = w->t;
	char number[24];
	uint64_t start = t->offset - t->seam;
	int code;

	w->seam = t->seam;
	w->data = data_open(w->c, f);
	if (w->data == -1)
		return -1;
	if (start > 0 && strcmp(t->verb, "APPE") != 0) {
		snprintf(number, sizeof(number), "%" PRIu64, start);
		code = conn_command(w->c, f, "REST", number);
		if (code == -1)
			return -1;
		if (code != 350) {
			w->final = code;
			t->restart_refused = true;
			return conn_refused(w->c, f, FAIL_REFUSED, "the server cannot resume");
		}
	}
	w->begun = w->data_over = w->draining = false;
	w->final = w->data_error = 0;
	w->waits = 0;
	w->last_move = clock_ms();
	if (conn_send(w->c, f, t->verb, t->path) == -1)
		return -1;
	if (!w->c->protects_data)
		return 0;
	/* Begun at once: the server takes it up when it has said its 150. */
	w->tls = secure_data(w->c, w->data, f);
	w->shaking = POLLOUT;
	return w->tls == NULL ? -1 : 0;
}

/* A step of the handshake on the data connection. */
static int
shake_hands(struct flow *w, struct fail *f)
{
	struct pollfd data = { .fd = -1 };
	int error;

	if (wait_step(w, w->shaking, NULL, &data, f) == -1)
		return -1;
	if (data.revents == 0)
		return 0;
	switch (tls_handshake(w->tls)) {
	case TLS_WANT_READ:
		w->shaking = POLLIN;
		return 0;
	case TLS_WANT_WRITE:
		w->shaking = POLLOUT;
		return 0;
	case TLS_DONE:
		w->shaking = 0;
		w->last_move = clock_ms();
		return secure_check_data(w->c, w->tls, f);
	case TLS_CLOSED:
	case TLS_CUT:
	case TLS_FAILED:
		break;
	}
	error = errno != 0 ? errno : EPROTO;
	conn_trace(w->c, CONN_NOTE, tls_error());
	return lose_data(w, error);
}

/* The control connection has ended, or told of a failure, while the file was on its way.  What the
 * data connection has brought by then, or still brings, is good to go on behind later. */
static void
take_rest(struct flow *w, int (*move)(struct flow *, void *, struct fail *), void *arg,
    struct fail *f)
{
	struct fail also = { 0 };
	int rc = 0;

	/* No reply is waited for. */
	if (w->final == 0)
		w->final = 421;
	w->patience_ms = w->c->opt.timeout_ms < ABORT_MS ? w->c->opt.timeout_ms : ABORT_MS;
	w->last_move = clock_ms();
	while (rc == 0 && !w->data_over) {
		rc = w->shaking != 0 ? shake_hands(w, &also) : move(w, arg, &also);
		tell_progress(w, false);
	}
	/* What the user does, and what goes wrong here, is news; how the data ends is none. */
	if (rc == -1 && (also.kind == FAIL_INTERRUPTED || also.kind == FAIL_LOCAL))
		*f = also;
}

/* Whether a failed take_replies() leaves something to be taken from the data connection. */
static bool
has_rest(const struct flow *w)
{
	/* Some servers send without a 1yz. */
	return w->keeps && (w->begun || w->t->now.moved > 0) && (w->final != 0 || w->c->fd == -1);
}

/* Runs `move` until both ends are in. */
static int
run_once(
    struct flow *w, int (*move)(struct flow *, void *, struct fail *), void *arg, struct fail *f)
{
	char also[256];
	int rc;

	if (begin(w, f) == -1)
		return -1;
	for (;;) {
		rc = take_replies(w, f);
		if (rc == -1 && has_rest(w))
			take_rest(w, move, arg, f);
		if (rc == 0 && w->final != 0 && w->data_over)
			break;
		if (rc == 0)
			rc = w->shaking != 0 ? shake_hands(w, f) : move(w, arg, f);
		if (rc == -1)
			return -1;
		tell_progress(w, false);
	}
	if (w->data_error != 0) {
		snprintf(also, sizeof(also), " (the server says %d %.200s)", w->final,
		    reply_text(&w->c->reply));
		return data_broke(w, f, also);
	}
	return 0;
}

static int
run(struct flow *w, int (*move)(struct flow *, void *, struct fail *), void *arg, struct fail *f)
{
	int rc;

	w->buf = malloc(BUFFER_SIZE * 3);
	if (w->buf == NULL)
		return fail_set(f, FAIL_MEMORY, "out of memory");
	tell_progress(w, false);
	rc = run_once(w, move, arg, f);
	if (rc == -1 && f->code == 425 && !w->begun && w->t->now.moved == 0 && !w->c->epsv_failed &&
	    w->c->peer.sa.sa_family == AF_INET) {
		/* The server did not see us where EPSV led; some middlebox understands PASV
		 * alone. */
		close_data(w);
		w->c->epsv_failed = true;
		rc = run_once(w, move, arg, f);
	}
	if (rc == -1 && (w->final != 0 || f->kind == FAIL_TIMEOUT || f->kind == FAIL_PROTOCOL)) {
		close_data(w);
		/* Who was silent for the whole timeout would only be waited for again. */
		if (w->final == 0)
			conn_close(w->c);
	} else if (rc == -1 && w->data != -1) {
		stop(w);
	}
	close_data(w);
	free(w->buf);
	tell_progress(w, true);
	return rc;
}

/* Receiving. */

struct sink {
	int (*take)(struct sink *s, struct flow *w, const char *bytes, size_t n, struct fail *f);
	int fd;
	bool regular;           /* fd never makes us wait */
	struct lines *lines;
};

static int
write_out(struct sink *s, struct flow *w, const char *bytes, size_t n, struct fail *f)
{
	while (n > 0) {
		size_t piece = s->regular || n < PIPE_BUF ? n : PIPE_BUF;
		ssize_t written;

		/* A blocking pipe that is ready takes PIPE_BUF bytes without making us wait where
		 * no interrupt is heard. */
		if (!s->regular &&
		    net_wait_one(s->fd, POLLOUT, CLOCK_NEVER, w->c->opt.interrupt_fd) == -1)
			return fail_errno(f, FAIL_LOCAL, "cannot write %s", w->t->local);
		written = write(s->fd, bytes, piece);
		if (written == -1 && errno != EINTR && errno != EAGAIN)
			return fail_errno(f, FAIL_LOCAL, "cannot write %s", w->t->local);
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		}
	}
	return 0;
}

static int
fail_seam(struct flow *w, struct fail *f)
{
	w->t->differs = true;
	return fail_set(f, FAIL_BROKEN, "what the server sends is not what is here already");
}

/* Holds the first of n bytes against those before the offset.  How many those are; -1 with *f. */
static ssize_t
compare_seam(struct sink *s, struct flow *w, size_t n, struct fail *f)
{
	char *here = w->buf + BUFFER_SIZE;
	size_t piece = w->seam < n ? (size_t)w->seam : n;
	ssize_t had;

	if (piece == 0)
		return 0;
	had = pread(s->fd, here, piece, (off_t)(w->t->offset - w->seam));
	if (had == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot read what is in %s already", w->t->local);
	if ((size_t)had != piece || memcmp(here, w->buf, piece) != 0)
		return fail_seam(w, f);
	w->seam -= piece;
	return had;
}

static int
give(struct sink *s, struct flow *w, size_t n, struct fail *f)
{
	char *text = w->buf + BUFFER_SIZE;
	ssize_t seam = compare_seam(s, w, n, f);

	if (seam == -1)
		return -1;
	w->t->now.moved += n - (size_t)seam;
	if (!w->t->ascii)
		return s->take(s, w, w->buf + seam, n - (size_t)seam, f);
	return s->take(s, w, text, ascii_decode(&w->ascii, w->buf, n, text), f);
}

static int
end_of_data(struct sink *s, struct flow *w, struct fail *f)
{
	char *text = w->buf + BUFFER_SIZE;

	w->data_over = true;
	if (w->tls != NULL)
		(void)tls_close(w->tls);        /* some servers want to hear it */
	close_data(w);
	if (!w->t->ascii)
		return 0;
	return s->take(s, w, text, ascii_decode_end(&w->ascii, text), f);
}

/* Whether an end that may not be the sender's, or a reset in its place, is the file's all the
 * same. */
static bool
is_end(const struct flow *w, int error)
{
	return (error == EBADMSG || error == ECONNRESET) && w->t->now.total_known && !w->t->ascii &&
	    w->t->offset + w->t->now.moved == w->t->now.total;
}

static int
receive_some(struct flow *w, void *arg, struct fail *f)
{
	struct sink *s = arg;
	struct pollfd data;
	short events;

	/* What TLS holds already, poll(2) does not see, and it may be a part of a record: a read
	 * alone tells whether to wait. */
	if (w->waits == 0 && !w->data_over) {
		if (look(w, f) == -1)
			return -1;
	} else {
		if (wait_step(w, w->waits, NULL, &data, f) == -1)
			return -1;
		if (data.revents == 0)
			return 0;
		w->waits = 0;
		/* Something has come, if only a part of a record. */
		w->last_move = clock_ms();
	}
	for (int i = 0; i < ROUNDS; i++) {
		ssize_t n = stream_recv(w->tls, w->data, w->buf, BUFFER_SIZE, &events);

		if (n == 0 || (n == -1 && is_end(w, errno)))
			return end_of_data(s, w, f);
		if (n == -1 && errno == EAGAIN) {
			w->waits = events;
			return 0;
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return lose_data(w, errno);
		if (give(s, w, (size_t)n, f) == -1)
			return -1;
		w->last_move = clock_ms();
	}
	return 0;
}

static bool
is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void
flow_init(struct flow *w, struct conn *c, struct transfer *t)
{
	memset(w, 0, sizeof(*w));
	w->c = c;
	w->t = t;
	w->data = -1;
	w->patience_ms = c->opt.timeout_ms;
	t->now.offset = t->offset;
	t->now.moved = 0;
	t->now.over = false;
	t->restart_refused = t->differs = false;
}

int
transfer_receive(struct conn *c, struct transfer *t, int fd, struct fail *f)
{
	struct sink s = { .take = write_out, .fd = fd, .regular = is_regular(fd) };
	struct flow w;

	if (conn_set_type(c, t->ascii ? 'A' : 'I', f) == -1)
		return -1;
	flow_init(&w, c, t);
	w.keeps = true;
	if (run(&w, receive_some, &s, f) == -1)
		return -1;
	/* All has come, and it is not even as much as is here. */
	return w.seam > 0 ? fail_seam(&w, f) : 0;
}

/* Listings. */

struct lines {
	int (*line)(void *arg, const char *text, struct fail *f);
	void *arg;
	char text[TRANSFER_LINE_MAX];
	size_t len;
	bool too_long;
	uint64_t skipped;
};

static int
end_line(struct lines *l, struct fail *f)
{
	size_t len = l->len;
	bool usable;

	while (len > 0 && l->text[len - 1] == '\r')
		len--;
	l->text[len] = '\0';
	/* A NUL would hide the rest of the line from everybody who looks at it. */
	usable = !l->too_long && memchr(l->text, '\0', len) == NULL;
	l->len = 0;
	l->too_long = false;
	if (usable)
		return len == 0 ? 0 : l->line(l->arg, l->text, f);
	l->skipped++;
	return 0;
}

static int
split_lines(struct sink *s, struct flow *w, const char *bytes, size_t n, struct fail *f)
{
	struct lines *l = s->lines;

	if (w->t->now.moved > LISTING_MAX)
		return fail_set(f, FAIL_PROTOCOL, "the listing has no end");
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n') {
			if (end_line(l, f) == -1)
				return -1;
		} else if (l->len + 1 < sizeof(l->text)) {
			l->text[l->len++] = bytes[i];
		} else {
			l->too_long = true;
		}
	}
	return 0;
}

int
transfer_lines(struct conn *c, const char *verb, const char *path,
    int (*line)(void *arg, const char *text, struct fail *f), void *arg, uint64_t *skipped_r,
    struct fail *f)
{
	struct transfer t = { .verb = verb, .path = path };
	struct lines lines = { .line = line, .arg = arg };
	struct sink s = { .take = split_lines, .fd = -1, .lines = &lines };
	struct flow w;

	flow_init(&w, c, &t);
	if (run(&w, receive_some, &s, f) == -1)
		return -1;
	if ((lines.len > 0 || lines.too_long) && end_line(&lines, f) == -1)
		return -1;
	*skipped_r = lines.skipped;
	return 0;
}

/* Sending. */

struct source {
	int fd;
	bool regular;           /* fd never makes us wait */
	bool at_end;
	const char *text;       /* what was read and is not sent yet */
	size_t left;
};

static int
read_some(struct source *s, struct flow *w, struct fail *f)
{
	char *text = w->buf + BUFFER_SIZE;
	ssize_t n;

	do
		n = read(s->fd, w->buf, BUFFER_SIZE);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN)
		return 0;
	if (n == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot read %s", w->t->local);
	s->at_end = n == 0;
	s->text = w->t->ascii ? text : w->buf;
	s->left = w->t->ascii ? ascii_encode(&w->ascii, w->buf, (size_t)n, text) : (size_t)n;
	return 0;
}

/* All is on its way: the end of the connection is the end of the file (MODE S), and in TLS its own
 * end before. */
static int
finish_data(struct flow *w)
{
	w->last_move = clock_ms();
	if (w->tls == NULL) {
		close_data(w);
		w->data_over = true;
		return 0;
	}
	switch (tls_close(w->tls)) {
	case TLS_WANT_READ:
		w->waits = POLLIN;
		return 0;       /* again */
	case TLS_WANT_WRITE:
		w->waits = POLLOUT;
		return 0;
	case TLS_CUT:
	case TLS_FAILED:
		return lose_data(w, errno != 0 ? errno : EPROTO);
	case TLS_DONE:
	case TLS_CLOSED:
		break;
	}
	(void)shutdown(w->data, SHUT_WR);
	w->draining = true;
	return 0;
}

/* Tickets may have come, which nobody reads: to close on them would reset the connection, and take
 * from the server what is still on its way there. */
static int
drain_data(struct flow *w, struct fail *f)
{
	struct pollfd data = { .fd = -1 };
	ssize_t n;

	if (w->final != 0) {
		close_data(w);
		w->data_over = true;
		return 0;
	}
	if (wait_step(w, POLLIN, NULL, &data, f) == -1)
		return -1;
	if (data.revents == 0)
		return 0;
	/* One at a time: who sends without end shall not keep us from the user. */
	n = recv(w->data, w->buf, BUFFER_SIZE, 0);
	if (n > 0 || (n == -1 && (errno == EAGAIN || errno == EINTR)))
		return 0;
	/* What it answers says what it has. */
	close_data(w);
	w->data_over = true;
	return 0;
}

/* Sends what the data connection takes without waiting.  sendfile(2) would save a copy here, but
 * not the time on a fast link (measured), and a hash of what was sent needs to see the bytes. */
static int
send_ready(struct flow *w, struct source *s, struct fail *f)
{
	short events;

	for (int i = 0; i < ROUNDS; i++) {
		ssize_t n;

		if (s->left == 0 && s->regular && !s->at_end && read_some(s, w, f) == -1)
			return -1;
		if (s->at_end)
			return finish_data(w);
		if (s->left == 0)
			return 0;
		n = stream_send(w->tls, w->data, s->text, s->left, &events);
		if (n == -1 && errno == EAGAIN) {
			w->waits = events;
			return 0;
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return lose_data(w, errno);
		w->t->now.moved += (uint64_t)n;
		w->last_move = clock_ms();
		s->text += n;
		s->left -= (size_t)n;
	}
	return 0;
}

static int
send_some(struct flow *w, void *arg, struct fail *f)
{
	struct source *s = arg;
	/* A pipe of the user's is waited for; a file gives at once. */
	bool hungry = s->left == 0 && !s->regular && !s->at_end && !w->data_over;
	short events = hungry ? 0 : w->waits != 0 ? w->waits : POLLOUT;
	struct pollfd data, input = { .fd = s->fd, .events = POLLIN };

	if (w->draining)
		return drain_data(w, f);
	if (w->final != 0 && !w->data_over)
		return fail_reply(f, FAIL_BROKEN, w->final,
		    "the server ended the transfer early: %d %s", w->final,
		    reply_text(&w->c->reply));
	if (wait_step(w, events, hungry ? &input : NULL, &data, f) == -1)
		return -1;
	if (hungry && input.revents == 0)
		return 0;
	if (hungry && read_some(s, w, f) == -1)
		return -1;
	if (!hungry && data.revents == 0)
		return 0;
	w->waits = 0;
	return send_ready(w, s, f);
}

int
transfer_send(struct conn *c, struct transfer *t, int fd, struct fail *f)
{
	struct source s = { .fd = fd, .regular = is_regular(fd) };
	struct flow w;

	if (conn_set_type(c, t->ascii ? 'A' : 'I', f) == -1)
		return -1;
	flow_init(&w, c, t);
	return run(&w, send_some, &s, f);
}
