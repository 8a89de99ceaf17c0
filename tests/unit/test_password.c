/* Hashes of passwords: every kind that libcrypt verifies, and everything that is no hash. */
#include "runner.h"
#include "store/password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD "correct horse"

/* Made by libcrypt of WORD, each at a low cost. */
static const struct {
	const char *hash, *method;
	size_t significant;     /* bytes of a password that count; 0: all */
} good[] = {
	{ "$y$j75$icd2Iec3kYO2fgueTZw59/$kl2QR5idL8rL2u2vPzgWcYiQNtzyrRzpa4urmuX6X1A", "yescrypt", 0 },
	{ "$y$j75$$6BUZ57Ppq1XCOI8LGmraG8XOzb1ERDdNMwVQ/ANg0pD", "yescrypt", 0 },
	{ "$gy$j75$K82jrsCtRygkikNb0xZBC/$QtzUr8o4W3CpKFEKONFU5/b3bjIJlOrWKuMJaM2Kz.2", "gost-yescrypt", 0 },
	{ "$7$20..../....kLVjZcD1YCWy2M5J1bWxY/$rGcZ5LN1nt0ta3Yd/V3TdeCY1wlTnRVpIwikWbf6zC7", "scrypt", 0 },
	{ "$2a$04$UZzKCU664mgPZ7iXOGcSXehqGcHML7tfor47ncPykd/PuI7e1S/lW", "bcrypt", 72 },
	{ "$2b$04$wf1SkYS.Xylv7KIQ3pJLeOUNaqjfg79ecAnCVGQK6yMJk7eRX5yF.", "bcrypt", 72 },
	{ "$2y$04$7WU9ZWQYitQAHDn/Nm5Kr.yPu.yjPU8pCKqtrQJxpD8ym7Flz4aYm", "bcrypt", 72 },
	{ "$2x$04$wf1SkYS.Xylv7KIQ3pJLeOUNaqjfg79ecAnCVGQK6yMJk7eRX5yF.", "bcrypt", 72 },
	{ "$6$salt$pfWEh40/jW3sybE9zOQ9fIpZ9F6fyy/jogzYisHAyINpuc9icJd187oNK8pukepHV.QSHFtNVGUeWCRJCE9G4/",
	    "sha512crypt", 0 },
	{ "$6$rounds=1000$NswAz82DJz6gLlRn$yHNWreVYHTxtoK46EnEXaCp0G6WnHeWGh3KUk8XeKfdmSFRmHAv0GG71rem2k7sId7WswEp"
	  "4xy.PrH90UEBqK.", "sha512crypt", 0 },
	{ "$5$salt$VceWD7himthAFDjAznpLECWSsOgDma/ItrVvf6K05b4", "sha256crypt", 0 },
	{ "$5$rounds=1000$d7orXlDzjiW5DE8k$7wpiVY6QQOJZu8S5IsYQQx7Nr85TCZelKpQVFjgtTf1", "sha256crypt", 0 },
	{ "$sha1$92$zCXdjRbNGgJ/WjRPXclU$9eL5ybbl/MTK4I85llAG//WERMgy", "sha1crypt", 0 },
	{ "$md5$abcdefgh$.zlef4wB7Ywt0S2xBOo6h.", "sunmd5", 0 },
	{ "$md5$abcdefgh$$A8TL8sY7.pGvXG33VEUpT0", "sunmd5", 0 },
	{ "$md5,rounds=10$abcdefgh$$xfgM0D6FdZ.kQ03pOoLQ41", "sunmd5", 0 },
	{ "$1$5K.kys9m$GbyIagA5n7EPwW.XxzGqn/", "md5crypt", 0 },
	{ "$3$$cfc43211ba8dc470832267827cac1407", "nt", 0 },
	{ "_J9..BHaa2CLK8Z8aZ2I", "bsdicrypt", 0 },
	{ "abhfCpXqd4GrI", "descrypt", 8 },
	{ "abhfCpXqd4GrInxrhqmWdyeY", "descrypt", 0 },
};

START_TEST(the_right_password_matches)
{
	ck_assert_str_eq(password_method(good[_i].hash), good[_i].method);
	ck_assert(password_is_hash(good[_i].hash));
	ck_assert(password_verify(WORD, good[_i].hash));
}
END_TEST

START_TEST(a_wrong_password_does_not_match)
{
	static const char *const wrong[] = { "", "c", "Correct horse", "correct", "correct horsf", "correct horse ",
		"correct horse battery", "\xff\xfe", "!", "*" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		/* The traditional form never looked further than eight letters. */
		if (good[_i].significant == 8 && strncmp(wrong[i], WORD, 8) == 0)
			continue;
		ck_assert_msg(!password_verify(wrong[i], good[_i].hash), "\"%s\"", wrong[i]);
	}
}
END_TEST

