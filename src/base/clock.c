/* Time: the two clocks, deadlines, and the text forms of moments and durations. */
#include <postflight/clock.h>

#include <limits.h>
#include <time.h>

#include <postflight/str.h>

static int64_t
read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
pf_monotonic_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
pf_wall_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

struct pf_deadline
pf_deadline_in(int64_t ms)
{
	int64_t now = pf_monotonic_ms();

	if (ms <= 0)
		return (struct pf_deadline){now};
	if (ms >= INT64_MAX - now)
		return PF_NO_DEADLINE;
	return (struct pf_deadline){now + ms};
}

struct pf_deadline
pf_deadline_sooner(struct pf_deadline a, struct pf_deadline b)
{
	return a.at_ms < b.at_ms ? a : b;
}

int
pf_deadline_left(struct pf_deadline deadline)
{
	int64_t now = pf_monotonic_ms();

	if (deadline.at_ms <= now)
		return 0;
	return deadline.at_ms - now < INT_MAX ? (int)(deadline.at_ms - now) : INT_MAX;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly COUNT digits at *AT, which moves behind them. */
static bool
take_number(const char **at, int count, int *out)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (!is_digit((*at)[i]))
			return false;
		value = value * 10 + ((*at)[i] - '0');
	}
	*at += count;
	*out = value;
	return true;
}

static bool
take(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Leap days from year 0 up to, and without, YEAR. */
static int64_t
leap_days_before(int year)
{
	int last = year - 1;

	return year == 0 ? 0 : last / 4 - last / 100 + last / 400 + 1;
}

static int64_t
days_since_1970(int year, int month, int day)
{
	int64_t days = (int64_t)365 * (year - 1970) + leap_days_before(year) - leap_days_before(1970);

	for (int m = 1; m < month; m++)
		days += days_in_month(year, m);
	return days + day - 1;
}

/* ".123456789" to whole milliseconds; any number of digits, at least one. */
static bool
take_fraction(const char **at, int *out_ms)
{
	int ms = 0, unit = 100;

	if (!take(at, '.'))
		return true;
	if (!is_digit(**at))
		return false;
	for (; is_digit(**at); (*at)++, unit /= 10)
		ms += (**at - '0') * unit;
	*out_ms = ms;
	return true;
}

static bool
take_offset(const char **at, int *out_minutes)
{
	int sign, hours, minutes;

	if (take(at, 'Z')) {
		*out_minutes = 0;
		return true;
	}
	sign = **at == '-' ? -1 : 1;
	if (!take(at, '+') && !take(at, '-'))
		return false;
	if (!take_number(at, 2, &hours) || !take(at, ':') || !take_number(at, 2, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*out_minutes = sign * (hours * 60 + minutes);
	return true;
}

bool
pf_time_parse(const char *text, int64_t *out_ms)
{
	int year, month, day, hour, minute, second, ms = 0, offset;
	int64_t seconds;

	if (text == NULL)
		return false;
	if (!take_number(&text, 4, &year) || !take(&text, '-') || !take_number(&text, 2, &month) || !take(&text, '-') ||
	    !take_number(&text, 2, &day) || !take(&text, 'T') || !take_number(&text, 2, &hour) || !take(&text, ':') ||
	    !take_number(&text, 2, &minute) || !take(&text, ':') || !take_number(&text, 2, &second) ||
	    !take_fraction(&text, &ms) || !take_offset(&text, &offset) || *text != '\0')
		return false;
	/* A second of 60 is a leap second: the same moment as the next minute's first. */
	if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 ||
	    second > 60)
		return false;
	seconds = days_since_1970(year, month, day) * 86400 + hour * 3600 + (minute - offset) * 60 + second;
	*out_ms = seconds * 1000 + ms;
	return true;
}

char *
pf_time_format(struct pf_arena *arena, int64_t wall_ms, bool with_ms)
{
	/* The first and the last moment that four digits can name. */
	const int64_t first = days_since_1970(0, 1, 1) * 86400000,
		      last = days_since_1970(9999, 12, 31) * 86400000 + 86399999;
	struct tm tm = {0};
	int64_t ms;
	time_t seconds;

	wall_ms = wall_ms < first ? first : wall_ms > last ? last : wall_ms;
	ms = (wall_ms % 1000 + 1000) % 1000;
	seconds = (time_t)((wall_ms - ms) / 1000);
	gmtime_r(&seconds, &tm);
	if (with_ms)
		return pf_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
				 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)ms);
	return pf_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			 tm.tm_hour, tm.tm_min, tm.tm_sec);
}

#define MAX_DURATION_NS ((int64_t)1000 * 3600 * 1000000000)

/* Longer names first: "ms" is not "m" and an "s". */
static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	{"ns", 1},
	{"us", 1000},
	{"\xC2\xB5s", 1000},
	{"\xCE\xBCs", 1000},
	{"ms", 1000000},
	{"s", 1000000000},
	{"m", (int64_t)60 * 1000000000},
	{"h", (int64_t)3600 * 1000000000},
};

static int64_t
take_unit(const char **at)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (pf_starts_with(*at, units[i].name)) {
			*at += strlen(units[i].name);
			return units[i].ns;
		}
	}
	return 0;
}

/* One "1.5h": adds it to *NS. */
static bool
take_part(const char **at, int64_t *ns)
{
	const char *whole = *at, *fraction = NULL;
	int64_t value = 0, unit, place;

	for (; is_digit(**at); (*at)++) {
		value = value * 10 + (**at - '0');
		if (value > MAX_DURATION_NS)
			return false;
	}
	if (**at == '.') {
		fraction = ++*at;
		while (is_digit(**at))
			(*at)++;
		if (*at == fraction && fraction - 1 == whole)
			return false;
	}
	unit = *at != whole ? take_unit(at) : 0;
	if (unit == 0 || value > MAX_DURATION_NS / unit)
		return false;
	*ns += value * unit;
	place = unit / 10;
	for (; fraction != NULL && is_digit(*fraction); fraction++, place /= 10)
		*ns += (*fraction - '0') * place;
	return *ns <= MAX_DURATION_NS;
}

bool
pf_duration_parse(const char *text, int64_t *out_ms)
{
	int64_t ns = 0;

	if (text == NULL || *text == '\0')
		return false;
	while (*text != '\0') {
		if (!take_part(&text, &ns))
			return false;
	}
	*out_ms = ns / 1000000;
	return true;
}

char *
pf_duration_format(struct pf_arena *arena, int64_t ms)
{
	/* A unit is used from two of it on, so that "90 s" keeps what "1 min" would lose. */
	if (ms < 1000)
		return pf_printf(arena, "%d ms", ms > 0 ? (int)ms : 0);
	if (ms < 120 * 1000)
		return pf_printf(arena, "%d s", (int)(ms / 1000));
	if (ms < 120 * 60 * 1000)
		return pf_printf(arena, "%d min", (int)(ms / 60000));
	if (ms < (int64_t)48 * 3600 * 1000)
		return pf_printf(arena, "%d h", (int)(ms / 3600000));
	return pf_printf(arena, "%lld d", (long long)(ms / 86400000));
}
