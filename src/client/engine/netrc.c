#include "client/engine/netrc.h"

#include <string.h>
#include <strings.h>

struct scanner {
	const char *at, *end;
	unsigned line;
};

enum token { TOKEN_END, TOKEN_WORD, TOKEN_BAD };

static void
advance(struct scanner *s)
{
	if (*s->at == '\n')
		s->line++;
	s->at++;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_line(struct scanner *s)
{
	while (s->at < s->end && *s->at != '\n')
		s->at++;
}

/* The next word into word[NETRC_VALUE_MAX]. */
static enum token
next_word(struct scanner *s, bool comments, char *word)
{
	bool quoted = false;
	size_t n = 0;

	for (; s->at < s->end && (is_blank(*s->at) || (comments && *s->at == '#')); advance(s))
		if (*s->at == '#') {
			skip_line(s);
			if (s->at == s->end)
				break;
		}
	if (s->at == s->end)
		return TOKEN_END;
	if (*s->at == '"') {
		quoted = true;
		s->at++;
	}
	for (; s->at < s->end; advance(s)) {
		if (quoted ? *s->at == '"' : is_blank(*s->at))
			break;
		if (quoted && *s->at == '\n')
			return TOKEN_BAD;
		if (quoted && *s->at == '\\' && s->at + 1 < s->end)
			s->at++;
		if (*s->at == '\0' || n + 1 >= NETRC_VALUE_MAX)
			return TOKEN_BAD;
		word[n++] = *s->at;
	}
	if (quoted && s->at == s->end)
		return TOKEN_BAD;
	if (quoted)
		s->at++;
	word[n] = '\0';
	return TOKEN_WORD;
}

/* A macro reaches to the first empty line. */
static void
skip_macro(struct scanner *s)
{
	skip_line(s);
	while (s->at < s->end) {
		advance(s);
		if (s->at < s->end && *s->at == '\n')
			return;
		skip_line(s);
	}
}

static bool
is_usable(const struct netrc *n, const char *user)
{
	return user == NULL ? n->has_login : !n->has_login || strcmp(n->login, user) == 0;
}

static bool
take(char *out, bool *has, const char *word)
{
	size_t len = strlen(word);

	memcpy(out, word, len + 1);
	*has = true;
	return true;
}

static enum netrc_status
find(struct scanner *s, const char *host, const char *user, struct netrc *n)
{
	char key[NETRC_VALUE_MAX], value[NETRC_VALUE_MAX];
	bool ours = false;
	enum token token;
	enum netrc_status status = NETRC_SYNTAX;

	while ((token = next_word(s, true, key)) == TOKEN_WORD) {
		bool is_default = strcmp(key, "default") == 0;

		if (is_default || strcmp(key, "machine") == 0) {
			if (ours && is_usable(n, user))
				break;
			netrc_clear(n);
			ours = is_default;
			if (is_default)
				continue;
		}
		if (next_word(s, false, value) != TOKEN_WORD)
			goto out;
		if (strcmp(key, "machine") == 0)
			ours = strcasecmp(value, host) == 0;
		else if (strcmp(key, "login") == 0)
			ours = ours && take(n->login, &n->has_login, value);
		else if (strcmp(key, "password") == 0)
			ours = ours && take(n->password, &n->has_password, value);
		else if (strcmp(key, "account") == 0)
			ours = ours && take(n->account, &n->has_account, value);
		else if (strcmp(key, "macdef") == 0)
			skip_macro(s);
		else
			goto out;
	}
	if (token == TOKEN_BAD)
		goto out;
	status = ours && is_usable(n, user) ? NETRC_FOUND : NETRC_NONE;
out:
	explicit_bzero(value, sizeof(value));
	return status;
}

enum netrc_status
netrc_find(const char *text, size_t len, const char *host, const char *user, struct netrc *n,
    unsigned *line_r)
{
	struct scanner s = { .at = text, .end = text + len, .line = 1 };
	enum netrc_status status;

	netrc_clear(n);
	status = find(&s, host, user, n);
	*line_r = s.line;
	if (status != NETRC_FOUND)
		netrc_clear(n);
	return status;
}

void
netrc_clear(struct netrc *n)
{
	explicit_bzero(n, sizeof(*n));
}
