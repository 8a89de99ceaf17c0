/* Addresses of data connections, in all the ways that they are written, well and badly. */
#include "ftp/addr.h"
#include "runner.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* address NULL: refused. */
static const struct {
	const char *text;
	const char *address;
	unsigned port;
} ports[] = {
	{ "127,0,0,1,4,1", "127.0.0.1", 1025 },
	{ "0,0,0,0,0,1", "0.0.0.0", 1 },
	{ "255,255,255,255,255,255", "255.255.255.255", 65535 },
	{ "010,0,0,1,0,21", "10.0.0.1", 21 },
	{ "127,0,0,1,0,0", NULL, 0 },
	{ "127,0,0,256,4,1", NULL, 0 },
	{ "127,0,0,1,256,1", NULL, 0 },
	{ "127,0,0,1,4,256", NULL, 0 },
	{ "127,0,0,1,4", NULL, 0 },
	{ "127,0,0,1,4,1,2", NULL, 0 },
	{ "127,0,0,1,4,1,", NULL, 0 },
	{ "127, 0, 0, 1, 4, 1", "127.0.0.1", 1025 },
	{ "127 ,0 , 0,  1,4,1", "127.0.0.1", 1025 },
	{ "127,0,0,1,4 1", NULL, 0 },
	{ "1 27,0,0,1,4,1", NULL, 0 },
	{ "127, ,0,1,4,1", NULL, 0 },
	{ "127,0,0,1,4, ", NULL, 0 },
	{ "127,0,0,1,4,1 ", NULL, 0 },
	{ " 127,0,0,1,4,1", NULL, 0 },
	{ "127,,0,0,1,4,1", NULL, 0 },
	{ "127.0.0.1,4,1", NULL, 0 },
	{ "127,0,0,1,-4,1", NULL, 0 },
	{ "127,0,0,1,+4,1", NULL, 0 },
	{ "127,0,0,0001,4,1", NULL, 0 },
	{ "(127,0,0,1,4,1)", NULL, 0 },
	{ "", NULL, 0 },
	{ ",,,,,", NULL, 0 },
	{ "999999999999999999999,0,0,1,4,1", NULL, 0 },
};

START_TEST(port)
{
	union sock_addr a;
	char text[SOCK_TEXT_LEN];
	enum addr_status status = addr_parse_port(ports[_i].text, &a);

	ck_assert_int_eq(status, ports[_i].address == NULL ? ADDR_SYNTAX : ADDR_OK);
	if (status == ADDR_OK) {
		ck_assert_str_eq(sock_addr_text(&a, text), ports[_i].address);
		ck_assert_uint_eq(sock_addr_port(&a), ports[_i].port);
	}
}
END_TEST

static const struct {
	const char *text;
	enum addr_status status;
	const char *address;
	unsigned port;
} eprts[] = {
	{ "|1|132.235.1.2|6275|", ADDR_OK, "132.235.1.2", 6275 },
	{ "|2|1080::8:800:200C:417A|5282|", ADDR_OK, "1080::8:800:200c:417a", 5282 },
	{ "!1!127.0.0.1!1!", ADDR_OK, "127.0.0.1", 1 },
	{ "~2~::1~65535~", ADDR_OK, "::1", 65535 },
	{ "|2|::ffff:127.0.0.1|1024|", ADDR_OK, "127.0.0.1", 1024 },
	{ "|3|127.0.0.1|1024|", ADDR_FAMILY, NULL, 0 },
	{ "|0|127.0.0.1|1024|", ADDR_FAMILY, NULL, 0 },
	{ "|65535|x|1|", ADDR_FAMILY, NULL, 0 },
	{ "|1|::1|1024|", ADDR_SYNTAX, NULL, 0 },
	{ "|2|127.0.0.1|1024|", ADDR_SYNTAX, NULL, 0 },
	{ "|1|127.0.0.1|0|", ADDR_SYNTAX, NULL, 0 },
	{ "|1|127.0.0.1|65536|", ADDR_SYNTAX, NULL, 0 },
	{ "|1|127.0.0.1|001024|", ADDR_SYNTAX, NULL, 0 },
	{ "|1|127.0.0.1|1024", ADDR_SYNTAX, NULL, 0 },
	{ "|1|127.0.0.1|1024|x", ADDR_SYNTAX, NULL, 0 },
	{ "|1|127.0.0.1|1024||", ADDR_SYNTAX, NULL, 0 },
	{ "|1| 127.0.0.1|1024|", ADDR_SYNTAX, NULL, 0 },
	{ "|1|127.0.0.1 |1024|", ADDR_SYNTAX, NULL, 0 },
	{ "|2|[::1]|1024|", ADDR_SYNTAX, NULL, 0 },
	{ "|2|fe80::1%lo|1024|", ADDR_SYNTAX, NULL, 0 },
	{ "|2|::1||", ADDR_SYNTAX, NULL, 0 },
	{ "|x|127.0.0.1|1024|", ADDR_SYNTAX, NULL, 0 },
	{ "||127.0.0.1|1024|", ADDR_SYNTAX, NULL, 0 },
	{ "|99999999|127.0.0.1|1024|", ADDR_SYNTAX, NULL, 0 },
	{ " 1 127.0.0.1 1024 ", ADDR_SYNTAX, NULL, 0 },
	{ "1127.0.0.1|1024|", ADDR_SYNTAX, NULL, 0 },
	{ "", ADDR_SYNTAX, NULL, 0 },
	{ "|", ADDR_SYNTAX, NULL, 0 },
	{ "||||", ADDR_SYNTAX, NULL, 0 },
};

