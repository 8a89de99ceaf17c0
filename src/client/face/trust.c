#include "client/face/trust.h"

#include "base/sb.h"
#include "base/terminal.h"
#include "client/engine/known.h"
#include "client/face/show.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static void
put_day(struct sb *out, time_t when)
{
	char text[16];
	struct tm tm;

	if (gmtime_r(&when, &tm) != NULL && strftime(text, sizeof(text), "%Y-%m-%d", &tm) > 0)
		sb_puts(out, text);
	else
		sb_putc(out, '?');
}

static void
put_validity(struct sb *out, const struct tls_peer *certificate)
{
	put_day(out, certificate->from);
	sb_puts(out, " to ");
	put_day(out, certificate->until);
}

static void
put_question(
    struct sb *out, const char *host, const struct tls_peer *certificate, const char *problem)
{
	sb_puts(out, "Nobody you trust vouches for the certificate of ");
	show_text(out, host);
	sb_printf(out, ": %s.\n  name         ", problem);
	show_text(out, certificate->name);
	sb_puts(out, "\n  issued by    ");
	show_text(out, certificate->issuer);
	sb_puts(out, "\n  valid        ");
	put_validity(out, certificate);
	sb_printf(out, "\n  fingerprint  SHA256:%s\n", certificate->fingerprint);
	sb_puts(out,
	    "It is the right one if the fingerprint is the one that the server's administrator tells you.\n"
	    "Trust it: yes (and remember it), once, or no? ");
}

/* Who, what and why, and the option that says it is right. */
static int
refuse(const char *host, const struct tls_peer *certificate, const char *problem, struct fail *f)
{
	char valid[64];
	struct sb out;

	sb_init(&out, valid, sizeof(valid));
	put_validity(&out, certificate);
	return fail_set(f, FAIL_TLS,
	    "%s: the certificate is not trusted: %s (name %.100s, issued by %.100s, valid %s); if it is the right one: "
	    "--pin=SHA256:%s",
	    host, problem, certificate->name, certificate->issuer, valid, certificate->fingerprint);
}

/* Asks until it is understood: 'y', 'o' or 'n'; -1 with *f. */
static int
ask(int tty, struct sb *question, int interrupt_fd, struct fail *f)
{
	static const char *const answers[] = { "yes", "once", "no" };
	char answer[16];

	for (;;) {
		int rc =
		    terminal_ask(tty, question->buf, true, interrupt_fd, answer, sizeof(answer));

		if (fail_asking(rc, f) == -1)
			return -1;
		for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
			if (strcasecmp(answer, answers[i]) == 0 ||
			    (answer[0] == answers[i][0] && answer[1] == '\0'))
				return answers[i][0];
		sb_reset(question);
		sb_puts(question, "yes, once or no? ");
	}
}

static int
ask_person(const struct trust *t, const char *host, uint16_t port,
    const struct tls_peer *certificate, const char *problem, struct fail *f)
{
	char text[4096], path[PATH_MAX];
	struct sb question;
	int tty, answer;

	tty = terminal_open();
	if (tty == -1)
		return refuse(host, certificate, problem, f);
	sb_init(&question, text, sizeof(text));
	put_question(&question, host, certificate, problem);
	answer = ask(tty, &question, t->interrupt_fd, f);
	close(tty);
	if (answer == -1)
		return f->kind == FAIL_INTERRUPTED ? -1 : refuse(host, certificate, problem, f);
	if (answer == 'n')
		return refuse(host, certificate, problem, f);
	if (answer == 'y' && known_path(path))
		return known_add(path, host, port, certificate->fingerprint, f);
	return 0;
}

int
trust_is_known(const char *host, uint16_t port, struct fail *f)
{
	char path[PATH_MAX], fingerprint[FINGERPRINT_LEN];
	unsigned line;
	int known;

	known =
	    known_path(path) ? known_find(path, host, port, fingerprint, &line, f) : KNOWN_NOTHING;
	return known == -1 ? -1 : known != KNOWN_NOTHING;
}

/* So that nobody takes TLS away from the next connection.  Where nothing can be written down,
 * nothing is. */
static void
remember_tls(const char *host, uint16_t port)
{
	char path[PATH_MAX], fingerprint[FINGERPRINT_LEN];
	struct fail ignored = { 0 };
	unsigned line;

	if (known_path(path) &&
	    known_find(path, host, port, fingerprint, &line, &ignored) == KNOWN_NOTHING)
		(void)known_add(path, host, port, NULL, &ignored);
}

int
trust_judge(void *arg, const char *host, uint16_t port, const struct tls_peer *certificate,
    const char *problem, struct fail *f)
{
	const struct trust *t = arg;
	char path[PATH_MAX], fingerprint[FINGERPRINT_LEN];
	unsigned line;
	int known;

	if (t->has_pin) {
		if (strcmp(t->pin, certificate->fingerprint) == 0) {
			remember_tls(host, port);
			return 0;
		}
		return fail_set(f, FAIL_TLS,
		    "%s: the certificate is not the one of --pin, but SHA256:%s (name %.100s)",
		    host, certificate->fingerprint, certificate->name);
	}
	if (problem == NULL) {
		remember_tls(host, port);
		return 0;
	}
	known =
	    known_path(path) ? known_find(path, host, port, fingerprint, &line, f) : KNOWN_NOTHING;
	if (known == -1)
		return -1;
	if (known != KNOWN_CERTIFICATE)
		return ask_person(t, host, port, certificate, problem, f);
	if (strcmp(fingerprint, certificate->fingerprint) == 0)
		return 0;
	return fail_set(f, FAIL_TLS,
	    "THE CERTIFICATE OF %s HAS CHANGED: somebody may be in between.  It is SHA256:%s, and was SHA256:%s.  If the "
	    "administrator says that the new one is right, remove line %u of %s",
	    host, certificate->fingerprint, fingerprint, line, path);
}
