/* Arguments of TYPE, STRU, MODE and PROT (RFC 959 section 4.1.2, RFC 4217), whose blanks
 * words_tidy() has seen to. */
#ifndef FERRY_FTP_PARAM_H
#define FERRY_FTP_PARAM_H

#include <stdint.h>

enum param_status {
	PARAM_OK,
	PARAM_SYNTAX,           /* not of the command's form */
	PARAM_ELSEWHERE         /* of its form, but nothing that there is here */
};

struct param_type {
	char letter;            /* in upper case; A, E, I or L when PARAM_OK */
	char format;            /* of A and E: N, which is also meant where there is none, T or C */
	uint64_t bits;          /* of L: how many a byte has; 8 when PARAM_OK */
};

/* "A", "A N", "A T", "A C", the same with E, "I", "L 8", which some send as "L8". */
enum param_status param_parse_type(const char *text, struct param_type *type_r);

/* The one letter that text is, in upper case; else '\0'. */
char param_parse_letter(const char *text);

#endif