START_TEST(eprt)
{
	union sock_addr a;
	char text[SOCK_TEXT_LEN];

	ck_assert_int_eq(addr_parse_eprt(eprts[_i].text, &a), eprts[_i].status);
	if (eprts[_i].status == ADDR_OK) {
		ck_assert_str_eq(sock_addr_text(&a, text), eprts[_i].address);
		ck_assert_uint_eq(sock_addr_port(&a), eprts[_i].port);
	}
}
END_TEST

/* An address longer than any is no address, wherever it is cut. */
START_TEST(eprt_long)
{
	char text[600];
	union sock_addr a;

	memset(text, ':', sizeof(text));
	text[0] = text[2] = '|';
	text[1] = '2';
	memcpy(text + sizeof(text) - 7, "|1024|", 7);
	ck_assert_int_eq(addr_parse_eprt(text, &a), ADDR_SYNTAX);
}
END_TEST

static const struct {
	const char *text;
	const char *address;
	unsigned port;
} passives[] = {
	{ "Entering Passive Mode (127,0,0,1,4,1)", "127.0.0.1", 1025 },
	{ "Entering Passive Mode (127,0,0,1,4,1).", "127.0.0.1", 1025 },
	{ "Entering Passive Mode. 127,0,0,1,4,1", "127.0.0.1", 1025 },
	{ "=127,0,0,1,4,1", "127.0.0.1", 1025 },
	{ "Passive mode 2 on (10,1,2,3,255,255)", "10.1.2.3", 65535 },
	{ "1,2,3 (127,0,0,1,4,1)", "127.0.0.1", 1025 },
	{ "Entering Passive Mode (127, 0, 0, 1, 4, 1)", "127.0.0.1", 1025 },
	{ "Passive (127,0,0,1,4)", NULL, 0 },
	{ "Passive (127,0,0,1,4,256)", NULL, 0 },
	{ "Passive (127,0,0,1,0,0)", NULL, 0 },
	{ "Passive", NULL, 0 },
	{ "", NULL, 0 },
};

START_TEST(passive)
{
	union sock_addr a;
	char text[SOCK_TEXT_LEN];
	bool good = addr_parse_227(passives[_i].text, &a);

	ck_assert_int_eq(good, passives[_i].address != NULL);
	if (good) {
		ck_assert_str_eq(sock_addr_text(&a, text), passives[_i].address);
		ck_assert_uint_eq(sock_addr_port(&a), passives[_i].port);
	}
}
END_TEST

static const struct {
	const char *text;
	unsigned port;          /* 0: refused */
} extended[] = {
	{ "Entering Extended Passive Mode (|||6446|)", 6446 },
	{ "ok (!!!1!)", 1 },
	{ "(|||65535|", 65535 },
	{ "(not here) but (|||21|)", 21 },
	{ "((|||21|)", 21 },
	{ "(|||0|)", 0 },
	{ "(|||65536|)", 0 },
	{ "(|||000021|)", 0 },
	{ "(||21|)", 0 },
	{ "(|||21)", 0 },
	{ "(||||)", 0 },
	{ "(111211)", 0 },
	{ "(", 0 },
	{ "(|", 0 },
	{ "(||", 0 },
	{ "(|||", 0 },
	{ "", 0 },
};

