/* Digests against published values (FIPS 180-4 and RFC 1321 examples, the check value of CRC-32). */
#include "base/digest.h"
#include "runner.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	enum digest_kind kind;
	const char *bytes, *hex;
} rows[] = {
	{ DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ DIGEST_SHA512, "abc",
	    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ DIGEST_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ DIGEST_MD5, "", "d41d8cd98f00b204e9800998ecf8427e" },
	{ DIGEST_MD5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
	{ DIGEST_CRC32, "", "00000000" },
	{ DIGEST_CRC32, "123456789", "cbf43926" },
};

START_TEST(value)
{
	struct digest *d = digest_start(rows[_i].kind), *copy;
	size_t half = strlen(rows[_i].bytes) / 2;
	char hex[DIGEST_HEX_MAX];

	ck_assert_ptr_nonnull(d);
	digest_add(d, rows[_i].bytes, half);
	copy = digest_copy(d);
	ck_assert_ptr_nonnull(copy);
	digest_add(d, "other bytes", 11);
	digest_add(copy, rows[_i].bytes + half, strlen(rows[_i].bytes) - half);
	ck_assert(digest_end(&copy, hex));
	ck_assert_ptr_null(copy);
	ck_assert_str_eq(hex, rows[_i].hex);
	ck_assert(digest_end(&d, hex));
	ck_assert_str_ne(hex, rows[_i].hex);
	digest_free(&d);
}
END_TEST

START_TEST(every_kind)
{
	enum digest_kind kind = (enum digest_kind)_i, found = NDIGESTS;

	ck_assert(digest_find(digest_name(kind), &found));
	ck_assert_int_eq(found, kind);
}
END_TEST

START_TEST(names)
{
	enum digest_kind kind = NDIGESTS;

	ck_assert(digest_init());
	ck_assert(digest_find("sha-256", &kind));
	ck_assert_int_eq(kind, DIGEST_SHA256);
	ck_assert(digest_find("crc32", &kind));
	ck_assert_int_eq(kind, DIGEST_CRC32);
	ck_assert(!digest_find("", &kind));
	ck_assert(!digest_find("SHA", &kind));
	ck_assert(!digest_find("SHA-256 ", &kind));
	ck_assert(!digest_find("SHA256", &kind));
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("digest");
	TCase *tcase = tcase_create("digest");

	tcase_add_loop_test(tcase, value, 0, COUNT(rows));
	tcase_add_loop_test(tcase, every_kind, 0, NDIGESTS);
	tcase_add_test(tcase, names);
	suite_add_tcase(suite, tcase);
	return suite;
}
