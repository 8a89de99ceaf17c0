#include "ftp/time.h"

#include "base/num.h"

#include <string.h>

#define DAY        86400
#define HALF_YEAR  (182 * DAY)
#define ZONE_MAX   (24 * 60)    /* minutes */

struct civil {
	long long year;         /* a damaged file system may hold any */
	unsigned month, day;    /* from 1 */
	unsigned hour, minute, second;
};

static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
	"Oct", "Nov", "Dec" };

/* Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March, so that the
 * leap day comes last. */
static long long
days_from_civil(int year, unsigned month, unsigned day)
{
	long long y = month <= 2 ? year - 1 : year;
	long long era = (y >= 0 ? y : y - 399) / 400;
	long long in_era = y - era * 400;
	long long in_year = (153 * ((long long)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

/* gmtime_r() without its locks and its table of zones: a listing calls this for every name. */
static void
civil_from_time(time_t t, struct civil *c)
{
	long long days = t / DAY, left = t % DAY, era, in_era, year, in_year, month;

	if (left < 0) {
		left += DAY;
		days--;
	}
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	in_era = days - era * 146097;
	year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	in_year = in_era - (365 * year + year / 4 - year / 100);
	month = (5 * in_year + 2) / 153;
	c->day = (unsigned)(in_year - (153 * month + 2) / 5 + 1);
	c->month = (unsigned)(month < 10 ? month + 3 : month - 9);
	c->year = year + era * 400 + (c->month <= 2);
	c->hour = (unsigned)(left / 3600);
	c->minute = (unsigned)(left / 60 % 60);
	c->second = (unsigned)(left % 60);
}

static bool
is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The two digits at text, low..high. */
static bool
two(const char *text, unsigned low, unsigned high, unsigned *value_r)
{
	uint64_t value;

	if (!num_parse_len(text, 2, high, &value) || value < low)
		return false;
	*value_r = (unsigned)value;
	return true;
}

bool
time_parse_minutes(const char *text, size_t len, time_t *time_r)
{
	static const unsigned char month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	unsigned century, year, month, day, hour, minute, second = 0;

	if ((len != 12 && len != 14) || !two(text, 0, 99, &century) ||
	    !two(text + 2, 0, 99, &year) || !two(text + 4, 1, 12, &month) ||
	    !two(text + 6, 1, month_days[month - 1], &day) || !two(text + 8, 0, 23, &hour) ||
	    !two(text + 10, 0, 59, &minute) || (len == 14 && !two(text + 12, 0, 60, &second)))
		return false;
	year += century * 100;
	if (month == 2 && day == 29 && !is_leap(year))
		return false;
	*time_r = (time_t)(days_from_civil((int)year, month, day) * DAY + hour * 3600 +
	    minute * 60 + second);
	return true;
}

bool
time_parse_val(const char *text, size_t len, time_t *time_r)
{
	if (len < 14)
		return false;
	/* A fraction must be digits, and is more than a file's second can use. */
	if (len > 14 &&
	    (text[14] != '.' || len == 15 || strspn(text + 15, "0123456789") < len - 15))
		return false;
	return time_parse_minutes(text, 14, time_r);
}

bool
time_parse_zoned(const char *text, size_t len, time_t *time_r)
{
	size_t date_len = 0;
	uint64_t minutes = 0;

	while (date_len < len && text[date_len] != '+' && text[date_len] != '-')
		date_len++;
	if ((date_len < len &&
		!num_parse_len(text + date_len + 1, len - date_len - 1, ZONE_MAX, &minutes)) ||
	    !time_parse_val(text, date_len, time_r))
		return false;
	*time_r += (time_t)minutes * (date_len < len && text[date_len] == '+' ? -60 : 60);
	return true;
}

static void
put_two(char *at, unsigned value)
{
	at[0] = (char)('0' + value / 10 % 10);
	at[1] = (char)('0' + value % 10);
}

static void
put_four(char *at, long long year)
{
	unsigned value = year < 0 ? 0 : year > 9999 ? 9999 : (unsigned)year;

	put_two(at, value / 100);
	put_two(at + 2, value % 100);
}

void
time_put_val(struct sb *out, time_t t)
{
	struct civil c;
	char text[14];

	civil_from_time(t, &c);
	put_four(text, c.year);
	put_two(text + 4, c.month);
	put_two(text + 6, c.day);
	put_two(text + 8, c.hour);
	put_two(text + 10, c.minute);
	put_two(text + 12, c.second);
	sb_put(out, text, sizeof(text));
}

void
time_put_list(struct sb *out, time_t t, time_t now)
{
	struct civil c;
	char text[12];

	civil_from_time(t, &c);
	memcpy(text, months[c.month - 1], 3);
	text[3] = text[6] = ' ';
	put_two(text + 4, c.day);
	if (t <= now && t > now - HALF_YEAR) {
		put_two(text + 7, c.hour);
		text[9] = ':';
		put_two(text + 10, c.minute);
	} else {
		text[7] = ' ';
		put_four(text + 8, c.year);
	}
	sb_put(out, text, sizeof(text));
}