START_TEST(extended_passive)
{
	uint16_t number = 4711;
	bool good = addr_parse_229(extended[_i].text, &number);

	ck_assert_int_eq(good, extended[_i].port != 0);
	ck_assert_uint_eq(number, good ? extended[_i].port : 4711);
}
END_TEST

/* What we write we read. */
START_TEST(round_trip)
{
	static const char *const addresses[] = { "127.0.0.1", "255.0.255.1", "::1", "2001:db8::ff" };
	static const uint16_t numbers[] = { 1, 255, 256, 1024, 65535 };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		for (size_t j = 0; j < sizeof(numbers) / sizeof(numbers[0]); j++) {
			union sock_addr a, b;
			char text[128];
			struct sb sb;

			ck_assert(sock_addr_parse(addresses[i], &a));
			sb_init(&sb, text, sizeof(text));
			addr_put_eprt(&sb, &a, numbers[j]);
			ck_assert_int_eq(addr_parse_eprt(text, &b), ADDR_OK);
			ck_assert(sock_addr_same_host(&a, &b));
			ck_assert_uint_eq(sock_addr_port(&b), numbers[j]);
			if (a.sa.sa_family != AF_INET)
				continue;
			sb_reset(&sb);
			addr_put_port(&sb, &a, numbers[j]);
			ck_assert_int_eq(addr_parse_port(text, &b), ADDR_OK);
			ck_assert(sock_addr_same_host(&a, &b));
			ck_assert_uint_eq(sock_addr_port(&b), numbers[j]);
		}
	}
}
END_TEST

static const struct {
	const char *a, *b;
	bool same;
} hosts[] = {
	{ "127.0.0.1", "127.0.0.1", true },
	{ "127.0.0.1", "127.0.0.2", false },
	{ "127.0.0.1", "::ffff:127.0.0.1", true },
	{ "::ffff:10.0.0.1", "10.0.0.1", true },
	{ "::1", "::1", true },
	{ "::1", "127.0.0.1", false },
	{ "::", "0.0.0.0", false },
	{ "2001:db8::1", "2001:db8::2", false },
};

START_TEST(same_host)
{
	union sock_addr a, b;

	ck_assert(sock_addr_parse(hosts[_i].a, &a) && sock_addr_parse(hosts[_i].b, &b));
	sock_addr_set_port(&a, 1);
	sock_addr_set_port(&b, 2);
	ck_assert_int_eq(sock_addr_same_host(&a, &b), hosts[_i].same);
	ck_assert_int_eq(sock_addr_same_host(&b, &a), hosts[_i].same);
}
END_TEST

static const struct {
	const char *text;
	bool is_private;
} privates[] = {
	{ "127.0.0.1", true },
	{ "10.255.255.255", true },
	{ "11.0.0.0", false },
	{ "172.15.255.255", false },
	{ "172.16.0.0", true },
	{ "172.31.255.255", true },
	{ "172.32.0.0", false },
	{ "192.168.0.1", true },
	{ "192.169.0.1", false },
	{ "169.254.1.1", true },
	{ "203.0.113.9", false },
	{ "::1", true },
	{ "fe80::1", true },
	{ "fc00::1", true },
	{ "fdff::1", true },
	{ "2001:db8::1", false },
	{ "::ffff:192.168.0.1", true },
	{ "::ffff:203.0.113.9", false },
};

START_TEST(is_private)
{
	union sock_addr a;

	ck_assert(sock_addr_parse(privates[_i].text, &a));
	ck_assert_int_eq(sock_addr_is_private(&a), privates[_i].is_private);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("addr");
	TCase *tcase = tcase_create("addr");

	tcase_add_loop_test(tcase, port, 0, COUNT(ports));
	tcase_add_loop_test(tcase, eprt, 0, COUNT(eprts));
	tcase_add_test(tcase, eprt_long);
	tcase_add_loop_test(tcase, passive, 0, COUNT(passives));
	tcase_add_loop_test(tcase, extended_passive, 0, COUNT(extended));
	tcase_add_test(tcase, round_trip);
	tcase_add_loop_test(tcase, same_host, 0, COUNT(hosts));
	tcase_add_loop_test(tcase, is_private, 0, COUNT(privates));
	suite_add_tcase(suite, tcase);
	return suite;
}
