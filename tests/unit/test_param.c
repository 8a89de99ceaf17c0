/* Arguments of TYPE, STRU, MODE and PROT. */
#include "ftp/param.h"
#include "runner.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *text;
	enum param_status status;
	struct param_type type;         /* PARAM_OK */
} types[] = {
	{ "A", PARAM_OK, { 'A', 'N', 0 } },
	{ "a", PARAM_OK, { 'A', 'N', 0 } },
	{ "A N", PARAM_OK, { 'A', 'N', 0 } },
	{ "a t", PARAM_OK, { 'A', 'T', 0 } },
	{ "E C", PARAM_OK, { 'E', 'C', 0 } },
	{ "I", PARAM_OK, { 'I', '\0', 0 } },
	{ "L 8", PARAM_OK, { 'L', '\0', 8 } },
	{ "l8", PARAM_OK, { 'L', '\0', 8 } },
	{ "L 08", PARAM_OK, { 'L', '\0', 8 } },
	{ "L 7", PARAM_ELSEWHERE, { 'L', '\0', 7 } },
	{ "L36", PARAM_ELSEWHERE, { 'L', '\0', 36 } },
	{ "L 255", PARAM_ELSEWHERE, { 'L', '\0', 255 } },
	{ "X", PARAM_ELSEWHERE, { 'X', '\0', 0 } },
	{ "", PARAM_SYNTAX, { 0 } },
	{ "AN", PARAM_SYNTAX, { 0 } },
	{ "A  N", PARAM_SYNTAX, { 0 } },
	{ "A ", PARAM_SYNTAX, { 0 } },
	{ "A X", PARAM_SYNTAX, { 0 } },
	{ "A NN", PARAM_SYNTAX, { 0 } },
	{ "A N N", PARAM_SYNTAX, { 0 } },
	{ "I N", PARAM_SYNTAX, { 0 } },
	{ "I8", PARAM_SYNTAX, { 0 } },
	{ "L", PARAM_SYNTAX, { 0 } },
	{ "L ", PARAM_SYNTAX, { 0 } },
	{ "L  8", PARAM_SYNTAX, { 0 } },
	{ "L 0", PARAM_SYNTAX, { 0 } },
	{ "L 256", PARAM_SYNTAX, { 0 } },
	{ "L 8 8", PARAM_SYNTAX, { 0 } },
	{ "L +8", PARAM_SYNTAX, { 0 } },
	{ "XY", PARAM_SYNTAX, { 0 } },
	{ " I", PARAM_SYNTAX, { 0 } },
};

START_TEST(type)
{
	struct param_type t = { 0 };

	ck_assert_int_eq(param_parse_type(types[_i].text, &t), types[_i].status);
	if (types[_i].status == PARAM_SYNTAX)
		return;
	ck_assert_int_eq(t.letter, types[_i].type.letter);
	ck_assert_int_eq(t.format, types[_i].type.format);
	ck_assert_uint_eq(t.bits, types[_i].type.bits);
}
END_TEST

START_TEST(letter)
{
	ck_assert_int_eq(param_parse_letter("s"), 'S');
	ck_assert_int_eq(param_parse_letter("S"), 'S');
	ck_assert_int_eq(param_parse_letter("?"), '?');
	ck_assert_int_eq(param_parse_letter(""), '\0');
	ck_assert_int_eq(param_parse_letter("SS"), '\0');
	ck_assert_int_eq(param_parse_letter("S "), '\0');
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("param");
	TCase *tcase = tcase_create("param");

	tcase_add_loop_test(tcase, type, 0, COUNT(types));
	tcase_add_test(tcase, letter);
	suite_add_tcase(suite, tcase);
	return suite;
}
