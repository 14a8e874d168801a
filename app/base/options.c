#include "base/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_OPTIONS = 32, MAX_NAME = 63 };

/* The number of letters to insert, delete or replace to turn a into b (Levenshtein 1966). */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[MAX_NAME + 1];
    const size_t length_b = strlen(b);
    if (strlen(a) > MAX_NAME || length_b > MAX_NAME)
        return SIZE_MAX;
    for (size_t j = 0; j <= length_b; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            const size_t added = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = added < replaced ? added : replaced;
        }
    }
    return row[length_b];
}

const char *nearest_name(const char *typed, const char *const *names)
{
    const char *nearest = NULL;
    size_t least = strlen(typed) / 3 + 2; /* farther than this is another word */
    for (size_t i = 0; names[i]; i++) {
        const size_t distance = edit_distance(typed, names[i]);
        if (distance < least) {
            least = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

/* Help is no wider than a terminal; the descriptions of options are in a column of their own. */
enum { MAX_COLUMNS = 79, HELP_COLUMN = 27 };

/* Programs that read the help set $COLUMNS so high that no line is broken. */
static size_t get_columns(void)
{
    const char *wanted = getenv("COLUMNS");
    const unsigned long columns = wanted ? strtoul(wanted, NULL, 10) : 0;
    return columns > 2 * HELP_COLUMN && columns <= INT_MAX ? columns - 1 : MAX_COLUMNS;
}

static void add_choices(const char *const *choices, const char *separator, buffer *b)
{
    for (size_t i = 0; choices[i]; i++)
        buffer_print(b, "%s%s", i ? separator : "", choices[i]);
}

/* Adds the default, after `before`; nothing if there is none. */
static void add_default(const option_spec *spec, const char *before, buffer *b)
{
    const void *value = spec->value;
    if (spec->kind == OPTION_TEXT && *(const char *const *)value)
        buffer_print(b, "%sdefault %s", before, *(const char *const *)value);
    else if (spec->kind == OPTION_COUNT)
        buffer_print(b, "%sdefault %zu", before, *(const size_t *)value);
    else if (spec->kind == OPTION_SEED)
        buffer_print(b, "%sdefault %ju", before, (uintmax_t) * (const uint64_t *)value);
    else if (spec->kind == OPTION_NUMBER && !isnan(*(const double *)value))
        buffer_print(b, "%sdefault %g", before, *(const double *)value);
    else if (spec->choices)
        buffer_print(b, "%sdefault %s", before, spec->choices[*(const size_t *)value]);
}

/* Adds text to a line that has `column` characters already, and breaks it between words, so that no line is wider
 * than a terminal; each new line starts at `indent`. A newline in the text ends a paragraph. */
static void print_wrapped(buffer *b, const char *text, size_t column, size_t indent)
{
    const size_t columns = get_columns();
    while (*text) {
        const size_t length = strcspn(text, " \n");
        if (column > indent && column + 1 + length > columns) {
            buffer_print(b, "\n%*s", (int)indent, "");
            column = indent;
        }
        buffer_print(b, "%s%.*s", column > indent ? " " : "", (int)length, text);
        column += length + (column > indent);
        text += length;
        if (*text == '\n') {
            buffer_print(b, "\n%*s", (int)indent, "");
            column = indent;
        }
        text += *text != '\0';
    }
    buffer_print(b, "\n");
}

static bool names_option(const char *text)
{
    return text && text[0] == '-';
}

static void print_option(const option_spec *spec, buffer *b)
{
    const size_t start = b->size;
    buffer text = {0};
    buffer_print(b, "  --%s%s%s", spec->name, spec->argument || spec->choices ? " " : "",
                 spec->argument ? spec->argument : "");
    if (spec->choices)
        add_choices(spec->choices, "|", b);
    buffer_print(b, "%*s", (int)HELP_COLUMN - (int)(b->size - start), " ");
    buffer_print(&text, "%s", spec->help);
    const size_t length = text.size;
    if (names_option(spec->only_for))
        buffer_print(&text, " (for %s", spec->only_for);
    add_default(spec, text.size > length ? "; " : " (", &text);
    buffer_print(&text, text.size > length ? ")" : "");
    b->failed = b->failed || text.failed;
    if (!b->failed)
        print_wrapped(b, text.data, b->size - start, HELP_COLUMN);
    free(text.data);
}

void options_print_help(const command_usage *usage, const option_spec *specs, buffer *b)
{
    buffer_print(b, "Usage: mnist %s [OPTION ...]%s%s\n", usage->name, usage->arguments ? " " : "",
                 usage->arguments ? usage->arguments : "");
    print_wrapped(b, usage->summary, 0, 0);
    buffer_print(b, "\n");
    for (; specs->name; specs++)
        print_option(specs, b);
    buffer_print(b, "  %-24s %s\n", "--help", "print this");
    if (usage->notes) {
        buffer_print(b, "\n");
        print_wrapped(b, usage->notes, 0, 0);
    }
}

static status parse_count(const option_spec *spec, const char *text, failure *f)
{
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    const bool is_number = *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
    if (spec->kind == OPTION_SEED) {
        if (!is_number)
            return fail_usage(f, "--%s %s: expected a whole number from 0 to 2^64 - 1", spec->name, text);
        *(uint64_t *)spec->value = value;
        return STATUS_OK;
    }
    if (!is_number || (double)value < spec->low || (double)value > spec->high)
        return fail_usage(f, "--%s %s: expected a whole number from %.0f to %.0f", spec->name, text, spec->low,
                          spec->high);
    *(size_t *)spec->value = (size_t)value;
    return STATUS_OK;
}

static status parse_number(const option_spec *spec, const char *text, failure *f)
{
    char *end;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= spec->low && value <= spec->high))
        return fail_usage(f, "--%s %s: expected a number from %g to %g", spec->name, text, spec->low, spec->high);
    *(double *)spec->value = value;
    return STATUS_OK;
}

static status parse_choice(const option_spec *spec, const char *text, failure *f)
{
    for (size_t i = 0; spec->choices[i]; i++)
        if (strcmp(spec->choices[i], text) == 0) {
            *(size_t *)spec->value = i;
            return STATUS_OK;
        }
    buffer names = {0};
    add_choices(spec->choices, ", ", &names);
    const status result =
        names.failed ? fail_memory(f) : fail_usage(f, "--%s %s: expected one of %s", spec->name, text, names.data);
    free(names.data);
    return result;
}

static status parse_value(const option_spec *spec, const char *text, failure *f)
{
    if (spec->kind == OPTION_COUNT || spec->kind == OPTION_SEED)
        return parse_count(spec, text, f);
    if (spec->kind == OPTION_NUMBER)
        return parse_number(spec, text, f);
    if (spec->kind == OPTION_CHOICE)
        return parse_choice(spec, text, f);
    struct stat about;
    if (spec->kind == OPTION_FLAG) {
        *(bool *)spec->value = true;
        return STATUS_OK;
    }
    if (*text == '\0')
        return fail_usage(f, "--%s '': expected a text that is not empty", spec->name);
    if (spec->kind == OPTION_FOLDER && stat(text, &about) == 0 && !S_ISDIR(about.st_mode))
        return fail_usage(f, "--%s %s: is a file, expected a folder", spec->name, text);
    *(const char **)spec->value = text;
    return STATUS_OK;
}

/* Fills in the table of getopt_long, whose value for an option is 256 + its index; --help comes last. */
static void make_long_options(const option_spec *specs, struct option long_options[MAX_OPTIONS + 2])
{
    int n = 0;
    for (; specs[n].name; n++)
        long_options[n] = (struct option){
            .name = specs[n].name,
            .has_arg = specs[n].kind == OPTION_FLAG ? no_argument : required_argument,
            .val = 256 + n,
        };
    long_options[n] = (struct option){.name = "help", .val = 'h'};
    long_options[n + 1] = (struct option){0};
}

static status fail_unknown(const struct option *options, const char *typed, failure *f)
{
    const char *names[MAX_OPTIONS + 2] = {NULL};
    for (size_t i = 0; options[i].name; i++)
        names[i] = options[i].name;
    char name[MAX_NAME + 1];
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(typed, "="), typed);
    const char *near = nearest_name(name + strspn(name, "-"), names);
    return near ? fail_usage(f, "unknown option %s, did you mean --%s?", name, near)
                : fail_usage(f, "unknown option %s", name);
}