/* The same hash with one letter changed, wherever that is, cannot match any more; and libcrypt must not
 * be led astray by what is left. */
START_TEST(a_damaged_hash_does_not_match)
{
	size_t len = strlen(good[_i].hash);
	char hash[ACCOUNT_HASH_MAX];

	for (size_t at = len - 9; at < len - 1; at++) {
		memcpy(hash, good[_i].hash, len + 1);
		hash[at] = hash[at] == 'b' ? 'c' : 'b';
		ck_assert_msg(!password_verify(WORD, hash), "%s", hash);
	}
}
END_TEST

/* Cut short anywhere, down to nothing. */
START_TEST(a_truncated_hash_does_not_match)
{
	size_t len = strlen(good[_i].hash);
	char hash[ACCOUNT_HASH_MAX];

	for (size_t keep = 0; keep < len; keep++) {
		/* A verification of what is no hash takes as long as one of a fresh hash: some are enough. */
		bool verify = keep == len / 2 || keep + 2 > len;

		/* The long traditional form begins with a whole short one. */
		if (keep == 13 && good[_i].hash[0] == 'a')
			continue;
		memcpy(hash, good[_i].hash, keep);
		hash[keep] = '\0';
		ck_assert_msg(!verify || !password_verify(WORD, hash), "%s", hash);
		ck_assert_msg(!password_is_hash(hash), "%s", hash);
		ck_assert_str_eq(password_method(hash), "none");
	}
}
END_TEST

START_TEST(a_locked_hash_does_not_match)
{
	static const char *const locks[] = { "!", "!!", "*", "x", " ", "\n", "*LK*", ":" };
	char hash[ACCOUNT_HASH_MAX];

	for (size_t i = 0; i < sizeof(locks) / sizeof(locks[0]); i++) {
		bool verify = i == 0 || i == (size_t)_i % (sizeof(locks) / sizeof(locks[0]));

		snprintf(hash, sizeof(hash), "%s%s", locks[i], good[_i].hash);
		ck_assert_msg(!verify || !password_verify(WORD, hash), "%s", hash);
		ck_assert_msg(!password_is_hash(hash), "%s", hash);
		snprintf(hash, sizeof(hash), "%s%s", good[_i].hash, locks[i]);
		ck_assert_msg(!verify || !password_verify(WORD, hash), "%s", hash);
		ck_assert_msg(!password_is_hash(hash), "%s", hash);
	}
}
END_TEST

/* The form alone names no method: with letters in it that no hash has, libcrypt would never verify it. */
START_TEST(letters_that_no_hash_has)
{
	char hash[ACCOUNT_HASH_MAX];

	for (const char *letter = ":; !*\\\n"; *letter != '\0'; letter++) {
		snprintf(hash, sizeof(hash), "$6$sa%clt$%086d", *letter, 0);
		ck_assert_str_eq(password_method(hash), "none");
		ck_assert(!password_is_hash(hash));
	}
	ck_assert_str_eq(password_method("$6$salt$0000000000000000000000000000000000000000000000000000000000000000000000"
					 "0000000000000000"), "sha512crypt");
}
END_TEST

static const char *const bad[] = {
	"", "!", "!!", "*", "x", "*0", "*1", "*LK*", "NP", "$", "$$", "$$$", "_", "__", "ab", "abcdefghijkl",
	WORD, "0000000000000:", "$y$", "$y$j9T$", "$y$j9T$salt", "$y$j9T$salt$", "$gy$j9T$salt", "$6$", "$6$salt",
	"$6$salt$", "$6$rounds=$salt$", "$6$rounds=999999999999$salt$", "$5$rounds=-1$salt$", "$2b$", "$2b$04$",
	"$2b$04$wf1SkYS.Xylv7KIQ3pJLeO", "$2b$99$wf1SkYS.Xylv7KIQ3pJLeOUNaqjfg79ecAnCVGQK6yMJk7eRX5yF.", "$1$",
	"$1$salt", "$1$salt$", "$3$", "$3$$", "$md5", "$md5$", "$md5,rounds=$salt$$xfgM0D6FdZ.kQ03pOoLQ41", "$sha1$",
	"$sha1$x$salt$", "$7$", "$7$20..../....salt", "$8$salt$GbyIagA5n7EPwW.XxzGqn/", "$99$a$b", "_J9..BHaa",
	"_J9..", "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG",
	"{SSHA}0c0blFTXXNuAMHECS4uxrj3ZieMoWImr", "5f4dcc3b5aa765d61d8327deb882cf99", "%s%n%s%n",
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	/* forty-three letters where the salt belongs: a setting in the form of a hash */
	"$5$VceWD7himthAFDjAznpLECWSsOgDma/ItrVvf6K05b4",
	"$y$VceWD7himthAFDjAznpLECWSsOgDma/ItrVvf6K05b4",
	"$1$GbyIagA5n7EPwW.XxzGqn/",
	"$3$cfc43211ba8dc470832267827cac1407",
};