/* The option of which `name` is the name up to its first space. */
static const option_spec *find_option(const option_spec *specs, const char *name)
{
    const size_t length = strcspn(name, " ");
    while (strlen(specs->name) != length || memcmp(specs->name, name, length) != 0)
        specs++;
    return specs;
}

bool option_is_given(const option_spec *specs, const char *name)
{
    return find_option(specs, name)->typed;
}

/* The value of an option of text or a choice, as it is typed. */
static const char *typed_value(const option_spec *s)
{
    return s->choices ? s->choices[*(const size_t *)s->value] : *(const char *const *)s->value;
}

/* Whether only_for, such as "--optimizer sgd" or "--validation", holds. */
static bool is_chosen(const option_spec *specs, const char *only_for)
{
    const option_spec *s = find_option(specs, only_for + 2);
    const char *wanted = strchr(only_for, ' '), *value = wanted ? typed_value(s) : NULL;
    return wanted ? value && strcmp(value, wanted + 1) == 0 : s->typed != NULL;
}

static status check_used(const option_spec *specs, failure *f)
{
    for (const option_spec *s = specs; s->name; s++)
        if (s->typed && names_option(s->only_for) && !is_chosen(specs, s->only_for))
            return fail_usage(f, "--%s is for %s", s->name, s->only_for);
    return STATUS_OK;
}

status options_refuse(const option_spec *specs, const char *only_for, const char *what, const char *is, failure *f)
{
    for (const option_spec *s = specs; s->name; s++)
        if (s->typed && s->only_for && strcmp(s->only_for, only_for) == 0)
            return fail_usage(f, "--%s is for %s; %s %s", s->name, only_for, what, is);
    return STATUS_OK;
}

status check_kind_of_data(const option_spec *specs, const char *wanted, bool *is_table, failure *f)
{
    struct stat about;
    const bool exists = wanted && stat(wanted, &about) == 0;
    *is_table = exists && !S_ISDIR(about.st_mode);
    if (*is_table)
        return options_refuse(specs, "images", wanted, "is a table", f);
    return !wanted || exists ? options_refuse(specs, "a table", "expected", "--data FILE", f) : STATUS_OK;
}

status options_parse(const command_usage *usage, option_spec *specs, int argc, char **argv, positional *rest,
                     failure *f)
{
    struct option long_options[MAX_OPTIONS + 2];
    make_long_options(specs, long_options);
    opterr = 0;
    optind = 1;
    for (;;) {
        const int at = optind;
        const int found = getopt_long(argc, argv, ":h", long_options, NULL);
        if (found < 0)
            break;
        const char *typed = argv[at < optind ? optind - 1 : at];
        if (found == 'h')
            return STATUS_HELP;
        if (found == ':')
            return fail_usage(f, "%s: expected a value after it", typed);
        if (found == '?' && (optopt >= 256 || optopt == 'h'))
            return fail_usage(f, "%s: this option takes no value", typed);
        if (found == '?') {
            while (getopt_long(argc, argv, ":h", long_options, NULL) >= 0) {
                /* or the next call would continue within a word such as -wall */
            }
            return fail_unknown(long_options, typed, f);
        }
        option_spec *spec = &specs[found - 256];
        const status result = parse_value(spec, optarg, f);
        if (result != STATUS_OK)
            return result;
        spec->typed = typed;
    }
    if (optind < argc && !usage->arguments)
        return fail_usage(f, "%s: unexpected; '%s' takes options only", argv[optind], usage->name);
    if (rest)
        *rest = (positional){argv + optind, (size_t)(argc - optind)};
    return check_used(specs, f);
}