/* Whatever is typed. */
START_TEST(what_is_no_hash_matches_nothing)
{
	static const char *const typed[] = { "", WORD };

	ck_assert_msg(!password_is_hash(bad[_i]), "%s", bad[_i]);
	ck_assert(!password_verify(bad[_i], bad[_i]));
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
		ck_assert_msg(!password_verify(typed[i], bad[_i]), "\"%s\" \"%s\"", typed[i], bad[_i]);
}
END_TEST

START_TEST(overlong_ones_match_nothing)
{
	static const char *const prefixes[] = { "", "$y$j75$", "$gy$j75$", "$7$20..../....", "$2b$04$", "$6$",
		"$6$rounds=1000$", "$5$", "$sha1$92$", "$md5$", "$1$", "$3$$", "_" };
	static const size_t lengths[] = { ACCOUNT_HASH_MAX - 1, ACCOUNT_HASH_MAX, 5000, 100000 };
	char *hash = malloc(100001);
	char *word = malloc(100001);

	ck_assert(hash != NULL && word != NULL);
	memset(word, 'w', 100000);
	word[100000] = '\0';
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		for (size_t j = 0; j < sizeof(lengths) / sizeof(lengths[0]); j++) {
			memset(hash, 'a', lengths[j]);
			hash[lengths[j]] = '\0';
			memcpy(hash, prefixes[i], strlen(prefixes[i]));
			ck_assert(!password_verify(j == 0 ? WORD : word, hash));
			ck_assert(!password_is_hash(hash));
		}
	}
	ck_assert(!password_verify(word, good[0].hash));
	free(word);
	free(hash);
}
END_TEST

START_TEST(a_fresh_hash)
{
	char one[ACCOUNT_HASH_MAX], two[ACCOUNT_HASH_MAX];

	ck_assert(password_hash(WORD, one));
	ck_assert(password_hash(WORD, two));
	ck_assert_str_ne(one, two);
	ck_assert_str_eq(password_method(one), "yescrypt");
	ck_assert(password_is_hash(one));
	ck_assert(password_verify(WORD, one));
	ck_assert(password_verify(WORD, two));
	ck_assert(!password_verify("wrong horse", one));
	ck_assert(!password_verify("", one));
}
END_TEST

static const char *const words[] = { "", " ", "p\xc3\xa4ssw\xc3\xb6rt", "\xff\x80\x01", "a b\tc\"'$%" };

START_TEST(any_bytes_are_a_password)
{
	char hash[ACCOUNT_HASH_MAX];

	ck_assert(password_hash(words[_i], hash));
	ck_assert(password_verify(words[_i], hash));
	ck_assert(!password_verify(WORD, hash));
}
END_TEST

START_TEST(a_password_too_long_to_hash)
{
	char word[600], hash[ACCOUNT_HASH_MAX];

	memset(word, 'w', sizeof(word));
	word[511] = '\0';
	ck_assert(password_hash(word, hash));
	ck_assert(password_verify(word, hash));
	word[510] = 'x';
	ck_assert(!password_verify(word, hash));
	word[511] = 'w';
	word[sizeof(word) - 1] = '\0';
	ck_assert(!password_hash(word, hash));
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof((table)[0]))

Suite *
unit_suite(void)
{
	Suite *s = suite_create("password");
	TCase *t = tcase_create("password");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, the_right_password_matches, 0, N(good));
	tcase_add_loop_test(t, a_wrong_password_does_not_match, 0, N(good));
	tcase_add_loop_test(t, a_damaged_hash_does_not_match, 0, N(good));
	tcase_add_loop_test(t, a_truncated_hash_does_not_match, 0, N(good));
	tcase_add_loop_test(t, a_locked_hash_does_not_match, 0, N(good));
	tcase_add_test(t, letters_that_no_hash_has);
	tcase_add_loop_test(t, what_is_no_hash_matches_nothing, 0, N(bad));
	tcase_add_test(t, overlong_ones_match_nothing);
	tcase_add_test(t, a_fresh_hash);
	tcase_add_loop_test(t, any_bytes_are_a_password, 0, N(words));
	tcase_add_test(t, a_password_too_long_to_hash);
	suite_add_tcase(s, t);
	return s;
}
